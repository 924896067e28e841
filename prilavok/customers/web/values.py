"""Values at the left of the card, corrected where they stand: click or `e`, Enter keeps, Esc leaves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from prilavok.customers import actions
from prilavok.customers.models import ContactKind
from prilavok.customers.queries import Sheet
from prilavok.customers.web import forms
from prilavok.customers.web.changes import remember
from prilavok.customers.web.views import sheet_of, who
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

PERSON = {
    "name": ("last_name", "first_name", "middle_name"),
    "sex": ("sex",),
    "birth_date": ("birth_date",),
}


@dataclass(frozen=True, slots=True)
class Value:
    """What a key of the address names: fields of the person, or a contact of a kind (none yet: one to be added)."""

    key: str
    fields: tuple[str, ...]
    contact: int | None = None
    text: str = ""


def named(sheet: Sheet, key: str) -> Value:
    """The value of this customer that the key names; 404 if there is none."""
    if sheet.company is not None and key == "name":
        return Value(key, ("name",))
    if sheet.company is None and key in PERSON:
        return Value(key, PERSON[key])
    if key in ContactKind.values:
        return Value(key, (key,))
    for contact in sheet.contacts:
        if key == f"contact-{contact.id}":
            return Value(key, (contact.kind,), contact.id, "" if contact.masked else contact.shown)
    raise Http404


@needs("customers.edit", "customers.see")
def value(request: Request, public_id: UUID, key: str) -> HttpResponse:
    """The form in the value's place; once it is saved, the left side anew."""
    sheet = sheet_of(request, public_id)
    asked = named(sheet, key)
    form = _form(request, sheet, asked)
    if asked.contact is not None:
        actions.note_contacts([sheet.profile.pk], by=request.actor, at=clock.now())
    if request.method == "POST" and form.is_valid() and _saved(request, sheet, asked, form):
        return left_side(request, public_id)
    context = {"profile": sheet.profile, "value": asked, "form": form}
    return render(request, "customers/value.html", context, status=422 if form.errors else 200)


def _form(request: Request, sheet: Sheet, asked: Value) -> Any:
    data = request.POST if request.method == "POST" else None
    if asked.fields == ("name",):
        return forms.CompanyNameForm(data, initial={"name": sheet.profile.person.full_name})
    if asked.key not in PERSON:
        return forms.ContactForm(data, initial={"value": asked.text})
    form = forms.PersonForm(data, instance=sheet.profile.person)
    for name in forms.PersonForm.Meta.fields:
        if name not in asked.fields:
            del form.fields[name]
    form.initial = {name: getattr(sheet.profile.person, name) for name in asked.fields}
    return form


def _saved(request: Request, sheet: Sheet, asked: Value, form: Any) -> bool:
    """Whether it could be kept; if not, the form says why."""
    try:
        undo = _save(request, sheet, asked, form)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return False
    if undo:
        toast(request, _("Saved"), undo=undo)
    return True


def _save(request: Request, sheet: Sheet, asked: Value, form: Any) -> str:
    """Where the change is taken back; empty when nothing has changed."""
    by, at, profile = request.actor, clock.now(), sheet.profile.pk
    if asked.fields == ("name",):
        named_so = actions.change_company(profile_id=profile, by=by, at=at, **form.cleaned_data)
        return remember(request, sheet, "company", form.initial) if named_so else ""
    if asked.key in PERSON:
        changed = actions.change_person(profile_id=profile, by=by, at=at, **form.cleaned_data)
        return remember(request, sheet, "person", form.initial) if changed else ""
    typed = form.cleaned_data["value"]
    if asked.contact is None:
        added = actions.add_contact(profile_id=profile, value=typed, kind=asked.key, by=by, at=at)
        return remember(request, sheet, "added", {"contact_id": added.pk})
    _profile, _kind, before = actions.change_contact(contact_id=asked.contact, value=typed, by=by, at=at)
    return remember(request, sheet, "corrected", {"contact_id": asked.contact, "value": before})


@require_GET
@needs("customers.see")
def left(request: Request, public_id: UUID) -> HttpResponse:
    """The left side of the card as it is now."""
    return left_side(request, public_id)


def left_side(request: Request, public_id: UUID) -> HttpResponse:
    """The left side as it is now, or the whole card for a browser without scripts."""
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(reverse("customers:card", args=[public_id]))
    sheet = sheet_of(request, public_id)
    actions.note_contacts([sheet.profile.pk], by=request.actor, at=clock.now())
    answer = render(request, "customers/left.html", who(sheet, request.actor))
    return _into(answer, "#card-who")


def _into(answer: HttpResponse, target: str) -> HttpResponse:
    answer["HX-Retarget"], answer["HX-Reswap"] = target, "outerHTML"
    return answer
