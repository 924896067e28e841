"""The worked cases of the programme's rules: what each line costs, and why."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prilavok.loyalty.reckoning import (
    AmountOff,
    Answer,
    Basket,
    Book,
    Bundle,
    Customer,
    Earn,
    EarnEach,
    FixedPrice,
    Gift,
    Goods,
    Limits,
    Line,
    Multiple,
    Multiply,
    Need,
    Pair,
    PercentOff,
    Policies,
    Promotion,
    Tiers,
    Uses,
    When,
    Where,
    Who,
    calculate,
    give,
)
from prilavok.loyalty.reckoning.basket import Cheapest, Choosing, PartOfPoint, Rounding, Threshold
from prilavok.loyalty.reckoning.promotions import Stacking

D = Decimal
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
ANNA = Customer(balance=D(1000))


def basket(*lines: tuple[Any, ...] | Line | str, **more: Any) -> Basket:
    """A basket of prices, (price, quantity), or whole lines."""
    made = []
    for number, line in enumerate(lines, 1):
        if isinstance(line, str):
            line = (line,)
        made.append(
            line
            if isinstance(line, Line)
            else Line(number, number, D(line[0]), D(line[1] if len(line) > 1 else 1))
        )
    return Basket(tuple(made), **more)


def promo(*effects: Any, id: int = 1, **more: Any) -> Promotion:
    return Promotion(id, effects, **more)


def reckon(
    what: Basket,
    *promotions: Promotion,
    customer: Customer | None = ANNA,
    local: datetime = NOON,
    **policies: Any,
) -> Answer:
    return calculate(what, customer, local, Book(promotions), Policies(**policies), explain=True)


def off(answer: Answer) -> list[str]:
    """What each line is cheaper by."""
    return [str(sum((amount for _, amount in line.discounts), D("0.00"))) for line in answer.lines]


# ── Per cent, sums, rounding, stacking ───────────────────────────────────────────────────────────────────


def test_per_cent_are_rounded_by_line() -> None:
    answer = reckon(basket("3.30", "4.70", "9.90"), promo(PercentOff(D(15))))
    assert (off(answer), answer.total) == (["0.50", "0.71", "1.49"], D("15.20"))


def test_or_for_the_basket_and_then_spread() -> None:
    answer = reckon(basket("3.30", "4.70", "9.90"), promo(PercentOff(D(15))), rounding=Rounding.BASKET)
    assert (answer.discount, answer.total) == (D("2.69"), D("15.21"))
    assert sum(map(D, off(answer))) == D("2.69")


def test_a_sum_is_spread_to_the_kopeck() -> None:
    answer = reckon(basket("333.33", "333.33", "333.33"), promo(AmountOff(D(100))))
    assert sorted(off(answer)) == ["33.33", "33.33", "33.34"]


def test_what_a_sum_cannot_use_is_lost() -> None:
    answer = reckon(basket("650"), promo(AmountOff(D(1000))))
    assert (answer.discount, answer.total) == (D(650), D(0))


def test_ten_per_cent_and_then_three_hundred() -> None:
    assert (
        reckon(
            basket("2000"), promo(PercentOff(D(10)), priority=1), promo(AmountOff(D(300)), id=2, priority=2)
        ).total
        == 1500
    )


def test_a_cascade_goes_from_the_price_after_the_earlier_one() -> None:
    first, second = promo(PercentOff(D(20))), promo(PercentOff(D(10)), id=2)
    assert reckon(basket("1000"), first, second).total == 720
    from_base = promo(PercentOff(D(10)), id=2, stacking=Stacking.BASE)
    assert reckon(basket("1000"), first, from_base).total == 700


def test_goods_without_discounts_take_none() -> None:
    closed = Line(2, 2, D(500), closed=True)
    answer = reckon(basket("1000", closed), promo(PercentOff(D(10))))
    assert (answer.discount, answer.total) == (D(100), D(1400))


def test_nothing_falls_below_its_floor() -> None:
    answer = reckon(basket(Line(1, 1, D(1000), floor=D(850))), promo(PercentOff(D(20))))
    assert (answer.discount, answer.total) == (D(150), D(850))


@pytest.mark.parametrize(("pieces", "total"), [(2, 240), (5, 570), (6, 648)])
def test_more_pieces_more_per_cent(pieces: int, total: int) -> None:
    tiers = Tiers(((D(3), D(5)), (D(6), D(10))))
    assert reckon(basket(("120", pieces)), promo(tiers)).total == total


def test_when_a_threshold_fails_the_coupon_stays_and_says_why() -> None:
    spring = promo(PercentOff(D(10)), coupon=7, needs=(Need(amount=D(2000)),))
    answer = reckon(basket("1500", coupons={"SPRING": 7}), spring)
    assert (answer.discount, answer.unused_coupons) == (D(0), {"SPRING": "amount"})
    assert answer.verdicts[1].refusal and answer.verdicts[1].refusal.needed == 2000
    assert reckon(basket("1500", "500", coupons={"SPRING": 7}), spring).total == 1800


def test_of_two_that_cover_all_only_what_is_needed_is_used() -> None:
    answer = reckon(basket("100"), promo(PercentOff(D(50))), promo(PercentOff(D(100)), id=2))
    assert answer.total == 0
    assert answer.verdicts[1].refusal and answer.verdicts[1].refusal.reason == "needless"
    assert answer.verdicts[2].amount == 100


def test_an_exclusive_promotion_shares_its_lines_with_no_other() -> None:
    alone = promo(PercentOff(D(25)), id=2, stacking=Stacking.EXCLUSIVE, priority=200)
    answer = reckon(basket("1000"), promo(PercentOff(D(10))), promo(PercentOff(D(5)), id=3), alone)
    assert (answer.total, answer.verdicts[2].amount) == (D(750), D(250))  # 25 beats 10 and then 5
    weak = promo(PercentOff(D(12)), id=2, stacking=Stacking.EXCLUSIVE)
    assert reckon(basket("1000"), promo(PercentOff(D(10))), promo(PercentOff(D(5)), id=3), weak).total == 855


def test_of_a_group_one_wins_the_best_or_the_first() -> None:
    small, large = promo(PercentOff(D(5)), group="a"), promo(PercentOff(D(9)), id=2, group="a", priority=200)
    assert reckon(basket("1000"), small, large).total == 910
    first = reckon(basket("1000"), small, large, choosing=Choosing.PRIORITY)
    assert first.total == 950
    assert first.verdicts[2].refusal and first.verdicts[2].refusal.reason == "group"


def test_a_threshold_counts_before_discounts_or_after() -> None:
    ten = promo(PercentOff(D(10)), priority=1)
    from_2000 = promo(AmountOff(D(100)), id=2, needs=(Need(amount=D(2000)),))
    assert reckon(basket("2000"), ten, from_2000).total == 1700
    assert reckon(basket("2000"), ten, from_2000, threshold=Threshold.AFTER).total == 1800


def test_a_fixed_price_never_makes_dearer() -> None:
    answer = reckon(basket(("120", 2), "80"), promo(FixedPrice(D(99))))
    assert off(answer) == ["42.00", "0.00"]


# ── N for M, pairs, sets, gifts ──────────────────────────────────────────────────────────────────────────


def test_two_and_one_at_most_twice_and_another_takes_the_rest() -> None:
    twice = promo(Multiple(3, 2), limits=Limits(receipt=2), priority=1)
    once = promo(Multiple(3, 2), id=2, limits=Limits(receipt=1), priority=2)
    assert reckon(basket(("100", 9)), twice).total == 700
    assert reckon(basket(("100", 9)), twice, once).total == 600


def test_what_is_given_away_is_not_discounted_again() -> None:
    three_for_two = promo(Multiple(3, 2), priority=1)
    for stacking in (Stacking.CASCADE, Stacking.BASE):
        ten = promo(PercentOff(D(10)), id=2, stacking=stacking)
        assert reckon(basket(("320", 3)), three_for_two, ten).total == 576


def test_the_cheapest_of_all_are_free_or_those_of_each_three() -> None:
    six = basket("60", "50", "40", "30", "20", "10")
    assert reckon(six, promo(Multiple(3, 2))).discount == 30
    assert reckon(six, promo(Multiple(3, 2)), n_for_m=Cheapest.EACH).discount == 50


def test_the_second_is_half_price() -> None:
    four = basket("100", "80", "60", "40")
    assert reckon(four, promo(Pair(D(50)))).discount == 60  # of 100 and 80, of 60 and 40
    assert reckon(four, promo(Pair(D(50))), pairs=Cheapest.ALL).discount == 50


def test_a_gift_comes_from_a_sum_on_and_goes_below_it() -> None:
    gift = promo(Gift((99,)), needs=(Need(amount=D(3000)),))
    many = promo(PercentOff(D(10)), id=2, needs=(Need(quantity=D(2)),))
    with_gift = reckon(basket("3100"), gift, many)
    assert [one.product for one in with_gift.gifts] == [99]
    assert with_gift.total == 3100  # the gift is no second piece
    assert reckon(basket("2990"), gift).gifts == []


def test_a_gift_out_of_stock_gives_way_to_another_or_to_nothing() -> None:
    gift = promo(Gift((99, 98)), Gift((99, 98)))
    assert [one.product for one in reckon(basket("10", stock={99: D(1), 98: D(5)}), gift).gifts] == [99, 98]
    none = reckon(basket("10", stock={99: D(0), 98: D(0)}), gift)
    assert (none.gifts, none.total) == ([], D(10))
    assert none.verdicts[1].refusal and none.verdicts[1].refusal.reason == "stock"


def test_a_set_costs_its_price_as_often_as_it_is_whole() -> None:
    bundle = promo(Bundle(((Goods(products=frozenset({1})), 1), (Goods(products=frozenset({2})), 1)), D(999)))
    assert reckon(basket(("700", 2), ("500", 2)), bundle).total == 1998
    assert reckon(basket(("700", 2), ("500", 1)), bundle).total == 1699
    assert (
        reckon(basket(("700", 2), ("500", 2)), Promotion(1, bundle.effects, limits=Limits(receipt=1))).total
        == 2199
    )


# ── Who, when, where, how often ──────────────────────────────────────────────────────────────────────────


def test_delivery_counts_in_no_minimum() -> None:
    ten = promo(PercentOff(D(10)), needs=(Need(amount=D(2000)),))
    delivery = Line(9, 900, D(300), delivery=True)
    assert reckon(basket("1990", delivery), ten).discount == 0
    assert reckon(basket("2000", delivery), ten).discount == 200
    free = promo(PercentOff(D(100), Goods(delivery=True)), id=2)
    assert reckon(basket("2000", delivery), free).total == 2000


@pytest.mark.parametrize(
    ("who", "customer", "reason"),
    [
        (Who(known=True), None, "customer"),
        (Who(segments=frozenset({5})), Customer(segments=frozenset({4})), "segment"),
        (Who(without_segments=frozenset({4})), Customer(segments=frozenset({4})), "segment"),
        (Who(tiers=frozenset({2})), Customer(tier=1), "tier"),
        (Who(card_kinds=frozenset({2})), Customer(), "card"),
        (Who(birthday=(3, 3)), Customer(birthday=date(1990, 3, 6)), "birthday"),
        (Who(first=True), Customer(orders=1), "first"),
    ],
)
def test_who_is_not_meant_is_told_why(who: Who, customer: Customer | None, reason: str) -> None:
    answer = reckon(basket("100"), promo(PercentOff(D(10)), who=who), customer=customer)
    assert answer.discount == 0
    assert answer.verdicts[1].refusal and answer.verdicts[1].refusal.reason == reason


def test_happy_hours_shops_and_ways_of_paying() -> None:
    happy = promo(PercentOff(D(10)), when=When(weekdays=frozenset({0}), hours=(time(12), time(14))))
    assert reckon(basket("100"), happy).total == 90
    assert reckon(basket("100"), happy, local=NOON.replace(day=2, hour=14)).total == 100
    assert reckon(basket("100"), happy, local=NOON.replace(day=3, hour=12)).total == 100
    here = promo(PercentOff(D(10)), where=Where(shops=frozenset({1}), payments=frozenset({"card"})))
    assert reckon(basket("100", shop=1, payment="card"), here).total == 90
    assert reckon(basket("100", shop=1, payment="cash"), here).total == 100


def test_a_limit_counts_uses_and_money_before() -> None:
    ten = promo(PercentOff(D(10)), limits=Limits(own=2, all_money=D(150)))
    used_once = Customer(uses={1: Uses(own=1, all_money=D(60))})
    assert reckon(basket("500", "500"), ten, customer=used_once).discount == 90  # of 100 what is left of 150
    used_up = Customer(uses={1: Uses(own=2)})
    assert reckon(basket("500"), ten, customer=used_up).discount == 0
    assert reckon(basket("500"), ten, customer=None).discount == 0  # nobody's uses can't be counted


# ── Points ───────────────────────────────────────────────────────────────────────────────────────────────


def test_parts_of_points_are_dropped_or_rounded() -> None:
    three = promo(Earn(D(3)))
    assert reckon(basket("999.99"), three).points_earned == 29
    assert reckon(basket("999.99"), three, part_of_point=PartOfPoint.HALF_UP).points_earned == 30


def test_points_spent_are_spread_over_the_lines() -> None:
    answer = reckon(basket("199", "199", "102", points=D(100)))
    assert [str(line.paid_by_points) for line in answer.lines] == ["39.80", "39.80", "20.40"]
    assert (answer.total, answer.points_spent) == (D(400), D(100))


def test_points_are_spent_in_blocks() -> None:
    answer = reckon(
        basket("100", points=D(10)), customer=Customer(balance=D(10)), point_value=D("1.5"), block=D(3)
    )
    assert (answer.points_spent, answer.paid_by_points) == (D(9), D("13.50"))


def test_points_pay_at_most_their_share_and_never_closed_goods() -> None:
    closed = Line(2, 2, D(500), closed=True)
    answer = reckon(basket("1000", closed, points=D(900)), points_share=D("0.5"))
    assert (answer.points_to_spend, answer.points_spent) == (D(750), D(750))
    assert answer.lines[1].paid_by_points == 0


def test_points_lower_what_later_points_are_earned_on() -> None:
    answer = reckon(basket("1000", points=D(200)), promo(Earn(D(10))))
    assert answer.points_earned == 80


def test_a_multiplier_and_a_tier_of_ones_own() -> None:
    base = promo(Earn(D(5), by_tier={2: D(7)}))
    double = promo(Multiply(D(2), Goods(categories=frozenset({3}))), id=2)
    what = basket(Line(1, 1, D(1000), within=frozenset({3})), Line(2, 2, D(1000)))
    answer = reckon(what, base, double)
    assert (answer.points_earned, answer.verdicts[2].points) == (D(150), D(50))
    assert reckon(what, base, customer=Customer(tier=2)).points_earned == 140
    assert answer.lines[0].earned == [(1, D(50)), (2, D(50))]


def test_points_for_each_full_sum() -> None:
    assert reckon(basket("250"), promo(EarnEach(D(10), each=D(100)))).points_earned == 20
    assert reckon(basket("250"), promo(EarnEach(D(300)))).points_earned == 300


# ── Whatever is asked ────────────────────────────────────────────────────────────────────────────────────

prices = st.decimals(0, 5000, places=2)
effects = st.one_of(
    st.builds(PercentOff, st.decimals(0, 100, places=1)),
    st.builds(AmountOff, prices),
    st.builds(FixedPrice, prices),
    st.builds(Multiple, st.just(3), st.integers(1, 2)),
    st.builds(Pair, st.decimals(1, 100, places=0)),
    st.builds(
        lambda price: Bundle(
            ((Goods(products=frozenset({1, 2})), 1), (Goods(products=frozenset({2, 3})), 2)), price
        ),
        prices,
    ),
    st.builds(Earn, st.decimals(0, 20, places=1)),
    st.builds(Multiply, st.sampled_from([D(2), D("1.5")])),
)
promotions = st.lists(
    st.builds(
        lambda effect, stacking, group, priority, floor: (effect, stacking, group, priority, floor),
        effects,
        st.sampled_from(Stacking),
        st.sampled_from(["", "", "a", "b"]),
        st.integers(1, 3),
        st.sampled_from([None, D(50)]),
    ),
    max_size=6,
)
lines = st.lists(
    st.tuples(
        prices, st.sampled_from([D(1), D(2), D(7), D("0.456")]), st.booleans(), st.sampled_from([D(0), D(10)])
    ),
    min_size=1,
    max_size=5,
)


@given(lines, promotions, st.integers(0, 3000), st.sampled_from(Rounding), st.sampled_from(Choosing))
def test_it_always_adds_up_and_nothing_falls_below_zero_or_its_floor(
    rows: list[Any], made: list[Any], points: int, rounding: Rounding, choosing: Choosing
) -> None:
    what = Basket(
        tuple(
            Line(n, n, price, quantity, closed=closed, floor=floor)
            for n, (price, quantity, closed, floor) in enumerate(rows, 1)
        ),
        points=D(points),
    )
    live = [
        Promotion(
            n, (effect,), stacking=stacking, group=group, priority=priority, limits=Limits(all_money=money)
        )
        for n, (effect, stacking, group, priority, money) in enumerate(made, 1)
    ]
    policies = Policies(rounding=rounding, choosing=choosing)
    answer = calculate(what, ANNA, NOON, Book(live), policies)

    assert calculate(what, ANNA, NOON, Book(live[::-1]), policies).lines == answer.lines
    assert (
        answer.total
        == sum((line.to_pay for line in answer.lines), D(0))
        == answer.gross - answer.discount - answer.paid_by_points
    )
    for line in answer.lines:
        taken = sum((amount for _, amount in line.discounts), D(0)) + line.paid_by_points
        assert line.to_pay == line.gross - taken
        assert line.to_pay >= min(line.gross, (line.line.floor * line.line.quantity).quantize(D("0.01")))
        assert not (line.line.closed and taken)
        assert all(amount > 0 for _, amount in line.discounts)
    for one in live:
        verdict = answer.verdicts[one.id]
        assert verdict.amount == sum(
            (a for line in answer.lines for p, a in line.discounts if p == one.id), D(0)
        )
        assert verdict.points == sum(
            (a for line in answer.lines for p, a in line.earned if p == one.id), D(0)
        )
        assert one.limits.all_money is None or verdict.amount <= one.limits.all_money
    groups = [one.group for one in live if one.group and answer.verdicts[one.id].amount]
    assert len(groups) == len(set(groups))
    if choosing is Choosing.BEST:
        by_priority = calculate(
            what, ANNA, NOON, Book(live), Policies(rounding=rounding, choosing=Choosing.PRIORITY)
        )
        assert answer.discount >= by_priority.discount


needs = st.lists(
    st.builds(Need, quantity=st.sampled_from([D(0), D(4)]), amount=st.sampled_from([D(0), D(900)])),
    max_size=1,
)
more_effects = st.one_of(
    effects, st.builds(Gift, st.just((5,))), st.builds(EarnEach, prices, st.just(D(100)))
)


@given(
    lines,
    st.lists(st.lists(more_effects, min_size=1, max_size=3), min_size=1, max_size=3),
    needs,
    st.sampled_from(Stacking),
    st.sampled_from(Rounding),
)
def test_what_promotions_give_is_what_the_reckoning_says(
    rows: list[Any], given_: list[list[Any]], asked: list[Need], stacking: Stacking, rounding: Rounding
) -> None:
    """A year is reckoned by the short way."""
    what = Basket(
        tuple(
            Line(n, n, price, quantity, closed=closed, floor=floor)
            for n, (price, quantity, closed, floor) in enumerate(rows, 1)
        )
    )
    first, *others = given_
    book = Book(
        [
            Promotion(
                1, tuple(first), stacking=stacking, needs=tuple(asked), limits=Limits(all_money=D(300))
            ),
            *(Promotion(number, tuple(one)) for number, one in enumerate(others, 2)),
        ]
    )
    policies = Policies(rounding=rounding)
    buyer = Customer()
    answer = calculate(what, buyer, NOON, book, policies)
    given_now = give(book.about(what.lines), what, buyer, policies)
    verdicts = answer.verdicts.values()
    assert given_now.gave == {one.promotion for one in verdicts if one.amount or one.points or one.gifts}
    assert given_now.amounts == {one.promotion: one.amount for one in verdicts if one.amount}
    assert given_now.points == {one.promotion: one.points for one in verdicts if one.points}
    assert (given_now.lines, given_now.gifts) == (answer.lines, answer.gifts)
