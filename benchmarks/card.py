"""Among a million customers: the card of one with 5,000 events, and the list.

`CARD_CUSTOMERS` makes a smaller base for a quick look; a base that stands already (`BENCH_BASE`, made by an earlier run
in that home) is measured as it is.
"""

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.measuring import Measured, against_floor, against_limit, percentile, times

CUSTOMERS = int(os.environ.get("CARD_CUSTOMERS", "1000000"))
EVENTS = 5_000
LOOKS = 200
MERGED = 200  # people of two records: nothing here may be quick only where nobody was merged
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def measure() -> list[Measured]:
    loaded = list(load())
    client, bare = _olga(), "/settings/me/"
    page = f"/customers/{_busy().public_id}/"
    assert client.get(page).status_code == 200
    card, alone = _looks(client, page), _looks(client, bare)
    p50, p99 = percentile(card, 0.5), percentile(card, 0.99)
    queries = _queries(lambda: client.get(page))
    at = f"{CUSTOMERS:,} customers, {EVENTS:,} events"
    return [
        *loaded,
        against_limit(f"card p50, {at}", f"{p50:.1f} ms", p50, 20, "ms"),
        against_limit("card p99", f"{p99:.1f} ms", p99, 80, "ms"),
        against_limit("card, queries in all", str(queries), queries, 12, "queries"),
        _against_page("card against an empty page", p50, percentile(alone, 0.5)),
        *_timelines(client, page),
        *_searches(client),
        *_own_fields(client),
    ]


def _looks(client: Any, address: str) -> list[float]:
    return [one * 1000 for one in times(lambda: client.get(address), LOOKS)]


def _timelines(client: Any, page: str) -> list[Measured]:
    """The timeline of the busy customer: as it opens, its last stretch, some days, a word that nothing says."""
    day = (NOW - timedelta(days=100)).date()
    found = []
    for name, query in {
        "timeline": "",
        "timeline, some days": f"?since={day}&until={day}",
        "timeline, a word of nothing": "?text=zebra",
    }.items():
        taken = [one * 1000 for one in times(lambda a=f"{page}timeline/{query}": client.get(a), 50)]  # type: ignore[misc]
        p50 = percentile(taken, 0.5)
        found.append(
            against_limit(f"{name}, p50", f"{p50:.1f} ms", p50, 200 if "text" in query else 20, "ms")
        )
    return found


def _against_page(path: str, ours: float, bare: float) -> Measured:
    return Measured(path, f"{ours:.1f} ms", ours / bare, f"{bare:.1f} ms", True)


def load() -> Iterator[Measured]:
    """The customers, some of them merged, and the busy one, unless the base has them."""
    if _busy() is not None:
        return
    shop_id, rate = load_customers()
    merge_some()
    _make_busy(shop_id)
    yield against_floor("customers loaded", f"{rate:,.0f} rows/s", rate, 15_000, "rows/s")


def _busy() -> Any:
    from prilavok.customers.models import Identifier

    found = Identifier.objects.filter(kind="card", value=BUSY).select_related("profile").first()
    return found and found.profile


def load_customers(customers: int = CUSTOMERS) -> tuple[int, float]:
    """The shop, and customers per second with checks, dedup and journal."""
    from prilavok.company import actions as company
    from prilavok.customers import actions
    from prilavok.kernel.actors import SYSTEM

    company.make_roles()
    company.name_company(name="Bench", currency="RUB", timezone="Europe/Moscow", language="ru", by=SYSTEM)
    shop = company.add_shops([company.NewShop(code="1", name="1")], by=SYSTEM, at=NOW)["1"]
    spent = 0.0
    for rows in _customers(shop.pk, customers):
        begun = time.perf_counter()
        actions.load_customers(rows, by=SYSTEM, at=NOW)
        spent += time.perf_counter() - begun
    analyze()
    return shop.pk, customers / spent


def _customers(shop_id: int, customers: int) -> Iterator[list[Any]]:
    from prilavok.customers.ports import NewConsent, NewCustomer

    chance = random.Random(1)
    last, first = (
        ["Иванов", "Петрова", "Ковалёв", "Орлова", "Белов", "Зайцева"],
        ["Анна", "Пётр", "Вера", "Ян"],
    )
    consent = (NewConsent(channel="email", source="till"),)
    for start in range(0, customers, 5_000):
        yield [
            NewCustomer(
                external_id=f"crm-{n}",
                last_name=f"{chance.choice(last)}{chance.randrange(5_000)}",
                first_name=chance.choice(first),
                email=f"c{n}@example.org",
                phone=f"+79{n:09}",
                cards=(f"29{n:011}",),
                shop_id=shop_id,
                registered_at=NOW - timedelta(minutes=n),
                consents=consent if n % 10 < 7 else (),
            )
            for n in range(start, min(start + 5_000, customers))
        ]


def analyze() -> None:
    """Have PostgreSQL count its tables, as it does by itself some time after much was written."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


BUSY = "1"  # their card


def _make_busy(shop_id: int) -> None:
    """A customer to whom 5,000 things have happened."""
    from django.db import transaction

    from prilavok.customers import actions
    from prilavok.customers.events import CustomerChanged
    from prilavok.customers.ports import NewConsent, NewCustomer
    from prilavok.kernel import journal
    from prilavok.kernel.actors import SYSTEM

    new = NewCustomer(
        external_id="anna",
        last_name="Ковалёва",
        first_name="Анна",
        email="anna@example.org",
        phone="+79161234567",
        cards=(BUSY,),
        shop_id=shop_id,
        consents=(NewConsent(channel="email"),),
    )
    profile = actions.register(new, by=SYSTEM, at=NOW)
    event = CustomerChanged(profile_id=profile.pk, fields=("last_name",))
    with transaction.atomic():
        journal.record_many(
            (journal.Entry(event, at=NOW - timedelta(hours=n), customer=profile.pk) for n in range(EVENTS)),
            by=SYSTEM,
            live=False,
        )


def _olga() -> Any:
    from django.test import Client

    from prilavok.company import actions as company
    from prilavok.kernel.actors import SYSTEM

    olga = company.add_employee(
        email=f"olga{time.time()}@example.org",
        name="Olga",
        password="a-long-password-1",
        roles=["owner"],
        by=SYSTEM,
        at=NOW,
    )
    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _queries(work: Any) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def _searches(client: Any) -> list[Measured]:
    """The list's page, plain and with each kind of search."""
    found = []
    for name, query in {
        "list": "",
        "list, page by name": "?sort=name",
        "search, name": "?q=ковалев12 ан",
        "search, frequent name": "?q=иванов",
        "search, name of nobody": "?q=ковалевская анна",
        "search, phone": "?q=%2B7 900 001-23",
        "search, end of a phone": "?q=1234",
        "search, card": "?q=2900000012",
        "search, e-mail": "?q=c77777@",
        "list, not reachable": "?reach=not_email",
    }.items():
        address = f"/customers/{query}"
        p50 = percentile([one * 1000 for one in times(lambda a=address: client.get(a), 15)], 0.5)  # type: ignore[misc]
        found.append(against_limit(name, f"{p50:.1f} ms", p50, 200, "ms"))
    return found


def _own_fields(client: Any) -> list[Measured]:
    """The list found, narrowed and sorted by fields of the company's own, which everybody has."""
    _fill_own_fields()
    found = []
    for name, query in {
        "own text, part of it": "?q=ник-77777",
        "own number, a few": "?own.bench_height.from=209&own.bench_height.to=209",
        "own number, half of all": "?own.bench_height.from=160",
        "own choice, a rare one": "?own.bench_style=chess",
        "own choice of a few": "?own.bench_style=chess&own.bench_height.to=150",
        "own text, narrowed by it": "?own.bench_nick=ник-77777",
        "list by an own number": "?columns=own.bench_height&sort=-own.bench_height",
    }.items():
        address = f"/customers/{query}"
        assert client.get(address).status_code == 200
        p50 = percentile([one * 1000 for one in times(lambda a=address: client.get(a), 15)], 0.5)  # type: ignore[misc]
        found.append(against_limit(name, f"{p50:.1f} ms", p50, 200, "ms"))
    return found


def _fill_own_fields() -> None:
    """Three fields, with values for everybody and the indexes that they get in use."""
    from django.db import connection

    from prilavok.customers import actions, queries
    from prilavok.customers.models import OwnField
    from prilavok.kernel.actors import SYSTEM

    if OwnField.objects.filter(code="bench_height").exists():
        return
    for code, kind, more in (
        ("bench_nick", "text", {"searched": True}),
        ("bench_height", "number", {}),
        ("bench_style", "choice", {"options": ["sport", "chess"]}),
    ):
        actions.add_own_field(name=code, kind=kind, code=code, filtered=True, by=SYSTEM, **more)
    with connection.cursor() as cursor:
        cursor.execute(  # numbers stand there as texts; one in a thousand plays chess
            "UPDATE customers_profile SET own = own || jsonb_build_object('bench_nick', 'ник-' || id, 'bench_height', "
            "(150 + id % 60)::text, 'bench_style', CASE WHEN id % 1000 = 0 THEN 'chess' ELSE 'sport' END)"
        )
        for field in OwnField.objects.filter(code__startswith="bench_"):
            for index, sql in queries.own_indexes(field).items():
                if sql:
                    cursor.execute(f"CREATE INDEX IF NOT EXISTS {index} ON customers_profile {sql}")
    queries.forget_own_fields()
    analyze()


def merge_some() -> None:
    from prilavok.customers import actions, queries
    from prilavok.kernel.actors import SYSTEM

    cards = [f"29{n:011}" for n in range(2 * MERGED)]
    owners = queries.profile_ids_by_identifier("card", cards)
    for into, other in zip(cards[::2], cards[1::2], strict=True):
        actions.merge(profile_id=owners[into], other_id=owners[other], by=SYSTEM, at=NOW)
