"""What the public API offers of reports."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ninja import Field, Router, Schema

from prilavok.company import queries as company
from prilavok.kernel import clock
from prilavok.kernel.web import Request
from prilavok.reports import queries
from prilavok.reports.web import parts

router = Router(tags=["reports"])


class SentenceOut(Schema):
    text: str
    kind: str = Field(description="good, bad, info or muted")
    at: datetime | None = Field(
        description="When its figures were true: effects are kept for up to ten minutes. Null: just now."
    )


class DayOut(Schema):
    date: date
    receipts: int
    identified: int
    revenue: Decimal
    customers: int


class BaseOut(Schema):
    customers: int
    new: int = Field(description="Registered within 28 days.")
    new_before: int
    by_email: int
    by_sms: int
    reachable: int
    reachable_share: float | None
    active: int = Field(description="Bought within 90 days.")
    active_before: int
    left: int
    churn: float | None


class RecognisedOut(Schema):
    receipts: int
    share: float | None
    revenue_share: float | None
    before: float | None


class HomeOut(Schema):
    """The first page; what the caller may not see is null or empty."""

    as_of: datetime
    currency: str
    sentences: list[SentenceOut]
    today: DayOut | None
    recognised: RecognisedOut | None
    base: BaseOut | None
    active_campaigns: int | None
    waiting: list[str]


class GroupOut(Schema):
    key: str
    people: int
    monthly: float = Field(description="What they used to spend in a month, all together.")
    silent_days: int


@router.get("/reports/home", response=HomeOut)
def home(request: Request) -> dict[str, Any]:
    """What the first page says, within the caller's rights."""
    found = parts.home(request.actor, clock.now())
    return {
        "as_of": found["at"],
        "currency": found["currency"],
        "sentences": found["sentences"],
        "today": found["today"].day if found["today"] else None,
        "recognised": found["recognised"],
        "base": found["base"],
        "active_campaigns": len(found["active"]) if found["active"] is not None else None,
        "waiting": [one.text for one in found["waiting"]],
    }


@router.get("/reports/worth-writing-to", response=list[GroupOut])
def worth(request: Request) -> list[Any]:
    """Groups of customers who have fallen silent, the most at stake first. Needs `segments.see`."""
    return queries.groups(request.actor, clock.now().astimezone(company.zone()).date())
