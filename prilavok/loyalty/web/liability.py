"""What a programme owes: the page for whoever keeps the accounts."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from prilavok.company import queries as company
from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import queries
from prilavok.loyalty.web.periods import EARLIEST
from prilavok.loyalty.web.programmes import programme_of
from prilavok.ui import charts, formats

SHOWN = 24  # months of the picture


class DaysForm(forms.Form):
    """The days between which the change is told; this month up to today, unless asked otherwise."""

    since = forms.DateField(label=gettext_lazy("From"), required=False)
    until = forms.DateField(label=gettext_lazy("To"), required=False)

    def days(self, today: date) -> tuple[date, date]:
        asked = self.cleaned_data if self.is_valid() else {}
        until = max(min(asked.get("until") or today, today), EARLIEST)
        return max(min(asked.get("since") or until.replace(day=1), until), EARLIEST), until


@require_GET
@needs("loyalty.liability")
def liability(request: Request, public_id: UUID) -> HttpResponse:
    found = programme_of(request, public_id)
    form = DaysForm(request.GET or None)
    since, until = form.days(clock.now().astimezone(company.zone()).date())
    told = queries.owed_by(found, request.actor, since=since, until=until)
    context = {
        "programme": found,
        "told": told,
        "money": told.closing.total * told.point_value,
        "changes": _changes(told),
        "chart": _chart(told),
    }
    return render(request, "loyalty/liability.html", context)


def _changes(told: queries.Owed) -> list[tuple[str, str, Decimal]]:
    """What came and went: name, meaning, signed points."""
    flows = told.flows
    return [
        (_("Given"), _("for purchases and by promotions"), flows.issued),
        (_("Given back"), _("points spent on what was returned"), flows.given_back),
        (_("Corrected by hand"), _("with a reason and a second pair of eyes"), flows.adjusted),
        (pgettext("points", "Spent"), _("at tills and on the site"), -flows.spent),
        (_("Taken back"), _("points earned on what was returned"), -flows.taken_back),
        (_("Lapsed"), _("their time was over: the shop keeps them"), -flows.lapsed),
    ]


def _chart(told: queries.Owed) -> charts.Chart | None:
    months = told.months[-SHOWN:]
    if len(months) < 2:
        return None
    before, last = months[-2][1], months[-1][1]
    if last > before:
        title = _("The debt in points has grown since the month before")
    elif last < before:
        title = _("The debt in points is smaller than the month before")
    else:
        title = _("The debt in points is what it was the month before")
    labels = [formats.day(_end(month, told.until), get_language() or "ru") for month, _points in months]
    return charts.line(
        title, labels, charts.Series(_("Points owed"), [float(points) for _month, points in months])
    )


def _end(month: date, until: date) -> date:
    """The last day of a month, or the last day asked for."""
    return min((month + timedelta(days=32)).replace(day=1) - timedelta(days=1), until)
