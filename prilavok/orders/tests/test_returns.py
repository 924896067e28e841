from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prilavok.catalog.ports import ProductRef
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.ids import uuid7
from prilavok.kernel.models import StoredEvent
from prilavok.orders import actions as orders
from prilavok.orders import queries, rules
from prilavok.orders.actions import Back
from prilavok.orders.models import Receipt
from prilavok.orders.ports import NewLine, NewReceipt
from prilavok.orders.problems import ReceiptWrong
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON
from tests.properties import cases

D = Decimal


def back(receipt: Receipt, number: str, *lines: Back) -> Receipt:
    return orders.return_lines(receipt=receipt.public_id, lines=lines, number=number, by=SYSTEM, at=NOON)


def test_a_return_takes_away_what_was_paid(annas_receipt: Receipt, anna: Profile) -> None:
    returned = back(annas_receipt, "R-1", Back(1, D("1")))

    assert (returned.kind, returned.profile_id, returned.returns_id) == ("return", anna.pk, annas_receipt.pk)
    assert (returned.revenue, returned.items) == (D("-90.0000"), D("-1.000"))
    assert queries.purchases_of({anna.pk: [anna.pk]}, SYSTEM)[anna.pk].revenue == D("140.0000")
    told = StoredEvent.objects.get(type="orders.ReceiptReturned")
    assert (told.customer_id, told.body["revenue"]) == (anna.pk, "-90.0000")


def test_never_more_than_was_sold(annas_receipt: Receipt) -> None:
    back(annas_receipt, "R-1", Back(1, D("1.5")))

    with pytest.raises(ReceiptWrong) as refused:
        back(annas_receipt, "R-2", Back(2, D("1")), Back(1, D("1")))
    assert (refused.value.reason, refused.value.field) == ("more_than_sold", "lines.1")


def test_the_last_part_takes_the_rest_exactly(basket: Basket, line: Line) -> None:
    sale = orders.record_receipt(basket("L-1", line("milk", "3", "100.00")), by=SYSTEM, at=NOON)

    parts = [back(sale, f"L-2-{n}", Back(1, D("1"))).revenue for n in range(3)]

    assert parts == [D("-33.33"), D("-33.34"), D("-33.33")]  # in whole kopecks, as a till pays them
    assert queries.books()["revenue"] == 0


def test_a_till_returns_by_product(annas_receipt: Receipt, basket: Basket, line: Line) -> None:
    new = basket("R-1", line("bread", "1", "50"), kind="return", returns_public_id=annas_receipt.public_id)

    assert orders.record_receipt(new, by=SYSTEM, at=NOON).revenue == D("-50.0000")
    again = basket("R-2", line("bread", "1", "50"), kind="return", returns_public_id=annas_receipt.public_id)
    with pytest.raises(ReceiptWrong):
        orders.record_receipt(again, by=SYSTEM, at=NOON)


def test_a_return_cannot_be_returned(annas_receipt: Receipt) -> None:
    returned = back(annas_receipt, "R-1", Back(2, D("1")))

    with pytest.raises(ReceiptWrong) as refused:
        back(returned, "R-2", Back(1, D("1")))
    assert refused.value.reason in {"original_is_return", "more_than_sold"}


money = st.decimals(min_value=0, max_value=10_000, places=2)
quantities = st.decimals(min_value="0.001", max_value=50, places=3)
lines = st.lists(st.tuples(quantities, money, money, st.floats(0, 1)), min_size=1, max_size=8)


@given(lines=lines, kind=st.sampled_from(["sale", "return"]))
def test_a_receipt_is_the_sum_of_its_lines(
    lines: list[tuple[Decimal, Decimal, Decimal, float]], kind: str
) -> None:
    new = NewReceipt(
        number="1",
        shop_id=1,
        paid_at=NOON,
        currency="RUB",
        kind=kind,
        lines=[
            NewLine(
                1,
                1,
                1,
                quantity,
                "pcs",
                paid + off,
                paid,
                discounts=(("card", off * D(str(round(part, 2))), "shop"),),
            )
            for quantity, paid, off, part in lines
        ],
    )
    weighed = rules.weigh(new)

    sign = -1 if kind == "return" else 1
    told = [line.split(",") for line in weighed.told]
    assert weighed.revenue == sum(D(revenue) for *_, revenue, _, _ in told)
    assert weighed.paid == sum(D(paid) for *_, paid, _ in told) == sign * sum(p for _, p, _, _ in lines)
    amounts = [amount for _, line in weighed.discounted for _, amount, _ in line.discounts]
    assert sum(amounts) == weighed.gross - weighed.paid
    assert all(amount * sign > 0 for amount in amounts)


@settings(max_examples=cases(15), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=st.lists(st.decimals(min_value="0.001", max_value=3, places=3), min_size=1, max_size=6))
def test_however_it_comes_back_the_shop_gives_no_more_than_it_took(
    basket: Basket, goods: dict[str, ProductRef], line: Line, parts: list[Decimal]
) -> None:
    sale = orders.record_receipt(basket(str(uuid7()), line("milk", "3", "99.99", "120")), by=SYSTEM, at=NOON)
    left = D("3")
    for part in parts:
        try:
            back(sale, str(uuid7()), Back(1, part))
            left -= part
        except ReceiptWrong:
            assert part > left
    returned = sum((r.revenue for r in queries.returns_of(sale)), D(0))
    assert -sale.revenue <= returned <= 0
    assert (returned == -sale.revenue) == (left == 0)
