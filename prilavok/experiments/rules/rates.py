"""Yes-or-no outcomes: the difference of two shares with an interval that holds for rare events too.

MOVER (Zou & Donner, Statistics in Medicine 2008) on Wilson's intervals; with one stratum this is Newcombe's hybrid
score interval (Statistics in Medicine 1998, method 10):
    low = δ − √Σ w_s²[(p₁s − l₁s)² + (u₀s − p₀s)²],   high = δ + √Σ w_s²[(u₁s − p₁s)² + (p₀s − l₀s)²]
"""

import numpy as np

from prilavok.experiments.rules.cells import Cells, Floats
from prilavok.experiments.rules.effect import LEVEL, Effect, normal


def wilson(successes: Floats, n: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Wilson's interval of a share.

    >>> low, high = wilson(np.array(81.0), np.array(263.0))
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    z = normal(0.5 + level / 2)
    p = successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def difference(cells: Cells, *, arm: int = 1, level: float = LEVEL) -> Effect:
    """The arm's share minus the control's, weighted to the treated. Column 0 of the cells is 0 or 1.

    >>> n, p = np.array([[80.0, 70.0]]), np.array([[[48 / 80], [56 / 70]]])
    >>> found = difference(Cells(n, p, np.zeros((1, 2, 1, 1))))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    n1, n0 = cells.n[:, arm], cells.n[:, 0]
    p1, p0 = cells.mean[:, arm, 0], cells.mean[:, 0, 0]
    weight = n1 / n1.sum()
    (low1, high1), (low0, high0) = wilson(p1 * n1, n1, level), wilson(p0 * n0, n0, level)
    delta = float((weight * (p1 - p0)).sum())
    below = np.sqrt((weight**2 * ((p1 - low1) ** 2 + (high0 - p0) ** 2)).sum())
    above = np.sqrt((weight**2 * ((high1 - p1) ** 2 + (p0 - low0) ** 2)).sum())
    se = float((below + above) / 2 / normal(0.5 + level / 2))
    return Effect(delta, se, float(delta - below), float(delta + above), int(n1.sum()), (), level)
