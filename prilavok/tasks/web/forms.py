"""What people type about tasks."""

from datetime import date, datetime, time
from typing import Any, Self

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.tasks.models import Task
from prilavok.tasks.rules import Due, day_of, whole
from prilavok.tasks.web import words
from prilavok.ui.forms import Form

ANY: tuple[str, Any] = ("", _("Any"))


class Filters(forms.Form):
    """The filters of the list; whose tasks may be asked for depends on the reader."""

    whose = forms.ChoiceField(label=_("Whose"), required=False)
    when = forms.ChoiceField(label=_("When"), required=False, choices=[ANY, *words.BANDS.items()])
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("to be done")),
            ("done", pgettext_lazy("task", "done")),
            ("cancelled", pgettext_lazy("task", "cancelled")),
        ],
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *Task.Kind.choices])
    priority = forms.ChoiceField(
        label=_("Priority"),
        required=False,
        choices=[ANY, *((str(key), word) for key, word in Task.Priority.choices)],
    )

    def __init__(self, data: Any, by: Actor) -> None:
        super().__init__(data)
        choices: list[tuple[str, Any]] = [("", _("mine")), ("nobody", _("nobody's")), ("set", _("set by me"))]
        if by.may("tasks.see_all"):
            choices += [("all", _("everybody's")), *_people(by)]
        self.fields["whose"].choices = choices  # type: ignore[attr-defined]

    def chosen(self, name: str) -> str:
        """The value as it stands in the address."""
        return str(self.data.get(name, ""))


def _people(by: Actor) -> list[tuple[str, str]]:
    return [(str(one.public_id), one.name) for one in company.colleagues(by)]


class _Day(forms.DateField):
    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more)


class _Hour(forms.TimeField):
    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), **more)


class WhenForm(Form):
    """By when: a day, and an hour if it matters."""

    permission = "tasks.edit"
    day = _Day(label=_("Day"), required=False)
    hour = _Hour(label=_("Time"), required=False, help_text=_("Empty: at any hour of the day."))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("hour") and not typed.get("day"):
            self.add_error("day", _("Name the day of this hour."))
        return typed

    def due(self) -> Due:
        """Days are the company's, hours those of whoever types them."""
        return due_of(self.cleaned_data["day"], self.cleaned_data["hour"])


def due_of(day: date | None, hour: time | None) -> Due:
    if day is None:
        return Due()
    if hour is None:
        return whole(day, company.zone())
    return Due(timezone.make_aware(datetime.combine(day, hour)))


def typed_due(due: Due) -> dict[str, Any]:
    """A date as the form shows it."""
    if due.at is None:
        return {}
    if due.whole_day:
        return {"day": day_of(due, company.zone())}
    local = timezone.localtime(due.at)
    return {"day": local.date(), "hour": local.time()}


class WhatForm(Form):
    """What is to be done and why."""

    permission = "tasks.edit"
    title = forms.CharField(label=_("What is to be done"), max_length=300)
    kind = forms.ChoiceField(label=_("Kind"), choices=Task.Kind.choices, initial=Task.Kind.CALL)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Task.Priority.choices, coerce=int, initial=Task.Priority.USUAL
    )
    reason = forms.CharField(label=_("Why"), max_length=300, required=False)
    remind_before = forms.TypedChoiceField(
        label=_("Reminder"), choices=words.REMINDERS, coerce=int, empty_value=None, required=False
    )


class WhoForm(Form):
    """Who has to do it; the choice depends on who asks."""

    permission = "tasks.edit"
    check_on_leaving = False
    responsible = forms.ChoiceField(label=_("Responsible"), required=False)

    def for_actor(self, by: Actor) -> Self:
        self.fields["responsible"].choices = responsible_choices(by)  # type: ignore[attr-defined]
        return self

    def whom(self, by: Actor) -> int | None:
        return employee_id(self.cleaned_data["responsible"], by)


def responsible_choices(by: Actor) -> list[tuple[str, Any]]:
    """Oneself and nobody; everybody of the team for who may give tasks to others."""
    nobody: tuple[str, Any] = ("", _("nobody yet"))
    people = company.colleagues(by)
    if not by.may("tasks.assign"):
        people = people.filter(pk=by.id or 0) if by.kind == "employee" else people.none()
    return [nobody, *((str(one.public_id), one.name) for one in people)]


def employee_id(public_id: str, by: Actor) -> int | None:
    """The inner id of a choice that was offered; None for nobody."""
    return company.colleagues(by).get(public_id=public_id).pk if public_id else None


class NewTaskForm(WhatForm, WhenForm, WhoForm):
    """A new task."""

    permission = "tasks.edit"
    check_on_leaving = False
    customer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    field_order = ("title", "kind", "day", "hour", "responsible", "priority", "reason", "remind_before")


class QuickForm(WhenForm):
    """A next step, from the customer's card."""

    permission = "tasks.edit"
    title = forms.CharField(label=_("What is to be done"), max_length=300)
    kind = forms.ChoiceField(label=_("Kind"), choices=Task.Kind.choices, initial=Task.Kind.CALL)
    field_order = ("title", "kind", "day", "hour")


class ClosingForm(Form):
    """What came of it, or why it is cancelled."""

    permission = "tasks.edit"
    outcome = forms.ChoiceField(choices=Task.Outcome.choices, widget=forms.HiddenInput)
    result = forms.CharField(label=_("Result"), max_length=1000, required=False)
