"""The panel «Who it is»: what a customer is known by, linked and unlinked by hand, and who turned out to be them."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.company import queries as company
from prilavok.customers import actions, queries
from prilavok.customers.models import Identifier
from prilavok.customers.web import forms
from prilavok.customers.web.changes import remember
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@needs("customers.see")
def known_by(request: Request, public_id: UUID) -> HttpResponse:
    """What the customer is known by, and merges with the way back; a POST links one more."""
    sheet = sheet_of(request, public_id)
    form = forms.IdentifierForm(request.POST or None)
    if request.method == "POST":
        request.actor.must("customers.edit")
        if form.is_valid() and _linked(request, sheet.profile.pk, form):
            form = forms.IdentifierForm()
    return _panel(request, public_id, form)


def _linked(request: Request, profile_id: int, form: forms.IdentifierForm) -> bool:
    told = form.cleaned_data
    try:
        actions.link_one(profile_id=profile_id, rule="operator", by=request.actor, at=clock.now(), **told)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    toast(request, _("Linked"))
    return True


@require_POST
@needs("customers.edit", "customers.see")
def unlink(request: Request, public_id: UUID, number: int) -> HttpResponse:
    """A lost card, an account of somebody else: it tells of this customer no more."""
    sheet = sheet_of(request, public_id)
    try:
        held = queries.numbered_identifier(sheet.profile.pk, number, request.actor)
        gone = actions.remove_identifier(identifier_id=held, by=request.actor, at=clock.now())
    except Identifier.DoesNotExist as missing:
        raise Http404 from missing
    except Problem as problem:
        toast(request, str(problem), bad=True)
        return _panel(request, public_id, forms.IdentifierForm())
    before = {name: getattr(gone, name) for name in ("kind", "value", "proof", "rule")} | {
        "record": gone.profile_id
    }
    toast(request, _("Unlinked"), undo=remember(request, sheet, "identifier", before))
    return _panel(request, public_id, forms.IdentifierForm())


def _panel(request: Request, public_id: UUID, form: forms.IdentifierForm) -> HttpResponse:
    sheet = queries.sheet(public_id, request.actor)
    found = queries.merges_of(sheet.kin, request.actor)
    profiles = queries.profiles_of_merges(found)
    authors = company.actor_names([(one.by_kind, one.by_id) for one in sheet.identifiers])
    context = {
        "profile": sheet.profile,
        "rows": [(one, profiles[one.winner_id], profiles[one.loser_id]) for one in found],
        "links": [(one, authors[one.by_kind, one.by_id]) for one in sheet.identifiers],
        "form": form,
    }
    return render(request, "customers/merges.html", context, status=422 if form.errors else 200)
