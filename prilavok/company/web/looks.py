"""The log of access to personal data: searched, filtered, taken away as a file."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from prilavok.company import actions, ports, queries
from prilavok.company.models import Look
from prilavok.company.web import tables as own_tables
from prilavok.kernel import clock, paging, tables
from prilavok.kernel.web import Request, needs

ORDER = ("-at", "-id")
_DAY = {"type": "date"}


class LookFilters(forms.Form):
    """Who looked, at what, when."""

    who = forms.ChoiceField(
        label=_("Who"),
        required=False,
        choices=lambda: [("", _("Anybody")), *queries.who_may_look()],
    )
    what = forms.ChoiceField(
        label=_("What"), required=False, choices=[("", _("Anything")), *Look.What.choices]
    )
    since = forms.DateField(label=_("Since"), required=False, widget=forms.DateInput(attrs=_DAY))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs=_DAY))


@require_GET
@needs("company.see_looks")
def looks(request: Request) -> HttpResponse:
    found, form, asked = _asked(request)
    page = paging.keyset(found, order=ORDER, after=request.GET.get("after"))
    whose = ports.whose()({look.profile_id for look in page.items if look.profile_id}, request.actor)
    table = own_tables.Looks(page.items, names=queries.who_looked(page.items), whose=whose, more=page.next)
    context = {"table": table, "filter": {"form": form}, "asked": asked}
    return render(request, "company/looks.html", context)


def _asked(request: Request) -> tuple[QuerySet[Look], LookFilters, bool]:
    """What the filters and the search leave; nonsense in a filter leaves it out."""
    form = LookFilters(request.GET)
    form.is_valid()
    typed: dict[str, Any] = {name: form.cleaned_data.get(name) or None for name in form.fields}
    text = request.GET.get("q", "").strip()[:100]
    asked = bool(text) or any(typed.values())
    typed["since"] = _midnight(typed["since"]) if typed["since"] else None
    typed["until"] = _midnight(typed["until"] + timedelta(days=1)) if typed["until"] else None
    plain = typed | {name: typed[name] or "" for name in ("who", "what")}
    profiles = ports.find_whose()(text, request.actor) if text else None
    return queries.looks(request.actor, profiles=profiles, **plain), form, asked


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


@require_GET
@needs("company.see_looks")
def download(request: Request, kind: str) -> HttpResponse:
    """The same as a file; that it was taken stands in the log too."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    found, _form, _asked_for = _asked(request)
    actions.note_look(profile_id=None, what="export", rows=found.count(), by=request.actor, at=clock.now())
    header, rows = (
        [_("When"), _("Who"), _("What"), _("Customer"), _("How many customers")],
        _rows(request, found),
    )
    if kind == "xlsx":
        sheet = FileResponse(tables.xlsx_file(header, rows), as_attachment=True, filename="access-log.xlsx")
        return cast(HttpResponse, sheet)
    lines = tables.csv_chunks(header, rows)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="access-log.csv"'
    return cast(HttpResponse, answer)


def _rows(request: Request, found: QuerySet[Look]) -> Iterator[tuple[tables.Cell, ...]]:
    """Page by page: no long transaction, no large memory."""
    after = None
    while True:
        page = paging.keyset(found, order=ORDER, after=after, size=500)
        names = queries.who_looked(page.items)
        whose = ports.whose()({one.profile_id for one in page.items if one.profile_id}, request.actor)
        for one in page.items:
            person = whose.get(one.profile_id or 0)
            at = timezone.localtime(one.at).replace(tzinfo=None)
            yield at, names[one.pk], str(one.get_what_display()), person.name if person else "", one.rows
        after = page.next
        if after is None:
            return
