"""Joining by strength of proof: what is verified joins, what is merely claimed waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from prilavok.customers.actions.contacts import add_contact, add_identifier, verify_contact
from prilavok.customers.actions.loading import check_customers, load
from prilavok.customers.actions.merging import is_anonymous, merge
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import IdentifierTaken, NothingToTellBy
from prilavok.customers.actions.reviewing import propose
from prilavok.customers.events import IdentifierClaimed
from prilavok.customers.models import Contact, ContactKind, Identifier, Profile, Proof
from prilavok.customers.ports import NewCustomer
from prilavok.customers.queries.contacts import profile_ids_by_identifier, sole_claimants
from prilavok.customers.queries.identifying import Found, Presented, found, normal
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Actor


@dataclass(frozen=True, slots=True)
class Linked:
    """What came of it: the customer (new or known), whether others were merged into them or wait for review."""

    profile: Profile
    new: bool
    merged: int = 0
    waiting: int = 0


@transaction.atomic
def link(
    presented: Sequence[Presented], *, by: Actor, at: datetime, source: str = "api", cause: UUID | None = None
) -> Linked:
    """These identifiers were presented together: join what is proved, note what is claimed.

    Verified identifiers of one customer bring the others to them; of several, the anonymous are merged into the
    known one, and two known ones wait for somebody to look. Nobody's: a new customer. Raises NothingToTellBy.
    """
    by.must("customers.link")
    tidy = normal(presented)
    if not any(one.proof == Proof.VERIFIED for one in tidy):
        raise NothingToTellBy(field="identifiers")
    _one_at_a_time(tidy)
    told, common = found(tidy)
    owners = _owners(told)
    new = not owners
    profile = _register(source, at) if new else lock(owners[0], SYSTEM)
    merged = waiting = 0
    for other in owners[1:]:
        joined = _join(profile.pk, other, _shared(told, common), at, cause)
        merged, waiting = merged + joined, waiting + (not joined)
    profile = lock(profile.pk, SYSTEM)
    for one in tidy:
        if one.kind not in common:
            _note(profile, one, told, source, at)
    return Linked(profile, new, merged, waiting)


@transaction.atomic
def link_one(
    *, profile_id: int, kind: str, value: str, proof: str, rule: str, by: Actor, at: datetime
) -> Identifier:
    """Link one identifier to a customer who is known. Where it is claimed, and proved to be somebody else's, somebody
    looks whether the two are one. Raises what `add_identifier` raises."""
    made = add_identifier(profile_id=profile_id, kind=kind, value=value, proof=proof, rule=rule, by=by, at=at)
    if made.proof == Proof.CLAIMED:
        shown = Presented(made.kind, made.value, Proof.CLAIMED)
        _look_at_claims(profile_id, shown, found([shown])[0], at)
    return made


@transaction.atomic
def owner_of_shown(*, kind: str, value: str, rule: str, by: Actor, at: datetime) -> int | None:
    """Whose a card is that was shown (value as stored), None: nobody's. That proves what one person alone claimed."""
    by.must("customers.link")
    proved = profile_ids_by_identifier(kind, [value])
    claimed = sole_claimants(kind, [value]) if not proved else {}
    if claimed:
        add_identifier(profile_id=claimed[value], kind=kind, value=value, rule=rule, by=by, at=at)
    return (proved | claimed).get(value)


def _one_at_a_time(presented: Sequence[Presented]) -> None:
    """Two calls with one identifier must not make two customers of it: each waits for whoever holds it."""
    keys = sorted({f"{one.kind}:{one.value}" for one in presented})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 5)) FROM (SELECT unnest(%s::text[]) AS key) k",
            [keys],
        )


def _owners(told: Sequence[Found]) -> list[int]:
    """Whose the proved identifiers are: those proved to be theirs alone first; a shared one names nobody."""
    alone = {one.profile_id for one in told if one.proved and one.alone}
    if alone:
        return sorted(alone, key=lambda one: (is_anonymous(one), one))
    likely = {one.profile_id for one in told if one.proved}
    return list(likely) if len(likely) == 1 else []


def _register(source: str, at: datetime) -> Profile:
    nobody = check_customers([NewCustomer(source=source)], at=at, nameless=True)
    loaded = load(nobody, by=SYSTEM, at=at, live=True)
    return Profile.objects.get(pk=loaded.profile_ids[0] or 0)


def _shared(told: Sequence[Found], common: Sequence[str]) -> list[str]:
    return sorted({one.kind for one in told if one.proved} - set(common))


def _join(profile_id: int, other_id: int, kinds: list[str], at: datetime, cause: UUID | None) -> bool:
    """Merge them if at most one of them is known by name or card; else let somebody look."""
    evidence = {"kinds": kinds}
    if is_anonymous(profile_id) or is_anonymous(other_id):
        merge(
            profile_id=profile_id,
            other_id=other_id,
            rule="verified",
            evidence=evidence,
            by=SYSTEM,
            at=at,
            cause=cause,
        )
        return True
    propose(
        profile_id, other_id, score=0.9, reasons=[f"{kind}_proved" for kind in kinds], source="proof", at=at
    )
    return False


def _note(profile: Profile, one: Presented, told: Sequence[Found], source: str, at: datetime) -> None:
    """Give the identifier to the customer as far as its proof goes."""
    verified = one.proof == Proof.VERIFIED
    if one.kind in ContactKind.values:
        contact = add_contact(profile_id=profile.pk, kind=one.kind, value=one.value, by=SYSTEM, at=at)
        if verified and contact.verified_at is None and not _proved_elsewhere(contact):
            verify_contact(contact_id=contact.pk, rule=source, by=SYSTEM, at=at)
    else:
        try:
            add_identifier(
                profile_id=profile.pk,
                kind=one.kind,
                value=one.value,
                proof=one.proof,
                rule=source,
                by=SYSTEM,
                at=at,
            )
        except IdentifierTaken:
            add_identifier(
                profile_id=profile.pk,
                kind=one.kind,
                value=one.value,
                proof=Proof.CLAIMED,
                rule=source,
                by=SYSTEM,
                at=at,
            )
    if not verified:
        _claim(profile, one, told, at)


def _proved_elsewhere(contact: Contact) -> bool:
    others = Contact.objects.filter(kind=contact.kind, value=contact.value, verified_at__isnull=False)
    return others.exclude(profile=contact.profile_id).exists()


def _claim(profile: Profile, one: Presented, told: Sequence[Found], at: datetime) -> None:
    """What is claimed shows nothing and joins nobody."""
    owners = _look_at_claims(profile.pk, one, told, at)
    event = IdentifierClaimed(profile_id=profile.pk, kind=one.kind, owner=min(owners, default=None))
    journal.record(event, by=SYSTEM, at=at, customer=profile.pk)


def _look_at_claims(profile_id: int, one: Presented, told: Sequence[Found], at: datetime) -> set[int]:
    """That somebody else has proved what this customer claims is worth a look; who they are."""
    owners = {its.profile_id for its in told if its.kind == one.kind and its.alone} - {profile_id}
    for owner in sorted(owners):
        propose(profile_id, owner, score=0.5, reasons=[f"{one.kind}_claimed"], source="claim", at=at)
    return owners
