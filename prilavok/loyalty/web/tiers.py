"""Pages of tiers: who stands in one, who came and left, what it gives, what it asks."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import queries as company
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries, sentences
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Promotion, Tier, TierChange
from prilavok.loyalty.web import account_tables as tables
from prilavok.loyalty.web import account_words as words
from prilavok.loyalty.web import programme_forms as forms
from prilavok.loyalty.web import proposals
from prilavok.loyalty.web.programmes import blame, programme_of, to
from prilavok.ui import charts
from prilavok.ui.toasts import toast

LATELY = timedelta(days=30)
MONTHS = 12  # of the picture
ROWS = 30


@require_GET
@needs("loyalty.see")
def tier(request: Request, public_id: UUID) -> HttpResponse:
    """Who stands in the tier, who came, who left, who is looked at soon; the promotions that ask for it."""
    found, by, now = _tier(request, public_id), request.actor, clock.now()
    ladder = list(queries.tiers(found.programme, by))
    place = next(number for number, one in enumerate(ladder) if one.pk == found.pk)
    came, went = queries.came_into(found, by), queries.left(found, by)
    soon = queries.looked_at_until(found, now + LATELY, by)
    shown = request.GET.get("show", "came")
    context: dict[str, Any] = {
        "tier": found,
        "programme": found.programme,
        "below": ladder[place - 1] if place else None,
        "above": ladder[place + 1] if place + 1 < len(ladder) else None,
        "inside": queries.numbers_in_tiers([found.pk]).get(found.pk, 0),
        "came": came.filter(since__gte=now - LATELY).count(),
        "went": went.filter(since__gte=now - LATELY).count(),
        "soon": soon.count(),
        "chart": _chart(queries.moves_by_month(found, by, since=_first_month(now)), now),
        "gives": _gives(found, by),
        "shown": shown,
        "may_edit": by.may("loyalty.programme"),
        "at": now,
    }
    if shown == "soon":
        held = paging.keyset(soon, order=("tier_until", "id"), after=request.GET.get("after"), size=ROWS)
        people = proposals.people(held.items, by)
        context["held"] = [(one, tables.owner_name(one, people)) for one in held.items]
        context["more"] = held.next
    else:
        moves = went if shown == "left" else came
        page = paging.keyset(moves, order=("-since", "-id"), after=request.GET.get("after"), size=ROWS)
        people = proposals.people([one.account for one in page.items], by)
        context["moved"] = [(one, *_move(one, people)) for one in page.items]
        context["more"] = page.next
    return render(request, "loyalty/tier.html", context)


def _move(change: TierChange, people: Any) -> tuple[str, str]:
    """Whose account moved, and why."""
    return tables.owner_name(change.account, people), str(words.BECAUSE[change.because])


def _gives(found: Tier, by: Actor) -> list[tuple[Promotion, str]]:
    """The promotions that go on or wait and ask for this tier, each with what it says."""
    asking = sorted(queries.promotions_naming("tier", found.code), key=lambda one: one.name)
    versions = [one.live or queries.versions(one.pk, by)[0] for one in asking]
    written = [PromotionWritten.model_validate(one.definition) for one in versions]
    said = queries.said(written)
    return [(one, sentences.sentence(text, said)) for one, text in zip(asking, written, strict=True)]


def _first_month(now: datetime) -> datetime:
    """When the first month of the picture began."""
    today = now.astimezone(company.zone())
    month = today.year * 12 + today.month - MONTHS  # counted from zero
    return today.replace(
        year=month // 12, month=month % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


def _chart(moves: dict[date, tuple[int, int]], now: datetime) -> charts.Chart | None:
    if not moves:
        return None
    came, went = (sum(both[side] for both in moves.values()) for side in (0, 1))
    title = _("%(came)s, %(left)s within %(months)s months") % {
        "came": ngettext("%(number)s came", "%(number)s came", came) % {"number": came},
        "left": ngettext("%(number)s left", "%(number)s left", went) % {"number": went},
        "months": MONTHS,
    }
    first = _first_month(now)
    months = [
        date(first.year + (first.month - 1 + step) // 12, (first.month - 1 + step) % 12 + 1, 1)
        for step in range(MONTHS)
    ]
    return charts.bars(
        title,
        [dateformat.format(month, "b Y") for month in months],
        charts.Series(pgettext("tier", "Came"), [moves.get(month, (0, 0))[0] for month in months]),
        charts.Series(pgettext("tier", "Left"), [moves.get(month, (0, 0))[1] for month in months]),
        y_title=_("Accounts"),
    )


@needs("loyalty.programme")
def new(request: Request, public_id: UUID) -> HttpResponse:
    found, form = programme_of(request, public_id), forms.NewTierForm(request.POST or None)
    form.for_actor(request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_tier(
                programme_id=found.pk, by=request.actor, at=clock.now(), **form.cleaned_data
            )
            toast(request, _("The tier is made; everybody is looked at in the background"))
            return to("tier", made.public_id)
        except Problem as problem:
            blame(form, problem)
    context = {"form": form, "programme": found, "back": reverse("loyalty:programme", args=[public_id])}
    return render(request, "loyalty/tier_form.html", context, status=422 if form.errors else 200)


@needs("loyalty.programme")
def change(request: Request, public_id: UUID) -> HttpResponse:
    found = _tier(request, public_id)
    names = forms.TierForm.base_fields
    form = forms.TierForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    form.for_actor(request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            terms = form.cleaned_data | {"place": form.cleaned_data["place"] or found.place}
            actions.change_tier(found.pk, by=request.actor, at=clock.now(), **terms)
            toast(request, _("The tier asks for this from now on; everybody is looked at in the background"))
            return to("tier", public_id)
        except Problem as problem:
            blame(form, problem)
    others = queries.tiers(found.programme, request.actor).exclude(pk=found.pk)
    context = {
        "form": form,
        "tier": found,
        "programme": found.programme,
        "inside": queries.numbers_in_tiers([found.pk]).get(found.pk, 0),
        "move_form": forms.PutForm().among(others),
        "back": reverse("loyalty:tier", args=[public_id]),
    }
    return render(request, "loyalty/tier_form.html", context, status=422 if form.errors else 200)


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
        return to("programme", found.programme.public_id)
    except Problem as problem:
        toast(request, str(problem), bad=True)
        return to("tier", public_id)


@require_POST
@needs("loyalty.programme")
def restoration(request: Request, public_id: UUID) -> HttpResponse:
    found = _tier(request, public_id, removed=True)
    try:
        actions.restore_tier(found.pk, by=request.actor, at=clock.now())
        toast(request, _("The tier stands again"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return to("programme", found.programme.public_id)


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
    return to("tier", public_id)
