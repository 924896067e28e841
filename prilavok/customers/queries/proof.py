"""The proof of one person's consents: every line of the ledger with the words they saw and the events behind it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers.events import ConsentGiven, ConsentWithdrawn
from prilavok.customers.models import Consent
from prilavok.customers.queries.contacts import ContactShown, contacts_of
from prilavok.customers.queries.people import get, kin
from prilavok.kernel import timeline
from prilavok.kernel.actors import Actor

_AUTHORS: dict[str, str | Promise] = {
    "customer": _("the customer"),
    "token": _("another system, by its token"),
    "system": _("Prilavok itself"),
}
EVENTS = 10_000  # at most; a person with more has the first ones without their events


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the journal: its id, what it was, and when it was true."""

    id: UUID
    type: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProvenLine:
    """One line of the ledger. `events` lead from it to the first cause."""

    at: datetime
    purpose: str
    channel: str
    brand: str
    given: bool
    source: str
    by: str
    ip: str | None
    proof: str
    text_version: str
    document: str  # the version of the text, a key of `ConsentProof.texts`
    events: list[Happened]


@dataclass(frozen=True, slots=True)
class ProvenText:
    """A text that was agreed to, as it was published."""

    version: str
    title: str
    text: str
    published_at: datetime | None
    sha256: str


@dataclass(frozen=True, slots=True)
class ConsentProof:
    """Everything that proves what one person agreed to and when they took it back, the oldest first."""

    public_id: UUID
    name: str
    contacts: list[str]
    made_at: datetime
    lines: list[ProvenLine]
    texts: dict[str, ProvenText] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The proof as values of JSON, with the digest that stands under the printed page."""
        plain: dict[str, Any] = json.loads(_canonical(self))
        return plain | {"sha256": self.digest}

    @property
    def digest(self) -> str:
        """SHA-256 of the proof as JSON with sorted keys and without spaces: the paper and the file are of one piece."""
        return sha256(_canonical(self).encode()).hexdigest()


def _canonical(proof: ConsentProof) -> str:
    return json.dumps(asdict(proof), default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def proof(public_id: UUID, by: Actor, *, at: datetime) -> ConsentProof:
    """Of every record that turned out to be this person's. Raises Profile.DoesNotExist, Refused."""
    by.must("customers.consents")
    profile = get(public_id, by)
    family = kin(profile.pk)
    lines = list(
        Consent.objects.filter(profile__in=family).select_related("brand", "document").order_by("at", "id")
    )
    documents = {one.document for one in lines if one.document}
    contacts: list[ContactShown] = contacts_of([profile.pk], by).get(profile.pk, [])
    return ConsentProof(
        public_id=profile.public_id,
        name=profile.person.full_name,
        contacts=[one.shown for one in contacts],
        made_at=at,
        lines=_proven(lines, family),
        texts={
            one.version: ProvenText(
                one.version, one.title, one.text, one.published_at, sha256(one.text.encode()).hexdigest()
            )
            for one in sorted(documents, key=lambda one: one.version)
        },
    )


def _proven(lines: Sequence[Consent], family: Sequence[int]) -> list[ProvenLine]:
    names = company.employee_names({one.by_id or 0 for one in lines if one.by_kind == "employee"})
    events = _events(family)
    return [
        ProvenLine(
            at=one.at,
            purpose=one.purpose,
            channel=one.channel,
            brand=one.brand.name if one.brand else "",
            given=one.given,
            source=one.source,
            by=names.get(one.by_id or 0, "") or str(_AUTHORS.get(one.by_kind, one.by_kind)),
            ip=one.ip,
            proof=one.proof,
            text_version=one.text_version,
            document=one.document.version if one.document else "",
            events=events.get(one.pk, []),
        )
        for one in lines
    ]


def _events(family: Sequence[int]) -> dict[int, list[Happened]]:
    """By line of the ledger: what the journal says of it and what that follows from."""
    types = [ConsentGiven.type_name(), ConsentWithdrawn.type_name()]
    found = timeline.of_customer(family, limit=EVENTS, types=types).events
    return {
        event.body["consent_id"]: [
            Happened(one.id, one.type, one.happened_at)
            for one in (timeline.causes_of(event.id) if event.cause else [event])
        ]
        for event in found
    }
