"""What the public API offers of campaigns."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema, Status
from ninja.params.functions import Query
from pydantic import AwareDatetime, ConfigDict

from prilavok.campaigns import actions, coupons, points, queries, rules
from prilavok.campaigns.models import Campaign
from prilavok.customers import queries as customers
from prilavok.experiments.queries import Point
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request
from prilavok.loyalty import queries as loyalty
from prilavok.messaging import queries as messaging
from prilavok.segments import queries as segments

router = Router(tags=["campaigns"])


# ── What is told ─────────────────────────────────────────────────────────────────────────────────────────


class CampaignOut(Schema):
    """A campaign. `experiment` is where its effect is told, once people are drawn."""

    public_id: UUID
    name: str
    state: str = Field(examples=["draft", "scheduled", "preparing", "sending", "paused", "sent", "cancelled"])
    segment: UUID | None
    template: UUID | None
    coupon_series: UUID | None
    points_programme: UUID | None
    points: Decimal | None = Field(description="Points that each who gets the letter is given.")
    points_wait: int = Field(description="Days until they may be spent.")
    points_days: int | None = Field(description="Days that they live then; null: as the programme has it.")
    points_approved_at: datetime | None = Field(description="When a colleague approved them; null: not yet.")
    points_approved_for: int | None = Field(
        description="For how many people. Not null while `points_approved_at` is: the segment grew after the launch, "
        "and the campaign was stopped before a letter left."
    )
    topic: UUID | None
    control_share: Decimal
    policy: str = Field(examples=["never_twice", "never_lose"])
    analysis_days: int
    cost: Decimal
    start_at: datetime | None
    launched_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    experiment: UUID | None
    past: bool = Field(description="Loaded from another system; had no control group.")

    @staticmethod
    def resolve_segment(one: Campaign) -> UUID | None:
        return one.segment.public_id if one.segment else None

    @staticmethod
    def resolve_template(one: Campaign) -> UUID | None:
        return one.template.public_id if one.template else None

    @staticmethod
    def resolve_coupon_series(one: Campaign) -> UUID | None:
        return one.coupon_series.public_id if one.coupon_series else None

    @staticmethod
    def resolve_points_programme(one: Campaign) -> UUID | None:
        return one.points_programme.public_id if one.points_programme else None

    @staticmethod
    def resolve_topic(one: Campaign) -> UUID | None:
        return one.topic.public_id if one.topic else None

    @staticmethod
    def resolve_experiment(one: Campaign) -> UUID | None:
        experiment = queries.experiment_of(one)
        return experiment.public_id if experiment else None

    @staticmethod
    def resolve_past(one: Campaign) -> bool:
        return one.legacy


class CampaignList(Schema):
    items: list[CampaignOut]
    next: str | None = Field(description="Send it as `after` to get the next page; null at the end.")


class BooksOut(Schema):
    """Everybody whom the campaign meant, each in exactly one place: the parts add up to `planned`."""

    planned: int
    delivered: int
    refused: int
    suppressed: dict[str, int] = Field(description="By reason.")
    control: int
    unknown: int
    waiting: int
    closed: bool = Field(description="Whether the parts add up.")
    as_of: datetime


class StandOut(Schema):
    customer: UUID
    figure: str = Field(examples=list(rules.FIGURES))
    reason: str
    message: UUID | None


class PeopleOut(Schema):
    items: list[StandOut]
    next: str | None


class GivenOut(Schema):
    customer: UUID
    points: Decimal
    given_at: datetime


class GivenList(Schema):
    items: list[GivenOut]
    next: str | None


class PointsMostOut(Schema):
    """What the points may cost at most, before the launch: everybody who may be written to now gets them."""

    people: int
    points: Decimal
    money: Decimal = Field(description="In the company's currency, by the programme's rate.")


class PointsOut(Schema):
    """What a campaign's points became. given = spent + lapsed + alive."""

    people: int
    given: Decimal
    spent: Decimal = Field(
        description="Left the accounts without lapsing: spent, passed on, set against a debt."
    )
    lapsed: Decimal
    alive: Decimal
    point_value: Decimal = Field(description="What a point pays, by the programme's rate of today.")
    cost: Decimal = Field(
        description="In money, beyond what the revenue tells: what is alive and what was spent after the analysis."
    )
    most: PointsMostOut | None = Field(description="Null once the campaign is launched.")
    as_of: datetime


class EffectOut(Schema):
    share: float
    control: int
    smallest_effect: float | None = Field(
        description="Per customer, in the company's currency, with 80 % power; null where the groups show none."
    )

    @staticmethod
    def resolve_smallest_effect(point: Point) -> float | None:
        return point.shown


class SensitivityOut(Schema):
    """Which effect groups of this size can show, said before the launch."""

    members: int
    reachable: int
    unreachable: dict[str, int]
    days: int
    proposed_share: float | None
    chosen: EffectOut | None
    curve: list[EffectOut]


# ── What is sent ─────────────────────────────────────────────────────────────────────────────────────────


class CampaignIn(Schema):
    """A draft. What is left out takes its default."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=150, examples=["Meat days"])
    segment: UUID | None = None
    template: UUID | None = None
    coupon_series: UUID | None = None
    points_programme: UUID | None = Field(None, description="Whose points each reader gets; needs `points`.")
    points: Decimal | None = Field(None, gt=0, max_digits=15, decimal_places=4)
    points_wait: int = Field(0, ge=0, le=3650, description="Days until the points may be spent.")
    points_days: int | None = Field(None, ge=1, le=3650, description="Null: as the programme has it.")
    topic: UUID | None = Field(None, description="Who refused it gets no letter: `GET /topics`.")
    control_share: Decimal = Field(Decimal("0.1"), ge=0, le=Decimal("0.5"))
    policy: str = Field("never_twice", pattern="^never_(twice|lose)$")
    analysis_days: int = Field(28, ge=1, le=366)
    cost: Decimal = Field(Decimal(0), ge=0, max_digits=15, decimal_places=4)
    start_at: AwareDatetime | None = Field(None, description="With an offset; null: right after the launch.")


class CampaignChange(Schema):
    """Only the fields that change; null takes away what a campaign may do without."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=150)
    segment: UUID | None = None
    template: UUID | None = None
    coupon_series: UUID | None = None
    points_programme: UUID | None = None
    points: Decimal | None = Field(None, gt=0, max_digits=15, decimal_places=4)
    points_wait: int | None = Field(None, ge=0, le=3650)
    points_days: int | None = Field(None, ge=1, le=3650)
    topic: UUID | None = None
    control_share: Decimal = Field(Decimal("0.1"), ge=0, le=Decimal("0.5"))
    policy: str = Field("never_twice", pattern="^never_(twice|lose)$")
    analysis_days: int = Field(28, ge=1, le=366)
    cost: Decimal = Field(Decimal(0), ge=0, max_digits=15, decimal_places=4)
    start_at: AwareDatetime | None = None


class TargetsIn(Schema):
    customers: list[UUID] = Field(max_length=10_000)


class PastIn(Schema):
    """A campaign that another system sent."""

    code: str = Field(max_length=60, examples=["18"])
    name: str = Field(max_length=150)
    starts_on: date
    ends_on: date
    kind: str = Field("", max_length=60)


# ── Routes ───────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/campaigns", response=CampaignList, summary="Campaigns, the latest first")
def campaigns(
    request: Request,
    state: str = "",
    past: bool = False,
    after: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, object]:
    found = (
        queries.campaigns(request.actor)
        .filter(legacy=past)
        .select_related("coupon_series", "points_programme", "topic")
    )
    page = paging.keyset(
        found.filter(state=state) if state else found, order=("-made_at", "-id"), after=after, size=limit
    )
    return {"items": page.items, "next": page.next}


@router.post("/campaigns", response={201: CampaignOut}, summary="Draw a campaign up")
def create_campaign(request: Request, new: CampaignIn) -> Status[Campaign]:
    fields = _ids(request, new.model_dump())
    made = actions.create(by=request.actor, at=clock.now(), **fields)
    return Status(201, queries.get(made.public_id, request.actor))


@router.get("/campaigns/{public_id}", response=CampaignOut, summary="One campaign")
def campaign(request: Request, public_id: UUID) -> Campaign:
    return queries.get(public_id, request.actor)


@router.patch("/campaigns/{public_id}", response=CampaignOut, summary="Change a draft")
def change_campaign(request: Request, public_id: UUID, changes: CampaignChange) -> Campaign:
    one = queries.get(public_id, request.actor)
    fields = _ids(request, changes.model_dump(exclude_unset=True))
    actions.change(campaign_id=one.pk, by=request.actor, at=clock.now(), **fields)
    return queries.get(public_id, request.actor)


@router.delete("/campaigns/{public_id}", response={204: None}, summary="Throw a draft away")
def remove_campaign(request: Request, public_id: UUID) -> Status[None]:
    actions.remove(campaign_id=queries.get(public_id, request.actor).pk, by=request.actor, at=clock.now())
    return Status(204, None)


@router.get("/campaigns/{public_id}/sensitivity", response=SensitivityOut, summary="Which effect can show")
def sensitivity(request: Request, public_id: UUID) -> dict[str, object]:
    one = queries.get(public_id, request.actor)
    counted, reachable = queries.audience(
        one.segment_id or 0, request.actor, at=clock.now(), topic_id=one.topic_id
    )
    known = queries.sensitivity(one, reachable, clock.now())
    told: dict[str, object] = {
        "members": counted.members,
        "reachable": counted.reachable,
        "unreachable": counted.unreachable,
        "days": one.analysis_days,
        "proposed_share": None,
        "chosen": None,
        "curve": [],
    }
    if known is not None and known.is_known:
        told |= {"proposed_share": known.proposed_share, "chosen": known.chosen, "curve": list(known.curve)}
    return told


@router.post("/campaigns/{public_id}/launch", response=CampaignOut, summary="Launch; again changes nothing")
def launch_campaign(request: Request, public_id: UUID) -> Campaign:
    return _after(actions.launch, request, public_id)


@router.delete("/campaigns/{public_id}/launch", response=CampaignOut, summary="Take a scheduled launch back")
def unschedule_campaign(request: Request, public_id: UUID) -> Campaign:
    return _after(actions.unschedule, request, public_id)


@router.post("/campaigns/{public_id}/pause", response=CampaignOut, summary="Hold the letters back")
def pause_campaign(request: Request, public_id: UUID) -> Campaign:
    return _after(actions.pause, request, public_id)


@router.delete("/campaigns/{public_id}/pause", response=CampaignOut, summary="Let the letters go on")
def resume_campaign(request: Request, public_id: UUID) -> Campaign:
    return _after(actions.resume, request, public_id)


@router.post("/campaigns/{public_id}/cancellation", response=CampaignOut, summary="Stop for good")
def cancel_campaign(request: Request, public_id: UUID) -> Campaign:
    return _after(actions.cancel, request, public_id)


@router.post(
    "/campaigns/{public_id}/points/approval",
    response=CampaignOut,
    summary="Approve the points that a colleague chose",
)
def approve_points(request: Request, public_id: UUID) -> Campaign:
    """An employee who may approve points, and did not choose them; any change of them asks for it anew."""
    return _after(actions.approve_points, request, public_id)


@router.get("/campaigns/{public_id}/points", response=PointsOut, summary="What became of its points")
def points_given(request: Request, public_id: UUID) -> dict[str, object]:
    one, at = queries.get(public_id, request.actor), clock.now()
    given = queries.points_given(one, at=at)
    if given is None:
        raise actions.NoPoints
    draft = one.state == Campaign.State.DRAFT
    return asdict(given) | {
        "most": queries.most_of(one, request.actor, at=at) if draft else None,
        "as_of": at,
    }


@router.get(
    "/campaigns/{public_id}/points/people", response=GivenList, summary="To whom its points were given"
)
def people_given(
    request: Request, public_id: UUID, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> dict[str, object]:
    """Each person once; those whom you may not see are left out. Needs `loyalty.see`, too."""
    awards = loyalty.awards_of(queries.get(public_id, request.actor).owner, request.actor)
    page = paging.keyset(awards, order=("profile_id",), after=after, size=limit)
    named = customers.short([row.profile_id for row in page.items], request.actor)
    items = [
        {"customer": named[row.profile_id].public_id, "points": row.points, "given_at": row.given_at}
        for row in page.items
        if row.profile_id in named
    ]
    return {"items": items, "next": page.next}


@router.get("/campaigns/{public_id}/books", response=BooksOut, summary="The books, counted now")
def books(request: Request, public_id: UUID) -> dict[str, object]:
    counted = queries.books(queries.get(public_id, request.actor))
    parts = {name: getattr(counted, name) for name in rules.FIGURES}
    return parts | {"closed": counted.closed, "as_of": clock.now()}


@router.get("/campaigns/{public_id}/people", response=PeopleOut, summary="The people behind a figure")
def people(
    request: Request,
    public_id: UUID,
    figure: str = Query("planned", pattern="^(" + "|".join(rules.FIGURES) + ")$"),
    reason: str = Query("", max_length=300),
    after: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, object]:
    one = queries.get(public_id, request.actor)
    start = int(paging.decode(after, 1)[0]) if after else 0
    rows = queries.people(one, request.actor, figure=figure, reason=reason, after=start, size=limit + 1)
    named = customers.short([row.profile_id for row in rows], request.actor)
    items = [
        {
            "customer": named[row.profile_id].public_id,
            "figure": row.figure,
            "reason": row.reason,
            "message": row.message,
        }
        for row in rows[:limit]
        if row.profile_id in named
    ]
    return {"items": items, "next": paging.encode([rows[limit - 1].id]) if len(rows) > limit else None}


@router.post("/past-campaigns", response={201: CampaignOut}, summary="Load a campaign of another system")
def load_past(request: Request, past: PastIn) -> Status[Campaign]:
    row = actions.PastCampaign(**past.model_dump())
    ids = actions.load_campaigns([row], by=request.actor, at=clock.now())
    return Status(201, queries.by_id([ids[past.code]])[ids[past.code]])


@router.post("/past-campaigns/{code}/targets", response=dict[str, int], summary="Whom it was sent to")
def load_past_targets(request: Request, code: str, targets: TargetsIn) -> dict[str, int]:
    found = customers.profile_ids(targets.customers, request.actor)
    one = queries.past_by_code(code)
    loaded = actions.load_targets({one.code: sorted(found.values())}, by=request.actor, at=clock.now())
    return {"loaded": loaded, "unknown": len(set(targets.customers)) - len(found)}


def _after(verb: Callable[..., Campaign], request: Request, public_id: UUID) -> Campaign:
    """The campaign as it stands once the verb has been done."""
    one = queries.get(public_id, request.actor)
    verb(campaign_id=one.pk, by=request.actor, at=clock.now())
    return queries.get(public_id, request.actor)


def _ids(request: Request, fields: dict[str, Any]) -> dict[str, Any]:
    """Public ids as the action wants them. Raises DoesNotExist (404) for what nobody has."""
    if "segment" in fields:
        key = fields.pop("segment")
        fields["segment_id"] = segments.get(key, request.actor).pk if key else None
    if "template" in fields:
        key = fields.pop("template")
        fields["template_id"] = messaging.template(key, request.actor).pk if key else None
    if "coupon_series" in fields:
        series = coupons.by_public_id(fields.pop("coupon_series"), request.actor)
        fields["coupon_series_id"] = series.pk if series else None
    if "points_programme" in fields:
        programme = points.by_public_id(fields.pop("points_programme"), request.actor)
        fields["points_programme_id"] = programme.pk if programme else None
    if fields.get("points_wait", 0) is None:
        fields["points_wait"] = 0
    if "topic" in fields:
        key = fields.pop("topic")
        fields["topic_id"] = customers.topic(key, request.actor).pk if key else None
    return fields
