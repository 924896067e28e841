import json
from datetime import timedelta
from decimal import Decimal

import pytest

from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.ids import uuid7
from prilavok.kernel.models import StoredEvent
from prilavok.orders import actions as orders
from prilavok.orders import queries
from prilavok.orders.models import LineDiscount, Receipt, ReceiptCoupon
from prilavok.orders.ports import NewReceipt
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON, actor

D = Decimal


@pytest.fixture
def year(anna: Profile, basket: Basket, line: Line) -> list[NewReceipt]:
    """Three receipts of Anna's and one of somebody unknown."""
    return [
        basket(
            "H-1", line("milk", "1", "80", "90", discounts=(("card", D("10"), "shop"),)), profile_id=anna.pk
        ),
        basket(
            "H-2",
            line("milk", "2", "160"),
            line("bread", "1", "50"),
            profile_id=anna.pk,
            coupons=["C1", "C1"],
        ),
        basket("H-3", line("bread", "0.5", "25", unit="kg"), profile_id=anna.pk),
        basket(
            "H-4",
            line(
                "bread", "1", "45", "50", reimbursed=D("5"), discounts=(("coupon", D("5"), "manufacturer"),)
            ),
        ),
    ]


def test_history_is_loaded_with_its_sums_and_moves_nothing(year: list[NewReceipt]) -> None:
    result = orders.load_receipts(year, by=SYSTEM)

    assert (result.loaded, result.unchanged, result.conflicts, result.lines) == (4, 0, [], 5)
    assert result.revenue == D("365.0000")
    assert queries.books() == {
        "receipts": 4,
        "revenue": D("365.0000"),
        "lines": 5,
        "line_revenue": D("365.0000"),
    }
    assert {(d.kind, d.amount, d.funded_by) for d in LineDiscount.objects.all()} == {
        ("card", D("10.0000"), "shop"),
        ("coupon", D("5.0000"), "manufacturer"),
    }
    assert [c.code for c in ReceiptCoupon.objects.all()] == ["C1"]
    told = StoredEvent.objects.filter(type="orders.ReceiptPaid")
    assert told.count() == 4
    assert not told.filter(live=True).exists()
    assert Receipt.objects.get(number="H-3").items == 1


def test_the_same_file_again_changes_nothing(year: list[NewReceipt]) -> None:
    orders.load_receipts(year, by=SYSTEM)

    again = orders.load_receipts(year, by=SYSTEM)

    assert (again.loaded, again.unchanged, again.conflicts) == (0, 4, [])
    assert Receipt.objects.count() == 4


def test_a_known_number_with_other_content_is_a_conflict(
    year: list[NewReceipt], basket: Basket, line: Line
) -> None:
    orders.load_receipts(year[:1], by=SYSTEM)

    result = orders.load_receipts([basket("H-1", line("milk", "1", "70")), year[1]], by=SYSTEM)

    assert (result.loaded, result.conflicts) == (1, [(0, "different")])


def test_a_number_twice_in_one_file(year: list[NewReceipt], basket: Basket, line: Line) -> None:
    result = orders.load_receipts([year[0], year[0], basket("H-1", line("milk", "1", "70"))], by=SYSTEM)

    assert (result.loaded, result.unchanged, result.conflicts) == (1, 1, [(2, "repeated")])


def test_what_cannot_be_is_named_and_the_rest_is_kept(
    year: list[NewReceipt], basket: Basket, line: Line
) -> None:
    wrong = [
        basket("X-1"),
        basket("X-2", line("milk", "1", "90", "80")),
        basket("X-3", line("milk", "1", "90"), paid_at=NOON + timedelta(days=3650)),
    ]
    result = orders.load_receipts([*wrong, year[0]], by=SYSTEM)

    assert (result.loaded, result.conflicts) == (1, [(0, "empty"), (1, "sums"), (2, "future")])


def test_a_receipt_that_came_live_is_known_to_history(year: list[NewReceipt]) -> None:
    orders.record_receipt(year[0], by=SYSTEM, at=NOON)

    assert orders.load_receipts(year, by=SYSTEM).unchanged == 1


def test_returns_find_their_sales_in_the_same_batch(anna: Profile, basket: Basket, line: Line) -> None:
    name = uuid7()
    sale = basket("S-1", line("milk", "2", "160"), public_id=name, profile_id=anna.pk)
    back = basket("S-2", line("milk", "1", "80"), kind="return", returns_public_id=name)
    too_much = basket("S-3", line("milk", "2", "160"), kind="return", returns_public_id=name)
    lost = basket("S-4", line("milk", "2", "160"), kind="return", returns_public_id=uuid7())

    result = orders.load_receipts([back, sale, too_much, lost], by=SYSTEM)

    assert (result.loaded, result.conflicts) == (2, [(2, "more_than_sold"), (3, "original_unknown")])
    assert result.revenue == D("80.0000")
    assert Receipt.objects.get(number="S-2").profile_id == anna.pk


def test_only_who_may_loads(year: list[NewReceipt], klara: Employee) -> None:
    with pytest.raises(Refused):
        orders.load_receipts(year, by=actor(klara))


def test_the_event_is_written_as_it_would_write_itself(year: list[NewReceipt]) -> None:
    orders.load_receipts(year, by=SYSTEM)

    for stored in StoredEvent.objects.filter(type="orders.ReceiptPaid"):
        revived = journal.revive(stored)
        assert revived is not None
        body = json.loads(json.dumps(revived.body()))
        lines = ";".join(",".join(map(str, line)) for line in body["lines"])
        assert {**body, "lines": lines} == {**stored.body, "kind": "sale", "beneficiary_id": None}


def test_an_event_of_an_older_journal_is_read_too(year: list[NewReceipt]) -> None:
    orders.load_receipts(year, by=SYSTEM)

    for stored in StoredEvent.objects.filter(type="orders.ReceiptPaid"):
        told = journal.revive(stored)
        assert told is not None
        stored.body = json.loads(json.dumps(told.body()))  # its lines as lists
        assert journal.revive(stored) == told
