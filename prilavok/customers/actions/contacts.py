"""Contacts and identifiers of one customer."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from prilavok.customers import ports, rules
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import (
    PROBLEM_OF,
    BadContact,
    ContactThere,
    IdentifierTaken,
    UnknownKind,
)
from prilavok.customers.actions.tombstones import unbury
from prilavok.customers.events import (
    ContactAdded,
    ContactFailed,
    ContactRemoved,
    CustomerChanged,
    IdentifierAdded,
    IdentifierRemoved,
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
from prilavok.customers.queries import identifier_kind, kin, phone_region
from prilavok.customers.queries.consents import CONTACT_OF_CHANNEL
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def add_contact(
    *,
    profile_id: int,
    value: str,
    by: Actor,
    at: datetime,
    kind: str = "",
    preferred: bool = False,
    record: int | None = None,
) -> Contact:
    """Add an e-mail or a phone; the kind follows from the value unless given. One that is there stays as it is.
    `record`: the one of the person's records that it belongs to, for what is brought back.

    Raises BadContact (its subclasses BadEmail and BadPhone).
    """
    by.must("customers.edit")
    profile = _record(lock(profile_id, by), record)
    kind, value = normal_contact(value, kind)
    unbury([(kind, value)])
    contact, added = Contact.objects.get_or_create(profile=profile, kind=kind, value=value)
    if added:
        event = ContactAdded(profile_id=profile.pk, contact_id=contact.pk, kind=kind)
        journal.record(event, by=by, at=at, customer=profile.pk)
        note_changes([Changed(profile.pk, kind, "", value, contact.pk)], by=by, at=at)
    if preferred and not contact.preferred:
        _prefer(contact, by, at)
    return contact


def _record(head: Profile, record: int | None) -> Profile:
    """The named one of the person's records while it is theirs, else the one that stands for them."""
    if record is None or record not in kin(head.pk):
        return head
    return Profile.objects.get(pk=record)


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
def remove_contact(*, contact_id: int, by: Actor, at: datetime) -> list[Contact]:
    """Take a contact away from all records of the person that have it: what they had, for `add_contact` to restore."""
    by.must("customers.edit")
    gone = _alike(_lock_contact(contact_id, by))
    for one in gone:
        number = one.pk
        one.delete()
        event = ContactRemoved(profile_id=one.profile_id, contact_id=number, kind=one.kind)
        journal.record(event, by=by, at=at, customer=one.profile_id)
        note_changes([Changed(one.profile_id, one.kind, one.value, "", number)], by=by, at=at)
    return gone


@transaction.atomic
def change_contact(*, contact_id: int, value: str, by: Actor, at: datetime) -> tuple[int, str, str]:
    """Correct a contact, in all records of the person that have it: its profile, the kind and the value that stood
    there. The new one is not proved yet.

    Raises BadContact, ContactThere, Contact.DoesNotExist, NotForErased.
    """
    by.must("customers.edit")
    contact = _lock_contact(contact_id, by)
    _kind, value = normal_contact(value, contact.kind)
    before = contact.value
    if value == before:
        return contact.profile_id, contact.kind, before
    if Contact.objects.filter(profile__in=kin(contact.profile_id), kind=contact.kind, value=value).exists():
        raise ContactThere(field="value")
    for one in _alike(contact):
        one.value, one.failed_at, one.fail_reason = value, None, ""
        one.verified_at, one.verified_rule = None, ""
        one.verified_by_kind, one.verified_by_id = "", None
        one.save(update_fields=["value", *_PROOF, "failed_at", "fail_reason"])
        event = CustomerChanged(profile_id=one.profile_id, fields=(one.kind,))
        journal.record(event, by=by, at=at, customer=one.profile_id)
        note_changes([Changed(one.profile_id, one.kind, before, value, one.pk)], by=by, at=at)
    return contact.profile_id, contact.kind, before


@transaction.atomic
def prefer_contact(*, contact_id: int, by: Actor, at: datetime) -> None:
    """This is how the customer likes to be reached."""
    by.must("customers.edit")
    contact = _lock_contact(contact_id, by)
    if not contact.preferred:
        _prefer(contact, by, at)
        event = CustomerChanged(profile_id=contact.profile_id, fields=("preferred_contact",))
        journal.record(event, by=by, at=at, customer=contact.profile_id)


def _prefer(contact: Contact, by: Actor, at: datetime) -> None:
    before = Contact.objects.filter(profile__in=kin(contact.profile_id), preferred=True)
    values = list(before.values_list("value", flat=True))
    before.update(preferred=False)
    contact.preferred = True
    contact.save(update_fields=["preferred"])
    changed = Changed(contact.profile_id, "preferred_contact", values, contact.value, contact.pk)
    note_changes([changed], by=by, at=at)


@transaction.atomic
def verify_contact(*, contact_id: int, by: Actor, at: datetime, rule: str = "operator") -> None:
    """The customer has proved, as the rule says, that the contact is theirs; it works again, if it had failed."""
    by.must("customers.edit")
    contact = _lock_contact(contact_id, by)
    for one in _alike(contact):
        one.verified_at, one.failed_at, one.fail_reason = at, None, ""
        one.verified_rule, one.verified_by_kind, one.verified_by_id = rule[:50], by.kind, by.id
        one.save(update_fields=[*_PROOF, "failed_at", "fail_reason"])
    event = CustomerChanged(profile_id=contact.profile_id, fields=("verified_contact",))
    journal.record(event, by=by, at=at, customer=contact.profile_id)


_PROOF = ("verified_at", "verified_rule", "verified_by_kind", "verified_by_id")


def _lock_contact(contact_id: int, by: Actor) -> Contact:
    """Hold the contact and its profile. Raises Contact.DoesNotExist, NotForErased."""
    contact = Contact.objects.get(pk=contact_id)
    lock(contact.profile_id, by)
    return Contact.objects.select_for_update().get(pk=contact_id)


def _alike(contact: Contact) -> list[Contact]:
    """The same phone or e-mail in every record of the person, held: on the card it is one."""
    found = Contact.objects.filter(
        profile__in=kin(contact.profile_id), kind=contact.kind, value=contact.value
    )
    return list(found.select_for_update().order_by("pk"))


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
    failing = list(
        Contact.objects.select_for_update()
        .filter(
            profile__in=kin(profile_id),
            kind=CONTACT_OF_CHANNEL[Channel(channel)],
            value=value,
            failed_at=None,
        )
        .order_by("pk")
    )
    for contact in failing:
        contact.failed_at, contact.fail_reason = at, reason[:200]
        contact.save(update_fields=["failed_at", "fail_reason"])
        event = ContactFailed(
            profile_id=contact.profile_id, contact_id=contact.pk, kind=contact.kind, reason=reason[:50]
        )
        journal.record(event, by=by, at=at, customer=contact.profile_id, cause=cause)
    return bool(failing)


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
    record: int | None = None,
) -> Identifier:
    """Link a card or another identifier to the customer, with its evidence. What was claimed becomes verified.
    `record` as in `add_contact`.

    A value that is merely claimed takes nobody's: it stands beside. Raises UnknownKind, BadShape (or BadCard,
    BadIdentifier), IdentifierTaken.
    """
    by.must("customers.edit")
    profile = _record(lock(profile_id, by), record)
    its, value = normal_identifier(kind, value)
    alone = its.exclusive and proof == Proof.VERIFIED
    found = _own_identifier(profile, kind, value)
    if found is not None and (found.alone or not alone):
        return found
    try:
        with transaction.atomic():
            found = found or Identifier(profile=profile, kind=kind, value=value)
            found.proof, found.alone, found.rule, found.at = proof, alone, rule, at
            found.by_kind, found.by_id = by.kind, by.id
            found.save()
    except IntegrityError as error:
        raise IdentifierTaken(field="value") from error
    event = IdentifierAdded(profile_id=profile.pk, identifier_id=found.pk, kind=kind, proof=proof)
    journal.record(event, by=by, at=at, customer=profile.pk)
    return found


@transaction.atomic
def remove_identifier(*, identifier_id: int, by: Actor, at: datetime) -> Identifier:
    """Take an identifier from the customer: a card that was lost, or is issued to somebody else. As it was, to be
    brought back by `add_identifier`. Raises Identifier.DoesNotExist, NotForErased, what `ports.held` says.
    """
    by.must("customers.edit")
    lock(Identifier.objects.get(pk=identifier_id).profile_id, by)
    found = Identifier.objects.select_for_update().get(pk=identifier_id)
    for why in filter(None, (one(found.kind, found.value) for one in ports.held.items())):
        raise why
    found.delete()
    event = IdentifierRemoved(profile_id=found.profile_id, identifier_id=identifier_id, kind=found.kind)
    journal.record(event, by=by, at=at, customer=found.profile_id)
    return found


def normal_identifier(kind: str, value: str) -> tuple[IdentifierKind, str]:
    """The kind and the value in its form. Raises UnknownKind, BadShape, BadCard, BadIdentifier, BadContact."""
    its = identifier_kind(kind)
    if its is None:
        raise UnknownKind(field="kind")
    try:
        return its, rules.normal_shape(its.shape, value, its.min_length, its.max_length, phone_region())
    except rules.BadValue as error:
        raise PROBLEM_OF[error.args[0]](field="value") from error


def _own_identifier(profile: Profile, kind: str, value: str) -> Identifier | None:
    """The identifier, if it is this person's already: under any of their profiles."""
    own = Identifier.objects.filter(profile__in=kin(profile.pk), kind=kind, value=value)
    return own.order_by("-alone", "pk").first()
