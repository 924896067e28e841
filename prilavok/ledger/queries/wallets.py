"""What stands in wallets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import F, Q, QuerySet

from prilavok.ledger.models import Lot
from prilavok.ledger.rules import ZERO


@dataclass(frozen=True, slots=True)
class WalletBalance:
    """What stands in wallets: what may be spent now, what ripens later, what is set aside, what is owed.

    `next_lapse` is when the next of it lapses, and how much.
    """

    available: Decimal = ZERO
    pending: Decimal = ZERO
    reserved: Decimal = ZERO
    owed: Decimal = ZERO
    next_lapse: tuple[datetime, Decimal] | None = None


def wallet_balances(
    *, owner_kind: str, owner_ids: Collection[int], unit: str, at: datetime
) -> dict[int, WalletBalance]:
    """Balances of wallets by owner, true at `at` (now or later), whether or not time's work is written already."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH mine AS (
                SELECT owner_id, id, kind FROM ledger_account
                WHERE owner_kind = %(kind)s AND owner_id = ANY(%(ids)s) AND unit = %(unit)s
            ), lots AS (
                SELECT m.owner_id, l.expires_at, l.reserved,
                       CASE WHEN l.expires_at <= %(at)s THEN 0 WHEN l.available_from <= %(at)s THEN l.held + l.pending
                            ELSE l.held END AS available,
                       CASE WHEN l.available_from <= %(at)s OR l.expires_at <= %(at)s THEN 0
                            ELSE l.pending END AS pending
                FROM mine m JOIN ledger_lot l ON l.account_id = m.id
                WHERE m.kind = 'held' AND (l.pending > 0 OR l.held > 0 OR l.reserved > 0)
            ), next AS (
                SELECT DISTINCT ON (owner_id) owner_id, expires_at, sum(available) AS amount FROM lots
                WHERE available > 0 AND expires_at IS NOT NULL GROUP BY owner_id, expires_at
                ORDER BY owner_id, expires_at
            ), debts AS (
                SELECT m.owner_id, -sum(e.amount) AS owed FROM mine m JOIN ledger_entry e ON e.account_id = m.id
                WHERE m.kind = 'debt' GROUP BY m.owner_id
            ), sums AS (
                SELECT owner_id, sum(available) AS available, sum(pending) AS pending, sum(reserved) AS reserved
                FROM lots GROUP BY owner_id
            )
            SELECT o.owner_id, coalesce(s.available, 0), coalesce(s.pending, 0), coalesce(s.reserved, 0),
                   coalesce(d.owed, 0), n.expires_at, n.amount
            FROM (SELECT DISTINCT owner_id FROM mine) o LEFT JOIN sums s USING (owner_id)
            LEFT JOIN debts d USING (owner_id) LEFT JOIN next n USING (owner_id)
            """,
            {"kind": owner_kind, "ids": list(owner_ids), "unit": unit, "at": at},
        )
        return {
            owner: WalletBalance(available, pending, reserved, owed, (lapse, part) if lapse else None)
            for owner, available, pending, reserved, owed, lapse, part in cursor.fetchall()
        }


def lots_of(*, owner_kind: str, owner_ids: Collection[int], unit: str) -> QuerySet[Lot]:
    """Lots in which something stands, in the order of spending."""
    return (
        Lot.objects.filter(
            account__owner_kind=owner_kind, account__owner_id__in=owner_ids, account__unit=unit
        )
        .filter(Q(pending__gt=0) | Q(held__gt=0) | Q(reserved__gt=0))
        .order_by(F("expires_at").asc(nulls_last=True), "pk")
    )
