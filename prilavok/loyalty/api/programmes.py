"""Programmes of points, their tiers, and the accounts on which points stand."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field, StringConstraints

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.ids import uuid7
from prilavok.kernel.web import Request
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions, queries
from prilavok.loyalty.definitions import PoliciesWritten
from prilavok.loyalty.models import Account, Programme, Tier
from prilavok.loyalty.problems import NoTransfer
from prilavok.loyalty.web.periods import EARLIEST, LATEST
from prilavok.relations import queries as relations
from prilavok.segments import queries as segments

router = Router(tags=["loyalty"])

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Days = Annotated[int, Field(ge=0, le=10_000)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=19, decimal_places=4)]


class UnknownBrand(Problem):
    code = "unknown_brand"
    message = _("There is no brand with the code %(brand)s, or you do not see it.")


class UnknownTier(Problem):
    code = "unknown_tier"
    message = _("There is no such tier in this programme.")


class BadDays(Problem):
    code = "bad_days"
    message = _("The first day comes before the last, and both lie between the years 2000 and 2100.")


class ProgrammeIn(Schema):
    """`brand` null: all brands. `lifetime_days` null: points never lapse."""

    code: Word
    name: Line
    brand: str | None = None
    policies: PoliciesWritten = PoliciesWritten()
    pending_days: Days = 0
    lifetime_days: Annotated[int, Field(ge=1, le=10_000)] | None = 365
    grace_days: Days = 14
    owes: bool = True
    coupon_back: bool = False
    transfer_most: Amount = Field(
        Decimal(0), description="Points that may go to another account at once; 0: none."
    )
    transfer_month: Amount | None = Field(None, description="And within 30 days; null: without limit.")


class ProgrammeChange(Schema):
    """What is named is changed; `active` false ends the programme, true begins it again."""

    name: Line | None = None
    policies: PoliciesWritten | None = None
    pending_days: Days | None = None
    lifetime_days: Annotated[int, Field(ge=1, le=10_000)] | None = None
    grace_days: Days | None = None
    owes: bool | None = None
    coupon_back: bool | None = None
    transfer_most: Amount | None = None
    transfer_month: Amount | None = None
    active: bool | None = None


class ProgrammeOut(Schema):
    id: UUID
    code: str
    name: str
    brand: str | None
    policies: PoliciesWritten
    pending_days: int
    lifetime_days: int | None
    grace_days: int
    owes: bool
    coupon_back: bool
    transfer_most: Decimal
    transfer_month: Decimal | None
    active: bool

    @staticmethod
    def resolve_id(programme: Programme) -> UUID:
        return programme.public_id

    @staticmethod
    def resolve_brand(programme: Programme) -> str | None:
        return programme.brand.code if programme.brand else None


Measure = Literal["turnover", "orders", "points", "segment"]


class TierIn(Schema):
    """`entry` within `days` (null: ever). Kept for `held_days`; then `kept` (null: as for entry) is asked.

    With `measure` “segment” a `segment` leads to the tier: its people are in, and what they did isn't asked.
    """

    code: Word
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    entry: Amount | None = None
    place: Annotated[int, Field(ge=1, le=1000)] | None = None
    measure: Measure = "turnover"
    segment: UUID | None = None
    days: Annotated[int, Field(ge=1, le=10_000)] | None = 365
    kept: Amount | None = None
    held_days: Annotated[int, Field(ge=1, le=10_000)] = 365
    grace_days: Days = 0


class TierChange(Schema):
    """What is named is changed; a named null means «ever», «as for entry»."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = ""
    entry: Amount = Decimal(0)
    place: Annotated[int, Field(ge=1, le=1000)] = 1
    measure: Measure = "turnover"
    segment: UUID | None = None
    days: Annotated[int, Field(ge=1, le=10_000)] | None = None
    kept: Amount | None = None
    held_days: Annotated[int, Field(ge=1, le=10_000)] = 365
    grace_days: Days = 0


class TierOut(Schema):
    id: UUID
    code: str
    name: str
    place: int
    measure: str
    segment: UUID | None
    entry: Decimal
    days: int | None
    kept: Decimal | None
    held_days: int
    grace_days: int

    @staticmethod
    def resolve_id(tier: Tier) -> UUID:
        return tier.public_id

    @staticmethod
    def resolve_segment(tier: Tier) -> UUID | None:
        return tier.segment.public_id if tier.segment else None


class MoveIn(Schema):
    """To another tier of the programme; null: to none."""

    to: UUID | None


class MovedOut(Schema):
    moved: int


class PutIn(Schema):
    """The tier that an account stands in from now on; null: in none."""

    tier: UUID | None


class LapseOut(Schema):
    at: datetime
    points: Decimal


class AccountOut(Schema):
    """`available` may be spent now, `pending` later; `owed` is what returns have taken beyond the balance."""

    id: UUID
    programme: UUID
    customer: UUID | None
    household: UUID | None
    available: Decimal
    pending: Decimal
    reserved: Decimal
    owed: Decimal
    next_lapse: LapseOut | None
    tier: TierOut | None
    tier_until: datetime | None
    cards: list[UUID]
    opened_at: datetime
    closed_at: datetime | None


class TransactionOut(Schema):
    id: UUID
    at: datetime
    reason: str
    points: Decimal
    available: Decimal
    pending: Decimal
    reserved: Decimal
    given_by: str | None = Field(
        None, description="Of `points.awarded`: the campaign that gave them, by its name."
    )


class TransactionPage(Schema):
    items: list[TransactionOut]
    next: str | None


class OpenIn(Schema):
    programme: UUID


# ── Programmes ───────────────────────────────────────────────────────────────────────────────────────────


@router.get("/programmes", response=list[ProgrammeOut], summary="Programmes, those in force first")
def programmes(request: Request) -> Any:
    return queries.programmes(request.actor)


@router.post("/programmes", response={201: ProgrammeOut}, summary="Begin a programme of points")
def make(request: Request, told: ProgrammeIn) -> Status[Programme]:
    made = actions.make_programme(
        brand_id=_brand(request, told.brand),
        policies=told.policies.model_dump(mode="json"),
        by=request.actor,
        at=clock.now(),
        **told.dict(exclude={"brand", "policies"}),
    )
    return Status(201, made)


def _brand(request: Request, code: str | None) -> int | None:
    if code is None:
        return None
    brand = company.brands(request.actor).filter(code=code).first()
    if brand is None:
        raise UnknownBrand(field="brand", brand=code)
    return brand.pk


@router.get("/programmes/{uuid:programme_id}", response=ProgrammeOut, summary="One programme")
def programme(request: Request, programme_id: UUID) -> Programme:
    return queries.get_programme(programme_id, request.actor)


@router.patch("/programmes/{uuid:programme_id}", response=ProgrammeOut, summary="Change or end a programme")
def change(request: Request, programme_id: UUID, told: ProgrammeChange) -> Programme:
    found = queries.get_programme(programme_id, request.actor)
    values = told.dict(exclude_unset=True, exclude={"policies"})
    terms = {name: value for name, value in values.items() if value is not None or name == "lifetime_days"}
    policies = told.policies.model_dump(mode="json") if told.policies else None
    actions.change_programme(found.pk, policies=policies, by=request.actor, at=clock.now(), **terms)
    return queries.get_programme(programme_id, request.actor)


# ── Tiers ────────────────────────────────────────────────────────────────────────────────────────────────


@router.get(
    "/programmes/{uuid:programme_id}/tiers", response=list[TierOut], summary="Tiers, the lowest first"
)
def tiers(request: Request, programme_id: UUID) -> Any:
    return queries.tiers(queries.get_programme(programme_id, request.actor), request.actor)


@router.post("/programmes/{uuid:programme_id}/tiers", response={201: TierOut}, summary="Add a tier")
def add_tier(request: Request, programme_id: UUID, told: TierIn) -> Status[Tier]:
    found = queries.get_programme(programme_id, request.actor)
    terms = _with_segment(told.dict(), request.actor)
    made = actions.make_tier(programme_id=found.pk, by=request.actor, at=clock.now(), **terms)
    return Status(201, made)


@router.patch("/tiers/{uuid:tier_id}", response=TierOut, summary="Change a tier")
def change_tier(request: Request, tier_id: UUID, told: TierChange) -> Tier:
    found = queries.get_tier(tier_id, request.actor)
    values = _with_segment(told.dict(exclude_unset=True), request.actor)
    actions.change_tier(found.pk, by=request.actor, at=clock.now(), **values)
    return queries.get_tier(tier_id, request.actor)


def _with_segment(terms: dict[str, Any], by: Actor) -> dict[str, Any]:
    if terms.get("segment") is not None:
        terms["segment"] = segments.get(terms["segment"], by)
    return terms


@router.delete("/tiers/{uuid:tier_id}", response={204: None}, summary="Remove a tier that nobody is in")
def remove_tier(request: Request, tier_id: UUID) -> Status[None]:
    found = queries.get_tier(tier_id, request.actor)
    actions.remove_tier(found.pk, by=request.actor, at=clock.now())
    return Status(204, None)


@router.post("/tiers/{uuid:tier_id}/moves", response=MovedOut, summary="Move everybody out of a tier")
def move(request: Request, tier_id: UUID, told: MoveIn) -> dict[str, int]:
    found = queries.get_tier(tier_id, request.actor)
    target = _tier(request, told.to, found.programme_id, "to")
    return {"moved": actions.move_accounts(found.pk, target, by=request.actor, at=clock.now())}


def _tier(request: Request, public_id: UUID | None, programme_id: int, field: str) -> int | None:
    if public_id is None:
        return None
    try:
        found = queries.get_tier(public_id, request.actor)
    except Tier.DoesNotExist as missing:
        raise UnknownTier(field=field) from missing
    if found.programme_id != programme_id:
        raise UnknownTier(field=field)
    return found.pk


# ── Accounts ─────────────────────────────────────────────────────────────────────────────────────────────


@router.get(
    "/customers/{uuid:public_id}/accounts", response=list[AccountOut], summary="A customer's accounts"
)
def accounts(request: Request, public_id: UUID) -> list[dict[str, object]]:
    """Those of the person, merges included, and those of their household."""
    profile = customers.get(public_id, request.actor)
    return _told(request, list(queries.accounts_of(customers.kin(profile.pk), request.actor)))


def _told(request: Request, found: list[Account]) -> list[dict[str, object]]:
    balances = queries.balances(found, at=clock.now())
    cards = queries.cards_of(found, request.actor)
    return [
        {
            "id": one.public_id,
            "programme": one.programme.public_id,
            "customer": one.profile.public_id if one.profile else None,
            "household": one.household.public_id if one.household else None,
            **_balance(balances[one.pk]),
            "tier": one.tier,
            "tier_until": one.tier_until,
            "cards": [card.public_id for card in cards[one.pk]],
            "opened_at": one.opened_at,
            "closed_at": one.closed_at,
        }
        for one in found
    ]


def _balance(balance: ledger.WalletBalance) -> dict[str, object]:
    lapse = balance.next_lapse
    return {
        "available": balance.available,
        "pending": balance.pending,
        "reserved": balance.reserved,
        "owed": balance.owed,
        "next_lapse": {"at": lapse[0], "points": lapse[1]} if lapse else None,
    }


class FlowsOut(Schema):
    """Points that came (above zero in `issued`, `given_back`) and went (in `spent`, `taken_back`, `lapsed`)."""

    issued: Decimal
    given_back: Decimal
    adjusted: Decimal
    spent: Decimal
    taken_back: Decimal
    lapsed: Decimal


class LapsingOut(Schema):
    month: date | None = Field(description="The first day of the month in which it lapses; null: never.")
    available: Decimal
    pending: Decimal
    reserved: Decimal


class MonthOut(Schema):
    month: date
    points: Decimal = Field(description="What stood at its end, or at the end of `until`.")


class LiabilityOut(Schema):
    """In points: opening + issued + given_back + adjusted - spent - taken_back - lapsed = closing."""

    since: date
    until: date
    opening: Decimal
    closing: Decimal
    point_value: Decimal = Field(description="What a point pays at the till today.")
    debt: Decimal = Field(description="What customers owe; it is taken off the closing sum.")
    flows: FlowsOut
    lapses: list[LapsingOut]
    months: list[MonthOut]


@router.get(
    "/programmes/{uuid:programme_id}/liability", response=LiabilityOut, summary="What a programme owes"
)
def liability(request: Request, programme_id: UUID, since: date, until: date) -> dict[str, object]:
    """At the end of any past day of the company's zone, and what changed it since the beginning of another."""
    if not EARLIEST <= since <= until < LATEST:
        raise BadDays(field="until")
    programme = queries.get_programme(programme_id, request.actor)
    told = queries.owed_by(programme, request.actor, since=since, until=until)
    return {
        "since": told.since,
        "until": told.until,
        "opening": told.opening,
        "closing": told.closing.total,
        "point_value": told.point_value,
        "debt": told.closing.debt,
        "flows": told.flows,
        "lapses": [
            {
                "month": one.lapses,
                "available": one.available,
                "pending": one.pending,
                "reserved": one.reserved,
            }
            for one in told.lapses
        ],
        "months": [{"month": month, "points": points} for month, points in told.months],
    }


@router.post("/customers/{uuid:public_id}/accounts", response={201: AccountOut}, summary="Open an account")
def open_account(request: Request, public_id: UUID, told: OpenIn) -> Status[dict[str, object]]:
    """The customer's account in a programme; the one that is there is answered again."""
    profile, by = customers.get(public_id, request.actor), request.actor
    programme = queries.get_programme(told.programme, by)
    actions.open_accounts([profile.pk], programme.pk, by=by, at=clock.now())
    own = queries.accounts(by).filter(profile=profile, programme=programme, name="")
    return Status(201, _told(request, list(own))[0])


@router.post(
    "/households/{uuid:household_id}/pool", response={201: AccountOut}, summary="Open a household's pool"
)
def open_pool(request: Request, household_id: UUID, told: OpenIn) -> Status[dict[str, object]]:
    """The account that all members spend from; the one that is there is answered again."""
    by = request.actor
    household = relations.whole(household_id, by).household
    programme = queries.get_programme(told.programme, by)
    made = actions.open_pool(household.pk, programme.pk, by=by, at=clock.now())
    return Status(201, _told(request, [queries.get_account(made.public_id, by)])[0])


@router.get("/accounts/{uuid:account_id}", response=AccountOut, summary="One account with its balance")
def account(request: Request, account_id: UUID) -> dict[str, object]:
    return _told(request, [queries.get_account(account_id, request.actor)])[0]


@router.get(
    "/accounts/{uuid:account_id}/transactions",
    response=TransactionPage,
    summary="What moved an account's points",
)
def transactions(
    request: Request,
    account_id: UUID,
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> dict[str, object]:
    """The latest first."""
    found = queries.get_account(account_id, request.actor)
    told = queries.statement_of(found, request.actor, after=after, size=size)
    givers = queries.award_givers_by_cause([line.cause for line in told.lines], request.actor)
    items = [
        {
            "id": line.public_id,
            "at": line.at,
            "given_by": givers[line.cause].name if line.cause in givers else None,
            "reason": line.reason,
            "points": line.amount,
            "available": line.available,
            "pending": line.pending,
            "reserved": line.reserved,
        }
        for line in told.lines
    ]
    return {"items": items, "next": told.next}


class TransferIn(Schema):
    """Who gets the points: an account by its id, or the one that a card opens."""

    model_config = ConfigDict(extra="forbid")

    points: Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=4)]
    to: UUID | None = None
    card: Word | None = None


@router.post("/accounts/{uuid:account_id}/transfers", response=AccountOut, summary="Transfer points")
def transfer(request: Request, account_id: UUID, told: TransferIn) -> dict[str, object]:
    """To another account of the programme, lot by lot with their days, within the programme's limits.

    422 `no_transfer` says what does not fit, 422 `too_few_points` that there are fewer; nothing is moved then.
    """
    by = request.actor
    by.must("loyalty.transfer")
    source = queries.get_account(account_id, by)
    if (told.to is None) == (told.card is None):
        raise NoTransfer(_("Name an account or a card, one of them."), field="to")
    target = queries.get_account(told.to, by) if told.to else queries.account_of_card(told.card or "", by)
    actions.transfer_points(source.pk, target.pk, told.points, cause=uuid7(), by=by, at=clock.now())
    return _told(request, [queries.get_account(account_id, by)])[0]


@router.put("/accounts/{uuid:account_id}/tier", response=AccountOut, summary="Put an account into a tier")
def put_in_tier(request: Request, account_id: UUID, told: PutIn) -> dict[str, object]:
    """By hand, for the time that the tier is held; then it is looked at as all others are."""
    found = queries.get_account(account_id, request.actor)
    tier = _tier(request, told.tier, found.programme_id, "tier")
    actions.put_in_tier(found.pk, tier, by=request.actor, at=clock.now())
    return _told(request, [queries.get_account(account_id, request.actor)])[0]
