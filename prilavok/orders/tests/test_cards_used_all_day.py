"""A cashier's own card, shown at the till for everybody in the queue, tells nobody."""

from datetime import timedelta

from prilavok.customers import actions as customers
from prilavok.customers import queries as known
from prilavok.customers.models import Profile
from prilavok.customers.queries import Certainty, Presented
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import actions as orders
from prilavok.orders import queries
from prilavok.orders.tests.conftest import Basket, Line

CARD = "2900000012345"


def test_the_card_of_a_whole_queue_is_quarantined(anna: Profile, basket: Basket, line: Line) -> None:
    now = clock.now()
    noon = (now - timedelta(days=1)).replace(hour=9, minute=0)
    for number in range(queries.ALL_DAY):
        at = noon + timedelta(minutes=number)
        receipt = basket(f"Q-{number}", line("milk", "1", "90"), profile_id=anna.pk, paid_at=at)
        orders.record_receipt(receipt, by=SYSTEM, at=now)
    assert customers.quarantine_common(at=now) == 1

    found = known.identify([Presented("card", CARD)], SYSTEM)
    assert (found.certainty, found.too_common) == (Certainty.UNKNOWN, ("card",))


def test_a_customer_who_buys_twice_a_day_keeps_the_card(anna: Profile, basket: Basket, line: Line) -> None:
    now = clock.now()
    for number in range(2):
        receipt = basket(f"T-{number}", line("milk", "1", "90"), profile_id=anna.pk, paid_at=now)
        orders.record_receipt(receipt, by=SYSTEM, at=now)

    assert queries.cards_used_all_day() == []
    assert queries.numbers_of_profiles([anna.pk]) == {anna.pk: 2}
