"""What happened to wallets, transaction by transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from prilavok.kernel import paging
from prilavok.ledger.models import Entry
from prilavok.ledger.rules import DEBT, HELD, PENDING, PLACES, RESERVED


def moved_since(
    *,
    owner_kind: str,
    owner_ids: Collection[int],
    unit: str,
    reasons: Collection[str],
    since: datetime | None,
    leaving: bool = False,
) -> dict[int, Decimal]:
    """What came to wallets, less what left them, for some reasons, after a moment (none: ever), by owner.

    `leaving`: only what left them, below zero.
    """
    found = Entry.objects.filter(
        account__owner_kind=owner_kind,
        account__owner_id__in=owner_ids,
        account__unit=unit,
        transaction__reason__in=reasons,
    )
    if since is not None:
        found = found.filter(transaction__at__gt=since)
    if leaving:
        found = found.filter(amount__lt=0)
    return dict(found.values_list("account__owner_id").annotate(Sum("amount")))


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One transaction of a wallet: what it did to each of its places, who posted it, and why."""

    number: int
    public_id: UUID
    cause: UUID
    reason: str
    at: datetime
    by_kind: str
    by_id: int | None
    available: Decimal
    pending: Decimal
    reserved: Decimal
    debt: Decimal

    @property
    def amount(self) -> Decimal:
        """By how much the wallet grew or shrank, wherever it stands in it."""
        return self.available + self.pending + self.reserved + self.debt


@dataclass(frozen=True, slots=True)
class Statement:
    """Some lines, the latest first, and the token of what came before."""

    lines: list[StatementLine]
    next: str | None


def wallet_statement(
    *, owner_kind: str, owner_id: int, unit: str, after: str | None = None, size: int = 50
) -> Statement:
    """The transactions of one wallet, the latest first. Raises paging.BadCursor."""
    before = paging.decode(after, 1)[0] if after else None
    if not isinstance(before, int | None):
        raise paging.BadCursor
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.id, t.public_id, t.cause, t.reason, t.at, t.by_kind, t.by_id,
                   coalesce(sum(e.amount) FILTER (WHERE a.kind = %(held)s), 0),
                   coalesce(sum(e.amount) FILTER (WHERE a.kind = %(pending)s), 0),
                   coalesce(sum(e.amount) FILTER (WHERE a.kind = %(reserved)s), 0),
                   coalesce(sum(e.amount) FILTER (WHERE a.kind = %(debt)s), 0)
            FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
            JOIN ledger_transaction t ON t.id = e.transaction_id
            WHERE a.owner_kind = %(kind)s AND a.owner_id = %(owner)s AND a.unit = %(unit)s AND a.kind = ANY(%(places)s)
              AND (%(before)s::bigint IS NULL OR t.id < %(before)s)
            GROUP BY t.id ORDER BY t.id DESC LIMIT %(limit)s
            """,
            {
                "kind": owner_kind,
                "owner": owner_id,
                "unit": unit,
                "before": before,
                "limit": size + 1,
                "held": HELD,
                "pending": PENDING,
                "reserved": RESERVED,
                "debt": DEBT,
                "places": [*PLACES, DEBT],
            },
        )
        lines = [StatementLine(*row) for row in cursor.fetchall()]
    more = len(lines) > size
    lines = lines[:size]
    return Statement(lines, paging.encode([lines[-1].number]) if more else None)
