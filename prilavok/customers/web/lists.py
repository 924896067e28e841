"""The customer list and what leaves it as a file."""

from dataclasses import dataclass, replace
from typing import Any, cast

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers import actions, queries
from prilavok.customers.models import ProfileQuerySet
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.customers.web import exports, forms, tables
from prilavok.customers.web.own_forms import OwnForm
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

PAGE = "customers"


@dataclass(frozen=True)
class Asked:
    """What the address asks the list for."""

    filters: forms.Filters
    profiles: ProfileQuerySet
    sort: str
    columns: tuple[str, ...]

    @property
    def form(self) -> forms.Filters:
        return self.filters

    @property
    def narrowed(self) -> bool:
        return bool(self.filters.chosen() or self.filters.data.get("q"))


def asked(request: Request) -> Asked:
    filters = forms.Filters(request.GET, request.actor)
    profiles = queries.listed(request.actor, request.GET.get("q", ""), filters.chosen())
    known = tables.columns(request.actor)
    chosen = tuple(name for name in request.GET.getlist("columns") if name in known)
    if request.GET.get("all"):
        chosen = tuple(known)
    return Asked(filters, profiles, request.GET.get("sort", ""), chosen or tables.AT_FIRST)


@require_GET
@needs("customers.see")
def customers(request: Request) -> HttpResponse:
    if wanted := company.opens_with(PAGE, request.GET, by=request.actor):
        return HttpResponseRedirect(f"{request.path}?{wanted}")
    ask = asked(request)
    page = queries.page_of(ask.profiles, sort=ask.sort, after=request.GET.get("after"), by=request.actor)
    shown = tables.asked_indicators(ask.columns)
    more = {"legal": tables.asks_legal(ask.columns), "consents": tables.asks_consents(ask.columns)}
    rows = queries.lines(page.items, request.actor, shown, **more)
    actions.note_contacts([row.id for row in rows], by=request.actor, at=clock.now())
    table = tables.CustomerTable(rows, shown=ask.columns, sort=ask.sort, more=page.next, by=request.actor)
    context = {"ask": ask, "table": table, "rows": rows}
    return render(request, "customers/list.html", context | _toolbar(request, ask))


@require_GET
@needs("customers.see")
def count(request: Request) -> HttpResponse:
    """How many the list holds; asked after the list stands there."""
    return render(request, "customers/counted.html", {"counted": queries.count(asked(request).profiles)})


def _toolbar(request: Request, ask: Asked) -> dict[str, Any]:
    choice = [
        {"key": key, "label": label, "shown": key in ask.columns}
        for key, label in tables.columns(request.actor).items()
    ]
    views = company.saved_views(PAGE, by=request.actor)
    return {"columns": choice, "views": views, "may_export": request.actor.may("customers.export")}


@require_GET
@needs("customers.export")
def export(request: Request) -> HttpResponse:
    """How many customers would leave, with which columns, in which format."""
    ask = asked(request)
    context = {
        "ask": ask,
        "counted": queries.count(ask.profiles),
        "columns": exports.header(ask.columns, request.actor),
    }
    return render(request, "customers/export.html", context)


@require_GET
@needs("customers.export")
def download(request: Request, kind: str) -> HttpResponse:
    if kind not in exports.FORMATS:
        raise Http404
    ask = asked(request)
    total = ask.profiles.order_by().count()
    company_actions.note_look(profile_id=None, what="export", rows=total, by=request.actor, at=clock.now())
    told = exports.sheet(ask.profiles, ask.columns, request.actor, ask.sort)
    return cast(HttpResponse, exports.FORMATS[kind](*told))


@needs("customers.register")
def new(request: Request) -> HttpResponse:
    told = {"phone": request.GET.get("phone", "")[:50]}  # of whoever calls
    form = forms.NewCustomerForm(request.POST or None, initial=told).for_actor(request.actor)
    own = OwnForm(request.POST or None, by=request.actor, kind="person", registering=True)
    if request.method == "POST" and all([form.is_valid(), own.is_valid()]):
        try:
            customer = replace(_new_customer(form.cleaned_data, request), own=own.told())
            profile = actions.register(customer, by=request.actor, at=clock.now())
            toast(request, _("The customer is registered"))
            return HttpResponseRedirect(reverse("customers:card", args=[profile.public_id]))
        except Problem as problem:
            at_fault = own if problem.field in own.fields else form
            at_fault.add_error(_FORM_FIELD.get(problem.field or "", problem.field), str(problem))
    bad = bool(form.errors or own.errors)
    return render(request, "customers/new.html", {"form": form, "own": own}, status=422 if bad else 200)


_FORM_FIELD = {"cards": "card", "external_id": None}


def _new_customer(typed: dict[str, Any], request: Request) -> NewCustomer:
    shop = company.shops(request.actor).filter(code=typed["shop"]).first()
    consent = NewConsent(channel="email", source="operator")
    return NewCustomer(
        last_name=typed["last_name"],
        first_name=typed["first_name"],
        middle_name=typed["middle_name"],
        sex=typed["sex"],
        phone=typed["phone"],
        email=typed["email"],
        birth_date=typed["birth_date"],
        cards=(typed["card"],) if typed["card"] else (),
        shop_id=shop.pk if shop else None,
        source="operator",
        consents=(consent,) if typed["consent"] and typed["email"] else (),
    )
