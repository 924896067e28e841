"""Personal dates of a customer, and their kinds."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from prilavok.customers import rules
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import BadDay, BadKind, UnknownDateKind
from prilavok.customers.events import CustomerChanged
from prilavok.customers.models import DateKind, PersonalDate
from prilavok.customers.queries import kin
from prilavok.customers.queries.postal import date_kinds
from prilavok.customers.rules import dates
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor

_CODE = re.compile(r"[a-z0-9_]{2,20}")
_FIELD = "personal_date"


@transaction.atomic
def add_date(
    *,
    profile_id: int,
    kind: str,
    day: int,
    month: int,
    by: Actor,
    at: datetime,
    year: int | None = None,
    note: str = "",
) -> PersonalDate:
    """Remember a day that comes again every year. The same one is not remembered twice.

    Raises UnknownDateKind, BadDay, NotForErased.
    """
    by.must("customers.edit")
    profile = lock(profile_id, by)
    if kind not in date_kinds():
        raise UnknownDateKind(field="kind")
    if not dates.is_day(month, day, year) or (year is not None and not 1900 <= year <= at.year + 1):
        raise BadDay(field="day")
    found = {"kind": kind, "month": month, "day": day, "year": year, "note": rules.cleaned(note)[:100]}
    same = PersonalDate.objects.filter(profile__in=kin(profile.pk), **found).first()
    if same is not None:
        return same
    made = PersonalDate.objects.create(profile=profile, at=at, by_kind=by.kind, by_id=by.id, **found)
    note_changes([Changed(profile.pk, _FIELD, "", _text(made), made.pk)], by=by, at=at)
    _tell(profile.pk, by, at)
    return made


@transaction.atomic
def remove_date(*, profile_id: int, date_id: UUID, by: Actor, at: datetime) -> dict[str, Any]:
    """Forget a day; its values, by which `add_date` brings it back. Raises PersonalDate.DoesNotExist."""
    by.must("customers.edit")
    profile = lock(profile_id, by)
    found = PersonalDate.objects.select_for_update().get(public_id=date_id, profile__in=kin(profile.pk))
    number = found.pk
    found.delete()
    note_changes([Changed(found.profile_id, _FIELD, _text(found), "", number)], by=by, at=at)
    _tell(found.profile_id, by, at)
    return {name: getattr(found, name) for name in ("kind", "day", "month", "year", "note")}


def _text(one: PersonalDate) -> str:
    """The kind stands by its code: whoever reads the history reads its name in their own language."""
    noted = f" ({one.note})" if one.note else ""
    return f"{one.kind}{noted}: {one.day:02}.{one.month:02}" + (f".{one.year}" if one.year else "")


def _tell(profile_id: int, by: Actor, at: datetime) -> None:
    journal.record(
        CustomerChanged(profile_id=profile_id, fields=(_FIELD,)), by=by, at=at, customer=profile_id
    )


@transaction.atomic
def change_date_kind(*, code: str, name: str, by: Actor) -> DateKind:
    """Make a kind of dates of the company's own, or call it anew. Raises BadKind."""
    by.must("customers.kinds")
    if not _CODE.fullmatch(code):
        raise BadKind(field="code")
    name = rules.cleaned(name)[:100]
    if not name:
        raise BadKind(field="name")
    return DateKind.objects.update_or_create(code=code, defaults={"name": name})[0]
