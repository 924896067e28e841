"""Registering many customers at once: checks and dedup in memory, rows by COPY.

A list that declares its cards and contacts proved joins what is proved; one that does not only claims them: a claimed
card stands beside, and where somebody else has it, the two wait in the queue.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import connection, transaction

from prilavok.customers import rules
from prilavok.customers.actions import copying
from prilavok.customers.actions.correcting import correct
from prilavok.customers.actions.fitting import unfit
from prilavok.customers.actions.legal import Details, owners_of
from prilavok.customers.actions.legal import save as save_details
from prilavok.customers.actions.own_values import Known, checked_own, others_have
from prilavok.customers.actions.problems import BadOwnValue
from prilavok.customers.actions.reviewing import propose_claims
from prilavok.customers.actions.rows import Row
from prilavok.customers.actions.tagging import put_tags, tags_named
from prilavok.customers.actions.tombstones import buried, unbury
from prilavok.customers.models import Channel, Person, Sex, Status, Suppression
from prilavok.customers.ports import REGISTERED, Evidence, NewCustomer
from prilavok.customers.queries import forms_of_consent, heads_of, phone_region, recent_own_fields
from prilavok.customers.queries.consents import CONTACT_OF_CHANNEL
from prilavok.customers.queries.contacts import sole_claimants
from prilavok.customers.rules.own_fields import is_empty
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem

CHUNK = 5_000  # rows per transaction: none lasts longer than a second or two

_KINDS = ("external", "card")


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: its place in the list, the field to blame and the code of the reason."""

    index: int
    field: str
    code: str


@dataclass(slots=True)
class CheckedCustomers:
    """Customers who may be loaded, of so many that were looked at, and why the others may not. Loaded once."""

    count: int
    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


@dataclass(slots=True)
class CustomersLoaded:
    """What became of the rows: `profile_ids` by their place (None for rejects), the places of the new, how many are
    known, and the places of the known that have changed.
    """

    profile_ids: list[int | None] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)
    known: int = 0
    altered: set[int] = field(default_factory=set)
    # Consents of a list that were not written down: for addresses on the stop list, or withdrawn since.
    held_back: int = 0
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
        checked = check_customers(customers[start : start + CHUNK], at=at)
        part = load_checked(checked, by=by, at=at, live=live, evidence=evidence)
        total.profile_ids += part.profile_ids
        total.fresh |= {start + place for place in part.fresh}
        total.known += part.known
        total.altered |= {start + place for place in part.altered}
        total.held_back += part.held_back
        total.rejects += [Reject(start + r.index, r.field, r.code) for r in part.rejects]
    return total


def check_customers(
    customers: Sequence[NewCustomer], *, at: datetime, nameless: bool = False
) -> CheckedCustomers:
    """Look at all values and make them comparable: what can be done of loading while others are being loaded.

    `nameless`: also those of whom nothing is known yet, such as a visitor of the site, can be taken.
    """
    checked = CheckedCustomers(len(customers))
    checked.rows = _tidied(customers, at, checked.rejects, nameless)
    return checked


def load_checked(
    checked: CheckedCustomers, *, by: Actor, at: datetime, live: bool = False, evidence: Evidence = REGISTERED
) -> CustomersLoaded:
    """What `load_customers` does, for at most a chunk of customers that are checked, in one transaction."""
    by.must("customers.load")
    with transaction.atomic():
        return load(checked, by=by, at=at, live=live, correcting=True, evidence=evidence)


def load(
    checked: CheckedCustomers,
    *,
    by: Actor,
    at: datetime,
    live: bool,
    correcting: bool = False,
    evidence: Evidence = REGISTERED,
) -> CustomersLoaded:
    """One chunk, inside the caller's transaction, whatever the rights; the known are only corrected if asked."""
    loaded = CustomersLoaded(profile_ids=[None] * checked.count, rejects=checked.rejects)
    tidy = checked.rows
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
        loaded.altered, held_back = correct(known, owners, evidence, by=by, at=at, live=live)
        loaded.held_back += held_back
    if fresh:
        copying.write(fresh, by, at, evidence)
        save_details(row.details.of_new(row.person_id) for row in fresh if row.details)
        copying.tell(fresh, by, live)
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
    values = (one for row in rows for one in (*row.contacts, *row.keys))
    if returning:
        unbury(values)
        return rows
    gone = buried(values)
    if not gone:
        return rows
    dead = {row.index for row in rows if not gone.isdisjoint((*row.contacts, *row.keys))}
    rejects += [Reject(index, "external_id", "erased") for index in sorted(dead)]
    return [row for row in rows if row.index not in dead]


def _hold_back(rows: list[Row]) -> int:
    """No file brings a consent for an address on the stop list; how many such consents were dropped."""
    stopped = _stopped({value for row in rows if row.new.consents for _kind, value in row.contacts})
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


def _stopped(values: set[str]) -> set[tuple[str, str]]:
    """Addresses with one of these values that stand on the stop list."""
    if not values or not Suppression.objects.exists():
        return set()
    with connection.cursor() as cursor:  # one array, not thousands of parameters
        cursor.execute("SELECT kind, value FROM customers_suppression WHERE value = ANY(%s)", [list(values)])
        return set(cursor.fetchall())


def _wait_for_loaders(*, alone: bool) -> None:
    """Loaders of history come one after another, for they may bring the same people; tills register side by side."""
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtext('customers.load'))")


def _tidied(
    customers: Sequence[NewCustomer], at: datetime, rejects: list[Reject], nameless: bool
) -> list[Row]:
    region = phone_region()
    now, today = str(at), at.date()
    forms = forms_of_consent({one.purpose for new in customers for one in new.consents})
    rows = []
    for index, new in enumerate(customers):
        problem = _problem(new, today, nameless, forms)
        try:
            if problem is None:
                since = new.registered_at
                row = Row(index, new, *_comparable(new, region), since or at, str(since) if since else now)
                rows.append(_told_of_company(row) if new.kind == _COMPANY else row)
        except rules.BadValue as error:
            problem = (_FIELD_OF[error.args[0]], error.args[0])
        except Problem as error:
            problem = (error.field or "", error.code)
        if problem is not None:
            rejects.append(Reject(index, *problem))
    return rows


_FIELD_OF = {"bad_phone": "phone", "bad_email": "email", "bad_card": "cards", "bad_identifier": "external_id"}


_SEXES, _STATUSES = {"", *Sex.values}, {Status.ACTIVE.value, Status.BLOCKED.value}
_COMPANY = Person.Kind.COMPANY.value
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
    for one in new.consents:
        if (one.purpose, one.channel) not in forms:
            return "consents", "unknown_channel"
    return None


def _comparable(new: NewCustomer, region: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Contacts and identifiers by kind, normalised. Raises BadValue."""
    contacts, identifiers = [], []
    if new.email:
        contacts.append(("email", rules.normal_email(new.email)))
    if new.phone:
        contacts.append(("phone", rules.normal_phone(new.phone, region)))
    if new.external_id:
        identifiers.append(("external", rules.normal_id(new.external_id)))
    for card in dict.fromkeys(new.cards) if len(new.cards) > 1 else new.cards:
        identifiers.append(("card", rules.normal_card(card)))
    return contacts, identifiers


def _told_of_company(row: Row) -> Row:
    """With its details. Raises what Details.of raises."""
    row.new = replace(row.new, last_name=rules.company_name(row.new.last_name))
    row.details = Details.of(row.new.legal or {})
    return row


def _sifted(
    rows: list[Row], known: dict[str, dict[str, int]], loaded: CustomersLoaded, evidence: Evidence
) -> tuple[list[Row], list[Row]]:
    """Rows of customers who are not known yet, and of those who are; the contradictory are rejected."""
    seen: dict[tuple[str, str], Row] = {}
    taken = {(kind, value): profile for kind, own in known.items() for value, profile in own.items()}
    fresh, met = [], []
    for row in rows:
        keys = _keys(row, evidence)
        owners = {taken[key] for key in keys if key in taken} if taken else set()
        if row.details and len(owners) > 1 and len(set(heads_of(owners).values())) == 1:
            owners = {max(owners)}  # records of one company
        earlier = [seen[key] for key in keys if key in seen]
        if not owners and not earlier:
            for key in keys:
                seen[key] = row
            fresh.append(row)
        elif len(owners) + len({one.index for one in earlier}) > 1 or not _same(row, known, seen):
            loaded.rejects.append(Reject(row.index, "cards", "identifier_taken"))
        elif owners:
            row.profile_id = owners.pop()
            met.append(row)
        else:
            row.first = earlier[0].index
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
