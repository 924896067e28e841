"""Pages of the company: shops, saved views, one's own settings."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.company import actions, queries
from prilavok.company.models import SavedView, Shop
from prilavok.company.web import forms, tables
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request, for_employees, needs, own_address
from prilavok.ui.toasts import toast


@for_employees
def me(request: Request) -> HttpResponse:
    form = forms.MySettings(request.POST or None, instance=request.user)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        actions.choose_settings(employee_id=request.actor.id or 0, **form.cleaned_data)
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("company:me"))
    return render(request, "company/me.html", {"form": form})


@needs("company.manage")
def company(request: Request) -> HttpResponse:
    form = forms.CompanyForm(request.POST or None, instance=queries.company())
    if request.method == "POST" and form.is_valid():
        actions.name_company(**form.cleaned_data, by=request.actor, demo=queries.company().demo)
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("company:shops"))
    return render(request, "company/company.html", {"form": form})


@needs("company.see")
def shops(request: Request) -> HttpResponse:
    found = queries.shops(request.actor).filter(name__icontains=request.GET.get("q", ""))
    page = paging.keyset(found, order=("natural", "id"), after=request.GET.get("after"))
    table = tables.Shops(page.items, by=request.actor)
    table.more = page.next
    context = {"table": table, "count": found.count(), "company": queries.company()}
    return render(request, "company/shops.html", context)


@needs("company.manage")
def shop(request: Request, public_id: UUID) -> HttpResponse:
    """One shop; a POST says where it stands on the globe."""
    try:
        found = queries.shop(public_id, request.actor)
    except Shop.DoesNotExist as missing:
        raise Http404 from missing
    form = forms.ShopPlace(request.POST or None, initial={"coordinates": found.place or ""})
    if request.method == "POST" and form.is_valid():
        places = {found.pk: form.cleaned_data["coordinates"]}
        actions.place_shops(places, by=request.actor, at=clock.now())
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("company:shops"))
    context = {"shop": found, "form": form}
    return render(request, "company/shop.html", context, status=422 if form.errors else 200)


# ── Saved views ──────────────────────────────────────────────────────────────────────────────────────────


@for_employees
def saved_views(request: Request, page: str) -> HttpResponse:
    """The views of a list, to share and to open it with; a POST keeps the list as it stands under a name."""
    if request.method != "POST":
        return render(request, "company/views.html", _views(request, page))
    form = forms.SavedView(request.POST)
    if form.is_valid():
        query = dict(QueryDict(form.cleaned_data["query"]).lists())
        name, shared = form.cleaned_data["name"], form.cleaned_data["shared"]
        actions.save_view(page=page, name=name, query=query, shared=shared, by=request.actor)
        toast(request, _("The view is saved"))
    else:
        toast(request, _("Give the view a name of at most 100 characters."), bad=True)
    return HttpResponseRedirect(_back(request))


def _views(request: Request, page: str) -> dict[str, Any]:
    opened = queries.default_view(page, by=request.actor)
    return {
        "page": page,
        "views": queries.saved_views(page, by=request.actor),
        "opened": opened.pk if opened else None,
        "roles": [(role.code, role.label) for role in queries.roles()],
    }


@require_POST
@for_employees
def view_sharing(request: Request, page: str, view_id: int) -> HttpResponse:
    """Whom one's own view is shown to."""
    shared, roles = request.POST.get("shared") == "on", request.POST.getlist("roles")
    try:
        actions.share_view(view_id=view_id, shared=shared, roles=roles, by=request.actor)
    except SavedView.DoesNotExist as missing:
        raise Http404 from missing
    toast(request, _("Saved"))
    return HttpResponseRedirect(reverse("company:saved_views", args=[page]))


@require_POST
@for_employees
def view_opening(request: Request, page: str, view_id: int) -> HttpResponse:
    """Open the list with this view; the same again: as it is."""
    opened = queries.default_view(page, by=request.actor)
    wanted = None if opened and opened.pk == view_id else view_id
    try:
        actions.open_with(page=page, view_id=wanted, by=request.actor)
    except SavedView.DoesNotExist as missing:
        raise Http404 from missing
    toast(request, _("Saved"))
    return HttpResponseRedirect(reverse("company:saved_views", args=[page]))


@require_POST
@for_employees
def view_removal(request: Request, page: str, view_id: int) -> HttpResponse:
    actions.forget_view(view_id=view_id, by=request.actor)
    return HttpResponseRedirect(_back(request))


def _back(request: Request) -> str:
    return own_address(request, request.POST.get("next") or request.headers.get("Referer", ""))
