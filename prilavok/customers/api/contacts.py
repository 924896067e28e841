"""Phones and e-mails of a customer, and whatever else they are known by."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from ninja import Field, Router, Schema
from ninja import Status as HttpStatus
from pydantic import ConfigDict

from prilavok.company import queries as company
from prilavok.customers import actions, queries
from prilavok.customers.models import ContactKind, Identifier, Profile, Proof
from prilavok.customers.queries.codes import HOLDS
from prilavok.customers.rules.profiles import page_of
from prilavok.kernel import clock
from prilavok.kernel.web import Request

router = Router(tags=["customers"])


class ContactOut(Schema):
    """Its `id` names it in addresses; what several records of a person share stands once."""

    id: int
    kind: ContactKind
    value: str
    masked: bool
    preferred: bool
    verified_at: datetime | None
    failed_at: datetime | None


class IdentifierOut(Schema):
    """Phones, e-mails and accounts are masked without the right `customers.see_contacts`."""

    id: int
    kind: str
    value: str
    proof: Proof
    rule: str = Field(description="By which rule it was linked, such as `card.issued`, `operator`.")
    by: str = Field(description="The employee or token that linked it, by name; else `system`.")
    at: datetime
    page: str = Field(
        description="The customer's page in a social network or messenger; empty where none is known."
    )

    @staticmethod
    def resolve_page(one: Identifier) -> str:
        return page_of(one.kind, one.value)


class ContactIn(Schema):
    value: str = Field(max_length=254, examples=["+7 916 123-45-67"])
    kind: str = Field("", pattern="^(email|phone)?$", description="Follows from the value when empty.")
    preferred: bool = False


class IdentifierIn(Schema):
    kind: str = Field("card", max_length=20, description="The code of a kind: `GET /identifier-kinds`.")
    value: str = Field(max_length=254, examples=["2900000012345"])
    proof: Proof = Proof.VERIFIED


@router.post(
    "/customers/{uuid:public_id}/contacts", response={201: list[ContactOut]}, summary="Add a contact"
)
def add_contact(request: Request, public_id: UUID, new: ContactIn) -> HttpStatus[list[queries.ContactShown]]:
    request.actor.must("customers.edit")
    profile = queries.get(public_id, request.actor)
    actions.add_contact(profile_id=profile.pk, by=request.actor, at=clock.now(), **new.dict())
    return HttpStatus(201, queries.contacts_of([profile.pk], request.actor)[profile.pk])


class ContactChange(Schema):
    model_config = ConfigDict(extra="forbid")

    value: str | None = Field(
        None, min_length=1, max_length=254, description="What it should have been; it is not verified yet."
    )
    preferred: Literal[True] | None = Field(None, description="true: so the customer is best reached.")


@router.patch(
    "/customers/{uuid:public_id}/contacts/{int:number}",
    response=list[ContactOut],
    summary="Correct a contact, or prefer it",
)
@transaction.atomic
def change_contact(
    request: Request, public_id: UUID, number: int, new: ContactChange
) -> list[queries.ContactShown]:
    profile, contact = _numbered(request, public_id, number)
    if new.value is not None:
        actions.change_contact(contact_id=contact, value=new.value, by=request.actor, at=clock.now())
    if new.preferred:
        actions.prefer_contact(contact_id=contact, by=request.actor, at=clock.now())
    return queries.contacts_of([profile.pk], request.actor)[profile.pk]


@router.delete(
    "/customers/{uuid:public_id}/contacts/{int:number}", response={204: None}, summary="Remove a contact"
)
def remove_contact(request: Request, public_id: UUID, number: int) -> HttpStatus[None]:
    _profile, contact = _numbered(request, public_id, number)
    actions.remove_contact(contact_id=contact, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


def _numbered(request: Request, public_id: UUID, number: int) -> tuple[Profile, int]:
    request.actor.must("customers.edit")
    profile = queries.get(public_id, request.actor)
    return profile, queries.numbered_contact(profile.pk, number, request.actor)


class CodeIn(Schema):
    value: str = Field(
        max_length=254, examples=["anna@example.org"], description="The contact to be verified."
    )


class ProofIn(CodeIn):
    code: str = Field(max_length=20, examples=["123456"])


class CodeOut(Schema):
    sent_at: datetime
    holds_minutes: int


class ProofOut(Schema):
    verified: bool
    tries_left: int


@router.post(
    "/customers/{uuid:public_id}/contacts/codes",
    response={202: CodeOut},
    summary="Have a code sent to an e-mail, by which its owner proves it",
)
def ask_for_code(request: Request, public_id: UUID, asked: CodeIn) -> HttpStatus[dict[str, object]]:
    """One a minute, five a day. Phones answer 409 until SMS are connected."""
    contact = _contact(request, public_id, asked.value)
    made = actions.ask_for_code(contact_id=contact, by=request.actor, at=clock.now())
    return HttpStatus(202, {"sent_at": made.asked_at, "holds_minutes": HOLDS.seconds // 60})


@router.post(
    "/customers/{uuid:public_id}/contacts/proofs", response=ProofOut, summary="Tell the code that was sent"
)
def prove_contact(request: Request, public_id: UUID, told: ProofIn) -> dict[str, object]:
    """A wrong code answers `verified: false`; after five a new one must be sent."""
    contact = _contact(request, public_id, told.value)
    done = actions.prove_contact(contact_id=contact, code=told.code, by=request.actor, at=clock.now())
    return {"verified": done.right, "tries_left": done.tries_left}


def _contact(request: Request, public_id: UUID, value: str) -> int:
    request.actor.must("customers.edit")
    profile = queries.get(public_id, request.actor)
    return queries.contact_of(profile.pk, value, request.actor)


@router.post(
    "/customers/{uuid:public_id}/identifiers",
    response={201: IdentifierOut},
    summary="Link a card or another identifier",
)
def add_identifier(request: Request, public_id: UUID, new: IdentifierIn) -> HttpStatus[object]:
    request.actor.must("customers.edit")
    profile = queries.get(public_id, request.actor)
    made = actions.link_one(profile_id=profile.pk, rule="api", by=request.actor, at=clock.now(), **new.dict())
    return HttpStatus(201, with_authors([made])[0])


@router.delete(
    "/customers/{uuid:public_id}/identifiers/{int:number}",
    response={204: None},
    summary="Unlink a card or another identifier",
)
def remove_identifier(request: Request, public_id: UUID, number: int) -> HttpStatus[None]:
    """A lost card, or one that is issued to somebody else: it tells of this customer no more."""
    request.actor.must("customers.edit")
    profile = queries.get(public_id, request.actor)
    held = queries.numbered_identifier(profile.pk, number, request.actor)
    actions.remove_identifier(identifier_id=held, by=request.actor, at=clock.now())
    return HttpStatus(204, None)


def with_authors(identifiers: Sequence[Identifier]) -> list[Identifier]:
    """The same, each with the name of who linked it as `by`."""
    names = company.actor_names([(one.by_kind, one.by_id) for one in identifiers])
    for one in identifiers:
        one.by = names[one.by_kind, one.by_id]  # type: ignore[attr-defined]
    return list(identifiers)
