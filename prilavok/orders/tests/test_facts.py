from datetime import date
from decimal import Decimal

from prilavok.customers.models import Profile
from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import actions as orders
from prilavok.orders import queries
from prilavok.orders.actions import Back
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON

D = Decimal


def test_receipts_and_returns_become_facts(facts: None, anna: Profile, basket: Basket, line: Line) -> None:
    coupon = (("coupon", D("5"), "manufacturer"),)
    milk = line("milk", "2", "175", "200", reimbursed=D("5"), discounts=coupon)
    sale = orders.record_receipt(
        basket("1", milk, line("bread", "1", "50"), profile_id=anna.pk), by=SYSTEM, at=NOON
    )
    orders.load_receipts([basket("2", line("bread", "0.5", "25", unit="kg"))], by=SYSTEM)
    orders.return_lines(receipt=sale.public_id, lines=[Back(1, D(1))], number="3", by=SYSTEM, at=NOON)
    journal.deliver()

    rows = client.rows(
        "SELECT profile_id, kind, revenue_units, paid_units, discount_units, toString(items), lines, local_date,"
        " local_hour FROM receipts ORDER BY receipt_id"
    )
    day = date(2026, 3, 2)
    assert rows == [
        (anna.pk, "sale", 230_0000, 225_0000, 25_0000, "3", 2, day, 12),
        (0, "sale", 25_0000, 25_0000, 0, "1", 1, day, 12),
        (anna.pk, "return", -90_0000, -87_5000, -12_5000, "-1", 1, day, 12),
    ]
    sums = "SELECT kind, sum(revenue_units), count() FROM receipt_lines GROUP BY kind ORDER BY kind"
    assert client.rows(sums) == [("return", -90_0000, 1), ("sale", 255_0000, 3)]

    [shop] = queries.identified(SYSTEM, since=day, until=day)
    assert (shop.receipts, shop.identified, shop.revenue, shop.share) == (2, 1, D("165.0000"), 0.5)
    [told] = queries.days(SYSTEM, since=day, until=day)
    now = queries.today(SYSTEM, at=NOON)
    assert (told.receipts, told.identified, told.revenue, told.customers) == (2, 1, D("165.0000"), 1)
    assert (now.receipts, now.identified, now.revenue, now.customers) == (2, 1, D("165.0000"), 1)
