"""The timeline in words: which kinds of events there are, what each line says."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils.functional import Promise

from prilavok.company import queries as company
from prilavok.customers import ports, rules
from prilavok.customers.ports import TimelineKind, TimelineLine
from prilavok.kernel import timeline
from prilavok.kernel.actors import Actor
from prilavok.kernel.timeline import StoredEvent


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline."""

    id: UUID
    at: datetime
    type: str
    icon: str
    group: str | Promise
    text: str
    link: str | None
    detail: str
    by: str
    has_cause: bool


@dataclass(frozen=True, slots=True)
class Story:
    """A stretch of the timeline and the token of what came before it."""

    lines: list[Told]
    next: str | None


def groups(by: Actor) -> dict[str, str | Promise]:
    """Groups of events that `by` may filter the timeline by."""
    found: dict[str, str | Promise] = {}
    for kind in _kinds(by):
        found.setdefault(kind.group_key, kind.group)
    return found


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What of the timeline is wanted: a group of events, words that stand in a line, days (the company's)."""

    group: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None

    def moments(self) -> dict[str, datetime | None]:
        """The moments that bound the days, the second one not with them."""
        zone = company.zone()
        after = self.until + timedelta(days=1) if self.until and self.until < date.max else None
        return {
            "since": datetime.combine(self.since, time(), zone) if self.since else None,
            "until": datetime.combine(after, time(), zone) if after else None,
        }


LOOKED_THROUGH = 5_000  # events at once when words are searched: the rest comes by «Show more»
_STEP = 500


def story(
    profile_ids: Sequence[int],
    by: Actor,
    *,
    group: str = "",
    wanted: Narrowing | None = None,
    before: str | None = None,
    limit: int = 30,
) -> Story:
    """What happened to the person behind these profiles, newest first, in words: of one group, or as `wanted`."""
    by.must("customers.see")
    wanted = wanted or Narrowing(group)
    kinds = {
        event.type_name(): kind
        for kind in _kinds(by)
        if not wanted.group or kind.group_key == wanted.group
        for event in kind.events
    }
    bounds = wanted.moments()
    if wanted.text.strip():
        return _found(profile_ids, by, kinds, wanted.text, bounds, before, limit)
    stretch = timeline.of_customer(profile_ids, before=before, limit=limit, types=list(kinds), **bounds)
    return Story(_told(stretch.events, kinds, by), stretch.next)


def _found(
    profile_ids: Sequence[int],
    by: Actor,
    kinds: dict[str, TimelineKind],
    text: str,
    bounds: dict[str, datetime | None],
    before: str | None,
    limit: int,
) -> Story:
    """Lines with all these words. The words are made of the events, so the events are told until enough are found."""
    words = rules.name_key(text).split()
    lines: list[Told] = []
    for _step in range(LOOKED_THROUGH // _STEP):
        stretch = timeline.of_customer(profile_ids, before=before, limit=_STEP, types=list(kinds), **bounds)
        lines += _told(stretch.events, kinds, by, words)
        before = stretch.next
        if before is None or len(lines) >= limit:
            break
    return Story(lines, before)


def reasons(event_id: UUID, profile_ids: Sequence[int], by: Actor) -> list[Told]:
    """Why an event happened: itself and what it follows from, as far as it concerns this person."""
    by.must("customers.see")
    kinds = {event.type_name(): kind for kind in _kinds(by) for event in kind.events}
    chain = [event for event in timeline.causes_of(event_id) if event.customer_id in (None, *profile_ids)]
    return _told([event for event in chain if event.type in kinds], kinds, by)


def _kinds(by: Actor) -> list[TimelineKind]:
    return [kind for kind in ports.timeline.items() if not kind.permission or by.may(kind.permission)]


def _told(
    events: Sequence[StoredEvent], kinds: dict[str, TimelineKind], by: Actor, words: Sequence[str] = ()
) -> list[Told]:
    """The events as lines, newest first; with words only those lines that say them all."""
    names = _authors(events)
    lines = _lines(events, kinds, by)
    wanted = events if not words else _saying(words, events, kinds, lines, names)
    return [
        Told(
            id=event.id,
            at=event.happened_at,
            type=event.type,
            icon=kinds[event.type].icon,
            group=kinds[event.type].group,
            text=lines[event.id].text,
            link=str(link) if (link := lines[event.id].link) else None,
            detail=lines[event.id].detail,
            by=_author(event, names),
            has_cause=event.cause is not None,
        )
        for event in wanted
        if event.id in lines
    ]


def _saying(
    words: Sequence[str],
    events: Sequence[StoredEvent],
    kinds: dict[str, TimelineKind],
    lines: Mapping[UUID, TimelineLine],
    names: Mapping[int, str],
) -> list[StoredEvent]:
    """The events whose lines say all these words."""
    groups = {type_name: str(kinds[type_name].group) for type_name in {event.type for event in events}}
    found = []
    for event in events:
        if line := lines.get(event.id):
            told = f"{line.text} {line.detail} {groups[event.type]} {_author(event, names)}"
            if _says(rules.name_key(told), words):
                found.append(event)
    return found


def _says(told: str, words: Sequence[str]) -> bool:
    return all(word in told for word in words)


def _author(event: StoredEvent, names: Mapping[int, str]) -> str:
    return names.get(event.by_id or 0, "") if event.by_kind == "employee" else ""


def _authors(events: Sequence[StoredEvent]) -> dict[int, str]:
    employees = {event.by_id for event in events if event.by_kind == "employee" and event.by_id}
    return company.employee_names(employees) if employees else {}


def _lines(
    events: Sequence[StoredEvent], kinds: dict[str, TimelineKind], by: Actor
) -> dict[UUID, TimelineLine]:
    found: dict[UUID, TimelineLine] = {}
    for kind, own in _by_kind(events, kinds):
        if kind.lines is not None:
            found.update(kind.lines(own, by))
        elif kind.text is not None:
            found.update(_alike(own, kind.text))
    return found


def _by_kind(
    events: Iterable[StoredEvent], kinds: dict[str, TimelineKind]
) -> list[tuple[TimelineKind, list[StoredEvent]]]:
    own: dict[int, list[StoredEvent]] = defaultdict(list)
    for event in events:
        own[id(kinds[event.type])].append(event)
    return [(kinds[some[0].type], some) for some in own.values()]


def _alike(
    events: Iterable[StoredEvent], text: Callable[[StoredEvent], str]
) -> Iterator[tuple[UUID, TimelineLine]]:
    """Lines of events that tell themselves: those of one type and one body say the same."""
    told: dict[tuple[str, str], TimelineLine] = {}
    for event in events:
        key = event.type, repr(event.body)
        line = told.get(key)
        if line is None:
            line = told[key] = TimelineLine(text(event))
        yield event.id, line
