"""What became of all that one source has given, or of single grants."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from prilavok.ledger.rules import DEBT, EXPIRED, LAPSED, RESERVED, ZERO, Purse


@dataclass(frozen=True, slots=True)
class Became:
    """What a source has given (less what was taken back), and where it is: `spent` is whatever left the wallets that
    got it without lapsing, so also what was passed on or paid a debt. given = spent + lapsed + alive.
    """

    given: Decimal = ZERO
    spent: Decimal = ZERO
    lapsed: Decimal = ZERO
    alive: Decimal = ZERO


def became_of(source: Purse, *, at: datetime) -> Became:
    """What became by a moment, now or past, of what a source gave; time's work counts, whether it is written or not.

    Reckoned from entries: of the lots that the source's own transactions made, and of their heirs that still hold
    something. One statement, by indices.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH source AS (
                SELECT id FROM ledger_account
                WHERE owner_kind = %(owner_kind)s AND owner_id = %(owner)s AND unit = %(unit)s AND kind = %(kind)s
            ), gone AS (
                SELECT id FROM ledger_account
                WHERE owner_kind = %(owner_kind)s AND owner_id = %(owner)s AND unit = %(unit)s AND kind = %(expired)s
            ), given AS (
                SELECT e.transaction_id, e.amount FROM source JOIN ledger_entry e ON e.account_id = source.id
                JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.at <= %(at)s
            ), own AS (
                SELECT DISTINCT l.id, l.account_id, l.expires_at FROM given
                JOIN ledger_entry e ON e.transaction_id = given.transaction_id
                JOIN ledger_lot l ON l.id = e.lot_id WHERE l.source_id IN (TABLE source)
            ), lots AS (
                SELECT id, expires_at FROM own
                UNION
                SELECT h.id, h.expires_at FROM (SELECT DISTINCT account_id FROM own) a
                JOIN ledger_lot h ON h.account_id = a.account_id AND h.source_id IN (TABLE source)
                WHERE h.pending > 0 OR h.held > 0 OR h.reserved > 0
            ), standing AS (
                SELECT coalesce(lots.expires_at <= %(at)s, false) AND a.kind <> %(reserved)s AS over,
                       sum(e.amount) AS amount
                FROM lots JOIN ledger_entry e ON e.lot_id = lots.id JOIN ledger_account a ON a.id = e.account_id
                JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.at <= %(at)s GROUP BY 1
            )
            SELECT coalesce((SELECT -sum(amount) FROM given), 0),
                   coalesce((SELECT sum(amount) FROM standing WHERE NOT over), 0),
                   coalesce((SELECT sum(amount) FROM standing WHERE over), 0)
                   + coalesce((SELECT sum(e.amount) FROM gone JOIN ledger_entry e ON e.account_id = gone.id
                               JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.at <= %(at)s), 0)
            """,
            {
                "owner_kind": source.owner_kind,
                "owner": source.owner_id,
                "unit": source.unit,
                "kind": source.kind,
                "expired": EXPIRED,
                "reserved": RESERVED,
                "at": at,
            },
        )
        given, alive, lapsed = cursor.fetchone()
    return Became(given, given - alive - lapsed, lapsed, alive)


def became_of_grants(parts: Mapping[UUID, Decimal], *, at: datetime) -> Became:
    """What became by a moment, now or past, of parts of grants: by each grant's cause, which share of it is meant.

    Of a lot of which a part was spent, the same part of each share was. What was taken back was never given; what was
    passed on to another wallet is alive there. Reckoned from entries by one statement, by indices; causes that gave
    nothing yet count for nothing.
    """
    if not parts:
        return Became()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE asked AS MATERIALIZED (
                SELECT t.id, a.share FROM unnest(%(causes)s::uuid[], %(shares)s::numeric[]) AS a (cause, share)
                JOIN ledger_transaction t ON t.cause = a.cause WHERE t.at <= %(at)s
            ), moved AS (
                SELECT id, share FROM asked
                UNION ALL
                SELECT c.id, asked.share FROM asked JOIN ledger_transaction c ON c.corrects_id = asked.id
                WHERE c.at <= %(at)s
            ), lots AS (
                SELECT l.id, l.account_id, l.expires_at, asked.share FROM asked
                JOIN ledger_entry e ON e.transaction_id = asked.id JOIN ledger_lot l ON l.id = e.lot_id
                UNION
                SELECT h.id, h.account_id, h.expires_at, lots.share FROM lots
                JOIN ledger_lot h ON h.heir_of_id = lots.id
            ), standing AS (
                SELECT coalesce(lots.expires_at <= %(at)s, false) AND a.kind <> %(reserved)s AS over,
                       t.reason = %(lapsed)s AS lapsed, lots.share * e.amount AS amount
                FROM lots JOIN ledger_entry e ON e.lot_id = lots.id JOIN ledger_account a ON a.id = e.account_id
                JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.at <= %(at)s
            )
            SELECT coalesce((SELECT -sum(moved.share * e.amount) FROM moved
                             JOIN ledger_entry e ON e.transaction_id = moved.id AND e.lot_id IS NULL
                             JOIN ledger_account a ON a.id = e.account_id AND a.kind <> %(debt)s), 0),
                   coalesce(sum(amount) FILTER (WHERE NOT over), 0),
                   coalesce(sum(amount) FILTER (WHERE over), 0) - coalesce(sum(amount) FILTER (WHERE lapsed), 0)
            FROM standing
            """,
            {
                "causes": list(parts),
                "shares": list(parts.values()),
                "reserved": RESERVED,
                "lapsed": LAPSED,
                "debt": DEBT,
                "at": at,
            },
        )
        given, alive, lapsed = cursor.fetchone()
    return Became(given, given - alive - lapsed, lapsed, alive)
