"""What the public API offers of administration: health, parked events, failed jobs, the pause of sending."""

from datetime import datetime
from uuid import UUID

from ninja import Router, Schema, Status
from procrastinate.contrib.django.models import ProcrastinateJob

from prilavok.administration import actions, queries
from prilavok.kernel import clock, paging
from prilavok.kernel.models import Parked
from prilavok.kernel.web import Request

router = Router(tags=["administration"])


class FindingOut(Schema):
    key: str
    label: str
    state: str
    words: str
    remedy: str


class ParkedOut(Schema):
    id: int
    consumer: str
    event: UUID
    type: str
    happened_at: datetime
    reason: str
    attempts: int
    parked_at: datetime
    waits_behind_another: bool

    @staticmethod
    def resolve_event(parked: Parked) -> UUID:
        return parked.event_id

    @staticmethod
    def resolve_type(parked: Parked) -> str:
        return parked.event.type

    @staticmethod
    def resolve_happened_at(parked: Parked) -> datetime:
        return parked.event.happened_at

    @staticmethod
    def resolve_waits_behind_another(parked: Parked) -> bool:
        return parked.waits_for_id is not None


class ParkedPage(Schema):
    items: list[ParkedOut]
    next: str | None


class ReplayOut(Schema):
    went_through: bool


class JobOut(Schema):
    id: int
    name: str
    attempts: int

    @staticmethod
    def resolve_name(job: ProcrastinateJob) -> str:
        return queries.job_name(job)


class JobPage(Schema):
    items: list[JobOut]
    next: str | None


class PauseIn(Schema):
    reason: str = ""


class WorkOut(Schema):
    public_id: UUID
    title: str
    done: int
    total: int | None


@router.get("/health", response=list[FindingOut], summary="How the installation stands")
def health(request: Request, books: bool = False) -> list[queries.Finding]:
    """With `books` also the counts and sums of PostgreSQL beside those of facts."""
    return queries.health(request.actor) + (queries.books(request.actor) if books else [])


@router.get("/parked-events", response=ParkedPage, summary="Events that wait for a person")
def parked(request: Request, after: str | None = None) -> paging.Page[Parked]:
    return paging.keyset(queries.parked(request.actor), order=("-parked_at", "-id"), after=after)


@router.post("/parked-events/{parked_id}/replays", response=ReplayOut, summary="Try a parked event again")
def replays(request: Request, parked_id: int) -> dict[str, bool]:
    return {"went_through": actions.replay(parked_id=parked_id, by=request.actor, at=clock.now())}


@router.delete("/parked-events/{parked_id}", response={204: None}, summary="Give a parked event up")
def give_up(request: Request, parked_id: int) -> Status[None]:
    actions.give_up(parked_id=parked_id, by=request.actor, at=clock.now())
    return Status(204, None)


@router.get("/jobs/failed", response=JobPage, summary="Jobs that failed for good")
def failed_jobs(request: Request, after: str | None = None) -> paging.Page[ProcrastinateJob]:
    return paging.keyset(queries.failed_jobs(request.actor), order=("-id",), after=after)


@router.post("/jobs/{job_id}/retries", response={204: None}, summary="Run a failed job again")
def retries(request: Request, job_id: int) -> Status[None]:
    actions.retry_job(job_id=job_id, by=request.actor, at=clock.now())
    return Status(204, None)


@router.put("/sending-pause", response={204: None}, summary="Pause all sending")
def pause(request: Request, body: PauseIn) -> Status[None]:
    actions.pause_sending(reason=body.reason, by=request.actor, at=clock.now())
    return Status(204, None)


@router.delete("/sending-pause", response={204: None}, summary="Resume all sending")
def resume(request: Request) -> Status[None]:
    actions.resume_sending(by=request.actor, at=clock.now())
    return Status(204, None)


@router.post("/facts/rebuilds", response=WorkOut, summary="Make the facts anew from the journal")
def rebuilds(request: Request) -> object:
    return actions.rebuild_facts_later(by=request.actor)


@router.post("/facts/repairs", response=WorkOut, summary="Load anew what differs in facts from PostgreSQL")
def repairs(request: Request) -> object:
    return actions.repair_facts_later(by=request.actor)
