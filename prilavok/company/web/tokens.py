"""Access tokens: the keys of programs."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from prilavok.company import actions, queries
from prilavok.company.web import forms, tables
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

SHOWN = 200


@needs("company.manage_tokens")
def tokens(request: Request) -> HttpResponse:
    found = queries.tokens(request.actor)[:SHOWN]
    return render(request, "company/tokens.html", {"table": tables.Tokens(found, at=clock.now())})


@never_cache
@needs("company.manage_tokens")
def new_token(request: Request) -> HttpResponse:
    form, text = forms.Token(request.POST or None, by=request.actor), ""
    if request.method == "POST" and form.is_valid():
        try:
            text = actions.make_token(**form.chosen(), by=request.actor, at=clock.now())
        except Problem as problem:
            forms.blame(form, problem, expires_at="last_day")
    context = {"form": form, "token": text}
    return render(request, "company/new_token.html", context, status=422 if form.errors else 200)


@require_POST
@needs("company.manage_tokens")
def revocation(request: Request, token_id: int) -> HttpResponse:
    actions.revoke_token(token_id=token_id, by=request.actor, at=clock.now())
    toast(request, _("The token opens nothing any more"))
    return HttpResponseRedirect(reverse("company:tokens"))
