"""The editor of promotions: the form is the state; every click sends it, every answer draws it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.experiments import queries as experiments
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries, sentences
from prilavok.loyalty.faults import Fault
from prilavok.loyalty.models import Promotion
from prilavok.loyalty.problems import BadPromotion
from prilavok.loyalty.web import promotions_drafts as drafts
from prilavok.loyalty.web.promotions import promotion_of
from prilavok.loyalty.web.promotions_recipes import RECIPES, recipe
from prilavok.loyalty.web.promotions_rows import Sheet, links
from prilavok.ui.toasts import toast


@require_GET
@needs("loyalty.promote")
def new(request: Request) -> HttpResponse:
    """Ready recipes; one of them opens the editor."""
    chosen = recipe(request.GET.get("recipe", ""))
    if chosen is None:
        return render(request, "loyalty/promotion_recipes.html", {"recipes": RECIPES})
    name = "" if chosen.key == "free" else str(chosen.label)
    return _page(request, None, drafts.from_definition(dict(chosen.told) | {"name": name}))


@require_GET
@needs("loyalty.promote")
def edit(request: Request, public_id: UUID) -> HttpResponse:
    found = promotion_of(request, public_id)
    last = queries.versions(found.pk, request.actor)[0]
    return _page(request, found, drafts.from_definition(last.definition))


@require_POST
@needs("loyalty.promote")
def save(request: Request, public_id: UUID | None = None) -> HttpResponse:
    """A draft, or a new version; at once sent for approval, if asked for."""
    found = promotion_of(request, public_id) if public_id else None
    draft = drafts.from_post(request.POST)
    try:
        saved = _save(request, found, drafts.to_definition(draft))
    except BadPromotion as problem:
        return _page(request, found, draft, problem.faults)
    except Problem as problem:
        return _page(request, found, draft, [Fault(problem.field or "", str(problem))])
    return HttpResponseRedirect(reverse("loyalty:promotion", args=[saved.public_id]))


def _save(request: Request, found: Promotion | None, definition: dict[str, Any]) -> Promotion:
    told: dict[str, Any] = {"by": request.actor, "at": clock.now()}
    if found:
        actions.change_promotion(found.pk, definition, **told)
    saved = found or actions.create_promotion(definition, **told)
    toast(request, _("The promotion is saved"))
    if request.POST.get("then") == "ask":
        try:
            actions.ask_approval(saved.pk, **told)
            toast(request, _("Sent for approval"))
        except Problem as problem:
            toast(request, str(problem), bad=True)
    return saved


@require_POST
@needs("loyalty.promote")
def change(request: Request) -> HttpResponse:
    """The parts after a click: something was added, taken away, picked."""
    draft = drafts.changed(drafts.from_post(request.POST), request.POST.get("do", ""))
    return render(request, "loyalty/promotion_parts.html", _parts(request, draft) | {"swapped": True})


@require_POST
@needs("loyalty.promote")
def check(request: Request) -> HttpResponse:
    """What is typed, in words, and what is still missing or wrong."""
    context = _checked(request, drafts.from_post(request.POST)) | {"swapped": True}
    return render(request, "loyalty/promotion_checked.html", context)


@require_POST
@needs("loyalty.promote", "experiments.see")
def power(request: Request) -> HttpResponse:
    """Which effect each share of control would show, by the past of those who would get what is typed."""
    definition = drafts.to_definition(drafts.from_post(request.POST))
    told = definition.get("control", {})
    written, faults = queries.promotion_faults(
        definition | {"control": {"percent": "10"} | told}, request.actor
    )
    if written is None or written.control is None or faults:
        return render(request, "loyalty/promotion_power.html", {"unready": True})
    known, trouble = None, ""
    try:
        known = queries.control_shows(written, written.control, clock.now())
    except (FactsDown, FactsBusy, TooHeavy) as problem:
        trouble = str(problem)
    shares = experiments.shares(written.control.share, known.customers, known) if known else []
    context = {"known": known, "trouble": trouble, "shares": shares, "chosen": bool(told)}
    context["aside"] = queries.left_aside(written)
    return render(request, "loyalty/promotion_power.html", context)


@require_GET
@needs("loyalty.see")
def pick(request: Request) -> HttpResponse:
    """What a search of things offers for the letters typed."""
    thing, place = request.GET.get("thing", ""), request.GET.get("place", "")
    found = queries.offered(thing, request.GET.get("q", ""), request.actor)
    asked = request.GET.get("for")
    context: dict[str, Any] = {"found": found, "place": place}
    if asked == "field":
        change = reverse("loyalty:picked", args=[place]) if place in ("products", "categories") else ""
        context |= {"change": change, "form": "closest .picked", "target": "closest .picked", "verb": "pick"}
    else:
        change = reverse("loyalty:bench_change" if asked == "bench" else "loyalty:promotion_change")
        context |= {"change": change, "form": "#editor", "target": "#parts", "verb": f"pick:{place}"}
    return render(request, "loyalty/promotion_offers.html", context)


def _page(
    request: Request, found: Promotion | None, draft: drafts.Draft, faults: list[Fault] | None = None
) -> HttpResponse:
    context = (
        _parts(request, draft, faults) | _checked(request, draft) | {"promotion": found, "refused": faults}
    )
    return render(request, "loyalty/promotion_editor.html", context, status=422 if faults else 200)


def _parts(request: Request, draft: drafts.Draft, faults: list[Fault] | None = None) -> dict[str, Any]:
    sheet = Sheet(draft, faults or [])
    return {"sheet": sheet, "draft": draft, "sentence": _checked(request, draft)["sentence"]}


def _checked(request: Request, draft: drafts.Draft) -> dict[str, Any]:
    written, faults = queries.promotion_faults(drafts.to_definition(draft), request.actor)
    sentence = sentences.sentence(written, queries.said([written])) if written else ""
    return {"sentence": sentence, "faults": links(faults)}
