"""The company's own fields of customers: which there are."""

from typing import Annotated, Literal

from ninja import Field, Query, Router, Schema
from ninja import Status as HttpStatus
from pydantic import ConfigDict

from prilavok.customers import actions, queries
from prilavok.customers.models import OwnField
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["customers"])

OwnKind = Literal["text", "number", "money", "date", "choice", "many", "flag", "reference"]
OwnGuard = Literal["open", "change", "see"]


class OwnFieldSettings(Schema):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, examples=["Shoe size"])
    help: str = Field("", max_length=200)
    for_people: bool = True
    for_companies: bool = False
    options: list[str] = Field(
        [],
        max_length=500,
        description="Of choices: `name` or `code = name`, in order.",
        examples=[["38", "39"]],
    )
    target: str = Field(
        "", max_length=20, description="Of references: shop, employee, customer, company, product."
    )
    required: bool = False
    alone: bool = Field(False, description="No two customers share a value.")
    low: str = Field("", max_length=20)
    high: str = Field("", max_length=20)
    pattern: str = Field("", max_length=60, description="Of texts: # a digit, @ a letter, ? any character.")
    filtered: bool = Field(False, description="In filters and the order of lists, in conditions of segments.")
    searched: bool = Field(False, description="Found by the search of the list: texts and numbers.")
    at_registration: bool = Field(False, description="Asked by the forms that register customers.")
    guard: OwnGuard = "open"


class OwnFieldIn(OwnFieldSettings):
    code: str = Field("", max_length=40, description="Made from the name when empty.", examples=["shoe_size"])
    kind: OwnKind


class OwnOption(Schema):
    code: str
    name: str


class OwnFieldOut(Schema):
    code: str
    name: str
    kind: OwnKind
    help: str
    for_people: bool
    for_companies: bool
    options: list[OwnOption]
    target: str
    required: bool
    alone: bool
    low: str
    high: str
    pattern: str
    filtered: bool
    searched: bool
    at_registration: bool
    guard: OwnGuard
    archived: bool

    @staticmethod
    def resolve_options(field: OwnField) -> list[dict[str, str]]:
        return [{"code": code, "name": name} for code, name in field.live_options().items()]

    @staticmethod
    def resolve_archived(field: OwnField) -> bool:
        return field.archived_at is not None


class Offer(Schema):
    """What a reference may lead to."""

    key: str
    name: str


class OwnOrderIn(Schema):
    codes: list[str] = Field(max_length=500)


@router.get("/own-fields", response=list[OwnFieldOut], summary="Own fields that the caller may see, in order")
def own_fields(request: Request) -> list[OwnField]:
    request.actor.must("customers.see")
    return queries.seen_own_fields(request.actor)


@router.post("/own-fields", response={201: OwnFieldOut}, summary="Make an own field")
def add(request: Request, new: OwnFieldIn) -> HttpStatus[OwnField]:
    return HttpStatus(201, actions.add_own_field(by=request.actor, **new.dict()))


@router.put("/own-fields/order", response=list[OwnFieldOut], summary="Put own fields into an order")
def order(request: Request, new: OwnOrderIn) -> list[OwnField]:
    actions.order_own_fields(codes=new.codes, by=request.actor)
    return queries.own_fields()


@router.put("/own-fields/{slug:code}", response=OwnFieldOut, summary="Change an own field")
def change(request: Request, code: str, new: OwnFieldSettings) -> OwnField:
    return actions.change_own_field(code=code, by=request.actor, **new.dict())


@router.get(
    "/own-fields/{slug:code}/offers",
    response=list[Offer],
    summary="What a reference may lead to, by a few letters",
)
def offers(request: Request, code: str, q: Annotated[str, Query(max_length=100)] = "") -> list[Offer]:
    request.actor.must("customers.see")
    field = next((one for one in queries.seen_own_fields(request.actor) if one.code == code), None)
    if field is None:
        raise actions.UnknownField(field="code")
    found = queries.references_found(field.target, q, request.actor)
    return [Offer(key=key, name=name) for key, name in found]


@router.delete(
    "/own-fields/{slug:code}", response={204: None}, summary="Archive an own field; values are kept"
)
def archive(request: Request, code: str) -> HttpStatus[None]:
    actions.archive_own_field(code=code, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


@router.post("/own-fields/{slug:code}/restoration", response={204: None}, summary="Put a field to use again")
def restore(request: Request, code: str) -> HttpStatus[None]:
    actions.restore_own_field(code=code, by=request.actor)
    return HttpStatus(204, None)
