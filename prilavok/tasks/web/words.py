"""Tasks in words: when they are due, in what state they are."""

from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.tasks.models import Task
from prilavok.tasks.rules import Band, Due, band, day_of
from prilavok.ui import formats

BANDS: dict[str, str | Promise] = {
    Band.OVERDUE: _("Overdue"),
    Band.TODAY: _("Today"),
    Band.LATER: _("Later"),
    Band.UNDATED: _("Without a date"),
}
ICONS = {"call": "phone", "meeting": "users", "letter": "mail", "other": "checks"}
REMINDERS: list[tuple[str, str | Promise]] = [
    ("", _("None")),
    ("0", _("At that time")),
    ("15", _("15 minutes before")),
    ("60", _("An hour before")),
    ("1440", _("A day before")),
]


def band_of(task: Task, now: datetime) -> Band:
    return band(task.due_at, now=now, zone=company.zone())


def due(due: Due, now: datetime) -> str:
    """By when: the day, and the hour if there is one. Today is the company's."""
    if due.at is None:
        return gettext("without a date")
    language = get_language() or "ru"
    day = day_of(due, company.zone())
    if day == now.astimezone(company.zone()).date():
        shown = gettext("today")
    else:
        shown = formats.day(day, language)
    return shown if due.whole_day else f"{shown}, {formats.hour(timezone.localtime(due.at))}"


def state(task: Task, now: datetime) -> tuple[str, str]:
    """The state's colour and word."""
    if task.outcome == Task.Outcome.DONE:
        return "good", pgettext("task", "done")
    if task.outcome == Task.Outcome.CANCELLED:
        return "muted", pgettext("task", "cancelled")
    if band_of(task, now) == Band.OVERDUE:
        return "bad", gettext("overdue")
    return "info", gettext("to be done")
