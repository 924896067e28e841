"""Tables that a new version declares or widens, filled from what happened before.

What each table was filled for stands in `shapes`: a table whose columns are others now is outdated. A fact table is
made beside the old one, batch by batch as the journal told it, and takes its place when it has come as far; figures
stay whole meanwhile. Of a state table the rows that differ are loaded anew. Killed half-way, the next filling goes on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from prilavok.facts import client, loading, mending, tables
from prilavok.facts.loading import Load
from prilavok.facts.schema import Column, FactTable, declared, tab_separated
from prilavok.facts.tables import Definition
from prilavok.kernel import journal
from prilavok.kernel.journal import Position

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
    shapes, version = _shapes(), time.time_ns()
    rows = [{"name": name, "columns": shapes[name], "version": version} for name in names]
    if rows:
        body = tab_separated(SHAPE_COLUMNS, rows)
        client.insert("shapes", [one.name for one in SHAPE_COLUMNS], body, token=f"shapes-{version}")


def _shapes() -> dict[str, str]:
    """The columns of all that the domains declare. What the company adds itself is filled when it is added."""
    known = declared()
    definitions = [*map(tables.of_facts, known.tables.values()), *map(tables.of_state, known.states.values())]
    return {
        one.name: ", ".join(f"{column.name} {column.type}" for column in one.columns) for one in definitions
    }


def fill() -> list[str]:
    """Fill what is outdated; the tables' names. Raises FactsDown."""
    names = outdated()
    known = declared()
    for name in names:
        if name in known.states:
            mending.mend_state(known.states[name])
        else:
            _make_beside(known.tables[name])
        note_filled([name])
    return names


def _make_beside(table: FactTable) -> None:
    beside = replace(tables.of_facts(table), name=f"{table.name}_beside")
    for statement in [f"DROP TABLE IF EXISTS {table.name}_before SYNC", *beside.created()]:
        client.execute(statement)
    done = client.value(f"SELECT max(batch) FROM {beside.name}") or 0
    for load in _loads(after=done - 1):  # the last one may stand there in part: its token drops what does
        _tell_again(table, beside, load)
        done = load.batch
    with loading.alone():
        for load in _loads(after=done):
            _tell_again(table, beside, load)
        client.execute(f"RENAME TABLE {table.name} TO {table.name}_before, {beside.name} TO {table.name}")
    client.execute(f"DROP TABLE {table.name}_before SYNC")


def _loads(*, after: int) -> list[Load]:
    """The batches that were loaded, in their order."""
    rows = client.rows(
        "SELECT batch, from_epoch, from_transaction, from_event, epoch, transaction, event, looked, events, token"
        " FROM loads WHERE state = 'done' AND batch > {after:Int64} ORDER BY batch LIMIT 1 BY batch",
        {"after": after},
    )
    return [
        Load(row[0], "done", Position(*row[1:4]), Position(*row[4:7]), row[7], row[8], row[9]) for row in rows
    ]


def _tell_again(table: FactTable, beside: Definition, load: Load) -> None:
    types = {kind.type_name() for kind in table.filled_by}
    stored, _end = journal.read(load.after, limit=load.looked, types=types, up_to=lambda: load.up_to)
    events = [event for event in map(journal.revive, stored) if event is not None]
    rows = [{**row, "batch": load.batch} for row in table.rows_of(events)]
    if rows:
        names = [column.name for column in beside.columns]
        client.insert(beside.name, names, tab_separated(beside.columns, rows), token=f"beside-{load.token}")
