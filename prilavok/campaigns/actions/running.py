"""A campaign under way: hold it, let it go on, stop it; and its end."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.campaigns.events import CampaignCancelled, CampaignPaused, CampaignResumed, CampaignSent
from prilavok.campaigns.models import Campaign
from prilavok.kernel import journal, live
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.event import Event
from prilavok.messaging import actions as messaging
from prilavok.messaging import queries as mailings


class WrongState(Problem):
    """The campaign's state does not allow what was asked."""

    code = "campaign_state"
    status = 409
    message = _("The campaign is no longer in the state that this needs. Look at it again.")


@transaction.atomic
def pause(*, campaign_id: int, by: Actor, at: datetime) -> Campaign:
    """Hold the letters back; those on their way still land. Undone by `resume`. Raises WrongState, Refused."""
    by.must("campaigns.launch")
    campaign = _in_state(campaign_id, Campaign.State.SENDING)
    mailing = mailings.mailing_of(campaign.owner)
    if mailing is None or mailing.state != "sending":
        raise WrongState
    messaging.pause_mailing(mailing_id=mailing.pk, by=SYSTEM, at=at)
    return _turn(campaign, Campaign.State.PAUSED, CampaignPaused(campaign_id=campaign.pk), by, at)


@transaction.atomic
def resume(*, campaign_id: int, by: Actor, at: datetime) -> Campaign:
    """Let a paused campaign go on. Raises WrongState, Refused."""
    by.must("campaigns.launch")
    campaign = _in_state(campaign_id, Campaign.State.PAUSED)
    mailing = mailings.mailing_of(campaign.owner)
    if mailing is not None:
        messaging.resume_mailing(mailing_id=mailing.pk, by=SYSTEM, at=at)
    return _turn(campaign, Campaign.State.SENDING, CampaignResumed(campaign_id=campaign.pk), by, at)


@transaction.atomic
def cancel(*, campaign_id: int, by: Actor, at: datetime) -> Campaign:
    """Write to nobody else, for good; whoever waits is not written to, with the reason «cancelled».

    Raises WrongState, Refused.
    """
    by.must("campaigns.launch")
    campaign = _in_state(
        campaign_id,
        Campaign.State.SCHEDULED,
        Campaign.State.PREPARING,
        Campaign.State.SENDING,
        Campaign.State.PAUSED,
    )
    mailing = mailings.mailing_of(campaign.owner)
    if mailing is not None and mailing.state in ("gathering", "sending", "paused"):
        messaging.cancel_mailing(mailing_id=mailing.pk, by=SYSTEM, at=at)
    campaign.finished_at = at
    return _turn(campaign, Campaign.State.CANCELLED, CampaignCancelled(campaign_id=campaign.pk), by, at)


@transaction.atomic
def mark_sent(*, campaign_id: int, at: datetime) -> None:
    """The last letter has a final state. Told twice, it changes nothing."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state not in (Campaign.State.SENDING, Campaign.State.PREPARING):
        return
    campaign.finished_at = at
    _turn(campaign, Campaign.State.SENT, CampaignSent(campaign_id=campaign.pk), SYSTEM, at)


def _in_state(campaign_id: int, *states: str) -> Campaign:
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state not in states:
        raise WrongState
    return campaign


def _turn(campaign: Campaign, state: str, event: Event, by: Actor, at: datetime) -> Campaign:
    campaign.state = state
    campaign.save(update_fields=["state", "finished_at"])
    journal.record(event, by=by, at=at)
    live.tell(campaign.owner, final=True)
    return campaign
