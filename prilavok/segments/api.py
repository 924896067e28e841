"""What the public API offers of segments."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema, Status
from ninja.params.functions import Query
from pydantic import AwareDatetime

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.queries import Short
from prilavok.facts import queries as facts
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.web import Request
from prilavok.segments import actions, portraits, queries, reckoning, sentences
from prilavok.segments.formulas.api import router as indicators
from prilavok.segments.models import Kind, Membership, Segment
from prilavok.segments.problems import BadCondition
from prilavok.segments.reckoning import Verdict
from prilavok.segments.rfm.api import router as rfm
from prilavok.segments.vocabulary_api import router as vocabulary

router = Router(tags=["segments"])
router.add_router("", rfm)
router.add_router("", indicators)
router.add_router("", vocabulary)
SOME_LINES = 100

EXAMPLE = {
    "all": [
        {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 2, "where": {"category": [12]}},
        {"fact": "purchases", "measure": "receipts", "op": "=", "value": 0, "window": {"last_days": 60}},
        {"trait": "email_ok", "is": True},
    ]
}
TREE = Field(description="Conditions: a tree of all, any and not over traits and facts.", examples=[EXAMPLE])


class SegmentOut(Schema):
    public_id: UUID
    name: str
    note: str
    folder: str
    tags: list[str]
    kind: Kind
    conditions: dict[str, Any] = TREE
    in_words: str
    version: int
    size: int | None = Field(
        description="Customers in it, of those whom you may see: within your shops. Null: you may see none."
    )
    as_of: datetime | None = Field(description="What the size is true as of.")
    trouble: str = Field(description="Why it could not be refreshed since; empty when all is well.")
    archived: bool


class ListedOut(Schema):
    """What a list came to; null: not known, or people were ticked one by one."""

    by: str = Field(description="Who loaded it.")
    at: datetime
    lines: int | None = Field(description="Lines that are not blank.")
    waiting: int = Field(description="Lines that are still being recognised.")
    recognised: int | None
    unknown: int | None = Field(
        description="Lines that were not recognised: `GET /segments/{id}/unknown` while they are kept."
    )


class SegmentWithList(SegmentOut):
    listed: ListedOut | None = Field(description="Of a list: what it came to. It has no conditions.")


class SegmentList(Schema):
    items: list[SegmentOut]
    next: str | None = Field(description="Send it as `after` to get the next page; null at the end.")


class SegmentIn(Schema):
    name: str = Field(min_length=1, max_length=200)
    kind: Kind = Kind.DYNAMIC
    conditions: dict[str, Any] = TREE
    note: str = ""
    folder: str = Field("", max_length=100)
    tags: list[str] = Field([], max_length=20)


class SegmentChange(Schema):
    name: str = Field(min_length=1, max_length=200)
    conditions: dict[str, Any] = TREE
    note: str = ""
    folder: str = Field("", max_length=100)
    tags: list[str] = Field([], max_length=20)


class Conditions(Schema):
    conditions: dict[str, Any] = TREE


class RemarkOut(Schema):
    text: str
    places: list[str] = Field(description="Where the conditions stand in the tree, such as `0.1`.")


class CountOut(Schema):
    people: int
    base: int
    remarks: list[RemarkOut] = Field(
        description="What the conditions cannot mean: nobody, everybody, not yet."
    )
    as_of: datetime | None
    in_words: str


class PartOut(Schema):
    name: str
    share: float = Field(description="From 0 to 1.")


class CutOut(Schema):
    label: str
    parts: list[PartOut]


class OverlapOut(Schema):
    segment: UUID
    name: str
    share: float = Field(description="Of these people, how many are in it, from 0 to 1.")
    of_it: float = Field(description="Of it, how many are these people, from 0 to 1.")


class PortraitOut(Schema):
    people: int
    asked: int = Field(description="By how many of them, chosen by chance, the shares are told.")
    cuts: list[CutOut]
    overlaps: list[OverlapOut]
    as_of: datetime | None


class MemberOut(Schema):
    public_id: UUID
    name: str
    since: datetime
    until: datetime | None
    cause: str


class VersionOut(Schema):
    number: int
    conditions: dict[str, Any] = TREE
    in_words: str
    made_at: datetime
    made_by: str


class UseOut(Schema):
    title: str
    what: str
    version: int | None = Field(description="Which version it took, if it keeps one.")
    binding: bool = Field(description="Whether the segment cannot be archived meanwhile.")


class MemberList(Schema):
    items: list[MemberOut]
    next: str | None


class ConditionOut(Schema):
    in_words: str
    holds: bool


class TurnOut(Schema):
    at: datetime
    came_in: bool
    cause: str
    event: UUID | None = Field(description="The event that did it, if one did.")
    conditions: list[str] = Field(description="The conditions that it, or the passing of days, changed.")


class VerdictOut(Schema):
    inside: bool = Field(description="Meets the conditions now; of a static segment: is on it.")
    since: datetime | None
    cause: str | None
    as_of: datetime | None = Field(description="What the verdict is true as of.")
    conditions: list[ConditionOut]
    history: list[TurnOut] = Field(
        description="When and why the customer came in and went out, latest first."
    )


class ListIn(Schema):
    name: str = Field(min_length=1, max_length=200)
    folder: str = Field("", max_length=100)
    values: list[str] = Field(
        max_length=2_000_000, description="Cards, e-mails, phones or external ids, mixed."
    )


class LineOut(Schema):
    row: int
    value: str
    reason: str = Field(description="malformed, nobody, several, repeated.")


class ListOut(Schema):
    segment: SegmentOut
    lines: int = Field(description="Lines that were not blank.")
    done: bool = Field(description="False while the worker still recognises a long list.")
    unknown: list[LineOut] = Field(description="The first lines that were not recognised.")


class LineList(Schema):
    items: list[LineOut]
    next: str | None


@router.get("/segments", response=SegmentList)
def list_segments(
    request: Request,
    q: str = "",
    kind: Kind | None = None,
    folder: str = "",
    tag: str = "",
    archived: bool = False,
    after: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, Any]:
    """Segments, those changed last first; of one kind, folder or tag if they are named."""
    found = queries.segments(request.actor).filter(archived_at__isnull=not archived, name__icontains=q)
    found = found.filter(**{"kind": kind} if kind else {}, **{"folder": folder} if folder else {})
    found = found.filter(tags__contains=[tag]) if tag else found
    page = paging.keyset(found, order=("-changed_at", "-id"), after=after, size=limit)
    sizes = queries.sizes(page.items, request.actor)
    return {"items": [_sized(one, sizes[one.pk]) for one in page.items], "next": page.next}


@router.post("/segments", response={201: SegmentOut})
def create_segment(request: Request, body: SegmentIn) -> Status[dict[str, Any]]:
    """Make a segment and draw its people."""
    made = actions.create(
        name=body.name,
        tree=body.conditions,
        kind=body.kind,
        note=body.note,
        folder=body.folder,
        tags=body.tags,
        by=request.actor,
        at=clock.now(),
    )
    return Status(201, _segment(made, request.actor))


@router.post("/segments/lists", response={201: ListOut})
def create_from_list(request: Request, body: ListIn) -> Status[dict[str, Any]]:
    """Make a static segment of the people in a list; tells which values are nobody's."""
    loaded = actions.load_list(
        name=body.name, values=body.values, folder=body.folder, by=request.actor, at=clock.now()
    )
    lines = queries.unknown_lines(loaded.segment.pk, request.actor)[:SOME_LINES]
    told = {"lines": loaded.lines, "done": loaded.done, "unknown": list(lines)}
    return Status(201, {"segment": _segment(loaded.segment, request.actor), **told})


@router.get("/segments/{public_id}/unknown", response=LineList)
def list_unknown(
    request: Request, public_id: UUID, after: str | None = None, limit: int = Query(100, ge=1, le=1000)
) -> dict[str, Any]:
    """Lines of the uploaded list that nobody was found by, by row."""
    one = queries.get(public_id, request.actor)
    lines = queries.unknown_lines(one.pk, request.actor)
    page = paging.keyset(lines, order=("row", "id"), after=after, size=limit)
    return {"items": page.items, "next": page.next}


@router.post("/segments/count", response=CountOut)
def count_people(request: Request, body: Conditions) -> dict[str, Any]:
    """How many customers meet conditions that nobody has saved."""
    counted = queries.count(body.conditions, request.actor, at=clock.now())
    node = reckoning.read(body.conditions)
    said = [{"text": str(one.text), "places": one.places} for one in reckoning.remarks(node, at=clock.now())]
    told = {"people": counted.people, "base": counted.base, "as_of": counted.as_of}
    return {**told, "remarks": said, "in_words": sentences.told(node)}


@router.post("/segments/portrait", response=PortraitOut)
def portray(request: Request, body: Conditions) -> dict[str, Any]:
    """Who the people of conditions are by sex, age, shop and RFM, and in which segments."""
    node = reckoning.read(body.conditions, request.actor)
    told = portraits.portrait(node, by=request.actor, at=clock.now())
    cuts = [
        {"label": str(cut.label), "parts": [{"name": part.name, "share": part.share} for part in cut.parts]}
        for cut in told.cuts
    ]
    overlaps = [
        {"segment": one.segment.public_id, "name": one.segment.name, "share": one.share, "of_it": one.of_it}
        for one in told.overlaps
    ]
    figures = {"people": told.people, "asked": told.asked, "as_of": told.as_of}
    return {**figures, "cuts": cuts, "overlaps": overlaps}


@router.get("/segments/{public_id}", response=SegmentWithList)
def get_segment(request: Request, public_id: UUID) -> dict[str, Any]:
    one = queries.get(public_id, request.actor)
    told = queries.told_of_list(one, request.actor) if one.is_list else None
    return _segment(one, request.actor) | {"listed": asdict(told) if told else None}


@router.put("/segments/{public_id}", response=SegmentOut)
def change_segment(request: Request, public_id: UUID, body: SegmentChange) -> dict[str, Any]:
    """Rename it; other conditions become its next version."""
    one = queries.get(public_id, request.actor)
    changed = actions.change(
        segment_id=one.pk,
        name=body.name,
        tree=body.conditions,
        note=body.note,
        folder=body.folder,
        tags=body.tags,
        by=request.actor,
        at=clock.now(),
    )
    return _segment(changed, request.actor)


@router.delete("/segments/{public_id}", response={204: None})
def archive_segment(request: Request, public_id: UUID) -> Status[None]:
    """Put it away; `restore` takes it back."""
    actions.archive(segment_id=queries.get(public_id, request.actor).pk, by=request.actor, at=clock.now())
    return Status(204, None)


@router.post("/segments/{public_id}/restore", response=SegmentOut)
def restore_segment(request: Request, public_id: UUID) -> dict[str, Any]:
    actions.restore(segment_id=queries.get(public_id, request.actor).pk, by=request.actor, at=clock.now())
    return _segment(queries.get(public_id, request.actor), request.actor)


@router.post("/segments/{public_id}/refresh", response=SegmentOut)
def refresh_segment(request: Request, public_id: UUID) -> dict[str, Any]:
    """Reckon a dynamic segment anew."""
    actions.refresh(segment_id=queries.get(public_id, request.actor).pk, by=request.actor, at=clock.now())
    return _segment(queries.get(public_id, request.actor), request.actor)


@router.get("/segments/{public_id}/versions", response=list[VersionOut])
def list_versions(request: Request, public_id: UUID) -> list[dict[str, Any]]:
    """The conditions that it has had, the newest first; the last hundred."""
    found = queries.get(public_id, request.actor).versions.order_by("-number")[:100]
    names = company.employee_names({version.by for version in found if version.by})
    return [
        {
            "number": one.number,
            "conditions": one.tree,
            "in_words": _in_words(one.tree),
            "made_at": one.at,
            "made_by": names.get(one.by or 0, ""),
        }
        for one in found
    ]


@router.get("/segments/{public_id}/uses", response=list[UseOut])
def list_uses(request: Request, public_id: UUID) -> list[dict[str, Any]]:
    """Where it is used: campaigns, promotions, other segments."""
    found = queries.uses(queries.get(public_id, request.actor).pk)
    return [
        {"title": one.title, "what": str(one.what), "version": one.version, "binding": one.binding}
        for one in found
    ]


@router.get("/segments/{public_id}/members", response=MemberList)
def list_members(
    request: Request,
    public_id: UUID,
    on: AwareDatetime | None = Query(None, description="Who was in at that moment; now, if left out."),
    since: AwareDatetime | None = Query(None, description="Only those who came in at that moment or later."),
    gone: bool = Query(False, description="Those who were in and went out, instead of those who are in."),
    after: str | None = None,
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    """Who is in, or was, newest first."""
    one = queries.get(public_id, request.actor)
    stays = queries.history(one.pk, request.actor)
    stays = stays.on(on) if on else stays.filter(until__isnull=not gone)
    stays = stays.entered_since(since) if since else stays
    page = paging.keyset(stays, order=("-since", "-id"), after=after, size=limit)
    known = customers.short([stay.profile_id for stay in page.items], request.actor)
    items = [_member(stay, known[stay.profile_id]) for stay in page.items if stay.profile_id in known]
    return {"items": items, "next": page.next}


@router.get("/segments/{public_id}/members/{customer}", response=VerdictOut)
def explain_member(request: Request, public_id: UUID, customer: UUID) -> dict[str, Any]:
    """Whether a customer is in, since when, which conditions hold, and what brought them in and out."""
    one = queries.get(public_id, request.actor)
    person = customers.get(customer, request.actor)
    verdict = queries.explain(one.pk, person.pk, request.actor, at=clock.now())
    kin = customers.kin(person.pk)
    stay = queries.members(one.pk, request.actor).filter(profile__in=kin).first()
    since, cause = (stay.since, stay.cause) if stay else (None, None)
    inside = verdict.inside if one.is_dynamic else stay is not None
    told = {"inside": inside, "since": since, "cause": cause, "as_of": facts.as_of()}
    turns = queries.turns(one, kin, request.actor)
    return {**told, "conditions": _conditions(verdict), "history": [_turn(turn) for turn in turns]}


def _segment(one: Segment, by: Actor) -> dict[str, Any]:
    return _sized(one, queries.sizes([one], by)[one.pk])


def _sized(one: Segment, size: int | None) -> dict[str, Any]:
    tree = one.current.tree if one.current else {"all": []}
    return {
        "public_id": one.public_id,
        "name": one.name,
        "note": one.note,
        "folder": one.folder,
        "tags": one.tags,
        "kind": one.kind,
        "conditions": tree,
        "in_words": str(sentences.A_LIST) if one.is_list else _in_words(tree),
        "version": one.current.number if one.current else 0,
        "size": size,
        "as_of": one.reckoned_at,
        "trouble": one.trouble,
        "archived": one.archived_at is not None,
    }


def _in_words(tree: Any) -> str:
    try:
        return sentences.told(reckoning.read(tree))
    except BadCondition as problem:
        return str(problem)


def _member(stay: Membership, who: Short) -> dict[str, Any]:
    return {
        "public_id": who.public_id,
        "name": who.name,
        "since": stay.since,
        "until": stay.until,
        "cause": stay.cause,
    }


def _conditions(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"in_words": sentences.leaf_told(leaf, sentences.segment_names(leaf)), "holds": met}
        for leaf, met in verdict.conditions
    ]


def _turn(turn: queries.Turn) -> dict[str, Any]:
    words = [sentences.leaf_told(leaf, sentences.segment_names(leaf)) for leaf in turn.conditions]
    return {
        "at": turn.at,
        "came_in": turn.came_in,
        "cause": turn.cause,
        "event": turn.event,
        "conditions": words,
    }
