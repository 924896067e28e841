"""Who is in: stays are begun and ended by sets, in transactions short enough for everybody else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import connection, transaction

from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.journal import Entry
from prilavok.segments.events import EnteredSegment, LeftSegment, PeopleListed
from prilavok.segments.models import Cause, Segment

CHUNK = 20_000
T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """How many came in and went out."""

    entered: int
    left: int

    def __add__(self, other: Change) -> Change:
        return Change(self.entered + other.entered, self.left + other.left)


@contextmanager
def alone(segment_id: int) -> Iterator[None]:
    """Nobody else reckons this segment whole meanwhile. May be asked for again inside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK, segment_id])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, segment_id])


def replace(
    segment: Segment, people: Collection[int], *, why: Cause, by: Actor, at: datetime, tell: bool
) -> Change:
    """Make the segment hold exactly these people; whoever stays keeps the stay. `tell`: one event per person."""
    with alone(segment.pk):
        leaving, entering = _differences(segment.pk, people)
        for stays in batched(leaving):
            _apply(segment, _END, LeftSegment, stays, why, by, at, tell)
        for persons in batched(entering):
            _apply(segment, _BEGIN, EnteredSegment, persons, why, by, at, tell)
    Segment.objects.filter(pk=segment.pk).update(size=_size(segment.pk), reckoned_at=at, trouble="")
    return Change(len(entering), len(leaving))


@transaction.atomic
def add(segment: Segment, people: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Let people of a list in; how many were not in before."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"segment": segment.pk, "at": at, "why": Cause.LIST, "ids": list(people)})
        entered = [row[0] for row in cursor.fetchall()]
    _resize([(segment.pk, len(entered))], at)
    _tell_listed(segment, entered, by, at)
    return len(entered)


def _tell_listed(segment: Segment, people: list[int], by: Actor, at: datetime) -> None:
    """Facts know who is on a static segment, so that conditions may ask: they load these people anew."""
    if people and not segment.is_dynamic:
        journal.record(PeopleListed(segment_id=segment.pk, profile_ids=tuple(people)), by=by, at=at)


_LOCK = 0x5E6
_LEAVING = """
    SELECT m.id FROM segments_membership m LEFT JOIN segments_fresh f ON f.profile_id = m.profile_id
    WHERE m.segment_id = %s AND m.until IS NULL AND f.profile_id IS NULL ORDER BY m.id
"""
_ENTERING = """
    SELECT f.profile_id FROM segments_fresh f JOIN customers_profile p ON p.id = f.profile_id
    LEFT JOIN segments_membership m ON m.segment_id = %s AND m.profile_id = f.profile_id AND m.until IS NULL
    WHERE m.id IS NULL ORDER BY f.profile_id
"""
_END = """
    UPDATE segments_membership SET until = greatest(%(at)s, since), end_cause = %(why)s
    WHERE id = ANY(%(ids)s) AND until IS NULL RETURNING profile_id
"""
_BEGIN = """
    INSERT INTO segments_membership (segment_id, profile_id, since, cause, end_cause)
    SELECT %(segment)s, one, %(at)s, %(why)s, '' FROM unnest(%(ids)s::bigint[]) AS one
    ON CONFLICT (segment_id, profile_id) WHERE until IS NULL DO NOTHING RETURNING profile_id
"""


def batched(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in portions that one short transaction takes."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _differences(segment_id: int, people: Collection[int]) -> tuple[list[int], list[int]]:
    """Stays to end and people to let in."""
    ordered = sorted(set(people))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_fresh")
        cursor.execute("CREATE TEMP TABLE segments_fresh (profile_id bigint PRIMARY KEY)")
        with cursor.copy("COPY segments_fresh FROM STDIN") as copy:
            for part in batched(ordered):
                copy.write("".join(f"{one}\n" for one in part))
        cursor.execute("ANALYZE segments_fresh")
        cursor.execute(_LEAVING, [segment_id])
        leaving = [row[0] for row in cursor.fetchall()]
        cursor.execute(_ENTERING, [segment_id])
        entering = [row[0] for row in cursor.fetchall()]
        cursor.execute("DROP TABLE segments_fresh")
    return leaving, entering


@transaction.atomic
def _apply(
    segment: Segment,
    sql: str,
    event: type[EnteredSegment | LeftSegment],
    ids: Sequence[int],
    why: Cause,
    by: Actor,
    at: datetime,
    tell: bool,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"segment": segment.pk, "at": at, "why": why, "ids": list(ids)})
        people = [row[0] for row in cursor.fetchall()]
    _tell_listed(segment, people, by, at)
    if tell:
        told = (Entry(event(segment_id=segment.pk, why=why), at=at, customer=one) for one in people)
        journal.record_many(told, by=by, live=True)


@dataclass(frozen=True)
class News:
    """What made somebody's stays be looked at again: an event, or a day that passed (no id), and when it was."""

    at: datetime
    event: UUID | None = None


@transaction.atomic
def move(inside: Mapping[int, set[int]], news: Mapping[int, News], *, why: Cause) -> Change:
    """Of the people of the news: put each segment's insiders in and the others out, from when the news happened.

    `inside`: by segment, who meets it. Segments not named are left alone. Nobody's stays of one segment overlap.
    """
    if not inside or not news:
        return Change(0, 0)
    wanted = [(segment, person) for segment, insiders in inside.items() for person in insiders & news.keys()]
    people, moments = list(news), [one.at for one in news.values()]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_OUT, [why, people, moments, list(inside), *_columns(wanted)])
        left = cursor.fetchall()
        cursor.execute(_MOVE_IN, [why, people, moments, *_columns(wanted)])
        entered = cursor.fetchall()
        _name_causes(entered, "cause_event", news)
        _name_causes(left, "end_event", news)
        _resize(
            [(segment, 1) for _id, segment, _person in entered]
            + [(segment, -1) for _id, segment, _person in left],
            max(moments),
        )
    told = [
        Entry(
            event(segment_id=segment, why=why), at=news[person].at, customer=person, cause=news[person].event
        )
        for rows, event in ((left, LeftSegment), (entered, EnteredSegment))
        for _id, segment, person in rows
    ]
    journal.record_many(told, by=SYSTEM, live=True)
    return Change(len(entered), len(left))


_MOVE_OUT = """
    UPDATE segments_membership m SET until = greatest(n.at, m.since), end_cause = %s
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (profile_id, at)
    WHERE m.until IS NULL AND m.segment_id = ANY(%s) AND m.profile_id = n.profile_id
      AND (m.segment_id, m.profile_id) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
    RETURNING m.id, m.segment_id, m.profile_id
"""
_MOVE_IN = """
    INSERT INTO segments_membership (segment_id, profile_id, since, cause, end_cause)
    SELECT w.segment_id, w.profile_id, greatest(n.at, (
        SELECT max(m.until) FROM segments_membership m
        WHERE m.segment_id = w.segment_id AND m.profile_id = w.profile_id
    )), %s, '' FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (profile_id, at)
    JOIN unnest(%s::bigint[], %s::bigint[]) AS w (segment_id, profile_id) USING (profile_id)
    JOIN customers_profile p ON p.id = w.profile_id
    WHERE NOT EXISTS (
        SELECT 1 FROM segments_membership o
        WHERE o.segment_id = w.segment_id AND o.profile_id = w.profile_id AND o.until IS NULL
    )
    ON CONFLICT (segment_id, profile_id) WHERE until IS NULL DO NOTHING
    RETURNING id, segment_id, profile_id
"""


def _columns(pairs: Collection[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [segment for segment, _person in pairs], [person for _segment, person in pairs]


def _name_causes(rows: Collection[tuple[int, int, int]], column: str, news: Mapping[int, News]) -> None:
    named = [(stay, news[person].event) for stay, _segment, person in rows if news[person].event]
    if named:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE segments_membership m SET {column} = w.event "
                "FROM unnest(%s::bigint[], %s::uuid[]) AS w (id, event) WHERE m.id = w.id",
                [[stay for stay, _event in named], [event for _stay, event in named]],
            )


def _resize(changes: Iterable[tuple[int, int]], at: datetime) -> None:
    sums: dict[int, int] = {}
    for segment, by in changes:
        sums[segment] = sums.get(segment, 0) + by
    if sums:
        with connection.cursor() as cursor:
            cursor.execute(_RESIZE, [at, *map(list, zip(*sorted(sums.items()), strict=True))])


_RESIZE = """
    UPDATE segments_segment s SET size = greatest(0, s.size + c.by), reckoned_at = greatest(s.reckoned_at, %s)
    FROM unnest(%s::bigint[], %s::int[]) AS c (id, by) WHERE s.id = c.id
"""


def _size(segment_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM segments_membership WHERE segment_id = %s AND until IS NULL", [segment_id]
        )
        return int(cursor.fetchone()[0])
