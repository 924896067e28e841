"""Words of the customer's pages."""

from decimal import Decimal

from django import template
from django.utils.translation import gettext, ngettext

from prilavok.customers.models import Channel, ContactKind
from prilavok.customers.queries import reach_reason
from prilavok.customers.web import places
from prilavok.ui.templatetags import ui

register = template.Library()


@register.filter
def contact_label(kind: str) -> str:
    return str(ContactKind(kind).label)


@register.filter
def reach_label(code: str) -> str:
    return str(reach_reason(code))


@register.filter
def offers_label(channel: Channel) -> str:
    """What reachability by a channel is called beside the contacts."""
    return {Channel.EMAIL: gettext("Offers by e-mail"), Channel.SMS: gettext("Offers by SMS")}[channel]


@register.filter
def source_label(source: str) -> str:
    return places.source_label(source)


@register.filter
def days(value: Decimal | float | int) -> str:
    """A number of days with its word: 12 days, 7.5 days."""
    whole = round(value)
    return ngettext("%(days)s day", "%(days)s days", whole) % {
        "days": ui.number(value, None if value == whole else 1)
    }


@register.filter
def differs(value: object, other: object) -> bool:
    return value != other
