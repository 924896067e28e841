"""What was sold with each promotion, and by which cards, within a period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from prilavok.loyalty import queries
from prilavok.loyalty.problems import BadPeriod
from prilavok.loyalty.web.periods import MOST, is_possible

router = Router(tags=["promotions"])


class ResponseOut(Schema):
    """One promotion; `share` of the known customers who bought, `without`: the average receipt without it."""

    promotion: UUID = Field(alias="public_id")
    name: str
    state: str
    receipts: int
    customers: int
    new: int = Field(description="Customers whose first purchase ever it was.")
    discounts: Decimal
    points: Decimal
    revenue: Decimal
    average: Decimal
    share: float | None
    without: Decimal | None


class ResponseDayOut(Schema):
    day: date
    receipts: int = Field(alias="uses")
    amount: Decimal
    points: Decimal


class ResponsesOut(Schema):
    """Promotions used within the period, those with most receipts first; receipts with any of them by day."""

    items: list[ResponseOut]
    days: list[ResponseDayOut]


def period(since: date, until: date) -> tuple[date, date]:
    """The period. Raises BadPeriod."""
    if not is_possible(since, until):
        raise BadPeriod(field="until", most=MOST)
    return since, until


@router.get("/promotion-responses", response=ResponsesOut, summary="Response to promotions within a period")
def responses(request: HttpRequest, since: date, until: date) -> dict[str, Any]:
    """By the shops' days, both included, a year at most. Needs `loyalty.response` and `orders.see`."""
    by = request.actor  # type: ignore[attr-defined]
    by.must("loyalty.response")
    by.must("orders.see")
    first, last = period(since, until)
    found = queries.responses(by, since=first, until=last)
    return {"items": found.items, "days": found.days}


class CardSalesOut(Schema):
    """Purchases by cards; `key`: a month (2026-03), a region, a shop's code; `?`: not known; empty: without a card."""

    key: str
    receipts: int
    customers: int
    revenue: Decimal
    average: Decimal | None


class CardSalesList(Schema):
    items: list[CardSalesOut]


@router.get(
    "/card-purchases", response=CardSalesList, summary="Purchases by when or where the card was issued"
)
def card_purchases(
    request: HttpRequest, since: date, until: date, by: Literal["month", "region", "shop"] = "month"
) -> dict[str, Any]:
    """By the shops' days, both included, a year at most. Needs `loyalty.response` and `orders.see`."""
    actor = request.actor  # type: ignore[attr-defined]
    actor.must("loyalty.response")
    actor.must("orders.see")
    first, last = period(since, until)
    return {"items": queries.card_sales(actor, by, since=first, until=last)}
