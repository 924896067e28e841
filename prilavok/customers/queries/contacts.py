"""How a customer is reached and known. Masks are applied here, for pages, API, export and search alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prilavok.customers import rules
from prilavok.customers.models import Contact, ContactKind, Identifier, IdentifierKind
from prilavok.customers.queries.people import visible
from prilavok.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class ContactShown:
    """A contact as `by` may see it: the value itself or its mask."""

    id: int
    kind: str
    value: str
    masked: bool
    verified_at: datetime | None
    preferred: bool
    failed_at: datetime | None
    fail_reason: str

    @property
    def shown(self) -> str:
        """The value as people write it."""
        return rules.shown_phone(self.value) if self.kind == "phone" and not self.masked else self.value


def contacts_of(profile_ids: Collection[int], by: Actor) -> dict[int, list[ContactShown]]:
    """Contacts of each profile, the working and preferred first, masked where `by` may not see them."""
    by.must("customers.see")
    found: dict[int, list[ContactShown]] = defaultdict(list)
    for contact in Contact.objects.filter(profile__in=profile_ids).order_by("id"):
        found[contact.profile_id].append(show_contact(contact, by))
    for contacts in found.values():
        contacts.sort(key=lambda c: (c.failed_at is not None, not c.preferred, c.verified_at is None, c.id))
    return found


def show_contact(contact: Contact, by: Actor) -> ContactShown:
    """The one place where a contact becomes something to show."""
    open_ = by.may("customers.see_contacts")
    return ContactShown(
        id=contact.pk,
        kind=contact.kind,
        value=contact.value if open_ else rules.masked(contact.kind, contact.value),
        masked=not open_,
        verified_at=contact.verified_at,
        preferred=contact.preferred,
        failed_at=contact.failed_at,
        fail_reason=contact.fail_reason,
    )


def identifiers_of(profile_ids: Collection[int], by: Actor) -> dict[int, list[Identifier]]:
    """What each profile is known by, cards first."""
    by.must("customers.see")
    found: dict[int, list[Identifier]] = defaultdict(list)
    for identifier in Identifier.objects.filter(profile__in=profile_ids).order_by("kind", "id"):
        found[identifier.profile_id].append(identifier)
    return found


def profile_ids_by_identifier(kind: str, values: Iterable[str]) -> dict[str, int]:
    """Profiles by identifiers of one kind; values as stored (normalised). A phone or an e-mail answers only
    when it is one customer's alone."""
    if kind in ContactKind.values:
        return profile_ids_by_contact(kind, values)
    found = Identifier.objects.filter(kind=kind, value__in=list(values))
    return dict(found.values_list("value", "profile_id"))


def profile_ids_by_contact(kind: str, values: Iterable[str]) -> dict[str, int]:
    """Profiles by a contact that belongs to exactly one of them."""
    owners: dict[str, set[int]] = defaultdict(set)
    for value, profile in Contact.objects.filter(kind=kind, value__in=list(values)).values_list(
        "value", "profile"
    ):
        owners[value].add(profile)
    return {value: profiles.pop() for value, profiles in owners.items() if len(profiles) == 1}


@dataclass(frozen=True, slots=True)
class Short:
    """A customer in one line: for lists of other domains."""

    public_id: UUID
    name: str
    email: str
    phone: str
    card: str = ""


def short(profile_ids: Collection[int], by: Actor) -> dict[int, Short]:
    """Name, contacts (masked where `by` may not see them) and card of those that `by` may see."""
    profiles = list(visible(by).filter(pk__in=profile_ids))
    contacts = contacts_of([p.pk for p in profiles], by)
    cards: dict[int, str] = {}
    for identifier in Identifier.objects.filter(profile__in=profiles, kind=IdentifierKind.CARD).order_by(
        "-id"
    ):
        cards[identifier.profile_id] = identifier.value
    return {
        profile.pk: Short(
            public_id=profile.public_id,
            name=profile.person.full_name,
            email=_first(contacts.get(profile.pk, []), "email"),
            phone=_first(contacts.get(profile.pk, []), "phone"),
            card=cards.get(profile.pk, ""),
        )
        for profile in profiles
    }


def _first(contacts: list[ContactShown], kind: str) -> str:
    return next((contact.shown for contact in contacts if contact.kind == kind), "")
