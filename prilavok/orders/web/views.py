"""Pages of orders: the list of receipts, one receipt, a customer's purchases."""

from typing import cast
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging, timeline
from prilavok.kernel.web import Request, needs
from prilavok.orders import actions, ports, queries
from prilavok.orders.models import Receipt, ReceiptQuerySet, Role
from prilavok.orders.web import exports, forms, tables

PAGE = "orders"
AT_ONCE = 20  # receipts with their lines in a customer's panel


@require_GET
@needs("orders.see")
def receipts(request: Request) -> HttpResponse:
    if wanted := company.opens_with(PAGE, request.GET, by=request.actor):
        return HttpResponseRedirect(f"{request.path}?{wanted}")
    filters, found = _asked(request)
    page = paging.keyset(
        found.select_related("shop"), order=("-paid_at", "-id"), after=request.GET.get("after")
    )
    people = customers.short([one.profile_id for one in page.items if one.profile_id], request.actor)
    context = {
        "table": tables.ReceiptTable(page.items, people, more=page.next),
        "rows": page.items,
        "filter": {"form": filters},
        "narrowed": filters.asked() or request.GET.get("q"),
        "counted": queries.count(found),
        "views": company.saved_views(PAGE, by=request.actor),
        "may_export": request.actor.may("orders.export"),
    }
    return render(request, "orders/receipts.html", context)


def _asked(request: Request) -> tuple[forms.Filters, ReceiptQuerySet]:
    filters = forms.Filters(request.GET, request.actor)
    return filters, filters.narrow(queries.search(request.GET.get("q", ""), request.actor))


@require_GET
@needs("orders.export")
def export(request: Request, kind: str) -> HttpResponse:
    if kind not in exports.FORMATS:
        raise Http404
    _filters, found = _asked(request)
    company_actions.note_look(
        profile_id=None, what="export", rows=found.order_by().count(), by=request.actor, at=clock.now()
    )
    return cast(HttpResponse, exports.FORMATS[kind](exports.rows(found)))


@require_GET
@needs("orders.see")
def receipt(request: Request, public_id: UUID) -> HttpResponse:
    found = _receipt(request, public_id)
    roles = queries.roles_of(found)
    actions.note_recipients(found, by=request.actor, at=clock.now())
    involved = {found.profile_id, *(one.profile_id for one in roles)} - {None}
    people = customers.short([one for one in involved if one], request.actor)
    context = {
        "receipt": found,
        "roles": [(one, people.get(one.profile_id or 0)) for one in roles],
        "customer": people.get(found.profile_id or 0),
        "returns": queries.returns_of(found),
        "story": timeline.causes_of(found.public_id),
        "panels": [panel for panel in ports.panels.items() if request.actor.may(panel.permission)],
    }
    return render(request, "orders/receipt.html", context)


def _receipt(request: Request, public_id: UUID) -> Receipt:
    try:
        return queries.get_whole(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing


@require_GET
@needs("orders.see", "customers.see")
def purchases(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Purchases» of a customer's card."""
    try:
        profile = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    kin = customers.kin(profile.pk)
    found = queries.with_lines(queries.of_profiles(kin, request.actor))
    page = paging.keyset(found, order=("-paid_at", "-id"), after=request.GET.get("after"), size=AT_ONCE)
    in_roles = queries.roles_of_profiles(kin, request.actor)
    context = {
        "profile": profile,
        "receipts": page.items,
        "more": page.next,
        "in_roles": [(Role(one.role), one) for one in in_roles],
    }
    return render(request, "orders/purchases.html", context)
