"""Who is this: recognising, joining by proof, merging and its undo, likely duplicates, kinds of identifiers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from ninja.params.functions import Query
from pydantic import ConfigDict, StringConstraints

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers import actions, queries
from prilavok.customers.api.about import AlertOut
from prilavok.customers.models import Candidate, IdentifierKind, Merge, Profile, Proof, Quarantine
from prilavok.kernel import clock, idempotency, limits, paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.lean import Lean, answer, quick
from prilavok.kernel.web import Request

router = Router(tags=["identity"])
idempotency.question("/api/v1/customers/identify")  # it asks and changes nothing
Mode = Literal["fill", "take", "keep", "longest", "latest"]
Named = Annotated[str, StringConstraints(max_length=60)]  # a field; own ones as own.<code>


# ── Recognising ──────────────────────────────────────────────────────────────────────────────────────────


class PresentedIn(Lean):
    model_config = ConfigDict(extra="forbid")

    kind: str = Field(
        max_length=20, examples=["phone"], description="The code of a kind: `GET /identifier-kinds`."
    )
    value: str = Field(max_length=10_000, examples=["+7 916 123-45-67"])
    proof: Proof = Field(
        Proof.VERIFIED,
        description="`verified`: by a code, a signed link, the card at the till, your own signed call. "
        "`claimed`: typed by somebody, sent by a browser.",
    )


class IdentifyIn(Lean):
    model_config = ConfigDict(extra="forbid")

    identifiers: list[PresentedIn] = Field(min_length=1, max_length=20)


class IdentifiedOut(Lean):
    """Who it is. Of what is merely claimed nothing is shown."""

    certainty: queries.Certainty
    public_id: UUID | None
    new: bool = Field(description="Nobody is known by any of these.")
    anonymous: bool
    known_since: datetime | None
    matched: list[str] = Field(description="Kinds of the identifiers that told.")
    too_common: list[str] = Field(description="Kinds of those that many people share: they tell nobody.")
    alerts: list[AlertOut] = Field(
        description="What whoever meets the customer must know, the gravest first."
    )


def _identify_soon(asked: IdentifyIn, by: Actor) -> None:
    queries.identify_soon(_presented(asked.identifiers), by, today=_today(clock.now()))


def _today(now: datetime) -> date:
    return now.astimezone(company.zone()).date()


@router.post("/customers/identify", response=IdentifiedOut, summary="Recognise a customer at once")
@quick("/api/v1/customers/identify", IdentifyIn, ahead=_identify_soon)
def identify(request: Request, asked: IdentifyIn) -> HttpResponse:
    """Answers who it is, how sure that is, new or old. Changes nothing; needs no `Idempotency-Key`.

    Each caller may ask `PRILAVOK_IDENTIFY_PER_MINUTE` times a minute (1,200); answers are kept as looks.
    """
    _not_too_often(request)
    now = clock.now()
    found = queries.identify(_presented(asked.identifiers), request.actor, today=_today(now))
    if found.profile_id:
        company_actions.note_look(profile_id=found.profile_id, what="identify", by=request.actor, at=now)
    told = {
        "certainty": found.certainty,
        "public_id": found.public_id,
        "new": found.certainty == queries.Certainty.UNKNOWN and not found.too_common,
        "anonymous": found.anonymous,
        "known_since": found.known_since,
        "matched": found.matched,
        "too_common": found.too_common,
        "alerts": found.alerts,
    }
    return answer(IdentifiedOut.model_validate(told))


def _not_too_often(request: Request) -> None:
    """Whoever tries telephone after telephone is slowed down."""
    caller = f"{request.actor.kind} {request.actor.id}"
    limits.take(f"identify {caller}", times=settings.IDENTIFY_PER_MINUTE, seconds=60)


def _presented(identifiers: Sequence[PresentedIn]) -> list[queries.Presented]:
    return [queries.Presented(one.kind, one.value, one.proof) for one in identifiers]


class LinkIn(IdentifyIn):
    source: str = Field("api", max_length=50, examples=["site"])


class LinkedOut(Schema):
    public_id: UUID
    new: bool
    merged: int = Field(description="How many anonymous records were merged into this customer.")
    waiting: int = Field(
        description="How many known customers wait for somebody to look whether they are the same."
    )


@router.post("/customers/link", response=LinkedOut, summary="Join identifiers by their proof")
def link(request: Request, asked: LinkIn) -> dict[str, object]:
    """What is verified joins (a visitor becomes the known customer), what is claimed waits for proof."""
    done = actions.link(_presented(asked.identifiers), by=request.actor, at=clock.now(), source=asked.source)
    return {
        "public_id": done.profile.public_id,
        "new": done.new,
        "merged": done.merged,
        "waiting": done.waiting,
    }


# ── Merging ──────────────────────────────────────────────────────────────────────────────────────────────


class MergeIn(Schema):
    model_config = ConfigDict(extra="forbid")

    other: UUID = Field(description="Who turned out to be this customer.")
    modes: dict[Named, Mode] = Field(
        {},
        max_length=300,
        description="How fields are settled; the company's rules (`GET /merge-rules`) where nothing is said.",
    )


class MergeOut(Schema):
    public_id: UUID
    winner: UUID
    loser: UUID
    rule: str
    at: datetime
    undone_at: datetime | None


class FieldOut(Schema):
    name: str
    left: str
    right: str
    mode: str
    result: str
    differs: bool


class PreviewOut(Schema):
    fields: list[FieldOut]
    left: dict[str, int] = Field(description="What belongs to the surviving customer, by domain.")
    right: dict[str, int]


@router.get(
    "/customers/{uuid:public_id}/merge-preview", response=PreviewOut, summary="What a merge would come to"
)
def preview(request: Request, public_id: UUID, other: UUID) -> dict[str, object]:
    request.actor.must("customers.merge")
    left, right = queries.get(public_id, request.actor), queries.get(other, request.actor)
    found = queries.preview(left.pk, right.pk, request.actor)
    return {
        "fields": found.fields,
        "left": {str(label): count for label, count in found.left.belongings},
        "right": {str(label): count for label, count in found.right.belongings},
    }


@router.post(
    "/customers/{uuid:public_id}/merges", response={201: MergeOut}, summary="Merge another into this one"
)
def merge(request: Request, public_id: UUID, asked: MergeIn) -> HttpStatus[dict[str, object]]:
    """The id of this customer survives, unless it is anonymous and the other is known; both ids answer for ever."""
    request.actor.must("customers.merge")
    winner, loser = queries.get(public_id, request.actor), queries.get(asked.other, request.actor)
    made = actions.merge(
        profile_id=winner.pk,
        other_id=loser.pk,
        modes={str(name): str(mode) for name, mode in asked.modes.items()},
        rule="api",
        by=request.actor,
        at=clock.now(),
    )
    return HttpStatus(201, _merges([made])[0])


@router.get("/customers/{uuid:public_id}/merges", response=list[MergeOut], summary="What was merged")
def merges(request: Request, public_id: UUID) -> list[dict[str, object]]:
    profile = queries.get(public_id, request.actor)
    return _merges(queries.merges_of(queries.kin(profile.pk), request.actor))


@router.post("/merges/{uuid:public_id}/undo", response=MergeOut, summary="They are two after all")
def undo(request: Request, public_id: UUID) -> dict[str, object]:
    request.actor.must("customers.merge")
    made = Merge.objects.get(public_id=public_id)
    return _merges([actions.undo_merge(merge_id=made.pk, by=request.actor, at=clock.now())])[0]


def _merges(found: Sequence[Merge]) -> list[dict[str, object]]:
    profiles: dict[int, Profile] = queries.profiles_of_merges(found)
    return [
        {
            "public_id": one.public_id,
            "winner": profiles[one.winner_id].public_id,
            "loser": profiles[one.loser_id].public_id,
            "rule": one.rule,
            "at": one.at,
            "undone_at": one.undone_at,
        }
        for one in found
    ]


# ── Likely duplicates ────────────────────────────────────────────────────────────────────────────────────


class ReasonOut(Schema):
    text: str
    bits: float | None = Field(description="How much it weighs; null where a rule proposed the pair.")


class CandidateOut(Schema):
    public_id: UUID
    left: UUID
    right: UUID
    score: float = Field(description="How likely they are one, 0 to 1.")
    reasons: list[ReasonOut]
    source: str
    state: Candidate.State
    at: datetime


class CandidateList(Schema):
    items: list[CandidateOut]
    next: str | None


@router.get("/duplicates", response=CandidateList, summary="Pairs that may be one person")
def duplicates(
    request: Request,
    state: Candidate.State = Candidate.State.OPEN,
    source: str = Query("", max_length=20, description="batch, proof, claim"),
    after: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, object]:
    found = queries.candidates(request.actor, state, source)
    page = paging.keyset(found, order=("-score", "-id"), after=after, size=limit)
    return {"items": [_candidate(one) for one in page.items], "next": page.next}


def _candidate(one: Candidate) -> dict[str, object]:
    words = queries.reason_words(one.reasons)
    return {
        "public_id": one.public_id,
        "left": one.left.public_id,
        "right": one.right.public_id,
        "score": one.score,
        "reasons": [{"text": text, "bits": bits} for text, bits in words],
        "source": one.source,
        "state": one.state,
        "at": one.at,
    }


class VerdictIn(Schema):
    model_config = ConfigDict(extra="forbid")

    verdict: Literal["merge", "apart", "open"]
    modes: dict[Named, Mode] = {}
    keep_right: bool = Field(False, description="The right one's id survives.")


@router.post(
    "/duplicates/{uuid:public_id}/verdicts", response=CandidateOut, summary="One, two, or undecided again"
)
def verdict(request: Request, public_id: UUID, asked: VerdictIn) -> dict[str, object]:
    request.actor.must("customers.merge")
    pair = queries.candidate(public_id, request.actor)
    at = clock.now()
    if asked.verdict == "merge":
        actions.merge_candidate(
            public_id=pair.public_id,
            modes={str(name): str(mode) for name, mode in asked.modes.items()},
            keep_right=asked.keep_right,
            by=request.actor,
            at=at,
        )
    elif asked.verdict == "apart":
        actions.decide_apart(public_id=pair.public_id, by=request.actor, at=at)
    else:
        actions.reopen(public_id=pair.public_id, by=request.actor, at=at)
    return _candidate(queries.candidate(public_id, request.actor))


@router.post("/duplicates/searches", response={202: None}, summary="Look for likely duplicates now")
def search(request: Request) -> HttpStatus[None]:
    """The worker compares the whole base; it also does so every night."""
    actions.ask_for_duplicates(by=request.actor, at=clock.now())
    return HttpStatus(202, None)


# ── Kinds of identifiers, and values that tell nobody ────────────────────────────────────────────────────


class KindIn(Schema):
    model_config = ConfigDict(extra="forbid")

    name: str = Field("", max_length=100)
    family: IdentifierKind.Family = IdentifierKind.Family.CONTACT
    reach: IdentifierKind.Amount = IdentifierKind.Amount.NONE
    cost: IdentifierKind.Amount = IdentifierKind.Amount.NONE
    limits: str = Field("", max_length=1000)
    channel_only: bool = False
    exclusive: bool = True
    shape: IdentifierKind.Shape = IdentifierKind.Shape.TEXT
    min_length: int = Field(1, ge=1, le=200)
    max_length: int = Field(200, ge=1, le=200)
    shared_by: int = Field(5, ge=2, le=1000)
    active: bool = True


class KindOut(KindIn):
    code: str
    built_in: bool


@router.get("/identifier-kinds", response=list[KindOut], summary="What customers may be known by")
def kinds(request: Request) -> list[dict[str, object]]:
    request.actor.must("customers.see")
    return [_kind(one) for one in queries.identifier_kinds().values()]


@router.put("/identifier-kinds/{code}", response=KindOut, summary="Change a kind, or make one")
def change_kind(request: Request, code: str, new: KindIn) -> dict[str, object]:
    return _kind(actions.change_kind(code=code, by=request.actor, **new.dict()))


@router.delete(
    "/identifier-kinds/{code}", response={204: None}, summary="Remove a kind, or restore a built-in one"
)
def restore_kind(request: Request, code: str) -> HttpStatus[None]:
    actions.restore_kind(code=code, by=request.actor)
    return HttpStatus(204, None)


def _kind(one: IdentifierKind) -> dict[str, object]:
    plain = {name: getattr(one, name) for name in KindIn.model_fields}
    told = {"name": str(queries.kind_name(one)), "limits": str(queries.kind_limits(one))}
    return plain | told | {"code": one.code, "built_in": queries.is_built_in(one.code)}


class QuarantineIn(Schema):
    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=20)
    value: str = Field(max_length=254)


class QuarantineOut(Schema):
    id: int
    kind: str
    value: str
    reason: str
    people: int
    at: datetime


class QuarantineList(Schema):
    items: list[QuarantineOut]
    next: str | None


@router.get("/quarantine", response=QuarantineList, summary="Values that tell nobody")
def quarantined(
    request: Request, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> dict[str, object]:
    page = paging.keyset(
        queries.quarantined(request.actor), order=("-people", "-id"), after=after, size=limit
    )
    shown = [
        {
            "id": one.pk,
            "kind": one.kind,
            "value": queries.held_value(one, request.actor),
            "reason": one.reason,
            "people": one.people,
            "at": one.at,
        }
        for one in page.items
    ]
    return {"items": shown, "next": page.next}


@router.post("/quarantine", response={204: None}, summary="This value tells nobody any more")
def quarantine(request: Request, new: QuarantineIn) -> HttpStatus[None]:
    actions.quarantine(kind=new.kind, value=new.value, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


@router.delete("/quarantine/{int:number}", response={204: None}, summary="The value tells again")
def release(request: Request, number: int) -> HttpStatus[None]:
    request.actor.must("customers.merge")
    held = Quarantine.objects.get(pk=number)
    actions.release(quarantine_id=held.pk, by=request.actor, at=clock.now())
    return HttpStatus(204, None)
