"""Facts follow the journal exactly, whatever is killed or restored in between."""

from collections import deque
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from prilavok.facts import client, loading, queries
from prilavok.facts.tests.conftest import MOODS, Sold
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON

pytestmark = pytest.mark.usefixtures("small_shop", "facts")


def sell(*amounts: int, customer: int | None = 7, day: date = date(2026, 11, 1), live: bool = True) -> None:
    at = datetime.combine(day, NOON.timetz())
    entries = [journal.Entry(Sold(amount=Decimal(one), day=day), at=at, customer=customer) for one in amounts]
    with transaction.atomic():
        journal.record_many(entries, by=SYSTEM, live=live)


def load() -> None:
    deque(loading.load_all(), maxlen=0)


def total() -> tuple[int, int]:
    return client.rows("SELECT count(), sum(revenue_units) FROM test_sales")[0]


def test_every_event_becomes_its_rows_once() -> None:
    sell(10, 20)
    load()
    sell(15)
    load()
    load()

    assert total() == (3, 450_000)
    assert all(difference.equal for difference in queries.compare())


def test_what_happens_now_is_loaded_before_a_past_by_the_thousand() -> None:
    sell(*[1] * 12_000, live=False)  # more than two batches
    sell(15)
    loading.loader.step(500)
    assert total() == (1, 150_000)
    loading.past.step(500)
    sell(20)
    loading.loader.step(500)
    assert total() == (5_002, 350_000 + 5_000 * 10_000)

    load()
    assert total() == (12_002, 350_000 + 12_000 * 10_000)
    assert all(difference.equal for difference in queries.compare())
    StoredEvent.objects.filter(body__amount__in=["20", "1"]).delete()
    journal.raise_epoch("restored in a test")
    sell(5)
    load()
    assert total() == (2, 200_000)


def test_the_past_goes_on_from_where_a_version_of_one_cursor_stood() -> None:
    sell(10, 20)
    sell(30, live=False)
    load()
    client.execute(
        "ALTER TABLE loads DELETE WHERE state = 'begun' OR lane = 'history' SETTINGS mutations_sync = 2"
    )
    client.execute("ALTER TABLE loads UPDATE lane = 'both' WHERE 1 SETTINGS mutations_sync = 2")
    loading.loader.forget()
    loading.past.forget()
    sell(40, live=False)
    load()

    assert total() == (4, 1_000_000)


def test_a_batch_killed_half_way_is_sent_again_and_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sell(10, 20)
    real = loading._reload

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "_reload", die)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert total() == (2, 300_000)  # the rows went in, the cursor did not move
    monkeypatch.setattr(loading, "_reload", real)
    sell(15)
    load()

    assert total() == (3, 450_000)


def test_facts_drop_what_a_restored_base_no_longer_knows() -> None:
    sell(10)
    load()
    sell(20, 30)
    load()
    StoredEvent.objects.filter(body__amount__in=["20", "30"]).delete()
    journal.raise_epoch("restored in a test")
    sell(5)
    load()

    assert total() == (2, 150_000)


def test_state_follows_the_people_an_event_touches_and_forgets_those_gone() -> None:
    MOODS.update({7: "glad", 8: "calm"})
    sell(1, customer=7)
    sell(1, customer=8)
    load()
    del MOODS[8]
    MOODS[7] = "sad"
    sell(1, customer=7)
    sell(1, customer=8)
    load()

    assert client.rows("SELECT profile_id, mood FROM test_people FINAL") == [(7, "sad")]


def test_position_follows_the_data_and_stands_at_the_start_when_facts_are_down(settings: object) -> None:
    sell(10)
    load()
    assert loading.loader.position() > journal.Position()

    settings.FACTS_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    assert loading.loader.step(500) == 0
    assert loading.loader.position() == journal.Position()
    with pytest.raises(client.FactsDown):
        client.value("SELECT 1")


def test_where_nothing_happens_facts_are_not_asked_how_far_they_have_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, real = [], loading._lasts

    def counted(*given: int) -> list[loading.Load]:
        asked.append(given)
        return real(*given)

    monkeypatch.setattr(loading, "_lasts", counted)
    monkeypatch.setattr(loading, "JUST_NOW", 60.0)
    sell(10)
    load()
    asked.clear()

    load()
    assert loading.loader.position() > journal.Position() and not asked
    sell(20)
    load()
    assert asked and total() == (2, 300_000)


def test_emptied_facts_fill_again_from_the_journal() -> None:
    sell(10, 20, 15)
    load()
    loading.empty()
    load()

    assert total() == (3, 450_000)
