from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.ids import uuid7
from prilavok.kernel.models import StoredEvent
from prilavok.orders import actions as orders
from prilavok.orders.models import LineDiscount, Receipt, ReceiptLine
from prilavok.orders.problems import ReceiptDiffers, ReceiptWrong
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON, actor
from tests.side_by_side import side_by_side

D = Decimal


def test_a_paid_basket_becomes_a_receipt_with_its_sums(annas_receipt: Receipt, anna: Profile) -> None:
    assert annas_receipt.profile_id == anna.pk
    assert (annas_receipt.gross, annas_receipt.paid, annas_receipt.discount, annas_receipt.revenue) == (
        D("250.0000"),
        D("230.0000"),
        D("20.0000"),
        D("230.0000"),
    )
    assert annas_receipt.items == 3
    assert [line.revenue for line in annas_receipt.lines.order_by("number")] == [D("180.0000"), D("50.0000")]
    assert [(d.kind, d.amount, d.funded_by) for d in LineDiscount.objects.all()] == [
        ("other", D("20.0000"), "shop")
    ]


def test_the_day_is_the_shops_day(basket: Basket, line: Line) -> None:
    late = datetime(2026, 2, 27, 22, 30, tzinfo=UTC)  # half past one on the 28th in Moscow
    receipt = orders.record_receipt(basket("N-1", line("milk", "1", "90"), paid_at=late), by=SYSTEM, at=NOON)

    assert (receipt.local_date, receipt.local_hour) == (date(2026, 2, 28), 1)


def test_the_same_receipt_again_changes_nothing(
    annas_receipt: Receipt, anna: Profile, basket: Basket, line: Line
) -> None:
    again = basket("A-1", line("milk", "2.000", "180", "200"), line("bread", "1", "50"), profile_id=anna.pk)

    assert orders.record_receipt(again, by=SYSTEM, at=NOON + timedelta(hours=1)) == annas_receipt
    assert Receipt.objects.count() == 1
    assert StoredEvent.objects.filter(type="orders.ReceiptPaid").count() == 1


def test_the_same_number_with_other_content_is_refused(
    annas_receipt: Receipt, basket: Basket, line: Line
) -> None:
    with pytest.raises(ReceiptDiffers):
        orders.record_receipt(basket("A-1", line("milk", "1", "90")), by=SYSTEM, at=NOON)


def test_a_public_id_names_one_receipt(basket: Basket, line: Line) -> None:
    name = uuid7()
    orders.record_receipt(basket("P-1", line("milk", "1", "90"), public_id=name), by=SYSTEM, at=NOON)

    with pytest.raises(ReceiptDiffers):
        orders.record_receipt(basket("P-2", line("milk", "1", "90"), public_id=name), by=SYSTEM, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_tills_with_one_receipt_make_one(basket: Basket, line: Line) -> None:
    def pay(_: int) -> int:
        return orders.record_receipt(basket("T-1", line("milk", "1", "90")), by=SYSTEM, at=NOON).pk

    basket_ready = basket("T-0", line("bread", "1", "50"))
    orders.record_receipt(basket_ready, by=SYSTEM, at=NOON)
    made = set(side_by_side(8, pay, range(16)))

    assert len(made) == 1
    assert Receipt.objects.filter(number="T-1").count() == 1
    assert ReceiptLine.objects.filter(receipt__number="T-1").count() == 1
    assert StoredEvent.objects.filter(type="orders.ReceiptPaid", body__receipt_id=made.pop()).count() == 1


def test_the_number_of_statements_does_not_grow_with_the_lines(basket: Basket, line: Line) -> None:
    def statements(number: str, lines: int) -> int:
        new = basket(number, *[line("milk", "1", "80", "90") for _ in range(lines)])
        with CaptureQueriesContext(
            connection,
        ) as captured:
            orders.record_receipt(new, by=SYSTEM, at=NOON)
        return len(captured)

    statements("Q-0", 1)
    assert statements("Q-1", 1) == statements("Q-2", 40) <= 12


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"lines": []}, "empty", "lines"),
        ({"paid_at": NOON + timedelta(days=2)}, "future", "paid_at"),
        ({"paid_at": datetime(2026, 3, 2, 12)}, "naive_time", "paid_at"),  # noqa: DTZ001
        ({"currency": "USD"}, "currency", "currency"),
    ],
)
def test_a_receipt_that_cannot_be_is_refused(
    basket: Basket, line: Line, change: dict[str, object], reason: str, field: str
) -> None:
    new = basket("W-1", line("milk", "1", "90"))
    for name, value in change.items():
        setattr(new, name, value)

    with pytest.raises(ReceiptWrong) as refused:
        orders.record_receipt(new, by=SYSTEM, at=NOON)
    assert (refused.value.reason, refused.value.field) == (reason, field)
    assert not Receipt.objects.exists()


def test_discounts_cannot_exceed_what_was_not_paid(basket: Basket, line: Line) -> None:
    wrong = line("milk", "1", "90", "100", discounts=(("card", D("15"), "shop"),))

    with pytest.raises(ReceiptWrong) as refused:
        orders.record_receipt(basket("W-2", line("bread", "1", "50"), wrong), by=SYSTEM, at=NOON)
    assert refused.value.field == "lines.1"


def test_only_who_may_records(basket: Basket, line: Line, klara: Employee, max_stranger: Employee) -> None:
    orders.record_receipt(basket("R-1", line("milk", "1", "90")), by=actor(klara), at=NOON)
    with pytest.raises(Refused):
        orders.record_receipt(basket("R-2", line("milk", "1", "90")), by=actor(max_stranger), at=NOON)


def test_a_till_is_known_by_its_first_receipt(annas_receipt: Receipt, shop_on_lenina: Shop) -> None:
    assert annas_receipt.till is not None
    assert (annas_receipt.till.shop, annas_receipt.till.code) == (shop_on_lenina, "1")
