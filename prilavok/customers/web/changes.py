"""What is changed from the card: each answers with its panel and with the left side anew."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from prilavok.company import actions as company_actions
from prilavok.customers import actions, queries
from prilavok.customers.actions import addresses, dates
from prilavok.customers.models import Frequency, Person
from prilavok.customers.queries import Sheet
from prilavok.customers.queries.codes import codes_waiting
from prilavok.customers.web import companies, forms
from prilavok.customers.web.views import sheet_of, who
from prilavok.kernel import clock
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs
from prilavok.ui.toasts import toast

ONCE = "once"  # stands in addresses for the channel of a purpose that is asked once
UNDO = "customers.undo"  # what was there before, kept with the session and not in an address
UNDO_KEPT = 20


@needs("customers.see")
def person(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    human = sheet.profile.person
    company_actions.note_look(profile_id=sheet.profile.pk, what="card", by=request.actor, at=clock.now())
    if human.kind == Person.Kind.COMPANY:
        return companies.details(request, sheet, remember=remember)
    before = {name: getattr(human, name) for name in forms.PersonForm.Meta.fields}
    form = forms.PersonForm(request.POST or None, instance=human)
    if request.method == "POST":
        request.actor.must("customers.edit")
        if form.is_valid() and actions.change_person(
            profile_id=sheet.profile.pk, by=request.actor, at=clock.now(), **form.cleaned_data
        ):
            toast(request, _("Saved"), undo=remember(request, sheet, "person", before))
    return panel(request, public_id, "customers/person.html", {"form": form})


@needs("customers.see")
def contacts(request: Request, public_id: UUID) -> HttpResponse:
    """The panel of contacts; a POST adds one."""
    sheet = sheet_of(request, public_id)
    actions.note_contacts([sheet.profile.pk], by=request.actor, at=clock.now())
    form = forms.ContactForm(request.POST or None, initial={"value": request.GET.get("value", "")})
    if request.method == "POST":
        request.actor.must("customers.edit")
        if form.is_valid():
            at = clock.now()
            actions.add_contact(
                profile_id=sheet.profile.pk, value=form.cleaned_data["value"], by=request.actor, at=at
            )
            toast(request, _("Contact added"))
            form = forms.ContactForm()
    return contacts_panel(request, public_id, form=form)


@require_POST
@needs("customers.edit")
def removals(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    contact = own_contact(sheet, request)
    gone = actions.remove_contact(contact_id=contact, by=request.actor, at=clock.now())
    before = {"kind": gone[0].kind, "value": gone[0].value, "records": [one.profile_id for one in gone]}
    toast(request, _("Contact removed"), undo=remember(request, sheet, "contact", before))
    return contacts_panel(request, public_id)


@require_POST
@needs("customers.edit")
def preferences(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    actions.prefer_contact(contact_id=own_contact(sheet, request), by=request.actor, at=clock.now())
    toast(request, _("The customer is best reached so"))
    return contacts_panel(request, public_id)


def own_contact(sheet: Sheet, request: Request) -> int:
    """The contact named by the form, if it is this customer's."""
    asked = request.POST.get("contact", "")
    for contact in sheet.contacts:
        if str(contact.id) == asked:
            return contact.id
    raise Http404


@require_POST
@needs("customers.edit")
def cards(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    form = forms.CardForm(request.POST)
    if form.is_valid():
        try:
            actions.add_identifier(
                profile_id=sheet.profile.pk,
                kind="card",
                value=form.cleaned_data["number"],
                rule="operator",
                by=request.actor,
                at=clock.now(),
            )
            toast(request, _("Card linked"))
            form = forms.CardForm()
        except Problem as problem:
            form.add_error("number", str(problem))
    return contacts_panel(request, public_id, card_form=form)


@require_POST
@needs("customers.consents")
def consents(request: Request, public_id: UUID, purpose: str, channel: str, answer: str) -> HttpResponse:
    """Give (`yes`) or withdraw (`no`), each the other's undo. The channel is `once` where a purpose is asked once."""
    sheet = sheet_of(request, public_id)
    channel = "" if channel == ONCE else channel
    pairs = {(one.purpose.code, one.channel) for one in queries.askable_consents(archived=True)}
    if (purpose, channel) not in pairs or answer not in ("yes", "no"):
        raise Http404
    act = actions.give_consent if answer == "yes" else actions.withdraw_consent
    try:
        line = act(
            profile_id=sheet.profile.pk,
            purpose=purpose,
            channel=channel,
            source="operator",
            by=request.actor,
            at=clock.now(),
        )
    except Problem as problem:
        toast(request, str(problem), bad=True)
        return contacts_panel(request, public_id)
    said = _("Consent written down") if answer == "yes" else _("Consent withdrawn")
    if line is None and answer == "yes" and channel:
        said = _("A letter asks for a click; the consent counts after it")
    inverse = reverse(
        "customers:consents",
        args=[public_id, purpose, channel or ONCE, "no" if answer == "yes" else "yes"],
    )
    toast(request, said, undo=inverse)
    return contacts_panel(request, public_id)


@require_POST
@needs("customers.edit")
def status(request: Request, public_id: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    form = forms.StatusForm(request.POST)
    if form.is_valid():
        before = sheet.profile.status
        actions.change_status(
            profile_id=sheet.profile.pk, by=request.actor, at=clock.now(), **form.cleaned_data
        )
        toast(request, _("Status changed"), undo=remember(request, sheet, "status", {"status": before}))
    else:
        toast(request, " ".join(str(said) for told in form.errors.values() for said in told), bad=True)
    return _back_to_card(request, public_id)


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────────────


@require_POST
@needs("customers.edit")
def undo(request: Request, public_id: UUID, token: UUID) -> HttpResponse:
    sheet = sheet_of(request, public_id)
    kept = request.session.get(UNDO, {}).pop(str(token), None)
    if kept is None or kept["profile"] != sheet.profile.pk:
        raise Http404
    request.session.modified = True
    _UNDO[kept["what"]](
        profile_id=sheet.profile.pk, by=request.actor, at=clock.now(), **_dated(kept["before"])
    )
    return _back_to_card(request, public_id)


def _correct_back(*, profile_id: int, contact_id: int, value: str, by: Actor, at: datetime) -> None:
    actions.change_contact(contact_id=contact_id, value=value, by=by, at=at)


def _bring_back(*, profile_id: int, records: list[int], by: Actor, at: datetime, **contact: Any) -> None:
    for record in records:
        actions.add_contact(profile_id=profile_id, record=record, by=by, at=at, **contact)


def _take_away(*, profile_id: int, contact_id: int, by: Actor, at: datetime) -> None:
    actions.remove_contact(contact_id=contact_id, by=by, at=at)


def _choose_back(
    *,
    profile_id: int,
    by: Actor,
    at: datetime,
    topics: dict[str, bool] | None = None,
    frequency: str | None = None,
) -> None:
    wanted = {int(topic): value for topic, value in (topics or {}).items()}
    actions.choose_preferences(
        profile_id=profile_id, topics=wanted, frequency=frequency, source="operator", by=by, at=at
    )


_UNDO: dict[str, Any] = {
    "person": actions.change_person,
    "company": actions.change_company,
    "contact": _bring_back,
    "identifier": actions.add_identifier,
    "corrected": _correct_back,
    "added": _take_away,
    "address": addresses.change_address,
    "address_removed": addresses.add_address,
    "date_removed": dates.add_date,
    "status": actions.change_status,
    "own": actions.change_own,
    "preferences": _choose_back,
}


def remember(request: Request, sheet: Sheet, what: str, before: dict[str, Any]) -> str:
    """The address that takes a change back while the session lasts."""
    token = uuid4()
    plain = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in before.items()
    }
    kept = dict(list(request.session.get(UNDO, {}).items())[-UNDO_KEPT:])
    kept[str(token)] = {"what": what, "profile": sheet.profile.pk, "before": plain}
    request.session[UNDO] = kept
    return reverse("customers:undo", args=[sheet.profile.public_id, token])


def _dated(before: dict[str, Any]) -> dict[str, Any]:
    if before.get("birth_date"):
        return before | {
            "birth_date": forms.PersonForm.base_fields["birth_date"].to_python(before["birth_date"])
        }
    return before


# ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────


def contacts_panel(request: Request, public_id: UUID, **own: Any) -> HttpResponse:
    sheet = queries.sheet(public_id, request.actor)
    extra = {
        "form": own.get("form") or forms.ContactForm(),
        "card_form": own.get("card_form")
        or forms.CardForm(initial={"number": request.GET.get("number", "")}),
        "consents": _consents(sheet, request.actor),
        "history": queries.consent_history(sheet.kin, request.actor),
        "codes": codes_waiting(sheet.kin, request.actor, at=clock.now()),
        "wrong_code": own.get("wrong_code", ""),
        "preferences": queries.preferences(sheet.profile.pk, request.actor),
        "frequencies": Frequency,
    }
    return panel(request, public_id, "customers/contacts.html", extra)


def _consents(sheet: Sheet, by: Actor) -> list[dict[str, Any]]:
    """Every consent that may be asked for, and archived ones that were given, each with what holds."""
    held = {(one.purpose, one.channel): one for one in sheet.consents if one.brand_id is None}
    awaited = {(one.purpose, one.channel) for one in queries.clicks_awaited(sheet.kin, by)}
    return [
        {"asked": one, "channel": one.channel or ONCE, "state": state, "awaited": pair in awaited}
        for one in queries.askable_consents(archived=True)
        for pair in [(one.purpose.code, one.channel)]
        for state in [held.get(pair)]
        if one.purpose.archived_at is None or (state and state.given)
    ]


def panel(request: Request, public_id: UUID, template: str, extra: dict[str, Any]) -> HttpResponse:
    """The panel; after a change also the left side of the card, which htmx puts into its place."""
    fresh = queries.sheet(public_id, request.actor)
    changed = request.method == "POST" and bool(request.headers.get("HX-Request"))
    context = who(fresh, request.actor) | extra | {"changed": changed}
    bad = any(getattr(extra.get(name), "errors", None) for name in ("form", "card_form"))
    return render(request, template, context, status=422 if bad else 200)


def _back_to_card(request: Request, public_id: UUID) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(reverse("customers:card", args=[public_id]))
