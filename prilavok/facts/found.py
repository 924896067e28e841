"""What a picker offers for the letters typed, a page at a time: the next page begins after the last value shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise

from prilavok.kernel import paging
from prilavok.kernel.paging import M

Words = str | Promise
Offer = tuple[int | str, Words]
AT_ONCE = 20


@dataclass(frozen=True)
class Found:
    """Values with their words, and the token of the next ones; `next` is None at the end."""

    items: Sequence[Offer]
    next: str | None = None


def rows(
    queryset: QuerySet[M], order: tuple[str, ...], tell: Callable[[M], Offer], after: str | None
) -> Found:
    """A page of rows in an order that `paging.keyset` takes. Raises BadCursor."""
    return told(paging.keyset(queryset, order=order, after=after, size=AT_ONCE), tell)


def told(page: paging.Page[M], tell: Callable[[M], Offer]) -> Found:
    """A page that was read elsewhere."""
    return Found([tell(one) for one in page.items], page.next)


def listed(offers: Sequence[Offer], after: str | None) -> Found:
    """A page of a list that is known whole. Raises BadCursor."""
    start = 0
    if after:
        [last] = paging.decode(after, 1)
        start = next((place + 1 for place, one in enumerate(offers) if one[0] == last), len(offers))
    shown = offers[start : start + AT_ONCE]
    return Found(shown, paging.encode([shown[-1][0]]) if len(offers) > start + AT_ONCE else None)
