"""What can be done to keep the installation running."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from prilavok.administration.events import (
    EventGivenUp,
    EventReplayed,
    FactsRebuilt,
    FactsRepaired,
    JobRetried,
    SendingPaused,
    SendingResumed,
)
from prilavok.facts import actions as facts
from prilavok.kernel import clock, delivery, jobs, journal, switches
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.models import Parked, StoredEvent, Work

NOT_OPEN = gettext_lazy("Somebody else has settled this already.")


class AlreadySettled(Problem):
    """The parked event or job is no longer waiting."""

    code = "already_settled"
    status = 409
    message = NOT_OPEN


@transaction.atomic
def replay(*, parked_id: int, by: Actor, at: datetime) -> bool:
    """Try a parked event again, with those behind it; whether all went through. Raises AlreadySettled, Refused."""
    by.must("administration.replay")
    parked = _open(parked_id)
    went_through = delivery.replay(parked_id, by=by, at=at)
    event = EventReplayed(parked_id=parked_id, consumer=parked.consumer, went_through=went_through)
    journal.record(event, by=by, at=at, cause=parked.event_id)
    return went_through


@transaction.atomic
def give_up(*, parked_id: int, by: Actor, at: datetime) -> None:
    """Let a parked event go for good; those behind it may pass. Raises AlreadySettled, Refused."""
    by.must("administration.replay")
    parked = _open(parked_id)
    delivery.dismiss(parked_id, by=by, at=at)
    journal.record(
        EventGivenUp(parked_id=parked_id, consumer=parked.consumer), by=by, at=at, cause=parked.event_id
    )


def _open(parked_id: int) -> Parked:
    parked = Parked.objects.filter(pk=parked_id, resolved_at=None).first()
    if parked is None:
        raise AlreadySettled
    return parked


@transaction.atomic
def retry_job(*, job_id: int, by: Actor, at: datetime) -> None:
    """Put a failed job into the queue again. Raises AlreadySettled, Refused."""
    by.must("administration.retry_jobs")
    if not ProcrastinateJob.objects.filter(pk=job_id, status="failed").exists():
        raise AlreadySettled
    app.job_manager.retry_job_by_id(job_id, retry_at=clock.real())
    journal.record(JobRetried(job_id=job_id), by=by, at=at)


@transaction.atomic
def pause_sending(*, reason: str, by: Actor, at: datetime) -> None:
    """Let nothing go out until it is resumed; letters in flight land. Raises Refused."""
    by.must("administration.pause_sending")
    switches.turn(switches.SENDING_PAUSED, on=True, reason=reason)
    journal.record(SendingPaused(), by=by, at=at)


@transaction.atomic
def resume_sending(*, by: Actor, at: datetime) -> None:
    """Let letters go out again. Raises Refused."""
    by.must("administration.pause_sending")
    switches.turn(switches.SENDING_PAUSED, on=False)
    journal.record(SendingResumed(), by=by, at=at)


@transaction.atomic
def rebuild_facts_later(*, by: Actor) -> Work:
    """Make the facts anew from the journal, in the worker; figures are short meanwhile. Raises Refused."""
    by.must("administration.rebuild_facts")
    work = jobs.start(title=_("Making the facts anew"), by=by, total=StoredEvent.objects.count())
    jobs.later(rebuild_facts, lock="rebuild_facts", work_id=work.pk)
    return work


@jobs.job
def rebuild_facts(*, work_id: int) -> None:
    """The work itself, step by step; safe to begin again."""
    work = Work.objects.get(pk=work_id)
    try:
        loaded = facts.rebuild(by=SYSTEM, progress=lambda done: jobs.step(work, done=done))
    except Problem as problem:
        jobs.finish(work, note=str(problem), failed=True)
        raise
    with transaction.atomic():
        journal.record(FactsRebuilt(events=loaded), by=SYSTEM, at=clock.now())
    jobs.finish(work, note=_("%(n)s events loaded") % {"n": loaded})


@transaction.atomic
def repair_facts_later(*, by: Actor) -> Work:
    """Compare facts with PostgreSQL by day and by customer, in the worker; load only what differs. Raises Refused."""
    by.must("administration.rebuild_facts")
    work = jobs.start(title=_("Comparing and repairing the facts"), by=by)
    jobs.later(repair_facts, lock="rebuild_facts", work_id=work.pk)
    return work


@jobs.job
def repair_facts(*, work_id: int) -> None:
    """The work itself; safe to begin again."""
    work = Work.objects.get(pk=work_id)
    try:
        found = facts.repair(by=SYSTEM)
    except Problem as problem:
        jobs.finish(work, note=str(problem), failed=True)
        raise
    mended = sum(one.mended for one in found)
    with transaction.atomic():
        journal.record(FactsRepaired(differed=len(found), mended=mended), by=SYSTEM, at=clock.now())
    note = _("%(mended)s of %(n)s differences repaired") if found else _("Nothing differed")
    jobs.finish(work, note=note % {"mended": mended, "n": len(found)}, failed=mended < len(found))
