"""Likely duplicates: the queue, two records side by side, merging and its undo."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import actions as company_actions
from prilavok.customers import actions, queries
from prilavok.customers.models import Candidate, Merge, Profile
from prilavok.customers.web import forms
from prilavok.customers.web.views import sheet_of
from prilavok.customers.web.words import MODES
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

FOUND = 20  # customers offered to merge with


@require_GET
@needs("customers.merge")
def duplicates(request: Request) -> HttpResponse:
    form = forms.DuplicatesFilter(request.GET)
    state = request.GET.get("state") or Candidate.State.OPEN
    found = queries.candidates(request.actor, state, request.GET.get("source", ""))
    page = paging.keyset(found, order=("-score", "-id"), after=request.GET.get("after"), size=30)
    ids = {side for one in page.items for side in (one.left_id, one.right_id)}
    known = queries.short(ids, request.actor)
    actions.note_contacts(known, by=request.actor, at=clock.now())
    rows = [
        (one, known.get(one.left_id), known.get(one.right_id), queries.reason_words(one.reasons))
        for one in page.items
    ]
    context = {
        "filter": {"form": form},
        "rows": rows,
        "more": page.next,
        "state": state,
        "waiting": queries.waiting(request.actor),
    }
    return render(request, "customers/duplicates.html", context)


@require_POST
@needs("customers.merge")
def searches(request: Request) -> HttpResponse:
    actions.ask_for_duplicates(by=request.actor, at=clock.now())
    toast(request, _("The base is being searched; the bell will tell how many pairs are new"))
    return HttpResponseRedirect(reverse("customers:duplicates"))


@needs("customers.merge")
def compare(request: Request, public_id: UUID, other: UUID) -> HttpResponse:
    """Two records side by side; a POST merges them, as the choices stand."""
    left, right = _two(request, public_id, other)
    form = forms.ModesForm(request.POST or request.GET)
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.merge(
                profile_id=left.pk,
                other_id=right.pk,
                modes=form.modes(),
                rule="review",
                evidence=_evidence(left, right),
                by=request.actor,
                at=clock.now(),
            )
        except Problem as refusal:
            problem = refusal
        else:
            survivor = queries.get(left.public_id, request.actor)
            toast(request, _("Merged"), undo=reverse("customers:unmerge", args=[made.public_id]))
            return HttpResponseRedirect(reverse("customers:card", args=[survivor.public_id]))
    return _compared(request, left, right, form, problem)


def _two(request: Request, public_id: UUID, other: UUID) -> tuple[Profile, Profile]:
    try:
        return queries.get(public_id, request.actor), queries.get(other, request.actor)
    except Profile.DoesNotExist as missing:
        raise Http404 from missing


def _pair(left: Profile, right: Profile) -> Candidate | None:
    first, second = sorted((left.pk, right.pk))
    return Candidate.objects.filter(left=first, right=second).first()


def _evidence(left: Profile, right: Profile) -> dict[str, Any]:
    pair = _pair(left, right)
    return {"reasons": pair.reasons, "score": pair.score} if pair else {}


def _compared(
    request: Request, left: Profile, right: Profile, form: forms.ModesForm, problem: Problem | None
) -> HttpResponse:
    if left == right:
        return HttpResponseRedirect(reverse("customers:card", args=[left.public_id]))
    for one in (left, right):
        company_actions.note_look(profile_id=one.pk, what="contacts", by=request.actor, at=clock.now())
    pair = _pair(left, right)
    preview = queries.preview(left.pk, right.pk, request.actor, form.modes())
    both = zip(preview.left.belongings, preview.right.belongings, strict=True)
    context = {
        "preview": preview,
        "sides": (preview.left, preview.right),
        "belongings": [(label, mine, other, mine + other) for (label, mine), (_label, other) in both],
        "pair": pair,
        "reasons": queries.reason_words(pair.reasons) if pair else [],
        "problem": problem,
        "modes": MODES,
    }
    return render(request, "customers/compare.html", context, status=422 if problem else 200)


@require_POST
@needs("customers.merge")
def verdicts(request: Request, public_id: UUID, verdict: str) -> HttpResponse:
    """`apart`: two people; `open`: undecided again. Each is the other's undo."""
    decide = {"apart": actions.decide_apart, "open": actions.reopen}.get(verdict)
    if decide is None:
        raise Http404
    decide(public_id=public_id, by=request.actor, at=clock.now())
    if verdict == "apart":
        toast(
            request,
            _("Different people: the pair will not be offered again"),
            undo=reverse("customers:verdicts", args=[public_id, "open"]),
        )
    return HttpResponseRedirect(reverse("customers:duplicates"))


@require_GET
@needs("customers.merge")
def partners(request: Request, public_id: UUID) -> HttpResponse:
    """Whom to merge this customer with: the likely ones, and whoever is searched for."""
    sheet = sheet_of(request, public_id)
    text = request.GET.get("q", "")
    found = queries.listed(request.actor, text).exclude(pk=sheet.profile.pk) if text else None
    lines = (
        queries.lines(queries.page_of(found, size=FOUND).items, request.actor) if found is not None else []
    )
    pairs = queries.pairs_of(sheet.profile.pk, request.actor)
    known = queries.short({other for _pair, other in pairs}, request.actor)
    actions.note_contacts({*known, *(line.id for line in lines)}, by=request.actor, at=clock.now())
    context = {
        "profile": sheet.profile,
        "lines": lines,
        "text": text,
        "likely": [
            (pair, known[other], queries.reason_words(pair.reasons))
            for pair, other in pairs
            if other in known
        ],
    }
    return render(request, "customers/partners.html", context)


@require_POST
@needs("customers.merge")
def unmerge(request: Request, public_id: UUID) -> HttpResponse:
    try:
        made = Merge.objects.get(public_id=public_id)
        actions.undo_merge(merge_id=made.pk, by=request.actor, at=clock.now())
        toast(request, _("They are two again; everything is with its owner"))
    except Merge.DoesNotExist as missing:
        raise Http404 from missing
    except Problem as problem:
        toast(request, str(problem), bad=True)
    winner = Profile.objects.get(person=made.winner_id)
    address = reverse("customers:card", args=[winner.public_id])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
