"""How fields are settled when two turn out to be one."""

from typing import Annotated, Any

from ninja import Router, Schema
from pydantic import ConfigDict, Field

from prilavok.customers import actions, queries
from prilavok.customers.api.identity import Mode
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


class SettlingOut(Schema):
    field: str
    label: str
    mode: Mode

    @staticmethod
    def resolve_label(one: Any) -> str:
        return str(one.label)


class SettlingsIn(Schema):
    model_config = ConfigDict(extra="forbid")

    modes: dict[Annotated[str, Field(max_length=60)], Mode] = Field(
        max_length=300, examples=[{"first_name": "longest"}], description="Fields that are not named stay."
    )


@router.get("/merge-rules", response=list[SettlingOut], summary="How fields are settled by a merge")
def settlings(request: Request) -> list[queries.Settling]:
    return queries.survivorship(request.actor)


@router.put("/merge-rules", response=list[SettlingOut], summary="Change how fields are settled by a merge")
def settle(request: Request, new: SettlingsIn) -> list[queries.Settling]:
    """Merges that were made keep their rules."""
    request.actor.must("customers.kinds")
    actions.choose_modes(
        modes={str(field): str(mode) for field, mode in new.modes.items()}, by=request.actor, at=clock.now()
    )
    return queries.survivorship(request.actor)
