"""Points go to another account: the form beside an account."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import Account
from prilavok.loyalty.web import account_tables as tables
from prilavok.loyalty.web import proposals
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


class TransferForm(Form):
    """How many points, and whose card is to get them. `cause` makes a second click move nothing more."""

    permission = "loyalty.transfer"
    cause = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    card = forms.CharField(
        label=gettext_lazy("Card of whoever gets them"),
        max_length=40,
        help_text=gettext_lazy("Its number as printed; spaces do not matter."),
    )
    points = forms.DecimalField(
        label=gettext_lazy("Points"), min_value=0, max_digits=15, decimal_places=4,
        widget=forms.NumberInput(attrs={"step": "any", "placeholder": "100"}),
    )  # fmt: skip


@needs("loyalty.transfer")
def transfer(request: Request, public_id: UUID) -> HttpResponse:
    """What stands on the account, what the programme allows, and the form."""
    try:
        account = queries.get_account(public_id, request.actor)
    except Account.DoesNotExist as missing:
        raise Http404 from missing
    form = TransferForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (target := _move(request, account, form)):
        who = tables.owner_name(target, proposals.people([target], request.actor))
        toast(request, _("The points are transferred: %(who)s has them now") % {"who": who})
        return HttpResponseRedirect(reverse("loyalty:account", args=[public_id]))
    context: dict[str, Any] = {
        "account": account,
        "owner": proposals.owner(account, proposals.people([account], request.actor)),
        "balance": queries.balances([account], at=clock.now())[account.pk],
        "form": form,
    }
    return render(request, "loyalty/transfer.html", context, status=422 if form.errors else 200)


def _move(request: Request, account: Account, form: TransferForm) -> Account | None:
    typed = form.cleaned_data
    try:
        target = queries.account_of_card(typed["card"], request.actor)
        actions.transfer_points(
            account.pk, target.pk, typed["points"], cause=typed["cause"], by=request.actor, at=clock.now()
        )
    except Problem as problem:
        field = {"to": "card"}.get(problem.field or "", problem.field)
        form.add_error(field if field in form.fields else None, str(problem))
        return None
    return target
