from itertools import count
from typing import Any

import pytest
from django.test import Client

from prilavok.company.models import Employee, Look, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Contact, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, hire, login

_keys = count()


def send(client: Client, method: str, address: str, body: dict[str, Any]) -> Any:
    call = getattr(client, method)
    return call(
        f"/api/v1{address}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": f"customers-{next(_keys)}"},
    )


@pytest.fixture
def oleg_calls(client: Client, oleg: Employee) -> Client:
    return login(client, oleg)


def test_a_customer_is_registered_read_and_corrected(oleg_calls: Client, shop_on_lenina: Shop) -> None:
    new = {
        "external_id": "crm-1",
        "first_name": "Вера",
        "phone": "8 916 000 00 01",
        "cards": ["77 11"],
        "shop_code": "lenina",
        "consents": [{"channel": "sms", "source": "site", "text_version": "3"}],
    }
    made = send(oleg_calls, "post", "/customers", new)
    assert made.status_code == 201, made.content
    address = f"/customers/{made.json()['public_id']}"

    send(oleg_calls, "patch", address, {"last_name": "Белова"})
    read = oleg_calls.get(f"/api/v1{address}").json()
    assert (read["last_name"], read["first_name"], read["shop_code"]) == ("Белова", "Вера", "lenina")
    assert [contact["value"] for contact in read["contacts"]] == ["+79160000001"]
    assert {identifier["value"] for identifier in read["identifiers"]} == {"crm-1", "7711"}
    assert read["consents"][0]["given"] is True
    assert Look.objects.filter(what="api").count() == 1


def test_the_same_external_id_is_a_conflict_with_its_field(oleg_calls: Client, anna: Profile) -> None:
    answer = send(oleg_calls, "post", "/customers", {"external_id": "anna", "first_name": "Анна"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "identifier_taken"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "last_name"),
        ({"phone": "12"}, "phone"),
        ({"first_name": "А", "birth_date": "1800-01-01"}, "birth_date"),
        ({"first_name": "А", "shop_code": "nowhere"}, "shop_code"),
    ],
)
def test_wrong_data_are_told_with_their_field(body: dict[str, Any], field: str, oleg_calls: Client) -> None:
    answer = send(oleg_calls, "post", "/customers", body)

    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_customers_are_listed_and_narrowed(oleg_calls: Client, anna: Profile) -> None:
    assert [c["name"] for c in oleg_calls.get("/api/v1/customers", {"q": "4567"}).json()["items"]] == [
        "Ковалёва Анна Петровна"
    ]
    assert oleg_calls.get("/api/v1/customers", {"reach": "not_email"}).json()["items"] == []
    assert oleg_calls.get("/api/v1/customers", {"after": "nonsense"}).status_code == 422


def test_contacts_identifiers_consents_and_status(oleg_calls: Client, anna: Profile) -> None:
    address = f"/customers/{anna.public_id}"
    assert send(oleg_calls, "post", f"{address}/contacts", {"value": "anna@work.example"}).status_code == 201
    linked = send(oleg_calls, "post", f"{address}/identifiers", {"kind": "app", "value": "a-1"}).json()
    assert (linked["rule"], linked["by"], linked["proof"]) == ("api", "Oleg", "verified")
    known = oleg_calls.get(f"/api/v1{address}").json()["identifiers"]
    assert {(one["kind"], one["by"]) for one in known} >= {("app", "Oleg"), ("card", "system")}
    panel = oleg_calls.get(f"{address}/merges/").content.decode()
    assert "Oleg" in panel and "a-1" in panel
    withdrawn = send(oleg_calls, "post", f"{address}/consents", {"channel": "email", "given": False}).json()
    assert [line["given"] for line in withdrawn] == [False]
    assert send(oleg_calls, "put", f"{address}/status", {"status": "blocked"}).json()["status"] == "blocked"
    assert len(oleg_calls.get(f"/api/v1{address}/consents").json()) == 2

    told = oleg_calls.get(f"/api/v1{address}/timeline", {"limit": 3}).json()
    assert len(told["items"]) == 3
    rest = oleg_calls.get(f"/api/v1{address}/timeline", {"limit": 10, "after": told["next"]}).json()
    assert rest["items"][-1]["type"] == "customers.CustomerRegistered"


def test_a_stranger_is_refused(client: Client, anna: Profile, max_stranger: Employee) -> None:
    login(client, max_stranger)
    address = f"/customers/{anna.public_id}"
    for path in ("/customers", address, f"{address}/timeline", f"{address}/consents"):
        assert client.get(f"/api/v1{path}").status_code == 403
    for method, path, body in (
        ("post", "/customers", {"first_name": "А"}),
        ("patch", address, {"first_name": "А"}),
        ("post", f"{address}/contacts", {"value": "a@b.example"}),
        ("post", f"{address}/identifiers", {"value": "1"}),
        ("post", f"{address}/consents", {"channel": "email"}),
        ("put", f"{address}/status", {"status": "blocked"}),
    ):
        assert send(client, method, path, body).status_code == 403
    assert client.get("/api/v1/customers/00000000-0000-7000-8000-000000000000").status_code == 403


def test_an_analyst_reads_masks(client: Client, anna: Profile, the_company: None) -> None:
    read = (
        login(client, hire("Andrey", "analyst")).get(f"/api/v1/customers/{anna.public_id}").content.decode()
    )

    assert "anna@example.org" not in read
    assert "9161234567" not in read


def test_a_contact_is_corrected_preferred_and_removed(oleg_calls: Client, anna: Profile) -> None:
    address = f"/customers/{anna.public_id}/contacts"
    (made,) = [
        one
        for one in send(oleg_calls, "post", address, {"value": "anna@work.exmaple"}).json()
        if one["value"] == "anna@work.exmaple"
    ]
    mine = f"{address}/{made['id']}"
    told = send(oleg_calls, "patch", mine, {"value": "Anna@Work.example", "preferred": True}).json()
    assert (told[0]["value"], told[0]["preferred"]) == ("anna@work.example", True)
    assert send(oleg_calls, "patch", mine, {"value": "no address"}).json()["field"] == "value"
    assert send(oleg_calls, "delete", mine, {}).status_code == 204
    assert send(oleg_calls, "delete", mine, {}).status_code == 404

    vera = customers.register(NewCustomer(first_name="Вера", phone="+79160000001"), by=SYSTEM, at=NOON)
    hers = Contact.objects.get(profile=vera).pk
    assert send(oleg_calls, "delete", f"{address}/{hers}", {}).status_code == 404


def test_a_contact_of_both_records_of_one_person_is_proved(oleg_calls: Client, anna: Profile) -> None:
    again = customers.register(NewCustomer(first_name="Аня", email="anna@example.org"), by=SYSTEM, at=NOON)
    customers.merge(profile_id=anna.pk, other_id=again.pk, by=SYSTEM, at=NOON)
    address = f"/customers/{anna.public_id}/contacts/codes"
    assert send(oleg_calls, "post", address, {"value": "anna@example.org"}).status_code == 202


def test_a_card_goes_to_somebody_else(oleg_calls: Client, anna: Profile) -> None:
    vera = customers.register(NewCustomer(first_name="Вера"), by=SYSTEM, at=NOON)
    address = f"/customers/{anna.public_id}/identifiers"
    card = next(
        one
        for one in oleg_calls.get(f"/api/v1/customers/{anna.public_id}").json()["identifiers"]
        if one["kind"] == "card"
    )
    hers = f"/customers/{vera.public_id}/identifiers"
    taken = send(oleg_calls, "post", hers, {"value": card["value"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "identifier_taken")
    assert send(oleg_calls, "delete", f"{hers}/{card['id']}", {}).status_code == 404
    assert send(oleg_calls, "delete", f"{address}/{card['id']}", {}).status_code == 204
    assert send(oleg_calls, "post", hers, {"value": card["value"]}).status_code == 201


def test_accounts_are_masked_like_contacts(oleg_calls: Client, anna: Profile, the_company: None) -> None:
    values = {"whatsapp": "+79161234567", "vk": "anna_k", "femtocell": "+79161234567", "rfid": "E2003412"}
    for kind, value in values.items():
        customers.add_identifier(profile_id=anna.pk, kind=kind, value=value, by=SYSTEM, at=NOON)
    address = f"/customers/{anna.public_id}"
    login(oleg_calls, hire("Andrey", "analyst"))
    pages = [
        oleg_calls.get(one).content.decode()
        for one in (f"/api/v1{address}", f"{address}/merges/", f"{address}/person/", f"{address}/")
    ]
    assert not [one for one in pages if "9161234567" in one or "anna_k" in one]
    assert "E2003412" in pages[0].upper() and "RFID tag" in pages[2]
