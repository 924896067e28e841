"""A promotion over baskets of the past, one after another: its limits fill up as they would have."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from prilavok.loyalty.reckoning.basket import Basket, Customer, Policies, Uses
from prilavok.loyalty.reckoning.calculating import Alone, calculate_alone
from prilavok.loyalty.reckoning.promotions import Promotion, period_start
from prilavok.loyalty.reckoning.spreading import ZERO


@dataclass(slots=True)
class Spent:
    """What somebody has had of the promotion so far, and on their last day."""

    times: int = 0
    money: Decimal = ZERO
    day: date | None = None
    today: int = 0
    today_money: Decimal = ZERO


@dataclass(slots=True)
class Replay:
    """Tries one promotion, alone, on basket after basket; they must come in the order of time."""

    promotion: Promotion
    policies: Policies
    all: Spent = field(default_factory=Spent)
    own: defaultdict[int, Spent] = field(default_factory=lambda: defaultdict(Spent))
    periods: defaultdict[tuple[str, date], Spent] = field(default_factory=lambda: defaultdict(Spent))

    def tried(
        self, basket: Basket, who: int | None, customer: Customer | None, local: datetime
    ) -> Alone | None:
        """The basket with the promotion alone; None, if that came to nothing."""
        if self._used_up(local.date()) or not self.promotion.when.holds(local):
            return None
        if customer is not None and who is not None and self.promotion.limits.of_person:
            customer = replace(customer, uses={self.promotion.id: self._uses(who, local.date())})
        alone = calculate_alone(self.promotion, basket, customer, local, self.policies)
        if alone is None:
            return None
        for one in [self.all, *(spent for _period, spent in self._running(local.date()))]:
            self._count(one, alone.amount, local.date())
        if who is not None:
            self._count(self.own[who], alone.amount, local.date())
        return alone

    def _used_up(self, day: date) -> bool:
        """Whether everybody together has had all that there is, ever or in this day's periods."""
        limits = self.promotion.limits
        for name, spent in (("all", self.all), *self._running(day)):
            times, money = getattr(limits, name), getattr(limits, f"{name}_money")
            if (times is not None and spent.times >= times) or (money is not None and spent.money >= money):
                return True
        return False

    def _running(self, day: date) -> list[tuple[str, Spent]]:
        return [(one, self.periods[one, period_start(one, day)]) for one in self.promotion.limits.periods]

    def _uses(self, who: int, day: date) -> Uses:
        mine = self.own[who]
        same = mine.day == day
        return Uses(
            self.all.times,
            self.all.money,
            mine.times,
            mine.money,
            mine.today if same else 0,
            mine.today_money if same else ZERO,
        )

    def _count(self, spent: Spent, amount: Decimal, day: date) -> None:
        if spent.day != day:
            spent.day, spent.today, spent.today_money = day, 0, ZERO
        spent.times += 1
        spent.money += amount
        spent.today += 1
        spent.today_money += amount
