"""The company's own fields in facts: a typed column of `profiles` and a trait for each that filters may ask."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.customers import ports
from prilavok.customers.models import OwnField
from prilavok.customers.queries.own_fields import recent_own_fields, referred
from prilavok.customers.rules.own_fields import is_empty
from prilavok.facts import found
from prilavok.facts.found import Found
from prilavok.facts.schema import Added, Column, Picker, Trait
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.money import to_units

TYPES = {
    "text": "String",
    "number": "Nullable(Decimal(18, 4))",
    "money": "Nullable(Int64)",
    "date": "Nullable(Date32)",
    "choice": "LowCardinality(String)",
    "many": "Array(String)",
    "flag": "UInt8",
    "reference": "String",
}
_READ: dict[str, Callable[[Any], Any]] = {
    "number": Decimal,
    "money": lambda value: to_units(Decimal(value)),
    "date": date.fromisoformat,
}
_GROUP = pgettext_lazy("group of conditions", "Own fields")
_remembered: list[tuple[list[OwnField], tuple[Added, ...]]] = []


def askable() -> list[OwnField]:
    """Fields that have a column: archived ones keep theirs, for the conditions that ask it."""
    return [one for one in recent_own_fields() if one.filtered]


def columns_of(fields: Iterable[OwnField], own: Mapping[str, Any]) -> dict[str, Any]:
    """A profile's values by column."""
    return {
        column_name(one): _READ.get(one.kind, _as_it_is)(own[one.code])
        for one in fields
        if not is_empty(own.get(one.code))
    }


def column_name(field: OwnField) -> str:
    return f"own_{field.code}"


def _as_it_is(value: Any) -> Any:
    return value


def added() -> tuple[Added, ...]:
    """Columns and traits of the fields as they are known now."""
    known = recent_own_fields()
    if not _remembered or _remembered[0][0] is not known:
        made = tuple(
            Added("profiles", Column(column_name(one), TYPES[one.kind]), _trait(one)) for one in askable()
        )
        same = _remembered and [_plain(one) for one in _remembered[0][1]] == [_plain(one) for one in made]
        _remembered[:] = [(known, _remembered[0][1] if same else made)]
    return _remembered[0][1]


def _plain(item: Added) -> tuple[Any, ...]:
    """What makes one addition another one: its pickers are made anew each time."""
    trait = item.trait
    names = tuple(trait.picker.names([]).items()) if trait.picker and trait.picker.names else ()
    return item.column, trait.key, trait.label, trait.kind, trait.permission, trait.offered, names


def _trait(field: OwnField) -> Trait:
    return Trait(
        key=f"own.{field.code}",
        label=field.name,
        group=_GROUP,
        kind="choice" if field.kind == "reference" else field.kind,  # type: ignore[arg-type]
        table="profiles",
        sql=column_name(field),
        picker=_picker(field),
        sentence=format_lazy(_("{name}: yes"), name=field.name) if field.kind == "flag" else "",
        sentence_not=format_lazy(_("{name}: not yes"), name=field.name) if field.kind == "flag" else "",
        position=60 + field.position,
        type="text" if field.kind in ("choice", "many", "reference") else "",
        permission=field.right_to_see if field.guard == OwnField.Guard.SEE else "",
        offered=field.archived_at is None,
    )


def _picker(field: OwnField) -> Picker | None:
    if field.kind in ("choice", "many"):
        live, names = list(field.live_options().items()), field.option_names()
        return Picker(options=lambda by: live, names=lambda values: names)
    target = next((one for one in ports.references.items() if one.key == field.target), None)
    if field.kind != "reference" or target is None:
        return None
    find, options = target.find, target.options

    def named(values: Sequence[Any]) -> dict[Any, str]:
        return {
            key: told[0] for key, told in referred(field.target, [str(one) for one in values], SYSTEM).items()
        }

    def listed(by: Actor) -> list[tuple[int | str, Any]]:
        return list(options(by)) if options else []

    def fitting(by: Actor, text: str, after: str | None) -> Found:
        return found.listed(find(text, by) if find else [], after)

    return Picker(
        options=listed if options else None, search=fitting if find and not options else None, names=named
    )
