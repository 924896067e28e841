"""Goods come back where the rest of a receipt is reckoned anew; the stories are in scenarios/returns.yaml."""

from decimal import Decimal
from random import Random

import pytest

from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.models import Circumstances, Programme
from prilavok.loyalty.ports import TillLine
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders import actions as orders
from prilavok.orders import queries as orders_queries
from tests.cast import NOON

ZERO = Decimal(0)


@pytest.fixture
def anew(programme: Programme) -> Programme:
    return loyalty.change_programme(programme.pk, policies={"returns": "anew"}, by=SYSTEM, at=NOON)


def _promotions() -> None:
    put_up("Three for two", give={"multiple": {"take": 3, "pay": 2}}, group="goods")
    put_up("Seven", give={"percent_off": 7}, group="goods", limits={"own_money": 40})
    put_up("From 500", give={"amount_off": 150}, needs=[{"amount": 500}])
    put_up("Base", give={"earn": 10})
    put_up("Fifty", give={"earn_each": 50}, needs=[{"quantity": 4}])


@pytest.mark.parametrize("seed", range(8))
def test_parts_in_any_order_bring_back_exactly_what_was_paid(
    till: Till, anew: Programme, anna: Profile, seed: int
) -> None:
    """Neither more nor less, whatever falls away on the way: money, points spent, points earned."""
    _promotions()
    chance = Random(seed)
    before = till.sell("0", "2000", to=anna)
    prices = [Decimal(chance.randrange(100, 40_000)) / 100 for _ in range(chance.randrange(1, 6))]
    pieces = [Decimal(chance.choice(["1", "2", "3", "0.456"])) for _ in prices]
    lines = [
        TillLine(product=f"line-{n}", price=price, quantity=quantity, unit="pcs" if quantity >= 1 else "kg")
        for n, (price, quantity) in enumerate(zip(prices, pieces, strict=True))
    ]
    held = till.balance(anna)
    sold = till.sell("1", *lines, to=anna, points=Decimal(chance.randrange(200)))

    parts = [
        (n, one)
        for n, whole in enumerate(pieces, start=1)
        for one in ([Decimal(1)] * int(whole) if whole >= 1 else [whole])
    ]
    chance.shuffle(parts)
    backs = [till.take_back(sold, f"b{i}", {n: str(part)}) for i, (n, part) in enumerate(parts)]

    assert all(one.refund >= 0 for one in backs)
    assert sum(one.refund for one in backs) == sold.receipt.paid
    assert sum(one.points_spent for one in backs) == -sold.points_spent
    assert sum(one.points_earned for one in backs) == -sold.points_earned
    assert till.balance(anna) == held == before.points_earned
    assert not any(one.quantity for one in orders.still_sold(sold.receipt.pk))


def test_what_was_sold_before_the_policy_comes_back_by_shares(till: Till, programme: Programme) -> None:
    put_up("Three for two", give={"multiple": {"take": 3, "pay": 2}})
    by_share = till.sell("1", "300", "200", "100")
    loyalty.change_programme(programme.pk, policies={"returns": "anew"}, by=SYSTEM, at=NOON)
    by_rest = till.sell("2", "300", "200", "100")
    loyalty.change_programme(programme.pk, policies={}, by=SYSTEM, at=NOON)

    assert till.take_back(by_share, "1-b", {2: "1"}).refund == 200
    assert till.take_back(by_rest, "2-b", {2: "1"}).refund == 100
    assert not Circumstances.objects.filter(receipt=by_share.receipt.pk).exists()


def test_a_promotion_that_changed_meanwhile_counts_as_it_was(till: Till, anew: Programme) -> None:
    promotion = put_up("From 500", give={"percent_off": 10}, needs=[{"amount": 500}])
    sold = till.sell("1", "400", "600")
    promotion.state = promotion.State.ENDED
    promotion.save()

    assert till.take_back(sold, "b", {1: "1"}).refund == 900 - 540
    assert orders_queries.refunded(sold.receipt.pk) == 360


def test_a_return_told_past_the_till_moves_points_by_the_rest(
    till: Till, anew: Programme, anna: Profile
) -> None:
    """The money is what was told; points that only the whole had earned are taken back."""
    put_up("Hundred from 900", give={"earn_each": 100}, needs=[{"amount": 900}])
    sold = till.sell("1", "400", "600", to=anna)
    back = orders.return_lines(
        receipt=sold.receipt.public_id, lines=[orders.Back(1, Decimal(1))], number="b", by=SYSTEM, at=NOON
    )

    moved = loyalty.settle_return(back.pk, by=SYSTEM, at=NOON)

    assert moved is not None
    assert moved.refund == 400
    assert moved.points_earned == -100
    assert loyalty.settle_return(back.pk, by=SYSTEM, at=NOON) == moved
    assert till.balance(anna) == ZERO
