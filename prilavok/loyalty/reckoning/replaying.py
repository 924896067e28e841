"""A promotion over baskets of the past, one after another, beside those that are live: limits fill up as they would
have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from prilavok.loyalty.reckoning.basket import Basket, Customer, Policies, Uses
from prilavok.loyalty.reckoning.calculating import GiftLine, Given, PricedLine, give
from prilavok.loyalty.reckoning.choosing import why_not
from prilavok.loyalty.reckoning.promotions import (
    OWN_PERIODS,
    PERIODS,
    Book,
    Limits,
    Promotion,
    period_start,
)
from prilavok.loyalty.reckoning.spreading import ZERO


@dataclass(slots=True)
class Spent:
    """What somebody, or everybody, has had of the promotion so far, ever or within a period."""

    times: int = 0
    money: Decimal = ZERO

    def count(self, amount: Decimal) -> None:
        self.times += 1
        self.money += amount


@dataclass(slots=True)
class _Used:
    """What there was of one promotion so far, as far as its limits ask."""

    limits: Limits
    all: Spent = field(default_factory=Spent)
    own: defaultdict[int, Spent] = field(default_factory=lambda: defaultdict(Spent))
    periods: defaultdict[tuple[str, date], Spent] = field(default_factory=lambda: defaultdict(Spent))
    own_periods: defaultdict[tuple[str, date, int], Spent] = field(default_factory=lambda: defaultdict(Spent))

    def count(self, who: int | None, day: date, amount: Decimal) -> None:
        for one in self._running(who, day).values():
            one.count(amount)

    def uses(self, who: int | None, day: date) -> Uses:
        had = self._running(who, day)
        figures = {name: spent.times for name, spent in had.items()}
        sums = {f"{name}_money": spent.money for name, spent in had.items()}
        return Uses(**figures, **sums)  # type: ignore[arg-type]  # both kinds by their names

    def _running(self, who: int | None, day: date) -> dict[str, Spent]:
        """What counts on this day, by what limits call it."""
        found = {"all": self.all}
        for period in PERIODS:
            if period in self.limits.periods:
                found[period] = self.periods[period, period_start(period, day)]
        if who is not None:
            found["own"] = self.own[who]
            for name in self.limits.own_periods:
                found[name] = self.own_periods[name, period_start(OWN_PERIODS[name], day), who]
        return found


@dataclass(frozen=True, slots=True)
class Difference:
    """What the promotion changed: money taken off, points and gifts more than without it (less, below zero).

    `without`, `lines`: the lines as they were without it, and as they are with it.
    """

    amount: Decimal
    points: Decimal
    gifts: tuple[GiftLine, ...]
    gifts_without: tuple[GiftLine, ...]
    without: list[PricedLine]
    lines: list[PricedLine]


class Replay:
    """Tries one promotion on basket after basket, beside `others`; they must come in the order of time."""

    def __init__(self, promotion: Promotion, others: Iterable[Promotion], policies: Policies) -> None:
        self.promotion, self.policies = promotion, policies
        self.others = Book(others)
        limited = [one for one in (promotion, *self.others.promotions) if one.limits.limited]
        self.used = {one.id: _Used(one.limits) for one in limited}
        self.counts_others = bool(self.used.keys() - {promotion.id})
        """Whether limits of others fill up also on baskets that the promotion doesn't concern."""
        self.adds = not promotion.takes_off and not promotion.group
        """Whether it leaves to the others all that they give: then the difference is what it gives itself."""

    def tried(
        self, basket: Basket, who: int | None, customer: Customer | None, local: datetime
    ) -> Difference | None:
        """What the promotion changes on this basket; None, if it comes to nothing there."""
        day = local.date()
        if self.used:
            uses = {promotion: used.uses(who, day) for promotion, used in self.used.items()}
            customer = replace(customer, uses=uses) if customer is not None else None
            basket = replace(basket, uses=uses)
        concerned = why_not(self.promotion, basket, customer, local) is None
        if not concerned and not self.counts_others:
            return None
        others = [
            one for one in self.others.about(basket.lines) if why_not(one, basket, customer, local) is None
        ]
        if not concerned and all(one.id not in self.used for one in others):
            return None  # nor do limits of others fill up here
        fitting = sorted([*others, self.promotion], key=lambda one: one.place) if concerned else others
        after = give(fitting, basket, customer, self.policies)
        self._count(after, who, day)
        if self.promotion.id not in after.gave:
            return None
        if self.adds:
            return _added(after, self.promotion.id)
        before = give(others, basket, customer, self.policies)
        return Difference(
            sum(after.amounts.values(), ZERO) - sum(before.amounts.values(), ZERO),
            sum(after.points.values(), ZERO) - sum(before.points.values(), ZERO),
            tuple(after.gifts),
            tuple(before.gifts),
            before.lines,
            after.lines,
        )

    def _count(self, given: Given, who: int | None, day: date) -> None:
        for promotion in given.gave & self.used.keys():
            self.used[promotion].count(who, day, given.amounts.get(promotion, ZERO))


def _added(after: Given, promotion: int) -> Difference:
    """The difference that a promotion makes which takes nothing from the others."""
    without = [
        replace(one, earned=[(by, points) for by, points in one.earned if by != promotion])
        for one in after.lines
    ]
    return Difference(
        ZERO,
        after.points.get(promotion, ZERO),
        tuple(after.gifts),
        tuple(one for one in after.gifts if one.promotion != promotion),
        without,
        after.lines,
    )
