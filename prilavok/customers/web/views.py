"""The customer's card and its panels."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers import ports, queries, rules
from prilavok.customers.models import Channel, Profile
from prilavok.customers.queries import Sheet
from prilavok.customers.queries.telling import Narrowing
from prilavok.customers.web.forms import TimelineForm
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.web import Request, needs

HEADLINE = 6  # indicators that stand at the left; the tab has them all


@require_GET
@needs("customers.see")
def card(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    if sheet.profile.public_id != public_id:  # merged: the old address leads to who it turned out to be
        return HttpResponseRedirect(reverse("customers:card", args=[sheet.profile.public_id]))
    open_ = any(not contact.masked for contact in sheet.contacts)
    company_actions.note_look(
        profile_id=sheet.profile.pk, what="contacts" if open_ else "card", by=request.actor, at=clock.now()
    )
    tab = request.GET.get("tab", "timeline")
    indicators = queries.indicators(sheet, request.actor)
    context = who(sheet, request.actor) | {
        "panels": panels(request),
        "tab": tab,
        "indicators": indicators,
        "headline": indicators[:HEADLINE],
    }
    if tab == "timeline":
        context |= _timeline(request, sheet)
    return render(request, "customers/card.html", context)


def sheet_of(request: Request, public_id: UUID) -> Sheet:
    """The customer, or the page that says there is none (or none that this actor may see)."""
    try:
        return queries.sheet(public_id, request.actor)
    except Profile.DoesNotExist as missing:
        raise Http404 from missing


def who(sheet: Sheet, by: Actor) -> dict[str, Any]:
    """What the left side of the card shows."""
    birth_date = sheet.profile.person.birth_date
    today = company.today()
    age = rules.age(birth_date, today) if birth_date else None
    return {
        "sheet": sheet,
        "profile": sheet.profile,
        "person": sheet.profile.person,
        "age": age,
        "alerts": sheet.standing(today),
        "own": queries.shown_own([sheet.profile.own], by, sheet.profile.person.kind)[0].values(),
        "reach": [(channel, sheet.reach(channel)) for channel in Channel],
    }


def panels(request: Request) -> list[ports.Panel]:
    return [panel for panel in ports.panels.items() if request.actor.may(panel.permission)]


@require_GET
@needs("customers.see")
def timeline(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    return render(request, "customers/timeline.html", {"profile": sheet.profile} | _timeline(request, sheet))


def _timeline(request: Request, sheet: Sheet) -> dict[str, Any]:
    form = TimelineForm(request.GET)
    wanted = Narrowing(**form.wanted())
    story = queries.story(sheet.kin, request.actor, wanted=wanted, before=request.GET.get("after"))
    told = {name: request.GET.get(name, "") for name in ("text", "since", "until")}
    narrowing = urlencode({name: value for name, value in told.items() if value})
    return {
        "story": story,
        "groups": tuple(queries.groups(request.actor).items()),
        "group": wanted.group,
        "told": told,
        "narrowing": narrowing,
        "narrowed": bool(narrowing),
    }


@require_GET
@needs("customers.see")
def why(request: Request, public_id: UUID, event_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    reasons = queries.reasons(event_id, sheet.kin, request.actor)
    return render(request, "customers/why.html", {"profile": sheet.profile, "reasons": reasons})


@require_GET
@needs("customers.see")
def indicators(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    context = {
        "profile": sheet.profile,
        "indicators": queries.indicators(sheet, request.actor, all_of_them=True),
        "at": clock.now(),
    }
    return render(request, "customers/indicators.html", context)


@require_GET
@needs("company.see_looks")
def looks(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    found = company.looks(request.actor, profile_id=sheet.profile.pk)
    page = paging.keyset(found, order=("-at", "-id"), after=request.GET.get("after"))
    names = company.employee_names(
        {look.actor_id or 0 for look in page.items if look.actor_kind == "employee"}
    )
    rows = [(look, names.get(look.actor_id or 0, look.actor_kind)) for look in page.items]
    return render(
        request, "customers/looks.html", {"profile": sheet.profile, "rows": rows, "more": page.next}
    )
