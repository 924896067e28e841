"""Recognising a customer at once: whose identifiers these are, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import connection

from prilavok.customers import rules
from prilavok.customers.models import Proof, Status
from prilavok.customers.queries.kinds import recent_kinds
from prilavok.customers.queries.people import phone_region, visible
from prilavok.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Presented:
    """An identifier as somebody presents it, and how it is proved: `verified` by a code, a signed link, the card
    itself at the till or the shop's own signed call; else it is `claimed`."""

    kind: str
    value: str
    proof: str = Proof.VERIFIED


class Certainty(StrEnum):
    """How sure it is who came."""

    CERTAIN = "certain"  # proved now, and proved before to be this one's alone
    LIKELY = "likely"  # proved now, and known of one customer only, though never proved to be theirs
    SEVERAL = "several"  # known of several customers: somebody has to look
    CLAIMED = "claimed"  # merely said: nothing is shown of anybody
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Owner:
    """The profile that stands for whoever an identifier belongs to."""

    id: int
    public_id: UUID
    registered_at: datetime
    status: str
    anonymous: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One identifier that is known: whose, and whether it was proved to be theirs alone."""

    kind: str
    owner: Owner
    alone: bool
    proved: bool  # when it was presented

    @property
    def profile_id(self) -> int:
        return self.owner.id


@dataclass(frozen=True, slots=True)
class Identified:
    """The answer. `public_id` and what follows only where `by` may see the customer and it was not merely claimed."""

    certainty: Certainty
    profile_id: int | None = None
    public_id: UUID | None = None
    known_since: datetime | None = None
    anonymous: bool = False
    matched: tuple[str, ...] = ()
    too_common: tuple[str, ...] = ()


def normal(presented: Sequence[Presented]) -> list[Presented]:
    """The same with values in the form of their kinds; what has no such kind or form is left out: it tells nobody."""
    kinds, region = recent_kinds(), phone_region()
    tidy = []
    for one in presented:
        kind = kinds.get(one.kind)
        if kind is None or not kind.active or kind.channel_only:
            continue
        try:
            value = rules.normal_shape(kind.shape, one.value, kind.min_length, kind.max_length, region)
        except rules.BadValue:
            continue
        tidy.append(Presented(kind.code, value, one.proof))
    return tidy


_SQL = """
    WITH shown AS (SELECT * FROM unnest(%s::text[], %s::text[], %s::bool[]) AS t(kind, value, proved)),
    held AS (
        SELECT s.*, i.profile_id, true AS alone FROM shown s
        JOIN customers_identifier i ON i.kind = s.kind AND i.value = s.value AND i.alone
        UNION ALL
        SELECT s.*, i.profile_id, false FROM shown s
        JOIN customers_identifier i ON i.kind = s.kind AND i.value = s.value AND NOT i.alone
        UNION ALL
        SELECT s.*, c.profile_id, c.verified_at IS NOT NULL FROM shown s
        JOIN customers_contact c ON c.value = s.value AND c.kind = s.kind WHERE s.kind IN ('phone', 'email')
    )
    SELECT held.kind, alone, proved, q.id IS NOT NULL,
           h.id, h.public_id, h.registered_at, h.status, r.last_name = '' AND r.first_name = ''
    FROM held LEFT JOIN customers_kin k ON k.profile_id = held.profile_id
    JOIN customers_profile h ON h.id = COALESCE(k.head_id, held.profile_id)
    JOIN customers_person r ON r.id = h.person_id
    LEFT JOIN customers_quarantine q ON q.kind = held.kind AND q.value = held.value AND q.released_at IS NULL
    LIMIT 200
"""


def found(presented: Sequence[Presented]) -> tuple[list[Found], tuple[str, ...]]:
    """Whose the identifiers (normal) are, and the kinds of those that are too common to tell anybody by."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            [
                [one.kind for one in presented],
                [one.value for one in presented],
                [one.proof == Proof.VERIFIED for one in presented],
            ],
        )
        rows = cursor.fetchall()
    told = [
        Found(kind, Owner(*owner), alone, proved)
        for kind, alone, proved, common, *owner in rows
        if not common
    ]
    return told, tuple(sorted({row[0] for row in rows if row[3]}))


def identify(presented: Sequence[Presented], by: Actor) -> Identified:
    """Who this is. The strongest proof decides; what contradicts it is not hidden, but answered as `several`."""
    by.must("customers.identify")
    by.must("customers.see")
    told, common = found(normal(presented))
    proved = [one for one in told if one.proved]
    for certainty, among in (
        (Certainty.CERTAIN, [one for one in proved if one.alone]),
        (Certainty.LIKELY, proved),
    ):
        owners = {one.profile_id: one.owner for one in among}
        if len(owners) > 1:
            return Identified(Certainty.SEVERAL, matched=_kinds(among), too_common=common)
        for owner in owners.values():
            return _shown(owner, certainty, among, common, by)
    if told:
        return Identified(Certainty.CLAIMED, too_common=common)
    return Identified(Certainty.UNKNOWN, too_common=common)


def _shown(
    owner: Owner, certainty: Certainty, among: list[Found], common: tuple[str, ...], by: Actor
) -> Identified:
    hidden = not by.is_everywhere and not visible(by).filter(pk=owner.id).exists()
    if hidden or owner.status == Status.ERASED:
        return Identified(Certainty.UNKNOWN, too_common=common)
    return Identified(
        certainty=certainty,
        profile_id=owner.id,
        public_id=owner.public_id,
        known_since=owner.registered_at,
        anonymous=owner.anonymous,
        matched=_kinds(among),
        too_common=common,
    )


def _kinds(among: list[Found]) -> tuple[str, ...]:
    return tuple(sorted({one.kind for one in among}))
