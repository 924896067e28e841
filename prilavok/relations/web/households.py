"""A household as one customer: who lives there, what they come to together."""

from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.relations import actions, ports, queries
from prilavok.relations.actions.looks import note_household
from prilavok.relations.models import Household
from prilavok.relations.queries import Whole
from prilavok.relations.web import forms
from prilavok.relations.web.views import blame, customer_of
from prilavok.ui.toasts import toast

HEADLINE = 4  # figures that stand at the left


@require_POST
@needs("relations.edit", "customers.see")
def make(request: Request, public_id: UUID) -> HttpResponse:
    """A household with this person as its head."""
    profile, form = customer_of(request, public_id), forms.NameForm(request.POST)
    try:
        name = form.cleaned_data["name"] if form.is_valid() else ""
        made = actions.make_household(head_id=profile.pk, name=name, by=request.actor, at=clock.now())
        address = reverse("relations:household", args=[made.public_id])
    except Problem as problem:
        toast(request, str(problem), bad=True)
        address = f"{reverse('customers:card', args=[profile.public_id])}?tab=relations"
    return HttpResponseRedirect(address)


@needs("relations.see", "customers.see")
def household(request: Request, household_id: UUID) -> HttpResponse:
    """The household; a POST lets somebody join."""
    whole = household_of(request, household_id)
    note_household(whole, by=request.actor, at=clock.now())
    form = forms.MemberForm(request.POST or None)
    if request.method == "POST":
        request.actor.must("relations.edit")
        if form.is_valid() and _joined(request, whole, form):
            return HttpResponseRedirect(request.path)
    context = {
        "whole": whole,
        "headline": whole.figures[:HEADLINE],
        "form": form,
        "name_form": forms.NameForm(initial={"name": whole.household.name}),
        "may_edit": request.actor.may("relations.edit"),
        "panels": [panel for panel in ports.panels.items() if request.actor.may(panel.permission)],
        "at": clock.now(),
    }
    return render(request, "relations/household.html", context, status=422 if form.errors else 200)


def household_of(request: Request, household_id: UUID) -> Whole:
    try:
        return queries.whole(household_id, request.actor)
    except Household.DoesNotExist as missing:
        raise Http404 from missing


def _joined(request: Request, whole: Whole, form: forms.MemberForm) -> bool:
    other = form.chosen(request.actor)
    if other is None:
        return False
    try:
        part = form.cleaned_data["part"]
        actions.join_household(
            household_id=whole.household.pk, profile_id=other, part=part, by=request.actor, at=clock.now()
        )
        toast(request, _("Joined the household"))
        return True
    except Problem as problem:
        blame(form, problem)
        return False


@require_POST
@needs("relations.edit")
def name(request: Request, household_id: UUID) -> HttpResponse:
    whole, form = household_of(request, household_id), forms.NameForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data["name"]
        actions.rename_household(household_id=whole.household.pk, name=told, by=request.actor)
        toast(request, _("Saved"))
    return HttpResponseRedirect(reverse("relations:household", args=[household_id]))


@require_POST
@needs("relations.edit", "customers.see")
def leaving(request: Request, household_id: UUID, public_id: UUID) -> HttpResponse:
    return _moved(request, household_id, public_id, actions.leave_household, _("Left the household"))


@require_POST
@needs("relations.edit", "customers.see")
def heading(request: Request, household_id: UUID, public_id: UUID) -> HttpResponse:
    return _moved(
        request, household_id, public_id, actions.head_household, _("The household has another head")
    )


def _moved(request: Request, household_id: UUID, public_id: UUID, act: object, said: str) -> HttpResponse:
    whole, profile = household_of(request, household_id), customer_of(request, public_id)
    try:
        act(household_id=whole.household.pk, profile_id=profile.pk, by=request.actor, at=clock.now())  # type: ignore[operator]
        toast(request, said)
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("relations:household", args=[household_id]))
