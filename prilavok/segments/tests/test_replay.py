"""The journal told once more into empty facts makes the same stays: same people, same moments, same causes."""

import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.facts import loading
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from prilavok.orders.events import LineFact, ReceiptPaid
from prilavok.segments import actions
from prilavok.segments.models import Cause, Membership, Segment
from tests.cast import NOON

TREES: dict[str, Any] = {
    "often lately": {
        "fact": "purchases",
        "measure": "receipts",
        "op": ">=",
        "value": 2,
        "window": {"last_days": 3},
    },
    "quiet": {"fact": "purchases", "measure": "days_since", "op": ">=", "value": 2},
    "came and did not come back": {
        "sequence": {
            "first": {"fact": "purchases"},
            "then": {"fact": "purchases"},
            "within": 2,
            "happened": False,
        }
    },
}
SALES = [(0, "anna"), (1, "boris"), (1, "anna"), (2, "boris"), (4, "boris"), (6, "anna")]


class Shopping:
    """Days that pass while the worker brings one event at a time, first to the facts and then to the segments."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.told = NOON, 0
        monkeypatch.setattr(clock, "now", lambda: self.now)
        monkeypatch.setattr(loading, "BATCH", 1)
        monkeypatch.setattr(loading, "LOOK", 1)

    def wait_until(self, moment: datetime) -> None:
        while self.now + timedelta(days=1) <= moment:
            self.now += timedelta(days=1)
            actions.wake(at=self.now)
        self.now = moment

    def tell(self, events: list[StoredEvent]) -> None:
        while self.told < len(events):
            ahead = [one.type == "orders.ReceiptPaid" for one in events[self.told :]]
            others = (ahead.index(True) if True in ahead else len(ahead)) or 1
            news = journal.revive(events[self.told]) if ahead[0] else None
            if news:
                self.wait_until(news.at)
            while not loading.loader.step(others):  # somebody else's transaction is still open on the server
                time.sleep(0.01)
            self.told += others
            if news:
                actions.reconsider([news], at=self.now)


def stored() -> list[StoredEvent]:
    return list(StoredEvent.objects.order_by("epoch", "transaction_id", "id"))


def stays() -> list[tuple[Any, ...]]:
    columns = ("segment__name", "profile", "since", "until", "cause", "cause_event", "end_cause", "end_event")
    return sorted(Membership.objects.values_list(*columns), key=str)


def sell(profile: Profile, shop: Shop, at: datetime) -> None:
    paid = ReceiptPaid(
        receipt_id=StoredEvent.objects.count(),
        public_id=profile.public_id,
        shop_id=shop.pk,
        local_date=at.date(),
        local_hour=at.hour,
        currency="RUB",
        revenue=Decimal(100),
        paid=Decimal(100),
        discount=Decimal(0),
        items=Decimal(1),
        lines=(LineFact(1, 1, 1, Decimal(1), Decimal(100), Decimal(100), Decimal(0)),),
    )
    with transaction.atomic():
        journal.record(paid, by=SYSTEM, at=at, customer=profile.pk, shop=shop.pk)


def test_replaying_the_journal_makes_the_same_stays(
    facts: None, anna: Profile, shop_on_lenina: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    boris = customers.register(NewCustomer(external_id="b", first_name="Борис"), by=SYSTEM, at=NOON)
    people = {"anna": anna, "boris": boris}
    live = Shopping(monkeypatch)
    live.tell(stored())
    for name, tree in TREES.items():
        actions.create(name=name, tree=tree, kind="dynamic", by=SYSTEM, at=NOON)
    assert not stays()
    for number, (day, who) in enumerate(SALES):
        live.tell(stored())
        live.wait_until(NOON + timedelta(days=day, minutes=number))
        sell(people[who], shop_on_lenina, live.now)
    live.tell(stored())
    live.wait_until(NOON + timedelta(days=9))
    first, events = stays(), stored()
    assert {stay[4] for stay in first} == {Cause.EVENT, Cause.TIME}
    assert len(first) >= 6

    loading.empty()
    Membership.objects.all().delete()
    Segment.objects.update(drawn_on=NOON.date(), size=0)
    again = Shopping(monkeypatch)
    again.tell(events)
    again.wait_until(NOON + timedelta(days=9))

    assert stays() == first
