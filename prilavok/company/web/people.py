"""Employees, their roles and where these hold."""

from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.company import actions, queries
from prilavok.company.models import Employee
from prilavok.company.web import forms, tables
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@needs("company.see")
def employees(request: Request) -> HttpResponse:
    found = queries.employees(request.actor).filter(name__icontains=request.GET.get("q", ""))
    page = paging.keyset(found, order=("name", "id"), after=request.GET.get("after"))
    table = tables.Employees(page.items)
    table.more = page.next
    return render(request, "company/employees.html", {"table": table, "count": found.count()})


@needs("company.manage_people")
def new_employee(request: Request) -> HttpResponse:
    form = forms.NewEmployee(request.POST or None, by=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_employee(**form.chosen(), by=request.actor, at=clock.now())
        except Problem as problem:
            forms.blame(form, problem)
        else:
            toast(request, _("The employee may log in now"))
            return HttpResponseRedirect(reverse("company:employee", args=[added.public_id]))
    return render(request, "company/new_employee.html", {"form": form}, status=422 if form.errors else 200)


@needs("company.see")
def employee(request: Request, public_id: UUID) -> HttpResponse:
    return _employee(request, _found(request, public_id))


def _found(request: Request, public_id: UUID) -> Employee:
    return get_object_or_404(queries.employees(request.actor), public_id=public_id)


def _employee(request: Request, found: Employee, form: Form | None = None, **more: Any) -> HttpResponse:
    context = {
        "employee": found,
        "grants": found.grants.select_related("role").prefetch_related("shops", "brands"),
        "form": form or forms.Grant(by=request.actor),
        "may_manage": queries.reaches(request.actor, found.pk),
        "has_factor": queries.has_second_factor(found.pk),
    }
    return render(request, "company/employee.html", context | more, status=422 if form else 200)


@require_POST
@needs("company.manage_people")
def grants(request: Request, public_id: UUID) -> HttpResponse:
    """Give a role."""
    found, form = _found(request, public_id), forms.Grant(request.POST, by=request.actor)
    if not form.is_valid():
        return _employee(request, found, form)
    try:
        actions.give_role(employee_id=found.pk, **form.chosen(), by=request.actor, at=clock.now())
    except Problem as problem:
        forms.blame(form, problem)
        return _employee(request, found, form)
    toast(request, _("The role is given"))
    return HttpResponseRedirect(reverse("company:employee", args=[public_id]))


@require_POST
@needs("company.manage_people")
def grant_removal(request: Request, public_id: UUID, role: str) -> HttpResponse:
    found = _found(request, public_id)
    try:
        actions.take_role(employee_id=found.pk, role=role, by=request.actor, at=clock.now())
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("company:employee", args=[public_id]))


@require_POST
@needs("company.manage_people")
def access(request: Request, public_id: UUID) -> HttpResponse:
    """Open or close the log-in."""
    found = _found(request, public_id)
    try:
        actions.set_active(employee_id=found.pk, active=not found.is_active, by=request.actor, at=clock.now())
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("company:employee", args=[public_id]))


@require_POST
@needs("company.manage_people")
def password_link(request: Request, public_id: UUID) -> HttpResponse:
    """Show, this once, the address where the employee chooses a new password."""
    found = _found(request, public_id)
    link = actions.give_password_link(employee_id=found.pk, by=request.actor, at=clock.now())
    return _employee(request, found, link=link)


@require_POST
@needs("company.manage_people")
def factor_reset(request: Request, public_id: UUID) -> HttpResponse:
    """For somebody who has lost the phone and the recovery codes."""
    found = _found(request, public_id)
    actions.reset_factors(employee_id=found.pk, by=request.actor, at=clock.now())
    toast(request, _("The second factor is taken away; all log-ins of this employee have ended"))
    return HttpResponseRedirect(reverse("company:employee", args=[public_id]))


@needs("company.manage_people")
def roles(request: Request) -> HttpResponse:
    return render(request, "company/roles.html", {"roles": queries.roles()})


@needs("company.manage_people")
def role(request: Request, code: str) -> HttpResponse:
    found = get_object_or_404(queries.roles(), code=code)
    known = {"rights": found.permissions, "second_factor": found.second_factor}
    form = forms.Rights(request.POST or None, initial=known)
    if code == "owner":
        del form.fields["rights"]
    if request.method == "POST" and form.is_valid():
        told: dict[str, Any] = {"role": code, "by": request.actor, "at": clock.now()}
        if code != "owner":
            actions.set_rights(**told, permissions_wanted=form.cleaned_data["rights"])
        actions.demand_factor(**told, on=form.cleaned_data["second_factor"])
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("company:roles"))
    return render(request, "company/role.html", {"role": found, "form": form})
