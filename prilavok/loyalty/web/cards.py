"""Pages of cards: kinds and their stock, the list, one card and what is done with it."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, pictures, queries
from prilavok.loyalty.models import Card, CardKind, CardStatus
from prilavok.loyalty.web import account_tables as tables
from prilavok.loyalty.web import programme_forms as forms
from prilavok.loyalty.web import proposals
from prilavok.loyalty.web.accounts import points_page
from prilavok.loyalty.web.programmes import blame, programme_of
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


@require_GET
@needs("loyalty.see")
def cards(request: Request) -> HttpResponse:
    statuses = queries.card_statuses(request.actor)
    filters = forms.CardFilters(request.GET, queries.card_kinds(request.actor), statuses)
    filters.is_valid()
    chosen = filters.cleaned_data
    kind = UUID(chosen["kind"]) if chosen.get("kind") else None
    found = queries.search_cards(
        request.actor,
        request.GET.get("q", ""),
        kind=kind,
        state=chosen.get("state", ""),
        status=chosen.get("status", ""),
    )
    found = found.select_related("account__household")
    page = paging.keyset(found, order=("-id",), after=request.GET.get("after"))
    people = proposals.people([one.account for one in page.items if one.account], request.actor)
    table = tables.CardTable(page.items, people, more=page.next)
    return render(
        request, "loyalty/cards.html", {"table": table, "rows": page.items, "filter": {"form": filters}}
    )


@require_GET
@needs("loyalty.see")
def card(request: Request, public_id: UUID) -> HttpResponse:
    found = _card(request, public_id)
    changes = list(queries.card_history(found, request.actor))
    names = company.employee_names({one.by_id for one in changes if one.by_kind == "employee" and one.by_id})
    account = queries.get_account(found.account.public_id, request.actor) if found.account else None
    context = {
        "card": found,
        "kind": tables.CARD_KINDS[found.state],
        "account": account,
        "owner": proposals.owner(account, proposals.people([account], request.actor)) if account else "",
        "changes": [(one, names.get(one.by_id or 0, "")) for one in changes],
        "bars": pictures.is_ean13(found.number),
        "may_change": request.actor.may("loyalty.open_accounts"),
        "statuses": queries.card_statuses(request.actor),
        "replace_form": forms.ReplaceForm(),
        "activation_form": forms.ActivationForm().for_actor(request.actor),
    }
    return render(request, "loyalty/card.html", context)


def _card(request: Request, public_id: UUID) -> Card:
    try:
        return queries.get_card(public_id, request.actor)
    except Card.DoesNotExist as missing:
        raise Http404 from missing


@require_GET
@needs("loyalty.see")
def picture(request: Request, public_id: UUID) -> HttpResponse:
    """The number for a scanner: `?as=ean` as bars where it has thirteen digits, else as a QR code."""
    number = _card(request, public_id).number
    bars = request.GET.get("as") == "ean" and pictures.is_ean13(number)
    return HttpResponse(pictures.ean13(number) if bars else pictures.qr(number), content_type="image/svg+xml")


@require_POST
@needs("loyalty.open_accounts")
def activation(request: Request, public_id: UUID) -> HttpResponse:
    form = forms.ActivationForm(request.POST).for_actor(request.actor)
    shop_id = int(form.cleaned_data["shop"]) if form.is_valid() and form.cleaned_data["shop"] else None
    act = partial(actions.activate_card, shop_id=shop_id)
    return _do(request, public_id, act, _("The card is good from now on"))


@require_POST
@needs("loyalty.open_accounts")
def block(request: Request, public_id: UUID) -> HttpResponse:
    def act(card_id: int, **more: object) -> object:
        return actions.block_card(card_id, reason=request.POST.get("reason", ""), **more)  # type: ignore[arg-type]

    undo = reverse("loyalty:card_unblocking", args=[public_id])
    return _do(request, public_id, act, _("The card is blocked: tills do not take it"), undo=undo)


@require_POST
@needs("loyalty.open_accounts")
def unblocking(request: Request, public_id: UUID) -> HttpResponse:
    return _do(request, public_id, actions.unblock_card, _("The card is good again"))


def _do(
    request: Request, public_id: UUID, act: Callable[..., object], done: str, undo: str = ""
) -> HttpResponse:
    found = _card(request, public_id)
    try:
        act(found.pk, by=request.actor, at=clock.now())
        toast(request, done, undo=undo)
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("loyalty:card", args=[public_id]))


@require_POST
@needs("loyalty.open_accounts")
def status(request: Request, public_id: UUID) -> HttpResponse:
    """The card gets the status that was chosen, or loses its own."""
    code, before = (
        {**request.GET.dict(), **request.POST.dict()}.get("status", ""),
        _card(request, public_id).status,
    )
    chosen = queries.card_statuses(request.actor).filter(code=code).first()

    def act(card_id: int, **more: object) -> object:
        reason = request.POST.get("reason", "")
        return actions.put_card_in_status(card_id, chosen.pk if chosen else None, reason=reason, **more)  # type: ignore[arg-type]

    done = _("The card has the status “%(status)s”") % {"status": chosen.name} if chosen else _("No status")
    undo = reverse("loyalty:card_status", args=[public_id]) + f"?status={before.code if before else ''}"
    return _do(request, public_id, act, done, undo=undo)


@needs("loyalty.programme", "loyalty.see")
def statuses(request: Request) -> HttpResponse:
    """The company's own statuses of cards; a POST makes one."""
    form = forms.CardStatusForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.make_card_status(by=request.actor, **form.cleaned_data)
            toast(request, _("The status is made"))
            return HttpResponseRedirect(reverse("loyalty:card_statuses"))
        except Problem as problem:
            blame(form, problem)
    context = {"statuses": queries.card_statuses(request.actor), "form": form}
    return render(request, "loyalty/card_statuses.html", context, status=422 if form.errors else 200)


@require_POST
@needs("loyalty.programme", "loyalty.see")
def change_status(request: Request, public_id: UUID, what: str) -> HttpResponse:
    """A status is called otherwise, or taken away."""
    try:
        found = queries.get_card_status(public_id, request.actor)
    except CardStatus.DoesNotExist as missing:
        raise Http404 from missing
    name = request.POST.get("name", "").strip()[:100]
    try:
        if what == "removal":
            actions.remove_card_status(found.pk, by=request.actor)
            toast(request, _("The status is taken away"))
        elif name:
            actions.rename_card_status(found.pk, name=name, by=request.actor)
            toast(request, _("Saved"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("loyalty:card_statuses"))


@require_POST
@needs("loyalty.open_accounts")
def replacement(request: Request, public_id: UUID) -> HttpResponse:
    found, form = _card(request, public_id), forms.ReplaceForm(request.POST)
    if form.is_valid():
        try:
            made = actions.replace_card(found.pk, by=request.actor, at=clock.now(), **form.cleaned_data)
            toast(request, _("The new card opens the same account"))
            return HttpResponseRedirect(reverse("loyalty:card", args=[made.public_id]))
        except Problem as problem:
            toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("loyalty:card", args=[public_id]))


@require_POST
@needs("loyalty.open_accounts", "customers.see")
def issue(request: Request, public_id: UUID) -> HttpResponse:
    """A customer is handed a card, by the form of the panel «Points and cards»."""
    try:
        profile = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    own = queries.accounts_of(customers.kin(profile.pk), request.actor)
    form = forms.IssueForm(request.POST).for_customer(own, request.actor)
    if form.is_valid():
        try:
            made = _issued(request, profile.pk, form)
            toast(request, _("The card %(number)s is the customer's now") % {"number": made.number})
            return HttpResponseRedirect(f"{reverse('customers:card', args=[profile.public_id])}?tab=points")
        except Problem as problem:
            blame(form, problem)
    return points_page(request, profile, form)


def _issued(request: Request, profile_id: int, form: Form) -> Card:
    typed = form.cleaned_data
    return actions.issue_card(
        profile_id=profile_id,
        number=typed["number"],
        kind_id=int(typed["kind"]) if typed["kind"] else None,
        account_id=int(typed["account"]) if typed["account"] else None,
        shop_id=int(typed["shop"]) if typed["shop"] else None,
        activate=not typed["inactive"],
        by=request.actor,
        at=clock.now(),
    )


# ── Kinds ────────────────────────────────────────────────────────────────────────────────────────────────


@needs("loyalty.programme")
def new_kind(request: Request, public_id: UUID) -> HttpResponse:
    programme, form = programme_of(request, public_id), forms.NewCardKindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_card_kind(
                programme_id=programme.pk, by=request.actor, at=clock.now(), **form.cleaned_data
            )
            toast(request, _("The kind is made. Now put numbers into its stock."))
            return HttpResponseRedirect(reverse("loyalty:card_kind", args=[made.public_id]))
        except Problem as problem:
            blame(form, problem)
    context = {"form": form, "programme": programme}
    return render(request, "loyalty/card_kind.html", context, status=422 if form.errors else 200)


@needs("loyalty.programme")
def kind(request: Request, public_id: UUID) -> HttpResponse:
    found = _kind(request, public_id)
    names = forms.CardKindForm.base_fields
    form = forms.CardKindForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_card_kind(found.pk, by=request.actor, at=clock.now(), **form.cleaned_data)
            toast(request, _("Saved"))
            return HttpResponseRedirect(request.path)
        except Problem as problem:
            blame(form, problem)
    return _kind_page(request, found, form=form)


def _kind_page(request: Request, found: CardKind, **given: Form) -> HttpResponse:
    """The page of a kind; `given`: forms that were filled in."""
    names = forms.CardKindForm.base_fields
    drawn: dict[str, Form] = {
        "form": forms.CardKindForm(initial={name: getattr(found, name) for name in names}),
        "range_form": forms.RangeForm(),
        "numbers_form": forms.NumbersForm(),
    } | given
    context = {
        "kind": found,
        "programme": found.programme,
        "example": found.shape.number(1),
        "stock": queries.stock([found.pk])[found.pk],
    }
    wrong = any(form.errors for form in given.values())
    return render(request, "loyalty/card_kind.html", context | drawn, status=422 if wrong else 200)


def _kind(request: Request, public_id: UUID) -> CardKind:
    try:
        return queries.get_card_kind(public_id, request.actor)
    except CardKind.DoesNotExist as missing:
        raise Http404 from missing


@require_POST
@needs("loyalty.programme")
def make_range(request: Request, public_id: UUID) -> HttpResponse:
    done = _("The cards are in the stock, or soon will be: the bell tells")
    form = forms.RangeForm(request.POST)
    return _stocked(request, public_id, "range_form", form, "count", actions.order_cards, done)


@require_POST
@needs("loyalty.programme")
def add_numbers(request: Request, public_id: UUID) -> HttpResponse:
    def add(kind_id: int, typed: str, **more: object) -> object:
        return actions.add_cards(kind_id, typed.splitlines(), **more)  # type: ignore[arg-type]

    form = forms.NumbersForm(request.POST)
    done = _("The numbers are in the stock")
    return _stocked(request, public_id, "numbers_form", form, "numbers", add, done)


def _stocked(
    request: Request,
    public_id: UUID,
    name: str,
    form: Form,
    field: str,
    act: Callable[..., object],
    done: str,
) -> HttpResponse:
    """One field of a kind's page: what is wrong stands beside it, and what was typed stays."""
    found = _kind(request, public_id)
    if form.is_valid():
        try:
            act(found.pk, form.cleaned_data[field], by=request.actor, at=clock.now())
            toast(request, done)
        except Problem as problem:
            blame(form, problem)
    if form.errors:
        return _kind_page(request, found, **{name: form})
    return HttpResponseRedirect(reverse("loyalty:card_kind", args=[public_id]))
