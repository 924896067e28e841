"""The page «Purchases by cards»: what cards issued in a month, a region or a shop were used for."""

from __future__ import annotations

from collections.abc import Sequence

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET

from prilavok.company import queries as company
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import queries
from prilavok.loyalty.queries import CardSales
from prilavok.loyalty.web.periods import PeriodForm, csv_file, refusal
from prilavok.ui import charts
from prilavok.ui.tables import FigureColumn, MoneyColumn, Table

BY = {
    "month": lazy("month of issue"),
    "region": lazy("region of issue"),
    "shop": lazy("shop of issue"),
}
MOST_BARS = 40


class SalesForm(PeriodForm):
    """The period, and by what the cards are put together."""

    by = forms.ChoiceField(label=lazy("By"), required=False, choices=list(BY.items()))

    @property
    def parameter(self) -> str:
        """What is asked for; the month, where nothing or nonsense is."""
        return self.data["by"] if self.data["by"] in BY else "month"


class SalesTable(Table):
    name = tables.Column(
        verbose_name=lazy("Card was issued"), attrs={"td": {"class": "name"}}, empty_values=()
    )
    receipts = FigureColumn(verbose_name=lazy("Purchases"))
    customers = FigureColumn(verbose_name=lazy("Customers"))
    revenue = MoneyColumn(verbose_name=lazy("Sum of purchases"))
    average = MoneyColumn(verbose_name=lazy("Average receipt"))

    def render_name(self, record: CardSales) -> str:
        return named(record)


def named(one: CardSales) -> str:
    """What cards were issued there or then, in words."""
    if not one.key:
        return _("without a card")
    return _("not known where") if one.key == "?" else one.name


@require_GET
@needs("loyalty.response", "orders.see")
def card_sales(request: Request) -> HttpResponse:
    form = SalesForm(request.GET, clock.now())
    found, trouble = _asked(request, form)
    context = {
        "form": form,
        "filter": {"form": form},
        "found": found,
        "trouble": trouble,
        "table": SalesTable(found),
        "chart": _chart(found, form.parameter),
    }
    return render(request, "loyalty/card_sales.html", context)


def _asked(request: Request, form: SalesForm) -> tuple[list[CardSales], str]:
    """What was bought; or why it cannot be said now."""
    if form.period is None:
        return [], ""
    since, until = form.period
    try:
        return queries.card_sales(request.actor, form.parameter, since=since, until=until), ""
    except (FactsDown, FactsBusy, TooHeavy) as problem:
        return [], str(problem)


def _chart(found: Sequence[CardSales], by: str) -> charts.Chart | None:
    carded = [one for one in found if one.key][:MOST_BARS]
    if len(carded) < 2:
        return None
    best = max(carded, key=lambda one: one.revenue)
    title = _("Largest sum of purchases: %(name)s") % {"name": named(best)}
    series = charts.Series(_("Sum of purchases"), [float(one.revenue) for one in carded])
    labels = [named(one) for one in carded]
    return charts.bars(title, labels, series, unit="money", currency=company.currency())


@require_GET
@needs("loyalty.response", "orders.see")
def download(request: Request) -> HttpResponse:
    """The same as a file."""
    form = SalesForm(request.GET, clock.now())
    found, trouble = _asked(request, form)
    if trouble:
        return refusal(trouble)
    header = [column.verbose_name for column in SalesTable.base_columns.values()]
    rows = [(named(one), one.receipts, one.customers, one.revenue, one.average) for one in found]
    return csv_file(form, f"cards-{form.parameter}", header, rows)
