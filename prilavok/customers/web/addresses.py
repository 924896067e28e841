"""The panel of addresses and dates."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.company import queries as company
from prilavok.customers import actions
from prilavok.customers.actions import addresses as changing
from prilavok.customers.actions import dates as remembering
from prilavok.customers.models import Address, PersonalDate
from prilavok.customers.queries import postal as queries
from prilavok.customers.rules import ADDRESS_PARTS
from prilavok.customers.web.about import AddressForm, DateForm, DateKindForm, NewAddressForm
from prilavok.customers.web.changes import remember
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@needs("customers.see")
def addresses(request: Request, public_id: UUID) -> HttpResponse:
    """Addresses and dates; a POST adds an address."""
    sheet = sheet_of(request, public_id)
    form = NewAddressForm(request.POST or None, initial={"line": request.GET.get("line", "")})
    if request.method == "POST":
        request.actor.must("customers.edit")
        if form.is_valid() and _done(request, form, lambda at: _add(request, sheet.profile.pk, form, at)):
            toast(request, _("Address added"))
            form = NewAddressForm()
    return _panel(request, public_id, address_form=form)


def _add(request: Request, profile: int, form: NewAddressForm, at: Any) -> None:
    changing.add_address(profile_id=profile, by=request.actor, at=at, **form.cleaned_data)


def _done(request: Request, form: Any, act: Any) -> bool:
    """Whether it could be done; if not, the form says why."""
    try:
        act(clock.now())
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    return True


@needs("customers.edit", "customers.see")
def address(request: Request, public_id: UUID, address: UUID) -> HttpResponse:
    """One address to correct by its parts."""
    sheet = sheet_of(request, public_id)
    found = queries.addresses_of(sheet.kin, request.actor).filter(public_id=address).first()
    if found is None:
        raise Http404
    form = AddressForm(request.POST or None, instance=found, initial={"coordinates": found.place or ""})
    if request.method == "POST" and form.is_valid():
        told = {"profile_id": sheet.profile.pk, "address": address} | form.cleaned_data
        if _done(request, form, lambda at: _correct(request, sheet, told, at)):
            return _panel(request, public_id)
    context = {"profile": sheet.profile, "form": form, "address": found}
    return render(request, "customers/address.html", context, status=422 if form.errors else 200)


def _correct(request: Request, sheet: Any, told: dict[str, Any], at: Any) -> None:
    before = changing.change_address(by=request.actor, at=at, **told)
    undo = remember(request, sheet, "address", before | {"address": str(told["address"])})
    toast(request, _("Saved"), undo=undo)


@require_POST
@needs("customers.edit", "customers.see")
def remove_address(request: Request, public_id: UUID, address: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    try:
        before = changing.remove_address(
            profile_id=sheet.profile.pk, address=address, by=request.actor, at=clock.now()
        )
    except Address.DoesNotExist as missing:
        raise Http404 from missing
    toast(request, _("Address removed"), undo=remember(request, sheet, "address_removed", before))
    return _panel(request, public_id)


@require_POST
@needs("customers.edit", "customers.see")
def dates(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    form = DateForm(request.POST)
    if form.is_valid() and _done(
        request,
        form,
        lambda at: remembering.add_date(
            profile_id=sheet.profile.pk, by=request.actor, at=at, **form.cleaned_data
        ),
    ):
        toast(request, _("Date added"))
        form = DateForm()
    return _panel(request, public_id, date_form=form)


@require_POST
@needs("customers.edit", "customers.see")
def remove_date(request: Request, public_id: UUID, date_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    try:
        before = remembering.remove_date(
            profile_id=sheet.profile.pk, date_id=date_id, by=request.actor, at=clock.now()
        )
    except PersonalDate.DoesNotExist as missing:
        raise Http404 from missing
    toast(request, _("Date removed"), undo=remember(request, sheet, "date_removed", before))
    return _panel(request, public_id)


def _panel(request: Request, public_id: UUID, **own: Any) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    actions.note_contacts([sheet.profile.pk], by=request.actor, at=clock.now())
    today = clock.now().astimezone(company.zone()).date()
    forms = {"address_form": NewAddressForm(), "date_form": DateForm()} | own
    context = {
        "profile": sheet.profile,
        "addresses": queries.addresses_of(sheet.kin, request.actor),
        "days": queries.days_of(sheet.profile, sheet.kin, request.actor, today=today),
        "today": today,
        "parts": ADDRESS_PARTS,
    }
    bad = any(form.errors for form in forms.values())
    return render(request, "customers/addresses.html", context | forms, status=422 if bad else 200)


@needs("customers.kinds")
def date_kinds(request: Request) -> HttpResponse:
    """Settings: the kinds of personal dates; a POST makes one, or calls one anew."""
    form = DateKindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        remembering.change_date_kind(by=request.actor, **form.cleaned_data)
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("customers:date_kinds"))
    context = {"kinds": queries.date_kinds(), "form": form}
    return render(request, "customers/date_kinds.html", context, status=422 if form.errors else 200)
