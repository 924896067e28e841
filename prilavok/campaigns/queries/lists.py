"""Campaigns, and what the launch page tells beforehand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from prilavok.campaigns.models import Campaign, LegacyTarget
from prilavok.customers import queries as customers
from prilavok.experiments import queries as experiments
from prilavok.kernel.actors import Actor
from prilavok.messaging import queries as messaging
from prilavok.segments import queries as segments

if TYPE_CHECKING:
    from prilavok.experiments.models import Experiment
    from prilavok.experiments.queries import Sensitivity


def campaigns(by: Actor) -> QuerySet[Campaign]:
    """All campaigns but drafts thrown away."""
    by.must("campaigns.see")
    thrown = Campaign.objects.filter(state=Campaign.State.CANCELLED, launched_at=None, legacy=False)
    return Campaign.objects.exclude(pk__in=thrown).select_related("segment", "template")


def active(by: Actor) -> QuerySet[Campaign]:
    """Campaigns that are at work or wait for their time."""
    return campaigns(by).filter(state__in=["scheduled", "preparing", "sending", "paused"])


def get(public_id: UUID, by: Actor) -> Campaign:
    """One campaign. Raises Campaign.DoesNotExist, Refused."""
    by.must("campaigns.see")
    return Campaign.objects.select_related(
        "segment",
        "segment_version",
        "template",
        "template_version",
        "coupon_series",
        "points_programme",
        "topic",
    ).get(public_id=public_id)


def by_id(campaign_ids: Collection[int]) -> dict[int, Campaign]:
    return Campaign.objects.select_related("points_programme").in_bulk(list(campaign_ids))


def names(owners: Sequence[str]) -> dict[str, tuple[str, UUID]]:
    """(name, public id) of campaigns by what messages and experiments call them."""
    ids = [int(owner.partition(":")[2]) for owner in owners]
    found = Campaign.objects.filter(pk__in=ids).values_list("id", "name", "public_id")
    return {f"campaign:{pk}": (name, public_id) for pk, name, public_id in found}


@dataclass(frozen=True)
class Audience:
    """The people of a segment now: how many may be written to, and how many may not, by reason."""

    members: int
    reachable: int
    unreachable: dict[str, int] = field(default_factory=dict)


def audience(
    segment_id: int, by: Actor, *, at: datetime, topic_id: int | None = None
) -> tuple[Audience, list[int]]:
    """Whom a campaign about this topic to this segment would reach now, and their profiles. Raises Refused."""
    by.must("campaigns.see")
    members = segments.member_ids(segment_id)
    reasons = customers.why_unreachable(members, "email", topic_id=topic_id)
    often = messaging.too_often([profile for profile, reason in reasons.items() if reason is None], at=at)
    reasons |= dict.fromkeys(often, "too_often")
    counted = Counter(reason for reason in reasons.values() if reason)
    reachable = [profile for profile, reason in reasons.items() if reason is None]
    return Audience(len(members), len(reachable), dict(counted.most_common())), reachable


def sensitivity(campaign: Campaign, reachable: Sequence[int], at: datetime) -> Sensitivity | None:
    """Which effect groups of these people could show; None for nobody. Raises FactsDown."""
    if not reachable:
        return None
    return experiments.sensitivity(
        list(reachable), campaign.analysis_days, float(campaign.control_share), campaign.start_at or at
    )


def experiment_of(campaign: Campaign) -> Experiment | None:
    """The draw behind the campaign, once it has been made."""
    return experiments.of_subject(campaign.owner)


def naive_of(campaign: Campaign, by: Actor) -> object | None:
    """What a naive report claims of a past campaign, and what is left of it. Raises Refused, FactsDown."""
    targeted = list(LegacyTarget.objects.filter(campaign=campaign).values_list("profile", flat=True))
    if not targeted or campaign.starts_on is None or campaign.ends_on is None:
        return None
    return experiments.naive_report(targeted, campaign.starts_on, campaign.ends_on, by)


def chosen_letters(by: Actor) -> list[int]:
    """Templates that campaigns have used, the latest first."""
    return list(campaigns(by).exclude(template=None).order_by("-id").values_list("template", flat=True)[:20])


def uses_of_segment(segment_id: int) -> list[Campaign]:
    """Campaigns that take or took this segment."""
    found = Campaign.objects.filter(segment=segment_id).select_related("segment_version")
    return list(found.exclude(state=Campaign.State.CANCELLED, launched_at=None).order_by("-made_at")[:50])


def past_by_code(code: str) -> Campaign:
    """A campaign of another system. Raises Campaign.DoesNotExist."""
    return Campaign.objects.get(code=code, legacy=True)
