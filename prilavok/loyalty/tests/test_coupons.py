from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from prilavok.catalog.queries import category_ids as categories_by_code
from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import StoredEvent
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import queries, rules
from prilavok.loyalty.models import Coupon, CouponSeries, Redemption, RefusedUse, SeriesCategory
from prilavok.loyalty.problems import CodeTaken, SeriesClosedAlready
from prilavok.orders import actions as orders
from prilavok.orders.models import Receipt
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON, actor
from tests.side_by_side import side_by_side

D = Decimal
Pay = Callable[..., Receipt]


@pytest.fixture
def pay(basket: Basket, line: Line) -> Pay:
    """A milk for 90 with a coupon that took off 10."""

    def make(number: str, *codes: str, **more: object) -> Receipt:
        milk = line("milk", "1", "90", "100", discounts=(("coupon", D("10"), "shop"),))
        return orders.record_receipt(basket(number, milk, coupons=list(codes), **more), by=SYSTEM, at=NOON)

    return make


def use(receipt: Receipt, *codes: str) -> list[Redemption]:
    return loyalty.use_on_receipt(receipt.pk, codes, cause=uuid4(), by=SYSTEM, at=NOON)


@pytest.fixture
def boris(shop_on_lenina: Shop) -> Profile:
    return customers.register(NewCustomer(external_id="boris", shop_id=shop_on_lenina.pk), by=SYSTEM, at=NOON)


def test_a_customer_is_given_one_code_per_cause(march: CouponSeries, anna: Profile, boris: Profile) -> None:
    cause = uuid4()
    first = loyalty.issue(march.pk, [anna.pk], cause=cause, by=SYSTEM, at=NOON)
    again = loyalty.issue(march.pk, [anna.pk, boris.pk], cause=cause, by=SYSTEM, at=NOON)

    assert again[anna.pk] == first[anna.pk] != again[boris.pk]
    assert queries.codes_for([anna.pk, boris.pk], cause=cause) == again
    assert queries.pieces(march.pk) == {"issued": -2, "held": 2}
    assert (
        StoredEvent.objects.filter(type="loyalty.CouponIssued", customer_id=anna.pk, cause=cause).count() == 1
    )


def test_a_code_is_used_once(march: CouponSeries, anna: Profile, pay: Pay) -> None:
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]

    [used] = use(pay("1", code, profile_id=anna.pk), f" {code.lower().replace('-', ' ')} ")
    assert use(pay("2", code, profile_id=anna.pk), code) == []

    assert (used.amount, used.profile_id) == (D("10.0000"), anna.pk)
    assert [refused.reason for refused in RefusedUse.objects.all()] == ["used"]
    assert queries.pieces(march.pk) == {"issued": -1, "held": 0, "redeemed": 1}
    assert ledger.open_units() == []
    told = StoredEvent.objects.get(type="loyalty.CouponRedeemed")
    assert (told.customer_id, told.body["revenue"], told.body["amount"]) == (anna.pk, "90.0000", "10.0000")


def test_the_same_receipt_again_changes_nothing(march: CouponSeries, anna: Profile, pay: Pay) -> None:
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    receipt = pay("1", code, profile_id=anna.pk)
    use(receipt, code, "NONSENSE")
    use(receipt, code, "NONSENSE")

    assert Redemption.objects.count() == 1
    assert [refused.reason for refused in RefusedUse.objects.all()] == ["unknown"]
    assert StoredEvent.objects.filter(type__startswith="loyalty.CouponRe").count() == 2


def test_a_personal_code_is_refused_to_others(
    march: CouponSeries, anna: Profile, boris: Profile, pay: Pay
) -> None:
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]

    assert use(pay("1", code, profile_id=boris.pk), code) == []
    assert use(pay("2", code), code) == []
    assert {refused.reason for refused in RefusedUse.objects.all()} == {"other_customer"}


def test_cyrillic_letters_that_look_latin_make_no_difference(spring: CouponSeries, pay: Pay) -> None:
    loyalty.add_code(spring.pk, " весна-10", by=SYSTEM, at=NOON)

    assert len(use(pay("1"), "BECHA10")) == 1
    assert len(use(pay("2"), "весна - 10")) == 1
    assert use(pay("3"), "ВЕСНА-10") == []
    with pytest.raises(CodeTaken):
        loyalty.add_code(spring.pk, "BECHA1-0", by=SYSTEM, at=NOON)


def test_a_basket_below_the_minimum_or_out_of_the_window_is_refused(
    spring: CouponSeries, basket: Basket, line: Line
) -> None:
    loyalty.add_code(spring.pk, "SPRING-10", by=SYSTEM, at=NOON)
    small = orders.record_receipt(basket("1", line("bread", "1", "99")), by=SYSTEM, at=NOON)
    early = orders.record_receipt(
        basket("2", line("bread", "3", "150"), paid_at=NOON - timedelta(days=3)), by=SYSTEM, at=NOON
    )
    use(small, "SPRING-10")
    use(early, "SPRING-10")

    assert [refused.reason for refused in RefusedUse.objects.order_by("pk")] == ["too_little", "not_yet"]


def test_a_closed_series_issues_nothing_until_reopened(march: CouponSeries, anna: Profile) -> None:
    loyalty.close_series(march.pk, by=SYSTEM, at=NOON)
    with pytest.raises(SeriesClosedAlready):
        loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)

    loyalty.reopen_series(march.pk, by=SYSTEM, at=NOON)
    assert loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)


def test_codes_are_many_and_unlike(spring: CouponSeries) -> None:
    loyalty.make_codes(spring.pk, 2_000, by=SYSTEM, at=NOON)

    codes = set(Coupon.objects.values_list("code", flat=True))
    assert len(codes) == 2_000
    assert not set("".join(codes)) & set("0O1ILZ2S5B8")
    assert queries.pieces(spring.pk) == {"issued": -4_000, "bearer": 4_000}


def test_only_who_may_issues(march: CouponSeries, anna: Profile, marina: Employee, klara: Employee) -> None:
    loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=actor(marina), at=NOON)
    with pytest.raises(Refused):
        loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=actor(klara), at=NOON)


def test_codes_are_fair() -> None:
    letters = "".join(rules.make_codes(20_000)).replace("-", "")
    counts = [letters.count(letter) for letter in rules.ALPHABET.decode()]
    assert min(counts) > 0.9 * max(counts)


@pytest.mark.django_db(transaction=True)
def test_paying_with_a_code_uses_it(march: CouponSeries, anna: Profile, pay: Pay) -> None:
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    receipt = pay("1", code, profile_id=anna.pk)
    journal.deliver()

    assert Redemption.objects.get().receipt_id == receipt.pk
    told = StoredEvent.objects.get(type="loyalty.CouponRedeemed")
    assert StoredEvent.objects.get(pk=told.cause or uuid4()).type == "orders.ReceiptPaid"


@pytest.mark.django_db(transaction=True)
def test_many_tills_and_one_use(march: CouponSeries, anna: Profile, pay: Pay) -> None:
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    receipts = [pay(str(n), profile_id=anna.pk) for n in range(20)]

    def at_a_till(receipt: Receipt) -> int:
        return len(use(receipt, code))

    assert sum(side_by_side(8, at_a_till, receipts)) == 1
    assert Redemption.objects.count() == 1
    assert queries.pieces(march.pk)["redeemed"] == 1
    assert ledger.open_units() == []


def test_a_code_for_a_first_order_told_past_the_till_is_refused_with_a_second(
    pay: Pay, anna: Profile, march: CouponSeries
) -> None:
    """What it took off is counted by its categories."""
    CouponSeries.objects.filter(pk=march.pk).update(first_order=True, uses=5)
    [food] = categories_by_code(["food"]).values()
    SeriesCategory.objects.create(series=march, category_id=food)
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    first = pay("1", profile_id=anna.pk)
    second = pay("2", profile_id=anna.pk, paid_at=NOON + timedelta(hours=1))

    [used] = use(first, code)
    assert used.amount == 10
    assert use(second, code) == []
    assert RefusedUse.objects.get().reason == "first_order"
