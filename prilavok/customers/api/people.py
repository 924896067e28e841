"""Customers, their contacts, consents and timeline."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from ninja.params.functions import Query
from pydantic import ConfigDict

from prilavok.company import actions as company_actions
from prilavok.company import queries as company
from prilavok.customers import actions, queries, rules
from prilavok.customers.api.contacts import ContactOut, IdentifierOut, with_authors
from prilavok.customers.api.tags import TagOut
from prilavok.customers.models import (
    MARKETING,
    Profile,
    Sex,
    Status,
)
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.customers.queries import Line, Sheet
from prilavok.customers.queries.telling import Narrowing
from prilavok.kernel import clock
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


class UnknownShop(Problem):
    code = "unknown_shop"
    message = _("There is no shop with this code, or it is outside your scope.")


# ── What is told ─────────────────────────────────────────────────────────────────────────────────────────


class CustomerLine(Schema):
    """A customer in a list. Contacts are masked without the right `customers.see_contacts`."""

    public_id: UUID
    kind: str = Field(
        description="person or company; a company's legal details: `GET /customers/{id}/company`."
    )
    name: str
    phone: str
    email: str
    card: str
    status: Status
    registered_at: datetime
    shop: str
    own: dict[str, Any]
    tags: list[TagOut]
    indicators: dict[str, Decimal | float | datetime | date | str | None]
    unreachable_by_email: str | None = Field(description="Why no e-mail may be sent; null when it may.")

    @staticmethod
    def resolve_indicators(line: Line) -> dict[str, object]:
        return {key: one.value for key, one in line.indicators.items()}

    @staticmethod
    def resolve_unreachable_by_email(line: Line) -> str | None:
        return line.reach


class CustomerList(Schema):
    items: list[CustomerLine]
    next: str | None = Field(description="Send it as `after` to get the next page; null at the end.")


class ConsentOut(Schema):
    """One line of the ledger; the channel is empty where the purpose is asked once."""

    purpose: str
    channel: str
    given: bool
    at: datetime
    source: str


class CustomerOut(Schema):
    """One customer in full. `own` holds the company's own fields that the caller may see, by code."""

    public_id: UUID
    kind: str = Field(description="person, or company: its name is the last name.")
    last_name: str
    first_name: str
    middle_name: str
    sex: str
    birth_date: date | None
    status: Status
    registered_at: datetime
    shop_code: str | None
    source: str
    invented: bool
    own: dict[str, Any]
    tags: list[TagOut]
    contacts: list[ContactOut]
    identifiers: list[IdentifierOut]
    consents: list[ConsentOut]


class Told(Schema):
    id: UUID
    at: datetime
    type: str = Field(examples=["orders.ReceiptPaid"])
    group: str
    text: str
    by: str

    @staticmethod
    def resolve_group(told: queries.Told) -> str:
        return str(told.group)


class TimelineOut(Schema):
    items: list[Told]
    next: str | None


# ── What is sent ─────────────────────────────────────────────────────────────────────────────────────────


class ConsentIn(Schema):
    model_config = ConfigDict(extra="forbid")

    channel: str = Field(
        "", pattern="^(email|sms)?$", description="Empty where the purpose is asked once.", examples=["email"]
    )
    given: bool = True
    purpose: str = Field(
        MARKETING, max_length=20, description="The code of a purpose: `GET /consent-purposes`."
    )
    source: str = Field("api", max_length=50, examples=["site"])
    text_version: str = Field("", max_length=50, examples=["2026-01"])
    ip: str | None = Field(None, max_length=45)
    proof: str = Field("", max_length=200)
    document: UUID | None = Field(None, description="The published version of the text that was shown.")


class NamesIn(Schema):
    model_config = ConfigDict(extra="forbid")

    last_name: str = Field("", max_length=100, examples=["Ковалёва"])
    first_name: str = Field("", max_length=100, examples=["Анна"])
    middle_name: str = Field("", max_length=100)
    sex: str = Field("", pattern="^[fm]?$")
    birth_date: date | None = None
    own: dict[str, Any] = Field(
        {},
        max_length=200,
        description="Own fields by code, as `GET /own-fields` lists them; null empties one.",
        examples=[{"shoe_size": "38"}],
    )


class CustomerIn(NamesIn):
    external_id: str = Field(
        "", max_length=200, description="The caller's own key; the same one is the same customer."
    )
    phone: str = Field("", max_length=100, examples=["+7 916 123-45-67"])
    email: str = Field("", max_length=254, examples=["anna@example.org"])
    tags: list[str] = Field([], max_length=30, examples=[["VIP"]])
    cards: list[str] = Field([], max_length=20, examples=[["2900000012345"]])
    shop_code: str = Field("", max_length=60)
    source: str = Field("api", max_length=50)
    consents: list[ConsentIn] = Field([], max_length=20)


class StatusIn(Schema):
    status: str = Field(pattern="^(active|blocked)$", examples=["blocked"])
    reason: str = Field("", max_length=200)


# ── Routes ───────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/customers", response=CustomerList, summary="Customers: search, filters, pages")
def customers(
    request: Request,
    q: str = Query("", max_length=100, description="A name, phone, card or e-mail, or the beginning of one."),
    kind: str = Query("", description="person, company; or of companies: legal, sole, state."),
    status: str = "",
    reach: str = Query("", description="email, sms, not_email, not_sms"),
    shop: str = Query("", description="Code of the shop of registration."),
    tag: str = Query("", description="The id of a tag."),
    since: str = Query("", description="Registered on this day or later."),
    until: str = Query("", description="Registered on this day or earlier."),
    own: list[str] = Query(
        [],
        max_length=20,
        description="Own fields marked for filtering, `code:value` or, for numbers and days, `code.from:value` and "
        "`code.to:value`; `code:-` finds those without a value.",
    ),
    indicators: list[str] = Query(
        [], max_length=30, description="Keys of figures to be told of each customer: `GET /card-indicators`."
    ),
    sort: str = Query(
        "",
        description="-registered_at (default), registered_at, name, -name; own.CODE, -own.CODE of a filtered own field",
    ),
    after: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, object]:
    wanted = {
        "kind": kind,
        "status": status,
        "reach": reach,
        "shop": shop,
        "tag": tag,
        "since": since,
        "until": until,
    }
    wanted |= {rules.OWN + code: value for code, _colon, value in (one.partition(":") for one in own)}
    found = queries.listed(request.actor, q, wanted)
    page = queries.page_of(found, sort=sort, after=after, size=limit, by=request.actor)
    rows = queries.lines(page.items, request.actor, indicators)
    actions.note_contacts([row.id for row in rows], by=request.actor, at=clock.now())
    return {"items": rows, "next": page.next}


@router.post("/customers", response={201: CustomerOut}, summary="Register a customer")
def register(request: Request, new: CustomerIn) -> HttpStatus[dict[str, object]]:
    shop_id = shop_of(request, new.shop_code)
    typed = new.dict(exclude={"shop_code", "consents", "cards", "tags"})
    consents = tuple(NewConsent(**_said(consent)) for consent in new.consents)
    customer = NewCustomer(
        **typed, cards=tuple(new.cards), tags=tuple(new.tags), shop_id=shop_id, consents=consents
    )
    profile = actions.register(customer, by=request.actor, at=clock.now())
    return HttpStatus(201, _out(queries.sheet(profile.public_id, request.actor), request))


def shop_of(request: Request, code: str) -> int | None:
    """The shop of this code, if it is named and within the scope. Raises UnknownShop."""
    if not code:
        return None
    shop = company.shops(request.actor).filter(code=code).first()
    if shop is None:
        raise UnknownShop(field="shop_code")
    return shop.pk


@router.get("/customers/{uuid:public_id}", response=CustomerOut, summary="One customer")
def customer(request: Request, public_id: UUID) -> dict[str, object]:
    sheet = queries.sheet(public_id, request.actor)
    company_actions.note_look(profile_id=sheet.profile.pk, what="api", by=request.actor, at=clock.now())
    return _out(sheet, request)


@router.patch("/customers/{uuid:public_id}", response=CustomerOut, summary="Correct names, sex, birth date")
def change(request: Request, public_id: UUID, new: NamesIn) -> dict[str, object]:
    request.actor.must("customers.edit")
    profile = queries.get(public_id, request.actor)
    _correct(profile, new.dict(exclude_unset=True), request)
    return _out(queries.sheet(public_id, request.actor), request)


@transaction.atomic
def _correct(profile: Profile, typed: dict[str, Any], request: Request) -> None:
    own = typed.pop("own", {})
    actions.change_person(profile_id=profile.pk, by=request.actor, at=clock.now(), **typed)
    if own:
        actions.change_own(profile_id=profile.pk, values=own, by=request.actor, at=clock.now())


@router.put("/customers/{uuid:public_id}/status", response=CustomerOut, summary="Block or unblock")
def status(request: Request, public_id: UUID, new: StatusIn) -> dict[str, object]:
    request.actor.must("customers.edit")
    profile = queries.get(public_id, request.actor)
    actions.change_status(profile_id=profile.pk, by=request.actor, at=clock.now(), **new.dict())
    return _out(queries.sheet(public_id, request.actor), request)


@router.post(
    "/customers/{uuid:public_id}/consents", response=list[ConsentOut], summary="Give or withdraw a consent"
)
def consent(request: Request, public_id: UUID, new: ConsentIn) -> list[queries.ConsentState]:
    request.actor.must("customers.consents")
    profile = queries.get(public_id, request.actor)
    _write_consent(profile, new, request)
    return queries.consents_of([profile.pk], request.actor)[profile.pk]


def _said(new: ConsentIn) -> dict[str, Any]:
    """What was agreed to, with the version of the document by its key."""
    said = new.dict(exclude={"document"})
    if new.document is not None:
        shown = queries.published_document(new.document)
        said |= {"document_id": shown.pk, "text_version": shown.version}
    return said


@transaction.atomic
def _write_consent(profile: Profile, new: ConsentIn, request: Request) -> None:
    said = _said(new)
    if not said.pop("given"):
        said = {name: said[name] for name in ("channel", "purpose", "source")}
    act = actions.give_consent if new.given else actions.withdraw_consent
    act(profile_id=profile.pk, by=request.actor, at=clock.now(), **said)


@router.get(
    "/customers/{uuid:public_id}/consents", response=list[ConsentOut], summary="The ledger of consents"
)
def consents(request: Request, public_id: UUID) -> object:
    profile = queries.get(public_id, request.actor)
    return queries.consent_history(queries.kin(profile.pk), request.actor)


@router.get(
    "/customers/{uuid:public_id}/timeline", response=TimelineOut, summary="What happened, newest first"
)
def timeline(
    request: Request,
    public_id: UUID,
    group: str = "",
    text: str = Query("", max_length=100, description="Words that stand in the line."),
    since: date | None = None,
    until: date | None = Query(None, description="The last day; days are the company's."),
    after: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> dict[str, object]:
    profile = queries.get(public_id, request.actor)
    wanted = Narrowing(group, text, since, until)
    story = queries.story(queries.kin(profile.pk), request.actor, wanted=wanted, before=after, limit=limit)
    return {"items": story.lines, "next": story.next}


@router.get(
    "/customers/{uuid:public_id}/archive", response=dict, summary="Everything kept about one customer"
)
def archive(request: Request, public_id: UUID) -> dict[str, object]:
    sections = queries.archive(public_id, request.actor)
    profile = queries.get(public_id, request.actor)
    company_actions.note_look(profile_id=profile.pk, what="archive", by=request.actor, at=clock.now())
    return {one.key: one.rows for one in sections}


@router.delete("/customers/{uuid:public_id}", response={204: None}, summary="Erase a customer for good")
def erase(request: Request, public_id: UUID) -> HttpStatus[None]:
    """Who they were goes and cannot come back by a file; receipts and sums stay, with a customer who says nothing."""
    request.actor.must("customers.erase")
    profile = queries.get(public_id, request.actor)
    actions.erase(profile_id=profile.pk, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


def _out(sheet: Sheet, request: Request) -> dict[str, object]:
    profile, person = sheet.profile, sheet.profile.person
    return {
        "public_id": profile.public_id,
        "kind": person.kind,
        "last_name": person.last_name,
        "first_name": person.first_name,
        "middle_name": person.middle_name,
        "sex": Sex(person.sex).value if person.sex else "",
        "birth_date": person.birth_date,
        "status": profile.status,
        "registered_at": profile.registered_at,
        "shop_code": profile.registered_shop.code if profile.registered_shop else None,
        "source": profile.source,
        "invented": person.invented,
        "tags": list(sheet.tags),
        "own": queries.told_own(profile.own, request.actor, person.kind),
        "contacts": sheet.contacts,
        "identifiers": with_authors(sheet.identifiers),
        "consents": sheet.consents,
    }
