"""Pages of programmes."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries
from prilavok.loyalty.definitions import PoliciesWritten
from prilavok.loyalty.models import Programme
from prilavok.loyalty.web import programme_forms as forms
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


@require_GET
@needs("loyalty.see")
def programmes(request: Request) -> HttpResponse:
    return render(request, "loyalty/programmes.html", {"programmes": list(queries.programmes(request.actor))})


@needs("loyalty.programme")
def new(request: Request) -> HttpResponse:
    form = forms.NewProgrammeForm(request.POST or None).for_actor(request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            brand = form.cleaned_data["brand"]
            terms = form.terms() | {
                "code": form.cleaned_data["code"],
                "brand_id": brand.pk if brand else None,
            }
            made = actions.make_programme(policies=form.policies(), by=request.actor, at=clock.now(), **terms)
            toast(
                request,
                _(
                    "The programme has begun. Now make tiers, kinds of cards, and a promotion that gives points."
                ),
            )
            return to("programme", made.public_id)
        except Problem as problem:
            blame(form, problem)
    context = {"form": form, "back": reverse("loyalty:programmes")}
    return render(request, "loyalty/programme_form.html", context, status=422 if form.errors else 200)


def to(name: str, public_id: UUID) -> HttpResponseRedirect:
    """Onwards to a page of loyalty that stands for one thing."""
    return HttpResponseRedirect(reverse(f"loyalty:{name}", args=[public_id]))


def blame(form: Form, problem: Problem) -> None:
    """Put what went wrong beside its field."""
    field = (problem.field or "").removeprefix("policies.")
    form.add_error(field if field in form.fields else None, str(problem))


def programme_of(request: Request, public_id: UUID) -> Programme:
    try:
        return queries.get_programme(public_id, request.actor)
    except Programme.DoesNotExist as missing:
        raise Http404 from missing


@require_GET
@needs("loyalty.see")
def programme(request: Request, public_id: UUID) -> HttpResponse:
    found = programme_of(request, public_id)
    tiers, kinds = (
        list(queries.tiers(found, request.actor)),
        list(queries.card_kinds(request.actor).filter(programme=found)),
    )
    inside, stock = (
        queries.numbers_in_tiers([tier.pk for tier in tiers]),
        queries.stock([kind.pk for kind in kinds]),
    )
    context = {
        "programme": found,
        "said": said(found),
        "tiers": [(tier, inside.get(tier.pk, 0)) for tier in tiers],
        "kinds": [(kind, stock[kind.pk]) for kind in kinds],
        "may_edit": request.actor.may("loyalty.programme"),
    }
    return render(request, "loyalty/programme.html", context)


def said(found: Programme) -> list[tuple[Any, Any]]:
    """Its policies in words: question and answer."""
    form = forms.ProgrammeForm.of(found)
    written = PoliciesWritten.model_validate(found.policies).model_dump(mode="json")
    answers = []
    for name, value in written.items():
        choices = dict(getattr(form.fields[name], "choices", ()))
        if choices:
            answers.append((form.fields[name].label, choices.get(str(value), value)))
    return answers


@needs("loyalty.programme")
def change(request: Request, public_id: UUID) -> HttpResponse:
    found = programme_of(request, public_id)
    form = forms.ProgrammeForm(request.POST) if request.method == "POST" else forms.ProgrammeForm.of(found)
    if form.is_valid():
        try:
            actions.change_programme(
                found.pk, policies=form.policies(), by=request.actor, at=clock.now(), **form.terms()
            )
            toast(request, _("The programme reckons like this from now on"))
            return to("programme", public_id)
        except Problem as problem:
            blame(form, problem)
    context = {"form": form, "programme": found, "back": reverse("loyalty:programme", args=[public_id])}
    return render(request, "loyalty/programme_form.html", context, status=422 if form.errors else 200)


@require_POST
@needs("loyalty.programme")
def ending(request: Request, public_id: UUID) -> HttpResponse:
    """End a programme, or begin it again."""
    found = programme_of(request, public_id)
    try:
        actions.change_programme(found.pk, active=not found.active, by=request.actor, at=clock.now())
        words = (
            _("The programme has ended: points are neither given nor spent")
            if found.active
            else _("The programme goes on")
        )
        toast(request, words, undo=request.path)
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return to("programme", public_id)
