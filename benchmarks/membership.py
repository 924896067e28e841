"""Keeping a hundred dynamic segments: drawn from nothing, moved by sales, by a day that passes, asked by a till.

The base is that of `segments`: SEGMENT_CUSTOMERS and SEGMENT_EVENTS, or BENCH_BASE.
"""

import itertools
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from benchmarks import memory
from benchmarks.ground import base
from benchmarks.measuring import Measured, against_limit, percentile, times
from benchmarks.segments import CUSTOMERS, EVENTS, MEAT, NOW, SPENT

CHANGED, BUSY = 50, 15  # customers who buy in a second, and for how many seconds
PATIENCE = 600  # seconds for a journal never read
ASKED = 2_000  # questions "is this customer in?"
QUIET_BEFORE = {
    "fact": "purchases",
    "measure": "receipts",
    "op": ">=",
    "value": 0,
    "window": {"older_days": 400},
}


def measure() -> Iterator[Measured]:
    rows = base(CUSTOMERS, EVENTS)
    customers = rows["profiles"]
    yield from _kept(f"{customers:,} customers, {sum(rows.values()) - customers:,} events", customers)
    yield from _membership(customers)


def _kept(size: str, customers: int) -> Iterator[Measured]:
    """A hundred segments drawn from nothing one after another; a day that passes; who is in, asked at random."""
    from prilavok.kernel.actors import SYSTEM
    from prilavok.segments import actions, queries
    from prilavok.segments.models import Kind, Membership, Segment, SegmentVersion

    made = []
    for number, tree in enumerate(_hundred()):
        segment = Segment.objects.create(name=f"K{number}", kind=Kind.DYNAMIC, made_at=NOW, changed_at=NOW)
        segment.current = SegmentVersion.objects.create(segment=segment, number=1, tree=tree, at=NOW)
        segment.save()
        made.append(segment)
    drawn = []
    for segment in made:
        begun = time.perf_counter()
        actions.draw(segment, by=SYSTEM, at=NOW)
        drawn.append(time.perf_counter() - begun)
    stays = Membership.objects.count()
    told = f"{percentile(drawn, 0.5):,.2f} s p50, {percentile(drawn, 0.95):,.2f} s p95, {max(drawn):,.2f} s at most"
    told += f", the first {drawn[0]:,.2f} s"
    path = f"a segment drawn from nothing, 100 of {stays / 100:,.0f} people ({size})"
    yield Measured(path, told, max(drawn) / 3, "each ≤ 3 s", max(drawn) <= 3)

    dice = random.Random(1)
    asked = [(dice.choice(made).pk, dice.randint(1, customers)) for _ in range(ASKED)]
    taken = []
    for segment_id, profile_id in asked:
        begun = time.perf_counter()
        queries.is_in(segment_id, profile_id)
        taken.append(time.perf_counter() - begun)
    p99 = percentile(taken, 0.99)
    yield against_limit("is this customer in, p99", f"{p99 * 1000:,.1f} ms", p99, 0.01, "s")

    begun = time.perf_counter()
    moved = actions.wake(at=NOW + timedelta(days=1))
    woken = time.perf_counter() - begun
    told = f"{woken:,.1f} s, {moved.entered + moved.left:,} in or out"
    yield Measured(
        "a day passes, 100 segments", told, woken / 300, "≤ 300 s, how often it is looked", woken <= 300
    )
    Segment.objects.update(archived_at=NOW)


def _membership(customers: int) -> Iterator[Measured]:
    """A busy shop: a hundred dynamic segments, fifty customers a second buy something that puts them in or out."""
    from prilavok.facts.schema import registry
    from prilavok.segments import conditions, reckoning

    nodes = {number: conditions.parse(tree, registry()) for number, tree in enumerate(_hundred())}
    people = [_somebody(number, customers) for number in range(CHANGED)]
    p95 = percentile(times(lambda: reckoning.judge(nodes, people, at=NOW), 10, warm=1), 0.95)
    yield against_limit("100 segments asked about 50 people, p95", f"{p95 * 1000:,.0f} ms", p95, 2, "s")
    sell = _shop(customers)
    with _worker():
        sell(0)  # so that a worker still starting up is waited for
        yield _caught_up()
        yield _moved("", sell)
        _fill_profiles()
        yield _moved(", customers' facts filled anew meanwhile", sell)


def _somebody(number: int, customers: int) -> int:
    """One customer after another, far apart: whoever buys in the same second has nothing to do with each other."""
    return 1 + number * 15_485_863 % customers


def _caught_up() -> Measured:
    """A worker that has never read this journal comes to its end: the news that wait there are only then heard."""
    from prilavok.kernel import delivery, journal
    from prilavok.kernel.models import StoredEvent

    events, begun = StoredEvent.objects.count(), time.monotonic()
    while behind := {name for name in journal.consumers() if delivery.behind(name, at_most=1)}:
        if time.monotonic() - begun > PATIENCE:
            break
        time.sleep(1)
    taken = time.monotonic() - begun
    told = f"{taken:,.0f} s" + (f", not yet: {', '.join(sorted(behind))}" if behind else "")
    path = f"every consumer comes to the end of a journal of {events:,} events"
    return Measured(path, told, taken / PATIENCE, f"≤ {PATIENCE} s", not behind)


def _moved(besides: str, sell: Callable[[int], object]) -> Measured:
    moved, missing = _busy_seconds(sell)
    waited = moved + [float("inf")] * missing
    told = f"{percentile(waited, 0.5) * 1000:,.0f} ms p50, {percentile(waited, 0.95) * 1000:,.0f} ms p95"
    path = f"sale to in or out, {CHANGED} customers/s for {BUSY} s, 100 segments ({missing} never moved){besides}"
    p95 = percentile(waited, 0.95)
    return Measured(path, told, p95 / 2, "≤ 2 s", p95 <= 2 and not missing)


def _fill_profiles() -> None:
    """As after an upgrade that knows more of customers: the worker fills their rows in the background."""
    from prilavok.facts import actions, client, filling
    from prilavok.kernel import jobs

    for statement in filling.SHAPES.created():
        client.execute(statement)
    filling.note_filled([name for name in filling.outdated() if name != "profiles"])
    client.execute("DELETE FROM shapes WHERE name = 'profiles'")
    client.execute("ALTER TABLE profiles UPDATE email_ok = 1 - email_ok WHERE profile_id % 2 = 0")
    jobs.later(actions.fill, lock="facts.fill")


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
    memory.watch("the worker", process.pid)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=90)


def _busy_seconds(sell: Callable[[int], object]) -> tuple[list[float], int]:
    """Seconds from each sale's record to the record of the first move that it caused; how many caused none."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        since = cursor.fetchone()[0]
    begun = time.monotonic()
    for number in range(BUSY * CHANGED):
        time.sleep(max(0.0, begun + number / CHANGED - time.monotonic()))
        sell(number)
    waited: list[float] = []
    for _attempt in range(60):
        with connection.cursor() as cursor:
            cursor.execute(_WAITED, [since])
            waited = [float(row[0]) for row in cursor.fetchall()]
        if len(waited) >= BUSY * CHANGED:
            break
        time.sleep(0.5)
    return waited, BUSY * CHANGED - len(waited)


_WAITED = """
    SELECT extract(epoch FROM min(moved.recorded_at) - sold.recorded_at)
    FROM kernel_storedevent sold JOIN kernel_storedevent moved ON moved.cause = sold.id
    WHERE sold.type = 'orders.ReceiptPaid' AND sold.recorded_at >= %s
      AND moved.type IN ('segments.EnteredSegment', 'segments.LeftSegment')
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
    from prilavok.orders.models import Receipt
    from prilavok.orders.ports import NewLine, NewReceipt
    from prilavok.segments.models import Kind, Segment, SegmentVersion

    at, departments = clock.now(), [f"till-{number}" for number in range(30)]
    shop = company.add_shops([NewShop(code="one", name="One")], by=SYSTEM, at=at)["one"]
    catalog.load_categories([NewCategory(code=one, name=one) for one in departments], by=SYSTEM, at=at)
    goods = [NewProduct(code=one, name=one, category_code=one) for one in departments]
    catalog.load_products(goods, by=SYSTEM, at=at)
    refs = [products_by_code(departments)[one] for one in departments]
    Segment.objects.update(archived_at=at)  # those of an earlier run on the same base
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

    sold = itertools.count(Receipt.objects.count())  # whoever bought in an earlier run is in already

    def sell(number: int) -> object:
        ref, dear, whose = refs[number % 30], Decimal(100_000), next(sold)
        line = NewLine(ref.id, ref.category_id, ref.department_id, Decimal(1), "pcs", gross=dear, paid=dear)
        receipt = NewReceipt(
            number=f"b{at:%y%m%d%H%M%S}-{whose}",
            shop_id=shop.pk,
            till_code="1",
            paid_at=clock.now(),
            currency="RUB",
            lines=[line],
            profile_id=_somebody(whose, customers),
        )
        return orders.record_receipt(receipt, by=SYSTEM, at=clock.now())

    return sell
