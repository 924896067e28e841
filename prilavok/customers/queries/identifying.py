"""Recognising a customer at once: whose identifiers these are, and how sure that is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from prilavok.customers import rules
from prilavok.customers.models import Alert, Proof, Status
from prilavok.customers.queries.kinds import recent_kinds
from prilavok.customers.queries.notes import alerts_of
from prilavok.customers.queries.people import phone_region
from prilavok.kernel import prepared
from prilavok.kernel.actors import SYSTEM, Actor


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
    seen: bool  # whether the asker may see them
    alerts: list[dict[str, Any]] | None  # rows of those that hold


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
    alerts: tuple[Alert, ...] = ()  # the gravest first


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


# What is asked comes as one JSON text: however many identifiers there are, the same plan serves. Each look-up stands by
# itself (LATERAL with a LIMIT, a subquery for one value), so that none can become a join of whole tables: the plan is
# kept by the connection, and may have been made when the shop had ten customers. Alerts and whether the customer may be
# seen come along: whoever asks stands at a till.
_SQL = """
    WITH owned AS MATERIALIZED (
        SELECT s.kind, s.proved, held.alone,
               COALESCE((SELECT head_id FROM customers_kin k WHERE k.profile_id = held.profile_id),
                        held.profile_id) AS head,
               (SELECT true FROM customers_quarantine q
                WHERE q.kind = s.kind AND q.value = s.value AND q.released_at IS NULL) IS TRUE AS common
        FROM json_to_recordset(%s::json) AS s(kind text, value text, proved bool), LATERAL (
            SELECT profile_id, true AS alone FROM customers_identifier
            WHERE kind = s.kind AND value = s.value AND alone
            UNION ALL
            SELECT profile_id, false FROM customers_identifier
            WHERE kind = s.kind AND value = s.value AND NOT alone
            UNION ALL
            SELECT profile_id, verified_at IS NOT NULL FROM customers_contact
            WHERE kind = s.kind AND value = s.value AND s.kind IN ('phone', 'email')
            LIMIT 200
        ) held
        LIMIT 200
    )
    SELECT o.kind, o.alone, o.proved, o.common, head.*,
           %s::bool OR EXISTS(SELECT FROM customers_profile p JOIN company_shop s ON s.id = p.registered_shop_id
                              WHERE p.id = ANY(family.ids) AND (%s::bigint[] IS NULL OR s.id = ANY(%s::bigint[]))
                              AND (%s::bigint[] IS NULL OR s.brand_id = ANY(%s::bigint[]))),
           (SELECT json_agg(a) FROM customers_alert a WHERE a.profile_id = ANY(family.ids)
            AND a.ended_at IS NULL AND (a.until IS NULL OR a.until >= %s::date))
    FROM owned o,
    LATERAL (SELECT h.id, h.public_id, h.registered_at, h.status, r.last_name = '' AND r.first_name = ''
             FROM customers_profile h JOIN customers_person r ON r.id = h.person_id WHERE h.id = o.head LIMIT 1) head,
    LATERAL (SELECT ARRAY(SELECT o.head UNION ALL SELECT profile_id FROM customers_kin k WHERE k.head_id = o.head))
            family(ids)
"""


def found(
    presented: Sequence[Presented], by: Actor = SYSTEM, *, today: date | None = None, anywhere: bool = False
) -> tuple[list[Found], tuple[str, ...]]:
    """Whose the identifiers (normal) are, and the kinds of those that are too common to tell anybody by.

    `today`: the day on which alerts must hold; without it there are none that have a last day.
    """
    rows = prepared.rows(_SQL, _values(presented, by, today, anywhere))
    told = [
        Found(kind, Owner(*owner), alone, proved)
        for kind, alone, proved, common, *owner in rows
        if not common
    ]
    return told, tuple(sorted({row[0] for row in rows if row[3]}))


def identify_soon(
    presented: Sequence[Presented], by: Actor, *, today: date | None = None, anywhere: bool = False
) -> None:
    """Ask ahead what `identify` will be asked."""
    prepared.ahead(_SQL, _values(normal(presented), by, today, anywhere))


def _values(
    presented: Sequence[Presented], by: Actor, today: date | None, anywhere: bool = False
) -> list[Any]:
    asked = [
        {"kind": one.kind, "value": one.value, "proved": one.proof == Proof.VERIFIED} for one in presented
    ]
    shops, brands = (None if scope is None else sorted(scope) for scope in (by.shops, by.brands))
    return [json.dumps(asked), anywhere or by.is_everywhere, shops, shops, brands, brands, today]


def identify(
    presented: Sequence[Presented], by: Actor, *, today: date | None = None, anywhere: bool = False
) -> Identified:
    """Who this is, by one question. The strongest proof decides; what contradicts it is not hidden, but answered as
    `several`. `today`: the customer's day, on which alerts must hold. `anywhere`: also who was registered in shops that
    `by` does not see, for those who serve whoever stands before them.
    """
    by.must("customers.identify")
    told, common = found(normal(presented), by, today=today, anywhere=anywhere)
    proved = [one for one in told if one.proved]
    for certainty, among in (
        (Certainty.CERTAIN, [one for one in proved if one.alone]),
        (Certainty.LIKELY, proved),
    ):
        owners = {one.profile_id: one.owner for one in among}
        if len(owners) > 1:
            return Identified(Certainty.SEVERAL, matched=_kinds(among), too_common=common)
        for owner in owners.values():
            return _shown(owner, certainty, among, common)
    if told:
        return Identified(Certainty.CLAIMED, too_common=common)
    return Identified(Certainty.UNKNOWN, too_common=common)


def _shown(owner: Owner, certainty: Certainty, among: list[Found], common: tuple[str, ...]) -> Identified:
    if not owner.seen or owner.status == Status.ERASED:
        return Identified(Certainty.UNKNOWN, too_common=common)
    return Identified(
        certainty=certainty,
        profile_id=owner.id,
        public_id=owner.public_id,
        known_since=owner.registered_at,
        anonymous=owner.anonymous,
        matched=_kinds(among),
        too_common=common,
        alerts=tuple(alerts_of(owner.alerts or ())),
    )


def _kinds(among: list[Found]) -> tuple[str, ...]:
    return tuple(sorted({one.kind for one in among}))
