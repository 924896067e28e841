"""Screen pop by a phone number, and the card's command line."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from prilavok.customers import queries
from prilavok.customers.web.deeds import deeds_for
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import limits
from prilavok.kernel.web import Request, needs
from prilavok.ui.searches import Group

PER_MINUTE = 120  # calls that one employee may have popped up


@require_GET
@needs("customers.see_contacts", "customers.see")
def by_phone(request: Request) -> HttpResponse:
    """The card of whoever calls; the list when several have the number; nobody: a new customer with it filled in."""
    limits.take(f"by phone {request.actor.kind} {request.actor.id}", times=PER_MINUTE, seconds=60)
    asked = request.GET.get("phone", "")[:100]
    phone = f"+{asked.strip()}" if asked.startswith(" ") else asked  # a bare plus of an address is a space
    found = queries.by_phone(phone, request.actor)
    if len(found) == 1:
        return HttpResponseRedirect(reverse("customers:card", args=[found[0].public_id]))
    if not found and request.actor.may("customers.register"):
        return HttpResponseRedirect(f"{reverse('customers:new')}?{urlencode({'phone': phone})}")
    return HttpResponseRedirect(f"{reverse('customers:list')}?{urlencode({'q': phone})}")


@require_GET
@needs("customers.see")
def deeds(request: Request, public_id: UUID) -> HttpResponse:
    """What can be done for this customer, by the verb that is typed."""
    sheet = sheet_of(request, public_id)
    text = request.GET.get("q", "")[:300]
    hits = deeds_for(sheet.profile, text, request.actor)
    groups = [Group(_("What can I do for you?"), hits)] if hits else []
    return render(request, "ui/found.html", {"groups": groups, "text": text})
