"""What may be asked about the installation itself: findings of its health, parked events, jobs, long work."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Q, QuerySet
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from prilavok.administration.queries.books import books
from prilavok.administration.queries.findings import Finding, State
from prilavok.company import queries as company
from prilavok.facts import client as facts_client
from prilavok.facts import queries as facts
from prilavok.kernel import clock, delivery, journal, switches
from prilavok.kernel.actors import Actor
from prilavok.kernel.models import Parked, Switch, Work
from prilavok.ledger import queries as ledger
from prilavok.ui import formats

__all__ = [
    "Finding",
    "State",
    "books",
    "failed_jobs",
    "health",
    "job_name",
    "jobs_by_state",
    "parked",
    "sending_pause",
    "waiting_behind",
    "work",
]

LONG_WRITE = 5  # seconds: consumers read below the oldest writer
FAR_BEHIND = 5_000  # events
SILENT_WORKER = 60  # seconds without a sign of life
WAITING_JOB = timedelta(minutes=5)
LITTLE_SPACE = 2 * 1024**3
BACKUP_AGE = timedelta(days=2)
LATE_RELEASE = timedelta(minutes=15)  # the worker releases reservations every five minutes


def health(by: Actor) -> list[Finding]:
    """Everything that can be seen at once, worst things not first but in the order of cause. Raises Refused."""
    by.must("administration.see")
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _database,
        _writers,
        _facts,
        _workers,
        _consumers,
        _parked,
        _jobs,
        _reservations,
        _sending,
        _disk,
        _backups,
        _people,
    )
    return [finding for check in checks for finding in check()]


def _moment(at: datetime) -> str:
    """By the company's clock."""
    return formats.moment(at.astimezone(company.zone()), get_language() or "ru")


def parked(by: Actor) -> QuerySet[Parked]:
    """Events that wait for a person, with how many wait behind each. Raises Refused."""
    by.must("administration.see")
    return Parked.objects.filter(resolved_at=None).select_related("event")


def waiting_behind(parked_ids: list[int]) -> dict[int, int]:
    """How many later events of the same customer wait behind each of these."""
    rows = (
        Parked.objects.filter(waits_for__in=parked_ids, resolved_at=None)
        .values("waits_for")
        .annotate(n=Count("id"))
    )
    return {int(row["waits_for"] or 0): row["n"] for row in rows}


def failed_jobs(by: Actor) -> QuerySet[ProcrastinateJob]:
    """Jobs that failed for good. Raises Refused."""
    by.must("administration.see")
    found: QuerySet[ProcrastinateJob] = ProcrastinateJob.objects.filter(status="failed")
    return found


def jobs_by_state(by: Actor) -> dict[str, int]:
    """How many jobs stand in each state. Raises Refused."""
    by.must("administration.see")
    rows = ProcrastinateJob.objects.values("status").annotate(n=Count("id"))
    return {row["status"]: row["n"] for row in rows}


def work(by: Actor) -> QuerySet[Work]:
    """Long work of everybody, newest first by its list. Raises Refused."""
    by.must("administration.see")
    return Work.objects.all()


def sending_pause() -> Switch | None:
    """Why and since when all sending is paused; None when it isn't."""
    return Switch.objects.filter(pk=switches.SENDING_PAUSED, on=True).first()


def job_name(job: ProcrastinateJob) -> str:
    """Which action a job calls."""
    arguments: dict[str, Any] = job.args
    return str(arguments.get("name") or job.task_name).removeprefix("prilavok.")


# ── Findings ─────────────────────────────────────────────────────────────────────────────────────────────


def _database() -> Iterator[Finding]:
    label = _("PostgreSQL")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            version, size = cursor.fetchone()
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as failure:
        yield Finding("database", label, "bad", type(failure).__name__, _("Start it: prilavok up"))
        return
    megabytes = formats.number(size >> 20, 0, get_language() or "ru")
    words = _("version %(version)s, %(size)s MB") % {"version": version, "size": megabytes}
    yield Finding("database", label, "good", words)
    if pending:
        words = ngettext("%(n)s step behind the program", "%(n)s steps behind the program", pending) % {
            "n": pending
        }
        yield Finding("schema", _("Schema"), "bad", words, _("Bring it over: prilavok upgrade"))


def _writers() -> Iterator[Finding]:
    """The oldest writer of the server: everybody who reads the journal waits for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, coalesce(nullif(application_name, ''), usename::text), state, "
            "extract(epoch FROM clock_timestamp() - xact_start)::int AS age FROM pg_stat_activity "
            "WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1"
        )
        oldest = cursor.fetchone()
    label = _("Oldest writer")
    if oldest is None or oldest[3] <= LONG_WRITE:
        yield Finding("writers", label, "good", _("no write lasts longer than %(n)s s") % {"n": LONG_WRITE})
        return
    pid, name, state, age = oldest
    words = _("process %(pid)s (%(name)s, %(state)s) has been writing for %(age)s s")
    words %= {"pid": pid, "name": name, "state": state, "age": age}
    remedy = _("Events wait for it. If it isn't meant: SELECT pg_terminate_backend(%(pid)s)") % {"pid": pid}
    yield Finding("writers", label, "bad" if age > 60 else "warn", words, remedy)


def _facts() -> Iterator[Finding]:
    label = _("Column store")
    if not settings.FACTS_URL or not facts_client.alive():
        words = _("does not answer; figures that need it are missing")
        yield Finding("facts", label, "bad", words, _("Start it: prilavok up"))
        return
    loaded = facts.as_of()
    words = (
        _("nothing loaded yet") if loaded is None else _("loaded up to %(when)s") % {"when": _moment(loaded)}
    )
    yield Finding("facts", label, "good", words)
    if outdated := facts.outdated():
        words = _("being filled for this version: %(tables)s") % {"tables": ", ".join(outdated)}
        remedy = _("Wait: conditions that ask them find too few people meanwhile. Or: prilavok facts rebuild")
        yield Finding("facts.outdated", _("Tables of the column store"), "warn", words, remedy)


def _workers() -> Iterator[Finding]:
    newest = (
        ProcrastinateWorker.objects.order_by("-last_heartbeat")
        .values_list("last_heartbeat", flat=True)
        .first()
    )
    alive = newest is not None and (clock.real() - newest).total_seconds() < SILENT_WORKER
    if alive:
        yield Finding("worker", _("Worker"), "good", _("is working"))
    else:
        words = _("gives no sign of life: events and jobs wait")
        yield Finding("worker", _("Worker"), "bad", words, _("Start it: prilavok up"))


def _consumers() -> Iterator[Finding]:
    far = {name: n for name in journal.consumers() if (n := delivery.behind(name)) > FAR_BEHIND}
    label = _("Journal")
    if not far:
        yield Finding("journal", label, "good", _("all its readers keep up"))
    for name, behind in far.items():
        words = _("%(name)s is more than %(n)s events behind") % {"name": name, "n": behind}
        yield Finding("journal", label, "warn", words, _("It catches up by itself; look again in a minute."))


def _parked() -> Iterator[Finding]:
    heads = Parked.objects.filter(resolved_at=None, waits_for=None).count()
    if heads:
        words = ngettext("%(n)s event waits for a person", "%(n)s events wait for a person", heads) % {
            "n": heads
        }
        remedy = _("Read the reasons, mend the cause, replay them.")
        yield Finding("parked", _("Parked events"), "warn", words, remedy, link="administration:parked")
    else:
        yield Finding("parked", _("Parked events"), "good", _("none"))


def _jobs() -> Iterator[Finding]:
    late = clock.real() - WAITING_JOB
    due = Q(scheduled_at=None) | Q(scheduled_at__lt=late)
    counted = ProcrastinateJob.objects.aggregate(
        failed=Count("id", filter=Q(status="failed")), waiting=Count("id", filter=Q(status="todo") & due)
    )
    if counted["failed"]:
        words = ngettext("%(n)s job failed", "%(n)s jobs failed", counted["failed"]) % {
            "n": counted["failed"]
        }
        remedy = _("Mend the cause and run them again.")
        yield Finding("jobs", _("Jobs"), "warn", words, remedy, link="administration:jobs")
    else:
        yield Finding("jobs", _("Jobs"), "good", _("none failed, %(n)s waiting") % {"n": counted["waiting"]})


def _reservations() -> Iterator[Finding]:
    """Points set aside for baskets that nobody paid or left; time's own work, which the worker does."""
    late = ledger.overdue(at=clock.now() - LATE_RELEASE).count()
    label = _("Reserved points")
    if not late:
        yield Finding("reservations", label, "good", _("none is overdue"))
        return
    words = ngettext("%(n)s reservation is overdue", "%(n)s reservations are overdue", late) % {"n": late}
    remedy = _(
        "The worker releases them within five minutes. If it works and they stay, see the failed jobs."
    )
    yield Finding("reservations", label, "warn", words, remedy)


def _sending() -> Iterator[Finding]:
    if paused := sending_pause():
        words = _("paused: %(reason)s") % {"reason": paused.reason or "—"}
        yield Finding("sending", _("Sending"), "warn", words, _("Look around, then resume it below."))
    else:
        yield Finding("sending", _("Sending"), "good", _("is on"))


def _disk() -> Iterator[Finding]:
    place: Path = settings.HOME if settings.HOME.exists() else settings.BASE_DIR
    usage = shutil.disk_usage(place)
    words = _("%(free)s GB of %(total)s GB are free") % {
        "free": usage.free // 1024**3,
        "total": usage.total // 1024**3,
    }
    state: State = "good" if usage.free > LITTLE_SPACE else "bad"
    remedy = "" if state == "good" else _("Free some space: the stores stop when the disk is full.")
    yield Finding("disk", _("Disk"), state, words, remedy)


def _backups() -> Iterator[Finding]:
    if settings.DEMO:
        return
    made = sorted(path.parent.stat().st_mtime for path in settings.HOME.glob("backups/*/manifest.json"))
    label, remedy = _("Backup"), _("Make one now and every night: prilavok backup")
    if not made:
        yield Finding("backup", label, "warn", _("none here"), remedy)
        return
    last = datetime.fromtimestamp(made[-1], tz=clock.real().tzinfo)
    fresh = clock.real() - last < BACKUP_AGE
    words = _("the last one was made on %(when)s") % {"when": _moment(last)}
    yield Finding("backup", label, "good" if fresh else "warn", words, "" if fresh else remedy)


def _people() -> Iterator[Finding]:
    if not company.has_owner():
        yield Finding("owner", _("Owner"), "bad", _("nobody owns the shop"), "prilavok create-owner")
    if company.has_demo_logins() and not settings.DEMO:
        words = _("the demo's log-ins are open, and everybody knows their passwords")
        yield Finding("demo", _("Log-ins"), "bad", words, _("Close them under Settings → Employees."))
