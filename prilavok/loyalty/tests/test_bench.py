import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.catalog.ports import ProductRef
from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions, queries
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Calculation, Promotion
from prilavok.orders import actions as orders
from prilavok.orders.tests.conftest import Basket, Line
from prilavok.segments import actions as segments
from tests.cast import NOON, actor, login

MILK = {"products": ["milk"]}
TEN = {"name": "Ten off milk", "give": {"percent_off": {"percent": 10, "of": MILK}}}
NIGHT = {
    "name": "At night",
    "give": {"percent_off": 50},
    "when": {"hours": {"since": "22:00", "until": "06:00"}},
}
BASKET = {"shop": "lenina", "at": "2026-03-02T12:00:00+03:00", "lines": [{"product": "milk", "price": "100"}]}


@pytest.fixture
def shop(shop_on_lenina: Shop, goods: dict[str, ProductRef]) -> Shop:
    return shop_on_lenina


def live(definition: dict[str, Any]) -> Promotion:
    made = actions.create_promotion(definition, by=SYSTEM, at=NOON)
    actions.ask_approval(made.pk, by=SYSTEM, at=NOON)
    actions.approve_promotion(made.pk, by=SYSTEM, at=NOON)
    return made


def ask(client: Client, **more: Any) -> Any:
    answer = client.post(
        "/api/v1/promotion-trials", json.dumps(BASKET | more), content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


def outcomes(told: Any) -> dict[str, str]:
    return {one["name"]: one["reason"] for one in told["outcomes"]}


def test_a_draft_is_tried_among_the_live_ones(client: Client, marina: Employee, shop: Shop) -> None:
    login(client, marina)
    live(TEN)
    live(NIGHT)
    assert outcomes(ask(client)) == {"Ten off milk": "", "At night": "time"}

    better = {"name": "Better", "give": {"percent_off": {"percent": 30, "of": MILK}}, "stacking": "exclusive"}
    told = ask(client, definition=better)
    assert (Decimal(told["total"]), Decimal(told["discount"])) == (Decimal(70), Decimal(30))
    assert outcomes(told) == {"Ten off milk": "another", "At night": "time", "Better": ""}
    assert {one["why"] for one in told["outcomes"]} >= {"another promotion is better for the customer"}
    assert not Calculation.objects.exists()


def test_a_new_version_is_tried_instead_of_the_live_one(client: Client, marina: Employee, shop: Shop) -> None:
    login(client, marina)
    ten = live(TEN)
    assert ask(client)["total"] == ask(client, promotion=str(ten.public_id))["total"]
    actions.change_promotion(ten.pk, TEN | {"give": {"percent_off": 40}}, by=actor(marina), at=NOON)
    told = ask(client, promotion=str(ten.public_id))
    assert Decimal(told["total"]) == 60
    assert [one["tried"] for one in told["outcomes"]] == [True]


def test_the_customer_counts_with_segments_that_only_the_draft_names(
    client: Client, marina: Employee, shop: Shop, anna: Profile
) -> None:
    login(client, marina)
    friends = segments.create(
        name="Friends", kind="static", tree={"trait": "email_ok", "is": True}, by=SYSTEM, at=NOON
    )
    only = TEN | {"who": {"segments": [str(friends.public_id)]}}
    assert outcomes(ask(client, definition=only)) == {"Ten off milk": "customer"}
    told = ask(client, definition=only, customer=str(anna.public_id))
    assert outcomes(told)["Ten off milk"] in ("", "segment")
    first = TEN | {"who": {"birthday": {"before": 10, "after": 0}}}
    assert outcomes(ask(client, definition=first, customer=str(anna.public_id))) == {"Ten off milk": ""}


def test_what_is_wrong_is_named(client: Client, marina: Employee, shop: Shop, max_stranger: Employee) -> None:
    login(client, marina)

    def refused(**more: Any) -> str:
        answer = client.post(
            "/api/v1/promotion-trials", json.dumps(BASKET | more), content_type="application/json"
        )
        assert answer.status_code == 422
        return str(answer.json()["field"])

    assert refused(lines=[{"product": "tea", "price": "1"}]) == "lines.0.product"
    assert refused(shop="nowhere") == "shop"
    login(client, max_stranger)
    for path in ("promotion_try", "bench_change"):
        method = client.get if path == "promotion_try" else client.post
        assert method(reverse(f"loyalty:{path}")).status_code == 403
    answer = client.post("/api/v1/promotion-trials", json.dumps(BASKET), content_type="application/json")
    assert answer.status_code == 403


def test_marina_puts_a_basket_on_the_bench(
    client: Client, marina: Employee, shop: Shop, anna: Profile, basket: Basket, line: Line
) -> None:
    login(client, marina)
    orders.record_receipt(
        basket("A", line("milk", "2", "180", "200"), line("milk", "1", "70")), by=SYSTEM, at=NOON
    )
    orders.record_receipt(basket("B", line("milk", "3", "300")), by=SYSTEM, at=NOON)
    ten = live(TEN)
    live(NIGHT)
    page = client.get(reverse("loyalty:promotion_bench", args=[ten.public_id])).content.decode()
    assert "Put a product into the basket" in page
    assert client.get(reverse("loyalty:promotion_try")).status_code == 200
    sent = {
        "promotion": str(ten.public_id),
        "shop": "lenina",
        "customer": str(anna.public_id),
        "moment": "2026-03-02T12:00",
        "channel": "shop",
        "coupons": "NONSENSE",
        "lines.count": "0",
    }
    told = client.post(reverse("loyalty:bench_change"), sent | {"do": "pick:lines:milk"}).content.decode()
    assert all(
        word in told for word in ("Milk 1 l", "₽90.00", "Ковалёва", "(the one tried)", "not at this time")
    )
    assert "NONSENSE" in told
    assert 'value="100"' in told  # what milk usually costs before discounts
    told = client.post(reverse("loyalty:bench_change"), sent | {"do": "pick:lines:bread"}).content.decode()
    assert "has not been sold lately" in told
    more = sent | {"lines.count": "1", "lines.0.product": "milk", "lines.0.price": "1 000,50"}
    told = client.post(reverse("loyalty:bench_change") + "?result", more).content.decode()
    assert "₽900.45" in told
    for wrong in (
        {"lines.0.price": "dear"},
        {"lines.0.price": ""},
        {"moment": "noon"},
        {"shop": ""},
        {"customer": "nobody"},
    ):
        told = client.post(reverse("loyalty:bench_change") + "?result", more | wrong).content.decode()
        assert "Show the field" in told


def test_oleg_sees_why_a_receipt_got_nothing(
    client: Client, oleg: Employee, shop: Shop, anna: Profile, basket: Basket, line: Line
) -> None:
    live(NIGHT)
    sold = orders.record_receipt(
        basket("A-7", line("milk", "2", "180", "200"), profile_id=anna.pk), by=SYSTEM, at=NOON
    )
    login(client, oleg)
    told = client.get(reverse("loyalty:of_receipt", args=[sold.public_id])).content.decode()
    assert f"?receipt={sold.public_id}" in told
    told = client.get(reverse("loyalty:promotion_try"), {"receipt": str(sold.public_id)}).content.decode()
    assert all(word in told for word in ("A-7", "Milk 1 l", "Ковалёва", "At night", "not at this time"))
    for odd in ("nonsense", "01a209e1-dbf3-7214-9bca-413957cef978"):
        assert client.get(reverse("loyalty:promotion_try"), {"receipt": odd}).status_code == 404


def test_neighbours_are_those_that_share_goods_and_time(client: Client, marina: Employee, shop: Shop) -> None:
    march = TEN | {"stacking": "exclusive", "when": {"until": "2098-04-01T00:00"}}
    mine = live(march)
    live({"name": "Bread", "give": {"percent_off": {"percent": 5, "of": {"products": ["bread"]}}}})
    live({"name": "Later", "give": {"percent_off": 5}, "when": {"since": "2098-04-01T00:00"}})
    live({"name": "All five", "give": {"percent_off": 5}})
    live({"name": "Points", "give": {"earn": 5}, "needs": [{"amount": 5000}]})
    live({"name": "Doubles", "give": {"multiply": 2}})  # there are no points of March's to double
    written = PromotionWritten.model_validate(march)
    met = {one.name: one for one in queries.neighbours(mine, written, actor(marina), at=NOON)}
    assert met.keys() == {"All five", "Points"}
    assert met["All five"].wins
    assert met["Points"].together

    login(client, marina)
    shown = client.get(reverse("loyalty:promotion_others", args=[mine.public_id])).content.decode()
    assert all(word in shown for word in ("All five", "this one wins", "both are used"))
    items = client.get(f"/api/v1/promotions/{mine.public_id}/neighbours").json()["items"]
    assert {one["name"]: one["wins"] for one in items} == {"All five": True, "Points": False}
