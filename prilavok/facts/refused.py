"""What facts cannot take: found by halving, and parked as every consumer parks what it cannot take.

An event whose rows are refused by any table is in none of them until it is taken again from the page of parked events.
All others go on, its customer's as well, for rows of facts stand for themselves. Only what lies in the data is parked:
a column store or a PostgreSQL that is away, busy or full is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from django.db import Error, transaction

from prilavok.facts import client, tables
from prilavok.facts.schema import FactTable, tab_separated
from prilavok.kernel import delivery, discreet, journal
from prilavok.kernel.errors import Problem
from prilavok.kernel.event import Event
from prilavok.kernel.models import Parked, StoredEvent

NEWS, PAST = "facts", "facts.history"  # the consumers of what happens now and of what is loaded of the past
One = TypeVar("One")


def taken(stored: Iterable[StoredEvent], *, also: UUID | None = None) -> list[Event]:
    """Those of these events that facts hold or are to hold, `also` one that is parked."""
    kept_out = set(
        Parked.objects.filter(consumer__in=(NEWS, PAST))
        .exclude(resolution=delivery.REPLAYED)
        .exclude(event_id=also)
        .values_list("event_id", flat=True)
    )
    revived = (journal.revive(one) for one in stored if one.pk not in kept_out)
    return [event for event in revived if event is not None]


def written(
    table: FactTable, stored: Collection[StoredEvent], write: Callable[[Sequence[Event]], None]
) -> None:
    """Have the rows of these events written to one table: at once, or without those that are refused and now parked."""
    events = taken(stored)
    try:
        write(events)
    except Exception as failure:
        reasons = find([table], events) if of_the_data(failure) else {}
        if not reasons:
            raise
        park(stored, reasons)
        write([event for event in events if event.id not in reasons])


def find(declared: Iterable[FactTable], events: Sequence[Event]) -> dict[UUID, str]:
    """The events that make rows which their tables don't take, each with its reason; nothing is written."""
    found: dict[UUID, str] = {}
    for table in declared:
        own = [event for event in events if type(event) in table.filled_by and event.id not in found]
        refused = halved(own, lambda some, table=table: _read_rows(table, some))  # type: ignore[misc]
        found |= {own[number].id: f"{table.name}: {reason}" for number, reason in refused.items()}
    return found


def _read_rows(table: FactTable, events: Sequence[Event]) -> None:
    with transaction.atomic():
        rows = list(table.rows_of(events))
    columns = tables.of_facts(table).columns
    if rows:
        client.would_take(columns, tab_separated(columns, rows))


def halved(items: Sequence[One], attempt: Callable[[Sequence[One]], None], start: int = 0) -> dict[int, str]:
    """The places of those items that an attempt fails of, with the reason: each half of what failed is attempted by
    itself. What is no fault of the items is left to fly.
    """
    try:
        if items:
            attempt(items)
    except Exception as failure:
        if not of_the_data(failure):
            raise
        if len(items) == 1:
            return {start: discreet.reason(failure)}
        middle = len(items) // 2
        return halved(items[:middle], attempt, start) | halved(items[middle:], attempt, start + middle)
    return {}


def of_the_data(failure: Exception) -> bool:
    """Whether it may lie in the data, and not in a store that is away, busy or full, or in our question."""
    if isinstance(failure, client.BadQuestion):
        return isinstance(failure, client.Unfit)
    return not isinstance(failure, Error | Problem | OSError | MemoryError)


def park(stored: Collection[StoredEvent], reasons: Mapping[UUID, str]) -> None:
    """Let these events wait for a person."""
    for one in stored:
        if reason := reasons.get(one.pk):
            delivery.park(NEWS if one.live else PAST, one, reason)


def forget() -> None:
    """Facts are made anew: what was parked is tried again in its turn; what was given up stays so."""
    Parked.objects.filter(consumer__in=(NEWS, PAST), resolved_at=None).delete()
