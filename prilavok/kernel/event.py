"""What an event is. Pure Python: domains declare theirs by subclassing Event.

An event holds ids and plain values, never names, addresses, phones or texts, so that erasure never rewrites
the journal. Fields may be added with defaults, never renamed.
"""

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Self
from uuid import UUID


@dataclass(frozen=True)
class Envelope:
    """What every event carries: when, whose, where, by whom, because of what, and whether it is news.

    `customer` is a profile; `live` is False for history, which moves neither points nor letters.
    """

    id: UUID
    at: datetime
    recorded_at: datetime
    customer: int | None
    brand: int | None
    shop: int | None
    by_kind: str
    by_id: int | None
    cause: UUID | None
    live: bool


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that has happened. Delivered events carry their envelope."""

    VERSION: ClassVar[int] = 1
    KINDS: ClassVar[dict[str, type["Event"]]] = {}  # every type that has been declared, by its name
    envelope: Envelope | None = field(default=None, compare=False, repr=False)

    def __init_subclass__(cls) -> None:
        Event.KINDS[cls.type_name()] = cls

    @classmethod
    @cache
    def type_name(cls) -> str:
        """`orders.ReceiptPaid`: the domain and the class."""
        return f"{cls.__module__.split('.')[-2]}.{cls.__name__}"

    @property
    def told(self) -> Envelope:
        if self.envelope is None:
            raise ValueError(f"{type(self).__name__} has not been recorded yet")
        return self.envelope

    @property
    def id(self) -> UUID:
        return self.told.id

    @property
    def at(self) -> datetime:
        return self.told.at

    @property
    def customer(self) -> int | None:
        return self.told.customer

    @property
    def brand(self) -> int | None:
        return self.told.brand

    @property
    def shop(self) -> int | None:
        return self.told.shop

    @property
    def cause(self) -> UUID | None:
        return self.told.cause

    @property
    def live(self) -> bool:
        return self.told.live

    def body(self) -> dict[str, Any]:
        """The event's own values, fit for JSON."""
        return {name: _plain(getattr(self, name)) for name in _names(_key(type(self)))}

    @classmethod
    def from_body(cls, body: dict[str, Any], envelope: Envelope | None = None) -> Self:
        """The event again; values that a newer version added take their defaults, unknown ones are dropped."""
        readers = _readers(_key(cls))
        values = {name: readers[name](value) for name, value in body.items() if name in readers}
        return cls(envelope=envelope, **values)


@cache
def _names(cls: type[Event]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls) if f.name != "envelope")


_AS_IS = frozenset({str, int, bool, float, type(None)})


def _plain(value: Any) -> Any:
    if type(value) in _AS_IS or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        # Rows by position: a receipt's event carries all its lines, and names would be most of its bytes.
        return [_plain(getattr(value, f.name)) for f in fields(value)]
    raise TypeError(f"An event holds ids and plain values, not {type(value).__name__}")


_FROM_TEXT: dict[Any, Callable[[Any], Any]] = {
    Decimal: Decimal,
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}


def _key(cls: type) -> Any:
    """The class as a cache's key: a type checker doubts that classes of dataclasses are hashable."""
    return cls


@cache
def _readers(cls: type) -> dict[str, Callable[[Any], Any]]:
    hints = typing.get_type_hints(cls)
    return {f.name: _reader(hints[f.name]) for f in fields(cls) if f.name != "envelope"}


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        inner = _reader(next(arg for arg in typing.get_args(hint) if arg is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _reader(typing.get_args(hint)[0])
        return lambda value: tuple(item(one) for one in value)
    if is_dataclass(hint) and isinstance(hint, type):
        return _row_reader(hint)
    return _FROM_TEXT.get(hint, _as_is)


def _row_reader(cls: type) -> Callable[[Any], Any]:
    readers = list(_readers(cls).values())
    return lambda row: cls(*(read(value) for read, value in zip(readers, row, strict=False)))


def _as_is(value: Any) -> Any:
    return value
