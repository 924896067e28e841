"""Schemes of RFM: the list, and the editor in which every change shows how many would fall where."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import queries as company
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.segments import names, rules
from prilavok.segments.models import RfmScheme
from prilavok.segments.problems import BadScheme
from prilavok.segments.rfm import asking, schemes
from prilavok.segments.rules import Layout
from prilavok.segments.web.rfm import framed
from prilavok.ui.toasts import toast

Draft = dict[str, Any]
MOST = 36  # groups: one for each place of the largest map
RUNS = 30


@require_GET
@needs("segments.see")
def listed(request: Request) -> HttpResponse:
    archived = request.GET.get("archived") == "1"
    found = asking.all_schemes(request.actor).filter(archived_at__isnull=not archived)
    rows = [(one, one.layout, asking.last_run(one)) for one in found]
    context = framed(request, asking.scheme(request.actor), "schemes") | {"rows": rows, "archived": archived}
    return render(request, "segments/rfm_schemes.html", context)


@require_GET
@needs("segments.edit")
def new(request: Request) -> HttpResponse:
    return _page(request, None, drawn(Layout(), {"name": "", "brand": ""}))


@require_GET
@needs("segments.edit")
def edit(request: Request, public_id: UUID) -> HttpResponse:
    one = _get(request, public_id)
    return _page(request, one, drawn(one.layout, {"name": one.name, "brand": one.brand_id or ""}))


@require_POST
@needs("segments.edit")
def save(request: Request, public_id: UUID | None = None) -> HttpResponse:
    one = _get(request, public_id) if public_id else None
    draft = from_post(request.POST)
    try:
        given: dict[str, Any] = {
            "name": draft["name"],
            "told": told(draft),
            "by": request.actor,
            "at": clock.now(),
        }
        if one:
            schemes.change(scheme_id=one.pk, **given)
        else:
            one = schemes.create(brand_id=_brand(request, draft), **given)
    except Problem as problem:
        return _page(request, one, draft, problem)
    toast(request, _("The scheme is saved; it is reckoned within a few minutes"))
    return HttpResponseRedirect(reverse("segments:rfm_schemes"))


@require_POST
@needs("segments.edit")
def tried(request: Request) -> HttpResponse:
    """The form after a change, with how many would stand where."""
    draft = changed(from_post(request.POST), request.POST)
    context = _context(request, None, draft) | {"swapped": True}
    return render(request, "segments/rfm_scheme_parts.html", context | _counted(request, draft))


@require_POST
@needs("segments.edit")
def make_main(request: Request, public_id: UUID) -> HttpResponse:
    one = schemes.make_main(scheme_id=_get(request, public_id).pk, by=request.actor, at=clock.now())
    toast(request, _("“%(name)s” is the main scheme now") % {"name": one.title})
    return HttpResponseRedirect(reverse("segments:rfm_schemes"))


@require_POST
@needs("segments.edit")
def archive(request: Request, public_id: UUID) -> HttpResponse:
    try:
        schemes.archive(scheme_id=_get(request, public_id).pk, by=request.actor, at=clock.now())
        toast(
            request,
            _("The scheme is archived"),
            undo=reverse("segments:rfm_scheme_restore", args=[public_id]),
        )
    except Problem as problem:
        toast(request, str(problem))
    return HttpResponseRedirect(reverse("segments:rfm_schemes"))


@require_POST
@needs("segments.edit")
def restore(request: Request, public_id: UUID) -> HttpResponse:
    schemes.restore(scheme_id=_get(request, public_id).pk, by=request.actor, at=clock.now())
    toast(request, _("The scheme is back"))
    return HttpResponseRedirect(reverse("segments:rfm_schemes"))


def _get(request: Request, public_id: UUID) -> RfmScheme:
    try:
        return asking.scheme(request.actor, public_id)
    except RfmScheme.DoesNotExist:
        raise Http404 from None


def _brand(request: Request, draft: Draft) -> int | None:
    """The brand chosen, of those that the actor may see. Raises BadScheme."""
    if not draft["brand"]:
        return None
    known = (
        company.brands(request.actor).filter(pk=draft["brand"]).first()
        if draft["brand"].isdecimal()
        else None
    )
    if known is None:
        raise BadScheme(BadScheme.NO_BRAND, field="brand")
    return known.pk


def _page(
    request: Request, one: RfmScheme | None, draft: Draft, problem: Problem | None = None
) -> HttpResponse:
    context = _context(request, one, draft) | {"problem": problem}
    if one:
        context["runs"] = asking.runs(request.actor, one)[:RUNS]
    return render(request, "segments/rfm_scheme.html", context, status=422 if problem else 200)


def _context(request: Request, one: RfmScheme | None, draft: Draft) -> dict[str, Any]:
    return {
        "one": one,
        "draft": draft,
        "brands": company.brands(request.actor),
        "bands": rules.BANDS,
        "colours": names.COLOURS.items(),
        "placed": [group for group in draft["groups"] if group["key"] not in rules.ALONE],
        "full": len(draft["groups"]) >= MOST,
    }


def _counted(request: Request, draft: Draft) -> dict[str, Any]:
    """How many would stand in each place and group, or why that cannot be told."""
    try:
        brand = _brand(request, draft)
        layout, found = schemes.preview(told(draft), brand, request.actor, at=clock.now())
    except Problem as problem:
        return {"problem": problem}
    for row in draft["rows"]:
        for place in row["places"]:
            place["people"] = sum(one.people for one in found if (one.r, one.f) == (row["r"], place["f"]))
    by_group = Counter[str]()
    for one in found:
        by_group[one.key] += one.people
    groups = [(names.of(layout, group.key), group.colour, by_group[group.key]) for group in layout.groups]
    return {"counted": groups, "everybody": sum(by_group.values()), "at": clock.now()}


# ── The form ─────────────────────────────────────────────────────────────────────────────────────────────


def drawn(layout: Layout, typed: dict[str, Any]) -> Draft:
    """The form of a layout."""
    axes = {
        axis: {
            "bands": getattr(layout, axis).bands,
            "limits": " ".join(_told(one) for one in getattr(layout, axis).limits),
        }
        for axis in "rfm"
    }
    groups = [
        {
            "key": group.key,
            "name": group.name,
            "usual": str(names.of(layout, group.key)),
            "advice": group.advice,
            "colour": group.colour,
            "silent": group.silent,
            "alone": group.key in rules.ALONE,
        }
        for group in layout.groups
    ]
    return _laid({**typed, "days": layout.days, **axes, "groups": groups, "grid": layout.grid})


def _told(limit: Any) -> str:
    text = format(limit.normalize(), "f")
    return text


def _laid(draft: Draft) -> Draft:
    """With the map as rows from the best recency down, and the places of each from the least frequency."""
    grid = draft["grid"]
    draft["rows"] = [
        {"r": r, "places": [{"f": f, "key": key} for f, key in enumerate(grid[r - 1], start=1)]}
        for r in range(len(grid), 0, -1)
    ]
    draft["columns"] = range(1, len(grid[0]) + 1)
    return draft


def from_post(post: QueryDict) -> Draft:
    """The form as it was sent; what is no form of ours falls back to a scheme that nobody has changed."""
    usual = drawn(Layout(), {})
    groups = [_group(post, key) for key in post.getlist("group")[:MOST]] or usual["groups"]
    size = [_size(post.get(f"{axis}_was", "")) for axis in "rf"]
    grid = tuple(
        tuple(post.get(f"cell-{r}-{f}", "") for f in range(1, size[1] + 1)) for r in range(1, size[0] + 1)
    )
    axes = {
        axis: {
            "bands": _size(post.get(f"{axis}_bands", "")),
            "limits": post.get(f"{axis}_limits", "").strip(),
        }
        for axis in "rfm"
    }
    words = {
        "name": post.get("name", ""),
        "brand": post.get("brand", ""),
        "days": post.get("days", "").strip(),
    }
    return _laid({**words, **axes, "groups": groups, "grid": grid})


def _size(text: str) -> int:
    return int(text) if text.isdecimal() and int(text) in rules.BANDS else 5


def _group(post: QueryDict, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "name": post.get(f"name-{key}", ""),
        "usual": str(names.CELLS.get(key, "")),
        "advice": post.get(f"advice-{key}", ""),
        "colour": post.get(f"colour-{key}", "soft"),
        "silent": post.get(f"silent-{key}") == "on",
        "alone": key in rules.ALONE,
    }


def changed(draft: Draft, post: QueryDict) -> Draft:
    """The form after a click: a group more or less, other numbers of bands."""
    groups, do = draft["groups"], post.get("do", "")
    if do == "add" and len(groups) < MOST:
        number = next(n for n in range(1, MOST + 2) if f"g{n}" not in {group["key"] for group in groups})
        key = f"g{number}"
        fresh = _group(post, key) | {"name": _("Group %(n)d") % {"n": number}}
        groups = [
            *(one for one in groups if not one["alone"]),
            fresh,
            *(one for one in groups if one["alone"]),
        ]
    elif do.startswith("remove:") and sum(not one["alone"] for one in groups) > 1:
        groups = [one for one in groups if one["alone"] or one["key"] != do.removeprefix("remove:")]
    known = [group["key"] for group in groups if not group["alone"]]
    grid = rules.laid_over(draft["grid"], draft["r"]["bands"], draft["f"]["bands"])
    grid = tuple(tuple(key if key in known else known[0] for key in row) for row in grid)
    return _laid({**draft, "groups": groups, "grid": grid})


def told(draft: Draft) -> dict[str, Any]:
    """The form as `rules.layout` reads a scheme."""
    axes = {
        axis: {"bands": draft[axis]["bands"], "limits": _limits(axis, draft[axis]["limits"])}
        for axis in "rfm"
    }
    return {"days": draft["days"], **axes, "groups": draft["groups"], "grid": draft["grid"]}


def _limits(axis: str, text: str) -> list[str]:
    """Limits as typed, apart by spaces or semicolons; whole ones also by commas.

    >>> _limits("r", "30, 60,90"), _limits("m", "1000; 2500,50")
    (['30', '60', '90'], ['1000', '2500.50'])
    """
    apart = r"[;\s]+|,\s+" if axis == "m" else r"[;,\s]+"
    return [one.replace(",", ".") for one in re.split(apart, text) if one]
