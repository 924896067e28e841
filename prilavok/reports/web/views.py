"""Everybody's first page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from prilavok.company import queries as company
from prilavok.kernel import clock
from prilavok.kernel.web import Request, for_employees, needs
from prilavok.reports import queries, rules
from prilavok.reports.web import parts


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
    at = clock.now()
    day = at.astimezone(company.zone()).date()
    names = queries.names(request.actor)
    context = {
        "rows": [(group, names.get(group.key, group.key)) for group in queries.groups(request.actor, day)],
        "finding": parts.most_worth(request.actor, day).text,
        "currency": company.currency(),
        "at": at,
        "quiet": rules.QUIET_DAYS,
    }
    return render(request, "reports/worth.html", context)
