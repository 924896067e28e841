"""Lists of segments and of their people; the panel on a customer's card."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import queries as company
from prilavok.customers import actions as customer_actions
from prilavok.customers import queries as customers
from prilavok.facts import queries as facts
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.segments import actions, queries, reckoning, sentences
from prilavok.segments.models import Cause, Membership, Segment
from prilavok.segments.problems import BadCondition
from prilavok.segments.rfm import asking
from prilavok.segments.web import forms, tables
from prilavok.ui.toasts import toast


@require_GET
@needs("segments.see")
def segments(request: Request) -> HttpResponse:
    filters = forms.Filters(
        request.GET, folders=queries.folders(request.actor), tags=queries.tags(request.actor)
    )
    found = filters.narrow(queries.segments(request.actor))
    page = paging.keyset(found, order=("-changed_at", "-id"), after=request.GET.get("after"))
    names = company.employee_names({one.made_by for one in page.items if one.made_by})
    sizes = queries.sizes(page.items, request.actor)
    rows = [tables.line(one, _told(one), names, sizes[one.pk]) for one in page.items]
    context = {"table": tables.Segments(rows, more=page.next), "rows": rows, "filter": filters}
    context["own_shops"] = not request.actor.is_everywhere
    return render(request, "segments/list.html", context)


def _told(segment: Segment) -> str:
    if segment.is_list:
        return str(sentences.A_LIST)
    try:
        return sentences.told(reckoning.read(segment.current.tree)) if segment.current else ""
    except BadCondition as problem:
        return str(problem)


@require_GET
@needs("segments.see")
def segment(request: Request, public_id: UUID) -> HttpResponse:
    one = queries.get(public_id, request.actor)
    when = forms.When(request.GET)
    stays = when.narrow(queries.history(one.pk, request.actor))
    page = paging.keyset(
        stays, order=("-until", "-id") if when.gone else ("-since", "-id"), after=request.GET.get("after")
    )
    rows = people(one, page.items, request)
    context = {"segment": one, "sentence": _told(one), "when": when, "rows": rows}
    context |= {"table": tables.Stays(rows, gone=when.past, more=page.next), "uses": queries.uses(one.pk)}
    context |= {"size": queries.sizes([one], request.actor)[one.pk]}
    context |= {"own_shops": not request.actor.is_everywhere}
    context |= _lines(one, request)
    return render(request, "segments/segment.html", context | _versions(one))


def _lines(one: Segment, request: Request) -> dict[str, int]:
    """Of an uploaded list: how many lines wait to be recognised, by how many nobody was found."""
    if one.is_dynamic:
        return {}
    unknown = queries.unknown_lines(one.pk, request.actor).count()
    return {"lines_waiting": queries.lines_waiting(one.pk), "lines_unknown": unknown}


def people(one: Segment, stays: list[Membership], request: Request) -> list[tables.StayLine]:
    known = customers.short([stay.profile_id for stay in stays], request.actor)
    customer_actions.note_contacts(known, by=request.actor, at=clock.now())
    return [tables.stay_line(one, stay, known[stay.profile_id]) for stay in stays if stay.profile_id in known]


def _versions(one: Segment) -> dict[str, Any]:
    found = list(one.versions.order_by("-number")[:20])
    names = company.employee_names({version.by for version in found if version.by})
    told = []
    for version in found:
        try:
            words = str(sentences.A_LIST) if one.is_list else sentences.told(reckoning.read(version.tree))
        except BadCondition as problem:
            words = str(problem)
        told.append((version, words, names.get(version.by or 0, "")))
    return {"versions": told}


@require_GET
@needs("segments.see")
def explain(request: Request, public_id: UUID, profile: UUID) -> HttpResponse:
    """Whether a customer is in, since when, and which condition says so."""
    one = queries.get(public_id, request.actor)
    person = customers.get(profile, request.actor)
    kin = customers.kin(person.pk)
    stay = queries.history(one.pk, request.actor).filter(profile__in=kin).order_by("-since").first()
    context: dict[str, Any] = {
        "segment": one,
        "stay": stay,
        "who": customers.short([person.pk], request.actor)[person.pk],
        "turns": _turns(one, kin, request.actor),
        "as_of": facts.as_of(),
        "author": company.employee_names({one.made_by}).get(one.made_by, "") if one.made_by else "",
    }
    try:
        verdict = queries.explain(one.pk, person.pk, request.actor, at=clock.now())
        names = sentences.segment_names(reckoning.read(one.current.tree)) if one.current else {}
        context |= {
            "verdict": verdict,
            "said": [(sentences.leaf_told(leaf, names), met) for leaf, met in verdict.conditions],
        }
    except Problem as problem:
        context["problem"] = problem
    return render(request, "segments/explain.html", context)


def _turns(one: Segment, kin: list[int], by: Actor) -> list[tuple[queries.Turn, str, list[str], list[str]]]:
    """Each coming and going: why, the event in words, the conditions in words."""
    told = []
    for turn in queries.turns(one, kin, by):
        events = customers.reasons(turn.event, kin, by)[:1] if turn.event else []
        words = [sentences.leaf_told(leaf, sentences.segment_names(leaf)) for leaf in turn.conditions]
        told.append((turn, str(Cause(turn.cause).label), [line.text for line in events], words))
    return told


@require_POST
@needs("segments.edit")
def refresh(request: Request, public_id: UUID) -> HttpResponse:
    one = queries.get(public_id, request.actor)
    try:
        moved = actions.refresh(segment_id=one.pk, by=request.actor, at=clock.now())
        toast(
            request,
            _("Refreshed: %(in)d came in, %(out)d went out") % {"in": moved.entered, "out": moved.left},
        )
    except Problem as problem:
        toast(request, str(problem))
    return HttpResponseRedirect(reverse("segments:segment", args=[public_id]))


@require_POST
@needs("segments.edit")
def copy(request: Request, public_id: UUID) -> HttpResponse:
    one = queries.get(public_id, request.actor)
    name = _("%(name)s (copy)") % {"name": one.name}
    made = actions.copy(segment_id=one.pk, name=name[:200], by=request.actor, at=clock.now())
    return HttpResponseRedirect(reverse("segments:edit", args=[made.public_id]))


@require_POST
@needs("segments.edit")
def archive(request: Request, public_id: UUID) -> HttpResponse:
    one = queries.get(public_id, request.actor)
    try:
        actions.archive(segment_id=one.pk, by=request.actor, at=clock.now())
    except Problem as problem:
        toast(request, str(problem))
        return HttpResponseRedirect(reverse("segments:segment", args=[public_id]))
    toast(request, _("The segment is archived"), undo=reverse("segments:restore", args=[public_id]))
    return HttpResponseRedirect(reverse("segments:list"))


@require_POST
@needs("segments.edit")
def restore(request: Request, public_id: UUID) -> HttpResponse:
    one = queries.get(public_id, request.actor)
    actions.restore(segment_id=one.pk, by=request.actor, at=clock.now())
    toast(request, _("The segment is back"))
    return HttpResponseRedirect(reverse("segments:segment", args=[public_id]))


@needs("segments.edit")
def from_list(request: Request) -> HttpResponse:
    form = forms.FromList(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            typed = form.cleaned_data
            loaded = actions.load_list(
                name=typed["name"], values=form.values(), by=request.actor, at=clock.now()
            )
            return HttpResponseRedirect(reverse("segments:segment", args=[loaded.segment.public_id]))
        except Problem as problem:
            form.add_error(None, str(problem))
    return render(request, "segments/from_list.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@needs("segments.see")
def unknown(request: Request, public_id: UUID) -> HttpResponse:
    """Lines of the uploaded list that nobody was found by, with their rows and reasons; as a file, too."""
    one = queries.get(public_id, request.actor)
    lines = queries.unknown_lines(one.pk, request.actor)
    if "csv" in request.GET:
        return cast(HttpResponse, tables.lines_as_csv(one, lines))
    page = paging.keyset(lines, order=("row", "id"), after=request.GET.get("after"))
    context = {"segment": one, "table": tables.Lines(page.items, more=page.next), "rows": page.items}
    return render(request, "segments/unknown.html", context | {"count": lines.count()})


@require_GET
@needs("segments.see")
def panel(request: Request, public_id: UUID) -> HttpResponse:
    """The customer's segments, each with since when and why; and their place on the RFM map."""
    profile = customers.get(public_id, request.actor)
    stays = list(queries.segments_of(customers.kin(profile.pk), request.actor))
    context = {"profile": profile, "stays": [(stay, _told(stay.segment)) for stay in stays]}
    context |= {"rfm": asking.standing(profile.pk, request.actor)}
    return render(request, "segments/panel.html", context)
