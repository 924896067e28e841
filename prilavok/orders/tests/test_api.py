import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from prilavok.catalog.models import Product
from prilavok.catalog.ports import ProductRef
from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.kernel.ids import uuid7
from prilavok.orders.models import Receipt
from tests.cast import login

Post = Callable[..., Any]


@pytest.fixture
def basket_told(shop_on_lenina: Shop, anna: Profile, goods: dict[str, ProductRef]) -> dict[str, Any]:
    return {
        "shop": "lenina",
        "till": "3",
        "number": "000123",
        "paid_at": "2026-03-02T12:05:00+03:00",
        "customer": {"card": "2900000012345"},
        "lines": [
            {
                "product": "milk",
                "quantity": "2",
                "gross": "200.00",
                "paid": "180.00",
                "discounts": [{"kind": "card", "amount": "20.00"}],
            },
            {"product": "never seen", "quantity": "0.350", "unit": "kg", "paid": "70.00"},
        ],
        "coupons": ["SPRING-10"],
    }


@pytest.fixture
def post(client: Client, klara: Employee) -> Post:
    login(client, klara)

    def send(body: dict[str, Any], path: str = "/api/v1/receipts", key: str = "") -> Any:
        return client.post(
            path,
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": key or str(uuid7())},
        )

    return send


def test_a_till_sends_a_receipt_and_reads_it_back(
    post: Post, client: Client, basket_told: dict[str, Any], anna: Profile
) -> None:
    made = post(basket_told)
    assert made.status_code == 200, made.content
    assert made.json()["revenue"] == "250.0000"

    whole = client.get(f"/api/v1/receipts/{made.json()['id']}").json()
    assert (whole["customer"], whole["till"], whole["coupons"]) == (str(anna.public_id), "3", ["SPRING-10"])
    assert [line["product"] for line in whole["lines"]] == ["milk", "never seen"]
    assert whole["lines"][0]["discounts"] == [{"kind": "card", "amount": "20.0000", "funded_by": "shop"}]
    assert Product.objects.get(code="never seen").placeholder
    listed = client.get("/api/v1/receipts", {"number": "000123", "since": "2026-03-02"}).json()
    assert [one["id"] for one in listed["items"]] == [whole["id"]]


def test_the_same_receipt_under_another_key_is_one_receipt(post: Post, basket_told: dict[str, Any]) -> None:
    assert post(basket_told).json() == post(basket_told).json()
    assert Receipt.objects.count() == 1


def test_a_receipt_comes_back_by_its_lines(post: Post, basket_told: dict[str, Any]) -> None:
    made = post(basket_told).json()
    path = f"/api/v1/receipts/{made['id']}/returns"

    back = post({"number": "R1", "lines": [{"line": 1, "quantity": "1"}]}, path).json()
    assert (back["kind"], back["revenue"]) == ("return", "-90.0000")
    again = post({"number": "R2", "lines": [{"line": 1, "quantity": "1.5"}]}, path)
    assert (again.status_code, again.json()["field"]) == (422, "lines.0")


def test_a_till_tells_of_a_return(post: Post, basket_told: dict[str, Any]) -> None:
    post(basket_told)
    back = basket_told | {
        "kind": "return",
        "number": "R1",
        "coupons": [],
        "returns": {"number": "000123"},
        "lines": [{"product": "milk", "quantity": "1", "gross": "100", "paid": "90.00"}],
    }

    assert post(back).json()["revenue"] == "-90.0000"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"shop": "nowhere"}, 422, "shop"),
        ({"customer": {"card": "000"}}, 422, "customer.card"),
        ({"paid_at": "2036-03-02T12:05:00+03:00"}, 422, "paid_at"),
        ({"paid_at": "2026-03-02T12:05:00"}, 422, "paid_at"),
        ({"currency": "USD"}, 422, "currency"),
        ({"number": "000123", "lines": [{"product": "milk", "quantity": "1", "paid": "5"}]}, 409, "number"),
        ({"kind": "return", "number": "R", "returns": {"number": "none"}}, 422, "returns"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(
    post: Post, basket_told: dict[str, Any], change: dict[str, Any], status: int, field: str
) -> None:
    post(basket_told)
    answer = post(basket_told | {"number": "000124"} | change)

    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize(
    "line", [{"quantity": "-1"}, {"paid": "1.00001"}, {"paid": "NaN"}, {"product": ""}, {"gross": "-5"}]
)
def test_absurd_lines_are_refused(post: Post, basket_told: dict[str, Any], line: dict[str, Any]) -> None:
    basket_told["lines"][0] |= line
    answer = post(basket_told)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith(f"lines.0.{next(iter(line))}")


def test_who_may_not_record_is_refused(
    client: Client, max_stranger: Employee, basket_told: dict[str, Any]
) -> None:
    login(client, max_stranger)
    answer = client.post(
        "/api/v1/receipts",
        json.dumps(basket_told),
        content_type="application/json",
        headers={"Idempotency-Key": "1"},
    )

    assert answer.status_code == 403
    assert client.get("/api/v1/receipts").status_code == 403


@pytest.mark.parametrize("lost", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00+03:00"])
def test_a_till_that_has_lost_its_clock_is_told(lost: str, post: Post, basket_told: dict[str, Any]) -> None:
    refused = post(basket_told | {"paid_at": lost})
    assert (refused.status_code, refused.json()["field"]) == (422, "paid_at")
    assert not Receipt.objects.exists()
