"""Tables that a new version declares or widens, filled from what happened before.

What each table was filled for stands in `shapes`: a table whose columns are others now is outdated. A fact table is
made beside the old one, batch by batch as the journal told it, and takes its place when it has come as far; figures
stay whole meanwhile. Of a state table the rows that differ are loaded anew. Killed half-way, the next filling goes on.

News go first: filling works in slices, rests as long as each took, and keeps nobody from loading but for the moment in
which a table takes the other's place.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from prilavok.facts import client, loading, mending, refused, tables
from prilavok.facts.loading import Load
from prilavok.facts.schema import Column, FactTable, StateTable, declared, tab_separated
from prilavok.facts.tables import Definition
from prilavok.kernel.event import Event
from prilavok.kernel.ids import uuid7
from prilavok.kernel.journal import Position

AT_ONCE = 5_000  # people or events in a slice
FEW = 3  # batches that loading may wait for
SO_FAR = " so far"  # beside a table's name: how far its filling has come
SHAPE_COLUMNS = [
    Column("name", "String"),
    Column("columns", "String"),
    Column("version", "UInt64"),
    Column("removed", "UInt8"),
]
SHAPES = Definition("shapes", SHAPE_COLUMNS, ("name",), "name", replacing=("version", "removed"))


def outdated() -> list[str]:
    """Names of the declared tables that were not filled for the columns they have now. Raises FactsDown."""
    made = client.value(
        "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'shapes'"
    )
    known = dict(client.rows("SELECT name, columns FROM shapes FINAL")) if made else {}
    return [name for name, columns in _shapes().items() if known.get(name) != columns]


def note_filled(names: Sequence[str]) -> None:
    """Say that these tables hold all that their columns should. Raises FactsDown."""
    shapes = _shapes()
    _note({name: shapes[name] for name in names})


def _note(columns: Mapping[str, str]) -> None:
    version = time.time_ns()
    rows = [{"name": name, "columns": told, "version": version} for name, told in columns.items()]
    if rows:
        body = tab_separated(SHAPE_COLUMNS, rows)
        client.insert("shapes", [one.name for one in SHAPE_COLUMNS], body, token=f"shapes-{version}")


def _come_to(name: str) -> int:
    """How far a table has been filled for the columns it has now: nought, or what `_note_come_to` was told."""
    told = client.value(
        "SELECT columns FROM shapes FINAL WHERE name = {name:String}", {"name": name + SO_FAR}
    )
    place, _space, shape = (told or "").partition(" ")
    return int(place) if shape == _shapes()[name] else 0


def _note_come_to(name: str, place: int) -> None:
    _note({name + SO_FAR: f"{place} {_shapes()[name]}"})


def _shapes() -> dict[str, str]:
    """The columns of all that the domains declare, and how rows of facts lie: a table that lies otherwise is made
    beside too. What the company adds itself is filled when it is added.
    """
    known = declared()
    facts = {name: _laid(tables.of_facts(one)) for name, one in known.tables.items()}
    return facts | {name: _told(tables.of_state(one)) for name, one in known.states.items()}


def _laid(table: Definition) -> str:
    return "; ".join([_told(table), table.layout, *map(tables.projected, table.projections)])


def _told(table: Definition) -> str:
    return ", ".join(f"{column.name} {column.type}" for column in table.columns)


def fill(*, seconds: float) -> bool:
    """Fill what is outdated for so long; whether something is left, and the next call goes on. Raises FactsDown.

    Rests as long as each slice took: those who load what happens now have the machine as long to themselves.
    """
    until = begun = time.monotonic()
    until += seconds
    for may_stop in slices(outdated()):
        time.sleep(time.monotonic() - begun)
        begun = time.monotonic()
        if may_stop and begun > until:
            return True
    return False


def slices(names: Sequence[str]) -> Iterator[bool]:
    """Fill these tables slice by slice, and say at each whether the next filling would go on from there. Raises
    FactsDown.
    """
    known = declared()
    for name in names:
        if name in known.states:
            yield from _load_what_differs(known.states[name])
        else:
            yield from _make_beside(known.tables[name])
        _note({name: _shapes()[name], name + SO_FAR: ""})


def _load_what_differs(state: StateTable) -> Iterator[bool]:
    last = mending.last_of(state)
    for start in range(_come_to(state.name) + 1, last + 1, AT_ONCE):
        end = min(start + AT_ONCE, last + 1)
        if differing := mending.differing(state, start, end):
            loading.reload(state, differing)
        _note_come_to(state.name, end - 1)
        yield True


def _make_beside(table: FactTable) -> Iterator[bool]:
    beside = replace(tables.of_facts(table), name=f"{table.name}_beside")
    done = _come_to(table.name) if client.value(f"EXISTS TABLE {beside.name}") else 0
    for statement in [
        f"DROP TABLE IF EXISTS {table.name}_before SYNC",
        *([] if done else [f"DROP TABLE IF EXISTS {beside.name} SYNC"]),
        *beside.created(),
        f"DELETE FROM {beside.name} WHERE batch > {done}",  # what a filling that was killed wrote last
    ]:
        client.execute(statement)
    loads = _loads(after=done)
    while loads:
        for load in loads:
            yield from _tell_again(table, beside, load)
            done = load.batch
            _note_come_to(table.name, done)
            yield True
        loads = _loads(after=done)
        if len(loads) <= FEW:
            break  # what came meanwhile: told at once, while loading waits
    with loading.alone():
        loading.load_some()  # what was begun and not done
        for load in _loads(after=done):
            deque(_tell_again(table, beside, load), maxlen=0)
        client.execute(f"RENAME TABLE {table.name} TO {table.name}_before, {beside.name} TO {table.name}")
    client.execute(f"DROP TABLE {table.name}_before SYNC")


def _loads(*, after: int) -> list[Load]:
    """The batches that brought something, in their order, up to the first that is under way."""
    under_way = "SELECT batch FROM loads GROUP BY batch HAVING countIf(state = 'done') = 0"
    rows = client.rows(
        "SELECT batch, from_epoch, from_transaction, from_event, epoch, transaction, event, looked, events, token, lane"
        " FROM loads WHERE state = 'done' AND events > 0 AND batch > {after:Int64}"
        f" AND batch < (SELECT ifNull(minOrNull(batch), toUInt64(-1)) FROM ({under_way}))"
        " ORDER BY batch LIMIT 1 BY batch",
        {"after": after},
    )
    return [Load(row[0], "done", Position(*row[1:4]), Position(*row[4:7]), *row[7:]) for row in rows]


def _tell_again(table: FactTable, beside: Definition, load: Load) -> Iterator[bool]:
    types = {kind.type_name() for kind in table.filled_by}
    here, looked = load.after, 1
    while looked:
        stored, here, looked = load.read(AT_ONCE, here, types)
        if stored:
            refused.written(table, stored, lambda events: _write(table, beside, events, load))
            yield False


def _write(table: FactTable, beside: Definition, events: Sequence[Event], load: Load) -> None:
    rows = [{**row, "batch": load.batch} for row in table.rows_of(events)]
    if rows:
        names = [column.name for column in beside.columns]
        client.insert(beside.name, names, tab_separated(beside.columns, rows), token=f"beside-{uuid7()}")
