"""Pages of administration: health, parked events, jobs."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.administration import actions, queries
from prilavok.administration.web import tables
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@needs("administration.see")
def health(request: Request) -> HttpResponse:
    findings = queries.health(request.actor)
    context = {
        "findings": findings,
        "troubles": sum(finding.state != "good" for finding in findings),
        "paused": queries.sending_pause(),
        "now": clock.now(),
    }
    return render(request, "administration/health.html", context)


@needs("administration.see")
def books(request: Request) -> HttpResponse:
    context = {"findings": queries.books(request.actor), "now": clock.now()}
    return render(request, "administration/books.html", context)


@require_POST
@needs("administration.pause_sending")
def sending(request: Request) -> HttpResponse:
    """Pause all sending, or resume it."""
    if request.POST.get("pause"):
        actions.pause_sending(reason=_("paused by hand"), by=request.actor, at=clock.now())
        toast(request, _("Nothing goes out now"))
    else:
        actions.resume_sending(by=request.actor, at=clock.now())
        toast(request, _("Letters go out again"))
    return HttpResponseRedirect(reverse("administration:health"))


@require_POST
@needs("administration.rebuild_facts")
def rebuilds(request: Request) -> HttpResponse:
    actions.rebuild_facts_later(by=request.actor)
    toast(request, _("The facts are being made anew; the bell will tell when they are there"))
    return HttpResponseRedirect(reverse("administration:health"))


@require_POST
@needs("administration.rebuild_facts")
def repairs(request: Request) -> HttpResponse:
    actions.repair_facts_later(by=request.actor)
    toast(request, _("The facts are being compared and repaired; the bell will tell what was found"))
    return HttpResponseRedirect(reverse("administration:health"))


@needs("administration.see")
def parked(request: Request) -> HttpResponse:
    found = queries.parked(request.actor)
    page = paging.keyset(found, order=("-parked_at", "-id"), after=request.GET.get("after"))
    table = tables.ParkedEvents(page.items)
    table.more = page.next
    return render(request, "administration/parked.html", {"table": table, "count": found.count()})


@needs("administration.see")
def parked_event(request: Request, parked_id: int) -> HttpResponse:
    found = get_object_or_404(queries.parked(request.actor), pk=parked_id)
    context = {"parked": found, "behind": queries.waiting_behind([found.pk]).get(found.pk, 0)}
    return render(request, "administration/parked_event.html", context)


@require_POST
@needs("administration.replay")
def replays(request: Request, parked_id: int) -> HttpResponse:
    try:
        if actions.replay(parked_id=parked_id, by=request.actor, at=clock.now()):
            toast(request, _("The event went through"))
        else:
            toast(request, _("It failed again; the new reason stands in the list"), bad=True)
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("administration:parked"))


@require_POST
@needs("administration.replay")
def given_up(request: Request, parked_id: int) -> HttpResponse:
    try:
        actions.give_up(parked_id=parked_id, by=request.actor, at=clock.now())
        toast(request, _("The event was given up"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("administration:parked"))


@needs("administration.see")
def jobs(request: Request) -> HttpResponse:
    failed = paging.keyset(queries.failed_jobs(request.actor), order=("-id",), after=request.GET.get("after"))
    table = tables.FailedJobs(failed.items)
    table.more = failed.next
    work = paging.keyset(queries.work(request.actor), order=("-started_at", "-id"), size=20)
    context = {
        "table": table,
        "states": queries.jobs_by_state(request.actor),
        "work": tables.LongWork(work.items),
    }
    return render(request, "administration/jobs.html", context)


@require_POST
@needs("administration.retry_jobs")
def retries(request: Request, job_id: int) -> HttpResponse:
    try:
        actions.retry_job(job_id=job_id, by=request.actor, at=clock.now())
        toast(request, _("The job is in the queue again"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("administration:jobs"))
