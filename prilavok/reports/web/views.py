"""Everybody's first page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from prilavok.company import queries as company
from prilavok.kernel import clock
from prilavok.kernel.web import Request, for_employees, needs
from prilavok.reports import queries, rules
from prilavok.reports.web import parts
from prilavok.segments import rules as segments


@require_GET
@for_employees
def home(request: Request) -> HttpResponse:
    return render(request, "reports/home.html", parts.home(request.actor, clock.now()))


@require_GET
@needs("orders.see")
def today(request: Request) -> HttpResponse:
    """What happened today: fetched again while receipts arrive."""
    found = parts.today(parts.Parts(request.actor), request.actor, clock.now())
    return render(request, "reports/today.html", found)


@require_GET
@needs("segments.see")
def worth(request: Request) -> HttpResponse:
    """All groups that might be written to, with what is at stake."""
    at, currency = clock.now(), company.currency()
    groups = queries.groups(request.actor, at.astimezone(company.zone()).date())
    best = rules.most_worth(groups)
    context = {
        "rows": [(group, segments.CELLS[group.key], segments.ADVICE[group.key]) for group in groups],
        "best": best,
        "finding": queries.worth(best, currency).text,
        "currency": currency,
        "at": at,
        "quiet": rules.QUIET_DAYS,
    }
    return render(request, "reports/worth.html", context)
