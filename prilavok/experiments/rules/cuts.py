"""The effect shared out over groups of customers so that the parts add up to the total exactly.

The total is Σ r over the treated − Σ g·r over the control, with g = n₁s/n₀s of the customer's stratum and r the
outcome after CUPED, centred in its stratum (a constant per stratum cancels, for the control's weights in a stratum
sum to n₁s). Restricting both sums to a group gives the group's part; parts of any cut therefore add up. The
variance of a part is that of a domain total in a stratified sample:  Σ_s n₁s·s²(r·1_g | 1) + (n₁s²/n₀s)·s²(r·1_g |
0).
"""

from dataclasses import dataclass

import numpy as np

from prilavok.experiments.rules.cells import Floats, Ints
from prilavok.experiments.rules.effect import LEVEL, normal


@dataclass(frozen=True)
class Part:
    """A group's part of the total increment."""

    total: float
    se: float

    @property
    def half(self) -> float:
        return normal(0.5 + LEVEL / 2) * self.se

    @property
    def low(self) -> float:
        return self.total - self.half

    @property
    def high(self) -> float:
        return self.total + self.half


@dataclass(frozen=True)
class Shares:
    """Residuals and weights of one contrast: made once, cut many times."""

    residual: Floats
    signed: Floats
    strata: Ints
    treated: Ints

    def part(self, group: np.ndarray) -> Part:
        """The part of the customers where `group` is true."""
        inside = np.where(group, self.residual, 0.0)
        total = float((inside * self.signed).sum())
        code = self.strata * 2 + self.treated
        size = int(code.max(initial=0)) + 1
        n = np.maximum(np.bincount(code, minlength=size), 1)
        mean = np.bincount(code, inside, minlength=size) / n
        squares = np.bincount(code, (inside - mean[code]) ** 2, minlength=size) / np.maximum(n - 1, 1)
        weight = np.zeros(size)
        weight[code] = np.abs(self.signed)
        return Part(total, float(np.sqrt((weight**2 * n * squares).sum())))


def shares(outcome: Floats, past: Floats, theta: tuple[float, ...], strata: Ints, treated: Ints) -> Shares:
    """Prepare the parts of one contrast: `treated` is 1 or 0 per customer, `theta` as the effect was adjusted.

    >>> y, s, t = np.array([1.0, 3.0, 5.0, 9.0]), np.zeros(4, int), np.array([0, 0, 1, 1])
    >>> made = shares(y, np.zeros((4, 0)), (), s, t)
    >>> made.part(np.ones(4, bool)).total
    10.0
    >>> sum(made.part(y > 4).total for y in [y]) + made.part(y <= 4).total
    10.0
    """
    kinds = int(strata.max(initial=0)) + 1
    after = outcome - past[:, : len(theta)] @ np.array(theta, float) if theta else outcome.astype(float)
    n1 = np.bincount(strata[treated == 1], minlength=kinds)
    n0 = np.bincount(strata[treated == 0], minlength=kinds)
    centre = np.bincount(strata, after, minlength=kinds) / np.maximum(n1 + n0, 1)
    ratio = n1 / np.maximum(n0, 1)
    return Shares(after - centre[strata], np.where(treated == 1, 1.0, -ratio[strata]), strata, treated)
