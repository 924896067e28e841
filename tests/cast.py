"""The people and things that every test knows by name.

Klara sits at the till, Oleg answers calls, Marina does marketing, Olga owns the shop, Ada administers it, Max works
here too but has no rights at all. The shop stands on Lenina street in Moscow's time zone.
"""

from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.test import Client

from prilavok.company import actions as company
from prilavok.company import queries as company_queries
from prilavok.company.actions import NewShop
from prilavok.company.models import Brand, Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.kernel import journal, limits
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.loyalty import queries as loyalty
from prilavok.messaging import queries as messaging
from prilavok.segments.formulas import known as indicators

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)  # noon in Moscow, a Monday
PASSWORD = "a-long-password-1"


def forget() -> None:
    """Ids come again in every test: forget what the last one knew of shops, letters and epochs."""
    cache.clear()
    customer_queries.forget_kinds()
    customer_queries.forget_own_fields()
    indicators.forget()
    loyalty.forget_book()
    messaging.compiled.cache_clear()
    company_queries.forget_company()
    company_queries.zone_of.cache_clear()
    company_queries.brand_of.cache_clear()
    journal.epoch.cache_clear()
    limits.forget()


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    forget()


def actor(employee: Employee) -> Actor:
    """The employee as the `by` of actions and queries."""
    return company_queries.actor_of(employee)


def login(client: Client, employee: Employee) -> Client:
    """The client, with this employee at the keyboard."""
    client.force_login(employee, backend="django.contrib.auth.backends.ModelBackend")
    return client


def hire(name: str, *roles: str) -> Employee:
    """An employee with these roles everywhere; speaks English so that tests read their pages."""
    return company.add_employee(
        email=f"{name.lower()}@prilavok.test",
        name=name,
        password=PASSWORD,
        roles=roles,
        by=SYSTEM,
        at=NOON,
        language="en",
    )


def found_company() -> None:
    company.name_company(
        name="Lavka",
        currency="RUB",
        timezone="Europe/Moscow",
        language="ru",
        site="https://lavka.test/",
        by=SYSTEM,
    )


def open_shop() -> Shop:
    """The shop on Lenina street, which stays the same when it is opened again."""
    shops = company.add_shops([NewShop(code="lenina", name="На Ленина", region="Москва")], by=SYSTEM, at=NOON)
    return shops["lenina"]


@pytest.fixture
def the_company(db: None) -> None:
    """Lavka, founded already with the ground."""


@pytest.fixture
def klara(the_company: None) -> Employee:
    return hire("Klara", "cashier")


@pytest.fixture
def oleg(the_company: None) -> Employee:
    return hire("Oleg", "operator")


@pytest.fixture
def marina(the_company: None) -> Employee:
    return hire("Marina", "marketer")


@pytest.fixture
def olga(the_company: None) -> Employee:
    return hire("Olga", "owner")


@pytest.fixture
def ada(the_company: None) -> Employee:
    return hire("Ada", "administrator")


@pytest.fixture
def max_stranger(the_company: None) -> Employee:
    return hire("Max")


@pytest.fixture
def shop_on_lenina(the_company: None) -> Shop:
    return open_shop()


@pytest.fixture
def brand(shop_on_lenina: Shop) -> Brand:
    return shop_on_lenina.brand


@pytest.fixture
def anna(shop_on_lenina: Shop) -> Profile:
    """Anna Kovalyova: registered on Lenina street, with a phone, an e-mail, a card; agrees to e-mails."""
    return customers.register(
        NewCustomer(
            external_id="anna",
            last_name="Ковалёва",
            first_name="Анна",
            middle_name="Петровна",
            sex="f",
            birth_date=date(1987, 3, 8),
            phone="8 (916) 123-45-67",
            email="Anna@Example.org",
            cards=("2900000012345",),
            shop_id=shop_on_lenina.pk,
            source="till",
            consents=(NewConsent(channel="email", source="till", text_version="2026-01"),),
        ),
        by=SYSTEM,
        at=NOON,
    )
