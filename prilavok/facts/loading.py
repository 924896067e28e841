"""How facts come from the journal: batch by batch, with the cursor kept beside the data.

Before a batch is sent its bounds stand in `loads` as begun; after all its inserts were acknowledged it stands as done.
A batch found begun is sent again with the same bounds, hence the same bytes, under the same token: the engine drops
what it already has, and then the batch is counted (`client.insert_again`). A batch whose events PostgreSQL no longer
knows (it was restored from a backup) is taken out.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from prilavok.facts import client, tables
from prilavok.facts.schema import Column, Registry, Row, StateTable, registry, tab_separated
from prilavok.facts.tables import Definition
from prilavok.kernel import clock, journal
from prilavok.kernel.event import Event
from prilavok.kernel.ids import uuid7
from prilavok.kernel.journal import Position
from prilavok.kernel.models import StoredEvent

logger = logging.getLogger(__name__)

BATCH = 5_000  # events looked at in one batch: a receipt's event brings some ten lines
JUST_NOW = 1.0  # seconds for which what was loaded is taken to be there
LOCK = 0x6661637473  # "facts": one loader at a time, whoever runs it
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
def alone(lock: int = LOCK) -> Iterator[None]:
    """Nobody else loads meanwhile; waits for the batch under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


class Loader:
    """The journal's consumer `facts`."""

    def __init__(self) -> None:
        self._ready_for: tuple[str, Registry] | None = None
        self._warned = 0.0
        self._come_to: tuple[float, Position] | None = None  # by this process, and when

    def step(self, limit: int) -> int:
        """Load the next batch; how many events were looked at. Nought while the facts process is down."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
                return self._step(max(limit, BATCH)) if cursor.fetchone()[0] else 0
        except (client.FactsDown, client.FactsBusy) as problem:
            self._ready_for = self._come_to = None
            if time.monotonic() - self._warned > 60:
                self._warned = time.monotonic()
                logger.warning("loading of facts waits: %s", problem.code)
            return 0

    def position(self) -> Position:
        """How far the data has come; the journal's beginning while facts are down, so that followers wait.

        Whoever has just loaded knows it: its followers need not ask.
        """
        if self._come_to and time.monotonic() - self._come_to[0] < JUST_NOW:
            return self._come_to[1]
        try:
            return _last_two()[1].up_to
        except (client.FactsDown, client.FactsBusy, client.BadQuestion):
            return Position()

    def forget(self) -> None:
        """What was loaded is there no more."""
        self._come_to = None

    def _step(self, limit: int) -> int:
        self._prepare()
        begun, done = _last_two()
        if not still_known(done):
            done = drop_beyond()
            begun = NOTHING
        again = begun.batch > done.batch
        if not again:
            begun = _begin(done, limit)
            if begun.batch == done.batch:
                return 0
        looked = _send(begun, again=again)
        self._come_to = time.monotonic(), begun.up_to
        return looked

    def _prepare(self) -> None:
        from django.conf import settings

        wanted = (settings.FACTS_URL, registry())
        if self._ready_for is None or self._ready_for[0] != wanted[0] or self._ready_for[1] is not wanted[1]:
            create_tables()
            self._ready_for = wanted


loader = Loader()


def _begin(done: Load, limit: int) -> Load:
    end = journal.read(done.up_to, limit=limit, types=()).end
    if end == done.up_to:
        return done
    load = Load(done.batch + 1, "begun", done.up_to, end, limit, 0, str(uuid7()))
    _note(load)
    return load


def _send(load: Load, *, again: bool) -> int:
    declared = registry()
    names = {kind.type_name() for kind in declared.event_types()}
    stored, _end, looked = journal.read(load.after, limit=load.looked, types=names, up_to=lambda: load.up_to)
    events = [event for event in map(journal.revive, stored) if event is not None]
    _fill(declared, events, load, again=again)
    _reload(declared, events)
    _note(Load(load.batch, "done", load.after, load.up_to, load.looked, len(stored), load.token))
    return looked


def _fill(declared: Registry, events: list[Event], load: Load, *, again: bool) -> None:
    for table in declared.tables.values():
        rows = list(table.rows_of(events))
        if not rows:
            continue
        columns = tables.of_facts(table).columns
        names = [column.name for column in columns]
        body = tab_separated(columns, ({**row, "batch": load.batch} for row in rows))
        if not again:
            client.insert(table.name, names, body, token=load.token)
        elif not client.insert_again(
            table.name, names, body, token=load.token, batch=load.batch, rows=len(rows)
        ):
            logger.warning("batch %d of %s stood there in part and was written anew", load.batch, table.name)


def _reload(declared: Registry, events: list[Event]) -> None:
    for state in declared.states.values():
        kinds = tuple(state.on)
        touched = {int(one) for event in events if isinstance(event, kinds) for one in state.touched(event)}
        if touched:
            reload(state, sorted(touched))


def reload(state: StateTable, ids: list[int]) -> None:
    """Load these ids of a state table anew; those without a row are marked as taken out."""
    for start in range(0, len(ids), 20_000):
        part = ids[start : start + 20_000]
        version = time.time_ns()
        rows = {row[state.key]: row for row in state.load(part)}
        gone = ({state.key: one, "removed": 1} for one in part if one not in rows)
        columns = tables.of_state(state).columns
        _insert(
            state.name,
            columns,
            ({**row, "version": version} for row in [*rows.values(), *gone]),
            f"{state.name}-{version}",
        )


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
        "at": clock.real(),
    }
    _insert("loads", LOAD_COLUMNS, [row], f"{load.state}-{uuid7()}")


def _last_two(below: int = 1 << 62) -> tuple[Load, Load]:
    """The last batch begun and the last one done."""
    columns = ", ".join(column.name for column in LOAD_COLUMNS[:-1])
    found = client.rows(
        f"SELECT {columns} FROM loads WHERE batch < {{below:UInt64}} ORDER BY batch DESC LIMIT 1 BY state",
        {"below": below},
    )
    last = {}
    for batch, state, *bounds, looked, events, token in found:
        after, up_to = Position(*bounds[:3]), Position(*bounds[3:])
        last[state] = Load(batch, state, after, up_to, looked, events, token)
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
    names = {kind.type_name() for kind in registry().event_types()}
    stored = journal.read(load.after, limit=load.looked, types=names, up_to=lambda: load.up_to).events
    return still_known(load) and len(stored) == load.events


def drop_beyond() -> Load:
    """Take out the batches that PostgreSQL no longer knows; the last that stays. People they touched are
    loaded anew.
    """
    last = _last_two()[1]
    while last.batch and not _whole(last):
        last = _last_two(below=last.batch)[1]
    logger.warning("the journal was restored: facts go back to batch %d", last.batch)
    touched = _people_beyond(last.batch)
    for table in registry().tables:
        client.execute(f"DELETE FROM {tables.where_rows_lie(table)} WHERE batch > {last.batch}")
    client.execute(f"DELETE FROM {tables.where_rows_lie('loads')} WHERE batch > {last.batch}")
    for state in registry().states.values():
        reload(state, sorted(touched))
    return last


def _people_beyond(batch: int) -> set[int]:
    people: set[int] = set()
    for table in registry().tables.values():
        if any(column.name == "profile_id" for column in table.columns):
            people.update(
                client.column(
                    f"SELECT DISTINCT profile_id FROM {table.name} WHERE batch > {batch}", lane="heavy"
                )
            )
    for state in registry().states.values():
        people.update(client.column(f"SELECT {state.key} FROM {state.name} FINAL", lane="heavy"))
    return {int(one) for one in people if one}


def empty() -> None:
    """Take out everything; the next steps load the journal from its beginning."""
    loader.forget()
    for name in [*registry().tables, *registry().states, "loads"]:
        client.execute(f"TRUNCATE TABLE IF EXISTS {tables.where_rows_lie(name)}")
