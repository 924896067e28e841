"""Panels beside the conditions: who the people are, where they overlap with other segments; looking one up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import queries as customers
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.segments import portraits, queries, reckoning
from prilavok.segments.models import Segment
from prilavok.segments.web import drafts

FOUND = 8


@require_GET
@needs("segments.see")
def of_segment(request: Request, public_id: UUID) -> HttpResponse:
    one = queries.get(public_id, request.actor)
    tree = one.current.tree if one.is_dynamic and one.current else {"segment": str(one.public_id)}
    return render(request, "segments/portrait.html", _portrait(request, tree, one))


@require_POST
@needs("segments.see")
def of_draft(request: Request) -> HttpResponse:
    draft = drafts.from_post(request.POST)
    key = request.POST.get("segment")
    with drafts.of_our_form():
        one = queries.get(UUID(key), request.actor) if key else None
    return render(request, "segments/portrait.html", _portrait(request, drafts.to_tree(draft), one))


def _portrait(request: Request, tree: Any, one: Segment | None) -> dict[str, Any]:
    try:
        node = reckoning.read(tree, request.actor)
        itself = one.public_id if one and one.is_dynamic else None
        told = portraits.portrait(node, by=request.actor, at=clock.now(), itself=itself)
        others = [each for each in told.overlaps if not one or each.segment.pk != one.pk]
        return {"portrait": told, "overlaps": others}
    except Problem as problem:
        return {"problem": problem}


@require_GET
@needs("segments.see", "customers.see")
def who(request: Request, public_id: UUID) -> HttpResponse:
    """Customers found by name, phone or card, each with whether they are in."""
    one, text = queries.get(public_id, request.actor), request.GET.get("q", "").strip()
    found = customers.page_of(customers.listed(request.actor, text), size=FOUND).items if text else []
    families = customers.families([profile.pk for profile in found])
    inside = queries.members_among(one.pk, {each for family in families.values() for each in family})
    known = customers.short(families, request.actor)
    people = [(known[key], not inside.isdisjoint(family)) for key, family in families.items() if key in known]
    return render(request, "segments/who.html", {"segment": one, "people": people, "text": text})
