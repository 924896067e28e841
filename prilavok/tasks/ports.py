"""What others hand to tasks."""

from dataclasses import dataclass
from uuid import UUID

from prilavok.tasks.rules import UNDATED, Due


@dataclass(frozen=True, slots=True)
class Subject:
    """What a task is about, opaque to tasks: a case, an order, a campaign.

    `label` is shown and `address` opens it: a path of this site, or http(s); `kind` and `key` are its owner's words.
    """

    label: str
    address: str = ""
    kind: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task as told by whoever sets it. `remind_before`: minutes, None without a reminder.

    `cause`: the event it answers; the same one again sets no second task.
    """

    title: str
    kind: str = "call"
    profile_id: int | None = None
    due: Due = UNDATED
    responsible_id: int | None = None
    priority: int = 2
    reason: str = ""
    subject: Subject | None = None
    remind_before: int | None = None
    cause: UUID | None = None
