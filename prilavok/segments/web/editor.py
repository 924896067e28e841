"""The editor: the form is the state; every click sends it, every answer draws it again with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import queries as customers
from prilavok.facts.found import Found, listed
from prilavok.facts.schema import registry
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.segments import actions, queries, reckoning, sentences, vocabulary
from prilavok.segments.conditions import EVERYBODY
from prilavok.segments.models import Kind, Segment
from prilavok.segments.problems import BadCondition
from prilavok.segments.reckoning import Count
from prilavok.segments.web import drafts, rows
from prilavok.ui.toasts import toast


@require_GET
@needs("segments.edit")
def new(request: Request) -> HttpResponse:
    draft = drafts.blank()
    if what := request.GET.get("add"):  # such as trait:email_ok, to begin from another page
        draft["items"].append(drafts.new_row(what))
    if cell := request.GET.get("cell"):
        draft["items"].append({"trait": "rfm_cell", "op": "in", "value": [cell]})
    return _page(request, None, draft, {"name": request.GET.get("name", ""), "kind": Kind.DYNAMIC})


@require_GET
@needs("segments.edit")
def edit(request: Request, public_id: UUID) -> HttpResponse:
    segment = queries.get(public_id, request.actor)
    tree = segment.current.tree if segment.current else {"all": []}
    typed = {"name": segment.name, "kind": segment.kind, "note": segment.note, "folder": segment.folder}
    typed["tags"] = ", ".join(segment.tags)
    return _page(request, segment, drafts.from_tree(tree), typed)


@require_POST
@needs("segments.edit")
def save(request: Request, public_id: UUID | None = None) -> HttpResponse:
    segment = queries.get(public_id, request.actor) if public_id else None
    draft = drafts.blank() if segment and segment.is_list else drafts.from_post(request.POST)
    try:
        saved = _save(request, segment, _tree(segment, draft))
    except Problem as problem:
        typed = {key: request.POST.get(key, "") for key in ("name", "kind", "note", "folder", "tags")}
        return _page(request, segment, draft, typed, problem)
    toast(request, _("The segment is saved"))
    return HttpResponseRedirect(reverse("segments:segment", args=[saved.public_id]))


def _tree(segment: Segment | None, draft: drafts.Draft) -> dict[str, Any]:
    """The conditions as the form has them; a list has none there, and stays a list."""
    if segment and segment.is_list and segment.current:
        return dict(segment.current.tree)
    return drafts.to_tree(draft)


class NoName(Problem):
    code = "name_missing"


def _save(request: Request, segment: Segment | None, tree: dict[str, Any]) -> Segment:
    name = request.POST.get("name", "").strip()
    if not name:
        raise NoName(_("Give the segment a name."), field="name")
    words = {
        "name": name,
        "note": request.POST.get("note", ""),
        "folder": request.POST.get("folder", "").strip(),
        "tags": request.POST.get("tags", "").split(","),
    }
    given: dict[str, Any] = {**words, "tree": tree, "by": request.actor, "at": clock.now()}
    if segment:
        return actions.change(segment_id=segment.pk, **given)
    return actions.create(kind=request.POST.get("kind", Kind.DYNAMIC), **given)


@require_POST
@needs("segments.see")
def change(request: Request) -> HttpResponse:
    """The rows after a click: something was added, taken away, chosen."""
    before = drafts.from_post(request.POST)
    taken = drafts.removed(before, request.POST)
    draft = drafts.changed(before, request.POST)
    context = _rows(request, draft, _segment_of(request))
    if taken:
        context |= {"undo": drafts.sealed(taken), "taken": _sentence(taken[1])[0]}
    return render(request, "segments/conditions.html", context)


@require_POST
@needs("segments.see")
def count(request: Request) -> HttpResponse:
    """How many people that makes now, and the conditions in words: of a large base first about, then exactly."""
    draft = drafts.from_post(request.POST)
    exactly = "exactly" in request.GET
    context = _consequences(request, draft, _segment_of(request), exactly)
    return render(request, "segments/consequences.html", context)


@require_GET
@needs("segments.see")
def pick(request: Request) -> HttpResponse:
    """What a picker offers for the letters typed in it: values, or conditions to add."""
    place, key = request.GET.get("place", ""), request.GET.get("key", "")
    text, after = request.GET.get("q", ""), request.GET.get("after")
    if request.GET.get("what") == "add":
        found = listed(rows.conditions_found(request.actor, text), after)
        return _offered(request, found, f"add:{place}", f"{place}.add.q")
    try:
        picker = rows.picker_of(request.GET.get("what", ""), request.GET.get("of", ""), key, request.actor)
    except KeyError:
        return HttpResponseBadRequest()
    found = vocabulary.found(picker, request.actor, text, after)
    return _offered(request, found, f"pick:{place}:{key}", "")


def _offered(request: Request, found: Found, verb: str, then: str) -> HttpResponse:
    """`then`: what has the focus when one of them was taken; empty for what was taken itself."""
    change = (
        "segments:indicator_change" if request.GET.get("for") == "indicator" else "segments:editor_change"
    )
    further = request.GET.copy()
    further["after"] = found.next or ""
    context = {"found": found, "verb": verb, "then": then, "change": reverse(change)}
    context |= {"place": request.GET.get("place", ""), "key": request.GET.get("key", "")}
    context["further"] = further.urlencode() if found.next else ""
    return render(request, "segments/picker.html", context)


def _segment_of(request: Request) -> Segment | None:
    key = request.POST.get("segment")
    with drafts.of_our_form():
        return queries.get(UUID(key), request.actor) if key else None


def _page(
    request: Request,
    segment: Segment | None,
    draft: drafts.Draft,
    typed: dict[str, Any],
    problem: Problem | None = None,
) -> HttpResponse:
    context = _rows(request, draft, segment) | {"segment": segment, "typed": typed, "problem": problem}
    context |= {
        "kinds": Kind.choices,
        "folders": queries.folders(request.actor),
        "sentence": str(sentences.A_LIST) if segment and segment.is_list else _sentence(draft)[0],
    }
    if segment and segment.is_list:
        context["listed"] = queries.told_of_list(segment, request.actor)
    return render(request, "segments/editor.html", context, status=422 if problem else 200)


def _rows(request: Request, draft: drafts.Draft, segment: Segment | None) -> dict[str, Any]:
    others = rows.other_segments(request.actor, segment.pk if segment else None)
    return {
        "top": rows.shown(draft, request.actor),
        "offers": list(rows.offers(request.actor)),
        "groups": rows.GROUPS,
        "windows": rows.WINDOWS,
        "segments": others,
        "segment": segment,
        "swapped": request.method == "POST",
        "sentence": _sentence(draft)[0],
    }


def _sentence(draft: drafts.Draft) -> tuple[str, BadCondition | None]:
    try:
        return sentences.told(reckoning.read(drafts.to_tree(draft))), None
    except BadCondition as problem:
        return "", problem


@dataclass(frozen=True)
class Figures:
    """What the right side tells: the people, how many of them may be written to, some of them by name."""

    count: Count
    reachable: int | None
    some: list[Any]

    @property
    def share(self) -> float:
        return self.count.people / self.count.base if self.count.base else 0.0


def _consequences(
    request: Request, draft: drafts.Draft, segment: Segment | None, exactly: bool
) -> dict[str, Any]:
    sentence, problem = _sentence(draft)
    if problem:
        return {"problem": problem, "row": _place(problem), "unfinished": bool(draft["items"])}
    try:
        figures = _figures(request, drafts.to_tree(draft), segment, exactly)
    except Problem as trouble:
        return {"problem": trouble, "sentence": sentence}
    node = reckoning.read(drafts.to_tree(draft))
    return {
        "figures": figures,
        "sentence": sentence,
        "everybody": node == EVERYBODY,
        "remarks": [
            (one.text, [_row_of(place) for place in one.places])
            for one in reckoning.remarks(node, at=clock.now())
        ],
    }


def _figures(request: Request, tree: dict[str, Any], segment: Segment | None, exactly: bool) -> Figures:
    itself, at = (segment.public_id if segment else None), clock.now()
    counted = None if exactly else queries.estimate(tree, request.actor, at=at, itself=itself)
    counted = counted or queries.count(tree, request.actor, at=at, itself=itself)
    reachable = None
    if counted.exact and "email_ok" in registry().traits:
        both = {"all": [tree, {"trait": "email_ok", "is": True}]}
        reachable = queries.count(both, request.actor, at=at, itself=itself).people
    some = customers.short(counted.some, request.actor) if request.actor.may("customers.see") else {}
    return Figures(counted, reachable, [some[one] for one in counted.some if one in some])


def _place(problem: BadCondition) -> str:
    return _row_of(problem.field or "")


def _row_of(place: str) -> str:
    """The row that a place in the tree means: `0.not.1` is c_0_1."""
    return "c" + "".join(f"_{part}" for part in place.split(".") if part and part != "not")
