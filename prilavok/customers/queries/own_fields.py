"""The company's own fields: which there are, who sees them, and their values as `by` may see them.

Values become output here and nowhere else: the card, lists, files and the API show what `shown` and `told` give.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import ports
from prilavok.customers.models import OwnField
from prilavok.customers.queries.people import own_of
from prilavok.customers.rules.own_fields import Shape, is_empty, plain
from prilavok.kernel import money
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.permissions import Permission
from prilavok.ui import formats

FRESH = 5.0  # seconds: fields change rarely, and every row of a list asks by them
_recent: list[tuple[float, list[OwnField]]] = []

REASONS: dict[str, str | Promise] = {
    "not_a_text": _("“%(name)s” takes a text."),
    "too_long": _("“%(name)s” takes at most %(most)s characters."),
    "too_short": _("“%(name)s” takes at least %(least)s characters."),
    "pattern": _(
        "“%(name)s” must look like %(pattern)s, where # is a digit, @ a letter and ? any character."
    ),
    "not_a_number": _("“%(name)s” takes a number, such as 1234.50."),
    "too_precise": _("“%(name)s” takes at most four decimals."),
    "too_small": _("“%(name)s” takes nothing below %(least)s."),
    "too_large": _("“%(name)s” takes nothing above %(most)s."),
    "not_a_date": _("“%(name)s” takes a day, such as 21.11.2026 or 2026-11-21."),
    "not_a_choice": _("“%(name)s” has no such option: “%(value)s”. Its options: %(options)s."),
    "not_a_flag": _("“%(name)s” takes yes or no."),
    "not_a_reference": _("“%(name)s” must name something that is there: “%(value)s” was not found."),
    "required": _("“%(name)s” must be filled in."),
    "taken": _("Another customer has this value of “%(name)s” already."),
    "unknown": _("There is no own field “%(name)s”."),
    "not_for_this": _("“%(name)s” is not a field of such customers."),
}


def own_fields(*, archived: bool = False) -> list[OwnField]:
    """All fields in their order, read now."""
    found = OwnField.objects.all()
    return list(found if archived else found.filter(archived_at=None))


def recent_own_fields() -> list[OwnField]:
    """All fields, the archived too, as they were a few seconds ago at most: for those who only read, and often."""
    now = time.monotonic()
    if not _recent or now - _recent[0][0] > FRESH:
        _recent[:] = [(now, own_fields(archived=True))]
    return _recent[0][1]


def forget_own_fields() -> None:
    """Read the fields anew next time."""
    _recent.clear()


def seen_own_fields(by: Actor, kind: str = "") -> list[OwnField]:
    """Fields in use that `by` may see, of people or companies (`kind` of the person) or of both."""
    return [
        one
        for one in recent_own_fields()
        if one.archived_at is None and (not kind or one.applies_to(kind)) and may_see(one, by)
    ]


def may_see(field: OwnField, by: Actor) -> bool:
    """The one place that says who sees an own field."""
    return field.guard != OwnField.Guard.SEE or by.may(field.right_to_see)


def may_change(field: OwnField, by: Actor) -> bool:
    open_ = field.guard == OwnField.Guard.OPEN or by.may(field.right_to_change)
    return open_ and may_see(field, by)


def own_rights() -> list[Permission]:
    """The rights that guarded fields make: nobody but the owner holds them until a role is given them."""
    found = [one for one in recent_own_fields() if one.guard != OwnField.Guard.OPEN]
    sees = [
        Permission(
            one.right_to_see, gettext("See the own field “%(name)s”") % {"name": one.name}, frozenset()
        )
        for one in found
        if one.guard == OwnField.Guard.SEE
    ]
    changes = gettext("Change the own field “%(name)s”")
    return sees + [
        Permission(one.right_to_change, changes % {"name": one.name}, frozenset()) for one in found
    ]


def shape_of(field: OwnField) -> Shape:
    return Shape(**field.shape())


def own_reason(field_name: str, why: str, told: Mapping[str, Any], options: Iterable[str] = ()) -> str:
    """Why a value was not taken, in words."""
    return str(REASONS[why]) % {"name": field_name, "options": ", ".join(options), "value": "", **told}


@dataclass(frozen=True, slots=True)
class OwnShown:
    """A value as `by` may see it: as it is kept, in words, and where a reference leads."""

    field: OwnField
    value: Any
    text: str
    link: str = ""


def shown(rows: Sequence[Mapping[str, Any]], by: Actor, kind: str = "") -> list[dict[str, OwnShown]]:
    """Of each row of kept values what `by` may see, by code, in the order of the fields; one query per kind of
    reference for all rows. What is empty is left out."""
    fields = seen_own_fields(by, kind)
    names = _referred(fields, rows, by)
    return [
        {
            one.code: OwnShown(
                one, row[one.code], own_text(one, row[one.code], names), _link(one, row[one.code], names)
            )
            for one in fields
            if not is_empty(row.get(one.code))
        }
        for row in rows
    ]


def told(own: Mapping[str, Any], by: Actor, kind: str = "") -> dict[str, Any]:
    """Values for a program: every field that `by` may see, null where nothing is known."""
    return {one.code: own.get(one.code) for one in seen_own_fields(by, kind)}


Names = Mapping[tuple[str, str], tuple[str, str]]


def _referred(fields: Iterable[OwnField], rows: Iterable[Mapping[str, Any]], by: Actor) -> Names:
    keys: dict[str, set[str]] = defaultdict(set)
    for one in fields:
        if one.kind == OwnField.Kind.REFERENCE:
            keys[one.target] |= {str(row[one.code]) for row in rows if not is_empty(row.get(one.code))}
    return {
        (target, key): told
        for target, wanted in keys.items()
        if wanted
        for key, told in referred(target, wanted, by).items()
    }


def referred(target: str, keys: Collection[str], by: Actor) -> Mapping[str, tuple[str, str]]:
    """Name and address of what references lead to, by key; what is not there, or not for `by`, is left out."""
    found = {one.key: one for one in ports.references.items()}.get(target)
    return found.named(keys, by) if found else {}


FOUND = 8  # references offered at once


def target_of(key: str) -> ports.ReferenceTarget | None:
    """What references of this key lead to."""
    return next((one for one in ports.references.items() if one.key == key), None)


def references_found(key: str, text: str, by: Actor) -> list[tuple[str, str]]:
    """Keys and names that the typed text may mean, a few."""
    by.must("customers.see")
    target = target_of(key)
    if target is None:
        return []
    if target.find:
        return target.find(text, by)[:FOUND]
    asked = plain(text)
    options = target.options(by) if target.options else []
    return [(one, name) for one, name in options if asked in plain(name) or asked in plain(one)][:FOUND]


def reference_key(key: str, typed: str, by: Actor) -> str:
    """The key of what was picked, or of the only one that the typed text may mean; else the text itself."""
    if not typed or typed in referred(key, [typed], by):
        return typed
    found = references_found(key, typed, by)
    exact = [one for one, name in found if plain(name) == plain(typed)]
    if len(exact) == 1:
        return exact[0]
    return found[0][0] if len(found) == 1 else typed


def own_text(field: OwnField, value: Any, names: Names | None = None) -> str:
    """A kept value in words of the page's language."""
    if is_empty(value):
        return ""
    if field.kind == OwnField.Kind.REFERENCE:
        return (names or {}).get((field.target, str(value)), (str(value), ""))[0]
    return _WORDS[field.kind](field, value, get_language() or "ru")


def _several(field: OwnField, value: Any, language: str) -> str:
    known = field.option_names()
    return ", ".join(known.get(one, str(one)) for one in (value if isinstance(value, list) else [value]))


_WORDS: Mapping[str, Callable[[OwnField, Any, str], str]] = {
    "text": lambda field, value, language: str(value),
    "number": lambda field, value, language: formats.number(Decimal(value), language=language),
    "money": lambda field, value, language: money.show(Decimal(value), company.currency(), language),
    "date": lambda field, value, language: formats.day(date.fromisoformat(value), language),
    "flag": lambda field, value, language: gettext("yes") if value else gettext("no"),
    "choice": _several,
    "many": _several,
}


def _link(field: OwnField, value: Any, names: Names) -> str:
    return names.get((field.target, str(value)), ("", ""))[1] if field.kind == "reference" else ""


def own_noted(code: str, text: str) -> str:
    """A value of the history, where everything is a text, in words."""
    field = next((one for one in recent_own_fields() if one.code == code), None)
    if field is None or field.kind in ("text", "reference"):
        return text
    value: Any = (
        text.split(", ") if field.kind == "many" else text == "true" if field.kind == "flag" else text
    )
    return own_text(field, value)


# ── Letters ──────────────────────────────────────────────────────────────────────────────────────────────

MACRO = "customer.own."


def own_macros() -> dict[str, OwnField]:
    """Fields that letters may show, by macro. What not everybody may see is put into no letter."""
    return {
        f"{MACRO}{one.code}": one
        for one in recent_own_fields()
        if one.archived_at is None and one.guard != OwnField.Guard.SEE
    }


def macro_values(profile_ids: Collection[int], macros: Collection[str]) -> dict[int, dict[str, str]]:
    """Texts of some own macros for many readers; what is empty is left out."""
    fields = {macro: one for macro, one in own_macros().items() if macro in macros}
    if not fields:
        return {}
    known = own_of(profile_ids)
    names = _referred(fields.values(), known.values(), SYSTEM)
    return {
        profile: {
            macro: own_text(one, own[one.code], names)
            for macro, one in fields.items()
            if not is_empty(own.get(one.code))
        }
        for profile, own in known.items()
    }
