"""Counting segments and reckoning RFM over a large base, each against the bare question to the engine in the same run.

`SEGMENT_CUSTOMERS` and `SEGMENT_LINES` set the size (100,000 customers and 5,000,000 lines unless told;
1,000,000 and 80,000,000 is what is promised). The base is made inside the engine: skewed, the same every time.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from benchmarks.measuring import Measured, against_limit, percentile, times

CUSTOMERS = int(os.environ.get("SEGMENT_CUSTOMERS", "100000"))
LINES = int(os.environ.get("SEGMENT_LINES", "5000000"))
RECEIPTS = LINES // 4
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
BARE_RFM = """
    SELECT profile_id, max(local_date), count(), sum(revenue_units) FROM receipts
    WHERE kind = 'sale' AND local_date > toDate('2025-11-20') AND profile_id != 0 GROUP BY profile_id FORMAT Null
"""


def measure() -> list[Measured]:
    _fill()
    return [*_counts(), *_membership(), *_rfm()]


def _fill() -> None:
    """Customers by a square law: the first tenth makes a third of the receipts. One receipt in ten is nobody's."""
    from prilavok.facts import client

    client.execute(f"""
        INSERT INTO profiles (profile_id, person_id, sex, birth_date, registered_at, registered_shop_id, status,
            has_email, has_phone, consent_email, email_ok, version)
        SELECT number + 1, number + 1, ['f', 'm', ''][1 + cityHash64(number, 1) % 3],
            toDate32('1945-01-01') + cityHash64(number, 2) % 22000, toDateTime64('2024-01-01 00:00:00', 3, 'UTC'),
            1 + cityHash64(number, 3) % 300, 'active', 1, 1, cityHash64(number, 4) % 10 < 7,
            cityHash64(number, 4) % 10 < 7, 1 FROM numbers({CUSTOMERS})""")
    some = f"1 + toInt64({CUSTOMERS} * pow((cityHash64(r, 6) % 1000003) / 1000003, 2))"
    person = f"if(cityHash64(r, 5) % 10 = 0, 0, {some})"
    day = "toDate('2026-11-20') - toUInt16(cityHash64(r, 7) % 700)"
    head = f"""r + 1 AS receipt_id, least({person}, {CUSTOMERS}) AS profile_id,
        if(cityHash64(r, 8) % 50 = 0, 'return', 'sale') AS kind, {day} AS local_date,
        toDateTime64(local_date, 3, 'UTC') AS happened_at, 12 AS local_hour, 1 AS brand_id,
        1 + cityHash64(r, 9) % 300 AS shop_id"""
    names = "receipt_id, profile_id, kind, local_date, happened_at, local_hour, brand_id, shop_id"
    for start in range(0, RECEIPTS, 2_500_000):
        part = f"numbers({start}, {min(2_500_000, RECEIPTS - start)})"
        client.execute(f"""
            INSERT INTO receipts ({names}, currency, revenue_units, paid_units, lines, items)
            SELECT {head}, 'RUB', if(kind = 'sale', 1, -1) * toInt64(10000 + cityHash64(r, 10) % 900000) AS sums, sums,
                4, 4 FROM (SELECT number AS r FROM {part})""")
        client.execute(f"""
            INSERT INTO receipt_lines ({names}, line, product_id, category_id, department_id, quantity,
                revenue_units, paid_units)
            SELECT {head}, l, 1 + cityHash64(r, l, 11) % 90000 AS product_id, 1 + product_id % 300 AS category_id,
                1 + category_id % 30, 1, if(kind = 'sale', 1, -1) * toInt64(2500 + cityHash64(r, l) % 220000) AS sums,
                sums
            FROM (SELECT number AS r, arrayJoin([1, 2, 3, 4]) AS l FROM {part})""")


def _counts() -> list[Measured]:
    from prilavok.facts import client
    from prilavok.kernel.actors import SYSTEM
    from prilavok.segments import queries

    base = f"{CUSTOMERS:,} customers, {LINES:,} lines"
    found = []
    typical = 0.0
    for name, tree in TREES.items():
        taken = times(lambda asked=tree: queries.count(asked, SYSTEM, at=NOW), REPEATS)  # type: ignore[misc]
        typical = typical or percentile(taken, 0.5)
        p95 = percentile(taken, 0.95)
        found.append(
            against_limit(f"segment count p95, {name} ({base})", f"{p95 * 1000:,.0f} ms", p95, 1, "s")
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


def _membership() -> list[Measured]:
    """Fifty changed customers looked at in a hundred segments: what one second of a busy shop asks."""
    from prilavok.facts.schema import registry
    from prilavok.segments import conditions, reckoning

    nodes = {}
    for number in range(100):
        bought = {**MEAT, "value": 1 + number % 5, "where": {"department": [1 + number % 30]}}
        nodes[number] = conditions.parse({"all": [bought, QUIET, REACHABLE]}, registry())
    people = [1 + 97 * number for number in range(50)]
    p95 = percentile(times(lambda: reckoning.judge(nodes, people, at=NOW), 10, warm=1), 0.95)
    return [against_limit("100 segments, 50 changed customers, p95", f"{p95 * 1000:,.0f} ms", p95, 2, "s")]


def _rfm() -> list[Measured]:
    from prilavok.facts import client

    _customers_of_postgres()
    first = _seconds(_reckon)
    again = _seconds(_reckon)
    bare = _seconds(lambda: client.value(BARE_RFM, lane="heavy"))
    limit = 15 * CUSTOMERS / 1_000_000
    return [
        against_limit(f"RFM of {CUSTOMERS:,}, everybody written", f"{first:.1f} s", first, limit, "s"),
        against_limit("RFM again, only what changed written", f"{again:.1f} s", again, limit, "s"),
        Measured("RFM against bare", f"{again:.2f} s", again / bare, f"bare aggregation {bare:.2f} s", True),
    ]


def _reckon() -> None:
    from prilavok.kernel.actors import SYSTEM
    from prilavok.segments import actions

    actions.reckon_rfm(by=SYSTEM, at=NOW)


def _customers_of_postgres() -> None:
    """Profiles for the scores to point at, by plain SQL: this bench does not measure loading."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_person (id, public_id, kind, last_name, first_name, middle_name, sex, invented) "
            "OVERRIDING SYSTEM VALUE "
            "SELECT n, gen_random_uuid(), 'person', '', '', '', '', true FROM generate_series(1, %s) AS n",
            [CUSTOMERS],
        )
        cursor.execute(_PROFILES, [CUSTOMERS])


_PROFILES = """
    INSERT INTO customers_profile (id, public_id, person_id, registered_at, status, source, own)
    OVERRIDING SYSTEM VALUE
    SELECT n, gen_random_uuid(), n, now(), 'active', 'bench', '{}' FROM generate_series(1, %s) AS n
"""


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
