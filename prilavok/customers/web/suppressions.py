"""The stop list: found, added to, taken off, taken away as a file."""

from collections.abc import Iterator
from typing import cast

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import actions as company_actions
from prilavok.customers import actions, queries
from prilavok.customers.models import ContactKind, Suppression
from prilavok.customers.queries.suppressions import ORDER
from prilavok.kernel import clock, paging, tables
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


class SuppressionForm(Form):
    """An address to put on the stop list."""

    permission = "customers.suppress"
    value = forms.CharField(label=_("Phone or e-mail"), max_length=254)
    reason = forms.ChoiceField(label=_("Why"), choices=Suppression.Reason.choices)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class SuppressionFilters(forms.Form):
    """Which rows of the stop list."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *ContactKind.choices])
    reason = forms.ChoiceField(
        label=_("Why"), required=False, choices=[("", _("Any")), *Suppression.Reason.choices]
    )


@needs("customers.suppress")
def listed(request: Request) -> HttpResponse:
    """The stop list; a POST puts an address on it."""
    form = SuppressionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.suppress(by=request.actor, at=clock.now(), **form.cleaned_data)
            toast(request, _("On the stop list: nothing is sent there any more"))
            return HttpResponseRedirect(reverse("customers:suppressions"))
        except Problem as problem:
            form.add_error("value", str(problem))
    page = paging.keyset(_asked(request), order=ORDER, after=request.GET.get("after"), size=50)
    if request.actor.may("customers.see_contacts"):
        company_actions.note_look(
            profile_id=None, what="list", rows=len(page.items), by=request.actor, at=clock.now()
        )
    context = {
        "rows": [(one, queries.suppressed_shown(one, request.actor)) for one in page.items],
        "more": page.next,
        "form": form,
        "filter": {"form": SuppressionFilters(request.GET)},
        "may_export": request.actor.may("customers.export"),
        "may_import": request.actor.may("exchange.import"),
    }
    return render(request, "customers/suppressions.html", context, status=422 if form.errors else 200)


def _asked(request: Request) -> QuerySet[Suppression]:
    asked = {name: request.GET.get(name, "")[:254] for name in ("kind", "reason")}
    return queries.suppressions(request.actor, request.GET.get("q", "")[:254], **asked)


@require_POST
@needs("customers.suppress")
def removal(request: Request, number: int) -> HttpResponse:
    try:
        actions.lift_suppression(suppression_id=number, by=request.actor, at=clock.now())
    except Suppression.DoesNotExist as missing:
        raise Http404 from missing
    toast(request, _("Off the stop list: with a consent, this address is written to again"))
    return HttpResponseRedirect(reverse("customers:suppressions"))


@require_GET
@needs("customers.suppress", "customers.export")
def download(request: Request, kind: str) -> HttpResponse:
    """The list as a file that loads back; addresses are masked for who may not see contacts."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    found = _asked(request)
    company_actions.note_look(
        profile_id=None, what="export", rows=found.count(), by=request.actor, at=clock.now()
    )
    header, rows = [_("Address"), _("Why"), _("Note"), _("Since")], _rows(request, found)
    if kind == "xlsx":
        sheet = FileResponse(tables.xlsx_file(header, rows), as_attachment=True, filename="stop-list.xlsx")
        return cast(HttpResponse, sheet)
    disposition = {"Content-Disposition": 'attachment; filename="stop-list.csv"'}
    lines = tables.csv_chunks(header, rows)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=disposition)
    return cast(HttpResponse, answer)


def _rows(request: Request, found: QuerySet[Suppression]) -> Iterator[tuple[tables.Cell, ...]]:
    for one in queries.every_suppression(found.exclude(value="")):
        since = timezone.localtime(one.at).replace(tzinfo=None)
        yield queries.suppressed_shown(one, request.actor), str(one.get_reason_display()), one.note, since
