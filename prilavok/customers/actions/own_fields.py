"""The company's own fields: making and changing them, and the values that customers have in them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection, transaction

from prilavok.customers import ports, queries
from prilavok.customers.actions.merging import correct_shown
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.own_values import checked_own, others_have
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import BadField, BadOwnValue, FieldTaken, UnknownField
from prilavok.customers.events import CustomerChanged
from prilavok.customers.models import OwnField, Profile
from prilavok.customers.queries.sorting import SEARCHED
from prilavok.customers.rules.own_fields import OWN, BadOwn, code_of, plain, read_day
from prilavok.facts import actions as facts
from prilavok.kernel import jobs, journal, planner
from prilavok.kernel.actors import SYSTEM, Actor

MOST = 200  # fields of one company
RIGHT = "customers.own_fields"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SETTINGS = (
    "name", "help", "for_people", "for_companies", "target", "required", "alone", "low", "high", "pattern",
    "filtered", "searched", "at_registration", "guard",
)  # fmt: skip


@transaction.atomic
def add_own_field(
    *, name: str, kind: str, by: Actor, code: str = "", options: Sequence[str] = (), **settings: Any
) -> OwnField:
    """Make a field, the last in order. Without a code it gets one made from its name. Raises BadField, FieldTaken."""
    by.must(RIGHT)
    if kind not in OwnField.Kind.values:
        raise BadField(field="kind")
    if not code:
        code = _free(code_of(name))
    if not _CODE.fullmatch(code):
        raise BadField(field="code")
    if OwnField.objects.filter(code=code).exists():
        raise FieldTaken(field="code")
    if OwnField.objects.count() >= MOST:
        raise BadField(field="name")
    last = OwnField.objects.order_by("-position").values_list("position", flat=True).first() or 0
    made = OwnField(code=code, kind=kind, position=last + 1)
    _write(made, {"name": name, "options": options, **settings})
    return made


@transaction.atomic
def change_own_field(*, code: str, by: Actor, **settings: Any) -> OwnField:
    """Change what a field is called and takes; values that are there stay. Raises BadField, UnknownField."""
    by.must(RIGHT)
    field = _held(code)
    _write(field, settings)
    return field


@transaction.atomic
def order_own_fields(*, codes: Sequence[str], by: Actor) -> None:
    """Put fields into this order; those left out follow as they stood."""
    by.must(RIGHT)
    fields = {one.code: one for one in OwnField.objects.select_for_update()}
    order = [code for code in dict.fromkeys(codes) if code in fields]
    order += [code for code in fields if code not in order]
    for position, code in enumerate(order, 1):
        fields[code].position = position
    OwnField.objects.bulk_update(fields.values(), ["position"])
    queries.forget_own_fields()


def archive_own_field(*, code: str, by: Actor, at: datetime) -> None:
    """Take a field out of use. Its values are kept, and seen again when it is restored. Raises UnknownField."""
    _set_archived(code, at, by)


def restore_own_field(*, code: str, by: Actor) -> None:
    """Put an archived field to use again. Raises UnknownField."""
    _set_archived(code, None, by)


@transaction.atomic
def _set_archived(code: str, at: datetime | None, by: Actor) -> None:
    by.must(RIGHT)
    field = _held(code)
    field.archived_at = at
    field.save(update_fields=["archived_at"])
    queries.forget_own_fields()


def _held(code: str) -> OwnField:
    field = OwnField.objects.select_for_update().filter(code=code).first()
    if field is None:
        raise UnknownField(field="code")
    return field


def _free(code: str) -> str:
    taken = set(OwnField.objects.filter(code__startswith=code).values_list("code", flat=True))
    return next(
        one for one in (code, *(f"{code}_{number}" for number in range(2, MOST + 3))) if one not in taken
    )


def _write(field: OwnField, settings: Mapping[str, Any]) -> None:
    before = field.filtered, field.searched
    for name in _SETTINGS:
        if name in settings:
            value = settings[name]
            setattr(field, name, value.strip() if isinstance(value, str) else value)
    if "options" in settings:
        field.options = _options(field, settings["options"])
    _check(field)
    field.save()
    queries.forget_own_fields()
    if (field.filtered, field.searched) != before:
        jobs.later(make_askable, code=field.code, lock=f"customers.own.{field.code}")


def _check(field: OwnField) -> None:
    problems = {
        "name": not 1 <= len(field.name) <= 100,
        "help": len(field.help) > 200,
        "for_people": not (field.for_people or field.for_companies),
        "options": field.kind in ("choice", "many") and not field.live_options(),
        "target": (field.kind == "reference")
        != (field.target in {one.key for one in ports.references.items()}),
        "alone": field.alone and field.kind in ("many", "flag"),
        "searched": field.searched and field.kind not in SEARCHED,
        "pattern": bool(field.pattern) and (field.kind != "text" or len(field.pattern) > 60),
        "guard": field.guard not in OwnField.Guard.values,
    }
    for name, wrong in problems.items():
        if wrong:
            raise BadField(field=name)
    _check_bounds(field)


def _check_bounds(field: OwnField) -> None:
    reads: dict[str, Any] = {"text": _length, "number": Decimal, "money": Decimal, "date": read_day}
    found = []
    for name in ("low", "high"):
        text = str(getattr(field, name))
        try:
            if text:
                value = reads[field.kind](text.replace(",", "."))
                found.append(value)
                setattr(field, name, value.isoformat() if isinstance(value, date) else str(value))
        except (KeyError, BadOwn, ValueError, InvalidOperation) as error:
            raise BadField(field=name) from error
    if len(found) == 2 and not found[0] <= found[1]:
        raise BadField(field="high")


def _length(text: str) -> int:
    return min(max(int(text), 0), 1_000)


def _options(field: OwnField, lines: Sequence[str]) -> list[dict[str, Any]]:
    """Options as typed, "name" or "code = name" each; those no longer typed are put out of use and keep their names."""
    known = {one["code"]: one for one in field.options}
    by_name = {plain(one["name"]): one["code"] for one in field.options}
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        code, equals, name = (part.strip() for part in str(line).partition("="))
        name = (name if equals else code)[:100]
        code = code if equals else by_name.get(plain(name), name)
        if name and code and ";" not in code and "," not in code:
            found[code[:100]] = {"code": code[:100], "name": name}
        elif name:
            raise BadField(field="options")
    if len(found) > 500:
        raise BadField(field="options")
    gone = [one | {"archived": True} for code, one in known.items() if code not in found]
    return [*found.values(), *gone]


# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def change_own(*, profile_id: int, values: Mapping[str, Any], by: Actor, at: datetime) -> dict[str, Any]:
    """Write values of own fields; None empties one. What was there before, of those that changed.

    Raises BadOwnValue (also for a field that `by` may not change), NotForErased.
    """
    by.must("customers.edit")
    profile = lock(profile_id, by)
    told = checked_own(values, profile.person.kind, by)
    _alone(profile.pk, told)
    changed = {code: value for code, value in told.items() if profile.own.get(code) != value}
    before = {code: profile.own.get(code) for code in changed}
    if changed:
        was = [Changed(profile.pk, OWN + code, before[code], value) for code, value in changed.items()]
        note_changes(was, by=by, at=at)
        correct_shown(profile.person, {OWN + code: value for code, value in changed.items()}, at)
        event = CustomerChanged(profile_id=profile.pk, fields=tuple(OWN + code for code in changed))
        journal.record(event, by=by, at=at, customer=profile.pk)
    return before


def _alone(profile_id: int, told: Mapping[str, Any]) -> None:
    for field in queries.recent_own_fields():
        if field.alone and told.get(field.code) is not None:
            if others_have(field.code, {profile_id: told[field.code]})[profile_id]:
                raise BadOwnValue.of(field.code, field.name, "taken")


# ── Making a field askable ───────────────────────────────────────────────────────────────────────────────

CHUNK = 20_000


@jobs.job
def make_askable(*, code: str) -> None:
    """Give a field the indexes that lists ask, and its column in facts the values that are there already.

    One that is no longer filtered or searched loses its index.
    """
    field = OwnField.objects.get(code=code)
    queries.forget_own_fields()
    wanted = queries.own_indexes(field)
    with connection.cursor() as cursor:
        for name, sql in wanted.items():
            if not sql:
                cursor.execute(f"DROP INDEX IF EXISTS {name}")
            elif not connection.in_atomic_block:
                cursor.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON customers_profile {sql}")
    if any(wanted.values()):
        planner.count("customers_profile")
    if not field.filtered:
        return
    last = 0
    while True:
        having = Profile.objects.filter(own__has_key=code, pk__gt=last).order_by("pk")
        ids = list(having.values_list("pk", flat=True)[:CHUNK])
        if not ids:
            return
        facts.reload("profiles", ids, by=SYSTEM)
        last = ids[-1]
