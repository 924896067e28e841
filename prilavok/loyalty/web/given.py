"""Pages of gifts: all of them, those of a customer with the form that gives one, those of a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import django_tables2 as tables
from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.queries import Short
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import Gift
from prilavok.loyalty.ports import NewGift
from prilavok.loyalty.queries import Followed
from prilavok.loyalty.web.programme_forms import ANY
from prilavok.loyalty.web.tables import person
from prilavok.orders import queries as orders
from prilavok.ui.forms import Form
from prilavok.ui.tables import FigureColumn, MomentColumn, Table
from prilavok.ui.templatetags.ui import money
from prilavok.ui.toasts import toast

OFFERED = 12  # goods offered for the letters typed


class GiftTable(Table):
    given_at = MomentColumn(verbose_name=_("When given"))
    goods = tables.Column(verbose_name=_("Gift"), accessor="product__name")
    quantity = FigureColumn(verbose_name=_("Quantity"))
    customer = tables.Column(verbose_name=_("Customer"), accessor="profile_id", empty_values=())
    why = tables.Column(verbose_name=_("Promotion"), accessor="promotion", empty_values=())
    shop = tables.Column(verbose_name=_("Shop"), accessor="shop__name")
    after = tables.Column(verbose_name=_("Purchase after it"), accessor="pk")

    def __init__(
        self, rows: list[Gift], people: Mapping[int, Short], after: Mapping[int, Followed], **more: Any
    ) -> None:
        super().__init__(rows, **more)
        self.people, self.followed = people, after

    def render_customer(self, record: Gift) -> SafeString | str:
        return person(self.people, record.profile_id, _("not known"))

    def render_why(self, record: Gift) -> SafeString | str:
        return because(record)

    def render_after(self, record: Gift) -> SafeString | str:
        return later(record, self.followed.get(record.pk))


def because(gift: Gift) -> SafeString | str:
    """The promotion that gave it, or that it came from somebody's hand."""
    if gift.promotion is None:
        return str(_("by hand"))
    address = reverse("loyalty:promotion", args=[gift.promotion.public_id])
    return format_html('<a href="{}">{}</a>', address, gift.promotion.name)


def later(gift: Gift, sale: Followed | None) -> SafeString | str:
    """The first purchase after it, or that it was taken back."""
    if gift.taken_back_at is not None:
        return str(_("taken back"))
    if sale is None:
        return "—"
    address = reverse("orders:receipt", args=[sale.receipt])
    return format_html('<a href="{}">{}</a>', address, money(sale.revenue, sale.currency))


class GiftFilters(forms.Form):
    """The filters of the list of gifts."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, ("given", _("given")), ("back", _("taken back"))]
    )
    shop = forms.ChoiceField(label=_("Shop"), required=False)
    promotion = forms.ChoiceField(label=_("Promotion"), required=False)

    def __init__(self, data: Any, by: Actor) -> None:
        super().__init__(data)
        self.fields["shop"].choices = [ANY, *((one.code, one.name) for one in company.shops(by))]  # type: ignore[attr-defined]
        self.fields["promotion"].choices = [ANY, *_promotions(by)]  # type: ignore[attr-defined]


def _promotions(by: Actor) -> list[tuple[str, str]]:
    found = queries.promotions(by).order_by("-changed_at", "-id")[:100]
    return [(str(one.public_id), one.name) for one in found]


class GiftForm(Form):
    """Something is given by hand. The product is picked from what is offered, or its code is typed."""

    permission = "loyalty.give_gifts"
    check_on_leaving = False
    product = forms.CharField(
        label=_("What"),
        max_length=200,
        help_text=_("Type letters of the name, or the code."),
        widget=forms.TextInput(attrs={"list": "gift-goods", "autocomplete": "off"}),
    )
    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=Decimal("0.001"), max_digits=14, decimal_places=3, initial=1
    )
    shop = forms.ChoiceField(label=_("Shop"))
    promotion = forms.ChoiceField(label=_("Because of the promotion"), required=False)

    def for_actor(self, by: Actor) -> GiftForm:
        self.fields["product"].widget.attrs.update(
            {
                "hx-get": reverse("loyalty:gift_goods"),
                "hx-trigger": "input changed delay:200ms",
                "hx-target": "#gift-goods",
            }
        )
        self.fields["shop"].choices = [(one.code, one.name) for one in company.shops(by)]  # type: ignore[attr-defined]
        self.fields["promotion"].choices = [("", _("none")), *_promotions(by)]  # type: ignore[attr-defined]
        return self


@require_GET
@needs("loyalty.see")
def gifts(request: Request) -> HttpResponse:
    filters = GiftFilters(request.GET, request.actor)
    filters.is_valid()
    chosen = filters.cleaned_data
    found = queries.search_gifts(
        request.actor,
        request.GET.get("q", ""),
        promotion=UUID(chosen["promotion"]) if chosen.get("promotion") else None,
        shop=chosen.get("shop", ""),
        state=chosen.get("state", ""),
    )
    page = paging.keyset(found, order=("-given_at", "-id"), after=request.GET.get("after"))
    people = customers.short([one.profile_id for one in page.items if one.profile_id], request.actor)
    after = queries.followed([one.pk for one in page.items])
    context = {
        "table": GiftTable(page.items, people, after, more=page.next),
        "rows": page.items,
        "filter": {"form": filters},
    }
    return render(request, "loyalty/gifts.html", context)


@needs("loyalty.see", "customers.see")
def of_customer(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Gifts» of a customer's card; a POST gives one."""
    try:
        profile = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    form = None
    if request.actor.may("loyalty.give_gifts") and profile.status != "erased":
        form = GiftForm(request.POST or None).for_actor(request.actor)
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid() and _give(request, profile.pk, form):
            return HttpResponseRedirect(f"{reverse('customers:card', args=[public_id])}?tab=gifts")
    found = queries.gifts_of(customers.kin(profile.pk), request.actor)
    page = paging.keyset(found, order=("-given_at", "-id"), after=request.GET.get("after"), size=30)
    after = queries.followed([one.pk for one in page.items])
    context = {
        "profile": profile,
        "gifts": [(one, because(one), later(one, after.get(one.pk))) for one in page.items],
        "more": page.next,
        "form": form,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "loyalty/gifts_of_customer.html", context, status=status)


def _give(request: Request, profile_id: int, form: GiftForm) -> bool:
    """Give what was typed; False, and the form says why, if it cannot be given."""
    typed = form.cleaned_data
    product = _product(typed["product"], request.actor)
    if isinstance(product, str):
        form.add_error("product", product)
        return False
    promotion = None
    if typed["promotion"]:
        promotion = queries.get_promotion(UUID(typed["promotion"]), request.actor).pk
    shop = company.shops_by_code([typed["shop"]])[typed["shop"]]
    new = NewGift(profile_id, product, shop.pk, typed["quantity"], promotion)
    try:
        gift = actions.give_gift(new, by=request.actor, at=clock.now())
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    toast(request, say("The gift is written down"), undo=reverse("loyalty:gift_back", args=[gift.public_id]))
    return True


def _product(typed: str, by: Actor) -> int | str:
    """The product that was meant, or what is wrong with what was typed."""
    known = catalog.products_by_code([typed.strip()])
    if known:
        return known[typed.strip()].id
    found = list(catalog.search(typed, by).order_by("name", "id")[:2]) if typed.strip() else []
    if len(found) == 1:
        return found[0].pk
    return say("Several goods are named so: choose one of those offered.") if found else say("There is none.")


@require_GET
@needs("loyalty.see", "catalog.see")
def goods(request: Request) -> HttpResponse:
    """Goods for the letters typed."""
    text = request.GET.get("product", "").strip()
    found = catalog.search(text, request.actor).order_by("name", "id")[:OFFERED] if text else []
    return render(request, "loyalty/gift_goods.html", {"goods": found})


@require_POST
@needs("loyalty.give_gifts", "loyalty.see")
def back(request: Request, public_id: UUID) -> HttpResponse:
    """A gift from somebody's hand is taken back."""
    try:
        gift = queries.get_gift(public_id, request.actor)
    except Gift.DoesNotExist as missing:
        raise Http404 from missing
    try:
        actions.take_gift_back(gift.pk, by=request.actor, at=clock.now())
        toast(request, say("The gift counts no more"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    holder = customers.short([gift.profile_id], request.actor) if gift.profile_id else {}
    if gift.profile_id in holder:
        card = reverse("customers:card", args=[holder[gift.profile_id].public_id])
        return HttpResponseRedirect(f"{card}?tab=gifts")
    return HttpResponseRedirect(reverse("loyalty:gifts"))


@require_GET
@needs("loyalty.see", "orders.see")
def of_receipt(request: Request, public_id: UUID) -> HttpResponse:
    """What came with one purchase, and what followed it."""
    try:
        receipt = orders.get_whole(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    found = list(queries.gifts_on(receipt, request.actor))
    after = queries.followed([one.pk for one in found])
    told = [(one, because(one), later(one, after.get(one.pk))) for one in found]
    return render(request, "loyalty/gifts_of_receipt.html", {"receipt": receipt, "gifts": told})
