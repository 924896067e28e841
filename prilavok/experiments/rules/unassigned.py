"""Campaigns without a random control: what a naive report claims, and what is left of it.

Naive: (mean of the targeted − mean of all others) × number targeted. It credits the campaign with whatever set the
targeted apart before. Difference in differences (Card & Krueger 1994) takes that off: mean change of the targeted −
mean change of the others, Welch's interval over customers. It holds only if both groups would have changed by the
same amount of money without the campaign; the same reckoning over two windows before it (placebo) should then give
zero, and often doesn't.
"""

from dataclasses import dataclass

import numpy as np

from prilavok.experiments.rules.cells import Bools, Floats, cells
from prilavok.experiments.rules.effect import Effect, effect


@dataclass(frozen=True)
class Unassigned:
    """The naive figure beside the difference in differences and its placebo. Money per window."""

    targeted: int
    others: int
    mean_targeted: float
    mean_others: float
    before_targeted: float
    before_others: float
    difference: Effect
    change: Effect
    placebo: Effect | None

    @property
    def naive_total(self) -> float:
        return (self.mean_targeted - self.mean_others) * self.targeted

    @property
    def ratio_before(self) -> float:
        """How many times more the targeted had spent already in the window before."""
        return self.before_targeted / self.before_others if self.before_others else float("inf")


def compare(during: Floats, before: Floats, earlier: Floats | None, targeted: Bools) -> Unassigned:
    """Each customer's revenue in the window, in the equally long one before and in the one before that.

    >>> t = np.array([True, True, True, False, False, False])
    >>> found = compare(np.array([9.0, 8, 10, 3, 4, 2]), np.array([8.0, 8, 8, 2, 3, 1]), None, t)
    >>> found.naive_total, round(found.change.per_customer, 2), found.ratio_before
    (18.0, 0.0, 4.0)
    """
    return Unassigned(
        targeted=int(targeted.sum()),
        others=int((~targeted).sum()),
        mean_targeted=float(during[targeted].mean()),
        mean_others=float(during[~targeted].mean()),
        before_targeted=float(before[targeted].mean()),
        before_others=float(before[~targeted].mean()),
        difference=_welch(during, targeted),
        change=_welch(during - before, targeted),
        placebo=None if earlier is None else _welch(before - earlier, targeted),
    )


def _welch(values: Floats, targeted: Bools) -> Effect:
    nobody = np.zeros(len(values), dtype=np.int64)
    return effect(cells(values[:, None], nobody, targeted.astype(np.int64), arm_count=2), adjusted=False)
