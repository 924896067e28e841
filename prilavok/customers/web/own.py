"""The customer's own page, by a signed address: what is kept, what was agreed to, and what they ask for."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from prilavok.company import queries as company
from prilavok.customers import actions, queries
from prilavok.customers.models import Channel, ConsentDocument, Frequency, PersonalRequest, Profile
from prilavok.customers.web import forms
from prilavok.customers.web.preferences import said
from prilavok.customers.web.views import sheet_of
from prilavok.customers.web.words import offers_label
from prilavok.kernel import clock, paging
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request, needs, public
from prilavok.ui.toasts import toast

SOURCE = "own_page"


@public(reason="the customer's own page, for whoever holds its signed address")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, token: str) -> HttpResponse:
    """See, agree, withdraw, correct, ask; a GET changes nothing, so that a scanner of mail may look at it."""
    found = queries.holder(token)
    if found is None:
        return render(request, "customers/own_gone.html", {"company": company.company()}, status=410)
    profile = found.profile
    if request.method == "POST" and works_here(request):
        return HttpResponseRedirect(reverse("customers:own", args=[token]))
    form = forms.OwnNamesForm(request.POST if "names" in request.POST else None, instance=profile.person)
    if request.method == "POST" and _did(request, found, form):
        return HttpResponseRedirect(reverse("customers:own", args=[token]))
    return render(
        request, "customers/own.html", _shown(request, found, form), status=422 if form.errors else 200
    )


def works_here(request: HttpRequest) -> bool:
    """Nobody who is logged in as an employee acts for the customer here: whatever is said would not be theirs."""
    if request.actor.kind != "employee":  # type: ignore[attr-defined]
        return False
    toast(request, _("You are logged in as an employee: write it down on the customer’s card"), bad=True)
    return True


def _did(request: HttpRequest, holder: queries.Holder, form: forms.OwnNamesForm) -> bool:
    at, profile, actor = clock.now(), holder.profile, holder.actor
    if "channels" in request.POST:
        _agree(request, holder)
    elif "preferences" in request.POST:
        _prefer(request, holder)
    elif "ask" in request.POST and request.POST["ask"] in PersonalRequest.Kind.values:
        text = request.POST.get("text", "").strip()
        actions.ask(profile_id=profile.pk, kind=request.POST["ask"], text=text, by=actor, at=at)
        toast(request, _("Written down: we will do it and answer you"))
    elif form.is_bound and form.is_valid():
        actions.change_person(profile_id=profile.pk, by=actor, at=at, **form.cleaned_data)
        toast(request, _("Saved"))
    else:
        return False
    return True


def _agree(request: HttpRequest, holder: queries.Holder) -> None:
    try:
        awaited = _choose(request, holder)
    except Problem as problem:
        toast(request, str(problem), bad=True)
        return
    letter = _("Saved: press the button in the letter that we have sent you")
    toast(request, letter if awaited else _("Saved: we write as you have chosen"))


def _prefer(request: HttpRequest, holder: queries.Holder) -> None:
    chosen = said(request, holder.actor) | {"ip": request.META.get("REMOTE_ADDR") or None, "source": SOURCE}
    try:
        actions.choose_preferences(profile_id=holder.profile.pk, by=holder.actor, at=clock.now(), **chosen)
        toast(request, _("Saved: we write as you have chosen"))
    except Problem as problem:
        toast(request, str(problem), bad=True)


def _choose(request: HttpRequest, holder: queries.Holder) -> bool:
    """Every channel as it is ticked: what holds already writes no second line. Whether a click is awaited."""
    profile, actor, awaited = holder.profile, holder.actor, False
    proof = _("link in a letter") if holder.proved else _("link handed out by an employee")
    ip = request.META.get("REMOTE_ADDR") or None
    held = _held(profile, actor)
    ticked, shown = (set(request.POST.getlist(name)) for name in ("channel", "shown"))
    for one in _offered(held):
        pair, box = (one.purpose.code, one.channel), _box(one)
        if not one.is_advertising and box not in shown:
            continue  # it was not asked for when the page was drawn
        said: dict[str, Any] = {"profile_id": profile.pk, "source": SOURCE, "by": actor}
        said |= {"purpose": one.purpose.code, "channel": one.channel}
        if box in ticked:
            text = queries.current_document(get_language(), one.purpose.code)
            document_id = text.pk if text else None
            line = actions.give_consent(
                **said, ip=ip, proof=proof, document_id=document_id, clicked=holder.proved, at=clock.now()
            )
            awaited = awaited or (line is None and pair not in held)
        elif pair in held:
            actions.withdraw_consent(**said, at=clock.now())
    return awaited


def _box(one: queries.AskedConsent) -> str:
    """What the box of a consent is called in the form: the channel, for advertising."""
    return one.channel if one.is_advertising else one.key


def _held(profile: Profile, actor: Actor) -> set[tuple[str, str]]:
    """What the customer has agreed to: purposes with their channels."""
    held = queries.consents_of([profile.pk], actor).get(profile.pk, [])
    return {(one.purpose, one.channel) for one in held if one.given and one.brand_id is None}


def _offered(held: set[tuple[str, str]]) -> list[queries.AskedConsent]:
    """What the page asks for, and all that was given: whatever was given may be withdrawn there."""
    return [
        one
        for one in queries.askable_consents(archived=True)
        if (one.purpose.offered and one.purpose.archived_at is None)
        or (one.purpose.code, one.channel) in held
    ]


def _asked_for(held: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """Every consent of the page with its box and its note."""
    return [
        {
            "box": _box(one),
            "label": offers_label(Channel(one.channel)) if one.is_advertising else one.label,
            "given": (one.purpose.code, one.channel) in held,
            "note": queries.purpose_note(one.purpose) if not one.is_advertising else "",
        }
        for one in _offered(held)
    ]


def _texts(held: set[tuple[str, str]]) -> list[ConsentDocument]:
    """What is agreed to by ticking, one text for every purpose that has any."""
    codes = dict.fromkeys(one.purpose.code for one in _offered(held))
    found = [queries.current_document(get_language(), code) for code in codes]
    return [one for one in found if one is not None]


def _shown(request: HttpRequest, holder: queries.Holder, form: forms.OwnNamesForm) -> dict[str, Any]:
    profile, actor = holder.profile, holder.actor
    held = _held(profile, actor)
    asked = PersonalRequest.objects.filter(profile=profile, done_at=None).values_list("kind", flat=True)
    return {
        "company": company.company(),
        "works_here": request.actor.kind == "employee",  # type: ignore[attr-defined]
        "person": profile.person,
        "contacts": queries.contacts_of([profile.pk], actor).get(profile.pk, []),
        "cards": [
            one
            for one in queries.identifiers_of([profile.pk], actor).get(profile.pk, [])
            if one.kind == "card"
        ],
        "consents": _asked_for(held),
        "documents": _texts(held),
        "form": form,
        "preferences": queries.preferences(profile.pk, actor),
        "frequencies": Frequency,
        "wishes": [(one, one.value in asked) for one in PersonalRequest.Kind],
    }


@require_GET
@needs("customers.consents")
def link(request: Request, public_id: UUID) -> HttpResponse:
    """The address of the customer's own page, to be sent to them."""
    sheet = sheet_of(request, public_id)
    if sheet.profile.status == "erased":
        raise Http404
    address = request.build_absolute_uri(reverse("customers:own", args=[queries.own_token(sheet.profile.pk)]))
    return render(request, "customers/own_link.html", {"profile": sheet.profile, "address": address})


@require_GET
@needs("customers.erase")
def wishes(request: Request) -> HttpResponse:
    """What customers have asked for on their own pages."""
    page = paging.keyset(
        queries.personal_requests(request.actor), order=("at", "id"), after=request.GET.get("after"), size=50
    )
    known = queries.short({one.profile_id for one in page.items}, request.actor)
    rows = [(one, known[one.profile_id]) for one in page.items if one.profile_id in known]
    return render(request, "customers/wishes.html", {"rows": rows, "more": page.next})


@require_POST
@needs("customers.erase")
def settle(request: Request, number: int) -> HttpResponse:
    try:
        actions.settle(request_id=number, by=request.actor, at=clock.now())
    except PersonalRequest.DoesNotExist as missing:
        raise Http404 from missing
    toast(request, _("Done"))
    return HttpResponseRedirect(reverse("customers:wishes"))
