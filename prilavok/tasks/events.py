"""What tasks tell: ids and values, never what is to be done or for whom by name."""

from dataclasses import dataclass
from datetime import datetime

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class TaskSet(Event):
    """Something is to be done. `responsible_id` is an employee, None while it is nobody's."""

    task_id: int
    kind: str
    responsible_id: int | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TaskChanged(Event):
    """`fields` are names of what changed; the values stay in the table."""

    task_id: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaskMoved(Event):
    """It is due at another time."""

    task_id: int
    due_at: datetime | None = None
    whole_day: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskAssigned(Event):
    """Somebody else has to do it, or nobody yet."""

    task_id: int
    responsible_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TaskDone(Event):
    task_id: int


@dataclass(frozen=True, kw_only=True)
class TaskCancelled(Event):
    task_id: int


@dataclass(frozen=True, kw_only=True)
class TaskReopened(Event):
    """What was done or cancelled is to be done after all."""

    task_id: int
