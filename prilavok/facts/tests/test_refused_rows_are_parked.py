"""An event whose rows the column store refuses waits for a person; all others are counted, each once."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from prilavok.company.models import Employee
from prilavok.facts import actions, client, loading, mending, queries
from prilavok.facts.schema import Column, FactTable, Registry, StateTable
from prilavok.facts.testing import FactsServer
from prilavok.facts.tests.conftest import SALES, SALES_CHECK, Sold, declare_only
from prilavok.facts.tests.test_loading import load, sell, total
from prilavok.kernel import delivery, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import Parked, StoredEvent
from tests.cast import NOON, login

pytestmark = pytest.mark.usefixtures("strict_shop", "facts")
AGES: dict[int, int] = {}
HEALED: set[str] = set()  # what a new version has mended


def rows_of_pieces(event: Sold) -> list[dict[str, object]]:
    """One line each; an amount below nought makes a piece that no column of counts takes."""
    wrong = event.amount < 0 and "pieces" not in HEALED
    if event.amount == 13 and "thirteen" not in HEALED:
        raise KeyError("thirteen")
    return [
        {
            "profile_id": event.customer or 0,
            "local_date": event.day,
            "pieces": -7 if wrong else abs(event.amount),
        }
    ]


PIECES = FactTable(
    name="test_pieces",
    columns=[Column("profile_id", "Int64"), Column("local_date", "Date"), Column("pieces", "UInt32")],
    order_by=("profile_id", "local_date"),
    filled_by={Sold: rows_of_pieces},
)
AGED = StateTable(
    name="test_aged",
    key="profile_id",
    columns=[Column("profile_id", "Int64"), Column("age", "UInt8")],
    on=(Sold,),
    load=lambda ids: [{"profile_id": one, "age": AGES[one]} for one in ids if one in AGES],
)


@pytest.fixture
def strict_shop(monkeypatch: pytest.MonkeyPatch, facts_process: object) -> None:
    """Sales, the pieces of each, and people with their ages; goes before the fixture `facts`."""
    tables = {"test_sales": SALES, "test_pieces": PIECES}
    declare_only(monkeypatch, Registry(tables, {"test_aged": AGED}, {}, {}, {"sales": SALES_CHECK}))
    AGES.clear()
    HEALED.clear()


def pieces() -> tuple[int, int]:
    return client.rows("SELECT count(), sum(pieces) FROM test_pieces")[0]


def waiting() -> list[tuple[str, str]]:
    found = Parked.objects.filter(resolved_at=None).select_related("event").order_by("event_id")
    return [(one.consumer, one.event.body["amount"]) for one in found]


def test_the_refused_wait_with_their_reason_and_the_others_are_counted_once() -> None:
    sell(10, -1, 20, -2, 13)
    sell(*[1] * 60, customer=8)
    sell(-3, live=False)
    sell(5, live=False)
    load()

    assert waiting() == [("facts", "-1"), ("facts", "-2"), ("facts", "13"), ("facts.history", "-3")]
    assert total() == (63, 950_000) and pieces() == (63, 95)  # in no table, though only one refused them
    reasons = dict(Parked.objects.values_list("event__body__amount", "reason"))
    assert "test_pieces" in reasons["-1"] and "pieces" in reasons["-1"] and "-7" not in reasons["-1"]
    assert "KeyError" in reasons["13"]
    sell(15)
    load()
    load()
    assert total() == (64, 1_100_000)
    assert Parked.objects.count() == 4
    assert loading.loader.position() > journal.Position() and delivery.behind("facts") == 0


def test_a_person_whose_row_is_refused_keeps_nobody_from_being_counted() -> None:
    AGES.update({7: 30, 8: -1, 9: 40})
    for customer in (7, 8, 9):
        sell(10, customer=customer)
    load()

    assert client.rows("SELECT profile_id, age FROM test_aged FINAL ORDER BY 1") == [(7, 30), (9, 40)]
    assert total() == (2, 200_000) and len(waiting()) == 1
    AGES[8] = 50
    assert delivery.replay(Parked.objects.get().pk, by=SYSTEM, at=NOON)
    assert client.rows("SELECT profile_id, age FROM test_aged FINAL ORDER BY 1") == [
        (7, 30),
        (8, 50),
        (9, 40),
    ]
    assert total() == (3, 300_000)


def test_what_is_mended_is_taken_again_from_the_page(client_: Client, ada: Employee) -> None:
    sell(10, -1, 20)
    load()
    (parked,) = Parked.objects.all()
    replays = f"/settings/parked/{parked.pk}/replays/"
    assert "test_pieces" in login(client_, ada).get(f"/settings/parked/{parked.pk}/").content.decode()
    client_.post(replays)
    parked.refresh_from_db()
    assert (parked.resolved_at, parked.attempts) == (None, 2) and total() == (2, 300_000)

    HEALED.add("pieces")
    client_.post(replays)
    client_.post(replays)

    parked.refresh_from_db()
    assert parked.resolution == "replayed"
    assert total() == (3, 290_000) and pieces() == (3, 31)
    assert all(difference.equal for difference in queries.compare())
    assert mending.damages() == []


@pytest.fixture(name="client_")
def browser() -> Client:
    return Client()


def test_while_facts_are_away_nothing_is_parked_and_nothing_settled(
    settings: Any, client_: Client, ada: Employee
) -> None:
    sell(-1, 10)
    load()
    sell(-2, 20)
    (parked,) = Parked.objects.all()
    settings.FACTS_URL = "http://127.0.0.1:9"
    HEALED.add("pieces")

    load()
    login(client_, ada).post(f"/settings/parked/{parked.pk}/replays/")
    answer = client_.post(f"/api/v1/parked-events/{parked.pk}/replays", headers={"Idempotency-Key": "again"})

    assert answer.status_code == 503
    parked.refresh_from_db()
    assert (Parked.objects.count(), parked.resolved_at, parked.attempts) == (1, None, 1)


def test_a_full_disk_parks_nothing(tmp_path: Any, settings: Any) -> None:
    server = FactsServer(tmp_path, options=["--reserve", str(1 << 50)])
    server.start()
    try:
        settings.FACTS_URL, settings.FACTS_TOKEN = server.url, server.token
        loading.forget()
        sell(-1, 10)
        load()
        assert not Parked.objects.exists()
    finally:
        server.end()


def test_a_question_of_ours_that_is_wrong_parks_nobody() -> None:
    """The table lacks a column: no event is to blame, so all wait."""
    sell(10)
    load()
    sell(20)
    client.execute("ALTER TABLE test_pieces DROP COLUMN pieces")
    try:
        with pytest.raises(client.BadQuestion):
            loading.loader.step(500)
    finally:
        client.execute("ALTER TABLE test_pieces ADD COLUMN pieces UInt32")

    assert not Parked.objects.exists()
    load()
    assert total() == (2, 300_000)


@pytest.mark.parametrize("dies", ["_fill", "_reload", "_note"])
def test_killed_while_it_parks_nothing_is_lost_and_nothing_doubled(
    monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    sell(10, -1, 20)
    real, calls = getattr(loading, dies), []

    def die(*given: Any, **more: Any) -> Any:
        calls.append(given)
        if Parked.objects.exists():
            raise KeyboardInterrupt
        return real(*given, **more)

    monkeypatch.setattr(loading, dies, die)
    with pytest.raises(KeyboardInterrupt):
        load()
    monkeypatch.setattr(loading, dies, real)
    loading.forget()
    load()

    assert total() == (2, 300_000) and pieces() == (2, 30) and len(waiting()) == 1


def test_a_replay_killed_before_it_is_told_counts_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    sell(10, -1, 20)
    load()
    HEALED.add("pieces")
    real = loading._reload

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "_reload", die)
    with pytest.raises(KeyboardInterrupt):
        delivery.replay(Parked.objects.get().pk, by=SYSTEM, at=NOON)
    monkeypatch.setattr(loading, "_reload", real)
    assert waiting() == [("facts", "-1")]
    client.execute("DELETE FROM test_sales WHERE revenue_units = -10000")  # half of it came in

    assert delivery.replay(Parked.objects.get().pk, by=SYSTEM, at=NOON)

    assert total() == (3, 290_000) and pieces() == (3, 31)


def test_facts_made_anew_try_what_was_refused_and_not_what_was_given_up() -> None:
    sell(10, -1, -2, 20)
    load()
    _first, second = Parked.objects.order_by("event_id")
    delivery.dismiss(second.pk, by=SYSTEM, at=NOON)
    actions.rebuild(by=SYSTEM)
    assert waiting() == [("facts", "-1")] and total() == (2, 300_000)

    HEALED.add("pieces")
    actions.rebuild(by=SYSTEM)

    assert waiting() == [] and total() == (3, 290_000)


def test_a_day_is_made_anew_without_those_that_wait() -> None:
    sell(10, -1, 20, day=date(2026, 11, 1))
    load()
    client.execute("DELETE FROM test_sales WHERE revenue_units = 100000")
    StoredEvent.objects.filter(body__amount="-1").update(body={"amount": "-1", "day": "2026-11-01"})

    actions.repair(by=SYSTEM)

    assert total() == (2, 300_000) and waiting() == [("facts", "-1")]
