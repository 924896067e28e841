"""Settings: how the company settles fields when two turn out to be one."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from prilavok.customers import actions, queries
from prilavok.customers.web.words import MODES
from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs
from prilavok.ui.forms import Form
from prilavok.ui.toasts import toast


class RulesForm(Form):
    """A rule for each field."""

    permission = "customers.kinds"
    check_on_leaving = False

    def __init__(self, data: Any = None, *, told: list[queries.Settling]) -> None:
        super().__init__(data)
        for one in told:
            self.fields[one.field] = forms.ChoiceField(
                label=str(one.label), choices=list(MODES.items()), initial=one.mode
            )


@needs("customers.kinds")
def rules_of_merging(request: Request) -> HttpResponse:
    form = RulesForm(request.POST or None, told=queries.survivorship(request.actor))
    if request.method == "POST" and form.is_valid():
        actions.choose_modes(modes=form.cleaned_data, by=request.actor, at=clock.now())
        toast(request, _("Saved"))
        return HttpResponseRedirect(reverse("customers:survivorship"))
    return render(request, "customers/survivorship.html", {"form": form}, status=422 if form.errors else 200)
