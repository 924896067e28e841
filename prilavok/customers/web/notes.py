"""The panels of alerts and notes."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.actions import notes as actions
from prilavok.customers.models import Alert, Note
from prilavok.customers.queries import notes as queries
from prilavok.customers.web.about import AlertForm, NoteForm
from prilavok.customers.web.views import sheet_of, who
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

PAST = 10  # alerts that are over, under those that stand


@needs("customers.see")
def alerts(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Alerts»; a POST raises one."""
    sheet = sheet_of(request, public_id)
    form = AlertForm(request.POST or None, initial={"text": request.GET.get("text", "")})
    if request.method == "POST":
        request.actor.must("customers.note")
        if form.is_valid():
            made = actions.raise_alert(
                profile_id=sheet.profile.pk, by=request.actor, at=clock.now(), **form.cleaned_data
            )
            undo = reverse("customers:settle_alert", args=[public_id, made.public_id, "end"])
            toast(request, _("Whoever meets the customer will see it"), undo=undo)
            form = AlertForm()
    return _alerts(request, public_id, form)


@require_POST
@needs("customers.note", "customers.see")
def settle_alert(request: Request, public_id: UUID, alert: UUID, verb: str) -> HttpResponse:
    """End an alert or let it hold again; each is the other's undo."""
    sheet = sheet_of(request, public_id)
    act = {"end": actions.end_alert, "reopen": actions.reopen_alert}.get(verb)
    if act is None:
        raise Http404
    try:
        act(profile_id=sheet.profile.pk, alert=alert, by=request.actor, at=clock.now())
    except Alert.DoesNotExist as missing:
        raise Http404 from missing
    other = "reopen" if verb == "end" else "end"
    said = _("The alert is over") if verb == "end" else _("The alert holds again")
    toast(request, said, undo=reverse("customers:settle_alert", args=[public_id, alert, other]))
    return _alerts(request, public_id, AlertForm())


def _alerts(request: Request, public_id: UUID, form: AlertForm) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    today = clock.now().astimezone(company.zone()).date()
    standing = list(queries.standing_alerts(sheet.kin, request.actor, today=today))
    past = list(queries.past_alerts(sheet.kin, request.actor, today=today)[:PAST])
    context = who(sheet, request.actor) | {
        "form": form,
        "standing": _named(standing),
        "past": _named(past),
        "changed": request.method == "POST" and bool(request.headers.get("HX-Request")),
    }
    return render(request, "customers/alerts.html", context, status=422 if form.errors else 200)


def _named(rows: list[Any]) -> list[tuple[Any, str]]:
    names = company.employee_names({row.by_id for row in rows if row.by_kind == "employee" and row.by_id})
    return [(row, names.get(row.by_id or 0, "")) for row in rows]


@needs("customers.see")
def notes(request: Request, public_id: UUID) -> HttpResponse:
    """The panel «Notes»; a POST writes one."""
    sheet = sheet_of(request, public_id)
    form = NoteForm(request.POST or None, initial={"text": request.GET.get("text", "")})
    if request.method == "POST":
        request.actor.must("customers.note")
        if form.is_valid():
            made = actions.write_note(
                profile_id=sheet.profile.pk, by=request.actor, at=clock.now(), **form.cleaned_data
            )
            undo = reverse("customers:settle_note", args=[public_id, made.public_id, "delete"])
            toast(request, _("The note is written"), undo=undo)
            form = NoteForm()
    return _notes(request, public_id, form)


@needs("customers.note", "customers.see")
def note(request: Request, public_id: UUID, note: UUID) -> HttpResponse:
    """One note to correct."""
    sheet, found = _note(request, public_id, note)
    company_actions.note_look(profile_id=sheet.profile.pk, what="card", by=request.actor, at=clock.now())
    form = NoteForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        actions.change_note(
            profile_id=sheet.profile.pk, note=note, by=request.actor, at=clock.now(), **form.cleaned_data
        )
        toast(request, _("Saved"))
        return _notes(request, public_id, NoteForm())
    context = {"profile": sheet.profile, "form": form, "note": found}
    return render(request, "customers/note.html", context, status=422 if form.errors else 200)


def _note(request: Request, public_id: UUID, note: UUID) -> tuple[customers.Sheet, Note]:
    sheet = sheet_of(request, public_id)
    try:
        return sheet, queries.note_of(sheet.kin, note, request.actor)
    except Note.DoesNotExist as missing:
        raise Http404 from missing


@require_POST
@needs("customers.note", "customers.see")
def settle_note(request: Request, public_id: UUID, note: UUID, verb: str) -> HttpResponse:
    """Delete a note, bring it back, keep it on top or not; each has its opposite for the undo."""
    sheet, _found = _note(request, public_id, note)
    who_when: dict[str, Any] = {"profile_id": sheet.profile.pk, "note": note, "by": request.actor}
    who_when["at"] = clock.now()
    if verb not in _SETTLED:
        raise Http404
    opposite, said = _SETTLED[verb]
    if verb in ("delete", "restore"):
        (actions.delete_note if verb == "delete" else actions.restore_note)(**who_when)
    else:
        actions.change_note(**who_when, pinned=verb == "pin")
    toast(request, said, undo=reverse("customers:settle_note", args=[public_id, note, opposite]))
    return _notes(request, public_id, NoteForm())


_SETTLED: dict[str, tuple[str, str | Promise]] = {
    "delete": ("restore", lazy("The note is deleted")),
    "restore": ("delete", lazy("The note is back")),
    "pin": ("unpin", lazy("The note stays on top")),
    "unpin": ("pin", lazy("The note stands in its turn")),
}


def _notes(request: Request, public_id: UUID, form: NoteForm) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    company_actions.note_look(profile_id=sheet.profile.pk, what="card", by=request.actor, at=clock.now())
    page = paging.keyset(
        queries.notes_of(sheet.kin, request.actor),
        order=("-pinned", "-at", "-id"),
        after=request.GET.get("after"),
        size=30,
    )
    rows = [
        (row, name, queries.may_change_note(row, request.actor)) for row, name in _named(list(page.items))
    ]
    context = {"profile": sheet.profile, "form": form, "rows": rows, "more": page.next}
    return render(request, "customers/notes.html", context, status=422 if form.errors else 200)
