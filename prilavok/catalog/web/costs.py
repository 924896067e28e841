"""The panel of what a product costs the shop."""

from datetime import date
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.catalog import actions, queries
from prilavok.catalog.models import Product, ProductCost
from prilavok.catalog.ports import NewCost
from prilavok.catalog.web.forms import CostForm
from prilavok.catalog.web.views import product_of
from prilavok.company import queries as company
from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@needs("catalog.see", "catalog.cost")
def costs(request: Request, public_id: UUID) -> HttpResponse:
    """Costs by the days from which they hold; a POST says one."""
    product = product_of(request, public_id)
    form = CostForm(request.POST or None, initial=_today())
    if request.method == "POST" and form.is_valid():
        told = NewCost(code=product.code, **form.cleaned_data)
        actions.load_costs([told], by=request.actor, at=clock.now(), live=True)
        toast(request, _("Saved: margins of sales from that day on are reckoned anew"))
        form = CostForm(initial=_today())
    return _panel(request, product, form)


@require_POST
@needs("catalog.see", "catalog.cost")
def drop(request: Request, public_id: UUID) -> HttpResponse:
    """Take a cost out that was said by mistake."""
    product = product_of(request, public_id)
    try:
        since = date.fromisoformat(request.POST.get("since", ""))
        actions.drop_cost(product_id=product.pk, since=since, by=request.actor, at=clock.now())
    except (ValueError, ProductCost.DoesNotExist) as missing:
        raise Http404 from missing
    toast(request, _("Removed: margins of sales from that day on are reckoned anew"))
    return _panel(request, product, CostForm(initial=_today()))


def _today() -> dict[str, date]:
    return {"since": clock.now().astimezone(company.zone()).date()}


def _panel(request: Request, product: Product, form: CostForm) -> HttpResponse:
    context = {
        "product": product,
        "form": form,
        "costs": queries.costs(product.pk, request.actor),
    }
    return render(request, "catalog/costs.html", context, status=422 if form.errors else 200)
