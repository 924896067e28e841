"""What can be done with facts as a whole. Single facts are never written by hand: they come from the
journal.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from itertools import product

from prilavok.facts import client, filling, loading, mending, tables
from prilavok.facts.mending import Damage
from prilavok.facts.schema import registry
from prilavok.kernel import jobs
from prilavok.kernel.actors import Actor

Progress = Callable[[int], None]
WHILE = 10.0  # seconds that one job fills


def prepare() -> None:
    """Create tables that are declared and missing, and columns that are new; where something happened before, they
    are filled in the background. Raises FactsDown.
    """
    loading.create_tables()
    for statement in filling.SHAPES.created(tables.cluster()):
        client.execute(statement)
    outdated = filling.outdated()
    if outdated and not client.value("SELECT count() FROM loads"):
        filling.note_filled(outdated)
    elif outdated and not tables.cluster():
        jobs.later(fill, lock="facts.fill")


@jobs.job
def fill() -> None:
    """Fill tables that a new version declares or widens from what happened before: a while, and on in the next job, so
    that a worker can be stopped meanwhile. Raises FactsDown.
    """
    if filling.fill(seconds=WHILE):
        jobs.later(fill, lock="facts.fill")


def rebuild(*, by: Actor, progress: Progress | None = None) -> int:
    """Empty the facts and load the journal from its beginning; how many events were loaded.

    Figures are short while it runs. Raises Refused, FactsDown.
    """
    by.must("facts.rebuild")
    prepare()
    loaded = 0
    with loading.alone():  # a batch under way elsewhere would come after the emptying, and its place with it
        loading.empty()
        for step in loading.load_all():
            loaded += step
            if progress:
                progress(loaded)
        filling.note_filled(filling.outdated())
    return loaded


def repair(*, by: Actor) -> list[Damage]:
    """Find what differs from PostgreSQL, by day and by row, and load only that anew; what it was. Raises Refused,
    FactsDown.
    """
    by.must("facts.rebuild")
    prepare()
    return mending.mend()


def write_again(names: Collection[str], days: Collection[date], *, by: Actor) -> None:
    """Make these days of fact tables anew from the journal. Raises Refused, FactsDown."""
    by.must("facts.rebuild")
    if days:
        mending.write_again(names, days)


@jobs.job
def tidy() -> None:
    """What was replaced or taken out goes from the disk too: old rows of people, whose birth date or sex may have been
    erased, and deleted rows of facts. Months that are over are each made one part: a question about a few people opens
    every part. Every night. Raises FactsDown.
    """
    prepare()  # the column store may have been down when this version came
    for name in registry().states:
        client.execute(
            f"OPTIMIZE TABLE {tables.where_rows_lie(name)} FINAL SETTINGS optimize_skip_merged_partitions = 1"
        )
    deleted = client.rows(
        "SELECT DISTINCT table, partition_id FROM system.parts "
        "WHERE active AND has_lightweight_delete AND database = currentDatabase()"
    )
    for name, partition in deleted:
        client.execute(
            f"ALTER TABLE {name} APPLY DELETED MASK IN PARTITION ID '{partition}' SETTINGS mutations_sync = 2"
        )
    _project()
    if not tables.cluster():
        _gather_months()


def _project() -> None:
    """Make projections anew where parts lack them: parts with them and without are never made one."""
    for name, table in registry().tables.items():
        lacking = client.column(
            "SELECT DISTINCT partition_id FROM system.parts WHERE active AND database = currentDatabase() "
            "AND table = {name:String} AND length(projections) < {number:UInt32}",
            {"name": name, "number": len(table.projections)},
        )
        for partition, one in product(lacking, table.projections):
            client.execute(
                f"ALTER TABLE {name} MATERIALIZE PROJECTION {one.name} IN PARTITION ID '{partition}' "
                "SETTINGS mutations_sync = 2"
            )


def _gather_months() -> None:
    months = client.rows(
        "SELECT table, partition_id FROM system.parts WHERE active AND database = currentDatabase() "
        "AND table IN {names:Array(String)} AND partition_id < toString(toYYYYMM(today())) "
        "GROUP BY table, partition_id HAVING count() > 1",
        {
            "names": [
                name for name, table in registry().tables.items() if table.partition_by.startswith("toYYYYMM")
            ]
        },
    )
    for name, partition in months:
        client.execute(f"OPTIMIZE TABLE {name} PARTITION ID '{partition}' FINAL")


def back_up(name: str, *, since: str = "", by: Actor) -> None:
    """Write a backup of this name into the store's own folder of backups: all, or what an earlier one does not have.

    Raises Refused, FactsDown.
    """
    by.must("facts.rebuild")
    base = f" SETTINGS base_backup = File('{since}')" if since else ""
    client.execute(f"BACKUP DATABASE {client.database()} TO File('{name}'){base}")


def restore(name: str, *, by: Actor) -> None:
    """Bring a backup's tables back, in the place of those that stand; it must lie with those that it builds upon.

    Raises Refused, FactsDown.
    """
    by.must("facts.rebuild")
    for table in client.column("SELECT name FROM system.tables WHERE database = currentDatabase()"):
        client.execute(f"DROP TABLE {table} SYNC")
    client.execute(
        f"RESTORE DATABASE {client.database()} FROM File('{name}') SETTINGS allow_non_empty_tables = 1"
    )
    loading.forget()


def reload(table: str, ids: Sequence[int], *, by: Actor) -> None:
    """Load these ids of a state table anew: a column of theirs is new. Raises Refused, FactsDown."""
    by.must("facts.rebuild")
    loading.create_tables()
    loading.reload(registry().states[table], list(ids))
