"""Companies among the customers: registering one, its legal details on the card."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from prilavok.company import queries as company
from prilavok.customers import actions, queries
from prilavok.customers.actions import CompanyKnown
from prilavok.customers.ports import NewCompany
from prilavok.customers.queries import Sheet
from prilavok.customers.web import forms
from prilavok.customers.web.own_forms import OwnForm
from prilavok.customers.web.views import who
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


@needs("customers.register")
def new(request: Request) -> HttpResponse:
    form = forms.NewCompanyForm(request.POST or None).for_actor(request.actor)
    own = OwnForm(request.POST or None, by=request.actor, kind="company", registering=True)
    context: dict[str, Any] = {"form": form, "own": own}
    if request.method == "POST" and all([form.is_valid(), own.is_valid()]):
        try:
            told = replace(_told(form.cleaned_data, request), own=own.told())
            profile = actions.register_company(told, by=request.actor, at=clock.now())
            toast(request, _("The company is registered"))
            return HttpResponseRedirect(reverse("customers:card", args=[profile.public_id]))
        except Problem as problem:
            context |= _blamed(own if problem.field in own.fields else form, problem)
    bad = bool(form.errors or own.errors)
    return render(request, "customers/new_company.html", context, status=422 if bad else 200)


def _told(typed: dict[str, Any], request: Request) -> NewCompany:
    shop = company.shops(request.actor).filter(code=typed.pop("shop")).first()
    return NewCompany(**typed, shop_id=shop.pk if shop else None, source="operator")


Remember = Callable[[Request, Sheet, str, dict[str, Any]], str]


def details(request: Request, sheet: Sheet, *, remember: Remember) -> HttpResponse:
    """The panel «Data» of a company's card; a POST corrects them, and `remember` says how that is taken back."""
    names = forms.CompanyForm.base_fields
    before = {name: getattr(sheet.company, name, "") for name in names}
    before["name"] = sheet.profile.person.full_name
    form = forms.CompanyForm(request.POST or None, initial=before)
    context: dict[str, Any] = {"form": form}
    changed = False
    if request.method == "POST":
        request.actor.must("customers.edit")
        changed = form.is_valid() and _changed(sheet, form, context, request)
        if changed:
            toast(request, _("Saved"), undo=remember(request, sheet, "company", before))
    fresh = queries.sheet(sheet.profile.public_id, request.actor)
    context |= who(fresh, request.actor) | {"changed": changed and bool(request.headers.get("HX-Request"))}
    return render(request, "customers/company.html", context, status=422 if form.errors else 200)


def _changed(sheet: Sheet, form: forms.CompanyForm, context: dict[str, Any], request: Request) -> bool:
    try:
        told = form.cleaned_data
        done = actions.change_company(profile_id=sheet.profile.pk, by=request.actor, at=clock.now(), **told)
        return bool(done)
    except Problem as problem:
        context |= _blamed(form, problem)
        return False


def _blamed(form: Form, problem: Problem) -> dict[str, Any]:
    """What went wrong, beside its field; of a company that is known already also where it stands."""
    form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    return {"known": problem.params["customer"]} if isinstance(problem, CompanyKnown) else {}
