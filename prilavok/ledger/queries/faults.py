"""What must never be found in the books, and what time left undone. Each query reads all entries."""

from datetime import datetime

from django.db import connection
from django.db.models import QuerySet, Sum

from prilavok.ledger.models import Entry, Reservation
from prilavok.ledger.rules import DEBT


def open_units() -> list[str]:
    """Units whose books don't close. Always empty, or something is badly wrong."""
    rows = Entry.objects.values_list("account__unit").annotate(rest=Sum("amount")).exclude(rest=0)
    return [unit for unit, _ in rows]


def open_transactions() -> list[int]:
    """Transactions whose entries don't add up to zero in each unit. Always empty, or something is badly wrong."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT transaction_id FROM ("
            " SELECT e.transaction_id FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
            " GROUP BY e.transaction_id, a.unit HAVING sum(e.amount) <> 0) AS open ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def lots_that_differ() -> list[int]:
    """Lots whose kept sums are not those of their entries. Always empty, or something is badly wrong."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.id FROM ledger_lot l LEFT JOIN (
                SELECT e.lot_id, coalesce(sum(e.amount) FILTER (WHERE a.kind = 'pending'), 0) AS pending,
                       coalesce(sum(e.amount) FILTER (WHERE a.kind = 'held'), 0) AS held,
                       coalesce(sum(e.amount) FILTER (WHERE a.kind = 'reserved'), 0) AS reserved
                FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                WHERE e.lot_id IS NOT NULL GROUP BY e.lot_id
            ) AS s ON s.lot_id = l.id
            WHERE (l.pending, l.held, l.reserved)
                  IS DISTINCT FROM (coalesce(s.pending, 0), coalesce(s.held, 0), coalesce(s.reserved, 0)) ORDER BY l.id
            """
        )
        return [row[0] for row in cursor.fetchall()]


def overdrawn() -> list[int]:
    """Accounts that fell below zero though they may not owe, and debts paid more than once. Always empty, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id"
            " WHERE NOT a.may_owe OR a.kind = %s GROUP BY a.id"
            " HAVING (sum(e.amount) < 0 AND NOT a.may_owe) OR (sum(e.amount) > 0 AND a.kind = %s) ORDER BY a.id",
            [DEBT, DEBT],
        )
        return [row[0] for row in cursor.fetchall()]


def overdue(*, at: datetime) -> QuerySet[Reservation]:
    """Reservations that nobody confirmed by then and nobody released."""
    return Reservation.objects.filter(closed_by=None, until__lte=at).order_by("until")
