"""Pages of corrections: what waits for a colleague, one correction, and those of an account."""

from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import Account, Correction
from prilavok.loyalty.ports import NewCorrection
from prilavok.loyalty.web import proposals
from prilavok.ui.toasts import toast

SHOWN = 20  # corrections of an account beside the form


@require_GET
@needs("loyalty.correct")
def corrections(request: Request) -> HttpResponse:
    asked = request.GET.get("state", "") or Correction.State.WAITING.value
    found = queries.corrections(request.actor, state="" if asked == "all" else asked)
    page = paging.keyset(found, order=("-id",), after=request.GET.get("after"))
    people = proposals.people([one.account for one in page.items], request.actor)
    hidden = ["decided_by", "state"] if asked == Correction.State.WAITING else []
    table = proposals.CorrectionTable(page.items, people, exclude=hidden, more=page.next)
    context = {"table": table, "rows": page.items, "filter": {"form": proposals.Filters(request.GET)}}
    return render(request, "loyalty/corrections.html", context)


@require_GET
@needs("loyalty.correct")
def correction(request: Request, public_id: UUID) -> HttpResponse:
    return _show(request, _correction(request, public_id), proposals.RejectionForm())


def _correction(request: Request, public_id: UUID) -> Correction:
    try:
        return queries.get_correction(public_id, request.actor)
    except Correction.DoesNotExist as missing:
        raise Http404 from missing


def _show(request: Request, found: Correction, form: proposals.RejectionForm) -> HttpResponse:
    own = found.proposed_by_id == request.actor.id
    waits = found.state == Correction.State.WAITING
    balance = queries.balances([found.account], at=clock.now())[found.account_id]
    context = {
        "correction": found,
        "kind": proposals.KINDS[found.state],
        "owner": proposals.owner(found.account, proposals.people([found.account], request.actor)),
        "balance": balance,
        "becomes": balance.available - balance.owed + found.amount,
        "own": own,
        "may_approve": waits and not own and request.actor.may("loyalty.approve_corrections"),
        "may_reject": waits and (own or request.actor.may("loyalty.approve_corrections")),
        "form": form,
    }
    return render(request, "loyalty/correction.html", context, status=422 if form.errors else 200)


@require_POST
@needs("loyalty.approve_corrections")
def approval(request: Request, public_id: UUID) -> HttpResponse:
    found = _correction(request, public_id)
    try:
        actions.approve_correction(found.pk, by=request.actor, at=clock.now())
        toast(request, _("The points are corrected"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("loyalty:correction", args=[public_id]))


@require_POST
@needs("loyalty.correct")
def rejection(request: Request, public_id: UUID) -> HttpResponse:
    found, form = _correction(request, public_id), proposals.RejectionForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form)
    try:
        actions.reject_correction(found.pk, form.cleaned_data["reason"], by=request.actor, at=clock.now())
        toast(request, _("The correction is rejected: the points stay as they are"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return HttpResponseRedirect(reverse("loyalty:correction", args=[public_id]))


@require_GET
@needs("loyalty.correct", "customers.see")
def of_customer(request: Request, public_id: UUID) -> HttpResponse:
    """Which of the customer's accounts is to be corrected; nothing is asked where there is but one."""
    try:
        person = customers.get(public_id, request.actor)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    found = list(queries.accounts_of(customers.kin(person.pk), request.actor))
    if len(found) == 1:
        return HttpResponseRedirect(reverse("loyalty:corrections_of_account", args=[found[0].public_id]))
    balances = queries.balances(found, at=clock.now())
    context = {"profile": person, "accounts": [(one, balances[one.pk]) for one in found]}
    return render(request, "loyalty/corrections_of_customer.html", context)


@needs("loyalty.correct")
def of_account(request: Request, public_id: UUID) -> HttpResponse:
    """The account's corrections, and the form that proposes one."""
    account = _account(request, public_id)
    form = proposals.ProposalForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (made := _propose(request, account, form)):
        toast(request, _("The correction waits for a colleague"))
        return HttpResponseRedirect(reverse("loyalty:correction", args=[made.public_id]))
    page = paging.keyset(queries.corrections_of(account, request.actor), order=("-id",), size=SHOWN)
    people = proposals.people([account], request.actor)
    context = {
        "account": account,
        "owner": proposals.owner(account, people),
        "balance": queries.balances([account], at=clock.now())[account.pk],
        "table": proposals.CorrectionTable(page.items, people, exclude=["whose"]),
        "rows": page.items,
        "form": form,
    }
    return render(request, "loyalty/corrections_of_account.html", context, status=422 if form.errors else 200)


def _account(request: Request, public_id: UUID) -> Account:
    try:
        return queries.get_account(public_id, request.actor)
    except Account.DoesNotExist as missing:
        raise Http404 from missing


def _propose(request: Request, account: Account, form: proposals.ProposalForm) -> Correction | None:
    """The correction as typed; None, and the form says why, if it cannot be proposed."""
    new = NewCorrection(account_id=account.pk, **form.cleaned_data)
    try:
        return actions.propose_correction(new, by=request.actor, at=clock.now())
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return None
