"""Which effect groups of this size can show, and which control share follows from that.

Smallest detectable effect with two-sided level α and power 1 − β:  δ = (z₁₋α/₂ + z₁₋β) · σ · √(1/n₁ + 1/n₀). σ is
what remains of a customer's spread within the stratum after CUPED, measured on the customers' own past.

The rule for the share weighs proof against lost contacts: the smallest of SHARES whose δ is at most PLAUSIBLE of
what such customers spend in the period (retail mailings seldom bring more); where none is, half and half, which
shows the most there is.
"""

from dataclasses import dataclass
from math import isfinite

import numpy as np

from prilavok.experiments.rules.cells import Floats, Ints
from prilavok.experiments.rules.effect import LEVEL, POWER, normal

SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
PLAUSIBLE = 0.05


@dataclass(frozen=True)
class Point:
    """One control share: who would not be written to, and the smallest effect seen then."""

    share: float
    control: int
    mailed: int
    smallest_effect: float

    @property
    def total(self) -> float:
        """The same over all the mailed."""
        return self.smallest_effect * self.mailed

    @property
    def shown(self) -> float | None:
        """The smallest effect; None where the groups are too small to show any."""
        return self.smallest_effect if isfinite(self.smallest_effect) else None


def standard_errors(level: float = LEVEL, power: float = POWER) -> float:
    """How many standard errors the smallest detectable effect is.

    >>> round(standard_errors(), 2)
    2.8
    """
    return normal(0.5 + level / 2) + normal(power)


def smallest_effect(
    sd: float, treated: float, control: float, *, level: float = LEVEL, power: float = POWER
) -> float:
    """Per customer; infinite when an arm is empty.

    >>> round(smallest_effect(1.0, 64, 64), 2)
    0.5
    """
    if treated < 1 or control < 1:
        return float("inf")
    return standard_errors(level, power) * sd * float(np.sqrt(1 / treated + 1 / control))


def at_share(sd: float, customers: int, share: float) -> Point:
    control = int(customers * share + 0.5)
    return Point(share, control, customers - control, smallest_effect(sd, customers - control, control))


def curve(sd: float, customers: int) -> list[Point]:
    """The smallest effect at each share that may be chosen.

    >>> [point.control for point in curve(1.0, 100)][:3]
    [5, 10, 15]
    """
    return [at_share(sd, customers, share) for share in SHARES]


def proposed_share(sd: float, mean: float, customers: int) -> float:
    """The control share by the rule above.

    >>> proposed_share(sd=80, mean=200, customers=1350), proposed_share(sd=80, mean=200, customers=100_000)
    (0.5, 0.05)
    """
    return next((p.share for p in curve(sd, customers) if p.smallest_effect <= PLAUSIBLE * mean), SHARES[-1])


def spread_left(outcome: Floats, past: Floats, strata: Ints) -> float:
    """σ within strata after the regression on the past, over people as they are (no arms yet).

    >>> x = np.arange(10.0)
    >>> round(spread_left(2 * x, x[:, None], np.zeros(10, int)), 6)
    0.0
    """
    kinds = int(strata.max(initial=0)) + 1
    n = np.maximum(np.bincount(strata, minlength=kinds), 1)

    def within(values: Floats) -> Floats:
        return np.asarray(values - (np.bincount(strata, values, minlength=kinds) / n)[strata])

    y = within(outcome)
    x = (
        np.stack([within(past[:, k]) for k in range(past.shape[1])], axis=1)
        if past.size
        else np.zeros((len(y), 0))
    )
    rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    freedom = max(1, len(y) - kinds - x.shape[1])
    return float(np.sqrt((rest**2).sum() / freedom))
