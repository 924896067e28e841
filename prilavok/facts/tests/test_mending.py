"""Facts that were damaged are found, named and mended, and nothing else is touched."""

from datetime import date

import pytest

from prilavok.facts import actions, client, mending
from prilavok.facts.tests.conftest import MOODS
from prilavok.facts.tests.test_loading import load, sell, total
from prilavok.kernel.actors import SYSTEM, Actor, Refused

pytestmark = pytest.mark.usefixtures("small_shop", "facts")
FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)


@pytest.fixture
def two_days(small_shop: None, facts: None) -> None:
    MOODS.update({7: "glad", 8: "calm", 9: "sad"})
    sell(10, 20, day=FIRST)
    sell(15, day=SECOND, customer=8)
    sell(5, day=SECOND, customer=9)
    load()
    assert mending.damages() == []


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    "damage, day, stands",
    [
        ("DELETE FROM test_sales WHERE revenue_units = 200000", FIRST, {"rows": 1, "revenue_units": 100_000}),
        ("DELETE FROM test_sales WHERE local_date = '2026-11-02'", SECOND, {}),
        (
            "INSERT INTO test_sales SELECT * FROM test_sales WHERE local_date = '2026-11-01'",
            FIRST,
            {"rows": 4, "revenue_units": 600_000},
        ),
        (
            "ALTER TABLE test_sales UPDATE revenue_units = 70000 WHERE revenue_units = 50000 "
            "SETTINGS mutations_sync = 2",
            SECOND,
            {"rows": 2, "revenue_units": 220_000},
        ),
        (
            "INSERT INTO test_sales (profile_id, local_date, revenue_units) SELECT 7, '2020-01-01', 1",
            date(2020, 1, 1),
            {"rows": 1, "revenue_units": 1},
        ),
    ],
    ids=["a row lost", "a day lost", "a batch twice", "a sum changed", "a row of nothing"],
)
def test_a_damaged_day_is_named_and_made_anew(damage: str, day: date, stands: dict[str, int]) -> None:
    client.execute(damage)
    untouched = client.rows(f"SELECT * FROM test_sales WHERE local_date != '{day}' ORDER BY ALL")
    batches = client.rows("SELECT DISTINCT batch FROM loads WHERE state = 'done' ORDER BY batch")
    assert [(one.table, one.day, dict(one.facts)) for one in mending.damages()] == [
        ("test_sales", day, stands)
    ]

    mended = actions.repair(by=SYSTEM)

    assert [(one.day, one.mended) for one in mended] == [(day, True)]
    assert mending.damages() == []
    assert total() == (4, 500_000)
    assert client.rows(f"SELECT * FROM test_sales WHERE local_date != '{day}' ORDER BY ALL") == untouched
    assert {row[0] for row in client.rows("SELECT batch FROM test_sales")} <= {row[0] for row in batches}


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM test_people WHERE profile_id = 8",
        "INSERT INTO test_people (profile_id, mood, version) SELECT 8, 'wrong', 9000000000000000000",
        "INSERT INTO test_people (profile_id, mood, version) SELECT 5, 'never was', 1",
    ],
    ids=["a person lost", "a person changed", "a person of nothing"],
)
def test_people_who_differ_are_loaded_anew(damage: str) -> None:
    client.execute(damage)
    wrong = mending.damages()

    (mended,) = actions.repair(by=SYSTEM)

    assert [one.ids for one in wrong] == [mended.ids] and len(mended.ids) == 1
    assert mended.mended and mending.damages() == []
    assert dict(client.rows("SELECT profile_id, mood FROM test_people FINAL")) == MOODS


def test_what_postgresql_does_not_know_at_all_is_not_thrown_away() -> None:
    """A base whose receipts were never brought to PostgreSQL is no damage to be mended by emptying the facts."""
    client.execute("INSERT INTO test_sales (profile_id, local_date, revenue_units) SELECT 7, '2026-11-01', 5")

    assert [(one.day, one.mended) for one in mending.mend()] == [(FIRST, False)]
    assert total() == (1, 5)


def test_a_stranger_repairs_nothing() -> None:
    nobody = Actor("employee", 5)
    with pytest.raises(Refused):
        actions.repair(by=nobody)
