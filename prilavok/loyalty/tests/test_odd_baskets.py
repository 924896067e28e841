"""What tills send on bad days: each is answered clearly or reckoned, and the books close after it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions
from prilavok.loyalty.models import CouponSeries, Programme
from prilavok.loyalty.ports import TillLine
from prilavok.loyalty.problems import NothingToReturn
from prilavok.loyalty.tests.test_at_the_till import ask
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders.actions import Back
from prilavok.orders.problems import ReceiptDiffers, ReceiptWrong
from tests.cast import NOON, login

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


@pytest.mark.parametrize(
    "typed",
    [
        "ВЕСНА-10",
        "becha 10",
        "вЕCна–10",
        "ВЕСНА\u201110",
        "\u200bBECHA\u00a0— 10",
        "ＢＥＣＨＡ１０",
        "\ufeffbecha-10",
    ],
)
def test_a_coupon_typed_in_cyrillic_or_copied_from_a_letter(
    typed: str, till: Till, anna: Profile, spring: CouponSeries
) -> None:
    actions.add_code(spring.pk, "BECHA-10", by=SYSTEM, at=NOON)
    told = till.reckon("1000.00", to=anna, coupons=(typed,))
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


def test_what_is_below_zero_earns_nothing_and_lessens_what_is_earned(till: Till, anna: Profile) -> None:
    put_up("Points", give={"earn": 10})
    put_up("A hundred once", give={"earn_each": 100})
    goods, coupon = (
        TillLine(product="cheese", price=Decimal(100)),
        TillLine(product="coupon", amount=Decimal(-40)),
    )
    sold = till.sell("1", goods, coupon, to=anna)
    assert (sold.receipt.paid, sold.points_earned) == (Decimal(60), Decimal(106))
    assert till.cancel(sold, "1-void").refund == 60
    told = till.reckon(coupon, goods, coupon, coupon, coupon, to=anna)
    assert (told.answer.total, told.answer.points_earned) == (Decimal(-60), Decimal(0))
    till.cancel(till.pay(told, "2"), "2-void")
    assert till.balance(anna) == 0


def test_a_cancelled_sale_brings_back_what_has_no_quantity(till: Till, anna: Profile) -> None:
    put_up("Points", give={"earn": 10})
    fee = TillLine(product="fee", quantity=Decimal(0), amount=Decimal(50))
    sold = till.sell("1", fee, "100.00", to=anna)
    till.take_back(sold, "1-1", {2: "1"})
    undone = till.cancel(sold, "1-void")
    assert (undone.refund, undone.points_earned, till.balance(anna)) == tuple(map(Decimal, (50, -5, 0)))
    assert till.cancel(sold, "1-void") == undone
    with pytest.raises(NothingToReturn):
        till.cancel(sold, "1-again")


@pytest.mark.parametrize("returns", ["share", "anew"])
@pytest.mark.parametrize("order", [(1, 2, 3, 4), (4, 1, 3, 2), (3, 2), (2, 4), ()])
def test_odd_lines_come_back_in_any_order_and_add_up(
    returns: str, order: tuple[int, ...], till: Till, anna: Profile, programme: Programme
) -> None:
    """A set of three, a coupon printed as a line, what costs nothing and a fee without quantity; the rest cancelled."""
    actions.change_programme(programme.pk, policies={"returns": returns}, by=SYSTEM, at=NOON)
    put_up("Three for two", give={"multiple": {"take": 3, "pay": 2}})
    put_up("Points", give={"earn": 7})
    till.sell("0", "1000.00", to=anna)
    lines = [
        TillLine(product="cheese", price=Decimal("99.99"), quantity=Decimal(7)),
        TillLine(product="coupon", amount=Decimal("-1.50")),
        TillLine(product="bag", price=Decimal(0)),
        TillLine(product="milk", price=Decimal("33.33"), quantity=Decimal(2)),
        TillLine(product="fee", amount=Decimal(3), quantity=Decimal(0)),
    ]
    sold = till.sell("1", *lines, to=anna, points=Decimal(50))
    backs = [till.take_back(sold, f"1-{line}", {line: str(lines[line - 1].quantity)}) for line in order]
    backs.append(till.cancel(sold, "1-void"))
    assert sum((one.refund for one in backs), Decimal(0)) == sold.receipt.paid
    assert till.balance(anna) == 70


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ({"price": "10", "gross": "5"}, "lines.0.gross"),
        ({"price": "10", "discounts": [{"kind": "card", "amount": "3"}]}, "lines.0.discounts"),
        (
            {"amount": "10", "gross": "12", "discounts": [{"kind": "card", "amount": "3"}]},
            "lines.0.discounts",
        ),
    ],
)
def test_what_no_commit_would_take_is_told_before_money_is(
    line: dict[str, Any], place: str, client: Client, klara: Employee, till: Till
) -> None:
    login(client, klara)
    told = ask(client, "calculate", {"shop": "lenina", "lines": [{"product": "a", **line}]})
    assert (told.status_code, told.json()["code"], told.json()["field"]) == (422, "bad_line", place)


def test_clocks_are_told_what_is_wrong_with_them(client: Client, klara: Employee, till: Till) -> None:
    login(client, klara)
    basket = {"shop": "lenina", "lines": [{"product": "a", "price": "10"}]}
    told = ask(client, "calculate", basket | {"at": "2026-03-29T02:30:00"})
    assert told.status_code == 422 and "+03:00" in told.content.decode(), told.content
    told = ask(client, "calculate", basket).json()
    paid = {"calculation": told["calculation"], "number": "1"}
    for moment, code in (
        ((clock.now() - timedelta(hours=25)).isoformat(), "clock_is_wrong"),
        ((clock.now() + timedelta(hours=25)).isoformat(), "receipt_wrong"),
    ):
        refused = ask(client, "commit", paid | {"paid_at": moment})
        assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
            422,
            code,
            "paid_at",
        )
    assert ask(client, "commit", paid).status_code == 200


def test_gifts_without_end_end(till: Till, anna: Profile, goods: Any) -> None:
    """A gift for each piece, which is itself such a piece: given once, not again for what was given."""
    put_up("One more", give={"gift": {"products": ["milk"]}}, needs=[{"quantity": 1}])
    put_up("And one more", give={"gift": {"products": ["bread"]}}, needs=[{"quantity": 1}])
    told = till.reckon(TillLine(product="milk", price=Decimal(90)), to=anna)
    assert [gift.quantity for gift in told.answer.gifts] == [1, 1]
    assert till.pay(told, "1").receipt.paid == 90
