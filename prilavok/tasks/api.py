"""Tasks for sites, 1C and other systems: what is to be done, by whom, by when."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Router, Schema
from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.tasks import actions, queries
from prilavok.tasks.models import Task
from prilavok.tasks.ports import NewTask, Subject
from prilavok.tasks.problems import UnknownCustomer, UnknownEmployee
from prilavok.tasks.rules import Due, day_of, whole

router = Router(tags=["tasks"])

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Kind = Literal["call", "meeting", "letter", "other"]
Priority = Literal["high", "usual", "low"]
RANK: dict[str, int] = {"high": 1, "usual": 2, "low": 3}
WORD = {rank: word for word, rank in RANK.items()}


class DueIn(Schema):
    """By when: a `day` of the company, or a moment `at`, or neither."""

    day: Annotated[date, Field(ge=date(1970, 1, 1), lt=date(2999, 12, 1))] | None = None
    at: AwareDatetime | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> "DueIn":
        if self.day and self.at:
            raise ValueError(gettext("Name a day or a moment, not both."))
        return self

    def due(self) -> Due:
        return whole(self.day, company.zone()) if self.day else Due(self.at)


class SubjectIn(Schema):
    """What the task is about, such as a case: `address` is a path of this site, or http(s)."""

    label: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    kind: Annotated[str, StringConstraints(max_length=40)] = ""
    key: Annotated[str, StringConstraints(max_length=64)] = ""


class TaskIn(Schema):
    """`responsible`: an employee, null while it is nobody's. `remind_before`: minutes, null without a reminder."""

    title: Line
    kind: Kind = "call"
    priority: Priority = "usual"
    customer: UUID | None = None
    due: DueIn = DueIn()
    responsible: UUID | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    subject: SubjectIn | None = None
    remind_before: Annotated[int, Field(ge=0, le=527_040)] | None = None

    model_config = {
        "json_schema_extra": {
            "example": {
                "title": "Call back: the case is resolved",
                "kind": "call",
                "customer": "01939f5e-0000-7000-8000-000000000001",
                "due": {"day": "2026-11-24"},
                "reason": "The case is resolved",
                "subject": {"label": "SR-204", "address": "/cases/SR-204/", "kind": "case", "key": "SR-204"},
                "remind_before": 60,
            }
        }
    }


class ChangeIn(Schema):
    """What is named is changed, the rest stays."""

    title: Line | None = None
    kind: Kind | None = None
    priority: Priority | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] | None = None
    remind_before: Annotated[int, Field(ge=0, le=527_040)] | None = None


class ClosingIn(Schema):
    """Done with a result, or cancelled with a reason."""

    outcome: Literal["done", "cancelled"] = "done"
    result: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""


class HandIn(Schema):
    """Whose the task becomes; null: nobody's."""

    responsible: UUID | None


class DueOut(Schema):
    day: date | None
    at: datetime | None


class SubjectOut(Schema):
    label: str
    address: str
    kind: str
    key: str


class EmployeeOut(Schema):
    id: UUID
    name: str


class TaskOut(Schema):
    id: UUID
    title: str
    kind: str
    priority: str
    state: str
    overdue: bool
    customer: UUID | None
    due: DueOut
    responsible: EmployeeOut | None
    reason: str
    subject: SubjectOut | None
    remind_before: int | None
    set_at: datetime
    closed_at: datetime | None
    result: str

    @staticmethod
    def resolve_id(task: Task) -> UUID:
        return task.public_id

    @staticmethod
    def resolve_priority(task: Task) -> str:
        return WORD[task.priority]

    @staticmethod
    def resolve_state(task: Task) -> str:
        return task.outcome or "open"

    @staticmethod
    def resolve_overdue(task: Task) -> bool:
        return task.is_open and task.due_at is not None and task.due_at <= clock.now()

    @staticmethod
    def resolve_customer(task: Task) -> UUID | None:
        return task.profile.public_id if task.profile else None

    @staticmethod
    def resolve_due(task: Task) -> dict[str, Any]:
        """The day always, the moment only where the hour matters."""
        return {"day": day_of(task.due, company.zone()), "at": None if task.whole_day else task.due_at}

    @staticmethod
    def resolve_responsible(task: Task) -> dict[str, Any] | None:
        one = task.responsible
        return {"id": one.public_id, "name": one.name} if one else None

    @staticmethod
    def resolve_subject(task: Task) -> dict[str, str] | None:
        if not task.subject_label:
            return None
        return {name: getattr(task, f"subject_{name}") for name in ("label", "address", "kind", "key")}


class TaskPage(Schema):
    items: list[TaskOut]
    next: str | None


def _by(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@router.get(
    "/tasks", response=TaskPage, summary="List tasks: open ones by date, closed ones the latest first"
)
def index(
    request: HttpRequest,
    q: str = "",
    whose: str = "all",
    when: str = "",
    state: Literal["", "done", "cancelled"] = "",
    kind: str = "",
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=500)] = 50,
) -> paging.Page[Task]:
    """`whose`: all that the asker may see, nobody, set, or an employee's id.

    `when`: overdue, today, later, undated.
    """
    found = queries.listed(_by(request), q, at=clock.now(), whose=whose, when=when, state=state, kind=kind)
    return paging.keyset(found, order=queries.LATEST if state else queries.BY_DUE, after=after, size=size)


@router.get("/customers/{customer_id}/tasks", response=TaskPage, summary="What is to be done for a customer")
def of_customer(request: HttpRequest, customer_id: UUID, after: str | None = None) -> paging.Page[Task]:
    """Open tasks of the customer's person, merges included."""
    _by(request).must("tasks.see")
    profile = customers.get(customer_id, _by(request))
    found = queries.of_profiles(customers.kin(profile.pk), _by(request)).open().by_due()
    return paging.keyset(found, order=queries.BY_DUE, after=after)


@router.post("/tasks", response=TaskOut, summary="Set a task")
def make(request: HttpRequest, told: TaskIn) -> Task:
    by = _by(request)
    by.must("tasks.edit")
    new = NewTask(
        title=told.title,
        kind=told.kind,
        priority=RANK[told.priority],
        profile_id=_profile(told.customer, by),
        due=told.due.due(),
        responsible_id=_employee(told.responsible, by),
        reason=told.reason,
        subject=Subject(**told.subject.dict()) if told.subject else None,
        remind_before=told.remind_before,
    )
    return queries.fresh(actions.set_task(new, by=by, at=clock.now()).pk)


def _profile(customer: UUID | None, by: Actor) -> int | None:
    if customer is None:
        return None
    known = customers.profile_ids([customer], by)
    if customer not in known:
        raise UnknownCustomer(field="customer", customer=str(customer))
    return known[customer]


def _employee(public_id: UUID | None, by: Actor) -> int | None:
    if public_id is None:
        return None
    found = company.colleagues(by).filter(public_id=public_id).first()
    if found is None:
        raise UnknownEmployee(field="responsible")
    return found.pk


@router.get("/tasks/{task_id}", response=TaskOut, summary="One task")
def one(request: HttpRequest, task_id: UUID) -> Task:
    return queries.get(task_id, _by(request))


@router.patch("/tasks/{task_id}", response=TaskOut, summary="Correct a task")
def change(request: HttpRequest, task_id: UUID, told: ChangeIn) -> Task:
    task = _task(request, task_id)
    values = told.dict(exclude_unset=True)
    values = {name: value for name, value in values.items() if value is not None or name == "remind_before"}
    if "priority" in values:
        values["priority"] = RANK[values["priority"]]
    actions.change_task(task.pk, values, by=_by(request), at=clock.now())
    return queries.fresh(task.pk)


def _task(request: HttpRequest, task_id: UUID) -> Task:
    _by(request).must("tasks.edit")
    return queries.get(task_id, _by(request))


@router.put("/tasks/{task_id}/due", response=TaskOut, summary="Move a task to another time")
def move(request: HttpRequest, task_id: UUID, told: DueIn) -> Task:
    task = _task(request, task_id)
    actions.move({task.pk: told.due()}, by=_by(request), at=clock.now())
    return queries.fresh(task.pk)


@router.put(
    "/tasks/{task_id}/responsible", response=TaskOut, summary="Give a task to somebody, or to nobody yet"
)
def hand_over(request: HttpRequest, task_id: UUID, told: HandIn) -> Task:
    task, by = _task(request, task_id), _by(request)
    actions.assign({task.pk: _employee(told.responsible, by)}, by=by, at=clock.now())
    return queries.fresh(task.pk)


@router.put("/tasks/{task_id}/closure", response=TaskOut, summary="Close a task: done or cancelled")
def close(request: HttpRequest, task_id: UUID, told: ClosingIn) -> Task:
    task, by = _task(request, task_id), _by(request)
    if told.outcome == "done":
        actions.finish([task.pk], result=told.result, by=by, at=clock.now())
    else:
        actions.cancel([task.pk], reason=told.result, by=by, at=clock.now())
    return queries.fresh(task.pk)


@router.delete("/tasks/{task_id}/closure", response=TaskOut, summary="Open a closed task again")
def reopen(request: HttpRequest, task_id: UUID) -> Task:
    task = _task(request, task_id)
    actions.reopen([task.pk], by=_by(request), at=clock.now())
    return queries.fresh(task.pk)
