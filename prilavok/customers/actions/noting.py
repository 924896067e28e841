"""Keeping what stood in a field before: every action that changes a customer's values says so here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from prilavok.customers.models import FieldChange
from prilavok.kernel.actors import Actor

_RULES = {"employee": "operator", "token": "api", "customer": "own_page"}
LONGEST = 2_000  # characters of a value that are kept


@dataclass(frozen=True, slots=True)
class Changed:
    """A value of one profile before and after; `item` tells apart what a customer has several of."""

    profile_id: int
    field: str
    before: Any
    after: Any
    item: int | None = None


@transaction.atomic
def note_changes(changes: Iterable[Changed], *, by: Actor, at: datetime, rule: str = "") -> None:
    """Keep them with their author and rule, however many, by one statement; what is the same is left out.

    Without a rule it follows from who acts: by hand, through the API, on the customer's own page.
    """
    rule = rule or _RULES.get(by.kind, by.kind)
    FieldChange.objects.bulk_create(
        [
            FieldChange(
                profile_id=one.profile_id,
                field=one.field[:80],
                item=one.item,
                before=as_text(one.before),
                after=as_text(one.after),
                rule=rule[:50],
                at=at,
                by_kind=by.kind,
                by_id=by.id,
            )
            for one in changes
            if as_text(one.before) != as_text(one.after)
        ],
        batch_size=2_000,
    )


def as_text(value: Any) -> str:
    """A value as it is kept: dates by ISO, lists by commas, nothing as an empty text.

    >>> as_text(date(1987, 3, 8)), as_text(None), as_text(["a", 2]), as_text(True)
    ('1987-03-08', '', 'a, 2', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set):
        return ", ".join(as_text(part) for part in value)[:LONGEST]
    return str(value)[:LONGEST]
