"""Pages of promotions: the list, one of them with its panels, what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries, sentences
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Promotion, PromotionVersion
from prilavok.loyalty.reckoning import Verdict
from prilavok.loyalty.web import promotions_tables as tables
from prilavok.loyalty.web.promotions_past import Past
from prilavok.loyalty.web.reasons import reason
from prilavok.ui import charts, formats
from prilavok.ui.toasts import toast

State = Promotion.State


@require_GET
@needs("loyalty.see")
def promotions(request: Request) -> HttpResponse:
    sort = request.GET.get("sort", "")
    sort = sort if sort in queries.SORTS else "changed"
    asked = {name: request.GET.get(name, "") for name in ("q", "state")}
    found = queries.search_promotions(request.actor, asked["q"], state=_state(asked["state"]), sort=sort)
    page = paging.keyset(found, order=queries.SORTS[sort], after=request.GET.get("after"))
    figures = queries.promotion_figures([one.pk for one in page.items], request.actor)
    waiting = queries.versions_waiting([one.pk for one in page.items])
    table = tables.PromotionTable(page.items, figures, waiting, more=page.next)
    context = {"table": table, "rows": page.items, "filter": {"form": tables.PromotionFilters(request.GET)}}
    return render(request, "loyalty/promotions.html", context)


def _state(asked: str) -> str:
    return asked if asked in {"asked", *State.values} else ""


# ── One promotion ────────────────────────────────────────────────────────────────────────────────────────


class Panel(NamedTuple):
    key: str
    label: str | Promise
    url_name: str
    permission: str = "loyalty.see"


PANELS = (
    Panel("says", gettext_lazy("What it says"), "loyalty:promotion_says"),
    Panel("try", gettext_lazy("Test bench"), "loyalty:promotion_bench"),
    Panel("uses", gettext_lazy("How it fares"), "loyalty:promotion_uses"),
    Panel("effect", gettext_lazy("What it brought"), "loyalty:promotion_effect", "experiments.see"),
    Panel("others", gettext_lazy("With others"), "loyalty:promotion_others"),
    Panel("past", gettext_lazy("On last year"), "loyalty:promotion_past"),
    Panel("versions", gettext_lazy("Versions"), "loyalty:promotion_versions"),
    Panel("turns", gettext_lazy("History"), "loyalty:promotion_turns"),
)


@require_GET
@needs("loyalty.see")
def promotion(request: Request, public_id: UUID) -> HttpResponse:
    found = promotion_of(request, public_id)
    last = queries.versions(found.pk, request.actor)[0]
    shown = found.live or last
    written = PromotionWritten.model_validate(shown.definition)
    context = {
        "promotion": found,
        "shown": shown,
        "last": last,
        "waits": last if last.waits else None,
        "differs": last.pk != shown.pk,
        "own": last.made_by == request.actor.id,
        "sentence": sentences.sentence(written, queries.said([written])),
        "figures": queries.promotion_figures([found.pk], request.actor)[found.pk],
        "author": company.employee_names([last.made_by or 0]).get(last.made_by or 0, ""),
        "panels": PANELS,
    }
    return render(request, "loyalty/promotion.html", context)


def promotion_of(request: Request, public_id: UUID) -> Promotion:
    """The promotion, or the page that says there is none."""
    try:
        return queries.get_promotion(public_id, request.actor)
    except Promotion.DoesNotExist as missing:
        raise Http404 from missing


@require_GET
@needs("loyalty.see")
def says(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «What it says»: part by part; what a version that waits would change stands beside."""
    found = promotion_of(request, public_id)
    last = queries.versions(found.pk, request.actor)[0]
    context = {"promotion": found, "last": last, "parts": _compared(last, found.live)}
    return render(request, "loyalty/promotion_says.html", context)


def _compared(version: PromotionVersion, before: PromotionVersion | None) -> list[tuple[sentences.Part, str]]:
    """Each part of a version, and what it said before where that was something else."""
    written = [PromotionWritten.model_validate(one.definition) for one in (version, before) if one]
    said = queries.said(written)
    now, *then = [sentences.told(one, said) for one in written]
    old = {part.key: part.text for part in then[0]} if then else {}
    return [(part, old[part.key] if old.get(part.key, part.text) != part.text else "") for part in now]


@require_GET
@needs("loyalty.see")
def versions(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Versions»: who wrote each, who approved it, what it changed."""
    found = promotion_of(request, public_id)
    all_ = list(queries.versions(found.pk, request.actor)[:100])
    names = company.employee_names(
        {who for one in all_ for who in (one.made_by, one.approved_by, one.refused_by) if who}
    )
    shown = []
    for one, before in zip(all_, [*all_[1:], None], strict=True):
        changed = [(part, then) for part, then in _compared(one, before) if then] if before else []
        shown.append(
            {
                "version": one,
                "changed": changed,
                "made_by": names.get(one.made_by or 0, ""),
                "approved_by": names.get(one.approved_by or 0, ""),
                "refused_by": names.get(one.refused_by or 0, ""),
            }
        )
    context = {"promotion": found, "versions": shown}
    return render(request, "loyalty/promotion_versions.html", context)


@require_GET
@needs("loyalty.see")
def turns(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «History»."""
    found = promotion_of(request, public_id)
    page = paging.keyset(
        queries.turns(found.pk, request.actor), order=("-id",), after=request.GET.get("after")
    )
    names = company.employee_names({one.by for one in page.items if one.by})
    context = {
        "promotion": found,
        "turns": [(one, names.get(one.by or 0, "")) for one in page.items],
        "more": page.next,
    }
    return render(request, "loyalty/promotion_turns.html", context)


@require_GET
@needs("loyalty.see")
def uses(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «How it fares»: uses by day, the receipts and customers."""
    found = promotion_of(request, public_id)
    used = queries.promotion_uses(found.pk, request.actor)
    page = paging.keyset(used, order=("-at", "-id"), after=request.GET.get("after"))
    may = request.actor.may("customers.see")
    people = (
        customers.short({one.profile_id for one in page.items if one.profile_id}, request.actor)
        if may
        else {}
    )
    context = {
        "promotion": found,
        "figures": queries.promotion_figures([found.pk], request.actor)[found.pk],
        "chart": _chart(queries.promotion_days(found.pk, request.actor)),
        "uses": [(one, people.get(one.profile_id or 0)) for one in page.items],
        "more": page.next,
    }
    return render(request, "loyalty/promotion_uses.html", context)


@require_GET
@needs("loyalty.see", "experiments.see")
def effect(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «What it brought»: the report of its experiment, which the experiments' own page draws."""
    found = promotion_of(request, public_id)
    experiment = queries.experiment_of(found)
    context: dict[str, Any] = {"promotion": found, "experiment": experiment}
    if experiment:
        context["cost"] = queries.cost_of(found.pk, *experiment.window, at=clock.now())
    else:
        last = queries.versions(found.pk, request.actor)[0]
        context["planned"] = bool(last.definition.get("control"))
    return render(request, "loyalty/promotion_effect.html", context)


@require_GET
@needs("loyalty.see")
def others(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «With others»: live promotions on the same goods at the same time, and which would win."""
    found = promotion_of(request, public_id)
    last = queries.versions(found.pk, request.actor)[0]
    written = PromotionWritten.model_validate(last.definition)
    met = queries.neighbours(found, written, request.actor, at=clock.now())
    whys = [(one, _why(one.mine), _why(one.theirs)) for one in met]
    return render(
        request, "loyalty/promotion_others.html", {"promotion": found, "version": last, "met": whys}
    )


@require_GET
@needs("loyalty.see")
def past(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «On last year»: what it would have come to on last year's receipts."""
    return _past(request, promotion_of(request, public_id))


@require_POST
@needs("loyalty.promote")
def try_past(request: Request, public_id: UUID) -> HttpResponse:
    found = promotion_of(request, public_id)
    link = reverse("loyalty:promotion", args=[public_id]) + "?tab=past"
    actions.order_backtest(found.pk, by=request.actor, at=clock.now(), link=link)
    return _past(request, found)


def _past(request: Request, found: Promotion) -> HttpResponse:
    last = queries.backtests(found.pk, request.actor).first()
    told = Past(last) if last and last.result else None
    margins = bool(told and told.whole.costed) and request.actor.may("catalog.cost")
    context = {"promotion": found, "last": last, "told": told, "margins": margins}
    return render(request, "loyalty/promotion_past.html", context)


def _why(verdict: Verdict) -> str:
    return reason(verdict.refusal) if verdict.refusal else ""


def _chart(days: list[queries.DayOfUse]) -> charts.Chart | None:
    if not days:
        return None
    best = max(days, key=lambda one: one.uses)
    title = _("Most uses on %(day)s: %(count)s") % {"day": _day(best.day), "count": best.uses}
    known = {one.day: one.uses for one in days}
    whole = [days[0].day + timedelta(days=number) for number in range((days[-1].day - days[0].day).days + 1)]
    values = [known.get(day, 0) for day in whole]
    return charts.bars(title, [_day(day) for day in whole], charts.Series(_("Uses"), values))


def _day(day: date) -> str:
    return formats.day(day, get_language() or "ru")


# ── What is done with it ─────────────────────────────────────────────────────────────────────────────────


class Done(NamedTuple):
    """What a turn does, what is said then, and the turn that takes it back."""

    action: Callable[..., Any]
    said: str | Promise
    back: str = ""


TURNS = {
    "approval": Done(actions.ask_approval, gettext_lazy("Sent for approval"), "withdrawal"),
    "withdrawal": Done(actions.withdraw, gettext_lazy("Taken back from approval"), "approval"),
    "pause": Done(actions.pause_promotion, gettext_lazy("The promotion is paused"), "resumption"),
    "resumption": Done(actions.resume_promotion, gettext_lazy("The promotion goes on"), "pause"),
    "ending": Done(actions.end_promotion, gettext_lazy("The promotion has ended"), "resumption"),
}


@require_POST
@needs("loyalty.promote")
def turn(request: Request, public_id: UUID, turn: str) -> HttpResponse:
    found, done = promotion_of(request, public_id), TURNS.get(turn)
    if done is None:
        raise Http404
    before = found.state
    try:
        done.action(found.pk, by=request.actor, at=clock.now())
        toast(request, done.said, undo=_undo(found, turn, done, before))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return _back(found)


def _undo(found: Promotion, turn: str, done: Done, before: str) -> str:
    """Whether the turn back leads to where it was: what ended when paused would be live again."""
    if not done.back or (turn == "ending" and before == State.PAUSED) or before == State.ENDED:
        return ""
    return reverse("loyalty:promotion_turn", args=[found.public_id, done.back])


def _back(found: Promotion) -> HttpResponse:
    return HttpResponseRedirect(reverse("loyalty:promotion", args=[found.public_id]))


@require_POST
@needs("loyalty.promote")
def copy(request: Request, public_id: UUID) -> HttpResponse:
    found = promotion_of(request, public_id)
    try:
        made = actions.copy_promotion(found.pk, by=request.actor, at=clock.now())
    except Problem as problem:
        toast(request, str(problem), bad=True)
        return _back(found)
    toast(request, _("This is the copy, a draft"))
    return HttpResponseRedirect(reverse("loyalty:promotion_edit", args=[made.public_id]))


@require_POST
@needs("loyalty.approve")
def verdict(request: Request, public_id: UUID) -> HttpResponse:
    """Yes, or no with a reason, to the version that was read."""
    found = promotion_of(request, public_id)
    form = tables.VerdictForm(request.POST)
    if not form.is_valid():
        toast(request, " ".join(str(one) for errors in form.errors.values() for one in errors), bad=True)
        return _back(found)
    told: dict[str, Any] = {"version": form.cleaned_data["version"], "by": request.actor, "at": clock.now()}
    try:
        if form.cleaned_data["verdict"] == "yes":
            actions.approve_promotion(found.pk, **told)
            toast(request, _("Approved: tills reckon with it now"))
        else:
            actions.refuse_promotion(found.pk, form.cleaned_data["reason"], **told)
            toast(request, _("Sent back with the reason"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return _back(found)
