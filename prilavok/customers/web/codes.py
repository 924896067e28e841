"""Verifying a contact by a code, from the panel of contacts."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from prilavok.customers import actions
from prilavok.customers.web.changes import contacts_panel, own_contact
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast


@require_POST
@needs("customers.edit", "customers.see")
def codes(request: Request, public_id: UUID) -> HttpResponse:
    """Have a code sent."""
    contact = own_contact(sheet_of(request, public_id), request)
    try:
        actions.ask_for_code(contact_id=contact, by=request.actor, at=clock.now())
        toast(request, _("The code is on its way: ask the customer for it"))
    except Problem as problem:
        toast(request, str(problem), bad=True)
    return contacts_panel(request, public_id)


@require_POST
@needs("customers.edit", "customers.see")
def proofs(request: Request, public_id: UUID) -> HttpResponse:
    """The customer told the code."""
    contact = own_contact(sheet_of(request, public_id), request)
    code, wrong = request.POST.get("code", "")[:20], ""
    try:
        done = actions.prove_contact(contact_id=contact, code=code, by=request.actor, at=clock.now())
        if done.right:
            toast(request, _("The contact is verified"))
        else:
            wrong = ngettext(
                "The code is wrong. %(left)s try is left.",
                "The code is wrong. %(left)s tries are left.",
                done.tries_left,
            ) % {"left": done.tries_left}
    except Problem as problem:
        wrong = str(problem)
    return contacts_panel(request, public_id, wrong_code=wrong)
