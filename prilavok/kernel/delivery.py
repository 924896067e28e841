"""Bringing events to reactions: cursors, batches, parking and replay."""

import logging
import time
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db import connection, transaction

from prilavok.kernel import clock, discreet, journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.kernel.journal import Consumer, Handler, Position
from prilavok.kernel.models import Cursor, Parked, StoredEvent

logger = logging.getLogger(__name__)

BATCH = 500  # events that a consumer takes together
LOOK = 20_000  # events looked at for them: most are others'
NIL = "00000000-0000-0000-0000-000000000000"
SECONDS = 1.0  # no write transaction lasts longer than a second or two: the horizon is the whole server's
REPLAYED = "replayed"  # how a parked event ended that its consumer took after all


def step(name: str, *, limit: int = BATCH) -> int:
    """Let one consumer read its next batch; how many events it has passed, its own and others'."""
    one = journal.by_name(name)
    if not isinstance(one, Consumer):
        return one.step(limit)
    return _step(one, limit)


def position(name: str) -> Position:
    """How far a consumer has come."""
    one = journal.by_name(name)
    if not isinstance(one, Consumer):
        return one.position()
    stored = Cursor.objects.filter(pk=name).first()
    return _position(stored) if stored else Position()


def heard(name: str, after: Position, types: Collection[str]) -> Iterator[list[Event]]:
    """What a consumer has been told since it stood there, in portions; the batch that it is at is waited for."""
    with transaction.atomic():
        stands = Cursor.objects.select_for_update().filter(pk=name).first()
    end = _position(stands) if stands else after
    while True:
        found = journal.read(after, limit=BATCH, look=LOOK, types=types, history=(), up_to=lambda: end)
        if revived := [event for one in found.events if (event := journal.revive(one))]:
            yield revived
        if not found.looked:
            return
        after = found.end


def behind(name: str, *, at_most: int = 10_000) -> int:
    """How many events wait for a consumer; counts no further than `at_most`."""
    here = position(name)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM kernel_storedevent WHERE (epoch, transaction_id, id) > "
            "(%s, %s, %s::uuid) LIMIT %s) waiting",
            [here.epoch, here.transaction_id, here.event_id or NIL, at_most],
        )
        return int(cursor.fetchone()[0])


def with_something_to_read() -> list[str]:
    """The consumers for whom decided events wait, and those that keep their place themselves; leaders first."""
    names = journal.consumers()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT name FROM unnest(%s::text[]) AS name LEFT JOIN kernel_cursor c ON c.consumer = name
            WHERE EXISTS (
                SELECT 1 FROM kernel_storedevent e
                WHERE (e.epoch, e.transaction_id, e.id)
                    > (coalesce(c.epoch, 0), coalesce(c.transaction_id, 0), coalesce(c.event_id, %s::uuid))
                  AND (e.epoch < %s OR e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
            )
            """,
            [names, NIL, journal.epoch()],
        )
        waited_for = {name for (name,) in cursor.fetchall()}
    return [name for name in names if name in waited_for or not isinstance(journal.by_name(name), Consumer)]


@transaction.atomic
def _step(consumer: Consumer, limit: int) -> int:
    cursor = _lock(consumer.name)
    if cursor is None:
        return 0  # another worker has it
    here = _position(cursor)
    leader = consumer.follows
    limit = max(limit, consumer.batch or 0)
    stored, end, passed = journal.read(
        here,
        limit=limit,
        look=max(limit, LOOK),
        types=consumer.types(),
        history=consumer.types(history=True),
        up_to=(lambda: position(leader)) if leader else None,
    )
    if end == here:
        return 0
    end = _take(consumer, stored, end)
    cursor.epoch, cursor.transaction_id, cursor.event_id = end.epoch, end.transaction_id, end.event_id
    cursor.moved_at = clock.real()
    cursor.save()
    return passed


def _lock(name: str) -> Cursor | None:
    """The consumer's cursor, made when it is read for the first time; None while another worker has it."""
    free = Cursor.objects.select_for_update(skip_locked=True).filter(pk=name)
    if (cursor := free.first()) is None:
        Cursor.objects.bulk_create([Cursor(pk=name)], ignore_conflicts=True)
        cursor = free.first()
    return cursor


def _take(consumer: Consumer, stored: list[StoredEvent], end: Position) -> Position:
    """Run the reactions over a batch; the position reached (short of `end` when the time is up)."""
    if not stored:
        return end  # all that was looked at is others'
    blocked = _blocked_customers(consumer, stored)
    free = []
    for event in stored:
        if event.customer_id is not None and event.customer_id in blocked:
            _park(consumer.name, event, "", waits_for=blocked[event.customer_id])
        else:
            free.append(event)
    if any(handler.batch for handler in consumer.handlers):
        _take_in_batches(consumer, free)
        return end
    deadline = time.monotonic() + SECONDS
    for number, event in enumerate(free):
        _take_one(consumer, event, blocked)
        if time.monotonic() > deadline and number + 1 < len(free):
            return _of(event)
    return end


def _take_one(consumer: Consumer, stored: StoredEvent, blocked: dict[int, Parked]) -> None:
    if stored.customer_id is not None and stored.customer_id in blocked:
        _park(consumer.name, stored, "", waits_for=blocked[stored.customer_id])
        return
    failure = _try(consumer, [stored], consumer.handlers)
    if failure is not None:
        parked = _park(consumer.name, stored, failure)
        if stored.customer_id is not None:
            blocked[stored.customer_id] = parked


def _take_in_batches(consumer: Consumer, stored: list[StoredEvent]) -> None:
    if _try(consumer, stored, consumer.handlers) is None:
        return
    blocked: dict[int, Parked] = {}
    for event in stored:  # one of them is to blame: find it, and let the others pass
        _take_one(consumer, event, blocked)


def _try(consumer: Consumer, stored: list[StoredEvent], handlers: list[Handler]) -> str | None:
    """Run the handlers over these events in a savepoint; the reason, if it failed."""
    try:
        with transaction.atomic():
            for handler in handlers:
                _call(handler, stored)
    except Exception as exc:
        logger.warning("%s could not take %d event(s): %s", consumer.name, len(stored), type(exc).__name__)
        return discreet.reason(exc)
    return None


def _call(handler: Handler, stored: list[StoredEvent]) -> None:
    wanted = [journal.revive(event) for event in stored if handler.wants(event)]
    events: list[Event] = [event for event in wanted if event is not None]
    if handler.batch:
        if events:
            handler.reaction(events)
    else:
        for event in events:
            handler.reaction(event)


def _blocked_customers(consumer: Consumer, stored: list[StoredEvent]) -> dict[int, Parked]:
    customers = {event.customer_id for event in stored if event.customer_id is not None}
    open_ones = Parked.objects.filter(
        consumer=consumer.name, resolved_at=None, waits_for=None, customer_id__in=customers
    )
    return {parked.customer_id: parked for parked in open_ones if parked.customer_id is not None}


def park(consumer: str, stored: StoredEvent, reason: str) -> None:
    """Let an event wait for a person: for a consumer that keeps its own cursor. One that went through before and is
    read anew waits again.
    """
    parked = _park(consumer, stored, reason)
    if parked.resolution == REPLAYED:
        parked.reason, parked.resolved_at, parked.resolution = reason, None, ""
        parked.save()


def _park(consumer: str, stored: StoredEvent, reason: str, waits_for: Parked | None = None) -> Parked:
    parked, _ = Parked.objects.get_or_create(
        consumer=consumer,
        event=stored,
        defaults={"customer_id": stored.customer_id, "reason": reason, "waits_for": waits_for},
    )
    return parked


def _position(cursor: Cursor) -> Position:
    return Position(cursor.epoch, cursor.transaction_id, str(cursor.event_id or ""))


def _of(event: StoredEvent) -> Position:
    return Position(event.epoch, event.transaction_id, str(event.pk))


# ── Replay ───────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def replay(parked_id: int, *, by: Actor, at: datetime) -> bool:
    """Try a parked event again, then those that wait behind it, in order; whether all went through."""
    by.must("administration.replay")
    parked = Parked.objects.select_for_update().get(pk=parked_id, resolved_at=None)
    waiting = list(
        Parked.objects.select_for_update(of=("self",))
        .filter(waits_for=parked, resolved_at=None)
        .select_related("event")
        .order_by("event__epoch", "event__transaction_id", "event_id")
    )
    for position_in_line, one in enumerate([parked, *waiting]):
        failure = _take_again(one.consumer, one.event)
        one.attempts += 1
        if failure:
            _head_of_line(one, failure, waiting[position_in_line:])
            return False
        one.resolved_at, one.resolution = at, REPLAYED
        one.save()
    return True


def _take_again(name: str, event: StoredEvent) -> str | None:
    """The reason, if it failed. Raises the Problem of a consumer whose own store is away."""
    one = journal.by_name(name)
    if isinstance(one, Consumer):
        return _try(one, [event], one.handlers)
    return one.take_again(event)


@transaction.atomic
def dismiss(parked_id: int, *, by: Actor, at: datetime) -> None:
    """Give up a parked event for good: those that wait behind it may be replayed without it."""
    by.must("administration.replay")
    parked = Parked.objects.select_for_update().get(pk=parked_id, resolved_at=None)
    parked.resolved_at, parked.resolution = at, "dismissed"
    parked.save()
    waiting = list(Parked.objects.filter(waits_for=parked, resolved_at=None).order_by("event_id"))
    if waiting:
        _head_of_line(waiting[0], waiting[0].reason or "…", waiting[1:])


def _head_of_line(failed: Parked, reason: str, behind_it: list[Parked]) -> None:
    failed.reason, failed.waits_for = reason, None
    failed.save()
    for one in behind_it:
        if one.pk != failed.pk:
            one.waits_for = failed
            one.save()
