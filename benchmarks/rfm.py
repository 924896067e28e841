"""RFM of a whole base: first time, when everybody is written, and again, when only what changed is.

`SEGMENT_CUSTOMERS` and `SEGMENT_EVENTS` set the size, as of the benchmark `segments`; or BENCH_BASE names a base.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from benchmarks.ground import base
from benchmarks.measuring import Measured, against_limit
from benchmarks.segments import CUSTOMERS, EVENTS, NOW

BARE = """
    SELECT profile_id, max(local_date), count(), sum(revenue_units) FROM receipts
    WHERE kind = 'sale' AND local_date > toDate('2025-11-20') AND profile_id != 0 GROUP BY profile_id FORMAT Null
"""


def measure() -> list[Measured]:
    from prilavok.facts import client

    rows = base(CUSTOMERS, EVENTS)
    first = _seconds(lambda: _reckon(0))
    same = _seconds(lambda: _reckon(0))
    next_day = _seconds(lambda: _reckon(1))
    bare = _seconds(lambda: client.value(BARE, lane="heavy"))
    limit = 15 * rows["profiles"] / 1_000_000
    size = f"{rows['profiles']:,} customers, {rows['receipts']:,} receipts"
    return [
        Measured(
            f"RFM for the first time, everybody written ({size})",
            f"{first:.1f} s",
            first / bare,
            "bare",
            True,
        ),
        against_limit("RFM again, nothing changed", f"{same:.1f} s", same, limit, "s"),
        against_limit("RFM the day after, what changed written", f"{next_day:.1f} s", next_day, limit, "s"),
        Measured("RFM against bare", f"{same:.2f} s", same / bare, f"bare aggregation {bare:.2f} s", True),
        *_looked_at(bare),
    ]


def _looked_at(bare: float) -> list[Measured]:
    """What a page waits for: a scheme tried, moves between the two days, thirteen months of growth and churn."""
    from prilavok.kernel.actors import SYSTEM
    from prilavok.segments.rfm import actives, asking, schemes

    scheme, at = schemes.main(), NOW + timedelta(days=1)
    days = asking.between(scheme, NOW.date(), at.date(), at=at)
    waited = {
        "how many would stand where": lambda: schemes.preview({}, None, SYSTEM, at=at),
        "moves between two days": lambda: asking.flows(SYSTEM, scheme, days),
        "growth and churn of 13 months": lambda: actives.months(SYSTEM, count=13, days=90, at=at),
        "who bought how many times": lambda: actives.orders(SYSTEM, days=90, at=at),
    }
    taken = {name: _seconds(ask) for name, ask in waited.items()}
    return [
        Measured(f"RFM pages: {name}", f"{seconds:.2f} s", seconds / bare, "bare", True)
        for name, seconds in taken.items()
    ]


def _reckon(days: int) -> None:
    from prilavok.kernel.actors import SYSTEM
    from prilavok.segments import actions

    actions.reckon_rfm(by=SYSTEM, at=NOW + timedelta(days=days))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
