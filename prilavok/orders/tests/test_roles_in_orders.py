"""Buyer, payer, recipient, card holder, beneficiary: several people in one order, each with it on their card.

The scenario of a children's shop: the card is the parent's, the birthday and the basket are the child's.
"""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from prilavok.orders.events import ReceiptPaid
from prilavok.orders.models import Receipt, ReceiptRole
from prilavok.orders.tests.test_api import Post, basket_told, post
from prilavok.relations import actions as relations
from prilavok.relations.ports import NewRelation
from tests.cast import NOON, hire, login

__all__ = ["basket_told", "post"]
Told = dict[str, Any]


@pytest.fixture
def petya(the_company: None) -> Profile:
    new = NewCustomer(external_id="petya", first_name="Петя", birth_date=date(2018, 6, 1))
    return customers.register(new, by=SYSTEM, at=NOON)


@pytest.fixture
def orby(basket_told: Told, anna: Profile, petya: Profile) -> Told:
    """Anna's card is shown, the basket is for Petya, his aunt fetches it; she is nobody the shop knows."""
    return basket_told | {
        "roles": [
            {"role": "holder", "customer": {"id": str(anna.public_id)}},
            {"role": "beneficiary", "customer": {"external": "petya"}},
            {
                "role": "recipient",
                "name": "Тётя Вера",
                "phone": "8 916 000-11-22",
                "email": "Vera@Example.org",
            },
        ]
    }


def test_the_parents_card_the_childs_basket_and_birthday(
    post: Post, client: Client, orby: Told, anna: Profile, petya: Profile, oleg: Employee
) -> None:
    holds = NewRelation(kind="holder", first_id=anna.pk, second_id=petya.pk)
    relations.relate(holds, by=SYSTEM, at=NOON)
    home = relations.make_household(head_id=anna.pk, members=[(petya.pk, "child")], by=SYSTEM, at=NOON)
    made = post(orby)
    assert made.status_code == 200, made.content

    stored = StoredEvent.objects.get(type=ReceiptPaid.type_name())
    event = journal.revive(stored)
    assert isinstance(event, ReceiptPaid)
    assert (event.customer, event.beneficiary_id) == (anna.pk, petya.pk)

    login(client, oleg)
    of_petya = client.get(reverse("orders:purchases", args=[petya.public_id])).content.decode()
    assert "Beneficiary" in of_petya and "in 1 order" in of_petya
    page = client.get(reverse("orders:receipt", args=[made.json()["id"]])).content.decode()
    assert "Петя" in page and "Ковалёва" in page and "Тётя Вера" in page and "+79160001122" in page
    household = client.get(reverse("relations:household", args=[home.public_id])).content.decode()
    assert "250" in household and "2018" in household  # what all bought together, and the birthday
    tab = client.get(reverse("relations:of_customer", args=[petya.public_id])).content.decode()
    assert "Card holder" in tab


def test_the_api_tells_roles_and_lists_receipts_by_them(
    post: Post, client: Client, orby: Told, anna: Profile, petya: Profile
) -> None:
    made = post(orby).json()
    roles = client.get(f"/api/v1/receipts/{made['id']}").json()["roles"]
    assert [(one["role"], one["customer"]) for one in roles] == [
        ("recipient", None),
        ("holder", str(anna.public_id)),
        ("beneficiary", str(petya.public_id)),
    ]
    assert (roles[0]["phone"], roles[0]["email"]) == ("+79160001122", "vera@example.org")

    asked = {"customer": str(petya.public_id), "role": "beneficiary"}
    assert [one["id"] for one in client.get("/api/v1/receipts", asked).json()["items"]] == [made["id"]]
    assert client.get("/api/v1/receipts", asked | {"role": "payer"}).json()["items"] == []


def test_roles_are_part_of_what_makes_a_receipt_the_same(post: Post, orby: Told) -> None:
    assert post(orby).json() == post(orby).json()
    assert post(orby | {"roles": []}).json()["code"] == "receipt_differs"
    assert ReceiptRole.objects.count() == 3


@pytest.mark.parametrize(
    ("roles", "field"),
    [
        ([{"role": "payer"}], "roles.0"),
        ([{"role": "payer", "name": "А"}, {"role": "payer", "name": "Б"}], "roles"),
        ([{"role": "payer", "customer": {"card": "000"}}], "roles.0.customer.card"),
        ([{"role": "recipient", "phone": "12"}], "roles.0.phone"),
    ],
)
def test_a_role_without_anybody_is_refused(
    post: Post, basket_told: Told, roles: list[Told], field: str
) -> None:
    answer = post(basket_told | {"roles": roles})

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Receipt.objects.exists()


def test_a_return_is_for_whom_the_sale_was(post: Post, orby: Told, petya: Profile) -> None:
    made = post(orby).json()
    back = {"number": "R1", "lines": [{"line": 1, "quantity": "1"}]}
    returned = post(back, f"/api/v1/receipts/{made['id']}/returns").json()

    told = ReceiptRole.objects.get(receipt__public_id=returned["id"], role="beneficiary")
    assert told.profile_id == petya.pk


def test_roles_are_read_through_merges(
    post: Post, client: Client, orby: Told, petya: Profile, klara: Employee
) -> None:
    post(orby)
    known = customers.register(NewCustomer(first_name="Пётр"), by=SYSTEM, at=NOON)
    customers.merge(profile_id=known.pk, other_id=petya.pk, by=SYSTEM, at=NOON)
    asked = {"customer": str(known.public_id), "role": "beneficiary"}

    assert len(client.get("/api/v1/receipts", asked).json()["items"]) == 1


def test_without_the_right_to_contacts_the_recipients_stay_hidden(
    post: Post, client: Client, orby: Told, the_company: None
) -> None:
    made = post(orby).json()
    login(client, hire("Lena", "analyst"))
    page = client.get(reverse("orders:receipt", args=[made["id"]])).content.decode()

    assert "Recipient" in page and "Тётя Вера" not in page and "+7916" not in page
    assert client.get(f"/api/v1/receipts/{made['id']}").json()["roles"][0]["phone"] == ""


@pytest.mark.django_db(transaction=True)
def test_erasing_takes_the_contacts_on_orders_and_the_archive_holds_them(
    post: Post, orby: Told, anna: Profile, petya: Profile
) -> None:
    post(orby)
    archived = {one.key: one.rows for one in customer_queries.archive(petya.public_id, SYSTEM)}
    assert archived["receipt_roles"][0]["role"] == "beneficiary"

    customers.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    journal.deliver()
    assert set(ReceiptRole.objects.values_list("role", "name", "phone", "email")) == {
        ("holder", "", "", ""),
        ("beneficiary", "", "", ""),
    }
