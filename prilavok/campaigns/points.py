"""The points that a campaign gives: whose programme, which words, what they may cost at most, who gets them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from prilavok.campaigns.models import Campaign
from prilavok.company import queries as company
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import queries as loyalty_queries
from prilavok.loyalty.ports import NewAward
from prilavok.ui import formats

if TYPE_CHECKING:
    from prilavok.loyalty.models import Programme

GIVE, APPROVE = "loyalty.give_points", "loyalty.approve_points"


MORE = Decimal("1.1")  # a segment breathes: so many times the people whose points were approved may get them


def outgrown(campaign: Campaign, people: int) -> bool:
    """Whether so many people are more than those for whom a colleague approved the points."""
    return people > (campaign.points_approved_for or 0) * MORE


def as_award(campaign: Campaign) -> NewAward:
    """What a campaign gives to each, in loyalty's words. It has to give points."""
    return NewAward(
        owner=campaign.owner,
        cause=campaign.public_id,
        programme_id=campaign.points_programme_id or 0,
        points=campaign.points or Decimal(0),
        pending_days=campaign.points_wait,
        lifetime_days=campaign.points_days,
    )


def give(campaign: Campaign, profile_ids: Collection[int], *, at: datetime) -> int:
    """Give these people their points; who has them already gets no more. How many were new."""
    return loyalty.award(as_award(campaign), profile_ids, by=SYSTEM, at=at)


def offer(campaign: Campaign, *, at: datetime) -> dict[str, str]:
    """What every letter says of the points: how many, and the last day of whoever gets them now.

    Who gets the letter on a later day has them longer than it says, never shorter.
    """
    if campaign.points is None:
        return {}
    language = company.company().language
    said = {"points_count": formats.number(campaign.points, language=language)}
    _since, until = loyalty_queries.life_of_points(
        at, pending_days=campaign.points_wait, lifetime_days=campaign.points_days
    )
    if until is not None:
        last = (until - timedelta(microseconds=1)).astimezone(company.zone()).date()
        said["points_until"] = formats.day(last, language)
    return said


def choices(by: Actor) -> list[Programme]:
    """Programmes of which a campaign may give points now."""
    return list(loyalty_queries.programmes_in_force(by)) if by.may("loyalty.see") else []


def by_public_id(public_id: UUID | None, by: Actor) -> Programme | None:
    """The chosen programme. Raises Programme.DoesNotExist, Refused."""
    return loyalty_queries.get_programme(public_id, by) if public_id else None


@dataclass(frozen=True, slots=True)
class Most:
    """What points may cost at most: as many people as may be written to now, each with as many points."""

    people: int
    each: Decimal
    points: Decimal
    money: Decimal


def most(programme: Programme, each: Decimal, people: int) -> Most:
    """The most that points of a programme may cost, in money by its rate."""
    points = each * people
    return Most(people, each, points, points * loyalty_queries.worth_of_point(programme))
