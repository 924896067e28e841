"""Contacts and identifiers of one customer."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from prilavok.customers import rules
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import PROBLEM_OF, BadContact, IdentifierTaken
from prilavok.customers.events import (
    ContactAdded,
    ContactFailed,
    ContactRemoved,
    CustomerChanged,
    IdentifierAdded,
)
from prilavok.customers.models import (
    Channel,
    Contact,
    ContactKind,
    Identifier,
    IdentifierKind,
    Profile,
    Proof,
)
from prilavok.customers.queries import phone_region
from prilavok.customers.queries.consents import CONTACT_OF_CHANNEL
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def add_contact(
    *, profile_id: int, value: str, by: Actor, at: datetime, kind: str = "", preferred: bool = False
) -> Contact:
    """Add an e-mail or a phone; the kind follows from the value unless given. One that is there stays as it is.

    Raises BadContact (its subclasses BadEmail and BadPhone).
    """
    by.must("customers.edit")
    profile = lock(profile_id, by)
    kind, value = normal_contact(value, kind)
    contact, added = Contact.objects.get_or_create(profile=profile, kind=kind, value=value)
    if added:
        event = ContactAdded(profile_id=profile_id, contact_id=contact.pk, kind=kind)
        journal.record(event, by=by, at=at, customer=profile_id)
    if preferred:
        _prefer(contact)
    return contact


def normal_contact(value: str, kind: str = "") -> tuple[str, str]:
    """Kind and normalised value of a contact as somebody wrote it. Raises BadContact."""
    kind = kind or (ContactKind.EMAIL if "@" in value else ContactKind.PHONE)
    try:
        if kind == ContactKind.EMAIL:
            return kind, rules.normal_email(value)
        if kind == ContactKind.PHONE:
            return kind, rules.normal_phone(value, phone_region())
    except rules.BadValue as error:
        raise PROBLEM_OF[error.args[0]](field="value") from error
    raise BadContact(field="kind")


@transaction.atomic
def remove_contact(*, contact_id: int, by: Actor, at: datetime) -> tuple[int, str, str]:
    """Take a contact away; its profile, kind and value, by which `add_contact` brings it back."""
    by.must("customers.edit")
    contact = _lock_contact(contact_id, by)
    contact.delete()
    event = ContactRemoved(profile_id=contact.profile_id, contact_id=contact_id, kind=contact.kind)
    journal.record(event, by=by, at=at, customer=contact.profile_id)
    return contact.profile_id, contact.kind, contact.value


@transaction.atomic
def prefer_contact(*, contact_id: int, by: Actor, at: datetime) -> None:
    """This is how the customer likes to be reached."""
    by.must("customers.edit")
    contact = _lock_contact(contact_id, by)
    if not contact.preferred:
        _prefer(contact)
        event = CustomerChanged(profile_id=contact.profile_id, fields=("preferred_contact",))
        journal.record(event, by=by, at=at, customer=contact.profile_id)


def _prefer(contact: Contact) -> None:
    Contact.objects.filter(profile=contact.profile_id, preferred=True).update(preferred=False)
    contact.preferred = True
    contact.save(update_fields=["preferred"])


@transaction.atomic
def verify_contact(*, contact_id: int, by: Actor, at: datetime) -> None:
    """The customer has proved that the contact is theirs; it works again, if it had failed."""
    by.must("customers.edit")
    contact = _lock_contact(contact_id, by)
    contact.verified_at, contact.failed_at, contact.fail_reason = at, None, ""
    contact.save(update_fields=["verified_at", "failed_at", "fail_reason"])
    event = CustomerChanged(profile_id=contact.profile_id, fields=("verified_contact",))
    journal.record(event, by=by, at=at, customer=contact.profile_id)


def _lock_contact(contact_id: int, by: Actor) -> Contact:
    """Hold the contact and its profile. Raises Contact.DoesNotExist, NotForErased."""
    contact = Contact.objects.get(pk=contact_id)
    lock(contact.profile_id, by)
    return Contact.objects.select_for_update().get(pk=contact_id)


@transaction.atomic
def fail_contact(
    *,
    profile_id: int,
    channel: str,
    value: str,
    reason: str,
    by: Actor,
    at: datetime,
    cause: UUID | None = None,
) -> bool:
    """The address does not take messages any more; False when it is not there or had failed before."""
    by.must("customers.edit")
    contact = (
        Contact.objects.select_for_update()
        .filter(profile=profile_id, kind=CONTACT_OF_CHANNEL[Channel(channel)], value=value, failed_at=None)
        .first()
    )
    if contact is None:
        return False
    contact.failed_at, contact.fail_reason = at, reason[:200]
    contact.save(update_fields=["failed_at", "fail_reason"])
    event = ContactFailed(profile_id=profile_id, contact_id=contact.pk, kind=contact.kind, reason=reason[:50])
    journal.record(event, by=by, at=at, customer=profile_id, cause=cause)
    return True


@transaction.atomic
def add_identifier(
    *,
    profile_id: int,
    kind: str,
    value: str,
    by: Actor,
    at: datetime,
    proof: str = Proof.VERIFIED,
    rule: str = "",
) -> Identifier:
    """Link a card or another identifier to the customer, with its evidence. Raises BadCard, IdentifierTaken."""
    by.must("customers.edit")
    profile: Profile = lock(profile_id, by)
    try:
        tidy = rules.normal_card(value) if kind == IdentifierKind.CARD else rules.normal_id(value)
    except rules.BadValue as error:
        raise PROBLEM_OF[error.args[0]](field="value") from error
    found = Identifier.objects.filter(kind=kind, value=tidy).first()
    if found is not None and found.profile_id == profile_id:
        return found
    try:
        with transaction.atomic():
            found = Identifier.objects.create(
                profile=profile,
                kind=kind,
                value=tidy,
                proof=proof,
                rule=rule,
                at=at,
                by_kind=by.kind,
                by_id=by.id,
            )
    except IntegrityError as error:
        raise IdentifierTaken(field="value") from error
    event = IdentifierAdded(profile_id=profile_id, identifier_id=found.pk, kind=kind, proof=proof)
    journal.record(event, by=by, at=at, customer=profile_id)
    return found
