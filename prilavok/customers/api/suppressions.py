"""The stop list: addresses that nothing is sent to."""

from datetime import datetime

from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from ninja.params.functions import Query
from pydantic import AwareDatetime, ConfigDict

from prilavok.company import actions as company_actions
from prilavok.customers import actions, queries
from prilavok.customers.models import ContactKind, Suppression
from prilavok.customers.queries.suppressions import ORDER
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request

router = Router(tags=["consents"])
AT_ONCE = 10_000


class SuppressionIn(Schema):
    model_config = ConfigDict(extra="forbid")

    value: str = Field(max_length=254, examples=["anna@example.org"], description="A phone or an e-mail.")
    reason: Suppression.Reason = Suppression.Reason.OTHER
    note: str = Field("", max_length=200)
    at: AwareDatetime | None = Field(None, description="Since when; now, if nothing is said.")


class SuppressionsIn(Schema):
    model_config = ConfigDict(extra="forbid")

    items: list[SuppressionIn] = Field(min_length=1, max_length=AT_ONCE)
    source: str = Field("api", max_length=50)


class RejectOut(Schema):
    index: int
    code: str


class SuppressionsOut(Schema):
    created: int
    known: int
    rejects: list[RejectOut]


class SuppressionOut(Schema):
    id: int
    kind: ContactKind
    value: str = Field(
        description="Masked without the right to see contacts; empty when its owner was erased."
    )
    reason: Suppression.Reason
    note: str
    source: str
    at: datetime


class SuppressionList(Schema):
    items: list[SuppressionOut]
    next: str | None


@router.get("/suppressions", response=SuppressionList, summary="The stop list")
def suppressions(
    request: Request,
    q: str = Query("", max_length=254, description="An address, or a part of one."),
    kind: ContactKind | None = None,
    reason: Suppression.Reason | None = None,
    after: str | None = None,
    limit: int = Query(50, ge=1, le=1_000),
) -> dict[str, object]:
    found = queries.suppressions(request.actor, q, kind or "", reason or "")
    page = paging.keyset(found, order=ORDER, after=after, size=limit)
    company_actions.note_look(
        profile_id=None, what="api", rows=len(page.items), by=request.actor, at=clock.now()
    )
    return {"items": [_out(one, request) for one in page.items], "next": page.next}


def _out(one: Suppression, request: Request) -> dict[str, object]:
    plain = {name: getattr(one, name) for name in ("kind", "reason", "note", "source", "at")}
    return plain | {"id": one.pk, "value": queries.suppressed_shown(one, request.actor)}


@router.post("/suppressions", response=SuppressionsOut, summary="Put addresses on the stop list")
def suppress(request: Request, asked: SuppressionsIn) -> dict[str, object]:
    """Up to 10,000 at once; the same again changes nothing. What cannot be read is told by its place."""
    rows = [actions.NewSuppression(one.value, one.reason, one.note, one.at) for one in asked.items]
    loaded = actions.load_suppressions(rows, source=asked.source, by=request.actor, at=clock.now(), live=True)
    rejects = [{"index": index, "code": code} for index, code in loaded.rejects]
    return {"created": loaded.created, "known": loaded.known, "rejects": rejects}


@router.delete("/suppressions/{int:number}", response={204: None}, summary="Take an address off")
def lift(request: Request, number: int) -> HttpStatus[None]:
    actions.lift_suppression(suppression_id=number, by=request.actor, at=clock.now())
    return HttpStatus(204, None)
