"""Words of the customer's pages."""

from collections.abc import Mapping
from datetime import date, datetime
from math import floor
from typing import Any

from django import template
from django.utils.translation import gettext

from prilavok.customers.models import (
    Channel,
    ContactCode,
    ContactKind,
    CustomerFile,
    Person,
    Profile,
    Status,
)
from prilavok.customers.queries import kind_name, purpose_name, reach_reason
from prilavok.customers.queries.postal import Day
from prilavok.customers.web import places, words
from prilavok.kernel.actors import Actor
from prilavok.ui.templatetags import ui

register = template.Library()


@register.filter
def contact_label(kind: str) -> str:
    return str(ContactKind(kind).label)


@register.filter
def contact_key(number: str) -> str:
    """How a contact is named in the address of its value."""
    return f"contact-{number}"


@register.filter
def editable(profile: Profile, by: Actor) -> bool:
    """Whether this actor may correct this customer's values."""
    return by.may("customers.edit") and profile.status != Status.ERASED


@register.filter
def day_of_year(one: Day) -> str:
    """A personal date as people write it; without a year only the day and the month."""
    if one.year:
        return ui.day(date(one.year, one.month, one.day))
    return ui.day(date(2000, one.month, one.day)).replace("2000", "").strip(" ,\xa0")


@register.filter
def initials(person: Person) -> str:
    """One or two letters in the place of a photo."""
    return "".join(name[:1] for name in (person.first_name, person.last_name) if name).upper() or "?"


@register.filter
def kilobytes(file: CustomerFile) -> str:
    """The size in whole kilobytes, one at least."""
    return ui.number(max(1, round(file.size / 1024)))


@register.filter
def of_contact(codes: Mapping[int, ContactCode], contact: int) -> ContactCode | None:
    """The code that was sent to a contact."""
    return codes.get(contact)


@register.filter
def likely(score: float) -> str:
    """A probability in whole per cent, never rounded up to certainty.

    >>> likely(0.9997)
    '99\xa0%'
    """
    return ui.percent(floor(score * 100) / 100 if score < 1 else 0.99, 0)


@register.filter
def archived(value: Any) -> str:
    """A plain value of the archive as people read it."""
    if isinstance(value, datetime):
        return ui.moment(value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return "" if value is None else str(value)


@register.filter
def channel_label(channel: str) -> str:
    return str(Channel(channel).label) if channel else "—"


@register.filter
def purpose_label(purpose: str) -> str:
    return purpose_name(purpose)


@register.filter
def kind_label(code: str) -> str:
    """How a kind of identifiers is called."""
    return str(kind_name(code))


@register.filter
def rule_label(rule: str) -> str:
    """By which rule an identifier was linked or a merge was made."""
    return places.rule_label(rule)


@register.filter
def field_label(name: str) -> str:
    """How a field of a customer is called, as a line of its own."""
    label = places.field_label(name)
    return label[:1].upper() + label[1:]


@register.filter
def kept_value(value: str, field: str) -> str:
    """A value of the history as people read it."""
    return places.value_shown(field, value) or "—"


@register.filter
def quarantine_label(reason: str) -> str:
    """Why a value tells nobody."""
    return places.quarantine_label(reason)


@register.filter
def reach_label(code: str) -> str:
    return str(reach_reason(code))


@register.filter
def source_label(source: str) -> str:
    return places.source_label(source)


register.filter(words.figure)
register.filter(words.offers_label)
register.filter(words.days)


@register.filter
def differs(value: object, other: object) -> bool:
    return value != other


@register.filter
def taggable(profile: Profile, by: Actor) -> bool:
    """Whether tags of this customer may be changed."""
    return profile.status != Status.ERASED and by.may("customers.tag")
