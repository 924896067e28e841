"""Who the people of a tree are, and in which other segments: told by some of them, chosen by chance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count as CountOf
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from prilavok.facts import client
from prilavok.facts import queries as facts
from prilavok.facts.schema import Trait, registry
from prilavok.kernel.actors import Actor
from prilavok.segments import queries, reckoning
from prilavok.segments.conditions import Node
from prilavok.segments.models import Membership, Segment

ASKED = 10_000  # people by whom larger segments are told: shares are within a point then
TOLD_BY = ("sex", "age", "registered_shop", "rfm_cell")
ROWS, OVERLAPS, YEARS = 8, 10, 10


@dataclass(frozen=True)
class Part:
    """One value and the share of people who have it, 0 to 1."""

    name: str
    share: float


@dataclass(frozen=True)
class Cut:
    """People by one trait, the largest parts first (ages in order); whoever has no value is one of the parts."""

    label: str | Promise
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Overlap:
    """Another segment, the share of these people who are in it, and the share of it that they are."""

    segment: Segment
    share: float
    of_it: float


@dataclass(frozen=True)
class Portrait:
    people: int
    asked: int  # by how many of the people it is told; all of them, if there are so few
    cuts: tuple[Cut, ...]
    overlaps: tuple[Overlap, ...]
    as_of: datetime | None


def portrait(node: Node, *, by: Actor, at: datetime, itself: UUID | None = None) -> Portrait:
    """The people of those that `by` may see. Raises BadCondition, FactsDown, TooHeavy, Refused."""
    people, some = reckoning.some(node, ASKED, by=by, at=at, itself=itself)
    known = registry().traits
    told_by = [known[key] for key in TOLD_BY if key in known]
    cuts = tuple(_cut(trait, some, at) for trait in told_by) if some else ()
    overlaps = _overlaps(some, people, itself, by) if some else ()
    return Portrait(people, len(some), cuts, overlaps, facts.as_of())


def _cut(trait: Trait, some: Collection[int], at: datetime) -> Cut:
    asked = reckoning.asked_on(trait, at)
    value = f"intDiv({asked}, {YEARS}) * {YEARS}" if trait.kind == "number" else asked
    among = f"{trait.table} FINAL WHERE profile_id IN ({client.ids(some)})"
    sql = f"SELECT {value} AS value, count() FROM {among} GROUP BY 1"
    found: dict[Any, int] = dict(client.rows(sql))
    nothing = (
        sum(found.pop(empty, 0) for empty in (None, "", 0)) if trait.kind != "number" else found.pop(None, 0)
    )
    nothing += len(some) - nothing - sum(found.values())
    names = trait.picker.names(list(found)) if trait.picker and trait.picker.names else {}
    named = {key: str(names.get(key, key)) for key in found}
    if trait.kind == "number":
        named = {key: f"{key}–{key + YEARS - 1}" for key in found}
        ordered = sorted(found)
    else:
        ordered = sorted(found, key=lambda key: (-found[key], str(key)))
    parts = [Part(named[key], found[key] / len(some)) for key in ordered[:ROWS]]
    if others := sum(found[key] for key in ordered[ROWS:]):
        parts.append(Part(_("others"), others / len(some)))
    if nothing:
        parts.append(Part(_("not known"), nothing / len(some)))
    return Cut(trait.label, tuple(parts))


def _overlaps(some: Sequence[int], people: int, itself: UUID | None, by: Actor) -> tuple[Overlap, ...]:
    """The live segments in which most of these people are; both shares are of those whom `by` may see."""
    stays = Membership.objects.filter(profile__in=some, segment__archived_at=None).open()
    if itself:
        stays = stays.exclude(segment__public_id=itself)
    rows = list(stays.values_list("segment").annotate(n=CountOf("pk")).order_by("-n", "segment")[:OVERLAPS])
    known = Segment.objects.in_bulk([key for key, _count in rows])
    sizes = queries.sizes(list(known.values()), by)
    return tuple(
        Overlap(known[key], n / len(some), min(1.0, people * n / len(some) / max(1, sizes[key] or 0)))
        for key, n in rows
    )
