"""Groups that reports cut by, and the cap that keeps one great basket from deciding a verdict."""

from datetime import date

import numpy as np

from prilavok.experiments.rules.cells import Floats, Ints

AGES = (21, 26, 31, 36, 41, 46, 51, 56, 61, 66, 71, 76)
RECENCY = (7, 14, 30, 60, 90, 180)
CAP_PERCENTILE = 99.9


def age(born: date, on: date) -> int:
    """Whole years.

    >>> age(date(2000, 2, 29), date(2021, 2, 28)), age(date(2000, 2, 29), date(2021, 3, 1))
    (20, 21)
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age_band(years: int | None) -> str:
    """The report's age bands.

    >>> age_band(20), age_band(21), age_band(25), age_band(76), age_band(None)
    ('21-', '21-25', '21-25', '76+', '')
    """
    if years is None:
        return ""
    if years < AGES[0]:
        return "21-"
    if years >= AGES[-1]:
        return "76+"
    start = max(edge for edge in AGES if edge <= years)
    return f"{start}-{start + 4}"


def recency_band(days: int | None) -> str:
    """Days since the last purchase before the draw, in bands.

    >>> recency_band(0), recency_band(8), recency_band(400), recency_band(None)
    ('0-7', '8-14', '181+', '')
    """
    if days is None:
        return ""
    below = 0
    for edge in RECENCY:
        if days <= edge:
            return f"{below}-{edge}"
        below = edge + 1
    return f"{below}+"


def quantiles(values: Floats, parts: int = 5) -> Ints:
    """Each value's part from 1 (lowest) to `parts`, of equal sizes; equal values stay together.

    >>> quantiles(np.array([10.0, 20, 30, 40, 50])).tolist()
    [1, 2, 3, 4, 5]
    >>> quantiles(np.array([0.0, 0, 0, 0, 50])).tolist()
    [3, 3, 3, 3, 5]
    """
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2)[inverse] / len(values)
    return np.minimum(np.floor(middle * parts).astype(np.int64) + 1, parts)


def cap(past: Floats) -> float | None:
    """Where outcomes are cut: the CAP_PERCENTILE of the same people's spending in an equally long window before.

    Fixed before the start, so that nobody chooses it by its result. None with fewer than 200 people or without a past.

    >>> cap(np.zeros(500)) is None, round(cap(np.arange(1001.0)) or 0)
    (True, 999)
    """
    if len(past) < 200 or not np.any(past > 0):
        return None
    return float(np.percentile(past, CAP_PERCENTILE))


def capped(values: Floats, at: float | None) -> Floats:
    """Values above the cap stand at the cap (winsorising)."""
    return values if at is None else np.minimum(values, at)


def age_bands() -> tuple[str, ...]:
    """All bands of age in order.

    >>> len(age_bands()), age_bands()[:2], age_bands()[-1]
    (13, ('21-', '21-25'), '76+')
    """
    return ("21-", *(age_band(edge) for edge in AGES))


def recency_bands() -> tuple[str, ...]:
    """All bands of recency in order.

    >>> recency_bands()[0], recency_bands()[-1]
    ('0-7', '181+')
    """
    return tuple(recency_band(days) for days in (*RECENCY, RECENCY[-1] + 1))
