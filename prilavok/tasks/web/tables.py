"""The list of tasks as a table, its rows under the parts of the day."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers.queries import Short
from prilavok.tasks.models import Task
from prilavok.tasks.templatetags.tasks import due, task_icon, task_state
from prilavok.tasks.web import words
from prilavok.ui import icons
from prilavok.ui.tables import Cell, LinkColumn, Table, TickColumn, state


class TaskTable(Table):
    tick = TickColumn(label=lambda task: task.title)
    done = tables.Column(verbose_name="", accessor="public_id", attrs={"td": {"class": "tick"}})
    title = LinkColumn(
        verbose_name=_("What is to be done"), url="tasks:one", side=True, attrs={"td": {"class": "name wide"}}
    )
    customer = tables.Column(verbose_name=_("Customer"), accessor="profile_id", empty_values=())
    due = tables.Column(verbose_name=_("When"), accessor="due_at", empty_values=())
    state = tables.Column(verbose_name=_("State"), accessor="outcome", empty_values=())
    responsible = tables.Column(verbose_name=_("Responsible"), empty_values=())
    subject = tables.Column(verbose_name=_("About"), accessor="subject_label", empty_values=())

    def __init__(
        self,
        rows: list[Task],
        people: Mapping[int, Short],
        *,
        now: datetime,
        hidden: Collection[str],
        **more: Any,
    ) -> None:
        """`hidden`: columns that say the same in every row. Open tasks stand under the parts of the day."""
        super().__init__(rows, exclude=tuple(hidden), **more)
        self.people, self.now, self.banded = people, now, "state" in hidden

    def body(self) -> SafeString:
        cells = [Cell(column) for column in self.columns]
        lines, last = [], ""
        for row in self.rows:
            part = words.band_of(row.record, self.now) if self.banded else ""
            if part != last:
                lines.append(self._heading(part, len(cells)))
            last = part
            lines.append(f"<tr>{''.join([cell.html(row) for cell in cells])}</tr>\n")
        return mark_safe("".join(lines))

    def _heading(self, part: str, width: int) -> str:
        kind = "bad" if part == "overdue" else "muted"
        shown = state(str(words.BANDS[part]), kind)
        return format_html(
            '<tr class="rows-part"><th scope="rowgroup" colspan="{}">{}</th></tr>', width, shown
        )

    def render_done(self, record: Task) -> SafeString:
        """One click closes it; the list comes anew."""
        return format_html(
            '<button type="button" class="btn btn-quiet" hx-post="{}" hx-vals=\'{{"outcome": "done"}}\' '
            'hx-target="#content" hx-select="#content" hx-swap="outerHTML" aria-label="{}">{}</button>',
            reverse("tasks:closure", args=[record.public_id]),
            gettext("Done: %(title)s") % {"title": record.title},
            icons.icon("circle-dashed"),
        )

    def render_title(self, value: str, record: Task, column: Any) -> SafeString:
        high = record.priority == Task.Priority.HIGH
        mark = state(str(Task.Priority.HIGH.label), "warn") if high else ""
        parts = [part for part in (task_icon(record), mark, column.render(value, record)) if part]
        return format_html_join(" ", "{}", [[part] for part in parts])

    def render_customer(self, record: Task) -> SafeString | str:
        return customer_link(record, self.people)

    def render_due(self, record: Task) -> SafeString | str:
        if not self.banded:
            return due(record)
        return words.due(record.due, self.now) if record.due_at else "—"

    def render_state(self, record: Task) -> SafeString:
        return task_state(record)

    def render_responsible(self, record: Task) -> str:
        return record.responsible.name if record.responsible else str(_("nobody yet"))

    def render_subject(self, record: Task) -> SafeString | str:
        if not record.subject_address:
            return record.subject_label or "—"
        return format_html('<a href="{}">{}</a>', record.subject_address, record.subject_label)


def customer_link(task: Task, people: Mapping[int, Short]) -> SafeString | str:
    """The customer, for whoever may see them."""
    person = people.get(task.profile_id or 0)
    if person is None:
        return "—"
    address = reverse("customers:card", args=[person.public_id])
    return format_html('<a href="{}">{}</a>', address, person.name or _("No name"))
