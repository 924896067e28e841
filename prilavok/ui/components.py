"""Components that stand on pages by the dozen, drawn here as the controls of forms are (see widgets.py).

A component's template costs more than what it prints: a context of its own, defaults, a look-up of every name. A
function gets what the page gave by name, `TAKES` for what it didn't; `attrs`, all else, for the outermost element;
and `slot`, what stands between the tags.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape as escaped
from django.utils.translation import get_language, gettext

from prilavok.ui import formats, icons

Given = Mapping[str, Any]
Draw = Callable[[Context, Given, str, str], str]

TAKES: dict[str, dict[str, Any]] = {
    "button": {
        "href": "", "icon": "", "label": "", "primary": "", "danger": "", "quiet": "", "type": "submit",
    },
    "empty": {"href": "", "action": ""},
    "fact": {"label": "", "why": "", "value": "", "edit": False, "key": ""},
    "facts": {},
    "menu": {"label": "", "icon": "dots", "quiet": "", "text": ""},
    "note": {"kind": "info", "title": ""},
    "state": {"kind": "muted"},
    "timeline": {"lines": (), "why": ""},
    "tabs": {"panels": (), "argument": None, "current": "", "label": ""},
}  # fmt: skip
"""What each takes, and what it is unless given. Any other component is a template in `cotton/`."""


def button(context: Context, given: Given, attrs: str, slot: str) -> str:
    looks = "".join(f" btn-{look}" for look in ("primary", "danger", "quiet") if given[look])
    within = f"{_icon(given)}{escaped(given['label'])}{slot}"
    if given["href"]:
        return f'<a href="{escaped(given["href"])}" class="btn{looks}" {attrs}>{within}</a>'
    return f'<button type="{escaped(given["type"])}" class="btn{looks}" {attrs}>{within}</button>'


def empty(context: Context, given: Given, attrs: str, slot: str) -> str:
    """Where nothing is: what will be here, and the action that fills it."""
    href, action = given["href"], given["action"]
    filling = (
        f'<a class="btn btn-primary" href="{escaped(href)}">{escaped(action)}</a>' if href and action else ""
    )
    return f'<div class="empty-state" {attrs}><p>{slot}</p>{filling}</div>'


def fact(context: Context, given: Given, attrs: str, slot: str) -> str:
    """One line of what is known; `value` is the address of a value that says where it comes from, and with `edit` is
    corrected where it stands.
    """
    label, value, why = escaped(given["label"]), escaped(given["value"]), escaped(given["why"])
    whence = _whence(value, why) if why or (value and slot) else ""
    if not (value and given["edit"]):
        return f"<div><dt>{label}{whence}</dt><dd {attrs}>{slot or '—'}</dd></div>"
    correct = gettext("Correct")
    return (
        f'<div><dt>{label}{whence}</dt><dd {attrs} data-value="{escaped(given["key"])}">{slot or "—"}'
        f' <a class="in-place" href="{value}" hx-get="{value}" hx-target="closest dd" hx-swap="innerHTML" data-edit'
        f' aria-label="{correct}: {label}">{icons.icon("edit")}</a></dd></div>'
    )


def _whence(value: str, why: str) -> str:
    asked = f' hx-get="{value}why/" hx-trigger="toggle once" hx-target="this" hx-swap="innerHTML"'
    ask = gettext("Why?")
    return (
        ' <span class="why"><button type="button" class="why-button" data-why aria-expanded="false">'
        f'{ask}</button><span class="pop why-pop" popover role="note"'
        f"{'' if why else asked}>{why or '…'}</span></span>"
    )


def facts(context: Context, given: Given, attrs: str, slot: str) -> str:
    return f'<dl class="facts" {attrs}>{slot}</dl>'


def menu(context: Context, given: Given, attrs: str, slot: str) -> str:
    """A button that opens what stands between the tags; with `text` the label stands on it."""
    label = escaped(given["label"])
    named = "" if given["text"] else f' aria-label="{label}"'
    quiet = " btn-quiet" if given["quiet"] else ""
    told = f"{label}{icons.icon('chevron-down')}" if given["text"] else ""
    return (
        f'<span class="menu-of"><button type="button" class="btn{quiet}" data-pop'
        f'{named} aria-haspopup="true" aria-expanded="false" {attrs}>{_icon(given)}{told}</button>'
        f'<span class="pop" popover>{slot}</span></span>'
    )


def note(context: Context, given: Given, attrs: str, slot: str) -> str:
    kind, title = escaped(given["kind"]), escaped(given["title"])
    headed = f"<strong>{title}</strong> " if title else ""
    role = "alert" if kind == "bad" else "note"
    return f'<div class="note note-{kind}" role="{role}" {attrs}>{headed}{slot}</div>'


def state(context: Context, given: Given, attrs: str, slot: str) -> str:
    return f'<span class="state state-{escaped(given["kind"])}" {attrs}>{slot}</span>'


def tabs(context: Context, given: Given, attrs: str, slot: str) -> str:
    """Panels of a page, one of them open: the one of the address, the first otherwise."""
    request = context["request"]
    seen = [p for p in given["panels"] if _may_see(p, request.actor)]
    wanted = given["current"] or request.GET.get("tab", "")
    opened = next((p for p in seen if p.key == wanted), seen[0] if seen else None)
    others = _without(request.GET, "after", "tab")
    lines = "".join(_tab(p, given["argument"], others, p is opened) for p in seen)
    label = escaped(given["label"] or gettext("Parts of this page"))
    loads = "" if slot or opened is None else _loads(opened, given["argument"])
    return (
        f'<div class="tabs" data-tabs>\n  <nav class="tab-line" aria-label="{label}">{lines}{_more(seen)}</nav>\n'
        f'  <div id="panel" class="tab-panel" aria-live="off"{loads}>{slot or _LOADING}</div>\n</div>'
    )


def timeline(context: Context, given: Given, attrs: str, slot: str) -> str:
    """What happened, line by line; the address of a line's cause is `why` and the line's id."""
    language, why = get_language() or "ru", escaped(given["why"])
    lines = "".join([_line(one, why, language) for one in given["lines"] or ()])
    return f'<ol class="timeline" {attrs}>{lines}{slot}</ol>'


def _line(line: Any, why: str, language: str) -> str:
    text, at = escaped(line.text), timezone.localtime(line.at)
    told = f'<a href="{escaped(line.link)}">{text}</a>' if line.link else text
    cause = _WHY.format(why, line.id, gettext("Why?")) if line.has_cause else ""
    beside = "".join(f" · {escaped(part)}" for part in (line.detail, line.by) if part)
    return (
        f'<li><span class="timeline-icon">{icons.icon(line.icon)}</span><div><p>{told}{cause}</p><p class="muted">'
        f'<time datetime="{at.isoformat()}">{formats.moment(at, language)}</time>{beside}</p></div></li>\n'
    )


_WHY = (
    ' <button type="button" class="why-button" hx-get="{}{}/" hx-target="next .why-chain" hx-swap="innerHTML">{}'
    '</button><span class="why-chain"></span>'
)
_LOADING = f'<div class="loading" aria-hidden="true">{"<i></i>" * 6}</div>'


def _may_see(panel: Any, actor: Any) -> bool:
    permission = getattr(panel, "permission", None)
    return not permission or actor.may(permission)


def _without(asked: Any, *names: str) -> str:
    kept = asked.copy()
    for name in names:
        kept.pop(name, None)
    return f"&amp;{escaped(kept.urlencode())}" if kept else ""


def _tab(panel: Any, argument: object, others: str, opened: bool) -> str:
    address, url = f"?tab={escaped(panel.key)}{others}", escaped(_panel_url(panel.url_name, argument))
    count = getattr(panel, "count", None)
    count = count if isinstance(count, int) else None  # of a named tuple `count` is a method
    counted = _COUNT.format(formats.number(count, None, get_language() or "ru")) if count else ""
    current = ' aria-current="true"' if opened else ""
    return (
        f'<a href="{address}" hx-get="{url}" hx-target="#panel" hx-swap="innerHTML" hx-push-url="{address}"'
        f' data-tab="{escaped(panel.key)}"{current}>{escaped(panel.label)}{counted}</a>'
    )


def _more(panels: Sequence[Any]) -> str:
    """Where the browser puts the tabs that the line has no room for (see tabs.ts)."""
    if len(panels) < LINE:
        return ""
    more = gettext("More")
    return (
        '<span class="tab-more"><button type="button" class="btn" data-pop aria-haspopup="true" aria-expanded="false">'
        f"{more}{icons.icon('chevron-down')}</button>"
        '<span class="pop tab-rest" data-anchor-end popover></span></span>'
    )


LINE = 6  # so few tabs always have room on a line
_COUNT = '<span class="tab-count">{}</span>'


def _loads(panel: Any, argument: object) -> str:
    url = escaped(_panel_url(panel.url_name, argument))
    return f' hx-get="{url}" hx-trigger="load" hx-swap="innerHTML"'


_SOMEBODY = UUID(int=0)


def _panel_url(name: str, argument: object) -> str:
    """Where a panel stands. A card has a dozen of the same customer: each address is put together once."""
    if isinstance(argument, UUID):
        return _panel_of_somebody(name).replace(str(_SOMEBODY), str(argument))
    return reverse(name, args=[argument])


@lru_cache(maxsize=200)
def _panel_of_somebody(name: str) -> str:
    return reverse(name, args=[_SOMEBODY])


def _icon(given: Given) -> str:
    return icons.icon(given["icon"]) if given["icon"] else ""


DRAWN: dict[str, Draw] = {
    "button": button,
    "empty": empty,
    "fact": fact,
    "facts": facts,
    "menu": menu,
    "note": note,
    "state": state,
    "tabs": tabs,
    "timeline": timeline,
}
