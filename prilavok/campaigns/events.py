"""What campaigns tell. Ids and values only."""

from dataclasses import dataclass

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class CampaignCreated(Event):
    campaign_id: int


@dataclass(frozen=True, kw_only=True)
class PointsApproved(Event):
    """A colleague approved the points that a campaign gives to each."""

    campaign_id: int
    points: str


@dataclass(frozen=True, kw_only=True)
class PointsOutgrown(Event):
    """The segment grew after the launch: the campaign is a draft again, and its points have to be approved anew."""

    campaign_id: int
    approved: int
    people: int


@dataclass(frozen=True, kw_only=True)
class CampaignLaunched(Event):
    """Somebody decided: from now on it runs by itself."""

    campaign_id: int
    segment_id: int
    control_share: str


@dataclass(frozen=True, kw_only=True)
class CampaignPrepared(Event):
    """People are checked and drawn; letters begin to leave."""

    campaign_id: int
    planned: int
    mailed: int
    control: int


@dataclass(frozen=True, kw_only=True)
class CampaignPaused(Event):
    campaign_id: int


@dataclass(frozen=True, kw_only=True)
class CampaignResumed(Event):
    campaign_id: int


@dataclass(frozen=True, kw_only=True)
class CampaignCancelled(Event):
    campaign_id: int


@dataclass(frozen=True, kw_only=True)
class CampaignSent(Event):
    """Nobody waits for a letter any more."""

    campaign_id: int


@dataclass(frozen=True, kw_only=True)
class PastCampaignsLoaded(Event):
    """Campaigns of another system, without a control group of their own."""

    campaigns: int
    targets: int
