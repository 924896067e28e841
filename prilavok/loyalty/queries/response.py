"""Response to promotions: of each what was sold with it within a period, by whom, beside what was sold without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel.actors import Actor
from prilavok.loyalty.queries.promotions import DayOfUse
from prilavok.orders import queries as orders

ZERO = Decimal(0)
SLACK = timedelta(days=2)  # a shop's day begins and ends by its own clock


@dataclass(frozen=True, slots=True)
class Response:
    """One promotion within a period. Receipts as they were paid; those that were returned whole do not count.

    `customers` are people known by name, each once; `new` those of them whose first purchase ever it was.
    `share` is their part of all customers known by name who bought, `without` the average receipt without the
    promotion: both of the same period and shops, None while the facts are away.
    """

    public_id: UUID
    name: str
    state: str
    receipts: int
    customers: int
    new: int
    discounts: Decimal
    points: Decimal
    revenue: Decimal
    share: float | None = None
    without: Decimal | None = None

    @property
    def average(self) -> Decimal:
        return self.revenue / self.receipts


@dataclass(frozen=True, slots=True)
class Responses:
    """All promotions used within a period, those with most receipts first; receipts with any of them by day."""

    items: Sequence[Response]
    days: Sequence[DayOfUse]
    sales: orders.Sales | None


# The uses of each promotion are found by its own index, whatever was used before and after the period.
_USED = """
    WITH used AS MATERIALIZED (
        SELECT u.promotion_id, u.receipt_id, u.amount, u.points, u.local_date, r.revenue, r.paid_at,
               coalesce(k.head_id, u.profile_id) AS who
        FROM loyalty_promotion p
        JOIN LATERAL (
            SELECT * FROM loyalty_promotionuse u
            WHERE u.promotion_id = p.id AND u.at >= %(since)s AND u.at < %(until)s AND u.undone_at IS NULL
              AND u.local_date BETWEEN %(first)s AND %(last)s
        ) u ON true
        JOIN orders_receipt r ON r.id = u.receipt_id
        LEFT JOIN customers_kin k ON k.profile_id = u.profile_id
        WHERE %(shops)s::bigint[] IS NULL OR r.shop_id = ANY(%(shops)s)
    )"""
_BY_PROMOTION = (
    _USED
    + """, firsts AS (
        SELECT promotion_id, who, min(paid_at) AS at FROM used WHERE who IS NOT NULL GROUP BY promotion_id, who
    ), fresh AS (
        SELECT promotion_id, count(*) AS people FROM firsts
        WHERE NOT EXISTS (
            SELECT FROM (
                SELECT m.profile_id FROM customers_kin m WHERE m.head_id = firsts.who UNION SELECT firsts.who
            ) own JOIN orders_receipt o ON o.profile_id = own.profile_id
            WHERE o.kind = 'sale' AND o.paid_at < firsts.at
        ) GROUP BY promotion_id
    )
    SELECT p.public_id, p.name, p.state, count(*), count(DISTINCT u.who), coalesce(max(f.people), 0),
           sum(u.amount), sum(u.points), sum(u.revenue)
    FROM used u JOIN loyalty_promotion p ON p.id = u.promotion_id LEFT JOIN fresh f ON f.promotion_id = p.id
    GROUP BY p.id ORDER BY count(*) DESC, p.id DESC"""
)
_BY_DAY = (
    _USED
    + """
    SELECT local_date, count(DISTINCT receipt_id), sum(amount), sum(points) FROM used
    GROUP BY local_date ORDER BY local_date"""
)


def responses(by: Actor, *, since: date, until: date) -> Responses:
    """Response to all promotions over the shops' days from `since` to `until`, both included. Raises Refused."""
    by.must("loyalty.response")
    asked = {
        "since": datetime.combine(since, time(), UTC) - SLACK,
        "until": datetime.combine(until, time(), UTC) + SLACK,
        "first": since,
        "last": until,
        "shops": None if by.shops is None else sorted(by.shops),
    }
    found = [Response(*row) for row in _rows(_BY_PROMOTION, asked)]
    days = [DayOfUse(*row) for row in _rows(_BY_DAY, asked)] if found else []
    try:
        sales = orders.sales(by, since=since, until=until)
    except (FactsDown, FactsBusy, TooHeavy):
        return Responses(found, days, None)
    return Responses([_beside(one, sales) for one in found], days, sales)


def _rows(sql: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _beside(one: Response, sales: orders.Sales) -> Response:
    """The same beside all sales; the facts may lag a moment behind."""
    others = sales.receipts - one.receipts
    return replace(
        one,
        share=min(one.customers / sales.customers, 1.0) if sales.customers else None,
        without=(sales.revenue - one.revenue) / others if others > 0 else None,
    )
