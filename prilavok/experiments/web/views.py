"""The list of experiments, the report, and what stands behind its figures."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.views.decorators.http import require_GET

from prilavok.customers import queries as customers
from prilavok.experiments import ports, queries
from prilavok.experiments.models import Experiment
from prilavok.experiments.queries import Report, Which
from prilavok.experiments.web import pictures
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request, needs
from prilavok.orders import queries as orders


@require_GET
@needs("experiments.see")
def experiments(request: Request) -> HttpResponse:
    found = queries.experiments(request.actor)
    page = paging.keyset(found, order=("-drawn_at", "-id"), after=request.GET.get("after"), size=25)
    context = {"rows": page.items, "more": page.next, "now": clock.now()}
    return render(request, "experiments/list.html", context)


@require_GET
@needs("experiments.see")
def report(request: Request, public_id: UUID) -> HttpResponse:
    return render(request, "experiments/report.html", _report(request, public_id))


@require_GET
@needs("experiments.see")
def live(request: Request, public_id: UUID) -> HttpResponse:
    """The parts of the report that change while receipts arrive."""
    return render(request, "experiments/live.html", _report(request, public_id))


@require_GET
@needs("experiments.see")
def as_json(request: Request, public_id: UUID) -> HttpResponse:
    found = queries.report(experiment_of(request, public_id).pk, request.actor, clock.now())
    return JsonResponse(queries.document(found), json_dumps_params={"ensure_ascii": False, "indent": 2})


def _report(request: Request, public_id: UUID) -> dict[str, Any]:
    experiment = experiment_of(request, public_id)
    found = queries.report(experiment.pk, request.actor, clock.now())
    return {
        "experiment": experiment,
        "report": found,
        "main": found.main,
        "finding": queries.finding(found),
        "explanation": queries.explanation(found),
        "kind": queries.KINDS[found.main.verdict] if found.main else "muted",
        "word": queries.VERDICTS[found.main.verdict] if found.main else "",
        "picture": pictures.intervals(found),
        "cut_pictures": [(cut, pictures.of_cut(found, cut)) for cut in found.cuts],
        "subject": subject_of(found),
    }


def subject_of(report: Report) -> tuple[str, str | Promise] | None:
    """The page of what was tried, such as the campaign, and the words that lead there."""
    prefix = report.subject.split(":")[0]
    source = next((one for one in ports.subjects.items() if one.prefix == prefix), None)
    url = source.url(report.subject) if source else ""
    return (url, source.open) if source and url else None


def experiment_of(request: Request, public_id: UUID) -> Experiment:
    try:
        return queries.get(public_id, request.actor)
    except Experiment.DoesNotExist as missing:
        raise Http404 from missing


@require_GET
@needs("experiments.see")
def people(request: Request, public_id: UUID) -> HttpResponse:
    """Who stands behind a figure."""
    experiment = _drawn(request, public_id)
    which = _which(request)
    found = queries.members(experiment, which, request.actor, clock.now(), after=_after(request))
    names = (
        customers.short([member.profile_id for member in found.items], request.actor)
        if request.actor.may("customers.see")
        else {}
    )
    rows = [(member, names.get(member.profile_id)) for member in found.items]
    arms = {arm.key: arm.label for arm in experiment.arms.all()}
    context = {"experiment": experiment, "found": found, "rows": rows, "arms": arms, "which": which}
    return render(request, "experiments/people.html", context)


@require_GET
@needs("experiments.see", "orders.see")
def receipts(request: Request, public_id: UUID) -> HttpResponse:
    """Which receipts stand behind a figure."""
    experiment = _drawn(request, public_id)
    which = _which(request)
    profiles = queries.profiles_behind(experiment, which, request.actor, clock.now())
    found = orders.of_profiles(profiles, request.actor).filter(local_date__range=experiment.window)
    page = paging.keyset(found, order=("-paid_at", "-id"), after=request.GET.get("after"))
    context = {"experiment": experiment, "page": page, "which": which}
    return render(request, "experiments/receipts.html", context)


def _drawn(request: Request, public_id: UUID) -> Experiment:
    """Experiments from files know no people by name."""
    experiment = experiment_of(request, public_id)
    if experiment.is_loaded:
        raise Http404
    return experiment


def _which(request: Request) -> Which:
    asked = request.GET
    return Which(asked.get("arm", ""), asked.get("cut", ""), asked.get("row", ""), asked.get("bought") == "1")


def _after(request: Request) -> int:
    text = request.GET.get("after", "")
    return int(text) if text.isdecimal() and len(text) < 12 else 0
