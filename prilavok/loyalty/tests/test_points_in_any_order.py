"""Whatever customers and their tills do in whatever order, points and money add up, and the past stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger_actions
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions
from prilavok.loyalty.actions import Sold
from prilavok.loyalty.models import Programme
from prilavok.loyalty.ports import TillLine
from prilavok.loyalty.queries.book import forget_book
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders.queries import refunded
from tests.cast import NOON
from tests.properties import cases

D = Decimal
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.booleans(), st.integers(1, 900), st.sampled_from([0, 7, 5000])),
        st.tuples(st.just("sell"), st.booleans(), st.integers(1, 900), st.sampled_from([0, 7, 5000])),
        st.tuples(st.just("back"), st.integers(0, 5), st.integers(1, 2), st.sampled_from(["1", "0.333"])),
        st.tuples(st.just("rest"), st.integers(0, 5)),
        st.tuples(st.just("cancel"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.sampled_from([1, 4, 39, 60])),
        st.tuples(st.just("night")),
        st.tuples(st.just("merge")),
        st.tuples(st.just("part")),
    ),
    min_size=4,
    max_size=16,
)
TERMS = st.fixed_dictionaries(
    {
        "owes": st.booleans(),
        "pending_days": st.sampled_from([0, 3]),
        "policies": st.fixed_dictionaries(
            {
                "point_value": st.sampled_from(["1", "1.5", "0.33"]),
                "point_step": st.sampled_from(["1", "0.01"]),
                "returns": st.sampled_from(["share", "anew"]),
            }
        ),
    }
)


@given(steps=STEPS, terms=TERMS)
@hypothesis(
    max_examples=cases(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_points_and_money_add_up_and_the_past_stays(
    steps: list[tuple[Any, ...]],
    terms: dict[str, Any],
    till: Till,
    programme: Programme,
    anna: Profile,
    ann: Profile,
) -> None:
    with transaction.atomic():
        forget_book()  # what the last case took back had its number
        actions.change_programme(programme.pk, lifetime_days=40, grace_days=10, by=SYSTEM, at=NOON, **terms)
        put_up("Points", give={"earn": "12.5"})
        put_up("Three for two", give={"multiple": {"take": 3, "pay": 2}})
        _Story(till, programme, (anna, ann)).play(steps)
        transaction.set_rollback(True)


@dataclass
class _Sale:
    sold: Sold
    backs: list[Sold] = field(default_factory=list)
    left: dict[int, Decimal] = field(default_factory=lambda: {1: D(1), 2: D(3)})


class _Story:
    def __init__(self, till: Till, programme: Programme, people: Sequence[Profile]) -> None:
        self.till, self.programme, self.people = till, programme, people
        self.at = NOON
        self.sales: list[_Sale] = []
        self.merged: Any = None
        self.seen: list[tuple[datetime, Decimal]] = []

    def play(self, steps: list[tuple[Any, ...]]) -> None:
        for number, (what, *told) in enumerate(steps):
            getattr(self, f"do_{what}")(str(number), *told)
            self.seen.append((self.at, self.owed(self.at)))
            self.at += timedelta(minutes=1)
            self.till.at = self.at
        for sale in self.sales:
            self.all_of(sale, f"end-{sale.sold.receipt.number}")
        self.holds()

    def do_sell(self, number: str, second: bool, price: int, points: int) -> None:
        lines = (f"{price}.37", _three("90.01"))
        who = self.people[second]
        told = self.till.reckon(*lines, to=who, at=self.at, points=D(points))
        self.sales.append(_Sale(self.till.pay(told, number, at=self.at)))

    def do_back(self, number: str, which: int, line: int, quantity: str) -> None:
        if self.sales:
            self.bring(self.sales[which % len(self.sales)], number, {line: D(quantity)})

    def do_rest(self, number: str, which: int) -> None:
        if self.sales:
            self.all_of(self.sales[which % len(self.sales)], number)

    def do_cancel(self, number: str, which: int) -> None:
        sale = self.sales[which % len(self.sales)] if self.sales else None
        if sale and any(sale.left.values()):
            sale.backs.append(self.till.cancel(sale.sold, number))
            sale.left = dict.fromkeys(sale.left, D(0))

    def do_wait(self, _number: str, days: int) -> None:
        self.at += timedelta(days=days)

    def do_night(self, _number: str) -> None:
        ledger_actions.settle_due(by=SYSTEM, at=self.at)

    def do_merge(self, _number: str) -> None:
        if self.merged is None:
            one, other = self.people
            self.merged = customers.merge(profile_id=one.pk, other_id=other.pk, by=SYSTEM, at=self.at)

    def do_part(self, _number: str) -> None:
        if self.merged is not None:
            customers.undo_merge(merge_id=self.merged.pk, by=SYSTEM, at=self.at)
            self.merged = None

    def bring(self, sale: _Sale, number: str, lines: dict[int, Decimal]) -> None:
        some = {line: min(quantity, sale.left[line]) for line, quantity in lines.items()}
        some = {line: quantity for line, quantity in some.items() if quantity}
        if some:
            told = {line: str(quantity) for line, quantity in some.items()}
            done = self.till.take_back(sale.sold, number, told, at=self.at)
            assert self.till.take_back(sale.sold, number, told, at=self.at) == done
            sale.backs.append(done)
            for line, quantity in some.items():
                sale.left[line] -= quantity

    def all_of(self, sale: _Sale, number: str) -> None:
        self.bring(sale, number, dict(sale.left))

    def owed(self, at: datetime) -> Decimal:
        """The programme's liability."""
        return sum((one.total for one in ledger.liability(self.programme.unit, at=at)), D(0))

    def holds(self) -> None:
        assert not (ledger.open_units() or ledger.lots_that_differ() or ledger.overdrawn())
        for moment, owed in self.seen:
            assert self.owed(moment) == owed, "a past moment stays what it was"
        for sale in self.sales:
            sold, backs = sale.sold, sale.backs
            refunds = [one.refund for one in backs]
            assert [one for one in refunds if one < 0 or one != one.quantize(D("0.01"))] == []
            assert all(one.points_spent <= 0 and one.points_earned <= 0 for one in backs)
            if not any(sale.left.values()):
                value = D(self.programme_value())
                assert refunded(sold.receipt.pk) == sold.receipt.paid
                assert -sum(one.points_spent for one in backs) == sold.points_spent
                short = sold.points_earned + sum(one.points_earned for one in backs)
                kept = sold.receipt.paid - sum(refunds)
                assert short >= 0
                assert abs(kept - short * value) <= D("0.005") * len(backs), "what is short is kept, or owed"

    def programme_value(self) -> str:
        self.programme.refresh_from_db()
        return str(self.programme.policies.get("point_value", "1"))


def _three(price: str) -> TillLine:
    return TillLine(product="line-2", price=D(price), quantity=D(3))
