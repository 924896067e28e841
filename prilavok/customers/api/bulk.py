"""Changing many customers at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema
from ninja import Status as HttpStatus

from prilavok.customers import actions, queries
from prilavok.customers.models import BulkEdit
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


class BulkIn(Schema):
    """Either `customers`, or `q` and `filters` as the list of customers takes them."""

    change: dict[str, Any] = Field(
        description='{"what": "tag", "names": [...]}, {"what": "untag", "tag": id}, {"what": "own", "code", "value"}, '
        '{"what": "sex", "sex": "f", "m" or ""}, {"what": "status", "status", "reason"}',
        examples=[{"what": "tag", "names": ["VIP"]}],
    )
    customers: list[UUID] | None = Field(None, max_length=1_000)
    q: str = Field("", max_length=100)
    filters: dict[str, str] = Field({}, max_length=50, examples=[{"status": "active"}])


class BulkOut(Schema):
    public_id: UUID
    total: int
    changed: int
    finished_at: datetime | None
    undone_at: datetime | None
    restored: int


@router.post("/customer-changes", response={201: BulkOut}, summary="Change many customers at once")
def change(request: Request, new: BulkIn) -> HttpStatus[BulkEdit]:
    request.actor.must("customers.bulk")
    ids = None if new.customers is None else list(queries.profile_ids(new.customers, request.actor).values())
    found = {"q": new.q, "wanted": new.filters} if ids is None else None
    made = actions.change_many(
        change=new.change, profile_ids=ids, found=found, by=request.actor, at=clock.now()
    )
    return HttpStatus(201, made)


@router.get("/customer-changes/{uuid:public_id}", response=BulkOut, summary="How far a change has come")
def one(request: Request, public_id: UUID) -> BulkEdit:
    return queries.bulk_edit(public_id, request.actor)


@router.post("/customer-changes/{uuid:public_id}/undo", response=BulkOut, summary="Take a change back")
def undo(request: Request, public_id: UUID) -> BulkEdit:
    """What was changed otherwise since stays."""
    return actions.undo_many(public_id=public_id, by=request.actor, at=clock.now())
