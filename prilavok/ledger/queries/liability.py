"""What is owed to the owners of wallets at any past moment, and what changed it; reckoned from entries alone.

Time's work counts from the moment when it was due, whenever it was written: what had lapsed by then is gone, what had
ripened is available.
"""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from prilavok.ledger.models import Entry
from prilavok.ledger.rules import ADJUSTED, DEBT, LAPSED, ZERO


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


@dataclass(frozen=True, slots=True)
class Liability:
    """What all wallets of one kind of owner hold in one unit at a moment, and what is owed by them."""

    unit: str
    owner_kind: str
    wallets: int  # with anything in them, or with a debt
    pending: Decimal
    held: Decimal
    reserved: Decimal
    debt: Decimal

    @property
    def total(self) -> Decimal:
        return self.pending + self.held + self.reserved - self.debt


def liability(unit: str | None = None, *, at: datetime) -> list[Liability]:
    """The liability in one unit, or in all, at any moment, by kind of owner.

    What `flows` tells of the time between two moments is the difference of their totals.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH purses AS (
                SELECT a.unit, a.owner_kind, a.owner_id,
                       sum(e.amount) FILTER (WHERE a.kind NOT IN ('reserved', %(debt)s) AND l.available_from > %(at)s
                                             AND NOT coalesce(l.expires_at <= %(at)s, false)) AS pending,
                       sum(e.amount) FILTER (WHERE a.kind NOT IN ('reserved', %(debt)s)
                                             AND NOT coalesce(l.available_from > %(at)s, false)
                                             AND NOT coalesce(l.expires_at <= %(at)s, false)) AS held,
                       sum(e.amount) FILTER (WHERE a.kind = 'reserved') AS reserved,
                       -sum(e.amount) FILTER (WHERE a.kind = %(debt)s) AS debt
                FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                JOIN ledger_transaction t ON t.id = e.transaction_id LEFT JOIN ledger_lot l ON l.id = e.lot_id
                WHERE (l.id IS NOT NULL OR a.kind = %(debt)s) AND t.at <= %(at)s
                  AND (%(unit)s::text IS NULL OR a.unit = %(unit)s)
                GROUP BY a.unit, a.owner_kind, a.owner_id
            )
            SELECT unit, owner_kind, count(*), coalesce(sum(pending), 0), coalesce(sum(held), 0),
                   coalesce(sum(reserved), 0), coalesce(sum(debt), 0)
            FROM purses WHERE pending <> 0 OR held <> 0 OR reserved <> 0 OR debt <> 0
            GROUP BY unit, owner_kind ORDER BY unit, owner_kind
            """,
            {"unit": unit, "at": at, "debt": DEBT},
        )
        return [Liability(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Flows:
    """What changed the wallets of one kind of owner in one unit between two moments.

    `spent`, `lapsed` and `taken_back` went out; `issued` and `given_back` came in; `adjusted` was corrected by hand and
    `moved` came by transfer from wallets of other kinds of owners, both less what went that way. Debts made and paid
    are among them.
    """

    unit: str
    owner_kind: str
    issued: Decimal = ZERO
    spent: Decimal = ZERO
    given_back: Decimal = ZERO
    taken_back: Decimal = ZERO
    adjusted: Decimal = ZERO
    moved: Decimal = ZERO
    lapsed: Decimal = ZERO

    @property
    def change(self) -> Decimal:
        """How much more stands in the wallets than before."""
        came = self.issued + self.given_back + self.adjusted + self.moved
        return came - self.spent - self.taken_back - self.lapsed


def flows(unit: str | None = None, *, since: datetime, until: datetime) -> list[Flows]:
    """What came and went after `since`, up to `until` and at it: `liability` then plus these is `liability` now.

    In one unit, or in all, by kind of owner.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH moves AS (
                SELECT a.unit, a.owner_kind, e.amount, t.corrects_id IS NOT NULL AS corrects,
                       e.lot_id IS NOT NULL OR a.kind = %(debt)s AS in_wallet,
                       sum(e.amount) FILTER (WHERE e.lot_id IS NULL AND a.kind <> %(debt)s)
                           OVER whole AS outside,
                       coalesce(bool_or(a.kind = %(adjusted)s AND e.lot_id IS NULL) OVER whole, false) AS by_hand
                FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
                JOIN ledger_account a ON a.id = e.account_id
                WHERE t.at > %(since)s AND t.at <= %(until)s AND t.reason <> %(lapsed)s
                  AND (%(unit)s::text IS NULL OR a.unit = %(unit)s)
                WINDOW whole AS (PARTITION BY t.id, a.unit)
            ), found AS (
                SELECT unit, owner_kind,
                       sum(amount) FILTER (WHERE outside < 0 AND NOT corrects AND NOT by_hand) AS issued,
                       -sum(amount) FILTER (WHERE outside > 0 AND NOT corrects AND NOT by_hand) AS spent,
                       sum(amount) FILTER (WHERE outside < 0 AND corrects AND NOT by_hand) AS given_back,
                       -sum(amount) FILTER (WHERE outside > 0 AND corrects AND NOT by_hand) AS taken_back,
                       sum(amount) FILTER (WHERE by_hand) AS adjusted,
                       sum(amount) FILTER (WHERE outside IS NULL) AS moved, 0 AS lapsed
                FROM moves WHERE in_wallet GROUP BY unit, owner_kind
                UNION ALL
                SELECT a.unit, a.owner_kind, 0, 0, 0, 0, 0, 0, sum(e.amount)
                FROM ledger_lot l JOIN ledger_entry e ON e.lot_id = l.id JOIN ledger_account a ON a.id = e.account_id
                JOIN ledger_transaction t ON t.id = e.transaction_id
                WHERE l.expires_at <= %(until)s AND t.at <= %(until)s AND greatest(l.expires_at, t.at) > %(since)s
                  AND t.reason <> %(lapsed)s AND a.kind <> 'reserved' AND (%(unit)s::text IS NULL OR a.unit = %(unit)s)
                GROUP BY a.unit, a.owner_kind
            )
            SELECT unit, owner_kind, coalesce(sum(issued), 0), coalesce(sum(spent), 0), coalesce(sum(given_back), 0),
                   coalesce(sum(taken_back), 0), coalesce(sum(adjusted), 0),
                   coalesce(sum(moved), 0), coalesce(sum(lapsed), 0)
            FROM found GROUP BY unit, owner_kind ORDER BY unit, owner_kind
            """,
            {
                "unit": unit,
                "since": since,
                "until": until,
                "debt": DEBT,
                "lapsed": LAPSED,
                "adjusted": ADJUSTED,
            },
        )
        return [Flows(*row) for row in cursor.fetchall()]


def liability_by_month(unit: str, *, until: datetime, zone: tzinfo) -> list[tuple[date, Decimal]]:
    """The first day of each month, in a zone, and what `liability` told at its end, or tells at `until`.

    From the first month in which anything moved; one statement over all entries of the unit.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH moves AS (
                SELECT t.at, l.expires_at, e.amount, a.kind FROM ledger_entry e
                JOIN ledger_account a ON a.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id
                LEFT JOIN ledger_lot l ON l.id = e.lot_id
                WHERE a.unit = %(unit)s AND (l.id IS NOT NULL OR a.kind = %(debt)s)
                  AND t.at <= %(until)s AND t.reason <> %(lapsed)s
            ), changes AS (
                SELECT at, amount FROM moves
                UNION ALL
                SELECT greatest(expires_at, at), -amount FROM moves
                WHERE expires_at <= %(until)s AND kind <> 'reserved'
            )
            -- What moves at midnight sharp stands at the end of the day before it.
            SELECT date_trunc('month', (at - interval '1 microsecond') AT TIME ZONE %(zone)s)::date, sum(amount)
            FROM changes GROUP BY 1 ORDER BY 1
            """,
            {"unit": unit, "until": until, "zone": str(zone), "debt": DEBT, "lapsed": LAPSED},
        )
        changed = dict(cursor.fetchall())
    found, total = [], ZERO
    months = _months(min(changed), until.astimezone(zone).date()) if changed else []
    for month in months:
        total += changed.get(month, ZERO)
        found.append((month, total))
    return found


def _months(first: date, last: date) -> list[date]:
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [
        date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(count)
    ]
