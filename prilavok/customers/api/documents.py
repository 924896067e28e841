"""What customers agree to, and the proof that they did."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from pydantic import ConfigDict

from prilavok.company import actions as company_actions
from prilavok.customers import actions, queries
from prilavok.customers.models import MARKETING, Channel, ConsentDocument, ConsentPurpose
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["consents"])


class PurposeWords(Schema):
    """Names and notes in both languages; where one is missing the other is shown."""

    name_ru: str = Field("", max_length=100, examples=["Предложения партнёров"])
    name_en: str = Field("", max_length=100, examples=["Offers of partners"])
    note_ru: str = Field("", max_length=300, description="What customers read beside it, in Russian.")
    note_en: str = Field("", max_length=300)
    offered: bool = Field(False, description="Whether it stands on the customer’s own page.")


class PurposeIn(PurposeWords):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=20, examples=["partners"])
    by_channel: bool = Field(False, description="Asked for e-mail and SMS apart; never changes.")


class PurposeChange(Schema):
    """Only what changes."""

    model_config = ConfigDict(extra="forbid")

    name_ru: str | None = Field(None, max_length=100)
    name_en: str | None = Field(None, max_length=100)
    note_ru: str | None = Field(None, max_length=300)
    note_en: str | None = Field(None, max_length=300)
    offered: bool | None = None
    archived: bool | None = None


class PurposeOut(PurposeWords):
    """A purpose of consents. `name` and `note` are in the caller's language."""

    code: str
    name: str
    note: str
    by_channel: bool
    brought: bool = Field(description="Prilavok brings it; empty names mean that it is called as it came.")
    archived_at: datetime | None

    @staticmethod
    def resolve_name(one: ConsentPurpose) -> str:
        return queries.purpose_name(one)

    @staticmethod
    def resolve_note(one: ConsentPurpose) -> str:
        return queries.purpose_note(one)

    @staticmethod
    def resolve_brought(one: ConsentPurpose) -> bool:
        return queries.is_brought(one.code)


@router.get("/consent-purposes", response=list[PurposeOut], summary="What customers may agree to")
def purposes(request: Request, archived: bool = False) -> list[ConsentPurpose]:
    request.actor.must("customers.see")
    return list(queries.purposes(archived=archived).values())


@router.post("/consent-purposes", response={201: PurposeOut}, summary="Make a purpose")
def make_purpose(request: Request, new: PurposeIn) -> HttpStatus[ConsentPurpose]:
    return HttpStatus(201, actions.make_purpose(by=request.actor, **new.dict()))


@router.patch(
    "/consent-purposes/{code}",
    response=PurposeOut,
    summary="Call a purpose anew, offer it, archive it, restore it",
)
@transaction.atomic
def change_purpose(request: Request, code: str, new: PurposeChange) -> ConsentPurpose:
    told = new.dict(exclude_unset=True, exclude_none=True)
    archived = told.pop("archived", None)
    found = actions.change_purpose(code=code, by=request.actor, **told)
    if archived is None:
        return found
    if archived:
        return actions.archive_purpose(code=code, by=request.actor, at=clock.now())
    return actions.restore_purpose(code=code, by=request.actor)


class DocumentIn(Schema):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=30, pattern=r"^[-a-zA-Z0-9_]+$", examples=["offers"])
    language: Literal["ru", "en"]
    purpose: str = Field(
        MARKETING, max_length=20, description="The code of a purpose: `GET /consent-purposes`."
    )
    title: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=100_000, description="Markdown.")


class DocumentOut(Schema):
    public_id: UUID
    code: str
    language: str
    number: int
    purpose: str
    title: str
    text: str
    state: ConsentDocument.State
    published_at: datetime | None
    superseded_at: datetime | None


@router.get(
    "/consent-documents", response=list[DocumentOut], summary="What customers agree to, every version"
)
def documents(request: Request) -> list[ConsentDocument]:
    return list(queries.documents(request.actor))


@router.post("/consent-documents", response={201: DocumentOut}, summary="Write the draft of the next version")
def draft(request: Request, new: DocumentIn) -> HttpStatus[ConsentDocument]:
    """One draft per code and language: the same again changes it."""
    return HttpStatus(201, actions.save_draft(by=request.actor, **new.dict()))


@router.post(
    "/consent-documents/{uuid:public_id}/publication", response=DocumentOut, summary="Put a draft in force"
)
def publish(request: Request, public_id: UUID) -> ConsentDocument:
    found = queries.document(public_id, request.actor)
    return actions.publish_document(document_id=found.pk, by=request.actor, at=clock.now())


class RuleIn(Schema):
    model_config = ConfigDict(extra="forbid")

    double_opt_in: bool


class RuleOut(RuleIn):
    channel: str


@router.get("/consent-rules", response=list[RuleOut], summary="How consents are taken, by channel")
def rules(request: Request) -> list[dict[str, object]]:
    found = queries.channel_rules(request.actor)
    return [{"channel": one.value, "double_opt_in": found.get(one.value, False)} for one in Channel]


@router.put("/consent-rules/{channel}", response=RuleOut, summary="Demand a click, or don’t")
def change_rule(request: Request, channel: str, new: RuleIn) -> object:
    """With a click, a consent counts once the owner of the address presses the button that a letter leads to."""
    return actions.demand_click(channel=channel, on=new.double_opt_in, by=request.actor)


@router.get(
    "/customers/{uuid:public_id}/consents/proof",
    response=dict[str, Any],
    summary="The proof of one person’s consents",
)
def proof(request: Request, public_id: UUID) -> dict[str, Any]:
    """Every line of the ledger with the words that were seen, where from, IP, proof and the events behind it."""
    request.actor.must("customers.consents")
    profile = queries.get(public_id, request.actor)
    company_actions.note_look(profile_id=profile.pk, what="proof", by=request.actor, at=clock.now())
    return queries.proof(public_id, request.actor, at=clock.now()).plain()
