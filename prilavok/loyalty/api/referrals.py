"""Friends who were brought: what a programme gives for them, codes to pass on, what came of it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import CouponSeries, Referral, ReferralTerms
from prilavok.segments import queries as segments

router = Router(tags=["loyalty"])

Points = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class UnknownSeries(Problem):
    code = "unknown_series"
    message = _("There is no series of coupons with this id.")


class ReferralTermsIn(Schema):
    """Points or a coupon of a personal series, for the friend and for who brought them; the rest is zero or null.

    The first purchase counts from `minimum` on and has to stand `stands_days`. `most`: friends of one giver; null: any.
    """

    model_config = ConfigDict(extra="forbid")

    active: bool = True
    friend_points: Points = Decimal(0)
    friend_series: UUID | None = None
    giver_points: Points = Decimal(0)
    giver_series: UUID | None = None
    minimum: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)] = Decimal(0)
    stands_days: Annotated[int, Field(ge=0, le=1000)] = 14
    most: Annotated[int, Field(ge=1, le=100_000)] | None = None


class ReferralTermsOut(Schema):
    active: bool
    friend_points: Decimal
    friend_series: UUID | None
    giver_points: Decimal
    giver_series: UUID | None
    minimum: Decimal
    stands_days: int
    most: int | None

    @staticmethod
    def resolve_friend_series(terms: ReferralTerms) -> UUID | None:
        return terms.friend_series.public_id if terms.friend_series else None

    @staticmethod
    def resolve_giver_series(terms: ReferralTerms) -> UUID | None:
        return terms.giver_series.public_id if terms.giver_series else None

    @staticmethod
    def resolve_minimum(terms: ReferralTerms) -> Decimal:
        return terms.minimum.quantize(Decimal("0.01"))


class ReferralCodeOut(Schema):
    code: str


class ReferralSegmentIn(Schema):
    segment: UUID


class ReferralOut(Schema):
    """`state`: waiting, given, reversed, refused (`reason` says why it did not count)."""

    id: UUID
    receipt: UUID
    at: datetime
    stands_at: datetime
    state: str
    reason: str

    @staticmethod
    def resolve_id(one: Referral) -> UUID:
        return one.public_id

    @staticmethod
    def resolve_receipt(one: Referral) -> UUID:
        return one.receipt.public_id


class ReferralPage(Schema):
    items: list[ReferralOut]
    next: str | None


@router.get(
    "/programmes/{uuid:programme_id}/referral-terms",
    response=ReferralTermsOut,
    summary="What is given for friends",
)
def terms(request: Request, programme_id: UUID) -> ReferralTerms:
    found = queries.get_programme(programme_id, request.actor)
    return queries.referral_terms(found, request.actor) or ReferralTerms(programme=found, active=False)


@router.put(
    "/programmes/{uuid:programme_id}/referral-terms",
    response=ReferralTermsOut,
    summary="Say what is given for friends",
)
def set_terms(request: Request, programme_id: UUID, told: ReferralTermsIn) -> ReferralTerms:
    """From now on; what was given stays."""
    by = request.actor
    by.must("loyalty.programme")
    found = queries.get_programme(programme_id, by)
    values: dict[str, Any] = told.dict()
    for whose in ("friend_series", "giver_series"):
        values[whose] = _series(request, values[whose], whose)
    actions.set_referral_terms(found.pk, by=by, at=clock.now(), **values)
    return terms(request, programme_id)


def _series(request: Request, public_id: UUID | None, field: str) -> CouponSeries | None:
    if public_id is None:
        return None
    found = queries.series(request.actor).filter(public_id=public_id).first()
    if found is None:
        raise UnknownSeries(field=field)
    return found


@router.post(
    "/customers/{uuid:public_id}/referral-code",
    response=ReferralCodeOut,
    summary="A customer's code to pass on",
)
def code(request: Request, public_id: UUID) -> dict[str, str]:
    """Made when first asked for, and the same ever after."""
    by = request.actor
    by.must("loyalty.issue")
    profile = customers.get(public_id, by)
    return {"code": actions.make_referral_codes([profile.pk], by=by, at=clock.now())[profile.pk]}


@router.post("/referral-codes", response={202: None}, summary="Codes for everybody in a segment")
def codes(request: Request, told: ReferralSegmentIn) -> Status[None]:
    """In the background."""
    by = request.actor
    by.must("loyalty.issue")
    actions.order_referral_codes(segments.get(told.segment, by).pk, by=by, at=clock.now())
    return Status(202, None)


@router.get("/referrals", response=ReferralPage, summary="Friends who were brought, the latest first")
def referrals(
    request: Request, after: str | None = None, size: Annotated[int, Field(ge=1, le=1000)] = 100
) -> paging.Page[Referral]:
    return paging.keyset(queries.referrals(request.actor), order=("-id",), after=after, size=size)
