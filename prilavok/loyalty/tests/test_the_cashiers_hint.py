"""Klara scans Anna's card and reads what to say before she takes the money (M23)."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from prilavok.company import queries as company
from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import CouponSeries, Programme
from prilavok.loyalty.ports import NewSeries
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders import actions as orders
from tests.cast import NOON, actor, login

CARD = {"kind": "card", "value": "2900000012345"}


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def reckon(client: Client, klara: Employee, programme: Programme, goods: Any, shop_on_lenina: Shop) -> Any:
    login(client, klara)

    def ask(*identifiers: dict[str, str], product: str = "milk", **more: Any) -> Any:
        asked = {
            "shop": shop_on_lenina.code,
            "identifiers": identifiers,
            "lines": [{"product": product, "quantity": "2", "price": "150.00"}],
            "hint": True,
            **more,
        }
        headers = {"Accept-Language": "en"}
        answer = client.post(
            "/api/v1/till/calculate", asked, content_type="application/json", headers=headers
        )
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


def coupons(name: str, profile: Profile, *, now: datetime, days: int, code: str) -> CouponSeries:
    series = actions.create_series(
        NewSeries(
            code=code,
            name=name,
            reward_kind="percent",
            reward_value=Decimal(10),
            valid_from=now - timedelta(days=1),
            valid_until=now + timedelta(days=days),
            personal=True,
            uses=1,
        ),
        by=SYSTEM,
        at=now,
    )
    actions.issue(series.pk, [profile.pk], cause=series.public_id, by=SYSTEM, at=now)
    return series


def test_what_she_bought_and_usually_takes(
    reckon: Any, anna: Profile, basket: Any, line: Any, now: datetime
) -> None:
    for number in ("1", "2", "3", "4"):
        lines = [line("milk", "1", "100.00"), line("bread", "1", "40.00")]
        sold = basket(number, *lines, paid_at=now - timedelta(days=10 - int(number)), profile_id=anna.pk)
        orders.record_receipt(sold, by=SYSTEM, at=now)
    hint = reckon(CARD)["hint"]
    assert [one["total"] for one in hint["purchases"]] == ["140.00"] * 3
    assert hint["purchases"][0]["goods"] == ["Milk 1 l", "Rye bread"]
    assert hint["purchases"][0]["at"] > hint["purchases"][1]["at"]
    # The milk lies in the basket already.
    assert [one["product"] for one in hint["usual"]] == ["bread"]
    assert hint["offer"] == "Usually takes “Rye bread”: it is not in the basket."


def test_what_is_nearly_reached_comes_before_what_is_far(reckon: Any, anna: Profile) -> None:
    put_up("Cup from 400", give={"percent_off": 5}, needs=[{"amount": 400}])
    put_up("Bag from 5000", give={"percent_off": 15}, needs=[{"amount": 5000}])
    hint = reckon(CARD)["hint"]
    assert [(one["name"], one["missing"]) for one in hint["near"]] == [
        ("Cup from 400", "₽100.00 more are needed")
    ]
    assert hint["offer"].startswith("“Cup from 400”")


def test_a_coupon_that_soon_ends_is_the_first_thing_to_say(reckon: Any, anna: Profile, now: datetime) -> None:
    put_up("Cup from 400", give={"percent_off": 5}, needs=[{"amount": 400}])
    coupons("Long", anna, now=now, days=90, code="LONG")
    ending = coupons("Ending", anna, now=now, days=3, code="ENDING")
    coupons("Over", anna, now=now - timedelta(days=30), days=3, code="OVER")
    hint = reckon(CARD)["hint"]
    assert [one["name"] for one in hint["coupons"]] == ["Ending", "Long"]
    assert hint["offer"].startswith("Has a coupon “Ending”, good until ")
    # Named on this receipt already, it is no news.
    code = ending.coupons.get().code
    assert [one["name"] for one in reckon(CARD, coupons=[code])["hint"]["coupons"]] == ["Long"]


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "The birthday is today. Congratulate!"), (1, "The birthday is in 1 day."), (8, "")],
)
def test_a_birthday(reckon: Any, anna: Profile, now: datetime, days: int, said: str) -> None:
    person = anna.person
    assert person is not None
    person.birth_date = (now.astimezone(company.zone()) + timedelta(days=days)).date().replace(year=1984)
    person.save()
    assert reckon(CARD)["hint"]["birthday"] == said


def test_nothing_is_told_of_somebody_who_merely_says_who_they_are(
    reckon: Any, anna: Profile, basket: Any, line: Any, now: datetime
) -> None:
    orders.record_receipt(
        basket("1", line("milk", "1", "100.00"), paid_at=now - timedelta(days=1), profile_id=anna.pk),
        by=SYSTEM,
        at=now,
    )
    coupons("Ending", anna, now=now, days=3, code="ENDING")
    hint = reckon({"kind": "phone", "value": "+79161234567", "proof": "claimed"})["hint"]
    assert hint == {
        "offer": "",
        "birthday": "",
        "purchases": [],
        "usual": [],
        "coupons": [],
        "near": [],
        "next_tier": None,
    }


def test_it_is_told_only_where_it_is_asked_for(reckon: Any, anna: Profile) -> None:
    assert reckon(CARD, hint=False)["hint"] is None


def test_who_may_not_see_receipts_is_told_of_none(
    till: Till, klara: Employee, anna: Profile, basket: Any, line: Any
) -> None:
    orders.record_receipt(
        basket("1", line("milk", "1", "100.00"), paid_at=NOON - timedelta(days=1), profile_id=anna.pk),
        by=SYSTEM, at=NOON,
    )  # fmt: skip
    told = till.reckon("150.00", to=anna)
    blind = replace(actor(klara), permissions=actor(klara).permissions - {"orders.see"})
    seen = [
        queries.hint(told, goods=["line-1"], named=[], by=who, at=NOON).purchases
        for who in (actor(klara), blind)
    ]
    assert [len(one) for one in seen] == [1, 0]
