"""Pages of loyalty: series of coupons, codes, and a customer's coupons."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel import tables as files
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs, own_address
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import CouponSeries
from prilavok.loyalty.web import forms, tables
from prilavok.loyalty.web.picked import PickedCodes, changed, drawn
from prilavok.orders import queries as orders
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


@require_GET
@needs("loyalty.see")
def series(request: Request) -> HttpResponse:
    found = queries.search_series(
        request.actor,
        request.GET.get("q", ""),
        state=request.GET.get("state", ""),
        origin=request.GET.get("origin", ""),
        at=clock.now(),
    )
    page = paging.keyset(found, order=("-made_at", "-id"), after=request.GET.get("after"))
    table = tables.SeriesTable(page.items, queries.figures([one.pk for one in page.items]), more=page.next)
    context = {"table": table, "rows": page.items, "filter": {"form": forms.SeriesFilters(request.GET)}}
    return render(request, "loyalty/series.html", context)


@require_GET
@needs("loyalty.see")
def attempts(request: Request) -> HttpResponse:
    """Codes that were tried and are nobody's, or another customer's."""
    found = queries.attempts(request.actor, request.GET.get("q", ""), reason=request.GET.get("reason", ""))
    page = paging.keyset(found, order=("-at", "-id"), after=request.GET.get("after"))
    people = customers.short([one.profile_id for one in page.items if one.profile_id], request.actor)
    context = {
        "table": tables.AttemptTable(page.items, people, more=page.next),
        "rows": page.items,
        "filter": {"form": forms.AttemptFilters(request.GET)},
    }
    return render(request, "loyalty/attempts.html", context)


@needs("loyalty.edit")
def new(request: Request) -> HttpResponse:
    form = forms.SeriesForm(request.POST or None, initial={"first_day": _today()})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_series(form.told(), by=request.actor, at=clock.now())
            toast(request, _("The series is made. Now make codes or choose it in a campaign."))
            own = reverse("loyalty:one", args=[made.public_id])
            return HttpResponseRedirect(own_address(request, request.GET.get("back"), own))
        except Problem as problem:
            _blame(form, problem)
    back = own_address(request, request.GET.get("back"), reverse("loyalty:series"))
    return render(
        request, "loyalty/new.html", {"form": form, "back": back}, status=422 if form.errors else 200
    )


@require_POST
@needs("loyalty.edit")
def picked(request: Request, field: str) -> HttpResponse:
    """The field for products or categories of a new series after a click in it, or after codes were pasted."""
    widget = forms.SeriesForm.base_fields[field].widget if field in forms.SeriesForm.base_fields else None
    if not isinstance(widget, PickedCodes):
        raise Http404
    text = changed(widget.thing, request.POST.get(field, ""), request.POST.get("do", ""))
    return HttpResponse(drawn(field, widget.thing, text))


def _today() -> date:
    return clock.now().astimezone(company.zone()).date()


def _blame(form: Form, problem: Problem) -> None:
    field = {"valid_until": "last_day"}.get(problem.field or "", problem.field)
    form.add_error(field if field in form.fields else None, str(problem))


@require_GET
@needs("loyalty.see")
def one(request: Request, public_id: UUID) -> HttpResponse:
    found = _series(request, public_id)
    context = {
        "series": found,
        "figures": queries.figures([found.pk])[found.pk],
        "pieces": queries.pieces(found.pk),
        "products": queries.products_of(found.pk)[:20],
        "categories": queries.categories_of(found.pk)[:20],
        "count_form": forms.CountForm(),
        "code_form": forms.CodeForm(),
    }
    return render(request, "loyalty/one.html", context | _codes(request, found))


def _series(request: Request, public_id: UUID) -> CouponSeries:
    try:
        return queries.get_series(public_id, request.actor)
    except CouponSeries.DoesNotExist as missing:
        raise Http404 from missing


def _codes(request: Request, found: CouponSeries) -> dict[str, Any]:
    codes = queries.search_codes(
        found.pk, request.actor, request.GET.get("q", ""), used=request.GET.get("used", "")
    )
    page = paging.keyset(codes, order=("-id",), after=request.GET.get("after"))
    holders = [code.profile_id for code in page.items if code.profile_id]
    return {
        "table": tables.CodeTable(page.items, customers.short(holders, request.actor), more=page.next),
        "rows": page.items,
        "filter": {"form": forms.CodeFilters(request.GET)},
    }


@require_POST
@needs("loyalty.issue")
def make_codes(request: Request, public_id: UUID) -> HttpResponse:
    form = forms.CountForm(request.POST)
    done = _("The codes are being made; the bell tells when they are there")
    return _do(request, public_id, form, actions.order_codes, done, "count")


@require_POST
@needs("loyalty.edit")
def add_code(request: Request, public_id: UUID) -> HttpResponse:
    return _do(
        request, public_id, forms.CodeForm(request.POST), actions.add_code, _("The code is added"), "code"
    )


def _do(
    request: Request, public_id: UUID, form: Form, action: Callable[..., object], done: str, field: str
) -> HttpResponse:
    """One field of a series' page: an action of the series' id and the field's value."""
    found = _series(request, public_id)
    if form.is_valid():
        try:
            action(found.pk, form.cleaned_data[field], by=request.actor, at=clock.now())
            toast(request, done)
        except Problem as problem:
            toast(request, str(problem), bad=True)
    else:
        toast(request, " ".join(str(error) for errors in form.errors.values() for error in errors), bad=True)
    return HttpResponseRedirect(reverse("loyalty:one", args=[public_id]))


@require_POST
@needs("loyalty.edit")
def close(request: Request, public_id: UUID) -> HttpResponse:
    actions.close_series(_series(request, public_id).pk, by=request.actor, at=clock.now())
    toast(request, _("The series is closed"), undo=reverse("loyalty:reopen", args=[public_id]))
    return HttpResponseRedirect(reverse("loyalty:one", args=[public_id]))


@require_POST
@needs("loyalty.edit")
def reopen(request: Request, public_id: UUID) -> HttpResponse:
    actions.reopen_series(_series(request, public_id).pk, by=request.actor, at=clock.now())
    toast(request, _("The series is valid again"))
    return HttpResponseRedirect(reverse("loyalty:one", args=[public_id]))


@require_GET
@needs("loyalty.export")
def export(request: Request, public_id: UUID) -> HttpResponse:
    """The codes of a series as a file, for a till, a site or a printer."""
    found = _series(request, public_id)
    header = [_("Code"), _("Issued"), _("Uses")]
    name = f'attachment; filename="codes-{found.public_id}.csv"'
    answer = StreamingHttpResponse(
        files.csv_chunks(header, _code_rows(request, found)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name},
    )
    return cast(HttpResponse, answer)


def _code_rows(request: Request, found: CouponSeries) -> Iterator[tuple[files.Cell, ...]]:
    after = None
    while True:
        page = paging.keyset(
            queries.coupons(found.pk, request.actor), order=("-id",), after=after, size=5_000
        )
        for code in page.items:
            yield (
                code.code,
                code.issued_at.astimezone(company.zone()).date(),
                getattr(code, "used", None) or 0,
            )
        after = page.next
        if after is None:
            return


@require_GET
@needs("loyalty.see")
def code(request: Request, code: str) -> HttpResponse:
    """One code: whose it is and what became of it."""
    found = queries.find_code(code, request.actor)
    if found is None:
        raise Http404
    people = customers.short([found.profile_id] if found.profile_id else [], request.actor)
    context = {
        "coupon": found,
        "holder": people.get(found.profile_id or 0),
        "uses": list(queries.redemptions(request.actor).filter(coupon=found).order_by("-at", "-id")),
        "freed": queries.freed_uses(found.pk, request.actor)[:50],
        "refusals": list(queries.refusals(request.actor).filter(coupon=found).order_by("-at", "-id")[:50]),
    }
    return render(request, "loyalty/code.html", context)


@require_GET
@needs("loyalty.see", "customers.see")
def of_customer(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Coupons» of a customer's card."""
    try:
        profile = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    found = queries.coupons_of_profiles(customers.kin(profile.pk), request.actor)
    page = paging.keyset(found, order=("-id",), after=request.GET.get("after"), size=30)
    context = {"profile": profile, "coupons": page.items, "more": page.next}
    return render(request, "loyalty/of_customer.html", context)


@require_GET
@needs("loyalty.see", "orders.see")
def of_receipt(request: Request, public_id: UUID) -> HttpResponse:
    """The coupons of one receipt, used and refused."""
    try:
        receipt = orders.get_whole(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    context = {
        "receipt": receipt,
        "uses": queries.redemptions(request.actor).filter(receipt=receipt),
        "refusals": queries.refusals(request.actor).filter(receipt=receipt),
    }
    return render(request, "loyalty/of_receipt.html", context)
