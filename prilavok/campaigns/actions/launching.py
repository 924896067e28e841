"""The decision to send. One action; asked again, it changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.campaigns import points
from prilavok.campaigns.actions.editing import check_points
from prilavok.campaigns.actions.giving import people_now
from prilavok.campaigns.actions.preparing import prepare
from prilavok.campaigns.actions.running import WrongState
from prilavok.campaigns.events import CampaignLaunched
from prilavok.campaigns.models import Campaign
from prilavok.kernel import jobs, journal, live
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.messaging import queries as messaging
from prilavok.messaging.ports import OFFER_MACROS, POINTS_MACROS

if TYPE_CHECKING:
    from prilavok.messaging.models import TemplateVersion


class NotReady(Problem):
    """Something is missing without which nothing can be sent; the field says where."""

    code = "campaign_not_ready"
    message = _("The campaign is not ready yet.")


@transaction.atomic
def launch(*, campaign_id: int, by: Actor, at: datetime) -> Campaign:
    """Fix segment and letter as they stand and start at `start_at`, or now. Raises NotReady, WrongState, Refused.

    A second call finds it launched and changes nothing.
    """
    by.must("campaigns.launch")
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.launched_at is not None:
        return campaign
    if campaign.state != Campaign.State.DRAFT:
        raise WrongState
    version = check_ready(campaign)
    _fix_points(campaign, by, at)
    campaign.segment_version = campaign.segment.current  # type: ignore[union-attr]
    campaign.template_version = version
    campaign.state = Campaign.State.SCHEDULED
    campaign.launched_at = at
    campaign.start_at = max(campaign.start_at, at) if campaign.start_at else at
    campaign.save()
    journal.record(
        CampaignLaunched(
            campaign_id=campaign.pk,
            segment_id=campaign.segment_id or 0,
            control_share=str(campaign.control_share),
        ),
        by=by,
        at=at,
    )
    jobs.later(prepare, lock=campaign.owner, at=campaign.start_at, campaign_id=campaign.pk)
    live.tell(campaign.owner, final=True)
    return campaign


def check_ready(campaign: Campaign) -> TemplateVersion:
    """The version of the letter that would be sent. Raises NotReady, Unknown."""
    if campaign.segment_id is None or campaign.segment is None:
        raise NotReady(_("Choose whom to write to."), field="segment")
    if campaign.segment.archived_at is not None:
        raise NotReady(_("The segment is archived. Choose another one."), field="segment")
    if campaign.template is None:
        raise NotReady(_("Choose a letter."), field="template")
    version = messaging.latest_version(campaign.template.pk)
    if version is None or campaign.template.archived_at is not None:
        raise NotReady(_("The letter is archived. Choose another one."), field="template")
    _check_offer(campaign, set(version.macros))
    if campaign.topic is not None and campaign.topic.archived_at is not None:
        raise NotReady(_("The topic is archived. Choose another one, or none."), field="topic")
    return version


def _check_offer(campaign: Campaign, macros: set[str]) -> None:
    """What the letter promises is what the campaign gives. Raises NotReady, Unknown."""
    if campaign.coupon_series_id is None and set(OFFER_MACROS) & macros:
        raise NotReady(
            _("The letter shows a coupon code, but no coupon is chosen. Choose a coupon or another letter."),
            field="coupon_series",
        )
    if campaign.points is None and set(POINTS_MACROS) & macros:
        raise NotReady(
            _("The letter promises points, but none are chosen. Choose points or another letter."),
            field="points",
        )
    if campaign.points is not None:
        check_points(campaign)


def _fix_points(campaign: Campaign, by: Actor, at: datetime) -> None:
    """What the letter promises is not changed by a later change of the programme; what was approved is not exceeded by
    a segment that has grown. Raises NotReady.
    """
    if campaign.points_programme is None:
        return
    if campaign.points_approved_by is None:
        raise NotReady(
            _("A colleague has to approve the points first: whoever may approve points of campaigns."),
            field="points",
        )
    approved, people = campaign.points_approved_for or 0, people_now(campaign, by, at=at)
    if points.outgrown(campaign, people):
        raise NotReady(
            _(
                "The segment has grown since the points were approved: from %(approved)s people to %(people)s. Have "
                "them approved once more."
            ),
            field="points",
            approved=approved,
            people=people,
        )
    if campaign.points_days is None:
        campaign.points_days = campaign.points_programme.lifetime_days


@transaction.atomic
def unschedule(*, campaign_id: int, by: Actor, at: datetime) -> Campaign:
    """Take a launch back before its time has come: the campaign is a draft again. Raises WrongState, Refused."""
    by.must("campaigns.launch")
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state != Campaign.State.SCHEDULED:
        raise WrongState
    campaign.state, campaign.launched_at = Campaign.State.DRAFT, None
    campaign.save(update_fields=["state", "launched_at"])
    live.tell(campaign.owner, final=True)
    return campaign
