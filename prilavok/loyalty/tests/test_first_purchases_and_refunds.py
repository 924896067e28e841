"""What is for a first purchase is given once, whatever tills do meanwhile; a refund is never less than nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions
from prilavok.loyalty.models import CouponSeries, Programme
from prilavok.loyalty.ports import NewSeries
from prilavok.loyalty.problems import CannotCommit
from prilavok.loyalty.tests.till import Till, put_up
from tests.cast import NOON
from tests.side_by_side import side_by_side

D = Decimal


@pytest.fixture
def hello(the_company: None) -> CouponSeries:
    """Ten per cent off a first purchase, by one code for everybody."""
    series = actions.create_series(
        NewSeries(
            code="HELLO",
            name="Hello",
            reward_kind="percent",
            reward_value=D(10),
            valid_from=NOON - timedelta(days=1),
            uses=None,
            personal=False,
            first_order=True,
        ),
        by=SYSTEM,
        at=NOON,
    )
    actions.add_code(series.pk, "HELLO", by=SYSTEM, at=NOON)
    return series


@pytest.mark.parametrize("way", ["promotion", "coupon"])
def test_two_tills_that_were_told_of_a_first_purchase_give_it_once(
    till: Till, anna: Profile, hello: CouponSeries, way: str
) -> None:
    if way == "promotion":
        put_up("First", give={"percent_off": 10}, who={"first": True})
    codes = ("HELLO",) if way == "coupon" else ()
    one, other = (till.reckon("100", to=anna, coupons=codes) for _ in range(2))
    assert [one.answer.total, other.answer.total] == [90, 90]

    sold = till.pay(one, "1")
    with pytest.raises(CannotCommit) as refused:
        till.pay(other, "2")

    assert refused.value.params["because"] == "first"
    assert till.reckon("100", to=anna, coupons=codes).answer.total == 100
    till.cancel(sold, "3")
    assert till.reckon("100", to=anna, coupons=codes).answer.total == 90, "a cancelled sale was no purchase"
    assert till.sell("4", "100", to=anna, coupons=codes).receipt.paid == 90


def test_somebody_who_was_merged_has_bought(till: Till, anna: Profile, ann: Profile) -> None:
    put_up("First", give={"percent_off": 10}, who={"first": True})
    told = till.reckon("100", to=anna)
    till.sell("1", "100", to=ann)
    customers.merge(profile_id=anna.pk, other_id=ann.pk, by=SYSTEM, at=NOON)
    with pytest.raises(CannotCommit):
        till.pay(told, "2")


@pytest.mark.django_db(transaction=True)
def test_twenty_tills_give_one_first_purchase(till: Till, anna: Profile) -> None:
    put_up("First", give={"percent_off": 10}, who={"first": True})
    told = [till.reckon("100", to=anna) for _ in range(20)]

    def pay(place: int) -> bool:
        try:
            till.pay(told[place], str(place))
        except CannotCommit:
            return False
        return True

    assert sum(side_by_side(10, pay, range(20))) == 1


# ── Refunds ──────────────────────────────────────────────────────────────────────────────────────────────


def kept_from_refund(programme: Programme, **policies: str) -> None:
    actions.change_programme(programme.pk, owes=False, policies=policies, by=SYSTEM, at=NOON)


def test_what_the_refund_does_not_cover_is_owed(till: Till, anna: Profile, programme: Programme) -> None:
    """Five hundred points for a purchase of a hundred, spent, and the purchase comes back."""
    kept_from_refund(programme)
    put_up("Welcome", give={"earn_each": {"points": 500}}, limits={"own": 1})
    sold = till.sell("1", "100", to=anna)
    till.sell("2", "1000", to=anna, points=D(500))

    back = till.take_back(sold, "3", {1: "1"})

    assert [back.refund, back.points_earned, back.owed] == [0, -400, 400]
    assert till.take_back(sold, "3", {1: "1"}) == back
    assert ledger.open_units() == []


def test_what_is_kept_is_in_kopecks(till: Till, anna: Profile, programme: Programme) -> None:
    kept_from_refund(programme, point_value="0.33", point_step="0.01")
    put_up("Points", give={"earn": "3.33"}, limits={"own": 1})
    sold = till.sell("1", "100", to=anna)
    till.sell("2", "1000", to=anna, points=D("3.33"))

    assert till.take_back(sold, "3", {1: "1"}).refund == D("98.90")
