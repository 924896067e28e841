"""What can be done with facts as a whole. Single facts are never written by hand: they come from the
journal.
"""

from collections.abc import Callable, Sequence

from prilavok.facts import client, loading, mending
from prilavok.facts.mending import Damage
from prilavok.facts.schema import registry
from prilavok.kernel.actors import Actor

Progress = Callable[[int], None]


def prepare() -> None:
    """Create tables that are declared and missing, and columns that are new. Raises FactsDown."""
    loading.create_tables()


def rebuild(*, by: Actor, progress: Progress | None = None) -> int:
    """Empty the facts and load the journal from its beginning; how many events were loaded.

    Figures are short while it runs. Raises Refused, FactsDown.
    """
    by.must("facts.rebuild")
    prepare()
    loading.empty()
    loaded = 0
    while step := loading.loader.step(loading.BATCH):
        loaded += step
        if progress:
            progress(loaded)
    return loaded


def repair(*, by: Actor) -> list[Damage]:
    """Find what differs from PostgreSQL, by day and by row, and load only that anew; what it was. Raises Refused,
    FactsDown.
    """
    by.must("facts.rebuild")
    prepare()
    return mending.mend()


def forget(profile_ids: Sequence[int], *, by: Actor) -> None:
    """Take people out of all facts: many together cost as much as one. Raises Refused, FactsDown."""
    by.must("facts.rebuild")
    if not profile_ids:
        return
    listed = client.ids(profile_ids)
    for table in registry().tables.values():
        if any(column.name == "profile_id" for column in table.columns):
            client.execute(f"DELETE FROM {table.name} WHERE profile_id IN ({listed})")
    for state in registry().states.values():
        if state.key == "profile_id":
            client.execute(f"DELETE FROM {state.name} WHERE profile_id IN ({listed})")


def reload(table: str, ids: Sequence[int], *, by: Actor) -> None:
    """Load these ids of a state table anew: a column of theirs is new. Raises Refused, FactsDown."""
    by.must("facts.rebuild")
    loading.create_tables()
    loading.reload(registry().states[table], list(ids))
