"""Everything that may be asked of tasks."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel.actors import Actor
from prilavok.tasks.models import Task, TaskQuerySet
from prilavok.tasks.rules import Band, midnight_after

BY_DUE = ("due_order", "priority", "id")
LATEST = ("-closed_at", "-id")


def visible(by: Actor) -> TaskQuerySet:
    """Tasks that `by` may see: one's own, those one has set, nobody's; with `tasks.see_all` the team's."""
    by.must("tasks.see")
    tasks = Task.objects.select_related("responsible", "profile")
    if by.may("tasks.see_all") and by.is_everywhere:
        return tasks
    return tasks.filter(_mine(by) | _set_by(by) | _nobodys(by) | _teams(by))


def _mine(by: Actor) -> Q:
    return Q(responsible=by.id) if by.kind == "employee" else Q(pk=None)


def _set_by(by: Actor) -> Q:
    return Q(set_by_kind=by.kind, set_by_id=by.id)


def _nobodys(by: Actor) -> Q:
    """Those that anybody may take: of customers whom the actor may see, or of none."""
    if by.is_everywhere:
        return Q(responsible=None)
    own = Q(profile=None)
    if by.may("customers.see"):
        own |= Q(profile__in=customers.visible(by).values("pk"))
    return Q(responsible=None) & own


def _teams(by: Actor) -> Q:
    if not by.may("tasks.see_all"):
        return Q(pk=None)
    return Q(responsible__in=company.colleagues(by).values("pk"))


def get(public_id: UUID, by: Actor) -> Task:
    """One task. Raises Task.DoesNotExist, also when `by` may not see it."""
    return visible(by).get(public_id=public_id)


def fresh(task_id: int) -> Task:
    """A task that the actor has just changed, as it stands now: it may have left their sight by that."""
    return Task.objects.select_related("responsible", "profile").get(pk=task_id)


def ids(public_ids: Collection[UUID], by: Actor) -> list[int]:
    """Inner ids of those that `by` may see."""
    return list(visible(by).filter(public_id__in=public_ids).values_list("pk", flat=True))


def may_change(task: Task, by: Actor) -> bool:
    """Whether `by` may change the task: one's own, one that one has set, nobody's, or anybody's by right."""
    own = by.kind == "employee" and task.responsible_id == by.id
    made = (task.set_by_kind, task.set_by_id) == (by.kind, by.id)
    free = task.responsible_id is None
    return by.may("tasks.edit") and (own or made or free or by.may("tasks.assign"))


def listed(
    by: Actor,
    text: str = "",
    *,
    at: datetime,
    whose: str = "",
    when: str = "",
    state: str = "",
    kind: str = "",
    priority: str = "",
) -> TaskQuerySet:
    """The list: open tasks, to be paged by BY_DUE, or with a `state` (done, cancelled) closed ones, by LATEST.

    Values as they stand in an address; an unknown one finds nothing rather than everything.
    """
    found = of_whom(visible(by), whose, by)
    found = found.closed(state) if state else found.open().by_due()
    if when:
        found = in_band(found, when, at)
    if kind:
        found = found.filter(kind=kind)
    if priority:
        found = found.filter(priority=int(priority)) if priority in ("1", "2", "3") else found.none()
    return searched(found, text, by)


def searched(tasks: TaskQuerySet, text: str, by: Actor) -> TaskQuerySet:
    """Tasks that have the text in what is to be done or what it is about, or whose customer is found by it."""
    text = text.strip()
    if not text:
        return tasks
    found = Q(title__icontains=text) | Q(subject_label__icontains=text) | Q(subject_key__iexact=text)
    if by.may("customers.see") and len(text) > 1:
        found |= Q(profile__in=customers.listed(by, text).order_by().values("pk"))
    return tasks.filter(found)


def in_band(tasks: TaskQuerySet, band: str, at: datetime) -> TaskQuerySet:
    """Those of one part of the day; an unknown part has none."""
    end = midnight_after(at.astimezone(company.zone()).date(), company.zone())
    parts: dict[str, Q] = {
        Band.OVERDUE: Q(due_at__lte=at),
        Band.TODAY: Q(due_at__gt=at, due_at__lte=end),
        Band.LATER: Q(due_at__gt=end),
        Band.UNDATED: Q(due_at=None),
    }
    return tasks.filter(parts.get(band, Q(pk=None)))


def of_whom(tasks: TaskQuerySet, whose: str, by: Actor) -> TaskQuerySet:
    """One's own (""), nobody's, those one has set, all, or those of an employee by public id."""
    known = {"": _mine(by), "nobody": Q(responsible=None), "set": _set_by(by), "all": Q()}
    if whose in known:
        return tasks.filter(known[whose])
    try:
        return tasks.filter(responsible__public_id=UUID(whose))
    except ValueError:
        return tasks.none()


def waiting(by: Actor, at: datetime) -> int:
    """How many of one's own tasks are overdue or due today."""
    if by.kind != "employee":
        return 0
    end = midnight_after(at.astimezone(company.zone()).date(), company.zone())
    return Task.objects.open().filter(responsible=by.id, due_at__lte=end).count()


def of_profiles(profile_ids: Collection[int], by: Actor) -> TaskQuerySet:
    """Tasks about these profiles that `by` may see."""
    return visible(by).filter(profile__in=profile_ids)


def numbers_of_profiles(profile_ids: Collection[int]) -> dict[int, int]:
    """How many tasks each profile has, open and closed; those without any are missing."""
    rows = Task.objects.filter(profile__in=profile_ids).values_list("profile").annotate(Count("pk"))
    return {profile: count for profile, count in rows if profile is not None}


def archived(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """The tasks of these profiles, for the archive that a person may ask for."""
    rows = Task.objects.filter(profile__in=profile_ids).order_by("pk")
    return [
        dict(row) for row in rows.values("title", "kind", "due_at", "reason", "outcome", "result", "set_at")
    ]


def titles(task_ids: Collection[int], by: Actor) -> dict[int, tuple[UUID, str]]:
    """Public id and title of those that `by` may see."""
    rows = visible(by).filter(pk__in=task_ids).values_list("pk", "public_id", "title")
    return {pk: (public_id, title) for pk, public_id, title in rows}
