"""Tags of customers."""

from typing import Literal
from uuid import UUID

from ninja import Field, Router, Schema
from ninja import Status as HttpStatus

from prilavok.customers import actions, queries
from prilavok.customers.models import Tag
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


class TagOut(Schema):
    id: int
    name: str
    colour: str


class TagIn(Schema):
    name: str = Field(max_length=50, examples=["VIP"])
    colour: Literal["muted", "good", "info", "warn", "bad"] = "muted"


class TagsIn(Schema):
    names: list[str] = Field(min_length=1, max_length=30, examples=[["VIP"]])


class TagMergeIn(Schema):
    into: int = Field(description="The id of the tag that stays.", ge=1, le=2**62)


@router.get("/tags", response=list[TagOut], summary="Tags in use")
def tags(request: Request) -> list[Tag]:
    return list(queries.tags(request.actor))


@router.put("/tags/{int:tag_id}", response=TagOut, summary="Rename a tag, change its colour")
def change(request: Request, tag_id: int, new: TagIn) -> Tag:
    return actions.change_tag(tag_id=tag_id, by=request.actor, **new.dict())


@router.post("/tags/{int:tag_id}/merge", response=TagOut, summary="Two tags mean the same")
def merge(request: Request, tag_id: int, new: TagMergeIn) -> Tag:
    return actions.merge_tags(tag_id=tag_id, into_id=new.into, by=request.actor)


@router.delete("/tags/{int:tag_id}", response={204: None}, summary="Delete a tag; it can be restored")
def delete(request: Request, tag_id: int) -> HttpStatus[None]:
    actions.delete_tag(tag_id=tag_id, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


@router.post("/tags/{int:tag_id}/restoration", response=TagOut, summary="Undo a deletion or a merge of tags")
def restore(request: Request, tag_id: int) -> Tag:
    return actions.restore_tag(tag_id=tag_id, by=request.actor)


@router.post(
    "/customers/{uuid:public_id}/tags", response={201: list[TagOut]}, summary="Put tags on a customer"
)
def put(request: Request, public_id: UUID, new: TagsIn) -> HttpStatus[list[queries.TagShown]]:
    request.actor.must("customers.tag")
    profile = queries.get(public_id, request.actor)
    actions.tag(profile_id=profile.pk, names=new.names, by=request.actor, at=clock.now())
    return HttpStatus(201, queries.tags_of([profile.pk], request.actor).get(profile.pk, []))


@router.delete(
    "/customers/{uuid:public_id}/tags/{int:tag_id}", response={204: None}, summary="Take a tag off a customer"
)
def take(request: Request, public_id: UUID, tag_id: int) -> HttpStatus[None]:
    request.actor.must("customers.tag")
    profile = queries.get(public_id, request.actor)
    actions.untag(profile_id=profile.pk, tag_id=tag_id, by=request.actor, at=clock.now())
    return HttpStatus(204, None)
