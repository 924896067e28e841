"""Pages of programmes and of their tiers."""

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
from prilavok.loyalty.models import Programme, Tier
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
            return _to("programme", made.public_id)
        except Problem as problem:
            blame(form, problem)
    context = {"form": form, "back": reverse("loyalty:programmes")}
    return render(request, "loyalty/programme_form.html", context, status=422 if form.errors else 200)


def _to(name: str, public_id: UUID) -> HttpResponseRedirect:
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
            return _to("programme", public_id)
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
    return _to("programme", public_id)


# ── Tiers ────────────────────────────────────────────────────────────────────────────────────────────────


@needs("loyalty.programme")
def new_tier(request: Request, public_id: UUID) -> HttpResponse:
    found, form = programme_of(request, public_id), forms.NewTierForm(request.POST or None)
    form.for_actor(request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            actions.make_tier(programme_id=found.pk, by=request.actor, at=clock.now(), **form.cleaned_data)
            toast(request, _("The tier is made; everybody is looked at in the background"))
            return _to("programme", public_id)
        except Problem as problem:
            blame(form, problem)
    context = {"form": form, "programme": found}
    return render(request, "loyalty/tier.html", context, status=422 if form.errors else 200)


@needs("loyalty.programme")
def tier(request: Request, public_id: UUID) -> HttpResponse:
    found = _tier(request, public_id)
    names = forms.TierForm.base_fields
    form = forms.TierForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    form.for_actor(request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            terms = form.cleaned_data | {"place": form.cleaned_data["place"] or found.place}
            actions.change_tier(found.pk, by=request.actor, at=clock.now(), **terms)
            toast(request, _("The tier asks for this from now on; everybody is looked at in the background"))
            return _to("programme", found.programme.public_id)
        except Problem as problem:
            blame(form, problem)
    others = queries.tiers(found.programme, request.actor).exclude(pk=found.pk)
    inside = queries.numbers_in_tiers([found.pk]).get(found.pk, 0)
    context = {"form": form, "tier": found, "programme": found.programme, "inside": inside}
    context["move_form"] = forms.PutForm().among(others)
    return render(request, "loyalty/tier.html", context, status=422 if form.errors else 200)


def _tier(request: Request, public_id: UUID, *, removed: bool = False) -> Tier:
    try:
        return queries.get_tier(public_id, request.actor, removed=removed)
    except Tier.DoesNotExist as missing:
        raise Http404 from missing


@require_POST
@needs("loyalty.programme")
def removal(request: Request, public_id: UUID) -> HttpResponse:
    found = _tier(request, public_id)
    try:
        actions.remove_tier(found.pk, by=request.actor, at=clock.now())
        toast(request, _("The tier is removed"), undo=reverse("loyalty:tier_restoration", args=[public_id]))
        return _to("programme", found.programme.public_id)
    except Problem as problem:
        toast(request, str(problem), bad=True)
        return _to("tier", public_id)


@require_POST
@needs("loyalty.programme")
def restoration(request: Request, public_id: UUID) -> HttpResponse:
    found = _tier(request, public_id, removed=True)
    try:
        actions.restore_tier(found.pk, by=request.actor, at=clock.now())
        toast(request, _("The tier stands again"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return _to("programme", found.programme.public_id)


@require_POST
@needs("loyalty.programme")
def moves(request: Request, public_id: UUID) -> HttpResponse:
    """Everybody in a tier moves to another one, or to none."""
    found = _tier(request, public_id)
    others = list(queries.tiers(found.programme, request.actor).exclude(pk=found.pk))
    form = forms.PutForm(request.POST).among(others)
    if form.is_valid():
        target = next((one.pk for one in others if str(one.public_id) == form.cleaned_data["tier"]), None)
        number = actions.move_accounts(found.pk, target, by=request.actor, at=clock.now())
        toast(request, _("Accounts moved: %(number)s") % {"number": number})
    return _to("tier", public_id)
