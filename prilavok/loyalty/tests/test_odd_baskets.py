"""What tills send on bad days: each is answered clearly or reckoned, and the books close after it."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Shop
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions
from prilavok.loyalty.models import CouponSeries
from prilavok.loyalty.ports import TillLine
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders.actions import Back
from prilavok.orders.problems import ReceiptDiffers, ReceiptWrong
from tests.cast import NOON

LONG = 5_000


@pytest.fixture(autouse=True)
def the_books_close(db: None) -> Any:
    yield
    assert ledger.open_units() == []
    assert ledger.lots_that_differ() == []


@pytest.fixture
def shop_on_mira(the_company: None) -> Shop:
    return company.add_shops([NewShop(code="mira", name="На Мира", region="Москва")], by=SYSTEM, at=NOON)[
        "mira"
    ]


def test_a_receipt_of_five_thousand_lines(till: Till, anna: Profile) -> None:
    put_up("Ten off", give={"percent_off": 10})
    put_up("Three per cent", give={"earn": 3})
    sold = till.sell("1", *["10.00"] * LONG, to=anna)
    assert sold.receipt.paid == 45_000
    assert till.balance(anna) == 1_350
    till.take_back(sold, "2", {line: "1" for line in range(1, LONG + 1)})
    assert till.balance(anna) == 0


def test_what_costs_nothing_and_what_is_weighed(till: Till, anna: Profile) -> None:
    put_up("Ten off", give={"percent_off": 10})
    weighed = TillLine(product="cheese", quantity=Decimal("0.345"), unit="kg", amount=Decimal("300.00"))
    told = till.reckon("0.00", weighed, TillLine(product="coupon", amount=Decimal("-50.00")), to=anna)
    assert [one.to_pay for one in told.answer.lines] == [0, Decimal("270.00"), Decimal("-50.00")]
    assert till.pay(told, "1").receipt.paid == 220


def test_a_coupon_typed_in_cyrillic(till: Till, anna: Profile, spring: CouponSeries) -> None:
    actions.add_code(spring.pk, "BECHA-10", by=SYSTEM, at=NOON)
    told = till.reckon("1000.00", to=anna, coupons=("ВЕСНА-10",))
    assert told.answer.total == 700


def test_goods_come_back_to_another_shop(till: Till, anna: Profile, shop_on_mira: Shop) -> None:
    put_up("Three per cent", give={"earn": 3})
    sold = till.sell("1", "1000.00", "500.00", to=anna)

    def back() -> Any:
        return actions.give_back(
            receipt=sold.receipt.public_id,
            lines=[Back(1, Decimal(1))],
            number="1",  # its own in that shop
            shop_id=shop_on_mira.pk,
            by=SYSTEM,
            at=NOON,
        )

    first, again = back(), back()
    assert first.receipt == again.receipt
    assert first.receipt.shop_id == shop_on_mira.pk
    assert first.refund == 1000
    assert till.balance(anna) == 15


def test_what_was_never_sold_does_not_come_back(till: Till, anna: Profile) -> None:
    with pytest.raises(ReceiptWrong) as unknown:
        actions.give_back(receipt=uuid4(), lines=[Back(1, Decimal(1))], number="2", by=till.by, at=NOON)
    assert unknown.value.reason == "original_unknown"
    sold = till.sell("1", "1000.00", to=anna)
    for line, quantity in ((1, "2"), (2, "1"), (1, "0")):
        with pytest.raises(ReceiptWrong):
            till.take_back(sold, "3", {line: quantity})


def test_one_fiscal_number_from_two_tills(till: Till, anna: Profile) -> None:
    first, second = till.reckon("100.00", to=anna, till_code="1"), till.reckon("900.00", till_code="2")
    till.pay(first, "77")
    with pytest.raises(ReceiptDiffers):
        till.pay(second, "77")


def test_gifts_without_end_end(till: Till, anna: Profile, goods: Any) -> None:
    """A gift for each piece, which is itself such a piece: given once, not again for what was given."""
    put_up("One more", give={"gift": {"products": ["milk"]}}, needs=[{"quantity": 1}])
    put_up("And one more", give={"gift": {"products": ["bread"]}}, needs=[{"quantity": 1}])
    told = till.reckon(TillLine(product="milk", price=Decimal(90)), to=anna)
    assert [gift.quantity for gift in told.answer.gifts] == [1, 1]
    assert till.pay(told, "1").receipt.paid == 90
