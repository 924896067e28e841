"""What the public API offers of the company's own indicators. Values: `GET /customers/{id}/indicators`."""

from typing import Any

from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from prilavok.kernel import clock
from prilavok.kernel.web import Request
from prilavok.segments.formulas import known, making
from prilavok.segments.models import OwnIndicator

router = Router(tags=["indicators"])

EXAMPLE = [
    {"fact": "purchases", "measure": "revenue", "where": {"category": [12]}, "window": {"last_days": 365}},
    {"fact": "purchases", "measure": "revenue", "window": {"last_days": 365}},
]


class IndicatorChange(Schema):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100, examples=["Share of coffee in a year"])
    inputs: list[dict[str, Any]] = Field(
        max_length=12,
        description="What it is made of, called a, b, c… in order: a measure of a fact, a trait or an indicator.",
        examples=[EXAMPLE],
    )
    formula: str = Field(max_length=500, examples=["a / b"])
    note: str = Field("", max_length=300)


class IndicatorIn(IndicatorChange):
    code: str = Field("", max_length=40, description="Made from the name when empty.")
    kind: OwnIndicator.Kind


class OwnIndicatorOut(Schema):
    key: str = Field(description="What `GET /customers/{id}/indicators` and columns of lists call it.")
    code: str
    name: str
    kind: OwnIndicator.Kind
    note: str
    inputs: list[dict[str, Any]]
    formula: str
    archived: bool

    @staticmethod
    def resolve_archived(one: OwnIndicator) -> bool:
        return one.archived_at is not None


@router.get("/indicators", response=list[OwnIndicatorOut], summary="Indicators that the company made itself")
def indicators(request: Request) -> list[OwnIndicator]:
    request.actor.must("segments.see")
    known.forget()
    return known.recent()


@router.post("/indicators", response={201: OwnIndicatorOut}, summary="Make an indicator")
def make(request: Request, new: IndicatorIn) -> Status[OwnIndicator]:
    given = new.dict(exclude={"inputs"}) | {"told": new.inputs}
    return Status(201, making.make_indicator(**given, by=request.actor, at=clock.now()))


@router.put("/indicators/{slug:code}", response=OwnIndicatorOut, summary="Change an indicator")
def change(request: Request, code: str, new: IndicatorChange) -> OwnIndicator:
    given = new.dict(exclude={"inputs"}) | {"told": new.inputs}
    return making.change_indicator(code=code, **given, by=request.actor, at=clock.now())


@router.delete("/indicators/{slug:code}", response={204: None}, summary="Archive an indicator")
def archive(request: Request, code: str) -> Status[None]:
    making.archive_indicator(code=code, by=request.actor, at=clock.now())
    return Status(204, None)


@router.post(
    "/indicators/{slug:code}/restoration", response={204: None}, summary="Put an indicator to use again"
)
def restore(request: Request, code: str) -> Status[None]:
    making.restore_indicator(code=code, by=request.actor)
    return Status(204, None)
