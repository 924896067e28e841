"""Baskets reckoned once more by a plain counter that knows nothing of the engine: pieces one by one, every choice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prilavok.loyalty.reckoning import Answer, Basket, Book, Customer, Line, Policies, calculate
from prilavok.loyalty.reckoning.basket import Cheapest, Choosing, Threshold
from prilavok.loyalty.reckoning.promotions import (
    AmountOff,
    Bundle,
    Earn,
    EarnEach,
    FixedPrice,
    Gift,
    Goods,
    Limits,
    Multiple,
    Multiply,
    Pair,
    PercentOff,
    Promotion,
    Stacking,
    Tiers,
    When,
)

D = Decimal
NOON = datetime(2026, 3, 2, 12)  # noqa: DTZ001 the shop's own clock
ANNA = Customer(balance=D(1000))


def of(*products: int) -> Goods:
    return Goods(products=frozenset(products))


def basket(*prices: str | Decimal | int, **more: Any) -> Basket:
    return Basket(tuple(Line(n, n, D(price)) for n, price in enumerate(prices, 1)), **more)


def reckon(what: Basket, *live: Promotion, whose: Customer | None = ANNA, **policies: Any) -> Answer:
    return calculate(what, whose, NOON, Book(live), Policies(**policies), explain=True)


# ── Pieces, one by one ───────────────────────────────────────────────────────────────────────────────────


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.01"), ROUND_HALF_UP)


@dataclass
class Counted:
    """A line with all its pieces laid out: what is left to pay, which pieces a set has, which cost nothing."""

    number: int
    pieces: int
    left: Decimal
    in_sets: int = 0
    given: int = 0
    off: list[Decimal] = field(default_factory=list)

    @property
    def piece(self) -> Decimal:
        return self.left / (self.pieces - self.given) if self.pieces > self.given else D(0)


def lay_out(lines: list[Counted]) -> list[Counted]:
    """All pieces that no set has, dear ones first."""
    dear = sorted((one for one in lines if one.left > 0), key=lambda one: (-one.piece, one.number))
    return [one for one in dear for _ in range(one.pieces - one.in_sets)]


def by_pieces(
    lines: list[Counted], size: int, cheaper: int, percent: Decimal, which: Cheapest, most: int | None
) -> None:
    pieces = lay_out(lines)
    sets = len(pieces) // size if most is None else min(len(pieces) // size, most)
    if which is Cheapest.EACH:
        used = pieces[: sets * size]
        cheap = [
            one for turn in range(sets) for one in pieces[turn * size : turn * size + size][size - cheaper :]
        ]
    else:
        cheap = pieces[len(pieces) - sets * cheaper :]
        used = [*pieces[: sets * (size - cheaper)], *cheap]
    prices = {one.number: one.piece for one in lines}
    for one in lines:
        times = sum(piece is one for piece in cheap)
        off = min(one.left, cents(prices[one.number] * times * percent / 100))
        one.left -= off
        one.off.append(off)
        one.in_sets += sum(piece is one for piece in used)
        one.given += times if percent == 100 else 0


def in_turn(lines: list[Counted], effects: list[Any], n_for_m: Cheapest, pairs: Cheapest) -> None:
    """One effect after another on whatever the lines still cost."""
    for effect, most in effects:
        if isinstance(effect, PercentOff):
            for one in lines:
                off = cents(one.left * effect.percent / 100)
                one.left -= off
                one.off.append(off)
        elif isinstance(effect, Multiple):
            by_pieces(lines, effect.take, effect.take - effect.pay, D(100), n_for_m, most)
        else:
            by_pieces(lines, 2, 1, effect.percent, pairs, most)


prices = st.decimals(1, 3000, places=2)
turns = st.lists(
    st.tuples(
        st.one_of(
            st.builds(PercentOff, st.decimals(1, 60, places=1)),
            st.integers(2, 5).flatmap(
                lambda take: st.builds(Multiple, st.just(take), st.integers(1, take - 1))
            ),
            st.builds(Pair, st.decimals(1, 100, places=0)),
        ),
        st.sampled_from([None, 1, 2]),
    ),
    min_size=1,
    max_size=4,
)
rows = st.lists(st.tuples(prices, st.integers(1, 9)), min_size=1, max_size=5)


@given(rows, turns, st.sampled_from(Cheapest), st.sampled_from(Cheapest))
def test_sets_come_out_as_when_pieces_are_laid_out_one_by_one(
    sold: Any, made: Any, n_for_m: Cheapest, pairs: Cheapest
) -> None:
    lines = [Line(n, n, price, D(pieces)) for n, (price, pieces) in enumerate(sold, 1)]
    live = [
        Promotion(n, (effect,), priority=n, limits=Limits(receipt=most))
        for n, (effect, most) in enumerate(made, 1)
    ]
    answer = reckon(Basket(tuple(lines)), *live, choosing=Choosing.PRIORITY, n_for_m=n_for_m, pairs=pairs)
    counted = [Counted(one.number, int(one.quantity), one.gross) for one in lines]
    in_turn(counted, made, n_for_m, pairs)
    assert [line.to_pay for line in answer.lines] == [one.left for one in counted]
    assert answer.discount == sum((sum(one.off) for one in counted), D(0))


# ── Best for the customer ────────────────────────────────────────────────────────────────────────────────

some_goods = st.sampled_from([Goods(), of(1, 2), of(2, 3), of(1), of(3, 4)])


def effects_on(some_goods: st.SearchStrategy[Goods]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(PercentOff, st.sampled_from([D(5), D(10), D(50)]), some_goods),
        st.builds(AmountOff, st.sampled_from([D(100), D(900)]), some_goods),
        st.builds(FixedPrice, st.sampled_from([D(50), D(300)]), some_goods),
        st.builds(Multiple, st.just(3), st.sampled_from([1, 2]), some_goods),
        st.builds(Pair, st.sampled_from([D(30), D(100)]), some_goods),
        st.builds(
            lambda price: Bundle(((of(1, 2), 1), (of(2, 3), 1)), price), st.sampled_from([D(99), D(450)])
        ),
        st.builds(Earn, st.sampled_from([D(3), D(10)]), some_goods),
        st.builds(EarnEach, st.just(D(20)), st.sampled_from([None, D(100)]), some_goods),
        st.builds(Multiply, st.sampled_from([D(2), D(3)]), some_goods),
        st.just(Gift((9,))),
    )


def promotions_of(what: st.SearchStrategy[Any], stackings: list[Stacking]) -> st.SearchStrategy[Any]:
    one = st.tuples(what, st.sampled_from(stackings), st.sampled_from(["", "", "a", "b"]), st.integers(1, 3))
    return st.lists(one, min_size=2, max_size=4)


promotions = st.one_of(
    promotions_of(effects_on(some_goods), [Stacking.CASCADE, Stacking.BASE]),
    promotions_of(
        st.one_of(
            st.builds(PercentOff, st.sampled_from([D(5), D(10), D(50)])),
            st.builds(AmountOff, st.sampled_from([D(100), D(900)])),
            st.builds(Earn, st.sampled_from([D(3), D(10)])),
            st.just(Gift((9,))),
        ),
        [*Stacking],
    ),
)
plain = st.lists(
    st.tuples(st.sampled_from([D(100), D(320), D("89.99")]), st.integers(1, 4)), min_size=1, max_size=4
)


@given(plain, promotions)
def test_no_other_choice_of_promotions_saves_the_customer_more(sold: Any, made: Any) -> None:
    lines = tuple(Line(n, n, price, D(pieces)) for n, (price, pieces) in enumerate(sold, 1))
    live = [
        Promotion(n, (effect,), stacking=stacking, group=group, priority=priority)
        for n, (effect, stacking, group, priority) in enumerate(made, 1)
    ]
    best = reckon(Basket(lines), *live)
    for count in range(1, len(live) + 1):
        for chosen in combinations(live, count):
            fewer = reckon(Basket(lines), *chosen, choosing=Choosing.PRIORITY)
            assert best.discount >= fewer.discount - D("0.02"), [
                one.id for one in chosen
            ]  # a kopeck of rounding

    winners = [
        one.group
        for one in live
        if one.group and (said := best.verdicts[one.id]) and (said.amount or said.points or said.gifts)
    ]
    assert len(winners) == len(set(winners)), "of a group one wins, whatever it gives"
    for one in live:
        said = best.verdicts[one.id]
        assert bool(said.amount or said.points or said.gifts) is (said.refusal is None)


# ── What a file of cases tells better one by one ─────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "effects", "worth"),
    [
        ("two gifts", [Gift((8,)), Gift((9,))], (0, 0, 1)),
        ("money, points, a gift", [Earn(D(10)), PercentOff(D(10)), Gift((9,))], (100, 0, 0)),
        ("a gift and points", [Earn(D(10)), Gift((9,))], (0, 0, 1)),
        ("points and what multiplies them", [Earn(D(10)), Multiply(D(3))], (0, 100, 0)),
    ],
)
def test_of_a_group_one_wins_whatever_its_members_give(
    kind: str, effects: list[Any], worth: tuple[int, int, int]
) -> None:
    answer = reckon(basket(1000), *(Promotion(n, (one,), group="a") for n, one in enumerate(effects, 1)))

    assert [answer.discount, answer.points_earned, len(answer.gifts)] == [*worth]
    assert sum(one.refusal is None for one in answer.verdicts.values()) == 1


def test_what_multiplies_points_may_give_some_itself() -> None:
    both = Promotion(1, (EarnEach(D(50)), Multiply(D(3))))

    assert reckon(basket(1000), both, Promotion(2, (Earn(D(10)),))).points_earned == 100 + 200 + 50


def test_of_many_that_stand_alone_the_best_one_stands() -> None:
    live = [Promotion(n, (PercentOff(D(n)),), stacking=Stacking.EXCLUSIVE) for n in range(1, 21)]

    assert reckon(basket(1000), *live).discount == 200


def test_a_threshold_of_money_is_measured_as_the_programme_says() -> None:
    less = Promotion(1, (AmountOff(D(200)),), priority=1)
    step = Promotion(2, (Tiers(((D(900), D(10)),), by_amount=True),), priority=2)

    assert reckon(basket(1000), less, step).discount == 280
    assert reckon(basket(1000), less, step, threshold=Threshold.AFTER).discount == 200


def test_a_set_is_found_where_one_of_its_parts_could_be_any() -> None:
    """Any coffee and this coffee: the dear one is the only one that can be the second part."""
    pair = Promotion(1, (Bundle(((of(1, 2), 1), (of(1), 1)), D(999)),))

    assert reckon(basket(700, 500), pair).total == 999


def test_a_fixed_price_is_that_of_what_is_paid_for() -> None:
    """Three for two, then ninety a piece: two are paid."""
    three = Promotion(1, (Multiple(3, 2),), priority=1)
    ninety = Promotion(2, (FixedPrice(D(90)),), priority=2)
    line = Line(1, 1, D(100), D(3))

    assert reckon(Basket((line,)), three, ninety).total == 180


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    fridays = When(weekdays=frozenset({4}), hours=(time(22), time(2)))
    friday = datetime(2026, 3, 6)  # noqa: DTZ001
    hours = [friday + timedelta(hours=hour) for hour in range(48)]

    assert [one.isoformat()[5:13] for one in hours if fridays.holds(one)] == [
        "03-06T22", "03-06T23", "03-07T00", "03-07T01",
    ]  # fmt: skip


def test_a_thousand_million_pieces_are_counted_not_listed() -> None:
    many = Line(1, 1, D("0.01"), D(999_999_999))
    sets = [Promotion(1, (Multiple(3, 2),)), Promotion(2, (Bundle(((Goods(), 2),), D("0.01")),))]

    assert reckon(Basket((many,)), sets[0]).discount == D("3333333.33")
    assert reckon(Basket((many,)), sets[1]).discount == D("4999999.99")


@pytest.mark.parametrize("effect", [Earn(D(5)), Multiply(D(2))])
def test_a_coupon_for_points_is_not_used_up_by_somebody_unknown(effect: Any) -> None:
    asks = Promotion(1, (effect,), coupon=7)
    what = basket(1000, coupons={"A": 7, "B": 7})

    assert reckon(what, asks, whose=None).unused_coupons == {"A": "customer", "B": "customer"}


def test_two_codes_of_one_series_do_what_one_does() -> None:
    asks = Promotion(1, (PercentOff(D(10)),), coupon=7)
    milk = Promotion(2, (PercentOff(D(10), of(9)),), coupon=8)
    answer = calculate(
        basket(1000, coupons={"A": 7, "B": 7, "MILK": 8}), ANNA, NOON, Book([asks, milk]), Policies()
    )

    assert answer.discount == 100
    assert answer.unused_coupons == {"B": "another", "MILK": "nothing"}
