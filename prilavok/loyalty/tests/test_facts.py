from decimal import Decimal
from uuid import uuid4

from prilavok.customers.models import Profile
from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty.models import CouponSeries
from prilavok.orders import actions as orders
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON


def test_a_used_coupon_becomes_a_fact(
    facts: None, march: CouponSeries, anna: Profile, basket: Basket, line: Line
) -> None:
    code = loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    milk = line("milk", "1", "90", "100", discounts=(("coupon", Decimal(10), "shop"),))
    orders.record_receipt(basket("1", milk, profile_id=anna.pk, coupons=[code]), by=SYSTEM, at=NOON)
    journal.deliver()

    rows = client.rows("SELECT profile_id, series_id, revenue_units, amount_units FROM coupon_redemptions")
    assert rows == [(anna.pk, march.pk, 90_0000, 10_0000)]
