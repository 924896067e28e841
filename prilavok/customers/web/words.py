"""Figures about customers as people read them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models import Channel
from prilavok.customers.ports import Indicator
from prilavok.ui.templatetags import ui

MODES: dict[str, str | Promise] = {
    "fill": _("the survivor’s, the other’s where it is empty"),
    "take": _("the other’s, unless it is empty"),
    "keep": _("only the survivor’s"),
    "longest": _("the longer one"),
    "latest": _("the one corrected later"),
}


def figure(indicator: Indicator) -> str:
    """What an indicator shows, written by its kind."""
    value: Any = indicator.value
    if value is None:
        return "—"
    if indicator.kind == "money":
        return ui.money(value, indicator.currency)
    return _WRITTEN.get(indicator.kind, str)(value)


def days(value: Decimal | float | int) -> str:
    """A number of days with its word: 12 days, 0.9 days; a fraction takes the word of two (12,3 дня)."""
    whole = round(value)
    is_whole = value == whole
    return ngettext("%(days)s day", "%(days)s days", whole if is_whole else 2) % {
        "days": ui.number(value, None if is_whole else 1)
    }


def offers_label(channel: Channel) -> str:
    """What reachability by a channel is called beside the contacts."""
    return {Channel.EMAIL: gettext("Offers by e-mail"), Channel.SMS: gettext("Offers by SMS")}[channel]


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "percent": ui.percent,
    "date": ui.day,
    "number": ui.number,
    "days": days,
}
