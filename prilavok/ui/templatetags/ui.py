"""Words of the templates: figures, days, icons, pictures. Loaded everywhere, no `{% load %}` needed."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.template import Context, NodeList
from django.template.base import Parser, Token
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from prilavok.kernel import clock, permissions
from prilavok.kernel import money as kernel_money
from prilavok.kernel.actors import Actor
from prilavok.ui import assets, formats, icons, ports, said
from prilavok.ui.charts import Chart
from prilavok.ui.forms import Checked

register = template.Library()
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def beside(row: Sequence[object], header: Sequence[object]) -> list[tuple[object, object]]:
    """The cells of a row, each with its column's name: what a phone shows beside the value."""
    return list(zip_longest(header, row, fillvalue=""))


@register.filter
def number(value: Decimal | float | int | None, places: int | None = None) -> str:
    return formats.number(value, places, _language())


@register.filter
def signed(value: Decimal | float | int | None, places: int | None = None) -> str:
    return formats.signed(value, places, _language())


@register.filter
def percent(share: Decimal | float | None, places: int = 1) -> str:
    return formats.percent(share, places, _language())


@register.filter
def money(amount: Decimal | int | float | None, currency: str | None = None) -> str:
    """An amount with its currency (the company's unless given): 1 234 567,89 ₽."""
    if amount is None or amount == "":
        return "—"
    shown = kernel_money.show(Decimal(str(amount)), currency or _currency(), _language())
    return shown.replace("-", formats.MINUS)


@register.filter
def money_whole(amount: Decimal | int | float | None, currency: str | None = None) -> str:
    """A large amount without its cents: for figures and findings."""
    if amount is None or amount == "":
        return "—"
    shown = money(Decimal(round(amount)), currency)
    return shown.replace(",00", "") if _language().startswith("ru") else shown.replace(".00", "")


@register.filter
def signed_money(amount: Decimal | int | float | None, currency: str | None = None) -> str:
    shown = money_whole(amount, currency)
    return f"+{shown}" if amount is not None and amount > 0 else shown


@register.filter
def day(value: date | datetime | None) -> str:
    return formats.day(_local(value), _language())


@register.filter
def moment(value: datetime | None) -> str:
    return formats.moment(_local(value), _language())


@register.filter
def hour(value: datetime | time | None) -> str:
    return formats.hour(_local(value))


@register.simple_tag
def as_of(value: datetime | None = None) -> SafeString:
    """«на 14:05»: when a computed figure was true."""
    at = _local(value or clock.now())
    shown = formats.hour(at) if at.date() == _local(clock.now()).date() else formats.moment(at, _language())
    text = gettext("as of %(time)s") % {"time": shown}
    return format_html('<time class="as-of" datetime="{}">{}</time>', at.isoformat(), text)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    return icons.icon(name, label)


@register.simple_tag
def words() -> dict[str, str]:
    """What the scripts of a page say."""
    return said.words()


@register.simple_tag
def chart(spec: Chart | dict[str, Any], height: int = 260) -> SafeString:
    """A picture with its table (see charts.py)."""
    if isinstance(spec, Chart):
        return mark_safe(render_to_string("ui/chart.html", {"chart": spec, "height": height}))
    return mark_safe(render_to_string("ui/chart.html", {"chart": Chart.raw(spec), "height": height}))


@register.simple_tag
def ui_assets(name: str = "main") -> SafeString:
    return assets.entry(name)


@register.simple_tag
def ui_missing() -> SafeString:
    return assets.missing()


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The address of this page with some parameters changed; None or '' takes one away."""
    params = context["request"].GET.copy()
    params.pop("after", None)
    for name, value in changes.items():
        if value is None or value == "":
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}" if params else "?"


@register.filter
def link_to(url_name: str, argument: object = None) -> str:
    """The address of a page by name, '' where no such page exists (yet)."""
    try:
        return reverse(url_name, args=[] if argument is None else [argument])
    except NoReverseMatch:
        return ""


@register.filter
def attribute(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


@register.filter
def as_list(value: Iterable[object] | None) -> list[object]:
    return list(value or [])


@register.filter
def as_json(value: object) -> str:
    """A value for an attribute that a script reads."""
    return json.dumps(value, ensure_ascii=False)


@register.filter
def chart_json(spec: Chart) -> SafeString:
    return mark_safe(json.dumps(spec.data(), ensure_ascii=False).translate(_ESCAPES))


@register.filter
def chart_value(value: float | int | None, spec: Chart) -> str:
    if spec.unit == "percent":
        return percent(value)
    if spec.unit == "money" and value is not None:
        return money_whole(value, spec.currency or None)
    return number(value)


@register.filter
def check_url(form: object, field: str) -> str:
    return form.check_url(field) if isinstance(form, Checked) else ""


@register.filter
def is_box(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    return isinstance(
        field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.MultiWidget
    )


@register.filter
def chosen(field: BoundField) -> str:
    """What a filter is set to, in words; '' when it is not set."""
    value = field.value()
    if value in (None, "", [], False):
        return ""
    if isinstance(field.field, forms.DateField):
        return _day_chosen(field, value)
    choices = dict(_flat(getattr(field.field, "choices", ())))
    picked = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(choices.get(str(v), v)) for v in picked if v not in (None, ""))


def _day_chosen(field: BoundField, value: object) -> str:
    """A day as it is read; what is no day as it was typed."""
    try:
        return formats.day(field.field.to_python(value), _language())
    except forms.ValidationError:
        return str(value)


@register.filter
def controlled(field: BoundField) -> SafeString:
    """The field's control with the kit's classes and its error and help tied to it."""
    widget = field.field.widget
    told = [f"{field.auto_id}_errors"] + ([f"{field.auto_id}_help"] if field.help_text else [])
    attrs = {} if is_group(field) else {"class": _control_class(widget), "aria-describedby": " ".join(told)}
    if field.errors and not is_group(field):
        attrs["aria-invalid"] = "true"
    named = f"{attrs.get('class', '')} {widget.attrs.get('class', '')}".strip()
    return field.as_widget(attrs={**attrs, **widget.attrs, **({"class": named} if named else {})})


@register.filter
def may(actor: Actor, permission: str) -> bool:
    """Whether this actor holds the right: `{% if request.actor|may:"orders.see" %}`."""
    return actor.may(permission)


@register.filter
def right_label(permission: str) -> str:
    """A right in words, for the page that refuses."""
    return next((str(p.label) for p in permissions.declared() if p.key == permission), permission)


@register.tag
def capture(parser: Parser, token: Token) -> "Capture":
    """{% capture heading %}…{% endcapture %}: renders once, to be shown in several places of the frame."""
    name = token.split_contents()[1]
    nodes = parser.parse(("endcapture",))
    parser.delete_first_token()
    return Capture(name, nodes)


class Capture(template.Node):
    child_nodelists = ("nodelist",)

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name, self.nodelist = name, nodelist

    def render(self, context: Context) -> str:
        context.dicts[0][self.name] = mark_safe(self.nodelist.render(context).strip())
        return ""


def _control_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


def _flat(choices: Iterable[Any]) -> Iterable[tuple[str, object]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(key), label


def _language() -> str:
    return get_language() or "ru"


def _currency() -> str:
    return ports.currency()()


def _local(value: Any) -> Any:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
