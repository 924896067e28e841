"""Whether the arms have the sizes that were planned (sample ratio mismatch; Fabijan et al., KDD 2019).

Pearson's χ² of the counts against the planned shares; p below 0.001 means that the split is broken and nothing
below it may be believed, however good it looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

ALARM = 0.001


@dataclass(frozen=True)
class Split:
    """The check. `checked` is False when no shares were planned that could be compared."""

    checked: bool
    chi2: float
    p: float

    @property
    def broken(self) -> bool:
        return self.checked and self.p < ALARM


def check(counts: Sequence[int], shares: Sequence[float] | None) -> Split:
    """Counts per arm against planned shares.

    >>> round(check([821_588, 815_482], [0.5, 0.5]).p, 8)
    1.82e-06
    >>> check([900, 100], None).checked
    False
    """
    if shares is None or sum(counts) == 0 or len(counts) < 2:
        return Split(False, 0.0, 1.0)
    planned = np.array(shares, float) / sum(shares) * sum(counts)
    chi2 = float(((np.array(counts, float) - planned) ** 2 / planned).sum())
    return Split(True, chi2, float(special.chdtrc(len(counts) - 1, chi2)))


def evenly_planned(counts: Sequence[int]) -> list[float] | None:
    """Equal shares, where the counts look as if they were meant to be equal; else nobody knows the plan.

    >>> evenly_planned([21_306, 21_307, 21_387]) is None, evenly_planned([85, 15]) is None
    (False, True)
    """
    share = sum(counts) / max(1, len(counts))
    near = all(abs(count - share) <= 0.1 * share for count in counts)
    return [1 / len(counts)] * len(counts) if counts and near else None
