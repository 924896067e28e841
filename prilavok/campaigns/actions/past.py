"""Campaigns that another system sent: who was written to and when, with no control group of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from prilavok.campaigns.actions.editing import Unknown
from prilavok.campaigns.events import PastCampaignsLoaded
from prilavok.campaigns.models import Campaign
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class PastCampaign:
    """A campaign of the past. `code` is the key of the system it comes from; the days are both included."""

    code: str
    name: str
    starts_on: date
    ends_on: date
    kind: str = ""


@transaction.atomic
def load_campaigns(rows: Sequence[PastCampaign], *, by: Actor, at: datetime) -> dict[str, int]:
    """Load past campaigns, known codes anew; ids by code. Raises Unknown for no code, an end before its start."""
    by.must("campaigns.load")
    for row in rows:
        if not row.code.strip():
            raise Unknown(_("Give the campaign's key in the system that it comes from."), field="code")
        if row.ends_on < row.starts_on:
            raise Unknown(_("A campaign ends on the day of its start or later."), field="ends_on")
        Campaign.objects.update_or_create(
            code=row.code,
            legacy=True,
            defaults={
                "name": row.name[:150],
                "kind": row.kind[:60],
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
                "state": Campaign.State.SENT,
                "control_share": 0,
                "made_at": at,
            },
        )
    journal.record(PastCampaignsLoaded(campaigns=len(rows), targets=0), by=by, at=at)
    loaded = Campaign.objects.filter(code__in=[row.code for row in rows], legacy=True)
    return dict(loaded.values_list("code", "id"))


@transaction.atomic
def load_targets(targets: Mapping[str, Sequence[int]], *, by: Actor, at: datetime) -> int:
    """Load whom past campaigns were sent to: profiles by campaign code; how many came new.

    Raises KeyError for a code that is not loaded.
    """
    by.must("campaigns.load")
    ids = dict(Campaign.objects.filter(code__in=list(targets), legacy=True).values_list("code", "id"))
    pairs = [(ids[code], profile) for code, profiles in targets.items() for profile in profiles]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_legacytarget (campaign_id, profile_id) "
            "SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT (campaign_id, profile_id) DO NOTHING",
            [[pair[0] for pair in pairs], [pair[1] for pair in pairs]],
        )
        loaded = int(cursor.rowcount)
    if loaded:
        journal.record(PastCampaignsLoaded(campaigns=0, targets=loaded), by=by, at=at)
    return loaded
