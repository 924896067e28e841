"""What tasks put into the page's frame and into the customer's card."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers import ports as customers
from prilavok.customers.ports import TimelineLine
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.kernel.timeline import StoredEvent
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
from prilavok.tasks.web import words
from prilavok.ui import ports as ui

FOUND = 4  # tasks in the palette


def fill() -> None:
    ui.menu.fill(
        ui.MenuItem(
            "tasks", _("Tasks"), "tasks:list", permission="tasks.see", section="today", counter=_waiting
        ),
        position=10,
    )
    ui.commands.fill(ui.Command(_("Set a task"), "tasks:new", "tasks.edit"), position=15)
    ui.palette.fill(ui.PaletteSource(_search, _("Tasks")), position=60)
    customers.panels.fill(
        customers.Panel("tasks", _("Next steps"), "tasks:of_customer", "tasks.see"), position=12
    )
    customers.deeds.fill(
        customers.Deed(
            _("Set a task"), "tasks:of_customer", "tasks.edit", "checks", _("task step remind call"), "title"
        ),
        position=5,
    )
    customers.archive.fill(customers.ArchivePart("tasks", _("Tasks"), queries.archived), position=60)
    customers.belongings.fill(
        customers.Belongings("tasks", _("Tasks"), queries.numbers_of_profiles), position=60
    )
    customers.timeline.fill(
        customers.TimelineKind(
            tuple(_WORDS), _("Tasks"), "checks", lines=_lines, permission="tasks.see", key="tasks"
        ),
        position=60,
    )


def _waiting(by: Actor) -> int:
    return queries.waiting(by, clock.now())


def _search(by: Actor, text: str) -> list[ui.Hit]:
    if not by.may("tasks.see") or len(text) < 3:
        return []
    found = queries.searched(queries.visible(by).open(), text, by).by_due().order_by(*queries.BY_DUE)[:FOUND]
    now = clock.now()
    return [
        ui.Hit(
            task.title,
            words.due(task.due, now),
            reverse("tasks:one", args=[task.public_id]),
            words.ICONS[task.kind],
        )
        for task in found
    ]


_WORDS: dict[type[Event], str | Promise] = {
    TaskSet: _("Task set: “%(title)s”"),
    TaskChanged: _("Task corrected: “%(title)s”"),
    TaskMoved: _("Task moved: “%(title)s”"),
    TaskAssigned: _("Task changed hands: “%(title)s”"),
    TaskDone: _("Task done: “%(title)s”"),
    TaskCancelled: _("Task cancelled: “%(title)s”"),
    TaskReopened: _("Task opened again: “%(title)s”"),
}
_TOLD = {event.type_name(): text for event, text in _WORDS.items()}


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    known = queries.titles({event.body["task_id"] for event in events}, by)
    return {event.id: _line(event, known.get(event.body["task_id"])) for event in events}


def _line(event: StoredEvent, known: tuple[UUID, str] | None) -> TimelineLine:
    """Who may not see the task learns that there is one, and not what it says."""
    if known is None:
        return TimelineLine(str(_TOLD[event.type]) % {"title": gettext("a colleague's")})
    public_id, title = known
    return TimelineLine(str(_TOLD[event.type]) % {"title": title}, reverse("tasks:one", args=[public_id]))
