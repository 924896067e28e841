"""Counting segments over a large base, against the bare question to the engine in the same run.

`SEGMENT_CUSTOMERS` and `SEGMENT_EVENTS` set the size of the generated base (100,000 customers and 5,000,000 rows of
facts unless told; 1,000,000 and 100,000,000 is what is promised); or BENCH_BASE names one, see `ground`.
"""

import os
from datetime import UTC, datetime
from typing import Any

from benchmarks.ground import base
from benchmarks.measuring import Measured, against_limit, percentile, times

CUSTOMERS = int(os.environ.get("SEGMENT_CUSTOMERS", "100000"))
EVENTS = int(os.environ.get("SEGMENT_EVENTS", "5000000"))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPEATS = 20

MEAT = {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 2, "where": {"department": [7]}}
QUIET = {"fact": "purchases", "measure": "receipts", "op": "=", "value": 0, "window": {"last_days": 60}}
REACHABLE = {"trait": "email_ok", "is": True}
SPENT = {"fact": "purchases", "measure": "revenue", "op": ">=", "value": 500, "window": {"last_days": 180}}
TREES: dict[str, Any] = {
    "meat twice, quiet for 60 days, reachable": {"all": [MEAT, QUIET, REACHABLE]},
    "meat twice, reachable": {"all": [MEAT, REACHABLE]},
    "spent 500 in half a year, women over 30": {
        "all": [
            SPENT,
            {"trait": "sex", "op": "in", "value": ["f"]},
            {"trait": "age", "op": ">=", "value": 30},
        ]
    },
}
# What an engineer would ask by hand for the first tree: the least that any compiler has to make the engine do.
BARE = """
    SELECT count() FROM profiles FINAL WHERE email_ok = 1
    AND profile_id IN (SELECT profile_id FROM receipt_lines WHERE department_id = 7 AND kind = 'sale'
                       GROUP BY profile_id HAVING uniqExact(receipt_id) >= 2)
    AND profile_id NOT IN (SELECT profile_id FROM receipts WHERE kind = 'sale' AND local_date > toDate('2026-09-21'))
"""


def measure() -> list[Measured]:
    rows = base(CUSTOMERS, EVENTS)
    return _counts(rows)


def _counts(rows: dict[str, int]) -> list[Measured]:
    from prilavok.facts import client
    from prilavok.kernel.actors import SYSTEM
    from prilavok.segments import queries

    size = f"{rows['profiles']:,} customers, {sum(rows.values()) - rows['profiles']:,} events"
    found = []
    typical = 0.0
    for name, tree in TREES.items():
        taken = times(lambda asked=tree: queries.count(asked, SYSTEM, at=NOW), REPEATS)  # type: ignore[misc]
        typical = typical or percentile(taken, 0.5)
        p95 = percentile(taken, 0.95)
        found.append(
            against_limit(f"segment count p95, {name} ({size})", f"{p95 * 1000:,.0f} ms", p95, 1, "s")
        )
    bare = percentile(times(lambda: client.value(BARE), REPEATS), 0.5)
    ratio = typical / bare
    bare_told = f"bare engine {bare * 1000:,.0f} ms, ≤ 1.5"
    found.append(
        Measured(
            "segment count p50 against bare", f"{typical * 1000:,.0f} ms", ratio, bare_told, ratio <= 1.5
        )
    )
    return found
