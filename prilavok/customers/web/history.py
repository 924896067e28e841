"""What stood in the customer's fields before, and why a value is what it is."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from prilavok.customers import actions, queries
from prilavok.customers.web.values import named
from prilavok.customers.web.views import sheet_of
from prilavok.kernel import clock
from prilavok.kernel.web import Request, needs


@require_GET
@needs("customers.see")
def history(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «History»: every change of every field, or of one."""
    sheet = sheet_of(request, public_id)
    field = request.GET.get("field", "")
    found = queries.history(sheet.kin, request.actor)
    actions.note_contacts([sheet.profile.pk], by=request.actor, at=clock.now())
    context = {
        "profile": sheet.profile,
        "field": field,
        "fields": sorted({change.field for change in found}),
        "changes": [change for change in found if field in ("", change.field)],
        "origin": queries.origin(sheet.profile, request.actor),
        "most": queries.CHANGES_SHOWN,
    }
    return render(request, "customers/history.html", context)


@require_GET
@needs("customers.see")
def why(request: Request, public_id: UUID, key: str) -> HttpResponse:
    """Why one value is what it is: who said so and when, and what stood there before."""
    sheet = sheet_of(request, public_id)
    asked = named(sheet, key)
    changes = queries.history(sheet.kin, request.actor, fields=asked.fields, item=asked.contact)
    actions.note_contacts([sheet.profile.pk], by=request.actor, at=clock.now())
    context = {
        "profile": sheet.profile,
        "changes": changes,
        "several": len(asked.fields) > 1,
        "origin": queries.origin(sheet.profile, request.actor),
    }
    return render(request, "customers/value_why.html", context)
