"""Pages of the catalog: goods, one product, the tree of categories."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from prilavok.catalog import actions, ports, queries
from prilavok.catalog.models import Category, Product
from prilavok.catalog.ports import NewProduct
from prilavok.catalog.web import forms, tables
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

_YES_OR_NO = {"yes": True, "no": False}


@require_GET
@needs("catalog.see")
def products(request: Request) -> HttpResponse:
    filters = forms.Filters(request.GET, request.actor)
    category = Category.objects.filter(code=request.GET.get("category", "")).first()
    found = queries.listed(
        request.actor,
        request.GET.get("q", ""),
        category_id=category.pk if category else None,
        placeholder=_YES_OR_NO.get(request.GET.get("placeholder", "")),
    )
    page = paging.keyset(found, order=("name", "id"), after=request.GET.get("after"))
    table = tables.ProductTable(page.items, more=page.next)
    return render(
        request, "catalog/products.html", {"table": table, "rows": page.items, "filter": {"form": filters}}
    )


@require_GET
@needs("catalog.see")
def product(request: Request, public_id: UUID) -> HttpResponse:
    found = product_of(request, public_id)
    panels = [panel for panel in ports.panels.items() if request.actor.may(panel.permission)]
    return render(request, "catalog/product.html", _form(request, found) | {"panels": panels})


@needs("catalog.see")
def about(request: Request, public_id: UUID) -> HttpResponse:
    """What the catalog says of a product; a POST corrects it."""
    found = product_of(request, public_id)
    context = _form(request, found)
    if request.method == "POST":
        request.actor.must("catalog.edit")
        if context["form"].is_valid():
            _correct(request, found, context["form"].cleaned_data)
            context = _form(request, product_of(request, public_id), fresh=True)
    return render(request, "catalog/about.html", context, status=422 if context["form"].errors else 200)


def _correct(request: Request, found: Product, typed: dict[str, Any]) -> None:
    row = NewProduct(code=found.code, category_code=typed.pop("category"), **typed)
    actions.load_products([row], by=request.actor, at=clock.now(), live=True)
    toast(request, _("Saved"))


def product_of(request: Request, public_id: UUID) -> Product:
    try:
        return queries.get(public_id, request.actor)
    except Product.DoesNotExist as missing:
        raise Http404 from missing


def _form(request: Request, found: Product, *, fresh: bool = False) -> dict[str, Any]:
    data = None if fresh else request.POST or None
    return {"product": found, "form": forms.ProductForm(data, found, request.actor)}


@require_GET
@needs("catalog.see")
def categories(request: Request) -> HttpResponse:
    counted = queries.counts()
    rows = [(category, counted.get(category.pk, 0)) for category in queries.categories(request.actor)]
    return render(request, "catalog/categories.html", {"rows": rows})
