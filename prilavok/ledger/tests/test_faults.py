"""Books that were broken past the program are found."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import connection

from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries
from prilavok.ledger.actions import Grant, Purse, Reserve, Wallet
from prilavok.ledger.models import Account, Lot, Transaction

JAN = datetime(2026, 1, 1, tzinfo=UTC)
ISSUED = Purse("programme", 1, "issued", "points", may_owe=True)
ANNA = Wallet("account", 1, "points")


def test_books_broken_by_hand_are_named(db: None) -> None:
    grant = Grant(cause=uuid4(), reason="earned", wallet=ANNA, amount=Decimal(10), source=ISSUED)
    ledger.carry_out([grant], by=SYSTEM, at=JAN)
    assert [queries.open_units(), queries.open_transactions()] == [[], []]
    assert [queries.lots_that_differ(), queries.overdrawn()] == [[], []]

    posted, lot, held = Transaction.objects.get(), Lot.objects.get(), Account.objects.get(kind="held")
    past_the_program(
        "INSERT INTO ledger_entry (transaction_id, account_id, lot_id, amount) VALUES (%s, %s, %s, -15)",
        [posted.pk, held.pk, lot.pk],
    )

    assert [queries.open_units(), queries.open_transactions()] == [["points"], [posted.pk]]
    assert [queries.lots_that_differ(), queries.overdrawn()] == [[lot.pk], [held.pk]]


def test_reservations_left_open_are_found_until_they_are_released(db: None) -> None:
    grant = Grant(cause=uuid4(), reason="earned", wallet=ANNA, amount=Decimal(10), source=ISSUED)
    until = JAN + timedelta(hours=1)
    aside = Reserve(cause=uuid4(), reason="basket", wallets=(ANNA,), amount=Decimal(4), until=until)
    ledger.carry_out([grant, aside], by=SYSTEM, at=JAN)

    assert not queries.overdue(at=JAN).exists()
    assert queries.overdue(at=until).count() == 1
    ledger.release_overdue(by=SYSTEM, at=until)
    assert not queries.overdue(at=until).exists()


def past_the_program(sql: str, values: list[int]) -> None:
    """As whoever repairs things by hand with psql and stops the triggers for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")
