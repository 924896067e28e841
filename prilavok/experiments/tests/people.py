"""A hundred and twenty customers with a past: enough to draw from, few enough to be quick."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from prilavok.catalog import actions as catalog
from prilavok.catalog.ports import ProductRef
from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.experiments import actions
from prilavok.experiments.actions import Candidate
from prilavok.experiments.actions.draws import Draw
from prilavok.experiments.queries import Comparison, Report
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import actions as orders
from prilavok.orders.ports import NewLine, NewReceipt
from tests.cast import NOON, forget, found_company, open_shop

PEOPLE = 120


def told(report: Report) -> Comparison:
    """The comparison that the report's first sentence speaks of."""
    assert report.main is not None
    return report.main


def register(shop: Shop) -> list[int]:
    new = [
        NewCustomer(
            external_id=f"c{number}",
            last_name="Проверкин",
            first_name=f"Покупатель {number}",
            sex="m" if number % 3 else "f",
            birth_date=date(1950 + number % 50, 5, 9),
            shop_id=shop.pk,
            email=f"c{number}@example.org",
            consents=(NewConsent(channel="email", source="test", text_version="1"),) if number < 100 else (),
        )
        for number in range(PEOPLE)
    ]
    made = customers.register_many(new, by=SYSTEM, at=NOON - timedelta(days=400))
    return [made[one.external_id] for one in new]


def drawn(profiles: list[int]) -> Draw:
    """Half of these get letters, always the same half; the report is due in four weeks."""
    persons = customer_queries.persons_of(profiles)
    return actions.draw(
        subject="campaign:1",
        title="Spring letters",
        candidates=[Candidate(profile, persons[profile]) for profile in profiles],
        control_share=0.5,
        horizon_days=28,
        by=SYSTEM,
        at=NOON,
        salt="fixed",
    )


@pytest.fixture
def regulars(shop_on_lenina: Shop) -> list[int]:
    """Profiles of customers without any purchases yet."""
    return register(shop_on_lenina)


@pytest.fixture
def buys(shop_on_lenina: Shop) -> Callable[..., None]:
    """buys([(profile, day, sum), …]): receipts of history, one line each, at noon of the day."""
    return lambda rows: load(shop_on_lenina, rows)


_number = iter(range(1, 10_000_000))


def load(shop: Shop, rows: list[tuple[int | None, date, float]]) -> None:
    bread = catalog.add_placeholders(["bread"], by=SYSTEM, at=NOON)["bread"]
    receipts = [
        NewReceipt(
            number=f"t{next(_number)}",
            shop_id=shop.pk,
            profile_id=profile,
            paid_at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
            currency="RUB",
            lines=[_line(bread, Decimal(str(amount)))],
        )
        for profile, day, amount in rows
    ]
    orders.load_receipts(receipts, by=SYSTEM)


def _line(product: ProductRef, amount: Decimal) -> NewLine:
    return NewLine(
        product.id, product.category_id, product.department_id, Decimal(1), "pcs", gross=amount, paid=amount
    )


def habits() -> np.ndarray:
    """What each of the regulars spent in each of sixteen weeks, people × weeks, in money."""
    random = np.random.default_rng(5)
    level = random.gamma(2, 200, PEOPLE)
    return np.round(level[:, None] * random.gamma(4, 0.25, (PEOPLE, 16)), 2)


def live(shop: Shop) -> list[int]:
    """The regulars, with sixteen weeks of purchases behind them."""
    people = register(shop)
    start = NOON.date() - timedelta(days=112)
    spent = habits()
    load(
        shop,
        [
            (profile, start + timedelta(days=7 * week), float(spent[place, week]))
            for place, profile in enumerate(people)
            for week in range(16)
        ],
    )
    journal.deliver()
    return people


def spend(shop: Shop, past: list[int], made: Draw, more: float) -> None:
    """Four weeks of purchases like those before; the mailed spend so much more a week.

    Within each arm every other customer spends 30 a week above their own average and the next one 30 below, so that
    chance, which favours one arm in every twentieth draw, favours none here: persons' ids differ from run to run.
    """
    rows: list[tuple[int | None, date, float]] = []
    turn = {"control": 1, "mailed": 1}
    for profile, usual in zip(past, habits().mean(axis=1), strict=True):
        arm = made.arms[profile]
        turn[arm] = -turn[arm]
        amount = max(float(usual) + 30 * turn[arm], 1.0) + (more if arm == "mailed" else 0.0)
        rows += [(profile, NOON.date() + timedelta(days=1 + 7 * week), round(amount, 2)) for week in range(4)]
    rows.append((None, NOON.date(), 77.0))
    load(shop, rows)
    journal.deliver()


@pytest.fixture
def past(shop_on_lenina: Shop) -> list[int]:
    """The regulars, with sixteen weeks of purchases behind them."""
    return live(shop_on_lenina)


@pytest.fixture(scope="module")
def standing_shop(standing_facts: None) -> Shop:
    """The shop on Lenina street, for all tests of a file."""
    forget()
    found_company()
    return open_shop()


@pytest.fixture(scope="module")
def standing_past(standing_shop: Shop) -> list[int]:
    """Like `past`, for all tests of a file."""
    return live(standing_shop)
