"""Figures about customers, and which of them stand on the card."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from ninja import Field, Router, Schema
from ninja import Status as HttpStatus

from prilavok.customers import actions, queries
from prilavok.customers.ports import Indicator
from prilavok.kernel.web import Request

router = Router(tags=["customers"])

Whose = Literal["mine", "company"]


class IndicatorOut(Schema):
    key: str
    label: str
    kind: str = Field(description="money, number, days, percent, date, text")
    value: Decimal | float | datetime | date | str | None
    definition: str = Field(description="How it is reckoned.")

    @staticmethod
    def resolve_label(one: Indicator) -> str:
        return str(one.label)

    @staticmethod
    def resolve_definition(one: Indicator) -> str:
        return str(one.definition)


class IndicatorRow(Schema):
    key: str
    label: str


class RowsIn(Schema):
    keys: list[str] = Field(max_length=200, examples=[["C47", "C40"]])


@router.get(
    "/customers/{uuid:public_id}/indicators", response=list[IndicatorOut], summary="Figures of a customer"
)
def indicators(request: Request, public_id: UUID) -> list[Indicator]:
    sheet = queries.sheet(public_id, request.actor)
    return queries.indicators(sheet, request.actor, all_of_them=True)


@router.get("/card-indicators", response=list[IndicatorRow], summary="Figures on the card, in their order")
def rows(request: Request) -> list[dict[str, str]]:
    request.actor.must("customers.see")
    labels = queries.indicator_labels(request.actor)
    return [{"key": key, "label": str(labels[key])} for key in queries.indicator_rows(request.actor)]


@router.put("/card-indicators/{whose}", response=list[str], summary="Put figures into an order")
def choose(request: Request, whose: Whose, new: RowsIn) -> list[str]:
    return actions.choose_indicators(keys=new.keys, for_all=whose == "company", by=request.actor)


@router.delete("/card-indicators/{whose}", response={204: None}, summary="Take the order back")
def forget(request: Request, whose: Whose) -> HttpStatus[None]:
    actions.choose_indicators(keys=None, for_all=whose == "company", by=request.actor)
    return HttpStatus(204, None)
