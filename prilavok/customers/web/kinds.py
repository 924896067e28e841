"""Settings: the kinds of identifiers, and the values that tell nobody."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import actions, queries
from prilavok.customers.models import IdentifierKind, Quarantine
from prilavok.customers.web import forms
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@require_GET
@needs("customers.see")
def kinds(request: Request) -> HttpResponse:
    rows = [
        (one, queries.kind_name(one), queries.kind_limits(one), queries.is_built_in(one.code))
        for one in queries.identifier_kinds().values()
    ]
    return render(request, "customers/kinds.html", {"rows": rows})


@needs("customers.kinds")
def kind(request: Request, code: str = "") -> HttpResponse:
    """One kind to change, or a new one."""
    found = queries.identifier_kinds().get(code)
    if code and found is None:
        raise Http404
    form = forms.KindForm(request.POST or None, initial=_told(found))
    if code:
        del form.fields["code"]
    if request.method == "POST" and form.is_valid():
        try:
            values = dict(form.cleaned_data)
            actions.change_kind(code=code or values.pop("code"), by=request.actor, **values)
            toast(request, _("Saved"))
            return HttpResponseRedirect(reverse("customers:kinds"))
        except Problem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    changed = bool(code) and queries.is_built_in(code) and IdentifierKind.objects.filter(pk=code).exists()
    context = {
        "form": form,
        "kind": found,
        "name": queries.kind_name(found) if found else "",
        "changed": changed,
    }
    return render(request, "customers/kind.html", context, status=422 if form.errors else 200)


def _told(kind: IdentifierKind | None) -> dict[str, Any] | None:
    if kind is None:
        return None
    values = {name: getattr(kind, name) for name in forms.KindForm.base_fields}
    return values | {"name": str(queries.kind_name(kind)), "limits": str(queries.kind_limits(kind))}


@require_POST
@needs("customers.kinds")
def restore(request: Request, code: str) -> HttpResponse:
    try:
        actions.restore_kind(code=code, by=request.actor)
        toast(request, _("The kind is as Prilavok brings it"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("customers:kinds"))


@needs("customers.merge")
def quarantine(request: Request) -> HttpResponse:
    """Values that tell nobody; a POST puts one there by hand."""
    form = forms.QuarantineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.quarantine(by=request.actor, at=clock.now(), **form.cleaned_data)
            toast(request, _("This value tells nobody any more"))
            return HttpResponseRedirect(reverse("customers:quarantine"))
        except Problem as problem:
            form.add_error("value", str(problem))
    found = queries.quarantined(request.actor)
    page = paging.keyset(found, order=("-people", "-id"), after=request.GET.get("after"), size=50)
    rows = [(one, queries.kind_name(one.kind), queries.held_value(one, request.actor)) for one in page.items]
    context = {"rows": rows, "more": page.next, "form": form}
    return render(request, "customers/quarantine.html", context, status=422 if form.errors else 200)


@require_POST
@needs("customers.merge")
def release(request: Request, number: int) -> HttpResponse:
    try:
        actions.release(quarantine_id=number, by=request.actor, at=clock.now())
    except Quarantine.DoesNotExist as missing:
        raise Http404 from missing
    toast(request, _("The value tells again"))
    return HttpResponseRedirect(reverse("customers:quarantine"))
