"""Everything that can be done with tasks: set, change, move, give to somebody, close, open again, remember."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import Actor, Refused
from prilavok.kernel.event import Event
from prilavok.tasks import queries
from prilavok.tasks.events import (
    TaskAssigned,
    TaskCancelled,
    TaskChanged,
    TaskDone,
    TaskMoved,
    TaskReopened,
    TaskSet,
)
from prilavok.tasks.models import Task
from prilavok.tasks.ports import NewTask, Subject
from prilavok.tasks.problems import BadTask, ClosedAlready, UnknownEmployee
from prilavok.tasks.rules import Due, rings_at

CHANGEABLE = ("title", "kind", "priority", "reason", "remind_before")


@transaction.atomic
def set_task(new: NewTask, *, by: Actor, at: datetime) -> Task:
    """Set a task; the one that is there already if its cause has one. Raises BadTask, UnknownEmployee."""
    by.must("tasks.edit")
    if new.responsible_id is not None and not _is(by, new.responsible_id):
        by.must("tasks.assign")
        _must_work_here([new.responsible_id], by)
    values = _checked({name: getattr(new, name) for name in CHANGEABLE})
    due = _in_time(new.due)
    fresh = Task(
        **values,
        **_subject(new.subject),
        profile_id=new.profile_id,
        due_at=due.at,
        whole_day=due.whole_day,
        responsible_id=new.responsible_id,
        cause=new.cause,
        set_by_kind=by.kind,
        set_by_id=by.id,
        set_at=at,
        remind_at=rings_at(due, new.remind_before, company.zone()),
    )
    if new.cause is not None and (known := _made_for(fresh)):
        return known
    if new.cause is None:
        fresh.save()
    told = TaskSet(
        task_id=fresh.pk, kind=fresh.kind, responsible_id=fresh.responsible_id, due_at=fresh.due_at
    )
    journal.record(told, customer=fresh.profile_id, cause=new.cause, by=by, at=at)
    return fresh


def _made_for(fresh: Task) -> Task | None:
    """The task that this cause has already; else None, and `fresh` is saved."""
    made = Task.objects.bulk_create([fresh], ignore_conflicts=True)
    stands = Task.objects.get(cause=fresh.cause)
    if stands.public_id != made[0].public_id:
        return stands
    fresh.pk = stands.pk
    return None


def _in_time(due: Due) -> Due:
    if due.at is not None and not 1970 <= due.at.year < 3000:
        raise BadTask(_("That date lies too far away."), field="due_at")
    return due


_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


def _plain(text: str) -> str:
    """One line without what cannot be seen: a title must not turn a list around."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept. Raises BadTask."""
    known = dict(values)
    for name, most in (("title", 300), ("reason", 300)):
        if name in known:
            known[name] = _plain(known[name])
            if len(known[name]) > most:
                raise BadTask(_("At most %(most)s characters."), field=name, most=most)
    if known.get("title") == "":
        raise BadTask(_("Say what is to be done."), field="title")
    if not 0 <= (known.get("remind_before") or 0) <= 60 * 24 * 366:
        raise BadTask(_("A reminder rings at most a year before."), field="remind_before")
    for name, choices in (("kind", Task.Kind), ("priority", Task.Priority)):
        if name in known and known[name] not in choices.values:
            raise BadTask(_("There is no such choice."), field=name)
    return known


def _subject(subject: Subject | None) -> dict[str, str]:
    if subject is None:
        return {}
    address = subject.address.strip()
    if address and not re.match(r"(https?://|/(?![/\\]))", address):
        raise BadTask(_("A link begins with / or with https://."), field="subject")
    values = {
        "subject_label": _plain(subject.label)[:200],
        "subject_address": address,
        "subject_kind": subject.kind[:40],
        "subject_key": subject.key[:64],
    }
    if len(address) > 500:
        raise BadTask(_("At most %(most)s characters."), field="subject", most=500)
    return values


def _is(by: Actor, employee_id: int | None) -> bool:
    return by.kind == "employee" and by.id == employee_id


def _must_work_here(employee_ids: Collection[int], by: Actor) -> None:
    wanted = set(employee_ids)
    if company.colleagues(by).filter(pk__in=wanted).count() != len(wanted):
        raise UnknownEmployee(field="responsible")


def _locked(task_ids: Iterable[int], by: Actor) -> list[Task]:
    """These tasks, so that nobody else changes them meanwhile. Raises Task.DoesNotExist or Refused."""
    by.must("tasks.edit")
    wanted = set(task_ids)
    seen = queries.visible(by).filter(pk__in=wanted).values("pk")
    tasks = list(Task.objects.select_for_update().filter(pk__in=seen).order_by("pk"))
    if len(tasks) != len(wanted):
        raise Task.DoesNotExist
    if not all(queries.may_change(task, by) for task in tasks):
        raise Refused("tasks.assign")
    return tasks


@transaction.atomic
def change_task(task_id: int, values: Mapping[str, Any], *, by: Actor, at: datetime) -> dict[str, Any]:
    """Correct what the task says; what stood there before, of what changed. Raises BadTask, ClosedAlready."""
    [task] = _locked([task_id], by)
    if not task.is_open:
        raise ClosedAlready
    new = _checked({name: value for name, value in values.items() if name in CHANGEABLE})
    before = {name: getattr(task, name) for name, value in new.items() if getattr(task, name) != value}
    if before:
        for name in before:
            setattr(task, name, new[name])
        task.remind_at = rings_at(task.due, task.remind_before, company.zone())
        if "remind_before" in before:
            task.reminded_at = None
        task.save()
        _tell([task], lambda one: TaskChanged(task_id=one.pk, fields=tuple(sorted(before))), by, at)
    return before


@transaction.atomic
def move(due: Mapping[int, Due], *, by: Actor, at: datetime) -> dict[int, Due]:
    """Let tasks be due at other times; when they were before, of those that moved. Raises ClosedAlready."""
    tasks = [task for task in _locked(due, by) if task.due != due[task.pk]]
    if not all(task.is_open for task in tasks):
        raise ClosedAlready
    before = {task.pk: task.due for task in tasks}
    for task in tasks:
        task.due_at, task.whole_day = _in_time(due[task.pk])
        task.remind_at, task.reminded_at = rings_at(task.due, task.remind_before, company.zone()), None
    Task.objects.bulk_update(tasks, ["due_at", "whole_day", "remind_at", "reminded_at"])
    _tell(tasks, lambda one: TaskMoved(task_id=one.pk, due_at=one.due_at, whole_day=one.whole_day), by, at)
    return before


@transaction.atomic
def assign(whom: Mapping[int, int | None], *, by: Actor, at: datetime) -> dict[int, int | None]:
    """Give tasks to employees (None: to nobody yet); whose they were before, of those that changed hands.

    To take what is nobody's, and to give one's own back, needs no right beyond `tasks.edit`.
    Raises ClosedAlready, UnknownEmployee.
    """
    tasks = [task for task in _locked(whom, by) if task.responsible_id != whom[task.pk]]
    if not all(task.is_open for task in tasks):
        raise ClosedAlready
    others = {one for task in tasks if (one := whom[task.pk]) is not None and not _is(by, one)}
    if others:
        by.must("tasks.assign")
        _must_work_here(others, by)
    before = {task.pk: task.responsible_id for task in tasks}
    for task in tasks:
        task.responsible_id, task.reminded_at = whom[task.pk], None
    Task.objects.bulk_update(tasks, ["responsible", "reminded_at"])
    _tell(tasks, lambda one: TaskAssigned(task_id=one.pk, responsible_id=one.responsible_id), by, at)
    return before


@transaction.atomic
def finish(task_ids: Collection[int], *, result: str = "", by: Actor, at: datetime) -> list[int]:
    """Close tasks as done; the ids of those that were open."""
    return _close(task_ids, Task.Outcome.DONE, result, by, at)


@transaction.atomic
def cancel(task_ids: Collection[int], *, reason: str = "", by: Actor, at: datetime) -> list[int]:
    """Close tasks as not to be done any more; the ids of those that were open."""
    return _close(task_ids, Task.Outcome.CANCELLED, reason, by, at)


def _close(task_ids: Collection[int], outcome: str, result: str, by: Actor, at: datetime) -> list[int]:
    if len(result := _plain(result)) > 1000:
        raise BadTask(_("At most %(most)s characters."), field="result", most=1000)
    tasks = [task for task in _locked(task_ids, by) if task.is_open]
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
        closed_at=at, closed_by_kind=by.kind, closed_by_id=by.id, outcome=outcome, result=result
    )
    told = TaskDone if outcome == Task.Outcome.DONE else TaskCancelled
    _tell(tasks, lambda one: told(task_id=one.pk), by, at)
    return [task.pk for task in tasks]


@transaction.atomic
def reopen(task_ids: Collection[int], *, by: Actor, at: datetime) -> None:
    """What was closed is to be done after all."""
    tasks = [task for task in _locked(task_ids, by) if not task.is_open]
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
        closed_at=None, closed_by_kind="", closed_by_id=None, outcome="", result=""
    )
    _tell(tasks, lambda one: TaskReopened(task_id=one.pk), by, at)


def _tell(tasks: Iterable[Task], event: Any, by: Actor, at: datetime) -> None:
    """Record one event for each task."""
    told: list[tuple[Task, Event]] = [(task, event(task)) for task in tasks]
    entries = [journal.Entry(event, at=at, customer=task.profile_id) for task, event in told]
    journal.record_many(entries, by=by, live=True)


REMINDED_AT_ONCE = 200


def remind() -> None:
    """Ring the bell of whoever has to do what is due soon. Called every minute."""
    while _remind_some(clock.now()) == REMINDED_AT_ONCE:
        pass


@transaction.atomic
def _remind_some(at: datetime) -> int:
    waiting = Task.objects.open().filter(remind_at__lte=at, reminded_at=None, responsible__isnull=False)
    tasks = list(
        waiting.select_related("responsible")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("remind_at", "id")[:REMINDED_AT_ONCE]
    )
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(reminded_at=at)
    for task in tasks:
        assert task.responsible is not None
        with override(task.responsible.language):
            note = gettext("Reminder")
        jobs.notify(task.responsible.pk, title=task.title, note=note, link=f"/tasks/{task.public_id}/")
    return len(tasks)


@transaction.atomic
def forget(*, profile_ids: Collection[int], by: Actor) -> int:
    """Take what people wrote out of the tasks of somebody who was erased, and end the open ones. How many."""
    by.must("customers.erase")
    tasks = Task.objects.filter(profile__in=profile_ids)
    tasks.open().update(closed_at=clock.now(), closed_by_kind=by.kind, outcome=Task.Outcome.CANCELLED)
    return tasks.update(title=FORGOTTEN, reason="", result="", subject_label="", subject_address="")


FORGOTTEN = "—"  # a task must say something
