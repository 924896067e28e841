"""What time does to wallets that nobody touches: lots ripen and lapse, reservations run out."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import connection

from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.ledger.actions.wallets import carry_out, settle
from prilavok.ledger.models import Reservation
from prilavok.ledger.moves import Release
from prilavok.ledger.rules import Wallet

OVERDUE = UUID("5b1f3f0e-6d52-4a59-9d5f-1d8f5e0c2a77")  # names the causes of late releases
CHUNK = 500  # wallets in one transaction: no writer lasts longer than a second


def keep_up() -> None:
    """Write what time has done to wallets and reservations. Called every few minutes."""
    now = clock.now()
    while release_overdue(by=SYSTEM, at=now) == CHUNK:
        pass
    settle_due(by=SYSTEM, at=now)


def settle_due(*, by: Actor, at: datetime, limit: int = 100_000) -> int:
    """Write what time has done, chunk by chunk; how many transactions it took. Called again it goes on."""
    done = 0
    for _chunk in range(0, limit, CHUNK):
        wallets = _due(at)
        if not wallets:
            break
        done += settle(wallets, by=by, at=at)
    return done


def _due(at: datetime) -> list[Wallet]:
    """Wallets with lots whose day has come."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT a.owner_kind, a.owner_id, a.unit FROM ("
            " (SELECT account_id FROM ledger_lot WHERE (held > 0 OR pending > 0) AND expires_at <= %s"
            " ORDER BY expires_at LIMIT %s)"
            " UNION (SELECT account_id FROM ledger_lot WHERE pending > 0 AND available_from <= %s"
            " ORDER BY available_from LIMIT %s)) AS due JOIN ledger_account a ON a.id = due.account_id",
            [at, CHUNK, at, CHUNK],
        )
        return [Wallet(*row) for row in cursor.fetchall()]


def release_overdue(*, by: Actor, at: datetime) -> int:
    """Release reservations that nobody confirmed in time; how many."""
    overdue = (
        Reservation.objects.filter(closed_by=None, until__lte=at)
        .order_by("until")
        .values_list("transaction__cause", flat=True)[:CHUNK]
    )
    moves = [
        Release(cause=uuid5(OVERDUE, str(cause)), reason="reservation.overdue", reserved=cause)
        for cause in overdue
    ]
    return sum(moved.new for moved in carry_out(moves, by=by, at=at).values()) if moves else 0
