"""What happened to a customer, newest first, out of the journal."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from prilavok.kernel import paging, prepared
from prilavok.kernel.models import StoredEvent

__all__ = ["StoredEvent", "Stretch", "causes_of", "first_of_customer", "of_customer"]


@dataclass(frozen=True)
class Stretch:
    """Some lines of a timeline and the token of what came before them."""

    events: list[StoredEvent]
    next: str | None


def of_customer(
    profile_ids: Collection[int],
    *,
    before: str | None = None,
    limit: int = 50,
    types: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Stretch:
    """The latest events of these profiles before a token, from a moment to another (not with it), if given.

    One query, for each profile along the (customer, time) index as far as needed. Raises BadCursor.
    """
    bounds: list[tuple[str, list[Any]]] = []
    if since is not None:
        bounds.append(("happened_at >= %s::timestamptz", [since]))
    if until is not None:
        bounds.append(("happened_at < %s::timestamptz", [until]))
    if types is not None:
        bounds.append(("type = ANY(%s::text[])", [list(types)]))
    if before:
        bounds.append(("(happened_at, id) < (%s::timestamptz, %s::uuid)", _beginning(before)))
    statement = _LATEST.format(bounds="".join(f" AND {sql}" for sql, _values in bounds))
    values = [value for _sql, given in bounds for value in given]
    rows = prepared.rows(statement, [list(profile_ids), *values, limit + 1, limit + 1])
    events = [StoredEvent.from_db(DEFAULT_DB_ALIAS, _COLUMNS, row) for row in rows[:limit]]
    more = len(rows) > limit
    return Stretch(events, paging.encode([events[-1].happened_at, events[-1].id]) if more else None)


_COLUMNS = [field.attname for field in StoredEvent._meta.concrete_fields]
_LATEST = f"""
    SELECT {", ".join("e.body::json" if name == "body" else f"e.{name}" for name in _COLUMNS)}
    FROM unnest(%s::bigint[]) AS of(customer) CROSS JOIN LATERAL (
        SELECT * FROM kernel_storedevent WHERE customer_id = of.customer{{bounds}}
        ORDER BY happened_at DESC, id DESC LIMIT %s
    ) e
    ORDER BY e.happened_at DESC, e.id DESC LIMIT %s"""


def _beginning(token: str) -> list[Any]:
    at, event_id = paging.decode(token, 2)
    if not isinstance(at, datetime) or not isinstance(event_id, UUID):
        raise paging.BadCursor
    return [at, event_id]


def first_of_customer(profile_id: int, type_name: str) -> StoredEvent | None:
    """The earliest event of one type."""
    found = StoredEvent.objects.filter(customer_id=profile_id, type=type_name)
    return found.order_by("happened_at", "id").first()


def causes_of(event_id: UUID, *, limit: int = 20) -> list[StoredEvent]:
    """The chain of reasons: the event, what it follows from, and so on to the first cause."""
    chain: list[StoredEvent] = []
    next_id: UUID | None = event_id
    while next_id and len(chain) < limit:
        event = StoredEvent.objects.filter(pk=next_id).first()
        if event is None:
            break
        chain.append(event)
        next_id = event.cause
    return chain
