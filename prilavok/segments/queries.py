"""Everything others may ask about segments."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count as CountOf
from django.db.models import QuerySet

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel.actors import Actor
from prilavok.kernel.timeline import StoredEvent
from prilavok.segments import reckoning
from prilavok.segments.conditions import Leaf
from prilavok.segments.models import (
    Cause,
    ListLine,
    ListLoad,
    Membership,
    MembershipQuerySet,
    RfmRun,
    RfmScore,
    Segment,
    SegmentVersion,
)
from prilavok.segments.ports import Use, users
from prilavok.segments.problems import BadCondition
from prilavok.segments.reckoning import Count, Verdict
from prilavok.segments.rfm import asking as rfm
from prilavok.segments.rfm import schemes
from prilavok.segments.rfm.asking import Cell


def segments(by: Actor) -> QuerySet[Segment]:
    """All segments, the archived too, with the version that holds."""
    by.must("segments.see")
    return Segment.objects.select_related("current")


def get(public_id: UUID, by: Actor) -> Segment:
    """One segment. Raises Segment.DoesNotExist."""
    return segments(by).get(public_id=public_id)


def by_id(segment_ids: Collection[int]) -> dict[int, Segment]:
    """Segments by inner id, for pages of domains that refer to them."""
    return Segment.objects.select_related("current").in_bulk(list(segment_ids))


def ids_of(public_ids: Collection[UUID]) -> dict[UUID, int]:
    """Inner ids of segments; unknown ones are missing."""
    return dict(Segment.objects.filter(public_id__in=public_ids).values_list("public_id", "id"))


def members(segment_id: int, by: Actor) -> MembershipQuerySet:
    """The stays that last, of customers whom `by` may see."""
    by.must("segments.see")
    return Membership.objects.filter(segment_id=segment_id, profile__in=customers.visible(by)).open()


def history(segment_id: int, by: Actor) -> MembershipQuerySet:
    """All stays, the ended too, of customers whom `by` may see."""
    by.must("segments.see")
    return Membership.objects.filter(segment_id=segment_id, profile__in=customers.visible(by))


def member_ids(segment_id: int) -> list[int]:
    """Profiles that are in now."""
    return list(Membership.objects.filter(segment_id=segment_id).open().values_list("profile_id", flat=True))


def sizes(some: Collection[Segment], by: Actor) -> dict[int, int | None]:
    """How many customers each has: of the shops and brands that `by` works for, where a scope limits them.

    None: whoever may see some shops' customers only, and no customers at all, is told no figure.
    """
    by.must("segments.see")
    if by.is_everywhere:
        return {one.pk: one.size for one in some}
    if not by.may("customers.see"):
        return dict.fromkeys((one.pk for one in some), None)
    own = Membership.objects.filter(segment__in=[one.pk for one in some], profile__in=customers.visible(by))
    counted = dict(own.open().order_by().values_list("segment").annotate(n=CountOf("pk")))
    return {one.pk: counted.get(one.pk, 0) for one in some}


def members_among(segment_id: int, profile_ids: Collection[int]) -> set[int]:
    """Which of these profiles are in now."""
    inside = Membership.objects.filter(segment_id=segment_id, profile__in=list(profile_ids)).open()
    return set(inside.values_list("profile_id", flat=True))


def members_on(segment_id: int, moment: datetime) -> list[int]:
    """Profiles that were in at that moment."""
    return list(
        Membership.objects.filter(segment_id=segment_id).on(moment).values_list("profile_id", flat=True)
    )


def is_in(segment_id: int, profile_id: int) -> bool:
    """Whether a customer is in: one look into an index."""
    return Membership.objects.filter(segment_id=segment_id, profile_id=profile_id).open().exists()


def count(tree: Any, by: Actor, *, at: datetime, itself: UUID | None = None) -> Count:
    """How many meet conditions that nobody has saved yet. Raises BadCondition, FactsDown, TooHeavy, Refused."""
    return reckoning.count(reckoning.read(tree, by), by=by, at=at, itself=itself)


def estimate(tree: Any, by: Actor, *, at: datetime, itself: UUID | None = None) -> Count | None:
    """About how many, sooner than `count`; None where counting takes no longer. Raises as `count` does."""
    return reckoning.estimate(reckoning.read(tree, by), by=by, at=at, itself=itself)


def explain(segment_id: int, profile_id: int, by: Actor, *, at: datetime) -> Verdict:
    """Whether a customer meets the segment's conditions now, and which. Raises FactsDown, BadCondition, Refused."""
    segment = segments(by).get(pk=segment_id)
    tree = segment.current.tree if segment.current else {"all": []}
    return reckoning.explain(reckoning.read(tree), profile_id, at=at)


@dataclass(frozen=True)
class Turn:
    """Why a stay began or ended: the event that did it, if one did, and the conditions that it, or the day, changed."""

    at: datetime
    came_in: bool
    cause: str
    event: UUID | None
    conditions: tuple[Leaf, ...]


def turns(segment: Segment, profile_ids: Collection[int], by: Actor) -> list[Turn]:
    """When and why a customer came into the segment and went out of it, the latest first; at most twenty stays."""
    stays = list(history(segment.pk, by).filter(profile__in=profile_ids).order_by("-since", "-id")[:20])
    versions = list(segment.versions.order_by("-number"))
    events = [event for stay in stays for event in (stay.cause_event, stay.end_event) if event]
    types = dict(StoredEvent.objects.filter(pk__in=events).values_list("pk", "type"))
    told = []
    for stay in stays:
        if stay.until:
            told.append(_turn(versions, types, stay.until, False, stay.end_cause, stay.end_event))
        told.append(_turn(versions, types, stay.since, True, stay.cause, stay.cause_event))
    return told


def _turn(
    versions: list[SegmentVersion],
    types: dict[UUID, str],
    at: datetime,
    came_in: bool,
    cause: str,
    event: UUID | None,
) -> Turn:
    """The version that held then says which conditions the event could change."""
    held = next((one for one in versions if one.at <= at), versions[-1] if versions else None)
    found: list[Leaf] = []
    if held and (event in types or cause == Cause.TIME):
        try:
            found = reckoning.behind(reckoning.read(held.tree), types[event] if event in types else None)
        except BadCondition:
            found = []  # what it named then is gone
    return Turn(at, came_in, cause, event, tuple(found))


def unknown_lines(segment_id: int, by: Actor) -> QuerySet[ListLine]:
    """Lines of the uploaded list that nobody was found by, each with the reason.

    Nobody's shop is known: who may see some shops only sees those of their own lists.
    """
    by.must("segments.see")
    lines = ListLine.objects.filter(segment=segment_id).order_by("row")
    if by.shops is None and by.brands is None:
        return lines
    return lines.filter(segment__made_by=by.id)


@dataclass(frozen=True, slots=True)
class ListTold:
    """What an uploaded list is: who loaded it, and what its lines came to, as far as that is known (None: it is not,
    or people were ticked one by one). `kept`: lines that nobody was found by and that may still be read.
    """

    by: str
    at: datetime
    people: int | None
    lines: int | None
    waiting: int
    recognised: int | None
    unknown: int | None
    kept: int


def told_of_list(segment: Segment, by: Actor) -> ListTold:
    """What stands in the place of conditions. Raises Refused."""
    load = ListLoad.objects.filter(segment=segment.pk).first()
    told = load is not None and load.unknown is not None
    who = company.employee_names({segment.made_by}) if segment.made_by else {}
    return ListTold(
        by=who.get(segment.made_by or 0, ""),
        at=segment.made_at,
        people=sizes([segment], by)[segment.pk],
        lines=load.lines if load else None,
        waiting=load.lines - load.settled if load else 0,
        recognised=load.settled - (load.unknown or 0) if load and told else None,
        unknown=load.unknown if load and told else None,
        kept=unknown_lines(segment.pk, by).count(),
    )


def lines_waiting(segment_id: int) -> int:
    """Lines of an uploaded list that are still to be recognised."""
    load = ListLoad.objects.filter(segment=segment_id).first()
    return load.lines - load.settled if load else 0


def segments_of(profile_ids: Collection[int], by: Actor) -> QuerySet[Membership]:
    """The live segments that customers are in, newest stay first."""
    by.must("segments.see")
    stays = Membership.objects.filter(profile__in=profile_ids, segment__archived_at=None).open()
    return stays.select_related("segment", "segment__current").order_by("-since", "-id")


def uses(segment_id: int) -> list[Use]:
    """Where a segment is used: campaigns and whatever else says so, and other segments."""
    found = [use for ask in users.items() for use in ask(segment_id)]
    public_id = Segment.objects.values_list("public_id", flat=True).get(pk=segment_id)
    return found + [
        Use(
            title=other.name, what=reckoning.USE_IN_SEGMENT, url=f"/segments/{other.public_id}/", binding=True
        )
        for other in referring(public_id)
    ]


def referring(public_id: UUID) -> list[Segment]:
    """Live segments whose conditions name this one."""
    return _naming("segment", str(public_id))


def asking(trait: str) -> list[Segment]:
    """Live segments whose conditions ask a trait."""
    return _naming("trait", trait)


def _naming(what: str, key: str) -> list[Segment]:
    said = f'"{what}": {json.dumps(key)}'
    found = Segment.objects.live().filter(current__isnull=False).select_related("current")
    return [one for one in found if one.current and said in json.dumps(one.current.tree)]


def tags(by: Actor) -> list[str]:
    """Tags in use on segments."""
    found = segments(by).filter(archived_at=None).exclude(tags=[]).values_list("tags", flat=True)
    return sorted({tag for own in found for tag in own})


def folders(by: Actor) -> list[str]:
    """Names of folders in use."""
    found = segments(by).filter(archived_at=None).exclude(folder="").values_list("folder", flat=True)
    return sorted(set(found))


# ── RFM ──────────────────────────────────────────────────────────────────────────────────────────────────


def rfm_of(profile_ids: Collection[int]) -> dict[int, RfmScore]:
    """Scores of these customers by the main scheme; who has not been scored yet is missing."""
    found = RfmScore.objects.filter(scheme=schemes.main(), profile__in=profile_ids)
    return {score.profile_id: score for score in found}


def last_rfm() -> RfmRun | None:
    """The last reckoning by the main scheme."""
    return rfm.last_run(schemes.main())


def rfm_groups(by: Actor) -> list[Cell]:
    """The named groups of the main scheme with their sizes, those who never bought among them."""
    return rfm.groups(by, rfm.scheme(by))


def rfm_silent(by: Actor) -> list[str]:
    """Keys of the main scheme's groups whose people used to buy and have fallen silent."""
    return rfm.silent(by)
