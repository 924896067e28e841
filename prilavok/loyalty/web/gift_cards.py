"""Pages of gift cards: the list, one card, kinds with their numbers, what is owed for them."""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
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
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, gifts, queries
from prilavok.loyalty.models import GiftCard, GiftKind
from prilavok.loyalty.ports import GiftSale
from prilavok.loyalty.web import gift_forms as forms
from prilavok.loyalty.web.periods import EARLIEST, LATEST
from prilavok.loyalty.web.programmes import blame
from prilavok.orders import queries as orders
from prilavok.ui.toasts import toast


@require_GET
@needs("loyalty.see_gift_cards")
def gift_cards(request: Request) -> HttpResponse:
    filters = forms.GiftFilters(request.GET, queries.gift_kinds(request.actor))
    filters.is_valid()
    chosen = filters.cleaned_data
    kind = UUID(chosen["kind"]) if chosen.get("kind") else None
    found = queries.search_gift_cards(
        request.actor, request.GET.get("q", ""), kind=kind, state=chosen.get("state", "")
    )
    page = paging.keyset(found, order=("-id",), after=request.GET.get("after"))
    left = queries.gift_balances(page.items, at=clock.now())
    table = forms.GiftCardTable(page.items, left, _people(request, page.items), more=page.next)
    context = {"table": table, "rows": page.items, "filter": {"form": filters}}
    return render(request, "loyalty/gift_cards.html", context)


def _people(request: Request, cards: list[GiftCard]) -> dict[int, customers.Short]:
    bound = [one.profile_id for one in cards if one.profile_id]
    return dict(customers.short(bound, request.actor)) if bound else {}


@require_GET
@needs("loyalty.see_gift_cards")
def gift_card(request: Request, public_id: UUID) -> HttpResponse:
    found, now = _card(request, public_id), clock.now()
    changes = list(queries.gift_history(found, request.actor))
    names = company.employee_names({one.by_id for one in changes if one.by_kind == "employee" and one.by_id})
    context = {
        "card": found,
        "kind": forms.GIFT_STATES[found.state],
        "left": queries.gift_balances([found], at=now)[found.pk],
        "holder": forms.holder(found, _people(request, [found])),
        "changes": [(one, names.get(one.by_id or 0, "")) for one in changes],
        "unused": found.state == GiftCard.State.ACTIVE and not any(one.told_by for one in changes),
        "sale_form": forms.GiftSaleForm().for_actor(request.actor),
        "top_up_form": forms.GiftTopUpForm().for_actor(request.actor),
        "takes_more": found.kind.value is None and found.state in (*GiftCard.SOLD, GiftCard.State.USED),
        "has_rest": found.state in GiftCard.SOLD,
        "at": now,
    }
    return render(request, "loyalty/gift_card.html", context)


def _card(request: Request, public_id: UUID) -> GiftCard:
    try:
        return queries.get_gift_card(public_id, request.actor)
    except GiftCard.DoesNotExist as missing:
        raise Http404 from missing


@require_POST
@needs("loyalty.sell_gift_cards", "loyalty.see_gift_cards")
def sale(request: Request, public_id: UUID) -> HttpResponse:
    form = forms.GiftSaleForm(request.POST).for_actor(request.actor)

    def sell(card: GiftCard, **more: Any) -> object:
        typed, shop_id = _paid_by(form)
        sold = GiftSale(card.number, typed.get("amount"))
        return actions.sell_gift_cards([sold], shop_id=shop_id, receipt=typed["receipt"], **more)

    return _do(request, public_id, sell, _("The card is sold: it pays from now on"))


@require_POST
@needs("loyalty.sell_gift_cards", "loyalty.see_gift_cards")
def top_up(request: Request, public_id: UUID) -> HttpResponse:
    form = forms.GiftTopUpForm(request.POST).for_actor(request.actor)

    def put_on(card: GiftCard, **more: Any) -> object:
        typed, shop_id = _paid_by(form)
        if not typed.get("amount"):
            raise Problem(_("Say how much, in which shop, and the fiscal number of the receipt."))
        return actions.top_up_gift_card(
            card.pk, typed["amount"], shop_id=shop_id, receipt=typed["receipt"], **more
        )

    return _do(request, public_id, put_on, _("The money is on the card"))


def _paid_by(form: forms.GiftSaleForm | forms.GiftTopUpForm) -> tuple[dict[str, Any], int]:
    """What was typed of the receipt that money came with, and its shop. Raises Problem."""
    form.is_valid()
    typed = form.cleaned_data
    shop = company.shops_by_code([typed.get("shop", "")])
    if not shop or not typed.get("receipt"):
        raise Problem(_("Say in which shop, and the fiscal number of the receipt."))
    return typed, shop[typed["shop"]].pk


@require_POST
@needs("loyalty.pay_gift_cards_out", "loyalty.see_gift_cards")
def payout(request: Request, public_id: UUID) -> HttpResponse:
    def pay_out(card: GiftCard, **more: Any) -> object:
        return actions.pay_gift_card_out(card.pk, reason=request.POST.get("reason", ""), **more)

    return _do(request, public_id, pay_out, _("The card pays no more. Give the rest in money."))


@require_POST
@needs("loyalty.sell_gift_cards", "loyalty.see_gift_cards")
def taking_back(request: Request, public_id: UUID) -> HttpResponse:
    def take_back(card: GiftCard, **more: Any) -> object:
        return actions.take_gift_card_back(card.pk, **more)

    return _do(request, public_id, take_back, _("The card is worth nothing again. Give the money back."))


@require_POST
@needs("loyalty.block_gift_cards", "loyalty.see_gift_cards")
def block(request: Request, public_id: UUID) -> HttpResponse:
    def stop(card: GiftCard, **more: Any) -> object:
        return actions.block_gift_card(card.pk, reason=request.POST.get("reason", ""), **more)

    undo = reverse("loyalty:gift_card_unblocking", args=[public_id])
    return _do(request, public_id, stop, _("The card is blocked: it pays for nothing"), undo=undo)


@require_POST
@needs("loyalty.block_gift_cards", "loyalty.see_gift_cards")
def unblocking(request: Request, public_id: UUID) -> HttpResponse:
    def free(card: GiftCard, **more: Any) -> object:
        return actions.unblock_gift_card(card.pk, **more)

    return _do(request, public_id, free, _("The card is good again"))


def _do(
    request: Request, public_id: UUID, act: Callable[..., object], done: str, undo: str = ""
) -> HttpResponse:
    found = _card(request, public_id)
    try:
        act(found, by=request.actor, at=clock.now())
        toast(request, done, undo=undo)
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("loyalty:gift_card", args=[public_id]))


# ── Kinds ────────────────────────────────────────────────────────────────────────────────────────────────


@require_GET
@needs("loyalty.see_gift_cards")
def kinds(request: Request) -> HttpResponse:
    found = list(queries.gift_kinds(request.actor))
    stock, sums = queries.gift_stock([one.pk for one in found]), queries.gift_sums(found)
    rows = [(one, stock[one.pk], sums[one.pk]) for one in found]
    return render(request, "loyalty/gift_kinds.html", {"kinds": rows})


@needs("loyalty.issue_gift_cards")
def new_kind(request: Request) -> HttpResponse:
    form = forms.NewGiftKindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_gift_kind(by=request.actor, at=clock.now(), **form.terms())
            toast(
                request, _("The kind is made. Now issue numbers: they are worth nothing until they are sold.")
            )
            return HttpResponseRedirect(reverse("loyalty:gift_kind", args=[made.public_id]))
        except Problem as problem:
            blame(form, problem)
    return render(request, "loyalty/gift_kind.html", {"form": form}, status=422 if form.errors else 200)


@needs("loyalty.issue_gift_cards", "loyalty.see_gift_cards")
def kind(request: Request, public_id: UUID) -> HttpResponse:
    found = _kind(request, public_id)
    names = forms.GiftKindForm.base_fields
    form = forms.GiftKindForm(
        request.POST or None, initial={name: _plain(getattr(found, name)) for name in names}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_gift_kind(found.pk, by=request.actor, at=clock.now(), **form.cleaned_data)
            toast(request, _("Saved"))
            return HttpResponseRedirect(request.path)
        except Problem as problem:
            blame(form, problem)
    stock = queries.gift_stock([found.pk])[found.pk]
    context = {
        "form": form,
        "kind": found,
        "stock": stock,
        "good": stock.get("active", 0) + stock.get("partly", 0),
        "sums": queries.gift_sums([found])[found.pk],
        "example": "" if found.secret else found.shape.number(1),
        "count_form": forms.GiftCountForm(),
        "numbers_form": forms.GiftNumbersForm(),
    }
    return render(request, "loyalty/gift_kind.html", context, status=422 if form.errors else 200)


def _plain(value: Any) -> Any:
    """A sum as people type it."""
    return value.quantize(Decimal("0.01")) if isinstance(value, Decimal) else value


def _kind(request: Request, public_id: UUID) -> GiftKind:
    try:
        return queries.get_gift_kind(public_id, request.actor)
    except GiftKind.DoesNotExist as missing:
        raise Http404 from missing


@require_POST
@needs("loyalty.issue_gift_cards", "loyalty.see_gift_cards")
def issue(request: Request, public_id: UUID) -> HttpResponse:
    found, form = _kind(request, public_id), forms.GiftCountForm(request.POST)
    if form.is_valid():
        try:
            actions.order_gift_cards(found.pk, form.cleaned_data["count"], by=request.actor, at=clock.now())
            toast(request, _("The numbers are issued, or soon will be: the bell tells"))
        except Problem as problem:
            toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("loyalty:gift_kind", args=[public_id]))


@require_POST
@needs("loyalty.issue_gift_cards", "loyalty.see_gift_cards")
def printed(request: Request, public_id: UUID) -> HttpResponse:
    """Numbers that a printer made are taken into the stock."""
    found, form = _kind(request, public_id), forms.GiftNumbersForm(request.POST)
    if form.is_valid():
        try:
            new = actions.add_gift_cards(found.pk, form.printed(), by=request.actor, at=clock.now())
            toast(request, _("Numbers taken: %(number)s") % {"number": new})
        except Problem as problem:
            toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("loyalty:gift_kind", args=[public_id]))


@require_POST
@needs("loyalty.issue_gift_cards", "loyalty.see_gift_cards")
def export(request: Request, public_id: UUID) -> HttpResponse:
    """Numbers and PINs of what is not sold yet, for a printer; who took them is written down."""
    found = _kind(request, public_id)
    actions.tell_of_export(found.pk, by=request.actor, at=clock.now())
    rows: Iterator[tuple[files.Cell, ...]] = iter(queries.unsold_numbers(found, request.actor))
    name = f'attachment; filename="gift-cards-{found.code}.csv"'
    answer = StreamingHttpResponse(
        files.csv_chunks([_("Number"), "PIN"], rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name},
    )
    return cast(HttpResponse, answer)


# ── What is owed; panels ─────────────────────────────────────────────────────────────────────────────────


@require_GET
@needs("loyalty.see_gift_cards")
def liability(request: Request) -> HttpResponse:
    """What stood on all cards on the evening of a day, and what changed it since the month began."""
    zone, now = company.zone(), clock.now()
    form = forms.DayForm(request.GET or None)
    day = (form.cleaned_data.get("day") if form.is_valid() else None) or now.astimezone(zone).date()
    day = min(max(day, EARLIEST), LATEST)
    evening = datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
    month = datetime.combine(day.replace(day=1), time(), zone) - timedelta(microseconds=1)
    told = queries.gift_liability(request.actor, since=month, at=min(evening, now))
    context = {
        "day": day,
        "first": day.replace(day=1),
        "owed": told.owed,
        "changed": told.changed,
        "told": told,
        "before": told.owed.total - told.changed.change,
    }
    return render(request, "loyalty/gift_liability.html", context)


@require_GET
@needs("loyalty.see_gift_cards", "customers.see")
def of_customer(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Gift cards» of a customer's card: those that are bound to them."""
    try:
        profile = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    found = list(queries.gift_cards_of(customers.kin(profile.pk), request.actor)[:100])
    left = queries.gift_balances(found, at=clock.now())
    cards = [(one, forms.GIFT_STATES[one.state], left[one.pk]) for one in found]
    return render(request, "loyalty/gift_of_customer.html", {"profile": profile, "cards": cards})


@require_GET
@needs("loyalty.see_gift_cards", "orders.see")
def of_receipt(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Gift cards» of a receipt: what they paid of it, or got back."""
    try:
        receipt = orders.get_whole(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    payments = list(queries.gift_payments_on(receipt, request.actor))
    rest = receipt.paid - sum((one.amount for one in payments), gifts.ZERO)
    context = {"receipt": receipt, "payments": payments, "rest": rest}
    return render(request, "loyalty/gift_of_receipt.html", context)
