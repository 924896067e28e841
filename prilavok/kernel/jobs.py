"""Work in the background. A job is an action called later; Procrastinate keeps it in PostgreSQL.

`later` rolls back with the transaction that it stands in. All recurring work stands in `config/schedule.py`.
One job per batch, never one per message.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language, override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from prilavok.kernel import clock, live
from prilavok.kernel.actors import Actor
from prilavok.kernel.models import Work

P = ParamSpec("P")
R = TypeVar("R")

_jobs: dict[str, Callable[..., Any]] = {}


def job(function: Callable[P, R]) -> Callable[P, R]:
    """Mark an action as one that can be called later. Its arguments must be plain JSON values."""
    _jobs[_name(function)] = function
    return function


def later(
    function: Callable[..., Any], *, lock: str | None = None, at: datetime | None = None, **arguments: Any
) -> None:
    """Call the job after this transaction commits, in the worker, in the language of whoever asks.

    `lock`: jobs of one lock never run side by side. `at`: not before.
    """
    name = _name(function)
    if name not in _jobs:
        raise LookupError(f"{name} is not marked @jobs.job")
    schedule = None if at is None else at - clock.offset()  # the queue lives by the machine's own clock
    call.configure(lock=lock, schedule_at=schedule).defer(
        name=name, arguments=arguments, language=get_language()
    )


@app.task(name="prilavok.call", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def call(name: str, arguments: dict[str, Any], language: str | None = None) -> None:
    """Run one job. Procrastinate calls it in the worker; what it says is read by whoever asked for it."""
    with override(language or get_language()):
        _jobs[name](**arguments)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


@dataclass(frozen=True)
class Every:
    """A line of the schedule: the job and its cron expression (in UTC)."""

    cron: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        return _name(self.function)


def install(schedule: Iterable[Every]) -> None:
    """Make Procrastinate run the schedule's lines; the worker calls it once at its start."""
    for line in schedule:
        _install(line)


def _install(line: Every) -> None:
    def run(timestamp: int) -> None:
        """Called at each of the line's moments, once among all workers."""
        line.function()

    task = app.task(name=f"prilavok.every.{line.name}", queueing_lock=line.name, lock=line.name)(run)
    app.periodic(cron=line.cron)(task)


# ── Long work with progress ──────────────────────────────────────────────────────────────────────────────


def start(*, title: str, by: Actor, total: int | None = None, link: str = "") -> Work:
    """Begin long work that its author can leave and find again under the bell."""
    employee = by.id if by.kind == "employee" else None
    work = Work.objects.create(title=title[:200], employee_id=employee, total=total, link=link)
    live.tell(f"work:{employee}", final=True)
    return work


def step(work: Work, *, done: int, total: int | None = None, note: str = "") -> None:
    """Say how far the work is. Outside the work's own transactions, or nobody sees it."""
    Work.objects.filter(pk=work.pk).update(
        done=done, total=total if total is not None else work.total, note=note[:300], stepped_at=clock.real()
    )
    live.tell(f"work:{work.employee_id}")


def finish(work: Work, *, note: str = "", failed: bool = False, link: str = "") -> None:
    """Close the work; the bell tells its author."""
    with transaction.atomic():
        Work.objects.filter(pk=work.pk).update(
            finished_at=clock.real(), note=note[:300], failed=failed, **({"link": link} if link else {})
        )
        live.tell(f"work:{work.employee_id}", final=True)


def notify(employee_id: int, *, title: str, note: str = "", link: str = "") -> None:
    """Ring an employee's bell: nothing is under way, something should be known."""
    Work.objects.create(
        title=title[:200],
        employee_id=employee_id,
        note=note[:300],
        link=link,
        notice=True,
        finished_at=clock.real(),
    )
    live.tell(f"work:{employee_id}", final=True)


def of_employee(employee_id: int, *, limit: int = 10) -> list[Work]:
    return list(Work.objects.filter(employee_id=employee_id).order_by("-started_at")[:limit])


def find(public_id: UUID) -> Work:
    return Work.objects.get(public_id=public_id)
