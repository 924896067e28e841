from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from prilavok.catalog.ports import ProductRef
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import queries
from prilavok.loyalty.models import CouponSeries, Redemption, RefusedUse
from prilavok.loyalty.ports import Loaded, NewRedemption, NewSeries, TillLine
from prilavok.loyalty.problems import CannotCommit
from prilavok.loyalty.tests.till import Till
from prilavok.loyalty.web.reasons import unused
from prilavok.orders import actions as orders
from prilavok.orders.models import Receipt
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON

D = Decimal
TODAY = NOON.date()


@pytest.fixture
def on_milk(goods: dict[str, ProductRef]) -> NewSeries:
    return NewSeries(
        code="26-51380041013",
        name="Coupon 51380041013",
        common_code="51380041013",
        valid_from=NOON - timedelta(days=30),
        valid_until=NOON + timedelta(days=30),
        product_ids=[goods["milk"].id],
    )


@pytest.fixture
def annas_day(anna: Profile, basket: Basket, line: Line) -> None:
    """Bread in the morning; milk with a coupon and bread at noon."""
    coupon = (("coupon", D("1.50"), "manufacturer"),)
    milk = line("milk", "1", "88.50", "90", reimbursed=D("1.50"), discounts=coupon)
    orders.load_receipts(
        [
            basket("1", line("bread", "1", "50"), profile_id=anna.pk, paid_at=NOON - timedelta(hours=3)),
            basket("2", milk, line("bread", "1", "50"), profile_id=anna.pk),
        ],
        by=SYSTEM,
    )


def load(*rows: NewRedemption) -> Loaded:
    return loyalty.load_redemptions(rows, by=SYSTEM, at=NOON)


def test_series_of_the_past_are_loaded_once(on_milk: NewSeries) -> None:
    assert loyalty.load_series([on_milk], by=SYSTEM, at=NOON) == Loaded(1, 0, [])
    assert loyalty.load_series([on_milk], by=SYSTEM, at=NOON) == Loaded(0, 1, [])
    other = NewSeries(code=on_milk.code, name="Other", valid_from=on_milk.valid_from)
    assert loyalty.load_series([other], by=SYSTEM, at=NOON) == Loaded(0, 0, [(0, "other_terms")])


def test_a_use_of_the_past_meets_the_basket_of_that_day(
    on_milk: NewSeries, annas_day: None, anna: Profile
) -> None:
    loyalty.load_series([on_milk], by=SYSTEM, at=NOON)
    use = NewRedemption(series_code=on_milk.code, profile_id=anna.pk, day=TODAY)

    assert load(use) == Loaded(1, 0, [])
    assert load(use) == Loaded(0, 1, [])

    redemption = Redemption.objects.get()
    assert (redemption.receipt.number, redemption.amount) == ("2", D("1.5000"))
    series = CouponSeries.objects.get()
    figures = queries.figures([series.pk])[series.pk]
    assert (figures.uses, figures.customers, figures.revenue) == (1, 1, D("140.0000"))
    assert queries.pieces(series.pk) == {"issued": -1, "redeemed": 1}
    assert ledger.open_units() == []
    assert not StoredEvent.objects.filter(type="loyalty.CouponRedeemed", live=True).exists()


def test_a_use_without_a_basket_or_series_is_named(
    on_milk: NewSeries, annas_day: None, anna: Profile
) -> None:
    loyalty.load_series([on_milk], by=SYSTEM, at=NOON)

    result = load(
        NewRedemption(series_code=on_milk.code, profile_id=anna.pk, day=TODAY - timedelta(days=1)),
        NewRedemption(series_code="none", profile_id=anna.pk, day=TODAY),
    )

    assert result.conflicts == [(0, "no_receipt"), (1, "unknown_series")]


@pytest.mark.django_db(transaction=True)
def test_a_code_printed_for_all_is_used_at_the_till(
    on_milk: NewSeries, anna: Profile, basket: Basket, line: Line
) -> None:
    loyalty.load_series([on_milk], by=SYSTEM, at=NOON)
    for number, profile in (("1", anna.pk), ("2", anna.pk), ("3", None)):
        new = basket(number, line("milk", "1", "90"), profile_id=profile, coupons=["51380041013"])
        orders.record_receipt(new, by=SYSTEM, at=NOON)
    journal.deliver()

    assert {use.receipt.number for use in Redemption.objects.all()} == {"1", "2", "3"}
    assert Receipt.objects.count() == 3
    assert ledger.open_units() == []


def test_a_code_printed_for_all_that_each_may_use_once(
    on_milk: NewSeries, anna: Profile, ann: Profile, till: Till, annas_day: None
) -> None:
    """The books hold a piece for each customer: the till uses it, refuses the second use and takes it back."""
    once = replace(on_milk, uses=1, reward_kind="amount", reward_value=D(10))
    loyalty.load_series([once], by=SYSTEM, at=NOON)
    assert load(NewRedemption(series_code=once.code, profile_id=anna.pk, day=TODAY)) == Loaded(1, 0, [])
    code = once.common_code
    milk = TillLine(product="milk", price=D(90))
    assert till.reckon(milk, to=anna, coupons=(code,)).answer.unused_coupons == {code: "used"}
    sold = till.sell("3", milk, to=ann, coupons=(code,))
    assert sold.receipt.paid == 80
    assert till.reckon(milk, to=ann, coupons=(code,)).answer.unused_coupons == {code: "used"}
    series = CouponSeries.objects.get()
    assert queries.pieces(series.pk) == {"issued": -2, "held": 0, "redeemed": 2}
    assert ledger.open_units() == []

    till.sell("4", milk, to=ann, at=NOON - timedelta(days=1))
    other = NewRedemption(series_code=once.code, profile_id=ann.pk, day=TODAY - timedelta(days=1))
    assert load(other).conflicts == [(0, "used_up")]


def test_a_printed_code_counts_people_and_not_their_records(
    on_milk: NewSeries, anna: Profile, ann: Profile, till: Till, goods: dict[str, ProductRef]
) -> None:
    loyalty.load_series(
        [replace(on_milk, uses=2, reward_kind="amount", reward_value=D(10))], by=SYSTEM, at=NOON
    )
    code, milk = on_milk.common_code, TillLine(product="milk", price=D(90))
    till.sell("1", milk, to=anna, coupons=(code,))
    before = till.reckon(milk, to=ann, coupons=(code,)), till.reckon(milk, to=ann, coupons=(code,))
    customers.merge(profile_id=ann.pk, other_id=anna.pk, rule="manual", by=SYSTEM, at=NOON)
    till.pay(before[0], "2")
    with pytest.raises(CannotCommit):
        till.pay(before[1], "3")
    for who in (anna, ann):
        assert till.reckon(milk, to=who, coupons=(code,)).answer.unused_coupons == {code: "used"}
    assert ledger.open_units() == []


@pytest.mark.django_db(transaction=True)
def test_of_a_printed_code_that_each_may_use_once_a_stranger_is_told_why_not(
    on_milk: NewSeries, till: Till, basket: Basket, line: Line
) -> None:
    loyalty.load_series(
        [replace(on_milk, uses=1, reward_kind="amount", reward_value=D(10))], by=SYSTEM, at=NOON
    )
    code = on_milk.common_code
    told = till.reckon(TillLine(product="milk", price=D(90)), coupons=(code,))
    assert (told.answer.total, told.answer.unused_coupons) == (D(90), {code: "customer"})
    assert unused("customer") == str(RefusedUse.Reason.CUSTOMER.label)
    new = basket("1", line("milk", "1", "90"), coupons=[code])
    orders.record_receipt(new, by=SYSTEM, at=NOON)
    journal.deliver()
    assert (Redemption.objects.count(), RefusedUse.objects.get().reason) == (0, "customer")


@pytest.mark.django_db(transaction=True)
def test_two_series_with_one_printed_code_are_told_apart_by_their_own(
    on_milk: NewSeries, anna: Profile, basket: Basket, line: Line
) -> None:
    later = replace(on_milk, code="27-51380041013", valid_from=NOON - timedelta(days=1))
    loyalty.load_series([on_milk, later], by=SYSTEM, at=NOON)
    new = basket("1", line("milk", "1", "90"), profile_id=anna.pk, coupons=[on_milk.code, later.code])
    orders.record_receipt(new, by=SYSTEM, at=NOON)
    journal.deliver()

    assert {use.coupon.series.code for use in Redemption.objects.all()} == {on_milk.code, later.code}
