"""Keyset paging: the next page begins after the last row seen; no counting, no offsets, no page 278."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem

M = TypeVar("M", bound=Model)


class BadCursor(Problem):
    code = "bad_cursor"
    message = _("This place in the list is unknown. Begin from the first page.")


@dataclass(frozen=True)
class Page(Generic[M]):
    """One page and the token of the next; `next` is None at the end."""

    items: list[M]
    next: str | None


def keyset(
    queryset: QuerySet[M], *, order: tuple[str, ...], after: str | None = None, size: int = 50
) -> Page[M]:
    """One page of `queryset` in `order` (names of not-null columns, "-" for descending; the last one unique).

    Raises BadCursor for a token that this order did not make.
    """
    if after:
        queryset = queryset.filter(_beyond(order, _decode(after, len(order))))
    rows = list(queryset.order_by(*order)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, encode([_value(rows[-1], name) for name in order]) if more else None)


def encode(values: list[Any]) -> str:
    """A token of these values, for lists that page by their own SQL."""
    plain = json.dumps([_tagged(value) for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def decode(token: str, length: int) -> list[Any]:
    """The values of a token. Raises BadCursor."""
    return _decode(token, length)


def _value(row: Model, name: str) -> Any:
    value: Any = row
    for part in name.lstrip("-").split("__"):
        value = getattr(value, part)
    return value


def _tagged(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, Decimal):
        return ["n", str(value)]
    if isinstance(value, UUID):
        return ["u", str(value)]
    return ["", value]


_READ: dict[str, Callable[[Any], Any]] = {
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "u": UUID,
    "": lambda value: value,
}


def _decode(token: str, length: int) -> list[Any]:
    try:
        pairs = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        values = [_READ[tag](value) for tag, value in pairs]
    except (ValueError, KeyError, TypeError, ArithmeticError, binascii.Error) as exc:
        raise BadCursor from exc
    if len(values) != length:
        raise BadCursor
    return values


def _beyond(order: tuple[str, ...], values: list[Any]) -> Q:
    """(a, b) after (x, y) in mixed directions: a beyond x, or a = x and b beyond y."""
    beyond = Q()
    same = Q()
    for name, value in zip(order, values, strict=True):
        column = name.lstrip("-")
        beyond |= same & Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        same &= Q(**{column: value})
    return beyond
