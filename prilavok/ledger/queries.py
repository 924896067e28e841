"""Everything others may ask of the books. Every balance is the sum of its entries, at any moment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum

from prilavok.ledger.models import Account, Entry, Lot, Transaction
from prilavok.ledger.rules import DEBT, ZERO


def balance(*, owner_kind: str, owner_id: int, unit: str, kind: str, at: datetime | None = None) -> Decimal:
    """What stands on an account, now or at a past moment."""
    return balances(owner_kind=owner_kind, owner_ids=[owner_id], unit=unit, kind=kind, at=at).get(
        owner_id, ZERO
    )


def balances(
    *, owner_kind: str, owner_ids: Collection[int], unit: str, kind: str, at: datetime | None = None
) -> dict[int, Decimal]:
    """Balances by owner; owners without an account are missing."""
    entries = Entry.objects.filter(
        account__owner_kind=owner_kind,
        account__owner_id__in=owner_ids,
        account__unit=unit,
        account__kind=kind,
    )
    if at is not None:
        entries = entries.filter(transaction__at__lte=at)
    return dict(entries.values_list("account__owner_id").annotate(Sum("amount")))


def of_unit(unit: str) -> dict[str, Decimal]:
    """Balances of one unit by kind of account: how many issued, held, redeemed."""
    return dict(Entry.objects.filter(account__unit=unit).values_list("account__kind").annotate(Sum("amount")))


def of_units(units: Collection[str]) -> dict[str, dict[str, Decimal]]:
    """The same for many units by one statement."""
    found: dict[str, dict[str, Decimal]] = {}
    rows = (
        Entry.objects.filter(account__unit__in=units)
        .values_list("account__unit", "account__kind")
        .annotate(Sum("amount"))
    )
    for unit, kind, amount in rows:
        found.setdefault(unit, {})[kind] = amount
    return found


@dataclass(frozen=True, slots=True)
class TrialLine:
    """Everything on accounts of one kind in one unit."""

    unit: str
    kind: str
    accounts: int
    amount: Decimal


def trial_balance(*, at: datetime | None = None) -> list[TrialLine]:
    """All books by unit and kind; within a unit the amounts add up to zero."""
    entries = Entry.objects.all() if at is None else Entry.objects.filter(transaction__at__lte=at)
    rows = (
        entries.values_list("account__unit", "account__kind")
        .annotate(Count("account", distinct=True), Sum("amount"))
        .order_by("account__unit", "account__kind")
    )
    return [TrialLine(*row) for row in rows]


def open_units() -> list[str]:
    """Units whose books don't close. Always empty, or something is badly wrong."""
    rows = Entry.objects.values_list("account__unit").annotate(rest=Sum("amount")).exclude(rest=0)
    return [unit for unit, _ in rows]


def statement(account: Account) -> QuerySet[Entry]:
    """The account's entries, the latest first."""
    return Entry.objects.filter(account=account).select_related("transaction").order_by("-id")


def is_posted(cause: UUID) -> bool:
    return Transaction.objects.filter(cause=cause).exists()


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


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What was owed to customers at a moment, of what lapses in one month (none: never lapses)."""

    lapses: date | None
    wallets: int
    pending: Decimal
    available: Decimal
    reserved: Decimal


def outstanding(unit: str, *, at: datetime) -> list[Outstanding]:
    """The liability in one unit at any moment, by the month in which it lapses; reckoned from entries alone.

    What had lapsed by then is gone and what had ripened is available, whenever that was written.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH lots AS (
                SELECT l.id, l.account_id, l.expires_at, coalesce(l.expires_at <= %(at)s, false) AS lapsed,
                       coalesce(l.available_from > %(at)s, false) AS unripe,
                       sum(e.amount) FILTER (WHERE a.kind = 'reserved') AS reserved,
                       sum(e.amount) FILTER (WHERE a.kind <> 'reserved') AS own
                FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                JOIN ledger_transaction t ON t.id = e.transaction_id JOIN ledger_lot l ON l.id = e.lot_id
                WHERE a.unit = %(unit)s AND t.at <= %(at)s GROUP BY l.id
            )
            SELECT date_trunc('month', expires_at AT TIME ZONE 'UTC')::date AS lapses, count(DISTINCT account_id),
                   sum(own) FILTER (WHERE unripe AND NOT lapsed), sum(own) FILTER (WHERE NOT unripe AND NOT lapsed),
                   sum(reserved)
            FROM lots WHERE reserved <> 0 OR (own <> 0 AND NOT lapsed) GROUP BY 1 ORDER BY 1 NULLS LAST
            """,
            {"unit": unit, "at": at},
        )
        return [Outstanding(row[0], row[1], *(one or ZERO for one in row[2:])) for row in cursor.fetchall()]


def owed(unit: str, *, at: datetime) -> Decimal:
    """What customers owed in one unit at a moment."""
    entries = Entry.objects.filter(account__unit=unit, account__kind=DEBT, transaction__at__lte=at)
    return -(entries.aggregate(rest=Sum("amount"))["rest"] or ZERO)


def lots_of(*, owner_kind: str, owner_ids: Collection[int], unit: str) -> QuerySet[Lot]:
    """Lots in which something stands, in the order of spending."""
    return (
        Lot.objects.filter(
            account__owner_kind=owner_kind, account__owner_id__in=owner_ids, account__unit=unit
        )
        .filter(Q(pending__gt=0) | Q(held__gt=0) | Q(reserved__gt=0))
        .order_by(F("expires_at").asc(nulls_last=True), "pk")
    )


def lots_that_differ() -> list[int]:
    """Lots whose kept sums are not those of their entries. Always empty, or something is badly wrong."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.id FROM ledger_lot l LEFT JOIN LATERAL (
                SELECT coalesce(sum(e.amount) FILTER (WHERE a.kind = 'pending'), 0) AS pending,
                       coalesce(sum(e.amount) FILTER (WHERE a.kind = 'held'), 0) AS held,
                       coalesce(sum(e.amount) FILTER (WHERE a.kind = 'reserved'), 0) AS reserved
                FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id WHERE e.lot_id = l.id
            ) AS s ON true
            WHERE (l.pending, l.held, l.reserved) IS DISTINCT FROM (s.pending, s.held, s.reserved) ORDER BY l.id
            """
        )
        return [row[0] for row in cursor.fetchall()]
