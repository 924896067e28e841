"""The points of campaigns: who waits for an approval, what they may cost, what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from prilavok.campaigns import points
from prilavok.campaigns.models import Campaign
from prilavok.campaigns.queries.lists import audience, experiment_of
from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.loyalty import queries as loyalty

if TYPE_CHECKING:
    from prilavok.loyalty.models import Programme

ZERO = Decimal(0)


def points_waiting(by: Actor) -> QuerySet[Campaign]:
    """Drafts whose points this actor may approve: those that a colleague chose."""
    waiting = Campaign.objects.filter(
        state=Campaign.State.DRAFT, points__isnull=False, points_approved_by__isnull=True
    )
    if not by.may(points.APPROVE) or not by.may("campaigns.see"):
        return waiting.none()
    return (waiting.exclude(points_by=by.id) if by.kind == "employee" else waiting).order_by(
        "-made_at", "-id"
    )


def most_of(
    campaign: Campaign,
    by: Actor,
    *,
    at: datetime,
    programme: Programme | None = None,
    each: Decimal | None = None,
) -> points.Most | None:
    """What a draft's points may cost at most: of its own choice, or of `each` of a programme. Raises Refused."""
    chosen, amount = programme or campaign.points_programme, each or campaign.points
    if chosen is None or amount is None:
        return None
    counted, _reachable = audience(campaign.segment_id or 0, by, at=at, topic_id=campaign.topic_id)
    return points.most(chosen, amount, counted.reachable)


@dataclass(frozen=True, slots=True)
class PointsGiven:
    """What a campaign's points became, in points and in money by the programme's rate of today.

    `cost` is what they cost beyond what the revenue tells already: points spent within the days of analysis lower
    the revenue of those who were written to, as discounts do, and points that lapsed cost nothing.
    """

    people: int
    given: Decimal
    spent: Decimal
    lapsed: Decimal
    alive: Decimal
    point_value: Decimal
    cost: Decimal

    @property
    def spent_worth(self) -> Decimal:
        return self.spent * self.point_value

    @property
    def alive_worth(self) -> Decimal:
        return self.alive * self.point_value


def points_given(campaign: Campaign, *, at: datetime) -> PointsGiven | None:
    """None for a campaign without points."""
    if campaign.points_programme is None:
        return None
    now = loyalty.awarded(campaign.owner, campaign.points_programme, at=at)
    became, until = now.became, _end_of_analysis(campaign)
    counted = became.spent
    if until is not None and until < at:
        counted = loyalty.awarded(campaign.owner, campaign.points_programme, at=until).became.spent
    return PointsGiven(
        people=now.people,
        given=became.given,
        spent=became.spent,
        lapsed=became.lapsed,
        alive=became.alive,
        point_value=now.point_value,
        cost=now.worth(max(became.given - became.lapsed - counted, ZERO)),
    )


def _end_of_analysis(campaign: Campaign) -> datetime | None:
    """The midnight after the last day of analysis; None where nothing was drawn, so that nothing is compared."""
    experiment = experiment_of(campaign)
    if experiment is None:
        return None
    _first, last = experiment.window
    return datetime.combine(last + timedelta(days=1), time(), company.zone())


def cost_of_points(campaign: Campaign, *, at: datetime) -> Decimal:
    """What its points cost beyond what the revenue tells already; nought without points."""
    given = points_given(campaign, at=at)
    return given.cost if given else ZERO
