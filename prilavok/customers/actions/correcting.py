"""Known customers told of again: what a file says now holds, what it leaves empty stays."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from prilavok.customers.actions.legal import Details
from prilavok.customers.actions.legal import save as save_details
from prilavok.customers.actions.merging import correct_shown
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.rows import Row
from prilavok.customers.events import ConsentGiven, ConsentWithdrawn, CustomerChanged
from prilavok.customers.models import Consent, Contact, Identifier, Person, Proof, Status
from prilavok.customers.ports import Evidence, NewConsent, NewCustomer
from prilavok.customers.rules import OWN, cleaned
from prilavok.customers.rules.own_fields import is_empty
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@dataclass(slots=True)
class _Customer:
    """What the base knows of one customer."""

    person_id: int  # of the person behind the profile, read through merges
    values: dict[str, Any]
    head_id: int  # the profile that stands for the person
    own: dict[str, Any]  # its own fields
    merged: bool = False  # others were merged into this person
    contacts: dict[str, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    # By purpose and channel: given or not, and by what source it was said.
    consents: dict[tuple[str, str], tuple[bool, str]] = field(default_factory=dict)
    claims: dict[str, Identifier] = field(default_factory=dict)  # cards that are merely claimed, by number


PERSON = ("last_name", "first_name", "middle_name", "sex", "birth_date")
PROFILE = ("registered_at", "registered_shop")


@dataclass
class _Changes:
    """What is to be written, gathered over all rows."""

    by: Actor
    at: datetime
    evidence: Evidence
    shared: set[tuple[str, str]]  # contacts that several people have: proved to be neither's
    fields: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))  # by profile
    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    merged: dict[int, dict[str, Any]] = field(default_factory=dict)  # people whom others were merged into
    profiles: dict[int, dict[str, Any]] = field(default_factory=dict)
    own: dict[int, dict[str, Any]] = field(default_factory=dict)  # own fields by profile
    new_contacts: list[Contact] = field(default_factory=list)
    moved_contacts: list[Contact] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    proved_cards: list[Identifier] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    details: list[Details] = field(default_factory=list)  # of companies
    was: list[Changed] = field(default_factory=list)  # what stood there, for the history
    held_back: int = 0  # consents that were withdrawn since


def correct(
    rows: Sequence[Row],
    owned: Mapping[str, dict[str, int]],
    evidence: Evidence,
    *,
    by: Actor,
    at: datetime,
    live: bool,
) -> tuple[set[int], int]:
    """Bring customers up to what the rows say of them; the places of the rows that changed something, and how many
    consents were not taken because they had been withdrawn since.

    `owned` are, by kind, the cards and keys that are proved to be somebody's. A company's key that nobody has is this
    one's now. A consent that differs is one more line of the ledger. An e-mail or phone takes the place of the only one
    there is, unless that was verified; else it stands beside the others. What a list declared proved, a list that
    declares may replace.
    """
    known = _known([row.profile_id for row in rows])
    changes = _Changes(by, at, evidence, shared_by_several(rows) if evidence.declares else set())
    changed = set()
    for row in rows:
        customer = known.get(row.profile_id)
        if customer and _compare(row, customer, owned, changes, live):
            changed.add(row.index)
    if changed:
        _write(changes)
        _tell(changes, live)
    return changed, changes.held_back


def _known(profile_ids: list[int]) -> dict[int, _Customer]:
    """Customers by profile, without the erased."""
    sql = """
        SELECT p.id, r.id, r.last_name, r.first_name, r.middle_name, r.sex, r.birth_date,
               p.registered_at, p.registered_shop_id, h.id, h.own::text, r.told IS NOT NULL
        FROM customers_profile p
        LEFT JOIN customers_kin k ON k.profile_id = p.id
        JOIN customers_profile h ON h.id = COALESCE(k.head_id, p.id)
        JOIN customers_person r ON r.id = h.person_id
        WHERE p.id = ANY(%s) AND h.status <> %s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [profile_ids, Status.ERASED])
        names = (*PERSON, *PROFILE)
        found = {
            row[0]: _Customer(
                row[1], dict(zip(names, row[2:-3], strict=True)), row[-3], json.loads(row[-2]), merged=row[-1]
            )
            for row in cursor.fetchall()
        }
        cursor.execute(_CONSENTS, [list(found)])
        for profile_id, purpose, channel, given, source in cursor.fetchall():
            found[profile_id].consents[purpose, channel] = given, source
    for contact in Contact.objects.filter(profile__in=list(found)).order_by("id"):
        found[contact.profile_id].contacts[contact.kind].append(contact)
    for claim in Identifier.objects.filter(profile__in=list(found), kind="card", alone=False):
        found[claim.profile_id].claims[claim.value] = claim
    return found


# What holds of each customer, whichever of their merged records it was said to.
_CONSENTS = """
    SELECT DISTINCT ON (asked.id, c.purpose, c.channel) asked.id, c.purpose, c.channel, c.given, c.source
    FROM unnest(%s::bigint[]) AS asked(id)
    LEFT JOIN customers_kin k ON k.profile_id = asked.id LEFT JOIN customers_kin m ON m.head_id = k.head_id
    JOIN customers_consent c ON c.profile_id = COALESCE(m.profile_id, asked.id)
    WHERE c.brand_id IS NULL ORDER BY asked.id, c.purpose, c.channel, c.at DESC, c.id DESC
"""


def shared_by_several(rows: Sequence[Row]) -> set[tuple[str, str]]:
    """Contacts of the rows that belong to several people: by the rows themselves, or by what is known."""
    whose: dict[tuple[str, str], int] = {}
    told = ((one, row.profile_id) for row in rows for one in row.contacts)
    shared = {one for one, profile in told if whose.setdefault(one, profile) != profile}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, value, profile_id FROM customers_contact WHERE value = ANY(%s)",
            [[value for _kind, value in whose]],
        )
        known = cursor.fetchall()
    return shared | {
        (kind, value) for kind, value, profile in known if whose.get((kind, value), profile) != profile
    }


def _compare(
    row: Row, customer: _Customer, owned: Mapping[str, dict[str, int]], changes: _Changes, live: bool
) -> bool:
    """Note what the row says otherwise than the base; whether there is anything."""
    told = _told(row.new)
    fields = [name for name, value in told.items() if value and value != customer.values[name]]
    about = [name for name in fields if name in PERSON]
    if about and customer.merged:
        changes.merged.setdefault(customer.person_id, {}).update({name: told[name] for name in about})
    elif about:
        changes.people[customer.person_id] = customer.values
    if any(name in PROFILE for name in fields):
        changes.profiles[row.profile_id] = customer.values
    changes.was += [
        Changed(row.profile_id, _noted(name, row), customer.values[name], told[name]) for name in about
    ]
    customer.values |= {name: told[name] for name in fields}
    fields = [_noted(name, row) for name in fields] + _details(row, changes)
    fields += _own(row, customer, changes)
    fields += [kind for kind, value in row.contacts if _contact(row, customer, kind, value, changes)]
    for kind, value in row.identifiers:
        if kind == "card" and _card(row, customer, value, owned["card"], changes):
            fields.append("card")
        elif kind == "external" and row.details and value not in owned["external"]:
            owned["external"][value] = row.profile_id
            changes.identifiers.append(_key(row, value, changes))
            fields.append(kind)
    consents = [_consent(row, customer, told, changes, live) for told in row.new.consents]
    if fields:
        changes.fields[row.profile_id] += fields
    return bool(fields) or any(consents)


def _own(row: Row, customer: _Customer, changes: _Changes) -> list[str]:
    new = {
        code: value
        for code, value in row.own.items()
        if not is_empty(value) and customer.own.get(code) != value
    }
    if new and customer.merged:
        changes.merged.setdefault(customer.person_id, {}).update({OWN + code: new[code] for code in new})
    elif new:
        changes.own[customer.head_id] = customer.own
    changes.was += [Changed(row.profile_id, OWN + code, customer.own.get(code), new[code]) for code in new]
    customer.own.update(new)
    return [OWN + code for code in new]


def _noted(name: str, row: Row) -> str:
    """How the history calls a field: a company has one name."""
    return "name" if row.details and name == "last_name" else name


def _details(row: Row, changes: _Changes) -> list[str]:
    if row.details is None or not row.details.changed:
        return []
    changes.details.append(row.details)
    before = row.details.before
    changes.was += [
        Changed(row.profile_id, name, before[name], now) for name, now in row.details.changed.items()
    ]
    return list(row.details.changed)


def _told(new: NewCustomer) -> dict[str, str | date | datetime | int | None]:
    return {
        "last_name": cleaned(new.last_name)[:100],
        "first_name": cleaned(new.first_name)[:100],
        "middle_name": cleaned(new.middle_name)[:100],
        "sex": new.sex,
        "birth_date": new.birth_date,
        "registered_at": new.registered_at,
        "registered_shop": new.shop_id,
    }


def _contact(row: Row, customer: _Customer, kind: str, value: str, changes: _Changes) -> bool:
    have = customer.contacts[kind]
    mine = next((contact for contact in have if contact.value == value), None)
    if mine is not None:
        if mine.verified_at is not None or not _prove(mine, changes):
            return False
        if mine.pk:
            changes.moved_contacts.append(mine)
    elif len(have) == 1 and have[0].pk and _replaceable(have[0], changes):
        changes.was.append(Changed(row.profile_id, kind, have[0].value, value, have[0].pk))
        have[0].value, have[0].failed_at, have[0].fail_reason = value, None, ""
        have[0].verified_at, have[0].verified_rule = None, ""
        have[0].verified_by_kind, have[0].verified_by_id = "", None
        _prove(have[0], changes)
        changes.moved_contacts.append(have[0])
    else:
        have.append(Contact(profile_id=row.profile_id, kind=kind, value=value))
        _prove(have[-1], changes)
        changes.new_contacts.append(have[-1])
        changes.was.append(Changed(row.profile_id, kind, "", value))
    return True


def _replaceable(contact: Contact, changes: _Changes) -> bool:
    declared = contact.verified_rule.startswith("file.") and changes.evidence.declares
    return contact.verified_at is None or declared


def _prove(contact: Contact, changes: _Changes) -> bool:
    """Whether the list proves the contact: it answers for it, and it is proved to be nobody else's."""
    if not changes.evidence.declares or (contact.kind, contact.value) in changes.shared:
        return False
    contact.verified_at, contact.verified_rule = changes.at, changes.evidence.rule
    contact.verified_by_kind, contact.verified_by_id = changes.by.kind, changes.by.id
    return True


def _card(row: Row, customer: _Customer, value: str, owned: dict[str, int], changes: _Changes) -> bool:
    """Give the customer a card as far as it is proved; whether that changes anything."""
    evidence, claim = changes.evidence, customer.claims.get(value)
    proved = evidence.proved
    if (value in owned and (proved or owned[value] == row.profile_id)) or (claim and not proved):
        return False
    card = claim or Identifier(profile_id=row.profile_id, kind="card", value=value)
    card.proof, card.alone = (Proof.VERIFIED if proved else Proof.CLAIMED), proved
    card.rule, card.at = evidence.rule, changes.at
    card.by_kind, card.by_id = changes.by.kind, changes.by.id
    (changes.proved_cards if claim else changes.identifiers).append(card)
    if proved:
        owned[value] = row.profile_id
    else:
        customer.claims[value] = card
    return True


def _key(row: Row, value: str, changes: _Changes) -> Identifier:
    return Identifier(
        profile_id=row.profile_id,
        kind="external",
        value=value,
        rule=changes.evidence.rule,
        at=changes.at,
        by_kind=changes.by.kind,
        by_id=changes.by.id,
    )


def _consent(row: Row, customer: _Customer, told: NewConsent, changes: _Changes, live: bool) -> bool:
    """Whether what is told differs from what holds. A list is older than whoever unsubscribed: it gives no consent back
    that was withdrawn in another way than by a list.
    """
    key, source = (told.purpose, told.channel), (told.source or row.new.source)[:50]
    given, said_by = customer.consents.get(key, (None, source))
    if given == told.given:
        return False
    if given is False and said_by != source and not live:
        changes.held_back += 1
        return False
    customer.consents[key] = told.given, source
    changes.consents.append(
        Consent(
            profile_id=row.profile_id,
            purpose=told.purpose,
            channel=told.channel,
            given=told.given,
            at=changes.at,  # the file tells of it now; when it was said, it doesn't know
            source=source,
            text_version=told.text_version[:50],
            document_id=told.document_id,
            ip=told.ip,
            proof=told.proof[:200],
            by_kind=changes.by.kind,
            by_id=changes.by.id,
        )
    )
    return True


_CONTACT = (
    "value", "failed_at", "fail_reason", "verified_at", "verified_rule", "verified_by_kind", "verified_by_id",
)  # fmt: skip


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────


def _write(changes: _Changes) -> None:
    _update(
        "customers_person",
        {
            "last_name": "text",
            "first_name": "text",
            "middle_name": "text",
            "sex": "text",
            "birth_date": "date",
        },
        changes.people,
    )
    for person in Person.objects.select_for_update().filter(pk__in=changes.merged).order_by("pk"):
        correct_shown(person, changes.merged[person.pk], changes.at)
    _update(
        "customers_profile",
        {"registered_at": "timestamptz", "registered_shop_id": "bigint"},
        {
            key: {**values, "registered_shop_id": values["registered_shop"]}
            for key, values in changes.profiles.items()
        },
    )
    _update(
        "customers_profile",
        {"own": "jsonb"},
        {key: {"own": Jsonb(own)} for key, own in changes.own.items()},
    )
    save_details(one.write() for one in changes.details)
    Contact.objects.bulk_create(changes.new_contacts, batch_size=1_000)
    Contact.objects.bulk_update(changes.moved_contacts, _CONTACT, batch_size=500)
    Identifier.objects.bulk_create(changes.identifiers, batch_size=1_000)
    Identifier.objects.bulk_update(
        changes.proved_cards, ["proof", "alone", "rule", "at", "by_kind", "by_id"], batch_size=500
    )
    Consent.objects.bulk_create(changes.consents, batch_size=1_000)
    note_changes(changes.was, by=changes.by, at=changes.at, rule="import")


def _update(table: str, columns: dict[str, str], rows: dict[int, dict[str, Any]]) -> None:
    """One statement, however many rows."""
    if not rows:
        return
    values = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    sql = (
        f"UPDATE {table} AS row SET {', '.join(f'{name} = told.{name}' for name in columns)}"
        f" FROM unnest(%s::bigint[], {values}) AS told(id, {', '.join(columns)}) WHERE row.id = told.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(rows), *([row[name] for row in rows.values()] for name in columns)])


def _tell(changes: _Changes, live: bool) -> None:
    entries = [
        journal.Entry(
            CustomerChanged(profile_id=profile, fields=tuple(names)), at=changes.at, customer=profile
        )
        for profile, names in changes.fields.items()
    ]
    for line in changes.consents:
        told = ConsentGiven if line.given else ConsentWithdrawn
        event = told(
            profile_id=line.profile_id,
            consent_id=line.pk,
            purpose=line.purpose,
            channel=line.channel,
            source=line.source,
        )
        entries.append(journal.Entry(event, at=changes.at, customer=line.profile_id))
    journal.record_many(entries, by=changes.by, live=live)
