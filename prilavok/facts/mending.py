"""What facts hold that PostgreSQL does not say, found by day and by row, and only that loaded anew.

Fact tables are compared day by day with what their domains count in their own tables (Check), and a day that differs
is taken out and written again from the journal's events. State tables are compared row by row with what their domains
load. Loading goes on while they are compared, and waits only where something differs; killed half-way, the next mending
finds the rest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as midnight
from itertools import groupby, islice
from typing import TypeVar
from uuid import UUID

from django.db.models import Max

from prilavok.facts import client, loading, refused, tables
from prilavok.facts.schema import Check, FactTable, StateTable, Words, registry, tab_separated
from prilavok.kernel.event import Event
from prilavok.kernel.ids import uuid7
from prilavok.kernel.journal import Position
from prilavok.kernel.models import StoredEvent

AT_ONCE = 20_000  # ids of a state table compared together
EVENTS = 5_000  # whose rows are written at once
REWRITING = 0x72657772  # "rewr": one at a time writes days of facts anew

Tell = Callable[["Damage"], None]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Damage:
    """A place where facts differed: a day of a fact table, or ids of a state table.

    `truth` and `facts` are figures by name (of a state table: how many rows differed). `mended`: equal now.
    """

    table: str
    label: Words
    day: date | None
    ids: tuple[int, ...]
    truth: Mapping[str, int]
    facts: Mapping[str, int]
    mended: bool = False


def damages() -> list[Damage]:
    """Everything that differs now, nothing being changed. Raises FactsDown."""
    return [
        *(found for check in registry().checks.values() for found in _days_that_differ(check)),
        *(found for state in registry().states.values() for found in _of_state(state)),
    ]


def mend(tell: Tell | None = None) -> list[Damage]:
    """Load anew what differs, and only that; what it was, and whether it is mended. Raises FactsDown."""
    found = []
    for check in registry().checks.values():
        found += _mend_days(check)
    for state in registry().states.values():
        found += mend_state(state)
    for one in found if tell else ():
        tell(one)  # type: ignore[misc]
    return found


def _surely(look: Callable[[], list[Found]]) -> list[Found]:
    """What differs: looked at while loading goes on, and where something does, once more when all is loaded and nobody
    loads. So what is whole holds nobody up.
    """
    if not look():
        return []
    with loading.alone():
        _load_all()
        return look()


def write_again(names: Collection[str], days: Collection[date]) -> None:
    """Make these days of fact tables anew: what their rows are made by besides events has changed. Raises FactsDown.

    Loading goes on meanwhile.
    """
    for name in names:
        _write_again(registry().tables[name], days)


def _load_all() -> None:
    deque(loading.load_all(), maxlen=0)


# ── Days of a fact table ─────────────────────────────────────────────────────────────────────────────────


def _days_that_differ(check: Check) -> list[Damage]:
    return _surely(lambda: _of_days(check))


def _of_days(check: Check) -> list[Damage]:
    truth, facts = check.days(), _figures(check)
    return [
        Damage(check.table, check.label, day, (), truth.get(day, {}), facts.get(day, {}))
        for day in sorted(truth.keys() | facts.keys())
        if _filled(truth.get(day), facts.get(day)) != _filled(facts.get(day), truth.get(day))
    ]


def _figures(check: Check) -> dict[date, dict[str, int]]:
    rows = client.query(
        f"SELECT local_date, {check.figures} FROM {check.table} GROUP BY local_date", lane="heavy"
    )
    return {row.pop("local_date"): {name: int(value) for name, value in row.items()} for row in rows}


def _filled(figures: Mapping[str, int] | None, other: Mapping[str, int] | None) -> dict[str, int]:
    names = {*(figures or {}), *(other or {})}
    return {name: (figures or {}).get(name, 0) for name in names}


def _mend_days(check: Check) -> list[Damage]:
    found = _days_that_differ(check)
    if not found or not any(check.truth().values()):  # PostgreSQL knows of none at all: nothing to mend by
        return found
    _write_again(registry().tables[check.table], {one.day for one in found if one.day})
    still = {one.day for one in _days_that_differ(check)}
    return [replace(one, mended=one.day not in still) for one in found]


def _write_again(table: FactTable, days: Collection[date]) -> None:
    """These days of a table, from the journal's events up to the cursor, each row under the batch that brought it."""
    with loading.alone(REWRITING):
        loaded = _Loaded()
        listed = ", ".join(f"'{day}'" for day in sorted(days))
        client.execute(
            f"DELETE FROM {tables.where_rows_lie(table.name)} "
            f"WHERE local_date IN ({listed}) AND batch <= {loaded.last} "  # what is loaded meanwhile is right already
            f"AND batch NOT IN ({client.ids(loaded.under_way)})"
        )
        for together in _told_of(table, days):
            batches = {one.pk: loaded.with_batch(one) for one in together}
            # Those without a batch are loaded in their turn.
            known = [one for one in together if batches[one.pk] is not None]
            refused.written(table, known, lambda events: _write(table, events, days, batches))  # noqa: B023


def _write(
    table: FactTable, events: Sequence[Event], days: Collection[date], batches: Mapping[UUID, int | None]
) -> None:
    rows = [
        {**row, "batch": batch}
        for batch, several in groupby(events, key=lambda event: batches[event.id])
        for row in table.rows_of(several)
        if row["local_date"] in days
    ]
    if rows:
        columns = tables.of_facts(table).columns
        body = tab_separated(columns, rows)
        client.insert(table.name, [column.name for column in columns], body, token=f"mended-{uuid7()}")


def _told_of(table: FactTable, days: Collection[date]) -> Iterator[list[StoredEvent]]:
    """The events of about these days, in portions."""
    types = [kind.type_name() for kind in table.filled_by]
    since, until = min(days) - timedelta(days=2), max(days) + timedelta(days=3)  # local days of any zone
    stored = StoredEvent.objects.filter(
        type__in=types,
        happened_at__gte=datetime.combine(since, midnight(), UTC),
        happened_at__lt=datetime.combine(until, midnight(), UTC),
    )
    waiting = stored.iterator(chunk_size=EVENTS)
    while together := list(islice(waiting, EVENTS)):
        yield together


class _Loaded:
    """The batches that were loaded when it was made: up to which number, and which event by which of them."""

    def __init__(self) -> None:
        done = client.rows(
            "SELECT epoch, transaction, event, batch, lane FROM loads WHERE state = 'done' ORDER BY batch"
        )
        self.last = done[-1][3] if done else 0
        self.under_way = client.column(
            f"SELECT batch FROM loads WHERE batch <= {self.last} GROUP BY batch HAVING countIf(state = 'done') = 0"
        )
        self._ends: dict[bool, list[Position]] = {True: [], False: []}
        self._batches: dict[bool, list[int]] = {True: [], False: []}
        for *end, batch, lane in done:
            for live in {loading.BOTH: (True, False), loading.LIVE: (True,)}.get(lane, (False,)):
                self._ends[live].append(Position(*end))
                self._batches[live].append(batch)

    def with_batch(self, event: StoredEvent) -> int | None:
        """The batch that brought an event; None for what has not been loaded yet."""
        place = Position(event.epoch, event.transaction_id, str(event.pk))
        number = bisect_left(self._ends[event.live], place)
        known = self._batches[event.live]
        return known[number] if number < len(known) else None


# ── Rows of a state table ────────────────────────────────────────────────────────────────────────────────


def _of_state(state: StateTable) -> list[Damage]:
    last = last_of(state)
    differ = [
        one
        for start in range(1, last + 1, AT_ONCE)
        for one in _surely(lambda start=start: differing(state, start, min(start + AT_ONCE, last + 1)))  # type: ignore[misc]
    ]
    if not differ:
        return []
    return [Damage(state.name, state.name, None, tuple(differ), {"differing": 0}, {"differing": len(differ)})]


def last_of(state: StateTable) -> int:
    """The greatest id that a row may have. Raises FactsDown."""
    return max(
        StoredEvent.objects.aggregate(last=Max("customer_id"))["last"] or 0,
        client.value(f"SELECT max({state.key}) FROM {state.name}") or 0,
    )


def differing(state: StateTable, start: int, end: int) -> list[int]:
    """The ids of this range (without its end) whose rows are not what their domain says. Raises FactsDown."""
    ids = list(range(start, end))
    told, kept = _told(state, ids), _kept(state, ids)
    return sorted(one for one in told.keys() | kept.keys() if told.get(one) != kept.get(one))


def _told(state: StateTable, ids: list[int]) -> dict[int, str]:
    """What the domain says of these ids, as the engine would be told."""
    lines: dict[int, str] = {}
    for row in state.load(ids):
        if row[state.key] >= ids[0] and row[state.key] <= ids[-1]:
            lines[row[state.key]] = tab_separated(state.columns, [row]).decode().rstrip("\n")
    return lines


def _kept(state: StateTable, ids: list[int]) -> dict[int, str]:
    names = [column.name for column in state.columns]
    rows = client.query(
        f"SELECT {', '.join(names)} FROM {state.name} FINAL WHERE {state.key} BETWEEN {ids[0]} AND {ids[-1]}",
        lane="heavy",
    )
    return {row[state.key]: tab_separated(state.columns, [row]).decode().rstrip("\n") for row in rows}


def mend_state(state: StateTable) -> list[Damage]:
    """Load anew the rows of a state table that differ; what they were. Raises FactsDown."""
    found = _of_state(state)
    for one in found:
        for start in range(0, len(one.ids), AT_ONCE):
            part = list(one.ids[start : start + AT_ONCE])
            gone = (
                f"DELETE FROM {tables.where_rows_lie(state.name)} WHERE {state.key} IN ({client.ids(part)})"
            )
            with loading.alone():  # or somebody's events would be answered while their rows are gone
                client.execute(gone)  # whatever its version
                loading.reload(state, part)
    still = {pk for one in _of_state(state) for pk in one.ids} if found else set()
    return [replace(one, mended=not still & set(one.ids)) for one in found]
