"""Pages that are open hear of receipts as they come."""

import psycopg
from django.db import connection

from prilavok.customers.models import Profile
from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.live import CHANNEL
from prilavok.orders import actions as orders
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON


def test_an_open_page_hears_of_a_receipt_that_facts_have(
    facts: None, anna: Profile, basket: Basket, line: Line
) -> None:
    settings = connection.get_connection_params()
    wanted = {
        name: settings[name] for name in ("dbname", "user", "password", "host", "port") if settings.get(name)
    }
    with psycopg.connect(**wanted, autocommit=True) as page:
        page.execute(f"LISTEN {CHANNEL}")
        orders.load_receipts([basket("old", line("bread", "1", "50"))], by=SYSTEM)
        journal.deliver()
        assert [note.payload for note in page.notifies(timeout=0.2)] == []

        orders.record_receipt(basket("new", line("milk", "1", "90"), profile_id=anna.pk), by=SYSTEM, at=NOON)
        journal.deliver()
        assert [note.payload for note in page.notifies(timeout=5, stop_after=1)] == ["receipts"]
        assert client.rows("SELECT count() FROM receipts") == [(2,)]
