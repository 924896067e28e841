"""Everything that can be done with segments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from prilavok.customers import queries as customers
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.facts.schema import registry
from prilavok.kernel import clock, delivery, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.event import Event
from prilavok.segments import conditions, membership, queries, reckoning, waking
from prilavok.segments.conditions import Node
from prilavok.segments.events import SegmentArchived, SegmentDrawn, SegmentRestored, SegmentSaved
from prilavok.segments.formulas.making import keep_indicators as keep_indicators
from prilavok.segments.lists import Loaded, hold, load_list
from prilavok.segments.membership import Change, News
from prilavok.segments.models import Cause, Kind, RfmRun, RfmScheme, Segment, SegmentVersion
from prilavok.segments.problems import AlreadyReckoning, BadCondition, SegmentInUse
from prilavok.segments.rfm import reckoning as rfm
from prilavok.segments.rfm import schemes

__all__ = [
    "Loaded",
    "archive",
    "change",
    "copy",
    "create",
    "draw",
    "draw_or_later",
    "hear_again",
    "hold",
    "keep_rfm",
    "keep_up",
    "load_list",
    "notice_history",
    "people_of",
    "reckon_rfm",
    "reconsider",
    "refresh",
    "refresh_later",
    "restore",
    "wake",
]

CONSUMER = "segments"  # who brings events here
AT_ONCE = 2_000  # people whose events are answered one by one; beyond that a whole refresh is cheaper


def create(
    *,
    name: str,
    tree: Any,
    kind: str,
    by: Actor,
    at: datetime,
    note: str = "",
    folder: str = "",
    tags: Sequence[str] = (),
) -> Segment:
    """Make a segment and draw its people. Raises BadCondition, TooHeavy, Refused."""
    by.must("segments.edit")
    tree = _understood(tree, by)
    _bearable(tree, at)
    with transaction.atomic():
        segment = Segment.objects.create(
            name=name,
            note=note,
            folder=folder,
            tags=tidy(tags),
            kind=Kind(kind),
            made_by=by.id,
            made_at=at,
            changed_at=at,
        )
        _save_version(segment, tree, by, at)
    draw_or_later(segment, by=by, at=at)
    return segment


def tidy(tags: Sequence[str]) -> list[str]:
    """Tags without blanks, each once, in the order given; at most 20 of 50 letters."""
    return list(dict.fromkeys(" ".join(tag.split())[:50] for tag in tags if tag.strip()))[:20]


def change(
    *,
    segment_id: int,
    name: str,
    tree: Any,
    by: Actor,
    at: datetime,
    note: str = "",
    folder: str = "",
    tags: Sequence[str] = (),
) -> Segment:
    """Rename; other conditions become the next version, drawn anew. Raises BadCondition, RefersToItself, Refused."""
    by.must("segments.edit")
    with transaction.atomic():
        segment = Segment.objects.select_for_update().get(pk=segment_id)
        tree = _understood(tree, by, segment.public_id)
        segment.name, segment.note, segment.folder, segment.changed_at = name, note, folder, at
        segment.tags = tidy(tags)
        before = segment.versions.order_by("-number").first()
        same = before is not None and before.tree == tree
        segment.is_list = segment.is_list and same
        segment.save()
        if not same:
            _bearable(tree, at, segment.public_id)
            _save_version(segment, tree, by, at)
    if not same:
        draw_or_later(segment, by=by, at=at)
        _mark_stale([one.pk for one in queries.referring(segment.public_id)], at)
    return segment


def _bearable(tree: Any, at: datetime, itself: UUID | None = None) -> None:
    """Refuse what could never be counted, before it is saved. Facts that are down refuse nothing. Raises TooHeavy."""
    try:
        reckoning.count(conditions.parse(tree, registry()), by=SYSTEM, at=at, itself=itself)
    except (FactsDown, FactsBusy):
        return


def copy(*, segment_id: int, name: str, by: Actor, at: datetime) -> Segment:
    """A new dynamic segment with the same conditions; of a list, another one with the same people. Raises Refused."""
    segment = Segment.objects.select_related("current").get(pk=segment_id)
    tree = segment.current.tree if segment.current else {"all": []}
    words: dict[str, Any] = {"note": segment.note, "folder": segment.folder, "tags": segment.tags}
    if segment.is_list:
        made = hold(
            name=name, profile_ids=queries.member_ids(segment_id), by=by, at=at, folder=segment.folder
        )
        Segment.objects.filter(pk=made.pk).update(note=segment.note, tags=segment.tags)
        return made
    return create(name=name, tree=tree, kind=Kind.DYNAMIC, by=by, at=at, **words)


@transaction.atomic
def archive(*, segment_id: int, by: Actor, at: datetime) -> None:
    """Put a segment away: it is kept, not refreshed. Undone by `restore`. Raises SegmentInUse, Refused."""
    by.must("segments.edit")
    segment = Segment.objects.select_for_update().get(pk=segment_id)
    for use in queries.uses(segment.pk):
        if use.binding:
            raise SegmentInUse(name=use.title)
    segment.archived_at = at
    segment.save(update_fields=["archived_at"])
    journal.record(SegmentArchived(segment_id=segment.pk), by=by, at=at)


@transaction.atomic
def restore(*, segment_id: int, by: Actor, at: datetime) -> None:
    """Take an archived segment back into work; it is refreshed soon. Raises Refused."""
    by.must("segments.edit")
    Segment.objects.filter(pk=segment_id).update(archived_at=None, stale_since=at)
    journal.record(SegmentRestored(segment_id=segment_id), by=by, at=at)
    jobs.later(refresh_later, segment_id=segment_id, lock=f"segment:{segment_id}")


def _understood(tree: Any, by: Actor, itself: UUID | None = None) -> dict[str, Any]:
    """The tree in its one canonical form, every segment in it known. Raises BadCondition, RefersToItself."""
    node = reckoning.read(tree, by)
    reckoning.inside(node, itself)
    return conditions.to_json(node)


def _save_version(segment: Segment, tree: Any, by: Actor, at: datetime) -> None:
    last = segment.versions.order_by("-number").first()
    number = (last.number if last else 0) + 1
    segment.current = SegmentVersion.objects.create(
        segment=segment, number=number, tree=tree, by=by.id, at=at
    )
    segment.save(update_fields=["current"])
    journal.record(SegmentSaved(segment_id=segment.pk, version=number), by=by, at=at)


# ── Keeping up ───────────────────────────────────────────────────────────────────────────────────────────


def draw_or_later(segment: Segment, *, by: Actor, at: datetime) -> None:
    """Draw at once; when the facts cannot answer now, as soon as they can."""
    try:
        draw(segment, by=by, at=at)
    except TooHeavy as problem:
        Segment.objects.filter(pk=segment.pk).update(trouble=str(problem)[:300])
    except (FactsDown, FactsBusy) as problem:
        Segment.objects.filter(pk=segment.pk).update(stale_since=at, trouble=str(problem)[:300])
        jobs.later(refresh_later, segment_id=segment.pk, lock=f"segment:{segment.pk}")
    segment.refresh_from_db()


def draw(segment: Segment, *, by: Actor, at: datetime) -> Change:
    """Fill a new version: told as one event, not person by person."""
    change = _reckon(segment, why=Cause.DRAWN, by=by, at=at, tell=False)
    version = segment.current.number if segment.current else 0
    with transaction.atomic():
        drawn = SegmentDrawn(segment_id=segment.pk, version=version, entered=change.entered, left=change.left)
        journal.record(drawn, by=by, at=at)
    return change


def refresh(*, segment_id: int, by: Actor, at: datetime, why: str = Cause.TIME) -> Change:
    """Reckon a dynamic segment anew; whoever came in or went out is told. A static one that was drawn keeps its people.

    Raises FactsDown, TooHeavy, BadCondition, Refused.
    """
    by.must("segments.see")
    segment = Segment.objects.select_related("current").get(pk=segment_id)
    if segment.drawn_on is None:
        return draw(segment, by=by, at=at)
    if not segment.is_dynamic:
        Segment.objects.filter(pk=segment_id).update(stale_since=None)
        return Change(0, 0)
    return _reckon(segment, why=Cause(why), by=by, at=at, tell=True)


def people_of(*, version_id: int, since: datetime, by: Actor, at: datetime) -> list[int]:
    """Whom a segment means at `at` by one version of its conditions, for those who fixed it at `since`.

    The latest version is refreshed. If other conditions have followed, those of a dynamic segment are asked once
    more, and a static segment's people are those of that moment. Raises as refresh.
    """
    version = SegmentVersion.objects.select_related("segment").get(pk=version_id)
    segment = version.segment
    if segment.current_id == version.pk:
        refresh(segment_id=segment.pk, by=by, at=at)
        return queries.member_ids(segment.pk)
    by.must("segments.see")
    if not segment.is_dynamic:
        return queries.members_on(segment.pk, since)
    return reckoning.people(reckoning.read_version(version), at=at, itself=segment.public_id)


@jobs.job
def refresh_later(*, segment_id: int) -> None:
    """The job behind a stale segment. Facts that are down make it try again later."""
    if Segment.objects.live().filter(pk=segment_id).exists():
        refresh(segment_id=segment_id, by=SYSTEM, at=clock.now(), why=Cause.EVENT)


def _reckon(segment: Segment, *, why: Cause, by: Actor, at: datetime, tell: bool) -> Change:
    """The question and its answer's writing, alone: an older answer, or one to older conditions, never comes last.

    While it is written the segment is marked stale, unless it is already; the mark goes when all is written and will
    be heard again, unless it was set anew meanwhile. So whoever is stopped half-way leaves it to the next.
    """
    with membership.alone(segment.pk):
        segment.refresh_from_db()
        assert segment.current is not None
        heard, mark = delivery.position(CONSUMER), segment.stale_since
        own = Segment.objects.filter(pk=segment.pk)
        try:
            node = reckoning.read(segment.current.tree)
            people = reckoning.people(node, at=at, itself=segment.public_id)
        except (FactsDown, FactsBusy, TooHeavy, BadCondition) as problem:
            own.update(trouble=str(problem)[:300])
            if isinstance(problem, TooHeavy):  # will be so again
                own.filter(stale_since=mark).update(stale_since=None)
            raise
        if mark is None:
            mark = at
            own.filter(stale_since=None).update(stale_since=mark)
        change = membership.replace(segment, people, why=why, by=by, at=at, tell=tell)
        with transaction.atomic():
            own.update(drawn_on=reckoning.day_of(at))
            if not own.filter(stale_since=mark).update(stale_since=None):
                jobs.later(refresh_later, segment_id=segment.pk, lock=f"segment:{segment.pk}")
            if segment.is_dynamic and (change != Change(0, 0) or not tell):
                # Not here: whoever holds the segment's row must not wait for the consumer, which may wait for the row.
                jobs.later(
                    hear_again, segment_id=segment.pk, after=astuple(heard), lock=f"segment:{segment.pk}"
                )
    return change


@jobs.job
def hear_again(*, segment_id: int, after: Sequence[Any]) -> None:
    """The job behind a segment that was reckoned whole: the answer may be older than what was heard meanwhile."""
    _hear_again(journal.Position(*after), clock.now(), only=segment_id)


@jobs.job
def keep_up() -> None:
    """Refresh what bulk loads have left stale and move whom a new day moves. Called every few minutes."""
    at = clock.now()
    try:
        for segment in Segment.objects.live().filter(current__isnull=False, stale_since__isnull=False):
            _refresh_quietly(segment, at, Cause.EVENT)
        wake(at=at)
    except (FactsDown, FactsBusy):
        return


def wake(*, at: datetime) -> Change:
    """Move those whom the passing of days brings in or out, of each segment only the people whom its own conditions
    may move. Segments whose conditions do not move with time are not looked at. Raises FactsDown.
    """
    today, heard = reckoning.day_of(at), delivery.position(CONSUMER)
    sleeping: dict[date, dict[int, tuple[Segment, Node]]] = {}
    for segment, node in _dynamic():
        if segment.drawn_on and segment.drawn_on < today and reckoning.moves(node):
            sleeping.setdefault(segment.drawn_on, {})[segment.pk] = (segment, node)
    moved, marked = Change(0, 0), list[int]()
    for before, own in sleeping.items():
        nodes = {key: node for key, (_segment, node) in own.items()}
        for key, looked in waking.look(nodes, before, at=at):
            if looked is None:
                moved += _refresh_quietly(own[key][0], at, Cause.TIME)
                continue
            if (
                looked.people
            ):  # stale until what happened since the look is heard: this may be stopped meanwhile
                Segment.objects.filter(pk=key, stale_since=None).update(stale_since=at)
                marked.append(key)
            moved += _woken(key, looked, today)
            Segment.objects.filter(pk=key).update(drawn_on=today, reckoned_at=at)
    if moved != Change(0, 0):
        _hear_again(heard, at)
    Segment.objects.filter(pk__in=marked, stale_since=at).update(stale_since=None)
    return moved


def _woken(segment_id: int, looked: waking.Looked, today: date) -> Change:
    """Put the people whom the days may have moved in and out, from the beginning of today."""
    news = dict.fromkeys(sorted(looked.people), News(reckoning.beginning_of(today)))
    moved = Change(0, 0)
    for some in membership.batched(list(news)):
        moved += membership.move(
            {segment_id: looked.inside}, {one: news[one] for one in some}, why=Cause.TIME
        )
    return moved


def _hear_again(after: journal.Position, at: datetime, only: int | None = None) -> None:
    """What happened while people were looked for is judged once more: the look was older than it."""
    wanted = {name for _segment, node in _dynamic(only) for name in reckoning.depends_on(node)}
    for events in delivery.heard(CONSUMER, after, wanted):
        reconsider(events, at=at, only=only)


def _refresh_quietly(segment: Segment, at: datetime, why: Cause) -> Change:
    try:
        return refresh(segment_id=segment.pk, by=SYSTEM, at=at, why=why)
    except (TooHeavy, BadCondition):
        return Change(0, 0)  # its page says why


def _look_again(nodes: Mapping[int, Node], news: Mapping[int, News], why: Cause, at: datetime) -> Change:
    """Put the people of the news in and out of these segments, in portions. Raises FactsDown."""
    people = list(news)
    moved = Change(0, 0)
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        inside = reckoning.judge(nodes, some, at=at)
        moved += membership.move(inside, {person: news[person] for person in some}, why=why)
    return moved


def reconsider(events: list[Event], *, at: datetime, only: int | None = None) -> Change:
    """Look again at the people of these events, in the segments (or `only` one) that depend on what happened.

    More people than `AT_ONCE` only mark the segments: a whole refresh follows.
    """
    touched = _read_through_merges([(event, _touched(event)) for event in events])
    nodes = {segment.pk: (segment, node) for segment, node in _dynamic(only)}
    concerned: dict[int, set[int]] = {}
    stale: list[int] = []
    for key, (_segment, node) in nodes.items():
        wanted = reckoning.depends_on(node)
        people = {person for event, persons in touched if event.type_name() in wanted for person in persons}
        if len(people) > AT_ONCE:
            stale.append(key)
        elif people:
            concerned[key] = people
    _mark_stale(stale, at)
    everybody = set().union(*concerned.values()) if concerned else set()
    if not everybody:
        return Change(0, 0)
    news = {
        person: News(min(event.at, at), event.id)
        for event, persons in touched
        for person in persons
        if person in everybody
    }
    try:
        return _look_again({key: nodes[key][1] for key in concerned}, news, Cause.EVENT, at)
    except (FactsDown, FactsBusy, TooHeavy):
        _mark_stale(list(concerned), at)  # nothing is lost: a whole refresh follows when facts are back
        return Change(0, 0)


def notice_history(events: list[Event], *, at: datetime) -> None:
    """Mark the segments that depend on what was loaded of the past: a whole refresh follows."""
    happened = {event.type_name() for event in events if not event.live}
    if happened:
        _mark_stale([one.pk for one, node in _dynamic() if reckoning.depends_on(node) & happened], at)


def _read_through_merges(touched: list[tuple[Event, set[int]]]) -> list[tuple[Event, set[int]]]:
    """What happened to a merged profile happened to the one that stands for it; of who was merged, both are asked."""
    heads = customers.heads_of({person for _event, persons in touched for person in persons})
    return [
        (
            event,
            persons
            if event.type_name() in reckoning.WHO_IS_WHO
            else {heads.get(one, one) for one in persons},
        )
        for event, persons in touched
    ]


def _touched(event: Event) -> set[int]:
    people = {event.customer} if event.customer else set()
    for state in registry().states.values():
        if state.key == "profile_id" and isinstance(event, tuple(state.on)):
            people.update(state.touched(event))
    return people


def _dynamic(only: int | None = None) -> Iterable[tuple[Segment, Node]]:
    drawn = Segment.objects.dynamic().filter(drawn_on__isnull=False).select_related("current")
    if only is not None:
        drawn = drawn.filter(pk=only)
    for segment in drawn:
        node = _readable(segment)
        if node is not None:
            yield segment, node


def _readable(segment: Segment) -> Node | None:
    """Its conditions; None when something they name is gone: it says so and keeps its last truth."""
    assert segment.current is not None
    try:
        node = reckoning.read_version(segment.current)
        reckoning.inside(node, segment.public_id)
    except BadCondition as problem:
        if segment.trouble != str(problem)[:300]:
            Segment.objects.filter(pk=segment.pk).update(trouble=str(problem)[:300])
        return None
    return node


def _mark_stale(ids: Collection[int], at: datetime) -> None:
    fresh = list(Segment.objects.filter(pk__in=ids, stale_since=None).values_list("pk", flat=True))
    Segment.objects.filter(pk__in=ids).update(stale_since=at)
    for key in fresh:
        jobs.later(refresh_later, segment_id=key, lock=f"segment:{key}")


def reckon_rfm(*, by: Actor, at: datetime, scheme_id: int | None = None) -> RfmRun:
    """Score the whole base by recency, frequency and money, by the main scheme or another.

    Raises AlreadyReckoning, FactsDown, Refused.
    """
    by.must("segments.edit")
    scheme = RfmScheme.objects.get(pk=scheme_id) if scheme_id else schemes.main()
    return rfm.reckon(scheme, by=by, at=at)


@jobs.job
def keep_rfm() -> None:
    """Score the base anew, by each scheme, when a day has passed, it was changed or a file has brought purchases.

    Called every few minutes. A scheme without a past recalls once how it would have been at the ends of the last
    months: a new one before its first reckoning, one whose base was loaded later when nothing more has come.
    """
    at = clock.now()
    schemes.main()
    try:
        for scheme in RfmScheme.objects.live():
            is_new, is_due = not scheme.runs.exists(), rfm.is_due(scheme, at)
            if (is_new or not is_due) and rfm.is_without_past(scheme):
                is_due |= rfm.recall(scheme, by=SYSTEM, at=at)
            if is_due:
                reckon_rfm(scheme_id=scheme.pk, by=SYSTEM, at=at)
    except (FactsDown, FactsBusy, AlreadyReckoning):
        return
