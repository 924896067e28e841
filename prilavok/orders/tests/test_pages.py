from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import actions as orders
from prilavok.orders import queries
from prilavok.orders.actions import Back
from prilavok.orders.models import Receipt
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON, login


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_finds_a_receipt_by_number_card_and_filters(
    client: Client, oleg: Employee, annas_receipt: Receipt, basket: Basket, line: Line
) -> None:
    orders.record_receipt(basket("B-7", line("bread", "1", "50")), by=SYSTEM, at=NOON)
    login(client, oleg)

    assert {"A-1", "B-7"} <= set(page(client, "orders:list").replace("<", ">").split(">"))
    for query in ({"q": "A-"}, {"q": "2900000012345"}, {"identified": "yes"}):
        found = page(client, "orders:list", **query)
        assert "A-1" in found
        assert "B-7" not in found
    assert "A-1" not in page(client, "orders:list", kind="return")
    assert "A-1" not in page(client, "orders:list", until="2026-03-01")
    assert "A-1" not in page(client, "orders:list", shop="no-such-shop")


def test_a_receipt_shows_its_lines_and_reasons(
    client: Client, oleg: Employee, annas_receipt: Receipt
) -> None:
    orders.return_lines(
        receipt=annas_receipt.public_id, lines=[Back(2, Decimal(1))], number="R-1", by=SYSTEM, at=NOON
    )
    login(client, oleg)
    shown = page(client, "orders:receipt", annas_receipt.public_id)

    for part in ("Milk 1 l", "Rye bread", "2\u00a0Mar\u00a02026, 12:00", "discount", "R-1", "Ковалёва"):
        assert part in shown


def test_the_customers_card_shows_purchases_and_figures(
    client: Client, oleg: Employee, annas_receipt: Receipt, anna: Profile
) -> None:
    login(client, oleg)
    assert "Rye bread" in page(client, "orders:purchases", anna.public_id)
    card = page(client, "customers:card", anna.public_id)
    assert "230.00" in card
    assert "Bought for" in card
    assert "Average receipt" in page(client, "customers:indicators", anna.public_id)


def test_the_export_is_for_those_who_may(
    client: Client, marina: Employee, oleg: Employee, annas_receipt: Receipt
) -> None:
    address = reverse("orders:export", args=["csv"])
    login(client, marina)
    table = b"".join(client.get(address).streaming_content).decode()  # type: ignore[attr-defined]
    assert "A-1;2026-03-02;12;" in table
    login(client, oleg)
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("name", ["orders:list", "orders:receipt", "orders:purchases", "orders:export"])
def test_a_stranger_sees_no_receipt(
    client: Client, max_stranger: Employee, annas_receipt: Receipt, anna: Profile, name: str
) -> None:
    args: dict[str, list[object]] = {
        "orders:receipt": [annas_receipt.public_id],
        "orders:purchases": [anna.public_id],
        "orders:export": ["csv"],
    }
    address = reverse(name, args=args.get(name, []))

    assert client.get(address).status_code == 302
    login(client, max_stranger)
    assert client.get(address).status_code == 403


def test_receipts_of_a_card_are_those_of_all_the_persons_records(
    annas_receipt: Receipt, basket: Basket, line: Line, anna: Profile
) -> None:
    twin = customers.register(NewCustomer(first_name="Анна", cards=("2900000000099",)), by=SYSTEM, at=NOON)
    orders.record_receipt(basket("B-7", line("bread", "1", "50"), profile_id=twin.pk), by=SYSTEM, at=NOON)
    customers.merge(profile_id=anna.pk, other_id=twin.pk, by=SYSTEM, at=NOON)

    for card in ("2900000012345", "2900000000099"):
        assert {one.number for one in queries.search(card, SYSTEM)} == {"A-1", "B-7"}


def test_the_last_purchase_is_on_the_shops_day_whoever_looks(
    basket: Basket, line: Line, anna: Profile, goods: object
) -> None:
    east = company.add_shops(
        [NewShop(code="east", name="Восток", timezone="Asia/Vladivostok")], by=SYSTEM, at=NOON
    )
    night = datetime(2026, 3, 1, 15, tzinfo=UTC)  # one o'clock of the next day in Vladivostok
    sold = replace(
        basket("E-1", line("bread", "1", "50"), profile_id=anna.pk), shop_id=east["east"].pk, paid_at=night
    )
    orders.record_receipt(sold, by=SYSTEM, at=NOON)

    shown = {
        one.key: one.value
        for one in customer_queries.indicators(customer_queries.sheet(anna.public_id, SYSTEM), SYSTEM)
    }
    assert shown["C40"] == date(2026, 3, 2)
