import json
from typing import Any
from uuid import uuid4

from django.test import Client

from prilavok.catalog.ports import ProductRef
from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.loyalty.models import CouponSeries
from tests.cast import login

SERIES = {
    "code": "milk-10",
    "name": "Milk for less",
    "reward_value": "10",
    "valid_from": "2026-03-01T00:00:00+03:00",
    "products": ["milk"],
}


def send(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(
        f"/api/v1/coupon-series{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def test_a_site_makes_a_series_and_gives_codes(
    client: Client, marina: Employee, goods: dict[str, ProductRef], anna: Profile
) -> None:
    login(client, marina)
    made = send(client, "", SERIES).json()
    assert (made["code"], made["state"]) == ("MILK-10", "open")

    wanted = {"customers": [str(anna.public_id)], "cause": str(uuid4())}
    [given] = send(client, f"/{made['id']}/issue", wanted).json()
    assert send(client, f"/{made['id']}/issue", wanted).json() == [given]

    typed = given["code"].lower().replace("-", "")
    found = client.get(f"/api/v1/coupons/{typed}").json()
    assert (found["state"], found["customer"], found["used"]) == ("ready", str(anna.public_id), 0)
    assert client.get(f"/api/v1/coupon-series/{made['id']}").json()["figures"]["codes"] == 1
    assert len(client.get(f"/api/v1/coupon-series/{made['id']}/codes").json()["items"]) == 1
    assert send(client, f"/{made['id']}/close").json()["state"] == "closed"
    assert (
        send(client, f"/{made['id']}/issue", wanted | {"cause": str(uuid4())}).json()["code"]
        == "series_closed"
    )
    assert send(client, f"/{made['id']}/reopen").json()["state"] == "open"


def test_what_is_wrong_is_named(client: Client, marina: Employee, march: CouponSeries) -> None:
    login(client, marina)
    assert send(client, "", SERIES).json()["field"] == "products.0"
    assert send(client, "", SERIES | {"products": [], "code": "march"}).json()["code"] == "code_taken"
    assert (
        send(client, "", SERIES | {"products": [], "reward_value": "200"}).json()["field"] == "reward_value"
    )
    nobody = {"customers": [str(uuid4())], "cause": str(uuid4())}
    assert send(client, f"/{march.public_id}/issue", nobody).json()["field"] == "customers.0"
    assert send(client, f"/{march.public_id}/codes", {"count": 5}).status_code == 202
    assert send(client, f"/{march.public_id}/codes", {"code": "весна"}).status_code == 202
    assert client.get("/api/v1/coupons/vesna").status_code == 404


def test_a_series_on_a_category_good_with_a_first_order(
    client: Client, marina: Employee, goods: dict[str, ProductRef]
) -> None:
    login(client, marina)
    told = SERIES | {"products": [], "categories": ["dairy"], "first_order": True}
    made = send(client, "", told).json()
    assert made["first_order"] is True
    assert client.get(f"/api/v1/coupon-series/{made['id']}").json()["categories"] == ["dairy"]
    wrong = send(client, "", told | {"code": "other", "categories": ["dairy", "meat"]}).json()
    assert (wrong["code"], wrong["field"]) == ("unknown_category", "categories.1")


def test_a_stranger_is_refused(client: Client, max_stranger: Employee, march: CouponSeries) -> None:
    login(client, max_stranger)
    answers = [
        client.get("/api/v1/coupon-series"),
        client.get("/api/v1/coupons/abc"),
        send(client, "", SERIES | {"products": []}),
        send(client, f"/{march.public_id}/codes", {"count": 5}),
        send(client, f"/{march.public_id}/close"),
        client.get("/api/v1/ledger/trial-balance"),
    ]
    assert {answer.status_code for answer in answers} == {403}
