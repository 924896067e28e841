"""A new version that declares more about what happened finds it in what happened before."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from prilavok.facts import actions, client, filling, loading, mending
from prilavok.facts.schema import Column, Registry, StateTable
from prilavok.facts.tests.conftest import MOODS, PEOPLE, SALES, SALES_CHECK, Sold, rows_of_sale
from prilavok.facts.tests.test_loading import load, sell
from prilavok.kernel import jobs

pytestmark = pytest.mark.usefixtures("small_shop", "facts")


def rows_with_day(event: Sold) -> list[dict[str, object]]:
    return [{**row, "weekday": event.day.isoweekday()} for row in rows_of_sale(event)]


WIDER = replace(SALES, columns=[*SALES.columns, Column("weekday", "UInt8")], filled_by={Sold: rows_with_day})
FELT = StateTable(
    name="test_felt",
    key="profile_id",
    columns=[Column("profile_id", "Int64"), Column("letters", "Int64")],
    on=(Sold,),
    load=lambda ids: [{"profile_id": one, "letters": len(MOODS[one])} for one in ids if one in MOODS],
)


def declare(monkeypatch: pytest.MonkeyPatch, sales: object = SALES, *more: StateTable) -> None:
    states = {one.name: one for one in (PEOPLE, *more)}
    known = Registry({"test_sales": sales}, states, {}, {}, {"sales": SALES_CHECK})  # type: ignore[dict-item]
    monkeypatch.setattr(filling, "declared", lambda: known)
    for module in (actions, loading, mending):
        monkeypatch.setattr(module, "registry", lambda: known)


@pytest.fixture
def old_version(monkeypatch: pytest.MonkeyPatch, small_shop: None, facts: None) -> Iterator[None]:
    """Three sales to two people, all loaded by a version that knows nothing of weekdays and letters."""
    declare(monkeypatch)
    client.execute("TRUNCATE TABLE IF EXISTS shapes")
    actions.prepare()
    MOODS.update({7: "glad", 8: "calmer"})
    sell(10, 20)
    load()
    sell(15, customer=8)
    load()
    yield
    for name in ("test_sales", "test_felt"):
        client.execute(f"DROP TABLE IF EXISTS {name} SYNC")


def weekdays() -> list[tuple[int, ...]]:
    return client.rows("SELECT profile_id, weekday, count() FROM test_sales GROUP BY ALL ORDER BY ALL")


@pytest.mark.usefixtures("old_version")
def test_new_columns_and_tables_are_filled_from_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert filling.outdated() == []
    before = client.rows("SELECT profile_id, batch FROM test_sales ORDER BY ALL")
    declare(monkeypatch, WIDER, FELT)

    actions.prepare()
    assert sorted(filling.outdated()) == ["test_felt", "test_sales"]
    assert weekdays() == [(7, 0, 2), (8, 0, 1)]
    jobs.call("prilavok.facts.actions.fill", {})

    assert filling.outdated() == []
    assert weekdays() == [(7, 7, 2), (8, 7, 1)]
    assert client.rows("SELECT profile_id, batch FROM test_sales ORDER BY ALL") == before
    assert client.rows("SELECT profile_id, letters FROM test_felt FINAL ORDER BY ALL") == [(7, 4), (8, 6)]
    sell(5, customer=8)
    load()
    assert weekdays() == [(7, 7, 2), (8, 7, 2)]


@pytest.mark.usefixtures("old_version")
def test_killed_half_way_the_next_filling_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, WIDER)
    actions.prepare()
    half_way = filling.slices(filling.outdated())
    assert [next(half_way), next(half_way), next(half_way)] == [
        False,
        True,
        False,
    ]  # killed in the second batch
    del half_way
    assert client.value("SELECT count() FROM test_sales_beside") == 3
    assert weekdays() == [(7, 0, 2), (8, 0, 1)]  # figures are whole meanwhile

    assert not filling.fill(seconds=60)
    assert weekdays() == [(7, 7, 2), (8, 7, 1)]


def test_an_empty_store_has_nothing_to_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    client.execute("TRUNCATE TABLE IF EXISTS shapes")
    declare(monkeypatch, SALES, FELT)
    actions.prepare()
    assert filling.outdated() == []
    client.execute("DROP TABLE IF EXISTS test_felt SYNC")
