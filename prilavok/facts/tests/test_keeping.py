"""What was taken out goes from the disk; backups, whole and incremental, bring back the same sums."""

import os

import pytest

from prilavok.facts import actions, client, queries
from prilavok.facts.tests.conftest import MOODS
from prilavok.facts.tests.test_loading import load, sell, total
from prilavok.kernel.actors import SYSTEM, Actor, Refused

pytestmark = pytest.mark.usefixtures("small_shop", "facts")


def test_what_was_replaced_or_deleted_is_taken_off_the_disk() -> None:
    MOODS[7] = "born in 1980"
    sell(10, 20)
    load()
    MOODS[7] = ""
    sell(15)
    load()
    client.execute("DELETE FROM test_sales WHERE revenue_units = 200000")
    assert (
        client.value("SELECT count() FROM test_people WHERE mood != ''") == 1
    )  # the old row lies there still

    actions.tidy()

    assert client.rows("SELECT profile_id, mood FROM test_people") == [(7, "")]
    deleted = "SELECT sum(has_lightweight_delete), sum(rows) FROM system.parts WHERE active AND table = 'test_sales'"
    assert client.rows(deleted) == [(0, 2)]
    actions.tidy()  # nothing left to do


def test_a_backup_and_the_one_upon_it_bring_back_the_same_sums() -> None:
    MOODS[7] = "glad"
    whole, more = f"whole-{os.getpid()}", f"more-{os.getpid()}"
    sell(10, 20)
    load()
    actions.back_up(whole, by=SYSTEM)
    sell(15)
    load()
    actions.back_up(more, since=whole, by=SYSTEM)
    client.execute("TRUNCATE TABLE test_sales")
    sell(5)
    load()

    actions.restore(more, by=SYSTEM)

    assert total() == (3, 450_000)
    load()  # what happened since the backup comes from the journal
    assert total() == (4, 500_000)
    assert all(one.equal for one in queries.compare())
    assert client.rows("SELECT profile_id, mood FROM test_people FINAL") == [(7, "glad")]


def test_a_stranger_keeps_and_restores_nothing() -> None:
    for refused in (
        lambda: actions.back_up("x", by=Actor("employee", 5)),
        lambda: actions.restore("x", by=Actor("employee", 5)),
    ):
        with pytest.raises(Refused):
            refused()


def test_facts_are_made_anew_from_the_journal() -> None:
    sell(10, 20, 15)
    load()
    client.execute("TRUNCATE TABLE test_sales")
    told: list[int] = []

    assert actions.rebuild(by=SYSTEM, progress=told.append) == 3
    assert told == [3] and total() == (3, 450_000)
