"""What the public API offers of messaging."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema, Status
from ninja.params.functions import Query
from pydantic import ConfigDict

from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging, switches
from prilavok.kernel.ids import uuid7
from prilavok.kernel.web import Request
from prilavok.messaging import actions, macros, queries
from prilavok.messaging.models import Message, Template, TemplateVersion

router = Router(tags=["messaging"])


class MacroOut(Schema):
    key: str = Field(examples=["first_name"])
    label: str
    fallback: str


class TemplateLine(Schema):
    public_id: UUID
    name: str
    subject: str
    number: int
    saved_at: datetime


class TemplateList(Schema):
    items: list[TemplateLine]
    next: str | None


class VersionOut(Schema):
    """A saved text. Letters already sent keep theirs."""

    public_id: UUID
    template: UUID
    name: str
    number: int
    subject: str
    preheader: str
    mjml: str
    macros: list[str]
    fallbacks: dict[str, str]
    made_at: datetime

    @staticmethod
    def resolve_template(one: TemplateVersion) -> UUID:
        return one.template.public_id

    @staticmethod
    def resolve_name(one: TemplateVersion) -> str:
        return one.template.name


class TemplateIn(Schema):
    """A letter in MJML with Liquid macros; it must hold an unsubscribe link and only known macros."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=120)
    subject: str = Field(max_length=250, examples=["{{ first_name }}, a coupon for you"])
    preheader: str = Field("", max_length=250)
    mjml: str = Field(max_length=200_000)
    fallbacks: dict[str, str] = Field({}, examples=[{"first_name": "friend"}])


class RenderedOut(Schema):
    subject: str
    html: str
    text: str


class TestIn(Schema):
    to: str = Field(max_length=254)
    customer: UUID | None = None


class LetterIn(Schema):
    """A letter in plain text."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=10_000)


class TouchOut(Schema):
    kind: str
    link: int | None
    machine: str = Field(description="Why it is not a person's; empty for people.")
    at: datetime


class MessageOut(Schema):
    """One letter and what became of it."""

    public_id: UUID
    owner: str
    state: str
    reason: str
    attempts: int
    settled_at: datetime | None
    touches: list[TouchOut]

    @staticmethod
    def resolve_owner(one: Message) -> str:
        return one.mailing.owner

    @staticmethod
    def resolve_touches(one: Message) -> list[Any]:
        return list(one.touches.order_by("-at")[:100])


class MessageLine(Schema):
    public_id: UUID
    state: str
    reason: str
    settled_at: datetime | None
    opens: int
    clicks: int


class MessageList(Schema):
    items: list[MessageLine]
    next: str | None


class SendingOut(Schema):
    paused: bool
    waiting: int


class PauseIn(Schema):
    reason: str = Field("", max_length=200)


@router.get("/macros", response=list[MacroOut], summary="What letters may show")
def known_macros(request: Request) -> list[dict[str, str]]:
    request.actor.must("messaging.see")
    return [
        {"key": one.key, "label": str(one.label), "fallback": str(one.fallback)}
        for one in macros.known().values()
    ]


@router.get("/templates", response=TemplateList, summary="Templates, the newest first")
def templates(
    request: Request, archived: bool = False, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> dict[str, object]:
    page = paging.keyset(
        queries.templates(request.actor, archived=archived), order=("-id",), after=after, size=limit
    )
    return {"items": page.items, "next": page.next}


@router.post("/templates", response={201: VersionOut}, summary="Save a new template")
def create_template(request: Request, new: TemplateIn) -> Status[TemplateVersion]:
    return Status(201, _save(request, new, None))


@router.get("/templates/{public_id}", response=VersionOut, summary="The latest version of a template")
def template(request: Request, public_id: UUID) -> TemplateVersion:
    return _latest(request, public_id)


@router.put(
    "/templates/{public_id}", response=VersionOut, summary="Save a new version; equal content makes none"
)
def change_template(request: Request, public_id: UUID, new: TemplateIn) -> TemplateVersion:
    return _save(request, new, queries.template(public_id, request.actor))


@router.delete("/templates/{public_id}", response={204: None}, summary="Archive a template")
def archive_template(request: Request, public_id: UUID) -> Status[None]:
    one = queries.template(public_id, request.actor)
    actions.archive_template(template_id=one.pk, by=request.actor, at=clock.now())
    return Status(204, None)


@router.get("/templates/{public_id}/preview", response=RenderedOut, summary="As a customer reads it")
def preview(request: Request, public_id: UUID, customer: UUID | None = None) -> object:
    profile = customers.get(customer, request.actor).pk if customer else None
    return queries.preview(_latest(request, public_id), profile_id=profile, by=request.actor)


@router.post("/templates/{public_id}/tests", response={202: None}, summary="Send a test letter")
def send_test(request: Request, public_id: UUID, test: TestIn) -> Status[None]:
    profile = customers.get(test.customer, request.actor).pk if test.customer else None
    actions.send_test(
        version=_latest(request, public_id), to=test.to, profile_id=profile, by=request.actor, at=clock.now()
    )
    return Status(202, None)


@router.get("/messages/{public_id}", response=MessageOut, summary="One letter")
def message(request: Request, public_id: UUID) -> Message:
    return queries.of_public_id(public_id, request.actor)


@router.get("/customers/{public_id}/messages", response=MessageList, summary="Letters to a customer")
def messages_of(
    request: Request, public_id: UUID, after: str | None = None, limit: int = Query(50, ge=1, le=200)
) -> dict[str, object]:
    profile = customers.get(public_id, request.actor)
    found = queries.of_customer(customers.kin(profile.pk), request.actor)
    page = paging.keyset(found, order=("-id",), after=after, size=limit)
    return {"items": page.items, "next": page.next}


@router.post(
    "/customers/{public_id}/letters", response={202: MessageLine}, summary="Write a letter to a customer"
)
def write_letter(request: Request, public_id: UUID, new: LetterIn) -> Status[Message]:
    """It leaves at once unless consent or wishes forbid it: then the answer is 409 with the reason."""
    profile = customers.get(public_id, request.actor)
    written = actions.write_letter(
        letter_id=uuid7(),
        profile_id=profile.pk,
        subject=new.subject,
        text=new.text,
        by=request.actor,
        at=clock.now(),
    )
    return Status(202, queries.of_customer([profile.pk], request.actor).get(pk=written.pk))


@router.get("/sending", response=SendingOut, summary="Whether letters leave")
def sending(request: Request) -> dict[str, object]:
    request.actor.must("messaging.see")
    return {"paused": switches.is_on(switches.SENDING_PAUSED), "waiting": queries.waiting_count()}


@router.post("/sending/pause", response=SendingOut, summary="Hold all letters back")
def pause(request: Request, why: PauseIn) -> dict[str, object]:
    actions.pause_sending(reason=why.reason, by=request.actor, at=clock.now())
    return sending(request)


@router.delete("/sending/pause", response=SendingOut, summary="Let letters leave again")
def resume(request: Request) -> dict[str, object]:
    actions.resume_sending(by=request.actor, at=clock.now())
    return {"paused": False, "waiting": queries.waiting_count()}


def _save(request: Request, new: TemplateIn, one: Template | None) -> TemplateVersion:
    return actions.save_template(
        template_id=one.pk if one else None,
        name=new.name,
        subject=new.subject,
        preheader=new.preheader,
        mjml_source=new.mjml,
        fallbacks=new.fallbacks,
        by=request.actor,
        at=clock.now(),
    )


def _latest(request: Request, public_id: UUID) -> TemplateVersion:
    one = queries.template(public_id, request.actor)
    return queries.versions_of(one.pk, request.actor).select_related("template")[0]
