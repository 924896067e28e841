"""A year of receipts comes in whole, adds up to the kopeck and changes nothing the second time."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from prilavok.catalog import queries as catalog
from prilavok.company.models import Shop
from prilavok.customers.models import Profile
from prilavok.exchange.models import Import
from prilavok.exchange.tests.conftest import Bring
from prilavok.exchange.wording import in_words
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import queries as orders

HEADER = "receipt,shop,till,paid_at,card,product,quantity,unit,revenue,card_discount,manufacturer_coupon,shop_coupon\n"
GOOD = (
    "1001,lenina,1,2026-03-01 10:15:00,,P1,2,pcs,3.50,0.50,,\n"
    "1001,lenina,1,2026-03-01 10:15:00,,P2,1,pcs,10.00,,1.00,0.25\n"
    "1002,lenina,1,2026-03-01 11:00:00,,P1,10.597,gal,25.32,,,\n"
)


@pytest.fixture(autouse=True)
def _ground(goods: None, shop_on_lenina: Shop) -> None: ...


def test_the_sum_in_the_file_is_the_sum_in_the_base(bring: Bring, shop_on_lenina: Shop) -> None:
    one = bring("receipts", HEADER + GOOD.replace("lenina", shop_on_lenina.code))

    assert (one.rows, one.loaded, one.rejected) == (3, 2, 0)
    revenue = next(line for line in one.reconciliation if line["key"] == "revenue")
    assert revenue["file"] == revenue["base"] == 388_200
    assert revenue["difference"] == 0
    first = orders.receipts(SYSTEM).get(number="1001")
    assert (first.gross, first.paid, first.revenue) == (Decimal("14.25"), Decimal("12.50"), Decimal("13.50"))


def test_the_same_file_again_changes_nothing(bring: Bring, shop_on_lenina: Shop) -> None:
    text = HEADER + GOOD.replace("lenina", shop_on_lenina.code)
    bring("receipts", text)

    again = bring("receipts", text)

    assert (again.loaded, again.unchanged, again.rejected) == (0, 2, 0)
    assert orders.receipts(SYSTEM).count() == 2
    assert all(line["difference"] == 0 for line in again.reconciliation)


def test_a_product_that_the_catalogue_lacks_gets_a_place(bring: Bring, shop_on_lenina: Shop) -> None:
    one = bring("receipts", HEADER + GOOD.replace("lenina", shop_on_lenina.code).replace("P2", "P-new"))

    assert one.notes == [
        {"code": "placeholders", "count": 1, "lines": 1},
        {"code": "without_customer", "count": 2},
    ]
    assert catalog.products(SYSTEM).get(code="P-new").placeholder


def test_the_customer_is_found_by_card(bring: Bring, shop_on_lenina: Shop, anna: Profile) -> None:
    card = anna.identifiers.filter(kind="card").values_list("value", flat=True).first() or "2900000000018"
    text = HEADER + GOOD.replace("lenina", shop_on_lenina.code).replace("00,,P", f"00,{card},P")

    one = bring("receipts", text)

    assert one.rejected == 0, one.reconciliation
    assert set(orders.receipts(SYSTEM).values_list("profile_id", flat=True)) == {anna.pk}


RETURNS = "receipt,shop,paid_at,kind,returns,line,product,quantity,revenue\n"


def test_a_return_names_its_original_wherever_that_stands(bring: Bring, shop_on_lenina: Shop) -> None:
    code = shop_on_lenina.code
    text = RETURNS + (
        f"R-1,{code},2026-03-02 10:00:00,возврат,S-1,1,P1,1,1.75\n"
        f"S-1,{code},2026-03-01 10:00:00,,,1,P1,2,3.50\n"
    )

    one = bring("receipts", text)

    assert (one.loaded, one.rejected) == (2, 0)
    assert orders.receipts(SYSTEM).get(number="R-1").returns == orders.receipts(SYSTEM).get(number="S-1")
    assert all(line["difference"] == 0 for line in one.reconciliation)
    again = bring("receipts", text)
    assert (again.loaded, again.unchanged, again.rejected) == (0, 2, 0)


def test_a_return_of_an_unknown_receipt_is_rejected(
    bring: Bring, shop_on_lenina: Shop, rejects: Callable[[Import], list[list[str]]]
) -> None:
    text = RETURNS + f"R-1,{shop_on_lenina.code},2026-03-02 10:00:00,return,S-9,1,P1,1,1.75\n"

    one = bring("receipts", text)

    assert (one.loaded, one.rejected) == (0, 1)
    assert rejects(one)[0][-1] == in_words("original_unknown", {})
    assert all(line["difference"] == 0 for line in one.reconciliation)


def test_a_line_that_stands_twice_is_counted_once(bring: Bring, shop_on_lenina: Shop) -> None:
    first = f"S-1,{shop_on_lenina.code},2026-03-01 10:00:00,,,1,P1,2,3.50\n"
    second = first.replace(",1,P1", ",2,P1")

    one = bring("receipts", RETURNS + first + first + second)

    assert (one.loaded, one.rejected) == (1, 0)
    assert {"code": "repeated_rows", "count": 1} in one.notes
    assert orders.receipts(SYSTEM).get(number="S-1").revenue == Decimal("7.00")


def test_two_lines_of_one_number_spoil_their_receipt(bring: Bring, shop_on_lenina: Shop) -> None:
    first = f"S-1,{shop_on_lenina.code},2026-03-01 10:00:00,,,1,P1,2,3.50\n"

    one = bring("receipts", RETURNS + first + first.replace("3.50", "4.50"))

    assert (one.loaded, one.rejected) == (0, 2)
    assert all(line["difference"] == 0 for line in one.reconciliation)


def test_a_receipt_with_an_empty_date_stops_no_file(
    bring: Bring, rejects: Callable[[Import], list[list[str]]]
) -> None:
    text = HEADER + "".join(
        f"{number},lenina,1,{paid_at},,P1,1,pcs,1.00,,,\n"
        for number, paid_at in enumerate(
            ("0001-01-01 00:00:00", "1899-12-30 00:00:00", "01.01.1970 3:00", "2026-03-01 10:00:00"), start=1
        )
    )
    one = bring("receipts", text)

    assert (one.loaded, one.rejected) == (1, 3)
    assert {row[-2] for row in rejects(one)} == {"paid_at"}
    assert all(line["difference"] == 0 for line in one.reconciliation)
