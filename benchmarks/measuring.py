"""What a benchmark returns, and how a list of times becomes figures."""

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """One hot path: what was measured, against what, and the ratio of the two.

    `ratio` is measured / limit (at most 1 is wanted) or, with `peer`, ours / the peer's in the same run.
    """

    path: str
    figure: str
    ratio: float
    against: str
    holds: bool


def against_limit(path: str, figure: str, measured: float, limit: float, unit: str) -> Measured:
    """At most `limit` is promised."""
    return Measured(path, figure, measured / limit, f"≤ {limit:g} {unit}", measured <= limit)


def against_floor(path: str, figure: str, measured: float, floor: float, unit: str) -> Measured:
    """At least `floor` is promised; the ratio is measured / floor (at least 1 is wanted)."""
    return Measured(path, figure, measured / floor, f"≥ {floor:g} {unit}", measured >= floor)


def times(work: Callable[[], object], repeats: int, *, warm: int = 3) -> list[float]:
    """Seconds of each call, after some that don't count."""
    for _ in range(warm):
        work()
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return taken


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values don't exceed.

    >>> percentile([1, 2, 3, 4], 0.5)
    2
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and those that it started have taken, as Linux tells it; elsewhere 0."""
    ticks: dict[int, int] = {}
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            told = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(place.name)], ticks[int(place.name)] = int(told[1]), int(told[11]) + int(told[12])
    family, size = {pid}, 0
    while len(family) > size:
        size = len(family)
        family |= {child for child, parent in parents.items() if parent in family}
    return sum(ticks.get(one, 0) for one in family) / os.sysconf("SC_CLK_TCK")
