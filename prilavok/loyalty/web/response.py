"""The page «Response»: what was sold with each promotion within a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET

from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import queries
from prilavok.loyalty.queries import Response, Responses
from prilavok.loyalty.web.periods import PeriodForm, csv_file
from prilavok.ui import charts, formats
from prilavok.ui.tables import FigureColumn, LinkColumn, MoneyColumn, PercentColumn, Table


class ResponseTable(Table):
    name = LinkColumn(verbose_name=lazy("Promotion"), url="loyalty:promotion")
    receipts = FigureColumn(verbose_name=lazy("Receipts"))
    customers = FigureColumn(verbose_name=lazy("Customers"))
    share = PercentColumn(verbose_name=lazy("Share of customers"))
    new = FigureColumn(verbose_name=lazy("First purchase"))
    discounts = MoneyColumn(verbose_name=lazy("Sum of discounts"))
    points = FigureColumn(verbose_name=lazy("Points given"))
    revenue = MoneyColumn(verbose_name=lazy("Revenue of its receipts"))
    average = MoneyColumn(verbose_name=lazy("Average receipt with it"))
    without = MoneyColumn(verbose_name=lazy("Average receipt without it"))


SORTS = tuple(ResponseTable.base_columns)


@require_GET
@needs("loyalty.response", "orders.see")
def response(request: Request) -> HttpResponse:
    form, found = _asked(request)
    sort = request.GET.get("sort", "")
    table = ResponseTable(
        found.items if found else [], orderable=True, order_by=sort if sort.lstrip("-") in SORTS else ""
    )
    context = {
        "table": table,
        "found": found,
        "chart": _chart(found) if found else None,
        "form": form,
        "filter": {"form": form},
    }
    return render(request, "loyalty/response.html", context)


def _asked(request: Request) -> tuple[PeriodForm, Responses | None]:
    """The period, and what was sold in it; nothing where there is no such period."""
    form = PeriodForm(request.GET, clock.now())
    if form.period is None:
        return form, None
    since, until = form.period
    return form, queries.responses(request.actor, since=since, until=until)


def _chart(found: Responses) -> charts.Chart | None:
    if not found.days:
        return None
    language = get_language() or "ru"
    known = {one.day: one.uses for one in found.days}
    first, last = found.days[0].day, found.days[-1].day
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    best = max(found.days, key=lambda one: one.uses)
    title = _("Most receipts with a promotion on %(day)s: %(count)s") % {
        "day": formats.day(best.day, language),
        "count": formats.number(best.uses, language=language),
    }
    series = charts.Series(_("Receipts with a promotion"), [known.get(day, 0) for day in days])
    return charts.bars(title, [formats.day(day, language) for day in days], series)


@require_GET
@needs("loyalty.response", "orders.see")
def download(request: Request) -> HttpResponse:
    """The same as a file."""
    form, found = _asked(request)
    header = [column.verbose_name for column in ResponseTable.base_columns.values()]
    return csv_file(form, "response", header, _cells(found.items if found else []))


def _cells(items: Sequence[Response]) -> list[tuple[Any, ...]]:
    return [tuple(getattr(one, name) for name in SORTS) for one in items]
