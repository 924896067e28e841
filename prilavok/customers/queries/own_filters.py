"""Filters of the customer list by the company's own fields."""

from functools import partial
from typing import Any

from django.db.models import F, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Collate
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models import OwnField, ProfileQuerySet
from prilavok.customers.ports import ListFilter
from prilavok.customers.queries.own_fields import reference_key, seen_own_fields
from prilavok.customers.queries.sorting import AsNumber, holding
from prilavok.customers.rules.own_fields import OWN, BadOwn, Shape, read_own
from prilavok.kernel.actors import Actor

NOTHING = "-"  # in a filter's value: whoever has no value


def own_filters(by: Actor) -> list[ListFilter]:
    """Filters of the fields that `by` sees and that are marked for it."""
    return [item for one in seen_own_fields(by) if one.filtered for item in _filters(one)]


def _filters(field: OwnField) -> list[ListFilter]:
    key = OWN + field.code
    if field.kind in ("number", "money", "date"):
        kind = "date" if field.kind == "date" else "text"
        return [
            ListFilter(
                f"{key}.from",
                format_lazy(_("{name}: from"), name=field.name),
                partial(_between, field, "gte"),
                kind=kind,
            ),
            ListFilter(
                f"{key}.to",
                format_lazy(_("{name}: to"), name=field.name),
                partial(_between, field, "lte"),
                kind=kind,
            ),
        ]
    if field.kind == "reference":
        return [ListFilter(key, field.name, partial(_equal, field), kind="reference", target=field.target)]
    if field.kind == "text":
        return [ListFilter(key, field.name, partial(_holding, field))]
    return [ListFilter(key, field.name, partial(_equal, field), choices=partial(_choices, field))]


def _choices(field: OwnField, by: Actor) -> list[tuple[str, str | Promise]]:
    found: list[tuple[str, str | Promise]] = []
    if field.kind == "flag":
        found = [("yes", _("yes")), ("no", _("no"))]
    else:
        found = list(field.option_names().items())
    return [*found, (NOTHING, _("no value"))]


def _equal(field: OwnField, profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    if value == NOTHING:
        return profiles.exclude(own__has_key=field.code)
    if field.kind == "reference":
        return profiles.filter(own__contains={field.code: reference_key(field.target, value, by)})
    shape = Shape("choice" if field.kind == "many" else field.kind, options=field.option_names())
    try:
        kept = read_own(shape, value)
    except BadOwn:
        return profiles.none()
    return profiles.filter(own__contains={field.code: [kept] if field.kind == "many" else kept})


def _holding(field: OwnField, profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    if value == NOTHING:
        return profiles.exclude(own__has_key=field.code)
    return holding(profiles, field, value[:100])


def _between(field: OwnField, sign: str, profiles: ProfileQuerySet, value: str, by: Actor) -> ProfileQuerySet:
    try:
        kept = read_own(Shape(field.kind), value)
    except BadOwn:
        return profiles.none()
    text: Any = KeyTextTransform(field.code, F("own"))
    bound: Any = kept
    if field.kind == "date":
        text = Collate(text, "C")
    else:
        text, bound = AsNumber(text), AsNumber(Value(kept, output_field=TextField()))
    having = profiles.filter(own__has_key=field.code)
    return having.alias(**{f"own_{field.code}": text}).filter(**{f"own_{field.code}__{sign}": bound})
