"""How facts come from the journal: batch by batch, with the cursor kept beside the data.

Before a batch is sent its bounds stand in `loads` as begun; after all its inserts were acknowledged it stands as done.
A batch found begun is sent again with the same bounds, hence the same bytes, under the same token: the engine drops
what it already has, and then the batch is counted (`client.insert_again`). A batch whose events PostgreSQL no longer
knows (it was restored from a backup) is taken out.

Events whose rows the engine refuses are parked, and the batch is sent again without them (`refused`): it is done only
when PostgreSQL has what it left out.

There are two lanes, each with a cursor of its own: what happens now (`facts`) and what is loaded of the past
(`facts.history`), so that a million old receipts keep no new one waiting. Batches of an earlier version hold both.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from prilavok.facts import client, refused, tables
from prilavok.facts.schema import Column, FactTable, Registry, Row, StateTable, registry, tab_separated
from prilavok.facts.tables import Definition
from prilavok.kernel import clock, journal
from prilavok.kernel.event import Event
from prilavok.kernel.ids import uuid7
from prilavok.kernel.journal import Position
from prilavok.kernel.models import StoredEvent

logger = logging.getLogger(__name__)

BATCH = 5_000  # events of one batch: a receipt's event brings some ten lines
LOOK = 50_000  # events looked at for them: the other lane's are passed over by the server
BOTH, LIVE, HISTORY = "both", "live", "history"  # what a batch holds
RARELY = 5.0  # seconds after which a lane notes that it has passed the other's events
JUST_NOW = 1.0  # seconds for which what was loaded is taken to be there
LOCK = 0x6661637473  # "facts": one loader of a lane at a time, whoever runs it
PAST_LOCK = 0x6661637470
LOAD_COLUMNS = [
    Column("batch", "UInt64"),
    Column("state", "Enum8('begun' = 1, 'done' = 2)"),
    Column("from_epoch", "UInt32"),
    Column("from_transaction", "Int64"),
    Column("from_event", "String"),
    Column("epoch", "UInt32"),
    Column("transaction", "Int64"),
    Column("event", "String"),
    Column("looked", "UInt32"),
    Column("events", "UInt32"),
    Column("token", "String"),
    Column("at", "DateTime64(3, 'UTC')"),
    Column("lane", "Enum8('both' = 0, 'live' = 1, 'history' = 2)"),
]
LOADS = Definition("loads", LOAD_COLUMNS, ("batch", "state"), "batch")


@dataclass(frozen=True)
class Load:
    """One batch: its bounds in the journal, how many events were looked at and how many were wanted."""

    batch: int
    state: str
    after: Position
    up_to: Position
    looked: int
    events: int
    token: str  # never used for another batch, also after facts were emptied and numbers begin anew
    lane: str = BOTH

    def read(self, limit: int, after: Position, types: Collection[str]) -> journal.Read:
        """The next events of this batch that are of its lane; others are looked at too."""
        news, past = _wanted(self.lane, types)
        return journal.read(
            after, limit=limit, look=self.looked, types=news, history=past, up_to=lambda: self.up_to
        )


def _wanted(lane: str, types: Collection[str]) -> tuple[Collection[str], Collection[str]]:
    """Which types of news and which of history a lane takes."""
    return () if lane == HISTORY else types, () if lane == LIVE else types


def lanes_of(lane: str) -> str:
    """In SQL: the batches that a lane goes on from."""
    return f"lane IN ('{BOTH}', '{lane}')"


NOTHING = Load(0, "done", Position(), Position(), 0, 0, "")


def create_tables() -> None:
    """Create what is declared and add columns that are new. Raises FactsDown."""
    known: dict[str, set[str]] = defaultdict(set)
    for table, column in client.rows(
        "SELECT table, name FROM system.columns WHERE database = currentDatabase()"
    ):
        known[table].add(column)
    declared = registry()
    definitions = [
        LOADS,
        *map(tables.of_facts, declared.tables.values()),
        *map(tables.of_state, declared.states.values()),
    ]
    for one in definitions:
        _create(one, known[one.name])


def _create(wanted: Definition, known: set[str]) -> None:
    missing = [column for column in wanted.columns if column.name not in known]
    statements = (
        [one for column in missing for one in wanted.widened(column, tables.cluster())]
        if known
        else wanted.created(tables.cluster())
    )
    for statement in statements:
        client.execute(statement)


@contextmanager
def alone(*locks: int) -> Iterator[None]:
    """Nobody else loads meanwhile, on either lane or those told; waits for the batches under way."""
    locks = locks or (PAST_LOCK, LOCK)
    with ExitStack() as held:
        for lock in locks:
            held.enter_context(_held(lock))
        yield


@contextmanager
def _held(lock: int) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


class Loader:
    """The journal's consumer of a lane."""

    def __init__(self, lane: str, lock: int) -> None:
        self.lane, self._lock = lane, lock
        self._ready_for: tuple[str, Registry] | None = None
        self._warned = 0.0
        self._come_to: tuple[float, Position] | None = None  # as this process last saw it, and when
        self._told = 0.0

    def step(self, limit: int) -> int:
        """Load the next batch; how many events were looked at. Nought while the facts process is down."""
        try:
            while (looked := self._try(max(limit, BATCH))) is None:
                pass  # something was parked: the same batch again, without it
            return looked
        except (client.FactsDown, client.FactsBusy) as problem:
            self._ready_for = self._come_to = None
            if time.monotonic() - self._warned > 60:
                self._warned = time.monotonic()
                logger.warning("loading of facts waits: %s", problem.code)
            return 0

    @transaction.atomic
    def _try(self, limit: int) -> int | None:
        """Like `step`; None when events were parked, which are so as soon as this is committed."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [self._lock])
            return self._step(limit) if cursor.fetchone()[0] else 0

    def take_again(self, event: StoredEvent) -> str:
        """Load an event that was parked; the reason, if it is refused again. Raises FactsDown, FactsBusy.

        Belongs into the transaction that says what became of it: nobody loads until that is committed.
        """
        with connection.cursor() as cursor:
            for lock in (PAST_LOCK, LOCK):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        self._prepare()
        return _take_again(self.lane, event)

    def position(self) -> Position:
        """How far the data has come; the journal's beginning while facts are down, so that followers wait.

        Whoever has just loaded or looked knows it: its followers need not ask.
        """
        if known := self._recently():
            return known
        try:
            return _last_two(self.lane)[1].up_to
        except (client.FactsDown, client.FactsBusy, client.BadQuestion):
            return Position()

    def forget(self) -> None:
        """What was loaded is there no more."""
        self._come_to = None

    def _step(self, limit: int) -> int | None:
        self._prepare()
        known = self._recently()
        read = self._on_from(known, limit) if known else None
        if read and self._may_rest(read):
            return 0  # no batch can have been begun where the journal has nothing; to ask facts costs ten times as much
        lasts = _lasts()
        begun, done = _of_lane(self.lane, lasts)
        if not still_known(done):
            done = drop_beyond(self.lane)
            begun = NOTHING
        again = begun.batch > done.batch
        if again and begun.lane == BOTH and self.lane == HISTORY:
            return 0  # of an earlier version: the other lane sends it
        if not again:
            if read is None or done.up_to != known:
                read = self._on_from(done.up_to, limit)
            if self._may_rest(read):
                self._come_to = time.monotonic(), done.up_to
                return 0
            begun = _begin(self.lane, done, read, max([load.batch for load in lasts], default=0))
        looked = _send(begun, again=again)
        if looked is None:
            self._come_to = None
            return None
        self._told = time.monotonic()
        self._come_to = self._told, begun.up_to
        return looked

    def _recently(self) -> Position | None:
        """How far the data had come a moment ago, if it was looked at."""
        fresh = self._come_to and time.monotonic() - self._come_to[0] < JUST_NOW
        return self._come_to[1] if self._come_to and fresh else None

    def _on_from(self, place: Position, limit: int) -> journal.Read:
        news, history = _wanted(self.lane, _names())
        return journal.read(place, limit=limit, look=max(limit, LOOK), types=news, history=history)

    def _may_rest(self, read: journal.Read) -> bool:
        """Whether there is nothing, or only some events of the other lane were passed: a note of that costs as much as
        loading.
        """
        if not read.looked:
            return True
        return not read.events and read.looked < LOOK and time.monotonic() - self._told < RARELY

    def _prepare(self) -> None:
        from django.conf import settings

        wanted = (settings.FACTS_URL, registry())
        if self._ready_for is None or self._ready_for[0] != wanted[0] or self._ready_for[1] is not wanted[1]:
            create_tables()
            self._ready_for = wanted


loader, past = Loader(LIVE, LOCK), Loader(HISTORY, PAST_LOCK)


def load_all() -> Iterator[int]:
    """Load what waits on both lanes; how many events were looked at, batch by batch."""
    while looked := load_some():
        yield looked


def load_some() -> int:
    """Load a batch of either lane, first of all one that was begun and not done; how many events were looked at."""
    return loader.step(BATCH) + past.step(BATCH)


def _begin(lane: str, done: Load, read: journal.Read, last: int) -> Load:
    """The next batch, noted if it brings anything. Numbers of one lane are odd, of the other even; `last` is the
    highest so far.
    """
    number = last + 1 + (last + (lane == HISTORY)) % 2
    load = Load(number, "begun", done.up_to, read.end, read.looked, len(read.events), str(uuid7()), lane)
    if read.events:
        _note(load)
    return load


def _names() -> set[str]:
    return {kind.type_name() for kind in registry().event_types()}


def _send(load: Load, *, again: bool) -> int | None:
    """Load a batch; how many events were looked at. None if some were refused: they are parked, and it is not done."""
    declared = registry()
    stored, _end, looked = load.read(load.looked, load.after, _names())
    events = refused.taken(stored)
    try:
        _fill(declared, events, load, again=again)
        reasons = _reload(declared, events)
    except Exception as failure:
        if not refused.of_the_data(failure):
            raise
        reasons = refused.find(declared.tables.values(), events)
        if not reasons:
            raise
    if reasons:
        refused.park(stored, reasons)
        logger.warning("facts could not take %d event(s) of batch %d: parked", len(reasons), load.batch)
        return None
    _note(replace(load, state="done", events=len(stored)))
    return looked


def _fill(declared: Registry, events: list[Event], load: Load, *, again: bool) -> None:
    for table in declared.tables.values():
        rows = _rows(table, events, load)
        if not rows:
            if again and client.count_of(table.name, load.batch):
                client.write_anew(table.name, [], b"", batch=load.batch)
            continue
        names, body = _written(table, rows)
        if not again:
            client.insert(table.name, names, body, token=load.token)
        elif not client.insert_again(
            table.name, names, body, token=load.token, batch=load.batch, rows=len(rows)
        ):
            logger.warning("batch %d of %s stood there in part and was written anew", load.batch, table.name)


def _rows(table: FactTable, events: Sequence[Event], load: Load) -> list[Row]:
    return [{**row, "batch": load.batch} for row in table.rows_of(events)]


def _written(table: FactTable, rows: Sequence[Row]) -> tuple[list[str], bytes]:
    columns = tables.of_facts(table).columns
    return [column.name for column in columns], tab_separated(columns, rows)


def _reload(declared: Registry, events: list[Event]) -> dict[UUID, str]:
    """Load anew whom these events touch; the events that touch those whose rows are refused."""
    reasons: dict[UUID, str] = {}
    for state in declared.states.values():
        kinds = tuple(state.on)
        touched: dict[int, list[Event]] = defaultdict(list)
        for event in events:
            for one in set(state.touched(event)) if isinstance(event, kinds) else ():
                touched[int(one)].append(event)
        for one, reason in reload(state, sorted(touched)).items():
            reasons |= {event.id: reason for event in touched[one]}
    return reasons


def reload(state: StateTable, ids: list[int]) -> dict[int, str]:
    """Load these ids of a state table anew; those without a row are marked as taken out. The ids whose rows were
    refused, and why: they stand as they stood.
    """
    reasons: dict[int, str] = {}
    for start in range(0, len(ids), 20_000):
        part = ids[start : start + 20_000]
        found = refused.halved(part, lambda some: _reload_some(state, some))
        reasons |= {part[place]: f"{state.name}: {reason}" for place, reason in found.items()}
    if reasons:
        logger.warning("%d row(s) of %s were refused", len(reasons), state.name)
    return reasons


def _reload_some(state: StateTable, ids: Sequence[int]) -> None:
    version = time.time_ns()
    rows = {row[state.key]: row for row in state.load(list(ids))}
    gone = ({state.key: one, "removed": 1} for one in ids if one not in rows)
    columns = tables.of_state(state).columns
    _insert(
        state.name,
        columns,
        ({**row, "version": version} for row in [*rows.values(), *gone]),
        f"{state.name}-{version}",
    )


def _take_again(lane: str, stored: StoredEvent) -> str:
    """Load one event that its batch left out; the reason, if it is refused again."""
    event, declared = journal.revive(stored), registry()
    if event is None:
        return ""
    if reasons := refused.find(declared.tables.values(), [event]):
        return reasons[event.id]
    if load := _brought(lane, stored):  # else it is loaded in its turn
        beside = refused.taken(load.read(load.looked, load.after, _names()).events, also=event.id)
        for table in declared.tables.values():
            _complete(table, event, beside, load)
    return _reload(declared, [event]).get(event.id, "")


def _complete(table: FactTable, event: Event, beside: Sequence[Event], load: Load) -> None:
    """Write the event's rows beside those of its batch, if they are not there since a try that was killed."""
    own, whole = _rows(table, [event], load), _rows(table, beside, load)
    stand = client.count_of(table.name, load.batch) if own else len(whole)
    if stand == len(whole):
        return
    if stand == len(whole) - len(own):
        client.insert(table.name, *_written(table, own), token=f"parked-{uuid7()}")
    else:
        names, body = _written(table, whole)
        client.write_anew(table.name, names, body, batch=load.batch)


def _brought(lane: str, stored: StoredEvent) -> Load | None:
    """The batch within whose bounds an event lies, if it is loaded."""
    columns = ", ".join(column.name for column in LOAD_COLUMNS if column.name != "at")
    found = client.rows(
        f"SELECT {columns} FROM loads WHERE state = 'done' AND {lanes_of(lane)} AND (epoch, transaction, event) >= "
        "({epoch:UInt32}, {transaction:Int64}, {event:String}) ORDER BY epoch, transaction, event LIMIT 1",
        {"epoch": stored.epoch, "transaction": stored.transaction_id, "event": str(stored.pk)},
    )
    return _load_of(*found[0]) if found else None


def _insert(table: str, columns: Sequence[Column], rows: Iterable[Row], token: str) -> None:
    client.insert(table, [column.name for column in columns], tab_separated(columns, rows), token=token)


def note_done(batch: int, after: Position, up_to: Position, events: int, token: str) -> None:
    """Say that the events between these places are loaded, by whoever wrote their rows without reading them."""
    for state in ("begun", "done"):
        _note(Load(batch, state, after, up_to, events, events, token))


def _note(load: Load) -> None:
    after, up_to = load.after, load.up_to
    row = {
        "batch": load.batch,
        "state": load.state,
        "from_epoch": after.epoch,
        "from_transaction": after.transaction_id,
        "from_event": after.event_id,
        "epoch": up_to.epoch,
        "transaction": up_to.transaction_id,
        "event": up_to.event_id,
        "looked": load.looked,
        "events": load.events,
        "token": load.token,
        "lane": load.lane,
        "at": clock.real(),
    }
    _insert("loads", LOAD_COLUMNS, [row], f"{load.state}-{uuid7()}")


def _last_two(lane: str, below: int = 1 << 62) -> tuple[Load, Load]:
    """The last batch begun of a lane and the last one done."""
    return _of_lane(lane, _lasts(below))


def _lasts(below: int = 1 << 62) -> list[Load]:
    """The last batch begun and the last one done of each lane, the highest first."""
    columns = ", ".join(column.name for column in LOAD_COLUMNS if column.name != "at")
    found = client.rows(
        f"SELECT {columns} FROM loads WHERE batch < {{below:UInt64}} ORDER BY batch DESC LIMIT 1 BY lane, state",
        {"below": below},
    )
    return [_load_of(*row) for row in found]


def _load_of(batch: int, state: str, *told: Any) -> Load:
    *bounds, looked, events, token, lane = told
    return Load(batch, state, Position(*bounds[:3]), Position(*bounds[3:]), looked, events, token, lane)


def _of_lane(lane: str, lasts: Iterable[Load]) -> tuple[Load, Load]:
    """Of these, the last batch begun that a lane goes on from, and the last one done."""
    last: dict[str, Load] = {}
    for load in lasts:
        if load.lane in (BOTH, lane):
            last.setdefault(load.state, load)
    return last.get("begun", NOTHING), last.get("done", NOTHING)


def still_known(load: Load) -> bool:
    """Whether PostgreSQL still has the last event of a batch where the batch saw it."""
    if load.batch == 0:
        return True
    place = {"epoch": load.up_to.epoch, "transaction_id": load.up_to.transaction_id}
    return StoredEvent.objects.filter(pk=load.up_to.event_id, **place).exists()


def _whole(load: Load) -> bool:
    """Whether the journal still holds as many events between a batch's bounds as it did when it was
    loaded.
    """
    return still_known(load) and len(load.read(load.looked, load.after, _names()).events) == load.events


def drop_beyond(lane: str) -> Load:
    """Take out the batches of a lane that PostgreSQL no longer knows; the last that stays. People they touched are
    loaded anew.
    """
    last = _last_two(lane)[1]
    while last.batch and not _whole(last):
        last = _last_two(lane, below=last.batch)[1]
    logger.warning("the journal was restored: the %s of facts goes back to batch %d", lane, last.batch)
    numbers = client.column(
        f"SELECT DISTINCT batch FROM loads WHERE {lanes_of(lane)} AND batch > {last.batch}"
    )
    beyond = f"batch IN ({client.ids(numbers)})" if numbers else "0"
    touched = _people_beyond(beyond)
    for table in registry().tables:
        client.execute(f"DELETE FROM {tables.where_rows_lie(table)} WHERE {beyond}")
    client.execute(f"DELETE FROM {tables.where_rows_lie('loads')} WHERE {beyond}")
    for state in registry().states.values():
        reload(state, sorted(touched))
    return last


def _people_beyond(beyond: str) -> set[int]:
    people: set[int] = set()
    for table in registry().tables.values():
        if any(column.name == "profile_id" for column in table.columns):
            people.update(
                client.column(f"SELECT DISTINCT profile_id FROM {table.name} WHERE {beyond}", lane="heavy")
            )
    for state in registry().states.values():
        people.update(client.column(f"SELECT {state.key} FROM {state.name} FINAL", lane="heavy"))
    return {int(one) for one in people if one}


def forget() -> None:
    """What was there a moment ago may be there no more: ask before the next step."""
    loader.forget()
    past.forget()


def empty() -> None:
    """Take out everything; the next steps load the journal from its beginning."""
    forget()
    for name in [*registry().tables, *registry().states, "loads"]:
        client.execute(f"TRUNCATE TABLE IF EXISTS {tables.where_rows_lie(name)}")
    refused.forget()
