"""A series of Marina's: ten per cent in March, one use each."""

from datetime import timedelta
from decimal import Decimal

import pytest

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.models import CouponSeries, Programme
from prilavok.loyalty.ports import NewSeries
from prilavok.loyalty.tests.till import Till
from prilavok.orders.tests.conftest import basket, goods, line
from tests.cast import NOON

__all__ = ["basket", "goods", "line"]


@pytest.fixture
def march(the_company: None) -> CouponSeries:
    return loyalty.create_series(
        NewSeries(
            code="MARCH",
            name="Ten per cent in March",
            reward_kind="percent",
            reward_value=Decimal(10),
            valid_from=NOON - timedelta(days=1),
            valid_until=NOON + timedelta(days=30),
            personal=True,
            uses=1,
        ),
        by=SYSTEM,
        at=NOON,
    )


@pytest.fixture
def spring(the_company: None) -> CouponSeries:
    """For anybody, as often as the code is named."""
    return loyalty.create_series(
        NewSeries(
            code="SPRING",
            name="Spring",
            reward_kind="amount",
            reward_value=Decimal(300),
            valid_from=NOON - timedelta(days=1),
            minimum=Decimal(100),
            uses=2,
        ),
        by=SYSTEM,
        at=NOON,
    )


@pytest.fixture
def ann(anna: Profile) -> Profile:
    """Anna, whom the site knows by another telephone."""
    return customers.register(
        NewCustomer(first_name="Анна", last_name="Ковалева", phone="8 (916) 765-43-21", source="site"),
        by=SYSTEM,
        at=NOON,
    )


@pytest.fixture
def marinas_hand(marina: Employee) -> Employee:
    return marina


@pytest.fixture
def programme(the_company: None) -> Programme:
    """Points in all brands: good at once, for a year; debts are written down."""
    return loyalty.make_programme(code="points", name="Points", by=SYSTEM, at=NOON)


@pytest.fixture
def till(klara: Employee, shop_on_lenina: Shop, programme: Programme) -> Till:
    return Till(klara, shop_on_lenina, programme)
