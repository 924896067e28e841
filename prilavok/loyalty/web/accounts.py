"""Pages of accounts: the list, one account, a customer's points and cards, a household's pool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
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
from prilavok.kernel.web import Request, needs
from prilavok.ledger.queries import StatementLine
from prilavok.loyalty import actions, queries
from prilavok.loyalty.actions.awards import REASON
from prilavok.loyalty.models import Account
from prilavok.loyalty.queries import Giver
from prilavok.loyalty.rules import cause_of
from prilavok.loyalty.web import account_tables as tables
from prilavok.loyalty.web import account_words as words
from prilavok.loyalty.web import programme_forms as forms
from prilavok.loyalty.web import proposals
from prilavok.loyalty.web.programmes import programme_of
from prilavok.orders import queries as orders
from prilavok.relations import queries as relations
from prilavok.ui.toasts import toast

if TYPE_CHECKING:
    from prilavok.customers.models import Profile
    from prilavok.orders.models import Receipt
    from prilavok.relations.models import Household

LINES = 30  # transactions on a page
OF_RECEIPTS = ("earned", "spent", "taken back", "given back")  # what the books know of a receipt


@require_GET
@needs("loyalty.see")
def accounts(request: Request) -> HttpResponse:
    filters = forms.AccountFilters(request.GET, request.actor)
    filters.is_valid()
    chosen = {name: UUID(value) if value else None for name, value in filters.cleaned_data.items()}
    found = queries.search_accounts(request.actor, request.GET.get("q", ""), **chosen)
    page = paging.keyset(found, order=("-id",), after=request.GET.get("after"))
    people = proposals.people(page.items, request.actor)
    table = tables.AccountTable(
        page.items, people, queries.balances(page.items, at=clock.now()), more=page.next
    )
    context = {"table": table, "rows": page.items, "filter": {"form": filters}}
    return render(request, "loyalty/accounts.html", context)


@require_GET
@needs("loyalty.see")
def account(request: Request, public_id: UUID) -> HttpResponse:
    """One account: balance, what stands on it by day of lapse, every transaction, cards, tier."""
    found, by, now = _account(request, public_id), request.actor, clock.now()
    told = queries.statement_of(found, by, after=request.GET.get("after"), size=LINES)
    people = proposals.people([found], by)
    context = {
        "account": found,
        "title": tables.owner_name(found, people),
        "owner": proposals.owner(found, people),
        "balance": queries.balances([found], at=now)[found.pk],
        "lots": queries.lots_of(found, by),
        "lines": _in_words(request, found, told.lines),
        "more": told.next,
        "cards": queries.cards_of([found], by)[found.pk],
        "way": queries.way_up(found, by, at=now),
        "history": [(one, words.BECAUSE[one.because]) for one in queries.tier_history(found, by)],
        "put_form": forms.PutForm(initial={"tier": found.tier and found.tier.public_id}).among(
            queries.tiers(found.programme, by)
        ),
        "at": now,
    }
    return render(request, "loyalty/account.html", context)


def _account(request: Request, public_id: UUID) -> Account:
    try:
        return queries.get_account(public_id, request.actor)
    except Account.DoesNotExist as missing:
        raise Http404 from missing


def _in_words(
    request: Request, found: Account, lines: Sequence[StatementLine]
) -> list[tuple[StatementLine, str, Receipt | None, str, Giver | None]]:
    """Each transaction with its reason, its receipt, who did it and because of what its points were given."""
    receipts = _receipts(request, found, lines)
    awarded = [one.cause for one in lines if one.reason == REASON]
    givers = queries.award_givers_by_cause(awarded, request.actor) if awarded else {}
    names = company.employee_names({one.by_id for one in lines if one.by_kind == "employee" and one.by_id})
    return [
        (
            one,
            words.reason(one.reason),
            receipts.get(one.cause),
            names.get(one.by_id or 0, ""),
            givers.get(one.cause),
        )
        for one in lines
    ]


def _receipts(request: Request, found: Account, lines: Sequence[StatementLine]) -> dict[UUID, Receipt]:
    """The receipts that moved points, by the books' cause; those that the reader may see."""
    if not lines or not request.actor.may("orders.see"):
        return {}
    day = timedelta(days=2)  # a till's clock may be a day off
    among = orders.of_profiles(queries.families_of([found])[found.pk], request.actor).filter(
        paid_at__gte=lines[-1].at - day, paid_at__lte=lines[0].at + day
    )
    return {cause_of(one.public_id, what): one for one in among for what in OF_RECEIPTS}


@require_POST
@needs("loyalty.programme")
def put_in_tier(request: Request, public_id: UUID) -> HttpResponse:
    found = _account(request, public_id)
    tiers = list(queries.tiers(found.programme, request.actor))
    form = forms.PutForm(request.POST).among(tiers)
    if form.is_valid():
        tier = next((one.pk for one in tiers if str(one.public_id) == form.cleaned_data["tier"]), None)
        actions.put_in_tier(found.pk, tier, by=request.actor, at=clock.now())
        toast(request, _("The account stands in this tier from now on"))
    return HttpResponseRedirect(reverse("loyalty:account", args=[public_id]))


@require_GET
@needs("loyalty.see", "customers.see")
def of_customer(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Points and cards» of a customer's card: read through merges, with the household's pool."""
    try:
        profile = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    return points_page(request, profile)


def points_page(
    request: Request, profile: Profile, issue_form: forms.IssueForm | None = None
) -> HttpResponse:
    """The panel as a page; `issue_form`: one that was filled in and is wrong."""
    own = list(queries.accounts_of(customers.kin(profile.pk), request.actor))
    inside = {one.programme_id for one in own if one.household_id is None}
    free = [one for one in queries.programmes(request.actor) if one.active and one.pk not in inside]
    context = {
        "profile": profile,
        "accounts": _told(request, own),
        "issue_form": issue_form or forms.IssueForm().for_customer(own, request.actor),
        "open_form": forms.ProgrammeChoice().among(free) if free else None,
        "referral_code": queries.referral_code(customers.kin(profile.pk), request.actor),
        "may_open": request.actor.may("loyalty.open_accounts") and profile.status != "erased",
    }
    return render(request, "loyalty/points_of_customer.html", context, status=422 if issue_form else 200)


def _told(request: Request, found: Sequence[Account]) -> list[dict[str, object]]:
    """Accounts with what stands on them, their cards, and the way to the next tier."""
    now = clock.now()
    balances, cards = queries.balances(found, at=now), queries.cards_of(found, request.actor)
    return [
        {
            "account": one,
            "balance": balances[one.pk],
            "cards": [(card, tables.CARD_KINDS[card.state]) for card in cards[one.pk]],
            "way": queries.way_up(one, request.actor, at=now),
        }
        for one in found
    ]


@require_POST
@needs("loyalty.open_accounts", "customers.see")
def open_account(request: Request, public_id: UUID) -> HttpResponse:
    try:
        profile = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    form = forms.ProgrammeChoice(request.POST).among(queries.programmes(request.actor))
    if form.is_valid():
        programme = programme_of(request, UUID(form.cleaned_data["programme"]))
        actions.open_accounts([profile.pk], programme.pk, by=request.actor, at=clock.now())
        toast(request, _("The account is open"))
    return HttpResponseRedirect(f"{reverse('customers:card', args=[profile.public_id])}?tab=points")


@needs("loyalty.see", "relations.see")
def of_household(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Points together» of a household; a POST opens its pool in a programme."""
    household = _household(request, public_id)
    pools = list(queries.pools_of(household.pk, request.actor))
    free = [one for one in queries.programmes(request.actor) if one.active]
    free = [one for one in free if one.pk not in {pool.programme_id for pool in pools}]
    form = forms.ProgrammeChoice(request.POST or None).among(free)
    if request.method == "POST":
        request.actor.must("loyalty.open_accounts")
        if form.is_valid():
            chosen = programme_of(request, UUID(form.cleaned_data["programme"]))
            actions.open_pool(household.pk, chosen.pk, by=request.actor, at=clock.now())
            toast(request, _("All members spend from this account together now"))
        return HttpResponseRedirect(reverse("relations:household", args=[public_id]))
    context = {"household": household, "accounts": _told(request, pools), "form": form if free else None}
    return render(request, "loyalty/points_of_household.html", context)


def _household(request: Request, public_id: UUID) -> Household:
    try:
        return relations.whole(public_id, request.actor).household
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
