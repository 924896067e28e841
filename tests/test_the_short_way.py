"""The till process's short way in: it answers as the long one, and sends there whatever is not plainly in order."""

import json
from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from prilavok.catalog import actions as catalog
from prilavok.catalog.ports import NewCategory, NewProduct
from prilavok.company import actions as company
from prilavok.company import queries as company_queries
from prilavok.company.models import Employee, Look, Shop
from prilavok.config import till_urls
from prilavok.config.doors import quick_doors
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.actions.gift_payments import GUESSES_PER_MINUTE
from prilavok.loyalty.models import Account, Calculation, PromotionUse
from prilavok.loyalty.tests.till import put_up
from prilavok.orders.models import Receipt
from tests.cast import NOON, actor

CARD = {"kind": "card", "value": "2900000012345"}
RIGHTS = ["customers.identify", "loyalty.redeem", "orders.record"]
CALCULATE, COMMIT, IDENTIFY = "till/calculate", "till/commit", "customers/identify"
assert till_urls.urlpatterns  # the doors are known once their routers are


@pytest.fixture
def anna(shop_on_lenina: Shop) -> Profile:
    """Anna of the shop on Lenina street, where ten per cent are off and three come back in points."""
    loyalty.make_programme(code="points", name="Points", by=SYSTEM, at=NOON)
    catalog.load_categories([NewCategory(code="food", name="Food")], by=SYSTEM, at=NOON)
    goods = [NewProduct(code=one, name=one, category_code="food") for one in ("milk", "bread")]
    catalog.load_products(goods, by=SYSTEM, at=NOON)
    put_up("Ten off", give={"percent_off": 10}, limits={"all": 100})
    put_up("Three back", give={"earn": 3}, limits={"own": 100})
    new = NewCustomer(first_name="Анна", cards=(CARD["value"],), shop_id=shop_on_lenina.pk)
    return customers.register(new, by=SYSTEM, at=NOON)


@pytest.fixture
def token(olga: Employee) -> str:
    return company.make_token(name="Till", permissions_wanted=RIGHTS, by=actor(olga), at=NOON)


@pytest.fixture
def basket(shop_on_lenina: Shop) -> dict[str, Any]:
    lines = [{"product": "milk", "quantity": "2", "price": "89.90"}, {"product": "bread", "price": "45.00"}]
    return {"shop": shop_on_lenina.code, "till": "1", "identifiers": [CARD], "lines": lines}


class Answer:
    """What a WSGI application said."""

    def __init__(self, path: str, body: object, **headers: str) -> None:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/api/v1/{path}",
            "QUERY_STRING": "",
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.input": BytesIO(sent),
        }
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}

        def otherwise(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            start_response("418 The long way", [])
            return [environ["wsgi.input"].read()]

        self.content = b"".join(quick_doors(otherwise)(environ, self._begin))
        assert self.status != 418 or self.content == sent, "the long way finds the request as it came"

    def _begin(self, status: str, headers: list[tuple[str, str]], *_more: object) -> Any:
        self.status, self.headers = int(status.split()[0]), dict(headers)

    def json(self) -> Any:
        assert self.status == 200, self.content
        return json.loads(self.content)


@pytest.fixture
def short(token: str) -> Any:
    def ask(path: str, body: object, **headers: str) -> Answer:
        return Answer(path, body, **{"authorization": f"Bearer {token}", **headers})

    return ask


def test_both_ways_answer_alike(
    short: Any, anna: Profile, basket: dict[str, Any], token: str, client: Client
) -> None:
    for path, body in ((IDENTIFY, {"identifiers": [CARD]}), (CALCULATE, basket)):
        headers = {"Authorization": f"Bearer {token}"}
        told = client.post(f"/api/v1/{path}", json.dumps(body), "application/json", headers=headers)
        for _ in range(2):  # the second time the token is known, and what the view asks goes along with it
            answer = short(path, body)
            assert answer.json() | {"calculation": 0} == told.json() | {"calculation": 0}
            for name in ("Content-Type", "X-Content-Type-Options", "Referrer-Policy"):
                assert answer.headers[name] == told[name]
    assert Look.objects.filter(profile_id=anna.pk, what="identify").count() == 3


def test_a_sale_is_written_once_however_often_it_is_sent(
    short: Any, anna: Profile, basket: dict[str, Any]
) -> None:
    for number in ("1", "2"):
        paid = {"calculation": short(CALCULATE, basket).json()["calculation"], "number": number}
        first, again = (short(COMMIT, paid, idempotency_key=f"k{number}") for _ in range(2))
        assert first.json()["total"] == "202.32"
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
        assert short(COMMIT, paid, idempotency_key=f"other {number}").json()["id"] == first.json()["id"]
        other = short(COMMIT, paid | {"number": "9"}, idempotency_key=f"k{number}")
        assert (other.status, json.loads(other.content)["code"]) == (422, "idempotency_key_reused")
    paid_by = dict(Receipt.objects.values_list("number", "paid"))
    assert paid_by == dict.fromkeys(("1", "2"), Decimal("202.32"))
    assert (PromotionUse.objects.count(), Account.objects.count()) == (4, 1)
    assert ledger.open_units() == [] and ledger.lots_that_differ() == []


def test_what_is_not_in_order_goes_the_long_way_and_leaves_nothing(
    short: Any, anna: Profile, basket: dict[str, Any]
) -> None:
    assert short(CALCULATE, basket | {"coupons": ["WRONG"]}).status == 200
    paid = {"calculation": short(CALCULATE, basket).json()["calculation"], "number": "1"}
    for path, body, headers in (
        (CALCULATE, b"{", {}),
        (CALCULATE, basket | {"lines": []}, {}),
        (CALCULATE, basket | {"shop": "nowhere"}, {}),
        (CALCULATE, basket | {"till": "\ud800"}, {}),
        (CALCULATE, basket, {"authorization": ""}),
        (CALCULATE, basket, {"authorization": "Bearer somebody"}),
        (COMMIT, paid, {}),
        (COMMIT, paid | {"calculation": "0192a1c2-7b1e-7000-8000-70726963656c"}, {"idempotency_key": "k"}),
        (COMMIT, paid | {"paid_at": "2999-01-01T00:00:00Z"}, {"idempotency_key": "k"}),
        ("till/receipts/1/returns", {}, {}),
    ):
        assert short(path, body, **headers).status == 418
    assert (Calculation.objects.count(), Receipt.objects.count(), Account.objects.count()) == (2, 0, 0)


def test_a_token_that_lost_its_right_or_was_revoked_opens_nothing(
    short: Any, anna: Profile, basket: dict[str, Any], olga: Employee
) -> None:
    poor = company.make_token(name="Poor", permissions_wanted=["customers.see"], by=actor(olga), at=NOON)
    assert short(IDENTIFY, {"identifiers": [CARD]}, authorization=f"Bearer {poor}").status == 418
    assert short(IDENTIFY, {"identifiers": [CARD]}).status == 200
    for one in company_queries.tokens(actor(olga)):
        company.revoke_token(token_id=one.pk, by=actor(olga), at=NOON)
    assert short(IDENTIFY, {"identifiers": [CARD]}).status == 418
    assert Look.objects.filter(what="identify").count() == 1


def test_what_goes_the_long_way_counts_against_limits_once(
    short: Any, anna: Profile, basket: dict[str, Any], token: str, client: Client
) -> None:
    paid = {"calculation": short(CALCULATE, basket).json()["calculation"], "number": "1"}
    guessed = paid | {"gift_cards": [{"number": "NOBODYS-CARD", "pin": "1"}]}
    for number in range(GUESSES_PER_MINUTE + 1):
        assert short(COMMIT, guessed, idempotency_key=f"k{number}").status == 418
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "long"}
    told = client.post(f"/api/v1/{COMMIT}", json.dumps(guessed), "application/json", headers=headers)
    assert told.json()["code"] == "unknown_gift_card"
