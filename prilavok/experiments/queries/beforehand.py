"""What groups of these people could show, asked before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.experiments.queries import outcomes
from prilavok.experiments.rules import bands, past, sensitivity
from prilavok.experiments.rules.cells import Floats, Ints
from prilavok.experiments.rules.sensitivity import Point

QUINTILES = 5


@dataclass(frozen=True)
class Sensitivity:
    """The smallest effect that groups of this size show with 80 % power, and the share that follows from it.

    `mean` and `sd` are what these customers spent in the last `days` days; `sd_left` is what remains of the spread
    within strata after the adjustment by their past. Money per customer, in the company's currency.
    """

    customers: int
    days: int
    mean: float
    sd: float
    sd_left: float
    chosen: Point
    curve: tuple[Point, ...]
    proposed_share: float
    currency: str
    as_of: datetime

    @property
    def smallest_effect_per_customer(self) -> float:
        return self.chosen.smallest_effect

    @property
    def smallest_effect_share(self) -> float | None:
        """The same as a share of what these customers spend anyway."""
        return self.chosen.smallest_effect / self.mean if self.mean > 0 else None

    @property
    def is_known(self) -> bool:
        """False when there is no past to measure the spread on."""
        return self.sd_left > 0 and np.isfinite(self.chosen.smallest_effect)


@dataclass(frozen=True)
class Past:
    """What the last days before an experiment tell of its people: spread, strata, cap."""

    mean: float
    sd: float
    sd_left: float
    strata: Ints
    cap: float | None


def sensitivity_of(profile_ids: Sequence[int], days: int, control_share: float, at: datetime) -> Sensitivity:
    """For these profiles, a period of analysis of `days` and a control share. Raises FactsDown."""
    people = one_profile_each(profile_ids)
    known = past_of(people, at.astimezone(company.zone()).date(), days)
    count = len(people)
    return Sensitivity(
        customers=count,
        days=days,
        mean=known.mean,
        sd=known.sd,
        sd_left=known.sd_left,
        chosen=sensitivity.at_share(known.sd_left, count, control_share),
        curve=tuple(sensitivity.curve(known.sd_left, count)),
        proposed_share=sensitivity.proposed_share(known.sd_left, known.mean, count),
        currency=company.currency(),
        as_of=at,
    )


def one_profile_each(profile_ids: Sequence[int]) -> list[int]:
    """One profile per person: the oldest of those given."""
    first: dict[int, int] = {}
    for profile, person in sorted(customers.persons_of(profile_ids).items()):
        first.setdefault(person, profile)
    return sorted(first.values())


def past_of(profile_ids: Sequence[int], first_day: date, days: int) -> Past:
    """As if the experiment had run in the `days` before `first_day`, adjusted by what was before that."""
    if not profile_ids:
        return Past(0.0, 0.0, 0.0, np.zeros(0, dtype=np.int64), None)
    last = past.before(first_day, days)
    windows = (last, *past.covariates(last.first, days))
    found = outcomes.bought(outcomes.places(profile_ids), len(profile_ids), windows)
    outcome, *before = (one.revenue for one in found)
    cap = bands.cap(outcome)
    cut = bands.capped(outcome, cap)
    left = sensitivity.spread_left(cut, np.stack(before, axis=1), strata_of(before[0] + before[1]))
    return Past(float(cut.mean()), float(cut.std()), left, strata_of(outcome + before[0] + before[1]), cap)


def strata_of(spent: Floats) -> Ints:
    """Fifths by what was spent before, from 0: those who spend alike are split evenly."""
    return bands.quantiles(spent, QUINTILES) - 1
