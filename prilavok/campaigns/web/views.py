"""Campaigns: the list, one campaign with its books, the people behind each figure, campaigns of the past."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from prilavok.campaigns import actions, queries, rules
from prilavok.campaigns.models import Campaign
from prilavok.campaigns.web import tables, words
from prilavok.company import actions as company
from prilavok.customers import actions as customer_actions
from prilavok.customers import queries as customers
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel import clock, paging
from prilavok.kernel import tables as files
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import queries as loyalty
from prilavok.messaging import queries as messaging
from prilavok.ui.toasts import toast

if TYPE_CHECKING:
    from prilavok.loyalty.models import Award

WAITING = 10  # drafts whose points may be approved, above the list


@require_GET
@needs("campaigns.see")
def campaigns(request: Request) -> HttpResponse:
    found = queries.campaigns(request.actor)
    past = request.GET.get("past") == "1"
    found = found.filter(legacy=past)
    if past:
        found = found.annotate(written_to=Count("targets"))
    if text := request.GET.get("q", "").strip():
        found = found.filter(name__icontains=text)
    total = found.count()
    page = paging.keyset(found, order=("-made_at", "-id"), after=request.GET.get("after"))
    table = tables.PastTable(page.items, more=page.next) if past else _own(page.items, page.next)
    waiting = [] if past else list(queries.points_waiting(request.actor)[:WAITING])
    context = {"table": table, "rows": page.items, "past": past, "total": total, "waiting": waiting}
    return render(request, "campaigns/list.html", context)


def _own(rows: list[Campaign], more: str | None) -> tables.CampaignTable:
    for one in rows:
        one.shown_at = one.started_at or one.start_at  # type: ignore[attr-defined]
    return tables.CampaignTable(rows, people=queries.books_of(rows), more=more)


def found(request: Request, public_id: UUID) -> Campaign:
    """The campaign, or the page that says there is none."""
    try:
        return queries.get(public_id, request.actor)
    except Campaign.DoesNotExist as missing:
        raise Http404 from missing


@require_GET
@needs("campaigns.see")
def campaign(request: Request, public_id: UUID) -> HttpResponse:
    one = found(request, public_id)
    if one.legacy:
        return HttpResponseRedirect(reverse("campaigns:past", args=[one.public_id]))
    if one.state == Campaign.State.DRAFT:
        step = (
            _next_step(one)
            if request.actor.may("campaigns.edit") or one.points is None
            else "campaigns:approval"
        )
        return HttpResponseRedirect(reverse(step, args=[one.public_id]))
    return render(request, "campaigns/campaign.html", _card(one))


def _next_step(one: Campaign) -> str:
    if one.segment_id is None:
        return "campaigns:whom"
    return "campaigns:what" if one.template_id is None else "campaigns:when"


def _card(one: Campaign) -> dict[str, Any]:
    mailing = messaging.mailing_of(one.owner)
    books = queries.books(one)
    reading = messaging.reading(mailing.pk) if mailing else None
    left = messaging.unsubscribed(mailing.pk) if mailing else 0
    return {
        "campaign": one,
        "kind": tables.STATE_KINDS[one.state],
        "books": books,
        "figures": words.figures(one, books),
        "suppressed": words.reasons(books.suppressed),
        "reading": reading,
        "opened_share": rules.rate(reading.opened, books.delivered) if reading else None,
        "clicked_share": rules.rate(reading.clicked, books.delivered) if reading else None,
        "unsubscribed": left,
        "unsubscribed_share": rules.rate(left, books.delivered),
        "given": queries.points_given(one, at=clock.now()),
        "experiment": queries.experiment_of(one),
        "now": clock.now(),
    }


@require_GET
@needs("campaigns.see")
def progress(request: Request, public_id: UUID) -> HttpResponse:
    """The part of the page that changes while letters leave; once `?state=` is over, the whole page comes anew."""
    one = found(request, public_id)
    answer = render(request, "campaigns/progress.html", _card(one))
    if request.GET.get("state", one.state) != one.state:
        answer["HX-Refresh"] = "true"
    return answer


@require_GET
@needs("campaigns.see")
def people(request: Request, public_id: UUID, figure: str) -> HttpResponse:
    """The list of people behind a figure of the books, by name."""
    if figure not in rules.FIGURES:
        raise Http404
    one, reason = found(request, public_id), request.GET.get("reason", "")
    after = request.GET.get("after", "")
    rows = queries.people(
        one,
        request.actor,
        figure=figure,
        reason=reason,
        after=int(after) if after.isdecimal() else 0,
        size=51,
    )
    more = str(rows[49].id) if len(rows) > 50 else None
    named = customers.short([row.profile_id for row in rows[:50]], request.actor)
    customer_actions.note_contacts(named, by=request.actor, at=clock.now())
    context = {
        "campaign": one,
        "lines": [words.line(row, named.get(row.profile_id)) for row in rows[:50]],
        "total": queries.books(one).count(figure, reason),
        "mixed": figure == "planned",
        "reasoned": figure not in ("delivered", "control", "waiting"),
        "written": figure not in ("control", "waiting"),
    }
    named_figure = {"figure": words.FIGURES[figure], "reason": words.reason(reason), "more": more}
    return render(request, "campaigns/people.html", context | named_figure)


@require_GET
@needs("campaigns.see", "loyalty.see")
def given(request: Request, public_id: UUID) -> HttpResponse:
    """To whom its points were given, when, and how many."""
    one = found(request, public_id)
    awards = loyalty.awards_of(one.owner, request.actor)
    page = paging.keyset(awards, order=("profile_id",), after=request.GET.get("after"))
    named = customers.short([row.profile_id for row in page.items], request.actor)
    customer_actions.note_contacts(named, by=request.actor, at=clock.now())
    context = {
        "campaign": one,
        "lines": [(row, named.get(row.profile_id)) for row in page.items],
        "total": awards.count(),
        "more": page.next,
    }
    return render(request, "campaigns/given.html", context)


@require_GET
@needs("campaigns.see", "loyalty.see", "customers.export")
def given_file(request: Request, public_id: UUID) -> HttpResponse:
    """The same as a file: those whom the reader may see, contacts masked as everywhere."""
    one = found(request, public_id)
    awards = loyalty.awards_of(one.owner, request.actor)
    company.note_look(profile_id=None, what="export", rows=awards.count(), by=request.actor, at=clock.now())
    header = [_("Customer"), _("E-mail"), _("Phone"), _("Points"), pgettext("when", "Given"), _("Number")]
    answer = StreamingHttpResponse(
        files.csv_chunks(header, _given_rows(awards, request)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="points-{one.public_id}.csv"'},
    )
    return cast(HttpResponse, answer)


def _given_rows(awards: QuerySet[Award], request: Request) -> Iterator[tuple[files.Cell, ...]]:
    after = None
    while True:
        page = paging.keyset(awards, order=("profile_id",), after=after, size=1_000)
        named = customers.short([row.profile_id for row in page.items], request.actor)
        for row in page.items:
            if who := named.get(row.profile_id):
                yield who.name, who.email, who.phone, row.points, row.given_at, str(who.public_id)
        after = page.next
        if after is None:
            return


@require_GET
@needs("campaigns.see")
def readers(request: Request, public_id: UUID, what: str) -> HttpResponse:
    """Who opened or followed a link, people and machines apart."""
    if what not in ("open", "click", "open_machine", "click_machine"):
        raise Http404
    one = found(request, public_id)
    mailing = messaging.mailing_of(one.owner)
    if mailing is None:
        raise Http404
    touched = messaging.messages_in(mailing.pk, request.actor, touched=what)
    page = paging.keyset(touched, order=("id",), after=request.GET.get("after"))
    named = customers.short([row.profile_id for row in page.items], request.actor)
    customer_actions.note_contacts(named, by=request.actor, at=clock.now())
    lines = [(row, named.get(row.profile_id)) for row in page.items]
    context = {"campaign": one, "lines": lines, "title": words.READERS[what], "more": page.next}
    return render(request, "campaigns/readers.html", context)


@require_GET
@needs("campaigns.see")
def past(request: Request, public_id: UUID) -> HttpResponse:
    """A campaign without a control group: what a naive report claims, and why that proves nothing."""
    one = found(request, public_id)
    return render(request, "campaigns/past.html", {"campaign": one, "targets": one.targets.count()})


@require_GET
@needs("campaigns.see")
def naive(request: Request, public_id: UUID) -> HttpResponse:
    """The reckoning of a past campaign, which takes a moment."""
    one = found(request, public_id)
    trouble, report = "", None
    try:
        report = queries.naive_of(one, request.actor)
    except (FactsDown, FactsBusy, TooHeavy) as problem:
        trouble = str(problem)
    return render(request, "campaigns/naive.html", {"campaign": one, "report": report, "trouble": trouble})


# ── Verbs ────────────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@needs("campaigns.edit")
def turn(request: Request, public_id: UUID, verb: str) -> HttpResponse:
    """Hold, let go on, stop, take back: whatever the campaign's state allows."""
    verbs = {
        "pause": actions.pause,
        "resume": actions.resume,
        "cancel": actions.cancel,
        "unschedule": actions.unschedule,
        "remove": actions.remove,
        "restore": actions.restore,
    }
    one = found(request, public_id)
    if verb not in verbs:
        raise Http404
    try:
        verbs[verb](campaign_id=one.pk, by=request.actor, at=clock.now())
        undo = reverse("campaigns:turn", args=[public_id, "restore"]) if verb == "remove" else ""
        toast(request, words.DONE[verb], undo=undo)
    except Problem as problem:
        toast(request, str(problem), bad=True)
    target = (
        reverse("campaigns:list") if verb == "remove" else reverse("campaigns:campaign", args=[public_id])
    )
    return HttpResponseRedirect(target)


@require_POST
@needs("campaigns.edit")
def copies(request: Request, public_id: UUID) -> HttpResponse:
    one = found(request, public_id)
    name = _("%(name)s, again") % {"name": one.name}
    made = actions.copy(campaign_id=one.pk, name=name, by=request.actor, at=clock.now())
    return HttpResponseRedirect(reverse("campaigns:whom", args=[made.public_id]))
