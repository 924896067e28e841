"""A campaign in three steps: whom, what, when."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from prilavok.campaigns import actions, coupons, points, queries
from prilavok.campaigns.models import Campaign
from prilavok.campaigns.web import forms, words
from prilavok.campaigns.web.views import found
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.experiments import queries as experiments
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.messaging import actions as messaging_actions
from prilavok.messaging import queries as messaging
from prilavok.messaging.ports import Ready
from prilavok.segments import queries as segments
from prilavok.ui import formats
from prilavok.ui.toasts import toast


def of_draft(view: Callable[[Request, Campaign], HttpResponse]) -> Callable[[Request, UUID], HttpResponse]:
    """The view of a draft to be worked on; a launched campaign has its own page."""

    @wraps(view)
    def opened(request: Request, public_id: UUID) -> HttpResponse:
        one = found(request, public_id)
        if one.state != Campaign.State.DRAFT:
            return HttpResponseRedirect(reverse("campaigns:campaign", args=[one.public_id]))
        return view(request, one)

    return opened


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
def new(request: Request) -> HttpResponse:
    """Step one of a campaign that is not there yet; `?segment=` chooses beforehand."""
    form = forms.Whom(request.POST or None, initial={"segment": request.GET.get("segment", "")})
    if request.method == "POST" and form.is_valid():
        segment = segments.get(form.cleaned_data["segment"], request.actor)
        name = form.cleaned_data["name"] or _name_for(segment.name)
        one = actions.create(name=name, segment_id=segment.pk, by=request.actor, at=clock.now())
        return HttpResponseRedirect(reverse("campaigns:what", args=[one.public_id]))
    return _whom(request, form, None)


def _name_for(segment: str) -> str:
    today = clock.now().astimezone(company.zone())
    day = formats.day(today, get_language() or "ru").replace("\N{NO-BREAK SPACE}", " ")
    return _("%(segment)s, %(day)s") % {"segment": segment[:120], "day": day}


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
@of_draft
def whom(request: Request, one: Campaign) -> HttpResponse:
    chosen = {"name": one.name, "segment": one.segment.public_id if one.segment else ""}
    form = forms.Whom(request.POST or None, initial=chosen)
    if request.method == "POST" and form.is_valid():
        segment = segments.get(form.cleaned_data["segment"], request.actor)
        name = form.cleaned_data["name"] or one.name
        actions.change(campaign_id=one.pk, name=name, segment_id=segment.pk, by=request.actor, at=clock.now())
        return HttpResponseRedirect(reverse("campaigns:what", args=[one.public_id]))
    return _whom(request, form, one)


def _whom(request: Request, form: forms.Whom, one: Campaign | None) -> HttpResponse:
    found = list(
        segments.segments(request.actor).filter(archived_at=None).order_by("-changed_at", "-id")[:100]
    )
    sizes = segments.sizes(found, request.actor)
    choices = [(one, sizes[one.pk]) for one in found]
    chosen = str(form["segment"].value() or "")
    context = {"form": form, "campaign": one, "segments": choices, "chosen": chosen}
    return render(request, "campaigns/whom.html", context, status=422 if form.errors else 200)


@require_GET
@needs("campaigns.see")
def reach(request: Request, public_id: UUID) -> HttpResponse:
    """How many of a segment's people may be written to, and why the others may not."""
    segment = segments.get(public_id, request.actor)
    counted, _profiles = queries.audience(segment.pk, request.actor, at=clock.now())
    context = {"segment": segment, "audience": counted, "reasons": words.reasons(counted.unreachable)}
    return render(request, "campaigns/reach.html", context | {"now": clock.now()})


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
@of_draft
def what(request: Request, one: Campaign) -> HttpResponse:
    form = forms.What(request.POST or None, initial=_chosen(one))
    if request.method == "POST" and form.is_valid():
        problem = _choose(request, one, form)
        if problem is None:
            return HttpResponseRedirect(reverse("campaigns:when", args=[one.public_id]))
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    return _what(request, form, one)


def _chosen(one: Campaign) -> dict[str, Any]:
    return {
        "template": one.template.public_id if one.template else "",
        "coupon_series": one.coupon_series.public_id if one.coupon_series else "",
        "points_programme": one.points_programme.public_id if one.points_programme else "",
        "points": one.points,
        "points_days": one.points_days,
        "points_wait": one.points_wait or None,
        "topic": one.topic.public_id if one.topic else "",
    }


def _choose(request: Request, one: Campaign, form: forms.What) -> Problem | None:
    """Take letter, coupon and points; what does not fit together is said here, not at the launch."""
    template = messaging.template(form.cleaned_data["template"], request.actor)
    series = coupons.by_public_id(form.cleaned_data["coupon_series"], request.actor)
    topic = customers.topic(form.cleaned_data["topic"], request.actor) if form.cleaned_data["topic"] else None
    given: dict[str, Any] = {}
    if request.actor.may(points.GIVE):
        programme = points.by_public_id(form.cleaned_data["points_programme"], request.actor)
        given = form.points_of_campaign(programme.pk if programme else None)
    try:
        chosen = actions.change(
            campaign_id=one.pk,
            template_id=template.pk,
            coupon_series_id=series.pk if series else None,
            topic_id=topic.pk if topic else None,
            by=request.actor,
            at=clock.now(),
            **given,
        )
        actions.check_ready(chosen)
    except (actions.NotReady, actions.Unknown) as problem:
        return problem
    return None


def _what(request: Request, form: forms.What, one: Campaign) -> HttpResponse:
    letters = list(messaging.templates(request.actor).order_by("-id")[:30])
    context = {
        "form": form,
        "campaign": one,
        "letters": letters,
        "chosen": str(form["template"].value() or ""),
        "ready": [(one, words.READY[one]) for one in _ready(request, one)],
        "series": coupons.choices(request.actor, at=clock.now()),
        "chosen_series": str(form["coupon_series"].value() or ""),
        "may_give": request.actor.may(points.GIVE),
        "programmes": points.choices(request.actor),
        "chosen_programme": str(form["points_programme"].value() or ""),
        "topics": customers.topics(request.actor),
        "chosen_topic": str(form["topic"].value() or ""),
    }
    return render(request, "campaigns/what.html", context, status=422 if form.errors else 200)


@require_GET
@needs("campaigns.edit")
def points_cost(request: Request, public_id: UUID) -> HttpResponse:
    """What the points that are typed may cost at most."""
    one, form = found(request, public_id), forms.What(request.GET)
    form.is_valid()
    programme = points.by_public_id(form.cleaned_data.get("points_programme"), request.actor)
    each = form.cleaned_data.get("points")
    most = None
    if programme is not None and each is not None and each > 0:
        most = queries.most_of(one, request.actor, at=clock.now(), programme=programme, each=each)
    context = {"campaign": one, "most": most, "programme": programme, "now": clock.now()}
    return render(request, "campaigns/points_cost.html", context)


@require_http_methods(["GET", "POST"])
@needs("campaigns.see", points.APPROVE)
@of_draft
def approval(request: Request, one: Campaign) -> HttpResponse:
    """What a draft's points are and may cost, for whoever approves them; a POST approves them."""
    if one.points is None:
        raise Http404
    trouble = ""
    if request.method == "POST":
        try:
            actions.approve_points(campaign_id=one.pk, by=request.actor, at=clock.now())
            toast(request, _("The points are approved"))
            return HttpResponseRedirect(reverse("campaigns:approval", args=[one.public_id]))
        except Problem as problem:
            trouble = str(problem)
    names = company.employee_names({who for who in (one.points_by, one.points_approved_by) if who})
    context = {
        "campaign": one,
        "most": queries.most_of(one, request.actor, at=clock.now()),
        "programme": one.points_programme,
        "chosen_by": names.get(one.points_by or 0, ""),
        "approved_by": names.get(one.points_approved_by or 0, ""),
        "own": one.points_by is not None and one.points_by == request.actor.id,
        "version": messaging.latest_version(one.template_id) if one.template_id else None,
        "trouble": trouble,
        "now": clock.now(),
    }
    return render(request, "campaigns/approval.html", context, status=422 if trouble else 200)


@require_GET
@needs("campaigns.see")
def letter(request: Request, public_id: UUID) -> HttpResponse:
    """How a letter reads: its subject and a frame with its text."""
    version = messaging.latest_version(messaging.template(public_id, request.actor).pk)
    if version is None:
        raise Http404
    subject = messaging.preview(version, by=request.actor).subject
    return render(request, "campaigns/letter.html", {"version": version, "subject": subject})


@require_POST
@needs("campaigns.edit")
@of_draft
def starter(request: Request, one: Campaign) -> HttpResponse:
    """Take a ready letter as this campaign's own: the one asked for, else with a code where there is a coupon."""
    at = clock.now()
    offered = _ready(request, one)
    asked = request.GET.get("ready")
    ready = Ready(asked) if asked in offered else offered[0]
    version = messaging_actions.save_starter(name=one.name, by=request.actor, at=at, ready=ready)
    actions.change(campaign_id=one.pk, template_id=version.template_id, by=request.actor, at=at)
    return HttpResponseRedirect(reverse("campaigns:what", args=[one.public_id]))


def _ready(request: Request, one: Campaign) -> list[Ready]:
    """The ready letters of which the campaign can keep what they promise."""
    points_too = one.points is not None or (
        request.actor.may(points.GIVE) and bool(points.choices(request.actor))
    )
    held = {Ready.COUPON: bool(coupons.choices(request.actor, at=clock.now())), Ready.POINTS: points_too}
    return [one for one in Ready if held.get(one, True)]


@require_http_methods(["GET", "POST"])
@needs("campaigns.edit")
@of_draft
def when(request: Request, one: Campaign) -> HttpResponse:
    form = forms.When(request.POST or None, initial=_settings(one))
    if request.method == "POST" and form.is_valid():
        problem = _launch(request, one, form)
        if problem is None:
            return HttpResponseRedirect(reverse("campaigns:campaign", args=[one.public_id]))
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    counted, _profiles = _audience(request, one)
    context = {
        "form": form,
        "campaign": one,
        "audience": counted,
        "reasons": words.reasons(counted.unreachable),
        "shares": experiments.shares(one.control_share, counted.reachable, None),
        "most": queries.most_of(one, request.actor, at=clock.now()),
        "programme": one.points_programme,
        "approved_by": _approver(one),
        "now": clock.now(),
    }
    return render(request, "campaigns/when.html", context, status=422 if form.errors else 200)


def _approver(one: Campaign) -> str:
    who = one.points_approved_by
    return company.employee_names({who}).get(who, "") if who else ""


def _audience(request: Request, one: Campaign) -> tuple[queries.Audience, list[int]]:
    segment = one.segment_id or 0
    return queries.audience(segment, request.actor, at=clock.now(), topic_id=one.topic_id)


def _settings(one: Campaign) -> dict[str, Any]:
    return {
        "control_share": one.control_share,
        "analysis_days": one.analysis_days,
        "start_at": one.start_at,
        "policy": one.policy,
        "cost": one.cost or None,
    }


def _launch(request: Request, one: Campaign, form: forms.When) -> Problem | None:
    fields = form.fields_of_campaign()
    try:
        actions.change(campaign_id=one.pk, by=request.actor, at=clock.now(), **fields)
        if "save" in request.POST:
            toast(request, _("Draft saved"))
        else:
            actions.launch(campaign_id=one.pk, by=request.actor, at=clock.now())
            toast(request, _("Launched"))
    except Problem as problem:
        return problem
    return None


@require_GET
@needs("campaigns.edit")
def beforehand(request: Request, public_id: UUID) -> HttpResponse:
    """The control shares to choose from, with the effect that each can show in the days that are typed."""
    one = found(request, public_id)
    form = forms.When(request.GET)
    form.is_valid()
    one.control_share = form.cleaned_data.get("control_share", one.control_share)
    one.analysis_days = form.cleaned_data.get("analysis_days", one.analysis_days)
    counted, reachable = _audience(request, one)
    trouble, known = "", None
    try:
        known = queries.sensitivity(one, reachable, clock.now())
    except (FactsDown, FactsBusy, TooHeavy) as problem:
        trouble = str(problem)
    shares = experiments.shares(one.control_share, counted.reachable, known)
    context = {"campaign": one, "known": known, "trouble": trouble, "shares": shares, "reckoned": True}
    return render(request, "campaigns/beforehand.html", context)
