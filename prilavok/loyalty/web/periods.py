"""The period that a report of loyalty is about: days from one to another, a year at most; and the report as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel import tables as files

USUAL = 30  # days, where nobody says
MOST = 366
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
_DAY = {"type": "date"}


def is_possible(since: date, until: date) -> bool:
    """Whether a report can be about these days, both included."""
    return EARLIEST <= since <= until < LATEST and (until - since).days < MOST


class PeriodForm(forms.Form):
    """From a day to a day, both included; what is left out or is nonsense is the last month."""

    since = forms.DateField(
        label=_("Since"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY)
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY)
    )

    def __init__(self, data: Mapping[str, Any], at: datetime) -> None:
        today = at.astimezone(company.zone()).date()
        usual = {"since": str(today - timedelta(days=USUAL - 1)), "until": str(today)}
        super().__init__({name: data.get(name) or usual.get(name, "") for name in self.base_fields})
        self.period: tuple[date, date] | None = None
        if self.is_valid():
            self.period = self.cleaned_data["since"], self.cleaned_data["until"]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since and until and until < since:
            raise forms.ValidationError(_("The period ends before it begins: choose a later last day."))
        if since and until and (until - since).days >= MOST:
            raise forms.ValidationError(_("A period is a year at most: choose a later first day."))
        if since and until and not is_possible(since, until):
            raise forms.ValidationError(_("Choose days between the years 2000 and 2100."))
        return told


def csv_file(
    form: PeriodForm, name: str, header: Sequence[str | Promise], rows: Iterable[Sequence[files.Cell]]
) -> HttpResponse:
    """A report as a file named after its period; without a period what is wrong with it (422)."""
    if form.period is None:
        return refusal(" ".join(str(error) for error in form.non_field_errors()))
    since, until = form.period
    answer = StreamingHttpResponse(
        files.csv_chunks(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{since}-{until}.csv"'},
    )
    return cast(HttpResponse, answer)


def refusal(words: str) -> HttpResponse:
    """Why there is no file."""
    return HttpResponse(words, status=422, content_type="text/plain; charset=utf-8")
