"""Registering many customers at once: checks and dedup in memory, rows by COPY.

A list that declares its cards and contacts proved joins what is proved; one that does not only claims them: a claimed
card stands beside, and where somebody else has it, the two wait in the queue.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice

from django.db import connection, transaction

from prilavok.company import queries as company
from prilavok.customers import rules
from prilavok.customers.actions.correcting import correct, shared_by_several
from prilavok.customers.actions.fitting import unfit
from prilavok.customers.actions.legal import Details, owners_of
from prilavok.customers.actions.legal import save as save_details
from prilavok.customers.actions.own_values import Known, checked_own, others_have
from prilavok.customers.actions.problems import BadOwnValue
from prilavok.customers.actions.reviewing import propose_claims
from prilavok.customers.actions.rows import Row
from prilavok.customers.actions.tagging import put_tags, tags_named
from prilavok.customers.actions.tombstones import buried, unbury
from prilavok.customers.events import CustomerRegistered
from prilavok.customers.models import MARKETING, Channel, Person, Sex, Status, Suppression
from prilavok.customers.ports import Evidence, NewConsent, NewCustomer
from prilavok.customers.queries import forms_of_consent, heads_of, phone_region, recent_own_fields
from prilavok.customers.queries.consents import CONTACT_OF_CHANNEL
from prilavok.customers.queries.contacts import sole_claimants
from prilavok.customers.rules.own_fields import is_empty
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.ids import uuid7_text

CHUNK = 5_000  # rows per transaction: none lasts longer than a second or two
BLOCK = 500  # lines sent at once: the server writes some while we make the next

_KINDS = ("external", "card")
REGISTERED = Evidence()


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: its place in the list, the field to blame and the code of the reason."""

    index: int
    field: str
    code: str


@dataclass(slots=True)
class CustomersLoaded:
    """What became of the rows: `profile_ids` by their place (None for rejects), the places of the new, how many are
    known, and the places of the known that have changed.
    """

    profile_ids: list[int | None] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)
    known: int = 0
    altered: set[int] = field(default_factory=set)
    held_back: int = 0  # consents that a file brought for addresses on the stop list: not written down
    rejects: list[Reject] = field(default_factory=list)

    @property
    def created(self) -> int:
        return len(self.fresh)

    @property
    def changed(self) -> int:
        return len(self.altered)


def register_many(
    customers: Sequence[NewCustomer], *, by: Actor, at: datetime, live: bool = False
) -> dict[str, int]:
    """Load many customers; profiles by external id. Rejected rows are missing; `load_customers` tells why."""
    loaded = load_customers(customers, by=by, at=at, live=live)
    pairs = zip(customers, loaded.profile_ids, strict=True)
    return {new.external_id: profile_id for new, profile_id in pairs if profile_id and new.external_id}


def load_customers(
    customers: Sequence[NewCustomer],
    *,
    by: Actor,
    at: datetime,
    live: bool = False,
    evidence: Evidence = REGISTERED,
) -> CustomersLoaded:
    """Register those who are not known yet and correct the others, in transactions of a second or so.

    A customer is known by external id or, without one, by card: a proved card by whoever has it, a claimed one by
    whom a list has claimed it for before; a company also by its INN and KPP. The same rows again change nothing.
    History (`live=False`) moves no points, journeys or letters.
    """
    by.must("customers.load")
    total = CustomersLoaded()
    for start in range(0, len(customers), CHUNK):
        with transaction.atomic():
            part = load(
                customers[start : start + CHUNK], by=by, at=at, live=live, correcting=True, evidence=evidence
            )
        total.profile_ids += part.profile_ids
        total.fresh |= {start + place for place in part.fresh}
        total.known += part.known
        total.altered |= {start + place for place in part.altered}
        total.held_back += part.held_back
        total.rejects += [Reject(start + r.index, r.field, r.code) for r in part.rejects]
    return total


def load(
    customers: Sequence[NewCustomer],
    *,
    by: Actor,
    at: datetime,
    live: bool,
    correcting: bool = False,
    nameless: bool = False,
    evidence: Evidence = REGISTERED,
) -> CustomersLoaded:
    """One chunk, inside the caller's transaction, whatever the rights; the known are only corrected if asked.

    `nameless`: also those of whom nothing is known yet, such as a visitor of the site.
    """
    loaded = CustomersLoaded(profile_ids=[None] * len(customers))
    tidy = _tidied(customers, at, loaded.rejects, nameless)
    _read_own(tidy, by, loaded.rejects)
    tidy = _living(tidy, loaded.rejects, returning=not correcting)
    if not live:
        loaded.held_back = _hold_back(tidy)
    _wait_for_loaders(alone=not live)
    owners = {kind: _owners(kind, tidy) for kind in _KINDS}
    owners["company"], tidy = _companies(tidy, loaded.rejects, loosely=correcting)
    fresh, known = _sifted(tidy, _known_by(owners, tidy, evidence), loaded, evidence)
    _apart(fresh, known, loaded.rejects)
    bad = unfit(fresh, known if correcting else [])
    loaded.rejects += [Reject(index, *blame) for index, blame in bad.items()]
    fresh, known = ([row for row in rows if row.index not in bad] for rows in (fresh, known))
    if known and correcting:
        loaded.altered = correct(known, owners, evidence, by=by, at=at, live=live)
    if fresh:
        _give_ids(fresh)
        _copy(fresh, by, at, evidence)
        save_details(row.details.of_new(row.person_id) for row in fresh if row.details)
        journal.record_many((_entry(row) for row in fresh), by=by, live=live)
    for row in (*fresh, *known):
        loaded.profile_ids[row.index] = row.profile_id
    _tag(fresh, by, at, live, told=False)
    _tag(known if correcting else [], by, at, live, told=True)
    loaded.fresh = {row.index for row in fresh}
    loaded.known = len(known)
    if not evidence.proved:
        _queue([*fresh, *(row for row in known if correcting)], owners["card"], at)
    for index, first in _followers(tidy, loaded):
        loaded.profile_ids[index] = loaded.profile_ids[first]
        loaded.known += 1
    return loaded


def _tag(rows: list[Row], by: Actor, at: datetime, live: bool, *, told: bool) -> None:
    """Tags that rows name, beside those that are there. Of the new customers their registration tells."""
    named = [row for row in rows if row.new.tags]
    if named:
        tags = {name: tags_named([name])[0] for name in {name for row in named for name in row.new.tags}}
        heads = heads_of([row.profile_id for row in named])
        pairs = {(heads[row.profile_id], tags[name].pk): tags[name] for row in named for name in row.new.tags}
        rule = "registration" if not told else "import"
        put_tags(
            [(profile, one) for (profile, _pk), one in pairs.items()],
            by=by, at=at, rule=rule, live=live, told=told,
        )  # fmt: skip


def _read_own(rows: list[Row], by: Actor, rejects: list[Reject]) -> None:
    """Own fields as they are kept; rows with values that do not fit are left out."""
    known: Known = {}
    for row in [row for row in rows if row.new.own]:
        try:
            row.own = checked_own(dict(row.new.own or {}), row.new.kind, by, known)
        except BadOwnValue as bad:
            rejects.append(Reject(row.index, bad.field or "", f"own_{bad.why}"))
            rows.remove(row)


def _apart(fresh: list[Row], met: list[Row], rejects: list[Reject]) -> None:
    """Leave out rows whose value another customer, or an earlier row, has in a field that no two share."""
    for alone in (one for one in recent_own_fields() if one.alone and one.archived_at is None):
        asked = [row for row in (*met, *fresh) if not is_empty(row.own.get(alone.code))]
        if not asked:
            continue
        taken = others_have(alone.code, {_key(row): row.own[alone.code] for row in asked})
        whose: dict[str, int] = {}
        for row in asked:
            if whose.setdefault(row.own[alone.code], _key(row)) != _key(row) or taken[_key(row)]:
                rejects.append(Reject(row.index, f"own.{alone.code}", "own_taken"))
                (met if row in met else fresh).remove(row)


def _key(row: Row) -> int:
    """The row's customer; below nought while it has no id."""
    return row.profile_id or -1 - row.index


def _living(rows: list[Row], rejects: list[Reject], *, returning: bool) -> list[Row]:
    """Without rows of people who were erased: no file brings them back. Whoever comes back in person may."""
    values = [one for row in rows for one in (*row.contacts, *row.keys)]
    if returning:
        unbury(values)
        return rows
    gone = buried(values)
    dead = {row.index for row in rows if not gone.isdisjoint((*row.contacts, *row.keys))}
    rejects += [Reject(index, "external_id", "erased") for index in sorted(dead)]
    return [row for row in rows if row.index not in dead]


def _hold_back(rows: list[Row]) -> int:
    """No file brings a consent for an address on the stop list; how many such consents were dropped."""
    values = {value for row in rows if row.new.consents for _kind, value in row.contacts}
    stopped = (
        set(Suppression.objects.filter(value__in=values).values_list("kind", "value")) if values else set()
    )
    dropped = 0
    for row in rows if stopped else ():
        kinds = {kind for kind, value in row.contacts if (kind, value) in stopped}
        kept = tuple(
            one
            for one in row.new.consents
            if not (one.given and one.channel and CONTACT_OF_CHANNEL[Channel(one.channel)] in kinds)
        )
        dropped += len(row.new.consents) - len(kept)
        row.new = replace(row.new, consents=kept)
    return dropped


def _wait_for_loaders(*, alone: bool) -> None:
    """Loaders of history come one after another, for they may bring the same people; tills register side by side."""
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtext('customers.load'))")


def _tidied(
    customers: Sequence[NewCustomer], at: datetime, rejects: list[Reject], nameless: bool
) -> list[Row]:
    region = phone_region()
    today = at.date()
    forms = forms_of_consent({one.purpose for new in customers for one in new.consents})
    rows = []
    for index, new in enumerate(customers):
        problem = _problem(new, today, nameless, forms)
        try:
            if problem is None:
                rows.append(_tidy(index, new, region, at))
        except rules.BadValue as error:
            problem = (_FIELD_OF[error.args[0]], error.args[0])
        except Problem as error:
            problem = (error.field or "", error.code)
        if problem is not None:
            rejects.append(Reject(index, *problem))
    return rows


_FIELD_OF = {"bad_phone": "phone", "bad_email": "email", "bad_card": "cards", "bad_identifier": "external_id"}


_SEXES, _STATUSES = {"", *Sex.values}, {Status.ACTIVE.value, Status.BLOCKED.value}
_FIRST_DAY = date(1900, 1, 1)


def _problem(
    new: NewCustomer, today: date, nameless: bool, forms: set[tuple[str, str]]
) -> tuple[str, str] | None:
    """The field to blame and the code of what is wrong with it."""
    named = (
        new.external_id or new.phone or new.email or new.cards or new.last_name or new.first_name or new.legal
    )
    if not named and not nameless:
        return "last_name", "nobody_named"
    if new.birth_date is not None and not _FIRST_DAY <= new.birth_date <= today:
        return "birth_date", "bad_birth_date"
    if new.sex not in _SEXES:
        return "sex", "unknown_sex"
    if new.status not in _STATUSES:
        return "status", "unknown_status"
    if any((one.purpose, one.channel) not in forms for one in new.consents):
        return "consents", "unknown_channel"
    return None


def _tidy(index: int, new: NewCustomer, region: str, at: datetime) -> Row:
    contacts = []
    if new.email:
        contacts.append(("email", rules.normal_email(new.email)))
    if new.phone:
        contacts.append(("phone", rules.normal_phone(new.phone, region)))
    identifiers = [("external", rules.normal_id(new.external_id))] if new.external_id else []
    identifiers += [("card", rules.normal_card(card)) for card in dict.fromkeys(new.cards)]
    since = new.registered_at or at
    row = Row(index, new, contacts, identifiers, since, str(since))
    if new.kind == Person.Kind.COMPANY:
        row.new = replace(new, last_name=rules.company_name(new.last_name))
        row.details = Details.of(new.legal or {})
    return row


def _sifted(
    rows: list[Row], known: dict[str, dict[str, int]], loaded: CustomersLoaded, evidence: Evidence
) -> tuple[list[Row], list[Row]]:
    """Rows of customers who are not known yet, and of those who are; the contradictory are rejected."""
    seen: dict[tuple[str, str], Row] = {}
    fresh, met = [], []
    for row in rows:
        keys = _keys(row, evidence)
        owners = {known[kind][value] for kind, value in keys if value in known[kind]}
        if row.details and len(owners) > 1 and len(set(heads_of(owners).values())) == 1:
            owners = {max(owners)}  # records of one company
        earlier = {seen[key].index: seen[key] for key in keys if key in seen}
        if not owners and not earlier:
            seen.update(dict.fromkeys(keys, row))
            fresh.append(row)
        elif len(owners) + len(earlier) > 1 or not _same(row, known, seen):
            loaded.rejects.append(Reject(row.index, "cards", "identifier_taken"))
        elif owners:
            row.profile_id = owners.pop()
            met.append(row)
        else:
            row.first = next(iter(earlier))
    return fresh, met


def _keys(row: Row, evidence: Evidence) -> list[tuple[str, str]]:
    """By what a row is known: what is proved, or its key; a claimed card only where there is no key."""
    return row.keys if evidence.proved or row.details else row.identifiers[:1]


def _known_by(
    owners: dict[str, dict[str, int]], rows: list[Row], evidence: Evidence
) -> dict[str, dict[str, int]]:
    """Whom rows mean by their identifiers. By a card without a key a list that answers for its cards also means whoever
    alone claims it, and one that does not only whom such a list brought before."""
    if evidence is REGISTERED:
        return owners
    cards = [row.identifiers[0][1] for row in rows if row.identifiers and row.identifiers[0][0] == "card"]
    if evidence.proved:
        return owners | {"card": sole_claimants("card", cards) | owners["card"]}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT value, min(profile_id) FROM customers_identifier WHERE kind = 'card' AND value = ANY(%s)"
            " AND NOT alone AND rule = %s GROUP BY value",
            [cards, evidence.rule],
        )
        return owners | {"card": dict(cursor.fetchall())}


def _queue(rows: list[Row], owners: dict[str, int], at: datetime) -> None:
    """Claimed cards that are proved to be somebody else's, or that others claim too: somebody has to look."""
    cards = {value: row.profile_id for row in rows for kind, value in row.identifiers if kind == "card"}
    if cards:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT value, min(profile_id) FROM customers_identifier i WHERE kind = 'card' AND value = ANY(%s)"
                " AND NOT alone AND NOT EXISTS (SELECT 1 FROM customers_quarantine q WHERE q.kind = i.kind"
                " AND q.value = i.value AND q.released_at IS NULL) GROUP BY value",
                [list(cards)],
            )
            first: dict[str, int] = dict(cursor.fetchall())
        pairs = [
            (row.profile_id, owners.get(value, first[value]))
            for row in rows
            for kind, value in row.identifiers
            if kind == "card" and value in first
        ]
        propose_claims("card", pairs, at=at)


def _companies(rows: list[Row], rejects: list[Reject], *, loosely: bool) -> tuple[dict[str, int], list[Row]]:
    """Companies by INN and KPP, and the rows without those that may mean several."""
    keys = {row.index: row.details.key for row in rows if row.details}
    found, several = owners_of(set(keys.values()), loosely=loosely)
    rejects += [Reject(index, "inn", "several_companies") for index, key in keys.items() if key in several]
    return {f"{inn}/{kpp}": profile for (inn, kpp), profile in found.items()}, [
        row for row in rows if keys.get(row.index) not in several
    ]


def _owners(kind: str, rows: list[Row]) -> dict[str, int]:
    values = [value for row in rows for its_kind, value in row.identifiers if its_kind == kind]
    if not values:
        return {}
    with connection.cursor() as cursor:  # one array, not thousands of parameters
        cursor.execute(
            "SELECT value, profile_id FROM customers_identifier WHERE kind = %s AND value = ANY(%s) AND alone",
            [kind, values],
        )
        return dict(cursor.fetchall())


def _same(row: Row, known: dict[str, dict[str, int]], seen: dict[tuple[str, str], Row]) -> bool:
    """Whether a row that shares an identifier is the same customer: an external id of its own must be shared too."""
    if row.details:
        return True  # its INN and KPP are its own; an outside system may give it one more key
    kind, value = row.identifiers[0]
    return kind != "external" or value in known["external"] or (kind, value) in seen


def _followers(rows: Iterable[Row], loaded: CustomersLoaded) -> list[tuple[int, int]]:
    return [(row.index, row.first) for row in rows if row.first is not None]


def _give_ids(rows: list[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array(SELECT nextval('customers_person_id_seq') FROM generate_series(1, %s)),"
            " array(SELECT nextval('customers_profile_id_seq') FROM generate_series(1, %s))",
            [len(rows), len(rows)],
        )
        people, profiles = cursor.fetchone()
    for row, person_id, profile_id in zip(rows, people, profiles, strict=True):
        row.person_id, row.profile_id = person_id, profile_id


def _copy(rows: list[Row], by: Actor, at: datetime, evidence: Evidence) -> None:
    """All rows into their tables. Lines are written as text: several times quicker than value by value."""
    author = f"{by.kind}\t{_text(by.id)}"
    told = r"\N" + "\t\t\t" + r"\N"
    proof = f"{at}\t{evidence.rule}\t{author}"
    proved = _provable(rows) if evidence.declares else set()
    sure = f"verified\t{evidence.rule}"
    said = sure if evidence.proved else f"claimed\t{evidence.rule}"
    when = "" if evidence is REGISTERED else str(at)
    _copy_into(
        "customers_person (id, public_id, kind, last_name, first_name, middle_name, sex, birth_date, invented)",
        (
            f"{row.person_id}\t{uuid7_text()}\t{row.new.kind}\t{_names(row.new)}\t{_text(row.new.birth_date)}\t{_flag(row.new.invented)}\n"
            for row in rows
        ),
    )
    _copy_into(
        "customers_profile (id, public_id, person_id, registered_at, registered_shop_id, status, source, own)",
        (_profile(row) for row in rows),
    )
    _copy_into(
        "customers_contact (profile_id, kind, value, preferred, fail_reason,"
        " verified_at, verified_rule, verified_by_kind, verified_by_id)",
        (
            f"{row.profile_id}\t{kind}\t{_safe(value)}\tf\t\t{proof if (kind, value) in proved else told}\n"
            for row in rows
            for kind, value in row.contacts
        ),
    )
    _copy_into(
        "customers_identifier (profile_id, kind, value, proof, rule, at, by_kind, by_id, alone)",
        (
            f"{row.profile_id}\t{kind}\t{_safe(value)}\t{said if kind == 'card' else sure}\t{when or row.since}"
            f"\t{author}\t{_flag(evidence.proved or kind != 'card')}\n"
            for row in rows
            for kind, value in row.identifiers
        ),
    )
    _copy_into(
        "customers_consent (profile_id, purpose, channel, given, at, source, text_version, document_id, ip,"
        " proof, by_kind, by_id)",
        (_consent(row, consent, author) for row in rows for consent in row.new.consents),
    )


def _provable(rows: list[Row]) -> set[tuple[str, str]]:
    """Contacts that one person alone has: what two people share is proved to be neither's."""
    return {one for row in rows for one in row.contacts} - shared_by_several(rows)


def _copy_into(table_and_columns: str, lines: Iterable[str]) -> None:
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table_and_columns} FROM STDIN") as copy,
    ):
        waiting = iter(lines)
        while block := "".join(islice(waiting, BLOCK)):
            copy.write(block)


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": ""})


def _safe(text: str) -> str:
    """A text as a cell of COPY.

    >>> _safe("a\\tb")
    'a\\\\tb'
    """
    return text if text.isalnum() else text.translate(_ESCAPES)


def _text(value: object) -> str:
    return r"\N" if value is None else str(value)


def _flag(value: bool) -> str:
    return "t" if value else "f"


def _names(new: NewCustomer) -> str:
    last, first, middle = (
        _safe(rules.cleaned(name)[:100]) for name in (new.last_name, new.first_name, new.middle_name)
    )
    return f"{last}\t{first}\t{middle}\t{new.sex}"


def _profile(row: Row) -> str:
    new = row.new
    told = {code: value for code, value in row.own.items() if not is_empty(value)}
    own = _safe(json.dumps(told, ensure_ascii=False)) if told else "{}"
    return (
        f"{row.profile_id}\t{uuid7_text()}\t{row.person_id}\t{row.since}\t{_text(new.shop_id)}"
        f"\t{new.status}\t{_safe(new.source[:50])}\t{own}\n"
    )


def _consent(row: Row, consent: NewConsent, author: str) -> str:
    return (
        f"{row.profile_id}\t{consent.purpose}\t{consent.channel}\t{_flag(consent.given)}"
        f"\t{consent.at or row.since}\t{_safe((consent.source or row.new.source)[:50])}"
        f"\t{_safe(consent.text_version[:50])}\t{_text(consent.document_id)}\t{_text(consent.ip)}\t{_safe(consent.proof[:200])}\t{author}\n"
    )


def _entry(row: Row) -> journal.Entry:
    shop = row.new.shop_id
    event = CustomerRegistered(
        profile_id=row.profile_id,
        person_id=row.person_id,
        source=row.new.source[:50],
        consents=tuple(one.channel for one in row.new.consents if one.given and one.purpose == MARKETING),
    )
    return journal.Entry(
        event,
        at=row.registered_at,
        customer=row.profile_id,
        shop=shop,
        brand=None if shop is None else company.brand_of(shop),
    )
