"""Points of a campaign: approved by a second pair of eyes, and given to whoever got the letter."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.campaigns import points, queries
from prilavok.campaigns.actions.editing import check_points
from prilavok.campaigns.actions.running import WrongState
from prilavok.campaigns.events import PointsApproved
from prilavok.campaigns.models import Campaign
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem


class OwnPoints(Problem):
    """Whoever chose the points wants to approve them, too."""

    code = "own_points"
    status = 409
    message = _("You chose these points yourself. A colleague has to approve them.")


class NoPoints(Problem):
    code = "no_points"
    status = 409
    message = _("This campaign gives no points.")


class EmployeesOnly(Problem):
    code = "employees_only"
    status = 403
    message = _("Points are approved by an employee who has logged in, not by a program.")


@transaction.atomic
def approve_points(*, campaign_id: int, by: Actor, at: datetime) -> Campaign:
    """Let a draft give the points that a colleague chose, to as many people as there are now. Approved again nothing
    changes, unless there are more by then.

    Raises OwnPoints, NoPoints, EmployeesOnly, WrongState, Unknown, Refused.
    """
    by.must(points.APPROVE)
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        raise WrongState
    if campaign.points is None:
        raise NoPoints
    if by.kind != "employee" or by.id is None:
        raise EmployeesOnly
    if campaign.points_by == by.id:
        raise OwnPoints
    people = people_now(campaign, by, at=at)
    if campaign.points_approved_by is None or people > (campaign.points_approved_for or 0):
        check_points(campaign)
        campaign.points_approved_by, campaign.points_approved_at = by.id, at
        campaign.points_approved_for = people
        campaign.save(update_fields=["points_approved_by", "points_approved_at", "points_approved_for"])
        told = PointsApproved(campaign_id=campaign.pk, points=str(campaign.points))
        journal.record(told, by=by, at=at)
    return campaign


def people_now(campaign: Campaign, by: Actor, *, at: datetime) -> int:
    """How many people would get the points, if letters left now. Raises Refused."""
    if campaign.segment_id is None:
        return 0
    counted, _reachable = queries.audience(campaign.segment_id, by, at=at, topic_id=campaign.topic_id)
    return counted.reachable


@transaction.atomic
def give_points(got: Mapping[int, Collection[int]], *, at: datetime) -> int:
    """Give points to those who got letters, profiles by campaign; how many people got some.

    However often it is told, each person gets them once. Of a campaign without points nothing is given.
    """
    giving = Campaign.objects.filter(pk__in=got, points__isnull=False)
    return sum(points.give(one, got[one.pk], at=at) for one in giving.order_by("pk"))
