"""A campaign is drawn up: whom, what, when. Nothing of it is seen by customers before the launch."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.campaigns import points
from prilavok.campaigns.actions import notices
from prilavok.campaigns.actions.running import WrongState
from prilavok.campaigns.events import CampaignCreated
from prilavok.campaigns.models import Campaign
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.loyalty import actions as loyalty
from prilavok.messaging.ports import Policy

FIELDS = frozenset(
    {
        "name",
        "segment_id",
        "template_id",
        "coupon_series_id",
        "points_programme_id",
        "points",
        "points_wait",
        "points_days",
        "topic_id",
        "control_share",
        "policy",
        "analysis_days",
        "cost",
        "start_at",
    }
)

POINTS = frozenset({"points_programme_id", "points", "points_wait", "points_days"})
CHECKED = {"name", "control_share", "analysis_days"}


class Unknown(Problem):
    """A value that a campaign cannot have."""

    code = "campaign_value"
    message = _("This value does not fit.")


@transaction.atomic
def create(*, name: str, by: Actor, at: datetime, **fields: Any) -> Campaign:
    """Begin a draft. `fields` as in `change`. Raises Unknown, Refused."""
    by.must("campaigns.edit")
    campaign = Campaign(name=name, made_at=at, made_by=by.id if by.kind == "employee" else None)
    _set(campaign, fields | {"name": name}, by)
    campaign.save()
    _tell_if_waiting(campaign, waited=False)
    journal.record(CampaignCreated(campaign_id=campaign.pk), by=by, at=at)
    return campaign


@transaction.atomic
def change(*, campaign_id: int, by: Actor, at: datetime, **fields: Any) -> Campaign:
    """Change a draft: name, segment_id, template_id, coupon_series_id, points_programme_id, points, points_wait,
    points_days, topic_id, control_share, policy, analysis_days, cost, start_at. Raises WrongState when it has been
    launched, Unknown, Refused.

    Points that are chosen, or changed, or would go to another segment, have to be approved by somebody else (anew).
    """
    by.must("campaigns.edit")
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        raise WrongState
    waited = _waits(campaign)
    _set(campaign, fields, by)
    campaign.save()
    _tell_if_waiting(campaign, waited=waited)
    return campaign


def _waits(campaign: Campaign) -> bool:
    """Whether there is something to approve: points, and people to get them."""
    chosen = campaign.points is not None and campaign.segment_id is not None
    return chosen and campaign.points_approved_by is None


def _tell_if_waiting(campaign: Campaign, *, waited: bool) -> None:
    """Once, not with every change of what is waiting already."""
    if _waits(campaign) and not waited:
        notices.waits(campaign)


def _set(campaign: Campaign, fields: dict[str, Any], by: Actor) -> None:
    before = {field: getattr(campaign, field) for field in (*POINTS, "segment_id")}
    for field, value in fields.items():
        if field not in FIELDS:
            raise Unknown(_("A campaign has no “%(field)s”."), field=field)
        setattr(campaign, field, value)
    _set_points(campaign, before, fields, by)
    campaign.name = campaign.name.strip()[:150]
    campaign.control_share = Decimal(str(campaign.control_share))
    if campaign.policy not in Policy.values:
        raise Unknown(field="policy")
    if campaign.cost < 0:
        raise Unknown(_("A cost is not negative."), field="cost")
    try:
        campaign.clean_fields(exclude={field.name for field in Campaign._meta.fields} - CHECKED)
    except ValidationError as exc:
        field, messages = next(iter(exc.message_dict.items()))
        raise Unknown(messages[0], field=field) from exc


def _set_points(campaign: Campaign, before: dict[str, Any], fields: dict[str, Any], by: Actor) -> None:
    """Points stand with their programme or not at all, and what was approved was this. Raises Unknown, Refused."""
    if campaign.points_programme_id is None:
        if fields.get("points") is not None:
            raise Unknown(_("Choose the programme whose points are given."), field="points_programme")
        campaign.points, campaign.points_wait, campaign.points_days = None, 0, None
    changed = {field for field, value in before.items() if getattr(campaign, field) != value}
    if changed & POINTS:
        by.must(points.GIVE)
        campaign.points_by = by.id if by.kind == "employee" and campaign.points_programme_id else None
    if changed:
        campaign.points_approved_by = campaign.points_approved_at = campaign.points_approved_for = None
    if changed & POINTS and campaign.points_programme_id:
        check_points(campaign)


def check_points(campaign: Campaign) -> None:
    """Whether a campaign's points may be promised. Raises Unknown."""
    try:
        loyalty.check_award(points.as_award(campaign))
    except Problem as bad:
        raise Unknown(str(bad), field=_FIELDS_OF_AWARD.get(bad.field or "", "points")) from bad


_FIELDS_OF_AWARD = {
    "programme_id": "points_programme",
    "points": "points",
    "pending_days": "points_wait",
    "lifetime_days": "points_days",
}


@transaction.atomic
def copy(*, campaign_id: int, name: str, by: Actor, at: datetime) -> Campaign:
    """A new draft like another campaign, to be started afresh; without its points for whoever may not give them, or
    where they may not be given any more. Raises Refused.
    """
    one = Campaign.objects.get(pk=campaign_id)
    left = {"name", "start_at"} if _may_give(one, by) else {"name", "start_at", *POINTS}
    kept = {field: getattr(one, field) for field in FIELDS - left}
    return create(name=name, by=by, at=at, **kept)


def _may_give(one: Campaign, by: Actor) -> bool:
    try:
        check_points(one)
    except Unknown:
        return False
    return by.may(points.GIVE)


@transaction.atomic
def remove(*, campaign_id: int, by: Actor, at: datetime) -> Campaign:
    """Throw a draft away. Undone by `restore`. Raises WrongState, Refused."""
    by.must("campaigns.edit")
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        raise WrongState
    campaign.state = Campaign.State.CANCELLED
    campaign.save(update_fields=["state"])
    return campaign


@transaction.atomic
def restore(*, campaign_id: int, by: Actor, at: datetime) -> Campaign:
    """Bring a removed draft back. Raises WrongState for what had been launched, Refused."""
    by.must("campaigns.edit")
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state != Campaign.State.CANCELLED or campaign.launched_at is not None:
        raise WrongState
    campaign.state = Campaign.State.DRAFT
    campaign.save(update_fields=["state"])
    return campaign
