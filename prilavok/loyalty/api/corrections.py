"""Corrections of points for support desks: propose, look, decide. Only employees do so, tokens may look."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import Correction
from prilavok.loyalty.ports import NewCorrection

router = Router(tags=["loyalty"])


class CorrectionIn(Schema):
    """`amount`: points to give, or below zero to take. The same `cause` proposes once."""

    amount: Annotated[Decimal, Field(max_digits=12, decimal_places=4)]
    reason: Literal["goodwill", "missed", "mistake", "abuse", "other"]
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
    cause: UUID

    model_config = {
        "json_schema_extra": {
            "example": {
                "amount": "150",
                "reason": "missed",
                "note": "Receipt 4711 of Sunday was rung up without the card.",
                "cause": "01939f5e-0000-7000-8000-000000000001",
            }
        }
    }


class DecisionIn(Schema):
    """Rejected, it needs a `reason`."""

    outcome: Literal["approved", "rejected"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""


class CorrectionOut(Schema):
    id: UUID
    account: UUID
    customer: UUID | None
    amount: Decimal
    reason: str
    note: str
    state: str
    proposed_at: datetime
    proposed_by: UUID
    decided_at: datetime | None
    decided_by: UUID | None
    answer: str

    @staticmethod
    def resolve_id(one: Correction) -> UUID:
        return one.public_id

    @staticmethod
    def resolve_account(one: Correction) -> UUID:
        return one.account.public_id

    @staticmethod
    def resolve_customer(one: Correction) -> UUID | None:
        return one.account.profile.public_id if one.account.profile else None

    @staticmethod
    def resolve_proposed_by(one: Correction) -> UUID:
        return one.proposed_by.public_id

    @staticmethod
    def resolve_decided_by(one: Correction) -> UUID | None:
        return one.decided_by.public_id if one.decided_by else None


class CorrectionPage(Schema):
    items: list[CorrectionOut]
    next: str | None


def _by(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@router.get("/corrections", response=CorrectionPage, summary="Corrections of points, the latest first")
def index(
    request: HttpRequest,
    state: Literal["", "waiting", "approved", "rejected"] = "",
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=500)] = 50,
) -> paging.Page[Correction]:
    return paging.keyset(
        queries.corrections(_by(request), state=state), order=("-id",), after=after, size=size
    )


@router.get("/corrections/{correction_id}", response=CorrectionOut, summary="One correction of points")
def one(request: HttpRequest, correction_id: UUID) -> Correction:
    return queries.get_correction(correction_id, _by(request))


@router.post(
    "/accounts/{account_id}/corrections", response=CorrectionOut, summary="Propose a correction of points"
)
def propose(request: HttpRequest, account_id: UUID, told: CorrectionIn) -> Correction:
    """It moves nothing until another employee approves it."""
    by = _by(request)
    by.must("loyalty.correct")
    account = queries.get_account(account_id, by)
    made = actions.propose_correction(
        NewCorrection(account_id=account.pk, **told.dict()), by=by, at=clock.now()
    )
    return queries.get_correction(made.public_id, by)


@router.put(
    "/corrections/{correction_id}/decision",
    response=CorrectionOut,
    summary="Approve or reject a correction that somebody else proposed",
)
def decide(request: HttpRequest, correction_id: UUID, told: DecisionIn) -> Correction:
    """Whoever proposed it may only reject it, which withdraws it."""
    by = _by(request)
    found = queries.get_correction(correction_id, by)
    if told.outcome == "approved":
        actions.approve_correction(found.pk, by=by, at=clock.now())
    else:
        actions.reject_correction(found.pk, told.reason, by=by, at=clock.now())
    return queries.get_correction(correction_id, by)
