"""What happened to a customer, newest first, out of the journal."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prilavok.kernel import paging
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

    One query over the (customer, time) index.
    """
    found = StoredEvent.objects.filter(customer_id__in=profile_ids)
    if since is not None:
        found = found.filter(happened_at__gte=since)
    if until is not None:
        found = found.filter(happened_at__lt=until)
    if types is not None:
        found = found.filter(type__in=types)
    page = paging.keyset(found, order=("-happened_at", "-id"), after=before, size=limit)
    return Stretch(page.items, page.next)


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
