"""Whatever happens to wallets in whatever order, they hold what a plain count of single points says.

The model knows nothing of lots or entries: every point is a thing of its own with a day to ripen and a day to lapse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries
from prilavok.ledger.actions import (
    AlreadyClosed,
    BadAmount,
    Confirm,
    GiveBack,
    Grant,
    Move,
    NotEnough,
    Purse,
    Release,
    Reserve,
    Spend,
    TakeBack,
    Transfer,
    UnknownCause,
    Wallet,
)
from prilavok.ledger.models import Lot, Transaction
from tests.properties import cases

ISSUED = Purse("programme", 1, "issued", "points", may_owe=True)
SPENT = Purse("programme", 1, "spent", "points", may_owe=True)
WALLETS = [Wallet("account", number, "points") for number in (1, 2, 3)]
START = datetime(2026, 1, 1, tzinfo=UTC)
NEVER = 10**6


@dataclass(eq=False)
class Point:
    """One point: whose, since and until which day, in which place, of which arrival."""

    owner: int
    since: int
    until: int
    arrival: int
    place: str = "here"  # here, set aside, or gone


@dataclass
class Model:
    points: list[Point] = field(default_factory=list)
    debts: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0, 2: 0})
    arrivals: int = 0
    day: int = 0
    taken: dict[int, list[Point]] = field(default_factory=dict)  # by step: spent or set aside, in order
    left: dict[int, int] = field(default_factory=dict)  # by step: how many of the spent may still come back
    granted: dict[int, tuple[int, int, int]] = field(
        default_factory=dict
    )  # owner, still to take back, arrival
    open: set[int] = field(default_factory=set)

    def pass_days(self, days: int) -> None:
        self.day += days
        for point in self.points:
            if point.place == "here" and point.until <= self.day:
                point.place = "gone"

    def spendable(self, owners: list[int]) -> list[Point]:
        mine = [
            p
            for p in self.points
            if p.place == "here" and p.owner in owners and p.since <= self.day < p.until
        ]
        return sorted(mine, key=lambda p: (p.until, p.arrival))

    def grant(self, number: int, owner: int, amount: int, since: int, until: int) -> None:
        last = NEVER if until == NEVER else self.day + until  # what never lapses has no day: none is later
        self.arrive(owner, amount, self.day + since, last)
        self.granted[number] = (owner, amount, self.arrivals)

    def spend(self, number: int, whose: list[int], amount: int) -> None:
        self.taken[number] = self.take(whose, amount, "gone")
        self.left[number] = amount

    def reserve(self, number: int, whose: list[int], amount: int) -> None:
        self.taken[number] = self.take(whose, amount, "aside")
        self.open.add(number)

    def confirm(self, number: int, which: int, amount: int | None) -> None:
        points = self.close(which, amount)
        spent = points if amount is None else points[:amount]
        for point in spent:
            point.place = "gone"
        self.come_back(points[len(spent) :], 0)
        self.taken[number], self.left[number] = spent, len(spent)

    def release(self, _number: int, which: int, grace: int) -> None:
        self.come_back(self.close(which, None), grace)

    def take(self, owners: list[int], amount: int, place: str) -> list[Point]:
        mine = self.spendable(owners)
        if len(mine) - sum(self.debts[owner] for owner in owners) < amount:
            raise NotEnough
        for point in mine[:amount]:
            point.place = place
        return mine[:amount]

    def arrive(self, owner: int, amount: int, since: int, until: int) -> list[Point]:
        paid = min(amount, self.debts[owner])
        self.debts[owner] -= paid
        self.arrivals += 1
        fresh = [Point(owner, since, until, self.arrivals) for _ in range(amount - paid)]
        self.points += fresh
        return fresh

    def come_back(self, points: list[Point], grace: int) -> None:
        heirs: dict[tuple[int, int], int] = {}
        for point in points:
            if point.until > self.day:
                point.place = "here"
                continue
            lot = (point.owner, point.arrival)
            if lot not in heirs:
                self.arrivals += 1
                heirs[lot] = self.arrivals
            point.place = "here" if grace else "gone"
            point.until, point.arrival = self.day + grace, heirs[lot]

    def close(self, which: int, amount: int | None) -> list[Point]:
        if which not in self.open:
            raise AlreadyClosed
        if amount is not None and amount > len(self.taken[which]):
            raise NotEnough
        self.open.remove(which)
        return self.taken[which]

    def give_back(self, _number: int, which: int, amount: int | None, grace: int) -> None:
        left = self.left[which]
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise NotEnough
        spent = self.taken[which]
        self.left[which] -= wanted
        back = spent[left - wanted : left][::-1]
        kept = []
        for point in back:
            if self.debts[point.owner]:
                self.debts[point.owner] -= 1
            else:
                kept.append(point)
        self.come_back(kept, grace)

    def take_back(self, _number: int, which: int, amount: int | None, owe: bool) -> None:
        owner, left, arrival = self.granted[which]
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise NotEnough
        own = [p for p in self.points if p.arrival == arrival and p.place == "here"][:wanted]
        for point in own:
            point.place = "gone"
        rest = self.spendable([owner])[: wanted - len(own)]
        for point in rest:
            point.place = "gone"
        missing = wanted - len(own) - len(rest)
        self.debts[owner] += missing if owe else 0
        self.granted[which] = (owner, left - wanted + (0 if owe else missing), arrival)

    def transfer(self, _number: int, whose: list[int], to: int, amount: int) -> None:
        lots: dict[int, list[Point]] = {}
        for point in self.take(whose, amount, "gone"):
            lots.setdefault(point.arrival, []).append(point)
        for points in lots.values():
            self.arrive(to, len(points), 0, points[0].until)

    def has(self, owner: int) -> tuple[int, int, int, int]:
        """Available, pending, set aside, owed."""
        mine = [p for p in self.points if p.owner == owner]
        return (
            len(self.spendable([owner])),
            sum(p.place == "here" and p.since > self.day for p in mine),
            sum(p.place == "aside" for p in mine),
            self.debts[owner],
        )


amounts = st.integers(1, 12)
owners = st.integers(0, 2)
several = st.lists(owners, min_size=1, max_size=3, unique=True)
parts = st.none() | amounts
earlier = st.integers(0, 30)
step = st.one_of(
    st.tuples(st.just("grant"), owners, amounts, st.integers(0, 3), st.sampled_from([1, 2, 5, 9, NEVER])),
    st.tuples(st.just("spend"), several, amounts),
    st.tuples(st.just("reserve"), several, amounts),
    st.tuples(st.just("confirm"), earlier, parts),
    st.tuples(st.just("release"), earlier, st.integers(0, 3)),
    st.tuples(st.just("give_back"), earlier, parts, st.integers(0, 3)),
    st.tuples(st.just("take_back"), earlier, parts, st.booleans()),
    st.tuples(st.just("transfer"), several, owners, amounts),
    st.tuples(st.just("days"), st.integers(1, 3)),
    st.tuples(st.just("settle")),
)


class Shop:
    """The real books beside the model; every step is tried on both."""

    def __init__(self) -> None:
        self.model = Model()
        self.causes: dict[int, UUID] = {}
        self.past: dict[int, tuple[int, int]] = {}  # by day: what customers had then, and what they owed

    @property
    def now(self) -> datetime:
        return START + timedelta(days=self.model.day)

    def do(self, move: Move) -> None:
        ledger.carry_out([move], by=SYSTEM, at=self.now)
        again = ledger.carry_out([move], by=SYSTEM, at=self.now)
        assert not again[move.cause].new

    def both(self, number: int, kind: str, args: tuple[Any, ...]) -> None:
        """The books refuse what the model refuses, and otherwise come to the same."""
        if kind == "days":
            self.past[self.model.day] = self.sums()
            self.model.pass_days(*args)
            return
        if kind == "settle":
            ledger.settle_due(by=SYSTEM, at=self.now)
            return
        self.causes[number] = uuid4()
        move = getattr(self, f"{kind}_move")(number, *args)
        try:
            getattr(self.model, kind)(number, *args)
        except (NotEnough, AlreadyClosed, KeyError):
            self.must_refuse(move)
        else:
            self.do(move)

    def must_refuse(self, move: Move) -> None:
        with pytest.raises((NotEnough, AlreadyClosed, BadAmount, UnknownCause)), transaction.atomic():
            ledger.carry_out([move], by=SYSTEM, at=self.now)

    def cause(self, which: int) -> UUID:
        """Of an earlier step; of one that never was: something that nothing was posted for."""
        return self.causes.get(which) or uuid4()

    def day_of(self, days: int) -> datetime | None:
        return None if days >= NEVER else self.now + timedelta(days=days)

    def grant_move(self, number: int, owner: int, amount: int, since: int, until: int) -> Move:
        return Grant(
            cause=self.causes[number],
            reason="earned",
            wallet=WALLETS[owner],
            amount=Decimal(amount),
            source=ISSUED,
            available_from=self.day_of(since) if since else None,
            expires_at=self.day_of(until),
        )

    def spend_move(self, number: int, whose: list[int], amount: int) -> Move:
        return Spend(
            cause=self.causes[number],
            reason="spent",
            wallets=tuple(WALLETS[one] for one in whose),
            amount=Decimal(amount),
            target=SPENT,
        )

    def reserve_move(self, number: int, whose: list[int], amount: int) -> Move:
        return Reserve(
            cause=self.causes[number],
            reason="basket",
            wallets=tuple(WALLETS[one] for one in whose),
            amount=Decimal(amount),
            until=self.now + timedelta(days=1),
        )

    def confirm_move(self, number: int, which: int, amount: int | None) -> Move:
        return Confirm(
            cause=self.causes[number],
            reason="paid",
            reserved=self.cause(which),
            target=SPENT,
            amount=None if amount is None else Decimal(amount),
        )

    def release_move(self, number: int, which: int, grace: int) -> Move:
        return Release(
            cause=self.causes[number], reason="left", reserved=self.cause(which), grace=timedelta(days=grace)
        )

    def give_back_move(self, number: int, which: int, amount: int | None, grace: int) -> Move:
        return GiveBack(
            cause=self.causes[number],
            reason="returned",
            spent=self.cause(which),
            amount=None if amount is None else Decimal(amount),
            grace=timedelta(days=grace),
        )

    def take_back_move(self, number: int, which: int, amount: int | None, owe: bool) -> Move:
        return TakeBack(
            cause=self.causes[number],
            reason="returned",
            granted=self.cause(which),
            amount=None if amount is None else Decimal(amount),
            owe=owe,
        )

    def transfer_move(self, number: int, whose: list[int], to: int, amount: int) -> Move:
        return Transfer(
            cause=self.causes[number],
            reason="gift",
            wallets=tuple(WALLETS[one] for one in whose),
            to=WALLETS[to],
            amount=Decimal(amount),
        )

    def sums(self) -> tuple[int, int]:
        rows = [self.model.has(owner) for owner in range(3)]
        return sum(sum(row[:3]) for row in rows), sum(row[3] for row in rows)

    def must_agree(self) -> None:
        found = queries.wallet_balances(
            owner_kind="account", owner_ids=[one.owner_id for one in WALLETS], unit="points", at=self.now
        )
        for owner, wallet in enumerate(WALLETS):
            one = found.get(wallet.owner_id, queries.WalletBalance())
            stands = tuple(int(part) for part in (one.available, one.pending, one.reserved, one.owed))
            assert stands == self.model.has(owner), f"wallet {owner}"

    def source_must_agree(self) -> None:
        """All came from one source: what stands where it gave is alive, what lapsed is on its account."""
        gave_to = {*Lot.objects.filter(heir_of=None).values_list("account__owner_id", flat=True)}
        stands = sum(
            sum(self.model.has(owner)[:3]) for owner, one in enumerate(WALLETS) if one.owner_id in gave_to
        )
        became = queries.became_of(ISSUED, at=self.now)
        issued, expired = (
            queries.balance(owner_kind="programme", owner_id=1, unit="points", kind=kind)
            for kind in ("issued", "expired")
        )
        assert [became.given, became.alive, became.lapsed] == [-issued, stands, expired]
        assert became.spent == became.given - became.alive - became.lapsed
        grants = Transaction.objects.filter(
            corrects=None, entries__account__kind="issued", entries__amount__lt=0
        ).values_list("cause", flat=True)
        each = queries.became_of_grants(dict.fromkeys(grants, Decimal(1)), at=self.now)
        everywhere = sum(sum(self.model.has(owner)[:3]) for owner in range(len(WALLETS)))
        assert [each.given, each.alive, each.lapsed] == [-issued, everywhere, expired]

    def past_must_agree(self) -> None:
        for day, (had, owed) in self.past.items():
            at = START + timedelta(days=day)
            rows = queries.outstanding("points", at=at)
            assert sum(one.available + one.pending + one.reserved for one in rows) == had
            assert queries.owed("points", at=at) == owed
            assert sum(one.total for one in queries.liability("points", at=at)) == had - owed
        for before, after in pairwise([(-1, (0, 0)), *self.past.items()]):
            since, until = (START + timedelta(days=day) for day, _ in (before, after))
            changed = (after[1][0] - after[1][1]) - (before[1][0] - before[1][1])
            assert sum(one.change for one in queries.flows("points", since=since, until=until)) == changed
        for month, told in queries.liability_by_month("points", until=self.now, zone=UTC):
            following = datetime.combine(month + timedelta(days=32), time(), UTC).replace(day=1)
            end = min(following, self.now)
            assert sum(one.total for one in queries.liability("points", at=end)) == told


def walk(steps: list[tuple[Any, ...]]) -> None:
    shop = Shop()
    for number, (kind, *args) in enumerate(steps):
        shop.both(number, kind, tuple(args))
        shop.must_agree()
    shop.both(len(steps), "days", (1,))
    ledger.settle_due(by=SYSTEM, at=shop.now)
    shop.must_agree()
    shop.past_must_agree()
    shop.source_must_agree()
    assert queries.open_units() == []
    assert queries.lots_that_differ() == []


@settings(max_examples=cases(15), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=st.lists(step, min_size=5, max_size=25))
def test_wallets_hold_what_a_count_of_single_points_says(db: None, steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        walk(steps)
        transaction.set_rollback(True)


@pytest.mark.chaos
@settings(max_examples=cases(400), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=st.lists(step, min_size=10, max_size=40))
def test_and_so_it_is_on_very_many_walks(db: None, steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        walk(steps)
        transaction.set_rollback(True)
