"""Record an event; react to events. The only road from a lower domain to a higher one.

Writing: `record` and `record_many`, inside the transaction that makes the event true.
Reading: a consumer (by default one per domain) keeps a cursor and reads in commit order, only below the oldest
transaction still running, so that nothing is ever skipped. Delivery is at least once; a reaction that uses the
event's id as its key makes it exactly once in effect.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Max

from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Envelope, Event
from prilavok.kernel.ids import uuid7
from prilavok.kernel.models import Epoch, StoredEvent

E = TypeVar("E", bound=Event)
Reaction = Callable[[Any], None]


class OutsideTransaction(RuntimeError):
    """record() belongs inside the transaction that made the event true."""


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────


def record(
    event: Event,
    *,
    by: Actor,
    at: datetime,
    customer: int | None = None,
    brand: int | None = None,
    shop: int | None = None,
    cause: UUID | None = None,
    id: UUID | None = None,
) -> UUID:
    """Write one live event beside the change it tells of; its id. `customer` is a profile."""
    id = id or uuid7()
    record_many(
        [Entry(event, at=at, customer=customer, brand=brand, shop=shop, cause=cause, id=id)], by=by, live=True
    )
    return id


@dataclass(slots=True)
class Entry:
    """An event and its envelope, for record_many. With its `body`, written already as JSON, its type is enough."""

    event: Event | type[Event]
    at: datetime
    customer: int | None = None
    brand: int | None = None
    shop: int | None = None
    cause: UUID | None = None
    id: UUID | str = field(default_factory=uuid7)
    body: str | None = None


_COLUMNS = (
    "id, epoch, type, version, happened_at, customer_id, brand_id, shop_id, by_kind, by_id, cause, live, body"
)
_RECORD = f"""
    INSERT INTO kernel_storedevent ({_COLUMNS})
    SELECT id, %s::int, type, version, at, customer, brand, shop, %s::text, %s::bigint, cause, %s::bool, body
    FROM json_to_recordset(%s::json) AS e (
        id uuid, type text, version int, at timestamptz, customer bigint, brand bigint, shop bigint, cause uuid,
        body jsonb)"""
_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode  # made once, not once per event
_SMALL = 50  # below this an INSERT costs less than opening a COPY
_BLOCK = 500  # lines sent at once


def record_many(entries: Iterable[Entry], *, by: Actor, live: bool) -> int:
    """Write many events in one statement; how many. History (`live=False`) moves no points, journeys or letters."""
    if not connection.in_atomic_block:
        raise OutsideTransaction
    many, life = list(entries), epoch()
    if len(many) > _SMALL and not prepared.is_together():
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY kernel_storedevent ({_COLUMNS}) FROM STDIN") as copy,
        ):
            for start in range(0, len(many), _BLOCK):
                copy.write("".join(_lines(many[start : start + _BLOCK], life, by, live)))
    elif many:
        prepared.write(_RECORD, [life, by.kind, by.id, live, f"[{','.join(map(_object, many))}]"])
    return len(many)


def _lines(entries: Iterable[Entry], life: int, by: Actor, live: bool) -> Iterator[str]:
    """Rows as COPY reads them. Of their values only the body, which is JSON, can hold a backslash, and no raw tabs."""
    who = f"{by.kind}\t{_or_null(by.id)}"
    moment = happened = None  # many tell of one moment: what it is as text is found out once
    for one in entries:
        kind, body = one.event, one.body or _json(_told(one).body())
        if one.at is not moment:
            moment, happened = one.at, one.at.isoformat()
        yield (
            f"{one.id}\t{life}\t{kind.type_name()}\t{kind.VERSION}\t{happened}\t{_or_null(one.customer)}\t"
            f"{_or_null(one.brand)}\t{_or_null(one.shop)}\t{who}\t{_or_null(one.cause)}\t{live}\t"
            + (body.replace("\\", "\\\\") if "\\" in body else body)
            + "\n"
        )


def _or_null(value: object) -> object:
    return r"\N" if value is None else value


def _object(one: Entry) -> str:
    """The event as the JSON that one statement reads; its body is JSON already."""
    kind, cause = one.event, f'"{one.cause}"' if one.cause else "null"
    return (
        f'{{"id":"{one.id}","type":"{kind.type_name()}","version":{kind.VERSION},"at":"{one.at.isoformat()}",'
        f'"customer":{_or_none(one.customer)},"brand":{_or_none(one.brand)},"shop":{_or_none(one.shop)},'
        f'"cause":{cause},"body":{one.body or _json(_told(one).body())}}}'
    )


def _or_none(value: object) -> object:
    return "null" if value is None else value


def _told(entry: Entry) -> Event:
    assert isinstance(entry.event, Event), "without a body an entry needs its event, not only the type"
    return entry.event


@lru_cache(maxsize=1)
def epoch() -> int:
    """The life of transaction ids that this process writes in. It changes only while no process runs."""
    return Epoch.objects.aggregate(last=Max("number"))["last"] or 0


def raise_epoch(reason: str) -> int:
    """Begin a new epoch: after a restore the server's transaction ids start anew."""
    number = (Epoch.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    Epoch.objects.create(number=number, reason=reason)
    epoch.cache_clear()
    return number


def check_epoch() -> bool:
    """Raise the epoch when the server's transaction ids stand behind the journal's; whether it did."""
    epoch.cache_clear()
    newest = StoredEvent.objects.filter(epoch=epoch()).aggregate(last=Max("transaction_id"))["last"]
    if newest is None or newest < horizon():
        return False
    raise_epoch("transaction ids behind the journal's")
    return True


# ── Reacting ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Handler:
    """A reaction with what it asks for. `batch`: it takes a list of events; `history`: it wants history too."""

    reaction: Reaction
    types: frozenset[str]
    history: bool
    batch: bool

    def wants(self, event: StoredEvent) -> bool:
        return event.type in self.types and (event.live or self.history)


@dataclass
class Consumer:
    """A group of reactions that reads the journal with one cursor."""

    name: str
    handlers: list[Handler] = field(default_factory=list)
    follows: str | None = None
    batch: int | None = None  # events it takes together, if not as many as all do

    def types(self, *, history: bool = False) -> set[str]:
        """The types that any of its reactions wants: of live events, or of history."""
        return {name for one in self.handlers if one.history or not history for name in one.types}


@dataclass(frozen=True, order=True)
class Position:
    """A place in the journal's order. The event's id is text of fixed width, so that it orders as PostgreSQL does."""

    epoch: int = 0
    transaction_id: int = 0
    event_id: str = ""


class OwnCursor(Protocol):
    """A consumer that keeps its cursor with its own data (facts do)."""

    def step(self, limit: int) -> int:
        """Read and take up to `limit` events; how many were read."""

    def position(self) -> Position:
        """How far it has come; followers don't overtake it."""

    def take_again(self, event: StoredEvent) -> str:
        """Take an event that it had parked; the reason, if it failed again. A Problem that is no fault of the event
        (its store is away) is raised.
        """


_consumers: dict[str, Consumer] = {}
_own_cursors: dict[str, OwnCursor] = {}


def consumer(name: str, *, follows: str | None = None, batch: int | None = None) -> Consumer:
    """The consumer of this name; `follows` names one that must have taken an event first.

    `batch`: how many events it takes together, where a reaction costs next to nothing an event.
    """
    one = _consumers.setdefault(name, Consumer(name))
    one.follows, one.batch = follows or one.follows, batch or one.batch
    return one


def keeps_own_cursor(name: str, cursor: OwnCursor) -> None:
    """Register a consumer that reads by `read` and keeps its place itself."""
    _own_cursors[name] = cursor


def reacts_to(
    event_type: type[E], *, history: bool = False, consumer: str | None = None
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Make a function a reaction to one type of event."""

    def register(reaction: Callable[[E], None]) -> Callable[[E], None]:
        _register(reaction, [event_type], history=history, batch=False, name=consumer)
        return reaction

    return register


def reacts_in_batches(
    *event_types: type[Event], history: bool = False, consumer: str | None = None
) -> Callable[[Callable[[list[Any]], None]], Callable[[list[Any]], None]]:
    """Make a function a reaction to lists of events, in the journal's order."""

    def register(reaction: Callable[[list[Any]], None]) -> Callable[[list[Any]], None]:
        _register(reaction, list(event_types), history=history, batch=True, name=consumer)
        return reaction

    return register


def _register(
    reaction: Reaction, event_types: list[type[Event]], *, history: bool, batch: bool, name: str | None
) -> None:
    name = name or reaction.__module__.split(".")[-2]
    types = frozenset(event_type.type_name() for event_type in event_types)
    consumer(name).handlers.append(Handler(reaction, types, history, batch))


def consumers() -> list[str]:
    """Names of all consumers, those that others follow first."""
    leaders = list(_own_cursors)
    names = [name for name in _consumers if name not in _own_cursors]
    return leaders + sorted(names, key=lambda name: (_consumers[name].follows is not None, name))


def leads(name: str) -> bool:
    """Whether another consumer follows this one."""
    return any(one.follows == name for one in _consumers.values())


def follows(name: str) -> str | None:
    """The consumer that must have taken an event before this one, if any."""
    return _consumers[name].follows if name in _consumers else None


def by_name(name: str) -> "Consumer | OwnCursor":
    return _own_cursors.get(name) or consumer(name)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────


def horizon() -> int:
    """The oldest transaction id still running on the whole server: below it everything is decided."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        row = cursor.fetchone()
    return int(row[0])


def newest() -> tuple[object, ...]:
    """A mark that changes whenever there may be something new to read: the last event, and the horizon while it
    holds that event back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT epoch, transaction_id, id, CASE WHEN epoch = %s AND transaction_id >= "
            "pg_snapshot_xmin(pg_current_snapshot())::text::bigint THEN "
            "pg_snapshot_xmin(pg_current_snapshot())::text::bigint END FROM kernel_storedevent "
            "ORDER BY epoch DESC, transaction_id DESC, id DESC LIMIT 1",
            [epoch()],
        )
        return cursor.fetchone() or ()


class Read(NamedTuple):
    """What was read: the wanted events, the position behind the last one looked at, how many were looked at."""

    events: list[StoredEvent]
    end: Position
    looked: int


def read(
    after: Position,
    *,
    limit: int,
    look: int | None = None,
    types: Iterable[str] | None = None,
    history: Iterable[str] | None = None,
    up_to: Callable[[], Position] | None = None,
) -> Read:
    """The next events in commit order.

    Only those of `types` are returned (all, if None), and what is history only if it is of the types `history` (like
    `types`, if None); at most `limit`. At most `look` events are looked at (as many as `limit`, if None): what is
    others' is passed over by the server, so that a reader far behind comes to the news soon. `up_to`: not beyond;
    asked only if there is something.
    """
    nil = "00000000-0000-0000-0000-000000000000"
    bounds: list[Any]
    within, bounds = _NEWER, [after.epoch, after.transaction_id, after.event_id or nil, _newest_epoch()]
    if up_to is not None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM kernel_storedevent WHERE {within})", bounds)
            if not cursor.fetchone()[0]:
                return Read([], after, 0)
        last = up_to()
        within += " AND (epoch, transaction_id, id) <= (%s, %s, %s::uuid)"
        bounds = [*bounds, last.epoch, last.transaction_id, last.event_id or nil]
    news = None if types is None else sorted(types)
    past = news if history is None else sorted(history)
    wanted = " AND ".join(
        f"({side} OR type = ANY(%s))" if asked is not None else "true"
        for side, asked in (("NOT live", news), ("live", past))
    )
    listed = [asked for asked in (news, past) if asked is not None]
    with connection.cursor() as cursor:
        cursor.execute(_READ.format(within=within, wanted=wanted), [*bounds, look or limit, *listed, limit])
        *kept, end = cursor.fetchall() or [None]
    if end is None:
        return Read([], after, 0)
    if len(kept) == limit:
        end = kept[-1]
    keys = [row[3] for row in kept]
    found = {str(event.pk): event for event in StoredEvent.objects.filter(pk__in=keys)} if keys else {}
    return Read([found[key] for key in keys], Position(*end[1:4]), end[0])


_NEWER = (
    "(epoch, transaction_id, id) > (%s, %s, %s::uuid) "
    "AND (epoch < %s OR transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"
)
_READ = """
    WITH looked AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY epoch, transaction_id, id) AS n, epoch, transaction_id, id, type, live
        FROM kernel_storedevent WHERE {within} ORDER BY epoch, transaction_id, id LIMIT %s
    )
    (SELECT n, epoch, transaction_id, id::text, 0 AS mark FROM looked WHERE {wanted} ORDER BY n LIMIT %s)
    UNION ALL
    (SELECT n, epoch, transaction_id, id::text, 1 FROM looked ORDER BY n DESC LIMIT 1)
    ORDER BY mark, n
"""


def _newest_epoch() -> int:
    return epoch()


def revive(stored: StoredEvent) -> Event | None:
    """The event of a stored row; None when its class is gone."""
    cls = Event.KINDS.get(stored.type)
    if cls is None:
        return None
    envelope = Envelope(
        id=stored.id,
        at=stored.happened_at,
        recorded_at=stored.recorded_at,
        customer=stored.customer_id,
        brand=stored.brand_id,
        shop=stored.shop_id,
        by_kind=stored.by_kind,
        by_id=stored.by_id,
        cause=stored.cause,
        live=stored.live,
    )
    return cls.from_body(stored.body, envelope)


PATIENCE = 10.0


def deliver(*, rounds: int = 200) -> int:
    """Bring every recorded event to every consumer until all are idle; how many were taken.

    The worker process does this for ever; tests call it. Events of transactions still open are not seen yet; those
    that only wait for somebody else's transaction on the same server are waited for, a few seconds at most.
    """
    from prilavok.kernel import delivery  # delivery stands above this module: it knows the reactions

    taken = 0
    for _ in range(rounds):
        moved = sum(delivery.step(name) for name in delivery.with_something_to_read())
        taken += moved
        patience = time.monotonic() + PATIENCE
        while not moved and _held_up() and time.monotonic() < patience:
            time.sleep(0.02)
            moved = sum(delivery.step(name) for name in delivery.with_something_to_read())
            taken += moved
        if not moved:
            return taken
    raise RuntimeError("The consumers don't come to rest: does a reaction answer its own event?")


def _held_up() -> bool:
    """Whether committed events stand above the horizon, because somebody's older transaction is still open."""
    if connection.in_atomic_block:
        return False  # our own transaction is the one that holds them up
    return StoredEvent.objects.filter(epoch=epoch(), transaction_id__gte=horizon()).exists()
