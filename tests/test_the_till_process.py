"""The till process: fewer addresses, no sessions, the same answers as at the main address."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from prilavok.company import actions as company
from prilavok.company import queries as company_queries
from prilavok.company.models import Employee, Look, Shop
from prilavok.customers import actions as customers
from prilavok.customers.actions import notes
from prilavok.customers.models import Alert, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import clock, limits
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, login

CARD = {"kind": "card", "value": "2900000012345"}
PHONE = {"kind": "phone", "value": "8 916 123-45-67"}
NOBODY = {"kind": "cookie", "value": "c-1"}
RIGHTS = ["customers.identify", "orders.record", "orders.see"]


@pytest.fixture
def anna(shop_on_lenina: Shop) -> Profile:
    """Anna of the shop on Lenina street, two records, with an alert at the one that was merged."""
    anna = customers.register(
        NewCustomer(
            first_name="Анна", phone="+79161234567", cards=("2900000012345",), shop_id=shop_on_lenina.pk
        ),
        by=SYSTEM,
        at=NOON,
    )
    twin = customers.register(NewCustomer(first_name="Аня"), by=SYSTEM, at=NOON)
    today = clock.now().date()
    for text, until in (("Аллергия на орехи", None), ("Прошло", today)):
        notes.raise_alert(
            profile_id=twin.pk, text=text, severity="warning", until=until, by=SYSTEM, at=clock.now()
        )
    Alert.objects.filter(until=today).update(until=today - timedelta(days=2))
    customers.merge(profile_id=anna.pk, other_id=twin.pk, by=SYSTEM, at=NOON)
    return anna


@pytest.fixture
def token(olga: Employee) -> str:
    return company.make_token(name="Till", permissions_wanted=RIGHTS, by=actor(olga), at=NOON)


@pytest.fixture
def doors(settings: Any) -> Any:
    """Asks at the main address and at the tills'; both answers."""

    main_chain = settings.MIDDLEWARE

    def ask(path: str, body: object, token: str, **headers: str) -> list[Any]:
        answers = []
        for till in (False, True):
            settings.MIDDLEWARE = settings.TILL_MIDDLEWARE if till else main_chain
            settings.ROOT_URLCONF = "prilavok.config.till_urls" if till else "prilavok.config.urls"
            headers["Authorization"] = f"Bearer {token}"
            answers.append(
                Client().post(
                    f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
                )
            )
        return answers

    return ask


def same(answers: list[Any]) -> Any:
    main, till = answers
    assert (main.status_code, main["Content-Type"], main.json()) == (
        till.status_code,
        till["Content-Type"],
        till.json(),
    )
    return till


@pytest.mark.parametrize(
    ("asked", "certainty"),
    [
        ([CARD], "certain"),
        ([PHONE, NOBODY], "likely"),
        ([CARD | {"proof": "claimed"}], "claimed"),
        ([NOBODY], "unknown"),
    ],
)
def test_both_doors_recognise_alike(
    doors: Any, anna: Profile, token: str, asked: list[object], certainty: str
) -> None:
    told = same(doors("customers/identify", {"identifiers": asked}, token)).json()
    assert told["certainty"] == certainty
    known = certainty in ("certain", "likely")
    assert told["public_id"] == (str(anna.public_id) if known else None)
    assert [alert["text"] for alert in told["alerts"]] == (["Аллергия на орехи"] if known else [])
    assert Look.objects.filter(profile_id=anna.pk, what="identify", actor_kind="token").count() == 2 * known


@pytest.mark.parametrize(
    "body", [{}, {"identifiers": []}, {"identifiers": [{"kind": "card", "value": "\ud800"}]}]
)
def test_both_doors_refuse_alike(doors: Any, anna: Profile, token: str, body: object) -> None:
    assert same(doors("customers/identify", body, token)).status_code in (400, 422)


def test_whom_a_tokens_shops_do_not_know_it_does_not_see(
    doors: Any, anna: Profile, olga: Employee, shop_on_lenina: Shop
) -> None:
    other = company.add_shops([company.NewShop(code="far", name="Far")], by=SYSTEM, at=NOON)["far"]
    for shop, certainty in ((shop_on_lenina, "certain"), (other, "unknown")):
        scoped = company.make_token(
            name=shop.name, permissions_wanted=RIGHTS, shops=[shop.pk], by=actor(olga), at=NOON
        )
        told = same(doors("customers/identify", {"identifiers": [CARD]}, scoped)).json()
        assert told["certainty"] == certainty


def test_a_token_that_recognises_does_not_read_the_base(
    anna: Profile, token: str, client: Client, settings: Any
) -> None:
    for urls in ("prilavok.config.urls", "prilavok.config.till_urls"):
        settings.ROOT_URLCONF = urls
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/v1/customers", headers=headers).status_code == 403


def test_a_token_without_the_right_and_one_that_was_revoked_open_nothing(
    doors: Any, anna: Profile, token: str, olga: Employee
) -> None:
    poor = company.make_token(name="Poor", permissions_wanted=["customers.see"], by=actor(olga), at=NOON)
    assert same(doors("customers/identify", {"identifiers": [CARD]}, poor)).status_code == 403
    assert same(doors("customers/identify", {"identifiers": [CARD]}, token)).status_code == 200
    for one in company_queries.tokens(actor(olga)):
        company.revoke_token(token_id=one.pk, by=actor(olga), at=NOON)
    assert same(doors("customers/identify", {"identifiers": [CARD]}, token)).status_code == 401
    assert Look.objects.filter(what="identify").count() == 2


def test_a_write_that_comes_at_both_doors_is_done_once(
    doors: Any, anna: Profile, token: str, olga: Employee
) -> None:
    linker = company.make_token(name="Site", permissions_wanted=["customers.link"], by=actor(olga), at=NOON)
    body = {"identifiers": [NOBODY, CARD]}
    first, again = doors("customers/link", body, linker, **{"Idempotency-Key": "k"})
    assert (first.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert first.json() == again.json()
    assert same(doors("customers/link", body, linker)).json()["code"] == "idempotency_key"


def test_asking_too_often_is_answered_alike(doors: Any, anna: Profile, token: str, settings: Any) -> None:
    settings.IDENTIFY_PER_MINUTE = 0
    limits.forget()
    assert same(doors("customers/identify", {"identifiers": [CARD]}, token)).status_code == 429
    limits.forget()


def test_the_till_asks_the_database_three_times(
    doors: Any, anna: Profile, token: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    doors("customers/identify", {"identifiers": [CARD]}, token)  # kinds and the company are known for seconds
    with django_assert_num_queries(2 * 3):  # whose the token is, who it is, and the look is written down
        doors("customers/identify", {"identifiers": [CARD]}, token)


def test_the_tills_door_has_no_pages_no_sessions_and_tells_that_it_is_alive(
    settings: Any, olga: Employee, client: Client
) -> None:
    login(client, olga)
    settings.MIDDLEWARE = settings.TILL_MIDDLEWARE
    settings.ROOT_URLCONF = "prilavok.config.till_urls"
    till = Client()
    till.cookies = client.cookies
    assert till.get("/alive/").content == b"alive"
    for path in ("/", "/customers/", "/api/v1/employees", "/api/v1/openapi.json"):
        answer = till.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert till.get("/api/v1/receipts").status_code in (401, 403)
    assert int(till.get("/alive/")["Content-Length"]) == len(b"alive")
