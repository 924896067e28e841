"""What customers ask of the shop about their data, and the signed address of the page where they ask it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from ninja.params.functions import Query
from pydantic import ConfigDict

from prilavok.company import actions as company_actions
from prilavok.customers import actions, queries
from prilavok.customers.models import PersonalRequest, Status
from prilavok.customers.queries.own_page import LASTS
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request

router = Router(tags=["consents"])


class RequestIn(Schema):
    model_config = ConfigDict(extra="forbid")

    kind: PersonalRequest.Kind
    text: str = Field("", max_length=1000, description="In the customer’s own words.")


class RequestOut(Schema):
    id: int
    customer: UUID
    kind: PersonalRequest.Kind
    text: str
    at: datetime

    @staticmethod
    def resolve_customer(one: PersonalRequest) -> UUID:
        return one.profile.public_id


class RequestList(Schema):
    items: list[RequestOut]
    next: str | None = Field(description="Send it as `after` to get the next page; null at the end.")


class OwnPageOut(Schema):
    address: str
    until: datetime


@router.get(
    "/personal-requests",
    response=RequestList,
    summary="What customers ask about their data, the oldest first",
)
def waiting(
    request: Request, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> dict[str, object]:
    """Those that wait: to hand out what is kept, to correct it, to erase it."""
    found = queries.personal_requests(request.actor)
    page = paging.keyset(found, order=("at", "id"), after=after, size=limit)
    company_actions.note_look(
        profile_id=None, what="api", rows=len(page.items), by=request.actor, at=clock.now()
    )
    return {"items": page.items, "next": page.next}


@router.post(
    "/personal-requests/{int:number}/settlement", response={204: None}, summary="What was asked is done"
)
def settle(request: Request, number: int) -> HttpStatus[None]:
    """By this nothing is handed out or erased: `GET …/archive` and `DELETE /customers/{id}` do it."""
    actions.settle(request_id=number, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


@router.post(
    "/customers/{uuid:public_id}/personal-requests",
    response={201: RequestOut},
    summary="Write down what a customer asks about their data",
)
def ask(request: Request, public_id: UUID, new: RequestIn) -> HttpStatus[PersonalRequest]:
    """One that waits already stays, with the newer words."""
    request.actor.must("customers.consents")
    profile = queries.get(public_id, request.actor)
    made = actions.ask(profile_id=profile.pk, by=request.actor, at=clock.now(), **new.dict())
    return HttpStatus(201, made)


@router.post(
    "/customers/{uuid:public_id}/own-page",
    response={201: OwnPageOut},
    summary="The signed address of the customer’s own page, to be handed to them",
)
def own_page(request: Request, public_id: UUID) -> HttpStatus[dict[str, object]]:
    """Whoever holds it sees what is kept, with contacts masked, and may agree, withdraw, correct and ask. What is done
    there proves no address: it went through other hands.
    """
    request.actor.must("customers.consents")
    profile = queries.get(public_id, request.actor)
    if profile.status == Status.ERASED:
        raise actions.NotForErased
    address = request.build_absolute_uri(reverse("customers:own", args=[queries.own_token(profile.pk)]))
    return HttpStatus(201, {"address": address, "until": clock.now() + timedelta(seconds=LASTS)})
