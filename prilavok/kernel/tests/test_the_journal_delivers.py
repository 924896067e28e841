"""The journal's promises: nothing before its commit, in order, parked alone, replayed in line."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction

from prilavok.kernel import clock, delivery, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.event import Event
from prilavok.kernel.models import Parked
from tests.cast import NOON


@dataclass(frozen=True, kw_only=True)
class BellRang(Event):
    number: int


@dataclass(frozen=True, kw_only=True)
class NobodyAsked(Event):
    """Read by no consumer."""


class Ears:
    """A consumer for one test: hears bells, and chokes on the numbers it was told to."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.chokes_on: set[int] = set()

    def hear(self, event: BellRang) -> None:
        if event.number in self.chokes_on:
            raise ValueError("too loud")
        self.heard.append(event.number)


@pytest.fixture
def ears() -> Iterator[Ears]:
    ears = Ears()
    journal.reacts_to(BellRang, consumer="ears")(ears.hear)
    yield ears
    journal._consumers.pop("ears")


def ring(number: int, customer: int | None = None) -> None:
    with transaction.atomic():
        journal.record(BellRang(number=number), by=SYSTEM, at=NOON, customer=customer)


@pytest.mark.django_db(transaction=True)
def test_events_come_once_and_in_order(ears: Ears) -> None:
    for number in range(5):
        ring(number)
    journal.deliver()
    journal.deliver()
    assert ears.heard == [0, 1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_that_made_it_true() -> None:
    with pytest.raises(journal.OutsideTransaction):
        journal.record(BellRang(number=1), by=SYSTEM, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_history_moves_nothing_that_did_not_ask_for_it(ears: Ears) -> None:
    with transaction.atomic():
        journal.record_many([journal.Entry(BellRang(number=1), at=NOON)], by=SYSTEM, live=False)
    journal.deliver()
    assert ears.heard == []


@pytest.mark.django_db(transaction=True)
def test_what_is_others_is_passed_over_at_once(ears: Ears) -> None:
    with transaction.atomic():
        others = (journal.Entry(NobodyAsked(), at=NOON) for _ in range(3 * delivery.BATCH))
        journal.record_many(others, by=SYSTEM, live=True)
    ring(1)
    ring(2)

    assert delivery.step("ears", limit=1) == 3 * delivery.BATCH + 1
    assert ears.heard == [1]
    assert delivery.step("ears") == 1
    assert ears.heard == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_later_event_never_overtakes_an_older_open_transaction(ears: Ears) -> None:
    begun, may_commit = Signal(), Signal()

    def slow_writer() -> None:
        with transaction.atomic():
            journal.record(BellRang(number=1), by=SYSTEM, at=NOON)
            begun.set()
            may_commit.wait(60)
        connection.close()

    writer = Thread(target=slow_writer)
    writer.start()
    begun.wait(10)
    ring(2)
    delivery.step("ears")
    before = list(ears.heard)
    may_commit.set()
    writer.join()
    journal.deliver()
    assert before == []
    assert ears.heard == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_failing_event_holds_up_its_customer_and_nobody_else(ears: Ears) -> None:
    ears.chokes_on = {1}
    ring(1, customer=7)
    ring(2, customer=7)
    ring(3, customer=8)
    journal.deliver()
    assert ears.heard == [3]
    first, second = Parked.objects.order_by("id")
    assert first.reason.startswith(
        "ValueError (kernel/tests/test_the_journal_delivers.py:"
    )  # without its words
    assert second.waits_for_id == first.pk

    ears.chokes_on = set()
    assert delivery.replay(first.pk, by=SYSTEM, at=clock.real())
    assert ears.heard == [3, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_after_a_restore_the_journal_goes_on_behind_the_old_ids(ears: Ears) -> None:
    ring(1)
    journal.deliver()
    with connection.cursor() as cursor:  # as if the old server had counted much further
        cursor.execute("UPDATE kernel_storedevent SET transaction_id = transaction_id + 1000000")
        cursor.execute(
            "UPDATE kernel_cursor SET transaction_id = transaction_id + 1000000 WHERE consumer = 'ears'"
        )
    assert journal.check_epoch()
    ring(2)
    journal.deliver()
    assert ears.heard == [1, 2]
