"""Pages of tasks: my day and everybody's, one task, and a customer's next steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.queries import Short
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs, own_address
from prilavok.tasks import actions, queries
from prilavok.tasks.models import Task
from prilavok.tasks.ports import NewTask
from prilavok.tasks.web import forms, tables
from prilavok.tasks.web.undoing import remember
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast

if TYPE_CHECKING:
    from prilavok.customers.models import Profile

PAGE = "tasks"
CLOSED_SHOWN = 5  # of a customer's past tasks, under the open ones


@require_GET
@needs("tasks.see")
def tasks(request: Request) -> HttpResponse:
    if wanted := company.opens_with(PAGE, request.GET, by=request.actor):
        return HttpResponseRedirect(f"{request.path}?{wanted}")
    filters, now = forms.Filters(request.GET, request.actor), clock.now()
    found = queries.listed(
        request.actor,
        request.GET.get("q", ""),
        at=now,
        **{name: filters.chosen(name) for name in filters.fields},
    )
    order = queries.LATEST if filters.chosen("state") else queries.BY_DUE
    page = paging.keyset(found, order=order, after=request.GET.get("after"))
    people, hidden = _people(request, page.items), _hidden(request, filters)
    table = tables.TaskTable(page.items, people, now=now, hidden=hidden, more=page.next)
    context = {"table": table, "rows": page.items, "filter": {"form": filters}}
    return render(request, "tasks/list.html", context | _toolbar(request))


def _hidden(request: Request, filters: forms.Filters) -> list[str]:
    """Columns that would say the same in every row, or offer what may not be done."""
    open_ = not filters.chosen("state")
    hidden = ["state"] if open_ else ["done", "tick"]
    hidden += [] if filters.chosen("whose") else ["responsible"]
    return hidden + ([] if request.actor.may("tasks.edit") else ["done", "tick"])


def _people(request: Request, found: list[Task]) -> dict[int, Short]:
    profiles = {task.profile_id for task in found if task.profile_id}
    return customers.short(profiles, request.actor) if request.actor.may("customers.see") else {}


def _toolbar(request: Request) -> dict[str, Any]:
    return {
        "views": company.saved_views(PAGE, by=request.actor),
        "who_form": forms.WhoForm().for_actor(request.actor),
        "narrowed": any(value for name, value in request.GET.items() if name not in {"side", "view"}),
    }


@needs("tasks.edit")
def new(request: Request) -> HttpResponse:
    person = _customer(request)
    initial = {
        "responsible": str(getattr(request.user, "public_id", "")),
        "customer": request.GET.get("customer"),
    }
    form = forms.NewTaskForm(request.POST or None, initial=initial).for_actor(request.actor)
    if request.method == "POST" and form.is_valid() and (made := _set(request, form, person)):
        toast(request, _("The task is set"), undo=remember(request, "cancel", [made.pk]))
        otherwise = reverse("tasks:one", args=[made.public_id])
        return HttpResponseRedirect(own_address(request, request.GET.get("back"), otherwise))
    back = own_address(request, request.GET.get("back"), reverse("tasks:list"))
    context = {"form": form, "back": back, "person": person}
    return render(request, "tasks/new.html", context, status=422 if form.errors else 200)


def _customer(request: Request) -> Profile | None:
    """The customer named by the address or the form, if the actor may see them."""
    asked = request.POST.get("customer") or request.GET.get("customer")
    if not asked:
        return None
    try:
        return customers.get(UUID(asked), request.actor)
    except (ValueError, ObjectDoesNotExist) as missing:
        raise Http404 from missing


def _set(request: Request, form: Any, person: Profile | None) -> Task | None:
    """The task as typed; None, and the form says why, if it cannot be set."""
    typed = form.cleaned_data
    whom = form.whom(request.actor) if "responsible" in form.fields else request.actor.id
    new = NewTask(
        **{name: typed[name] for name in actions.CHANGEABLE if name in typed},
        profile_id=person.pk if person else None,
        due=form.due(),
        responsible_id=whom,
    )
    try:
        return actions.set_task(new, by=request.actor, at=clock.now())
    except Problem as problem:
        blame(form, problem)
        return None


def blame(form: Form, problem: Problem) -> None:
    """Put what went wrong beside the field that is to blame."""
    field = {"due_at": "day"}.get(problem.field or "", problem.field)
    form.add_error(field if field in form.fields else None, str(problem))


@require_GET
@needs("tasks.see")
def one(request: Request, public_id: UUID) -> HttpResponse:
    return show(request, task_of(request, public_id))


def task_of(request: Request, public_id: UUID) -> Task:
    """The task, or the page that says there is none (or none that this actor may see)."""
    try:
        return queries.get(public_id, request.actor)
    except Task.DoesNotExist as missing:
        raise Http404 from missing


def show(request: Request, task: Task, **typed: Form) -> HttpResponse:
    """A task's page; `typed` are forms that have something to say."""
    context = {
        "task": task,
        "customer": tables.customer_link(task, _people(request, [task])) if task.profile_id else "",
        "set_by": _name(task.set_by_kind, task.set_by_id),
        "closed_by": _name(task.closed_by_kind, task.closed_by_id),
        "may_change": queries.may_change(task, request.actor),
        "what_form": forms.WhatForm(initial=_what(task)),
        "when_form": forms.WhenForm(initial=forms.typed_due(task.due)),
        "who_form": forms.WhoForm(initial=_who(task)).for_actor(request.actor),
        "closing_form": forms.ClosingForm(initial={"outcome": "done"}),
    }
    return render(request, "tasks/one.html", context | typed, status=422 if typed else 200)


def _name(kind: str, actor_id: int | None) -> str:
    """The employee's name; of tokens and the system none is shown."""
    return company.employee_names([actor_id]).get(actor_id, "") if kind == "employee" and actor_id else ""


def _what(task: Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in actions.CHANGEABLE}


def _who(task: Task) -> dict[str, Any]:
    return {"responsible": str(task.responsible.public_id) if task.responsible else ""}


@needs("tasks.see", "customers.see")
def of_customer(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Next steps» of a customer's card; a POST sets one for oneself."""
    person = customer_of(request, public_id)
    form = forms.QuickForm(request.POST or None, initial={"title": request.GET.get("title", "")})
    if request.method == "POST":
        request.actor.must("tasks.edit")
        if form.is_valid() and (made := _set(request, form, person)):
            toast(request, _("The task is set"), undo=remember(request, "cancel", [made.pk]))
            form = forms.QuickForm()
    return steps(request, person, form)


def customer_of(request: Request, public_id: UUID) -> Profile:
    try:
        return customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing


def steps(request: Request, person: Profile, form: Form) -> HttpResponse:
    """The panel: what is to be done for this customer, then what was."""
    found = queries.of_profiles(customers.kin(person.pk), request.actor)
    context = {
        "profile": person,
        "open": list(found.open().by_due().order_by(*queries.BY_DUE)[:100]),
        "closed": list(found.closed().order_by(*queries.LATEST)[:CLOSED_SHOWN]),
        "form": form,
    }
    return render(request, "tasks/of_customer.html", context, status=422 if form.errors else 200)
