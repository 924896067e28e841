"""Segments of uploaded lists: lines are copied as they come, recognised portion by portion, rubbish told by row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from prilavok.customers import queries as customers
from prilavok.kernel import clock, jobs, retention
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.models import Work
from prilavok.segments import membership
from prilavok.segments.models import Cause, Kind, ListLine, Segment, SegmentVersion
from prilavok.segments.problems import ListTooLong, NothingLoaded

MAX_LINES = 2_000_000
AT_ONCE = 5_000  # lines recognised while the reader waits; more go to the worker
PORTION = 10_000
LONGEST = 200  # characters of a line that are kept
KEPT_DAYS = 30  # lines that nobody was found by


@dataclass(frozen=True)
class Loaded:
    """The segment, how many lines there were, and whether they are recognised by now."""

    segment: Segment
    lines: int
    done: bool


def load_list(*, name: str, values: Iterable[str], by: Actor, at: datetime, folder: str = "") -> Loaded:
    """A static segment of the people whose cards, e-mails, phones or ids these are; blank lines are only counted.

    A long list is recognised by the worker, its progress under the bell; until then the segment grows. Lines that
    nobody was found by stay with the reason (`ListLine`). Raises NothingLoaded, ListTooLong, Refused.
    """
    by.must("segments.edit")
    with transaction.atomic():
        segment = _made(name, folder, by, at)
        lines = _copied(segment, values)
        if not lines:
            raise NothingLoaded
        if lines > AT_ONCE:
            title = _("Recognising the list “%(name)s”") % {"name": name}
            work = jobs.start(title=title, by=by, total=lines, link=f"/segments/{segment.public_id}/")
            jobs.later(recognise_later, segment_id=segment.pk, work_id=work.pk, lock=f"segment:{segment.pk}")
            return Loaded(segment, lines, done=False)
        for _portion in _recognised(segment, by, at):
            pass
        segment.refresh_from_db()
        if not segment.size:
            raise NothingLoaded
    return Loaded(segment, lines, done=True)


def hold(*, name: str, profile_ids: Collection[int], by: Actor, at: datetime, folder: str = "") -> Segment:
    """A static segment of these very people, as ticked in a list. Raises Refused."""
    by.must("segments.edit")
    with transaction.atomic():
        segment = _made(name, folder, by, at)
    membership.replace(segment, profile_ids, why=Cause.LIST, by=by, at=at, tell=False)
    segment.refresh_from_db()
    return segment


@jobs.job
def recognise_later(*, segment_id: int, work_id: int) -> None:
    """Recognise what is not recognised yet of a long list. Begun anew it goes on where it was."""
    segment, work = Segment.objects.get(pk=segment_id), Work.objects.get(pk=work_id)
    for left in _recognised(segment, SYSTEM, clock.now()):
        jobs.step(work, done=(work.total or left) - left)
    unknown = ListLine.objects.filter(segment=segment).count()
    segment.refresh_from_db()
    note = _("Recognised: %(known)d; unknown: %(unknown)d") % {"known": segment.size, "unknown": unknown}
    jobs.finish(work, note=note)


def _made(name: str, folder: str, by: Actor, at: datetime) -> Segment:
    segment = Segment.objects.create(
        name=name, folder=folder, kind=Kind.STATIC, made_by=by.id, made_at=at, changed_at=at, reckoned_at=at
    )
    segment.current = SegmentVersion.objects.create(
        segment=segment, number=1, tree={"all": []}, by=by.id, at=at
    )
    segment.save(update_fields=["current"])
    return segment


def _copied(segment: Segment, values: Iterable[str]) -> int:
    """How many lines that are not blank were copied. Raises ListTooLong."""
    copied = 0
    statement = "COPY segments_listline (segment_id, row, value, reason) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row, raw in enumerate(values, start=1):
            value = raw.replace("\x00", "").strip()
            if value:
                copied += 1
                if copied > MAX_LINES:
                    raise ListTooLong(count=MAX_LINES)
                copy.write_row(
                    (segment.pk, row, value[:LONGEST], "malformed" if len(value) > LONGEST else "")
                )
    return copied


def _mark_repeated(segment: Segment) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_REPEATED, [ListLine.Reason.REPEATED, segment.pk, segment.pk])


_REPEATED = """
    UPDATE segments_listline l SET reason = %s FROM (
        SELECT id, row_number() OVER (PARTITION BY value ORDER BY row) AS place
        FROM segments_listline WHERE segment_id = %s AND reason = ''
    ) AS told WHERE l.segment_id = %s AND l.id = told.id AND told.place > 1
"""


def _recognised(segment: Segment, by: Actor, at: datetime) -> Iterator[int]:
    """Recognise portion by portion, each in a transaction of its own; how many lines are left after each."""
    _mark_repeated(segment)
    waiting = ListLine.objects.filter(segment=segment, reason="").order_by("row")
    left = waiting.count()
    while portion := list(waiting[:PORTION]):
        _settle(segment, portion, by, at)
        left -= len(portion)
        yield left


@transaction.atomic
def _settle(segment: Segment, portion: list[ListLine], by: Actor, at: datetime) -> None:
    known = customers.recognised([line.value for line in portion])
    people = {one.profile_id for one in known.values() if one.profile_id}
    membership.add(segment, sorted(people), by=by, at=at)
    done = [line.pk for line in portion if known[line.value].profile_id]
    ListLine.objects.filter(pk__in=done).delete()
    for reason in {one.reason for one in known.values() if one.reason}:
        these = [line.pk for line in portion if known[line.value].reason == reason]
        ListLine.objects.filter(pk__in=these).update(reason=reason)


def count_old_lines(age: timedelta) -> int:
    return ListLine.objects.filter(segment__made_at__lt=clock.now() - age).count()


def forget_old_lines(age: timedelta) -> int:
    """One piece of the lines that nobody was found by, of lists loaded so long ago."""
    old = ListLine.objects.filter(segment__made_at__lt=clock.now() - age).exclude(reason="")
    piece = list(old.values_list("pk", flat=True)[: retention.PIECE])
    return ListLine.objects.filter(pk__in=piece).delete()[0]
