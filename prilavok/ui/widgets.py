"""How the controls of forms are drawn: as Django's own templates do it, which take a millisecond for each."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

Drawn = Mapping[str, Any]  # what Widget.get_context() calls `widget`


class Renderer(DjangoTemplates):
    """Draws the controls that it knows; any other by its template."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        draw = CONTROLS.get(template_name.removeprefix("django/forms/widgets/"))
        if draw is None:
            return super().render(template_name, context, request)
        return mark_safe(draw(context["widget"]))


def _attributes(given: Mapping[str, Any]) -> str:
    return "".join(
        f" {conditional_escape(name)}" if value is True else f' {conditional_escape(name)}="{_text(value)}"'
        for name, value in given.items()
        if value is not False
    )


def _text(value: Any) -> str:
    return conditional_escape(value if isinstance(value, str) else str(value))


def _input(widget: Drawn) -> str:
    shown = _figure(widget["value"]) if widget["type"] == "number" else widget["value"]
    value = "" if shown is None else f' value="{_text(shown)}"'
    return (
        f'<input type="{widget["type"]}" name="{_text(widget["name"])}"{value}{_attributes(widget["attrs"])}>'
    )


_KOPECKS = re.compile(r"(-?\d+)\.(?:0{3,}|(\d\d\d*?)0+)$", re.A)


def _figure(value: Any) -> Any:
    """A figure without the noughts that only its column has: 50 for 50.0000, 12.50 for 12.5000."""
    found = _KOPECKS.match(str(value or ""))
    return value if not found else found[1] + (f".{found[2]}" if found[2] else "")


def _textarea(widget: Drawn) -> str:
    text = _text(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>\n{text}</textarea>'


def _select(widget: Drawn) -> str:
    groups = "".join(_options(name, options) for name, options, _index in widget["optgroups"])
    return f'<select name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>{groups}\n</select>'


def _options(group: object, options: list[Drawn]) -> str:
    drawn = "".join(f"\n  {_option(option)}" for option in options)
    return f'\n  <optgroup label="{_text(group)}">{drawn}\n  </optgroup>' if group else drawn


def _option(option: Drawn) -> str:
    label = conditional_escape(localize(option["label"]))
    return f'<option value="{_text(option["value"])}"{_attributes(option["attrs"])}>{label}</option>'


def _boxes(widget: Drawn) -> str:
    given = widget["attrs"]
    own = "".join(f' {name}="{_text(given[name])}"' for name in ("id", "class") if given.get(name))
    groups = "".join(_boxes_of(name, options) for name, options, _index in widget["optgroups"])
    return f"<div{own}>{groups}\n</div>"


def _boxes_of(group: object, options: list[Drawn]) -> str:
    drawn = "".join(f"<div>\n    {_box(option)}</div>" for option in options)
    return f"\n  <div><label>{_text(group)}</label>{drawn}\n  </div>" if group else drawn


def _box(option: Drawn) -> str:
    if not option["wrap_label"]:
        return _input(option)
    whose = option["attrs"].get("id")
    told = f' for="{_text(whose)}"' if whose else ""
    return f"<label{told}>{_input(option)} {conditional_escape(localize(option['label']))}</label>"


INPUTS = (
    *(
        "input",
        "text",
        "number",
        "email",
        "url",
        "password",
        "hidden",
        "checkbox",
        "date",
        "datetime",
        "time",
    ),
    *("color", "search", "tel", "file"),
)
CONTROLS: dict[str, Callable[[Drawn], str]] = {
    **{f"{kind}.html": _input for kind in INPUTS},
    "textarea.html": _textarea,
    "select.html": _select,
    "radio.html": _boxes,
    "checkbox_select.html": _boxes,
}
