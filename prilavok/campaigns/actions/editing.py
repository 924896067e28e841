"""A campaign is drawn up: whom, what, when. Nothing of it is seen by customers before the launch."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.campaigns.actions.running import WrongState
from prilavok.campaigns.events import CampaignCreated
from prilavok.campaigns.models import Campaign
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.messaging.ports import Policy

FIELDS = frozenset(
    {
        "name",
        "segment_id",
        "template_id",
        "coupon_series_id",
        "topic_id",
        "control_share",
        "policy",
        "analysis_days",
        "cost",
        "start_at",
    }
)

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
    _set(campaign, fields | {"name": name})
    campaign.save()
    journal.record(CampaignCreated(campaign_id=campaign.pk), by=by, at=at)
    return campaign


@transaction.atomic
def change(*, campaign_id: int, by: Actor, at: datetime, **fields: Any) -> Campaign:
    """Change a draft: name, segment_id, template_id, coupon_series_id, topic_id, control_share, policy, analysis_days,
    cost, start_at. Raises WrongState when it has been launched, Unknown, Refused.
    """
    by.must("campaigns.edit")
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        raise WrongState
    _set(campaign, fields)
    campaign.save()
    return campaign


def _set(campaign: Campaign, fields: dict[str, Any]) -> None:
    for field, value in fields.items():
        if field not in FIELDS:
            raise Unknown(_("A campaign has no “%(field)s”."), field=field)
        setattr(campaign, field, value)
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


@transaction.atomic
def copy(*, campaign_id: int, name: str, by: Actor, at: datetime) -> Campaign:
    """A new draft like another campaign, to be started afresh. Raises Refused."""
    one = Campaign.objects.get(pk=campaign_id)
    kept = {field: getattr(one, field) for field in FIELDS - {"name", "start_at"}}
    return create(name=name, by=by, at=at, **kept)


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
