"""Counting segments over a large base, against the bare question to the engine in the same run; and how soon a sale
puts a customer in or out.

`SEGMENT_CUSTOMERS` and `SEGMENT_EVENTS` set the size of the generated base (100,000 customers and 5,000,000 rows of
facts unless told; 1,000,000 and 100,000,000 is what is promised); or BENCH_BASE names one, see `ground`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from benchmarks.ground import base
from benchmarks.measuring import Measured, against_limit, percentile, times

CUSTOMERS = int(os.environ.get("SEGMENT_CUSTOMERS", "100000"))
EVENTS = int(os.environ.get("SEGMENT_EVENTS", "5000000"))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPEATS = 20
CHANGED, BUSY = 50, 15  # customers who buy in a second, and for how many seconds

MEAT = {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 2, "where": {"department": [7]}}
QUIET = {"fact": "purchases", "measure": "receipts", "op": "=", "value": 0, "window": {"last_days": 60}}
REACHABLE = {"trait": "email_ok", "is": True}
QUIET_BEFORE = {
    "fact": "purchases",
    "measure": "receipts",
    "op": ">=",
    "value": 0,
    "window": {"older_days": 400},
}
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
    return [*_counts(rows), *_membership(rows["profiles"])]


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


def _membership(customers: int) -> list[Measured]:
    """A busy shop: a hundred dynamic segments, fifty customers a second buy something that puts them in or out."""
    from prilavok.facts.schema import registry
    from prilavok.segments import conditions, reckoning

    nodes = {number: conditions.parse(tree, registry()) for number, tree in enumerate(_hundred())}
    people = [1 + 97 * number for number in range(CHANGED)]
    p95 = percentile(times(lambda: reckoning.judge(nodes, people, at=NOW), 10, warm=1), 0.95)
    found = [against_limit("100 segments asked about 50 people, p95", f"{p95 * 1000:,.0f} ms", p95, 2, "s")]
    with _worker():
        moved, missing = _busy_seconds(customers)
    waited = moved or [float("inf")]
    told = f"{percentile(waited, 0.5) * 1000:,.0f} ms p50, {percentile(waited, 0.95) * 1000:,.0f} ms p95"
    path = f"sale to in or out, {CHANGED} customers/s for {BUSY} s, 100 segments ({missing} never moved)"
    p95 = percentile(waited, 0.95)
    return [*found, Measured(path, told, p95 / 2, "≤ 2 s", p95 <= 2 and not missing)]


def _hundred() -> list[dict[str, Any]]:
    """Each of thirty departments: bought there lately; the others count and narrow it."""
    lately = {"window": {"last_days": 30}}
    trees = []
    for number in range(100):
        there = {"where": {"department": [1 + number % 30]}, "value": 1 + number // 30}
        trees.append({"all": [{**MEAT, **there, **lately}, QUIET_BEFORE if number % 3 else SPENT]})
    return trees


@contextmanager
def _worker() -> Iterator[None]:
    """The process that brings events to their consumers, as `prilavok worker` does."""
    code = "import django; django.setup(); from prilavok.kernel import worker; worker.run([])"
    seen = {"DJANGO_SETTINGS_MODULE": "prilavok.config.settings"}  # those for tests know no facts
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | seen)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _busy_seconds(customers: int) -> tuple[list[float], int]:
    """Seconds from each sale's record to the record of the first move that it caused; how many caused none."""
    from django.db import connection

    sell = _shop(customers)
    begun = time.monotonic()
    for number in range(BUSY * CHANGED):
        time.sleep(max(0.0, begun + number / CHANGED - time.monotonic()))
        sell(number)
    waited: list[float] = []
    for _attempt in range(60):
        with connection.cursor() as cursor:
            cursor.execute(_WAITED)
            waited = [float(row[0]) for row in cursor.fetchall()]
        if len(waited) >= BUSY * CHANGED:
            break
        time.sleep(0.5)
    return waited, BUSY * CHANGED - len(waited)


_WAITED = """
    SELECT extract(epoch FROM min(moved.recorded_at) - sold.recorded_at)
    FROM kernel_storedevent sold JOIN kernel_storedevent moved ON moved.cause = sold.id
    WHERE sold.type = 'orders.ReceiptPaid' AND moved.type IN ('segments.EnteredSegment', 'segments.LeftSegment')
    GROUP BY sold.id, sold.recorded_at
"""


def _shop(customers: int) -> Callable[[int], object]:
    """A till: `sell(number)` records a receipt of one thing from one of thirty departments, dear enough to count."""
    from prilavok.catalog import actions as catalog
    from prilavok.catalog.ports import NewCategory, NewProduct
    from prilavok.catalog.queries import products_by_code
    from prilavok.company import actions as company
    from prilavok.company.actions import NewShop
    from prilavok.kernel import clock
    from prilavok.kernel.actors import SYSTEM
    from prilavok.orders import actions as orders
    from prilavok.orders.ports import NewLine, NewReceipt
    from prilavok.segments.models import Kind, Segment, SegmentVersion

    at, departments = clock.now(), [f"till-{number}" for number in range(30)]
    shop = company.add_shops([NewShop(code="one", name="One")], by=SYSTEM, at=at)["one"]
    catalog.load_categories([NewCategory(code=one, name=one) for one in departments], by=SYSTEM, at=at)
    goods = [NewProduct(code=one, name=one, category_code=one) for one in departments]
    catalog.load_products(goods, by=SYSTEM, at=at)
    refs = [products_by_code(departments)[one] for one in departments]
    for number, tree in enumerate(_hundred()):  # empty at first: drawing them is not what is measured
        given = {"department": [refs[number % 30].department_id]}
        tree["all"][0] = {**tree["all"][0], "where": given, "value": 1}
        made = Segment.objects.create(
            name=f"S{number}",
            kind=Kind.DYNAMIC,
            made_at=at,
            changed_at=at,
            drawn_on=at.date(),
            reckoned_at=at,
        )
        made.current = SegmentVersion.objects.create(segment=made, number=1, tree=tree, at=at)
        made.save()

    def sell(number: int) -> object:
        ref, dear = refs[number % 30], Decimal(100_000)
        line = NewLine(ref.id, ref.category_id, ref.department_id, Decimal(1), "pcs", gross=dear, paid=dear)
        receipt = NewReceipt(
            number=f"b{number}",
            shop_id=shop.pk,
            till_code="1",
            paid_at=clock.now(),
            currency="RUB",
            lines=[line],
            profile_id=1 + number * 61 % customers,
        )
        return orders.record_receipt(receipt, by=SYSTEM, at=clock.now())

    return sell
