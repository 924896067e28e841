"""How a customer is reached and known. Masks are applied here, for pages, API, export and search alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from prilavok.customers import rules
from prilavok.customers.models import Contact, ContactKind, Identifier, IdentifierKind, Profile
from prilavok.customers.queries.kinds import recent_kinds
from prilavok.customers.queries.people import families, heads_of, kin, phone_region, visible
from prilavok.customers.rules import profiles
from prilavok.kernel.actors import Actor

Owned = TypeVar("Owned", Contact, Identifier)


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
    verified_rule: str = ""

    @property
    def shown(self) -> str:
        """The value as people write it."""
        return rules.shown_phone(self.value) if self.kind == "phone" and not self.masked else self.value


def contacts_of(profile_ids: Collection[int], by: Actor) -> dict[int, list[ContactShown]]:
    """Contacts of the person behind each profile, the working and preferred first, masked where `by` may not see."""
    by.must("customers.see")
    found = _of_families(Contact.objects.order_by("id"), profile_ids)
    return {profile: show_contacts(contacts, by) for profile, contacts in found.items()}


def show_contacts(contacts: Iterable[Contact], by: Actor) -> list[ContactShown]:
    """The contacts of one person, the working and preferred first. What several of their records have stands there
    once, verified if it was so in any of them.
    """
    alike: dict[tuple[str, str], list[Contact]] = defaultdict(list)
    for contact in sorted(contacts, key=_by_use):
        alike[contact.kind, contact.value].append(contact)
    for first, *others in alike.values():
        proved = next((one for one in others if one.verified_at), None)
        if proved and not first.verified_at:
            first.verified_at, first.verified_rule = proved.verified_at, proved.verified_rule
    return [show_contact(first, by) for first, *_others in alike.values()]


def _by_use(contact: Contact) -> tuple[bool, bool, bool, int]:
    return contact.failed_at is not None, not contact.preferred, contact.verified_at is None, contact.pk


def _of_families(rows: QuerySet[Owned], profile_ids: Collection[int]) -> dict[int, list[Owned]]:
    """Rows of each profile's person, read through merges; profiles without any are missing."""
    kin = families(profile_ids)
    owned: dict[int, list[Owned]] = defaultdict(list)
    for row in rows.filter(profile__in={member for family in kin.values() for member in family}):
        owned[row.profile_id].append(row)
    found = {profile: [row for member in family for row in owned[member]] for profile, family in kin.items()}
    return {profile: mine for profile, mine in found.items() if mine}


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
        verified_rule=contact.verified_rule,
    )


def by_phone(phone: str, by: Actor) -> list[Profile]:
    """Customers with this phone that `by` may see, each by the profile that stands for them; ten at most."""
    by.must("customers.see_contacts")
    try:
        value = rules.normal_phone(phone, phone_region())
    except rules.BadValue:
        return []
    held = Contact.objects.filter(kind=ContactKind.PHONE, value=value).values_list("profile", flat=True)[:50]
    return list(visible(by).standing().filter(pk__in=set(heads_of(held).values())).order_by("pk")[:10])


def contact_of(profile_id: int, value: str, by: Actor) -> int:
    """The contact of this person with this value, as written by anybody. Raises Contact.DoesNotExist."""
    by.must("customers.see")
    try:
        tidy = rules.normal_email(value) if "@" in value else rules.normal_phone(value, phone_region())
    except rules.BadValue as odd:
        raise Contact.DoesNotExist from odd
    found = Contact.objects.filter(profile__in=kin(profile_id), value=tidy).order_by("pk").first()
    if found is None:  # of several records with this contact the earliest one's is meant
        raise Contact.DoesNotExist
    return found.pk


def numbered_contact(profile_id: int, number: int, by: Actor) -> int:
    """The contact of this number, if it is this person's. Raises Contact.DoesNotExist."""
    by.must("customers.see")
    return Contact.objects.get(profile__in=kin(profile_id), pk=number).pk


def numbered_identifier(profile_id: int, number: int, by: Actor) -> int:
    """The identifier of this number, if it is this person's. Raises Identifier.DoesNotExist."""
    by.must("customers.see")
    return Identifier.objects.get(profile__in=kin(profile_id), pk=number).pk


def identifiers_of(profile_ids: Collection[int], by: Actor) -> dict[int, list[Identifier]]:
    """What the person behind each profile is known by, cards first; means of contact masked as contacts are."""
    by.must("customers.see")
    found = _of_families(Identifier.objects.order_by("id"), profile_ids)
    shown = {profile: show_identifiers(mine, by) for profile, mine in found.items()}
    return {profile: sorted(mine, key=lambda one: one.kind) for profile, mine in shown.items()}


def show_identifiers(identifiers: list[Identifier], by: Actor) -> list[Identifier]:
    """Identifiers to be shown: where `by` may not see contacts, phones, addresses and accounts in networks and
    messengers carry their mask in place of the value. They are not to be saved.
    """
    if by.may("customers.see_contacts"):
        return identifiers
    kinds = recent_kinds()
    for one in identifiers:
        shape = kinds[one.kind].shape if one.kind in kinds else ""
        if shape in (IdentifierKind.Shape.PHONE, IdentifierKind.Shape.EMAIL):
            one.value = rules.masked(shape, one.value)
        elif one.kind in profiles.KINDS:
            one.value = rules.masked_name(one.value)
    return identifiers


def profile_ids_by_identifier(kind: str, values: Iterable[str], *, claimed: bool = False) -> dict[str, int]:
    """Profiles by identifiers of one kind; values as stored (normalised). A phone or an e-mail answers only
    when it is one customer's alone.

    `claimed`: also by what one person alone claims and nobody has proved. That is for analysis: such a value
    shows nothing of the person to whoever says it, and spends nothing.
    """
    values = list(values)
    if kind in ContactKind.values:
        return profile_ids_by_contact(kind, values)
    found = Identifier.objects.filter(kind=kind, value__in=values, alone=True)
    proved = dict(found.values_list("value", "profile_id"))
    return sole_claimants(kind, set(values) - proved.keys()) | proved if claimed else proved


def sole_claimants(kind: str, values: Collection[str]) -> dict[str, int]:
    """Profiles by values that one person alone claims, without those that are proved to be somebody's or tell
    nobody."""
    if not values:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SOLE, {"kind": kind, "values": list(values)})
        return dict(cursor.fetchall())


_SOLE = """
    SELECT i.value, min(i.profile_id) FROM customers_identifier i
    LEFT JOIN customers_kin k ON k.profile_id = i.profile_id
    WHERE i.kind = %(kind)s AND i.value = ANY(%(values)s) AND NOT i.alone
    AND NOT EXISTS (SELECT 1 FROM customers_identifier o WHERE o.kind = i.kind AND o.value = i.value AND o.alone)
    AND NOT EXISTS (
        SELECT 1 FROM customers_quarantine q WHERE q.kind = i.kind AND q.value = i.value AND q.released_at IS NULL
    )
    GROUP BY i.value HAVING count(DISTINCT COALESCE(k.head_id, i.profile_id)) = 1
"""


def profile_ids_by_contact(kind: str, values: Iterable[str]) -> dict[str, int]:
    """Profiles by a contact that belongs to exactly one person: the profile that stands for them."""
    held = list(Contact.objects.filter(kind=kind, value__in=list(values)).values_list("value", "profile"))
    heads = heads_of({profile for _value, profile in held})
    owners: dict[str, set[int]] = defaultdict(set)
    for value, profile in held:
        owners[value].add(heads[profile])
    return {value: profiles.pop() for value, profiles in owners.items() if len(profiles) == 1}


@dataclass(frozen=True, slots=True)
class Short:
    """A customer in one line: for lists of other domains."""

    public_id: UUID
    name: str
    email: str
    phone: str
    card: str = ""
    kind: str = "person"
    external: str = ""


def short(profile_ids: Collection[int], by: Actor) -> dict[int, Short]:
    """Name, contacts (masked where `by` may not see them) and card of those that `by` may see, read through merges."""
    heads = heads_of(profile_ids)
    profiles = {profile.pk: profile for profile in visible(by).filter(pk__in=set(heads.values()))}
    contacts = contacts_of(profiles, by)
    cards = identifiers_of(profiles, by)
    told = {
        head: Short(
            public_id=profile.public_id,
            name=profile.person.full_name,
            email=_first(contacts.get(head, []), "email"),
            phone=_first(contacts.get(head, []), "phone"),
            card=next((one.value for one in cards.get(head, []) if one.kind == "card"), ""),
            kind=profile.person.kind,
            external=next((one.value for one in cards.get(head, []) if one.kind == "external"), ""),
        )
        for head, profile in profiles.items()
    }
    return {profile: told[head] for profile, head in heads.items() if head in told}


def _first(contacts: list[ContactShown], kind: str) -> str:
    return next((contact.shown for contact in contacts if contact.kind == kind), "")
