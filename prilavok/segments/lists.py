"""Segments of uploaded lists: recognised portion by portion; of their lines only rubbish is kept, told by row.

A short list is recognised at once. The lines of a long one lie in a file until the worker has recognised them all;
how far it came stands in `ListLoad`, written together with the people of each portion.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from prilavok.customers import queries as customers
from prilavok.kernel import clock, jobs, journal, retention
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.models import Work
from prilavok.segments import membership
from prilavok.segments.events import PeopleListed
from prilavok.segments.models import Cause, Kind, ListLine, ListLoad, Membership, Segment, SegmentVersion
from prilavok.segments.problems import ListTooLong, NothingLoaded
from prilavok.segments.reckoning import day_of

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


class Line(NamedTuple):
    """A line of a list that is not blank: its row, from 1, blank ones counted too."""

    row: int
    value: str


def load_list(*, name: str, values: Iterable[str], by: Actor, at: datetime, folder: str = "") -> Loaded:
    """A static segment of the people whose cards, e-mails, phones or ids these are; blank lines are only counted.

    A long list is recognised by the worker, its progress under the bell; until then the segment grows. Lines that
    nobody was found by stay with the reason (`ListLine`). Raises NothingLoaded, ListTooLong, Refused.
    """
    by.must("segments.edit")
    lines = _numbered(values)
    first = list(islice(lines, AT_ONCE + 1))
    if not first:
        raise NothingLoaded
    if len(first) > AT_ONCE:
        return _left_to_the_worker(name, folder, chain(first, lines), by, at)
    with transaction.atomic():
        segment = _made(name, folder, by, at)
        unknown = _settle(segment, first, set(), by, at)
        count = len(first)
        ListLoad.objects.create(
            segment=segment, lines=count, settled=count, unknown=unknown, row=first[-1].row
        )
        segment.refresh_from_db()
        if not segment.size:
            raise NothingLoaded
    return Loaded(segment, len(first), done=True)


def _left_to_the_worker(name: str, folder: str, lines: Iterable[Line], by: Actor, at: datetime) -> Loaded:
    segment = Segment(name=name, folder=folder)
    try:
        count = _kept(segment, lines)
        with transaction.atomic():
            _made(name, folder, by, at, segment)
            ListLoad.objects.create(segment=segment, lines=count, unknown=0)
            title = _("Recognising the list “%(name)s”") % {"name": name}
            work = jobs.start(title=title, by=by, total=count, link=f"/segments/{segment.public_id}/")
            jobs.later(recognise_later, segment_id=segment.pk, work_id=work.pk, lock=f"segment:{segment.pk}")
    except BaseException:
        _file(segment).unlink(missing_ok=True)
        raise
    return Loaded(segment, count, done=False)


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
    try:
        for settled in _recognised(segment, SYSTEM, clock.now()):
            jobs.step(work, done=settled)
    except (FileNotFoundError, ListLoad.DoesNotExist):  # only a backup restored meanwhile loses it
        jobs.finish(work, note=_("The file of the list is gone: load the list once more."), failed=True)
        return
    unknown = ListLine.objects.filter(segment=segment).count()
    segment.refresh_from_db()
    note = _("Recognised: %(known)d; unknown: %(unknown)d") % {"known": segment.size, "unknown": unknown}
    jobs.finish(work, note=note)
    _file(segment).unlink(missing_ok=True)


@transaction.atomic
def forget(profile_ids: Collection[int], *, because: UUID, at: datetime) -> None:
    """These people were erased: they leave every static segment. Of dynamic ones their conditions tell."""
    stays = Membership.objects.filter(profile__in=profile_ids, segment__kind=Kind.STATIC).open()
    listed: dict[int, list[int]] = {}
    for segment, profile in stays.values_list("segment_id", "profile_id"):
        listed.setdefault(segment, []).append(profile)
    news = {profile: membership.News(at, because) for people in listed.values() for profile in people}
    for segment, people in listed.items():
        membership.move({segment: set()}, {one: news[one] for one in people}, why=Cause.EVENT)
        journal.record(PeopleListed(segment_id=segment, profile_ids=tuple(people)), by=SYSTEM, at=at)


def _made(name: str, folder: str, by: Actor, at: datetime, segment: Segment | None = None) -> Segment:
    segment = segment or Segment(name=name, folder=folder)
    segment.kind, segment.made_by = Kind.STATIC, by.id
    segment.made_at = segment.changed_at = segment.reckoned_at = at
    segment.drawn_on, segment.is_list = day_of(at), True
    segment.save()
    segment.current = SegmentVersion.objects.create(
        segment=segment, number=1, tree={"all": []}, by=by.id, at=at
    )
    segment.save(update_fields=["current"])
    return segment


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────


def _numbered(values: Iterable[str]) -> Iterator[Line]:
    """Lines that are not blank. Raises ListTooLong."""
    told = 0
    for row, raw in enumerate(values, start=1):
        value = raw.replace("\x00", "").strip()
        if value:
            told += 1
            if told > MAX_LINES:
                raise ListTooLong(count=MAX_LINES)
            yield Line(row, value)


def _folder() -> Path:
    """Where lists lie that are not recognised yet."""
    return Path(settings.HOME) / "lists"


def _file(segment: Segment) -> Path:
    return _folder() / f"{segment.public_id}.txt"


def _kept(segment: Segment, lines: Iterable[Line]) -> int:
    """How many lines were put into the segment's file, each with its row."""
    path, count = _file(segment), 0
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        for line in lines:
            count += 1
            value = line.value[: LONGEST + 1].replace("\n", " ")  # too long a one is known by one letter more
            file.write(f"{line.row}\t{value}\n")
    return count


def _portions(path: Path) -> Iterator[list[Line]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        while portion := [_line(text) for text in islice(file, PORTION)]:
            yield portion


def _line(text: str) -> Line:
    row, _tab, value = text.partition("\t")
    return Line(int(row), value.removesuffix("\n"))


# ── Recognising ──────────────────────────────────────────────────────────────────────────────────────────


def _recognised(segment: Segment, by: Actor, at: datetime) -> Generator[int]:
    """Recognise portion by portion, each in a transaction of its own; how many lines are settled after each.

    Raises FileNotFoundError.
    """
    load = ListLoad.objects.get(segment=segment)
    if load.settled == load.lines:
        return
    seen: set[int] = set()
    for portion in _portions(_file(segment)):
        with transaction.atomic():
            # Locked: what a killed worker committed may still be on its way.
            load = ListLoad.objects.select_for_update().get(segment=segment)
            waiting = [line for line in portion if line.row > load.row]
            seen.update(hash(line.value) for line in portion[: len(portion) - len(waiting)])
            if waiting:
                unknown = _settle(segment, waiting, seen, by, at)
                load.unknown = None if load.unknown is None else load.unknown + unknown
                load.row, load.settled = waiting[-1].row, load.settled + len(waiting)
                load.save()
        yield load.settled


def _settle(segment: Segment, portion: list[Line], seen: set[int], by: Actor, at: datetime) -> int:
    """Let the people of these lines in and put down the others, of which it tells the number, with the reason.

    `seen` remembers what stood in the list before by hashes of 64 bits: of two million lines the chance that one is
    taken for another's repetition is one in ten million, and texts would take a quarter of a gigabyte.
    """
    unknown, fresh = [], []
    for line in portion:
        mark = hash(line.value)
        if len(line.value) > LONGEST:
            unknown.append((line, ListLine.Reason.MALFORMED))
        elif mark in seen:
            unknown.append((line, ListLine.Reason.REPEATED))
        else:
            seen.add(mark)
            fresh.append(line)
    known = customers.recognised([line.value for line in fresh])
    people = {one.profile_id for one in known.values() if one.profile_id}
    membership.add(segment, sorted(people), by=by, at=at)
    unknown += [(line, ListLine.Reason(reason)) for line in fresh if (reason := known[line.value].reason)]
    statement = "COPY segments_listline (segment_id, row, value, reason) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for line, why in sorted(unknown):
            copy.write_row((segment.pk, line.row, line.value[:LONGEST], why.value))
    return len(unknown)


def count_old_lines(age: timedelta) -> int:
    return ListLine.objects.filter(segment__made_at__lt=clock.now() - age).count()


def forget_old_lines(age: timedelta) -> int:
    """One piece of the lines that nobody was found by, of lists loaded so long ago; and files that nobody read."""
    begun = (clock.real() - age).timestamp()
    for file in _folder().glob("*.txt"):
        if file.stat().st_mtime < begun:
            file.unlink(missing_ok=True)
    old = ListLine.objects.filter(segment__made_at__lt=clock.now() - age)
    piece = list(old.values_list("pk", flat=True)[: retention.PIECE])
    return ListLine.objects.filter(pk__in=piece).delete()[0]
