"""What is done with tasks from their pages; each can be taken back from the toast."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.tasks import actions, queries
from prilavok.tasks.models import Task
from prilavok.tasks.rules import Due
from prilavok.tasks.web import forms, views
from prilavok.tasks.web.undoing import back, remember
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


@require_POST
@needs("tasks.edit")
def what(request: Request, public_id: UUID) -> HttpResponse:
    form = forms.WhatForm(request.POST)

    def change(task: Task, by: Actor, at: datetime) -> None:
        if before := actions.change_task(task.pk, form.cleaned_data, by=by, at=at):
            toast(request, _("Saved"), undo=remember(request, "change", [[task.pk, before]]))

    return _change(request, public_id, "what_form", form, change)


@require_POST
@needs("tasks.edit")
def when(request: Request, public_id: UUID) -> HttpResponse:
    form = forms.WhenForm(request.POST)

    def change(task: Task, by: Actor, at: datetime) -> None:
        if before := actions.move({task.pk: form.due()}, by=by, at=at):
            toast(request, _("The task is moved"), undo=remember(request, "move", _moves(before)))

    return _change(request, public_id, "when_form", form, change)


def _moves(before: dict[int, Due]) -> list[list[Any]]:
    return [[task, due.at and due.at.isoformat(), due.whole_day] for task, due in before.items()]


@require_POST
@needs("tasks.edit")
def who(request: Request, public_id: UUID) -> HttpResponse:
    form = forms.WhoForm(request.POST).for_actor(request.actor)

    def change(task: Task, by: Actor, at: datetime) -> None:
        if before := actions.assign({task.pk: form.whom(by)}, by=by, at=at):
            undo = remember(request, "assign", [list(one) for one in before.items()])
            toast(request, _("The task changed hands"), undo=undo)

    return _change(request, public_id, "who_form", form, change)


def _change(
    request: Request,
    public_id: UUID,
    name: str,
    form: Form,
    change: Callable[[Task, Actor, datetime], None],
) -> HttpResponse:
    """One form of a task's page: the change, then the page anew; what is wrong stands beside its field."""
    task = views.task_of(request, public_id)
    if form.is_valid():
        try:
            change(task, request.actor, clock.now())
            return back(request, reverse("tasks:one", args=[public_id]))
        except Problem as problem:
            views.blame(form, problem)
    return views.show(request, task, **{name: form})


@require_POST
@needs("tasks.edit")
def closure(request: Request, public_id: UUID) -> HttpResponse:
    """Done or cancelled, with what came of it."""
    task = views.task_of(request, public_id)
    form = forms.ClosingForm(request.POST)
    if not form.is_valid():
        return views.show(request, task, closing_form=form)
    if form.cleaned_data["outcome"] == Task.Outcome.DONE:
        actions.finish([task.pk], result=form.cleaned_data["result"], by=request.actor, at=clock.now())
        said = _("Done")
    else:
        actions.cancel([task.pk], reason=form.cleaned_data["result"], by=request.actor, at=clock.now())
        said = _("The task is cancelled")
    toast(request, said, undo=reverse("tasks:reopening", args=[public_id]))
    return back(request, reverse("tasks:one", args=[public_id]))


@require_POST
@needs("tasks.edit")
def reopening(request: Request, public_id: UUID) -> HttpResponse:
    actions.reopen([views.task_of(request, public_id).pk], by=request.actor, at=clock.now())
    return back(request, reverse("tasks:one", args=[public_id]))


@require_POST
@needs("tasks.edit", "customers.see")
def step_done(request: Request, public_id: UUID, task_id: UUID) -> HttpResponse:
    """Done by one click on the customer's card: the panel anew."""
    person, task = views.customer_of(request, public_id), views.task_of(request, task_id)
    actions.finish([task.pk], by=request.actor, at=clock.now())
    toast(request, _("Done"), undo=reverse("tasks:reopening", args=[task_id]))
    return views.steps(request, person, forms.QuickForm())


# ── Many at once ─────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@needs("tasks.edit")
def done(request: Request) -> HttpResponse:
    closed = actions.finish(_selected(request), by=request.actor, at=clock.now())
    count = len(closed)
    said = ngettext("%(count)d task is done", "%(count)d tasks are done", count) % {"count": count}
    toast(request, said, undo=remember(request, "reopen", closed) if closed else "")
    return back(request, reverse("tasks:list"))


@require_POST
@needs("tasks.edit")
def assignments(request: Request) -> HttpResponse:
    form = forms.WhoForm(request.POST).for_actor(request.actor)
    if not form.is_valid():
        raise Http404
    whom = form.whom(request.actor)
    before = actions.assign(dict.fromkeys(_selected(request), whom), by=request.actor, at=clock.now())
    count = len(before)
    said = ngettext("%(count)d task changed hands", "%(count)d tasks changed hands", count) % {"count": count}
    undo = remember(request, "assign", [list(one) for one in before.items()]) if before else ""
    toast(request, said, undo=undo)
    return back(request, reverse("tasks:list"))


def _selected(request: Request) -> list[int]:
    """The ticked tasks that the actor may see; what is no id was not ticked by anybody."""
    try:
        chosen = [UUID(one) for one in request.POST.getlist("selected")]
    except ValueError as odd:
        raise Http404 from odd
    return queries.ids(chosen, request.actor)
