"""A promotion over baskets of the past, one after another: its limits fill up as they would have."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from prilavok.loyalty.reckoning.basket import Basket, Customer, Policies, Uses
from prilavok.loyalty.reckoning.calculating import Alone, calculate_alone
from prilavok.loyalty.reckoning.promotions import OWN_PERIODS, Promotion, period_start
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
class Replay:
    """Tries one promotion, alone, on basket after basket; they must come in the order of time."""

    promotion: Promotion
    policies: Policies
    all: Spent = field(default_factory=Spent)
    own: defaultdict[int, Spent] = field(default_factory=lambda: defaultdict(Spent))
    periods: defaultdict[tuple[str, date], Spent] = field(default_factory=lambda: defaultdict(Spent))
    own_periods: defaultdict[tuple[str, date, int], Spent] = field(default_factory=lambda: defaultdict(Spent))

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
        counted = [self.all, *(spent for _period, spent in self._running(local.date()))]
        if who is not None:
            counted += [self.own[who], *self._own_running(who, local.date()).values()]
        for one in counted:
            one.count(alone.amount)
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

    def _own_running(self, who: int, day: date) -> dict[str, Spent]:
        """What one customer has had in the periods of the day, by what limits call them."""
        return {
            name: self.own_periods[name, period_start(OWN_PERIODS[name], day), who]
            for name in self.promotion.limits.own_periods
        }

    def _uses(self, who: int, day: date) -> Uses:
        had = {"all": self.all, "own": self.own[who], **self._own_running(who, day)}
        figures = {name: spent.times for name, spent in had.items()}
        sums = {f"{name}_money": spent.money for name, spent in had.items()}
        return Uses(**figures, **sums)  # type: ignore[arg-type]  # both kinds by their names
