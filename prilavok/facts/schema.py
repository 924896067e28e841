"""What a domain declares in its `facts.py`, and the list of all that is declared.

A FactTable is filled from the journal, a StateTable is loaded anew for the people an event touches; a Trait
and a Fact are what segments, scores and reports may ask of them, under human names. See README.md for an
example.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import Any, Literal

from django.apps import apps
from django.utils.functional import Promise

from prilavok.facts.found import Found
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event

Words = str | Promise
Row = Mapping[str, Any]
Kind = Literal["flag", "number", "money", "date", "choice", "many", "text"]


@dataclass(frozen=True)
class Column:
    """A column and its ClickHouse type: Int64, UInt8, String, Decimal(14,3), Date32, DateTime64(3,'UTC'),
    Nullable(…).
    """

    name: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Projection:
    """The same rows once more in another order, with these columns: the engine reads it by itself wherever it has all
    that is asked and leaves more rows out. It costs room and writing: for questions that few rows of many answer.
    """

    name: str
    columns: Sequence[str]
    order_by: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class FactTable:
    """Things that happened, one row each, never changed. `filled_by`: rows that an event of a type makes.

    Rows are dictionaries by column; a column left out takes its type's zero. `order_by` should begin with
    what is asked by (profile_id); `partition_by` is a month of a Date or DateTime column. A `local_date` is the day of
    the event's moment at its place. `known`: what rows are made by besides their event, looked up for many events at
    once and given to `filled_by` as a second argument; whoever changes it writes the days anew (`actions.write_again`).
    """

    name: str
    columns: Sequence[Column]
    order_by: Sequence[str]
    partition_by: str = "toYYYYMM(local_date)"
    projections: Sequence[Projection] = ()
    filled_by: Mapping[type[Event], Callable[..., Iterable[Row]]]
    known: Callable[[Sequence[Any]], Any] | None = None

    def rows_of(self, events: Iterable[Event]) -> Iterator[Row]:
        """The rows that these events make, in their order; events of other types make none."""
        own = [event for event in events if type(event) in self.filled_by]
        known = (self.known(own),) if self.known and own else ()
        for event in own:
            yield from self.filled_by[type(event)](event, *known)


@dataclass(frozen=True, kw_only=True)
class StateTable:
    """How things stand now, one row per `key`, loaded anew whenever an event of `on` touches it.

    `load(ids)` gives the rows of these ids; an id without a row is taken out. `touched(event)` names the ids
    an event touches (by default its customer). Asked as `FROM {name} FINAL`.
    """

    name: str
    key: str
    columns: Sequence[Column]
    on: Sequence[type[Event]]
    load: Callable[[list[int]], Iterable[Row]]
    touched: Callable[[Any], Iterable[int]] = field(
        default=lambda event: [event.customer] if event.customer else []
    )


Options = Callable[[Actor], Sequence[tuple[int | str, Words]]]
Search = Callable[[Actor, str, str | None], Found]
Names = Callable[[Sequence[Any]], Mapping[Any, str]]


@dataclass(frozen=True, kw_only=True)
class Picker:
    """How values are chosen by a person: from a short list (`options`) or by typing (`search`: the letters, and the
    token of the page before); `names` tells them back.
    """

    options: Options | None = None
    search: Search | None = None
    names: Names | None = None


@dataclass(frozen=True, kw_only=True)
class Trait:
    """A property of a person that conditions may ask, standing in a state table keyed by profile_id.

    `sql` is the column (or an expression over the table's columns; `{today:Date}` is the company's day, `{zone}`
    its time zone, here and in measures). `sentence` tells a flag that is on ("reachable by e-mail with consent"),
    `sentence_not` one that is off. `unit` is shown beside numbers. `kind` many is an array of chosen values. `type`
    text: values are compared as texts, also those that look like numbers. Whoever lacks `permission` is not offered
    it and may not ask it; one that is not `offered` stays in conditions that ask it already.
    """

    key: str
    label: Words
    group: Words
    kind: Kind
    table: str
    sql: str
    picker: Picker | None = None
    sentence: Words = ""
    sentence_not: Words = ""
    unit: Words = ""
    position: int = 50
    type: Literal["", "text"] = ""
    permission: str = ""
    offered: bool = True


@dataclass(frozen=True)
class Added:
    """A column of a state table, with the trait that asks it, which the company made itself while Prilavok runs."""

    table: str
    column: Column
    trait: Trait


@dataclass(frozen=True)
class Additions:
    """Where a domain keeps what the company added. Asked at every use: `items` remembers its answer itself."""

    items: Callable[[], tuple[Added, ...]]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What may be reckoned of a fact per person. `sql` aggregates the table's rows, `detail_sql` those of
    the detail table.

    `kind` money is Int64 of ten-thousandths, number an exact number, date a Date, choice one of the values of
    `picker`, which are of this `type`. `empty` is what a person without rows has: nought (counts and sums), or
    none, which meets no condition (averages; dates and choices always). `times` marks the count that sentences tell
    as "at least 2 times". With `{chosen}` in its SQL a measure sets the chosen goods against all: the filters of
    the detail table then stand there instead of narrowing the rows. `{among}` is "of those who are asked about",
    for a question put to another table. `aging`: whole days from some row's day to `{today}`. Whoever lacks
    `permission` is not offered it and may not ask it. `usual`: how a new condition compares it, and with what.
    """

    key: str
    label: Words
    kind: Literal["number", "money", "date", "choice"]
    sql: str
    detail_sql: str = ""
    unit: Words = ""
    empty: Literal["zero", "none"] = "zero"
    times: bool = False
    picker: Picker | None = None
    type: Literal["number", "text"] = "number"
    aging: bool = False
    permission: str = ""
    usual: tuple[str, str] = (">=", "1")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A restriction of a fact's rows to some values of `sql`; `detail` if only the detail table has it, `within` if
    only the main one: the detail table's condition, `{filter}` being the main one's.

    `expand` turns chosen values into those stored (a category into it and all below).
    """

    key: str
    label: Words
    sql: str
    picker: Picker
    detail: bool = False
    within: str = ""
    type: Literal["number", "text"] = "number"
    expand: Callable[[Sequence[Any]], Sequence[Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happens to people again and again, which conditions may count in a window of days.

    `table` and, where filters need it, `detail_table` are fact tables with profile_id; `date` is the column
    of the local day that windows are laid over, empty for how things stand now, in a state table keyed by profile_id,
    which has no windows; `where` holds for all rows. `present` tells the rows that
    make an average or a date exist (a sale, not a return); a fact that has them may be a step of a sequence, in which
    `happened_at` orders the rows. `on`: the events that can change the answer.
    `verb` and `verb_not` begin its sentences: "bought", "did not buy" («покупали», «не покупали»).
    """

    key: str
    label: Words
    group: Words
    table: str
    detail_table: str = ""
    date: str = "local_date"
    where: str = ""
    present: str = ""
    measures: Sequence[Measure]
    filters: Sequence[Filter] = ()
    on: Sequence[type[Event]] = ()
    verb: Words = ""
    verb_not: Words = ""
    position: int = 50


@dataclass(frozen=True, kw_only=True)
class Check:
    """What `doctor` compares: the same figures of a fact table from PostgreSQL (`truth`, and by local day `days`) and
    from facts, where they are aggregates of the table's rows: "count() AS rows, sum(revenue_units) AS revenue_units".
    """

    key: str
    label: Words
    table: str
    figures: str
    truth: Callable[[], Mapping[str, int]]
    days: Callable[[], Mapping[date, Mapping[str, int]]]


@dataclass(frozen=True)
class Registry:
    """All that the domains have declared, by name."""

    tables: dict[str, FactTable]
    states: dict[str, StateTable]
    traits: dict[str, Trait]
    facts: dict[str, Fact]
    checks: dict[str, Check]

    def event_types(self) -> list[type[Event]]:
        """The types of events that any table is made of."""
        kinds = {kind for table in self.tables.values() for kind in table.filled_by}
        return sorted(
            kinds | {kind for state in self.states.values() for kind in state.on},
            key=lambda kind: kind.type_name(),
        )


def registry() -> Registry:
    """All that may be asked now: what the domains declare and what the company added."""
    return _with(tuple(item for additions in _read()[1] for item in additions.items()))


def declared() -> Registry:
    """What the domains declare by themselves: the same in every installation, known without a database."""
    return _read()[0]


@functools.lru_cache(maxsize=4)
def _with(added: tuple[Added, ...]) -> Registry:
    known = declared()
    states = dict(known.states)
    for item in added:
        state = states[item.table]
        states[item.table] = replace(state, columns=[*state.columns, item.column])
    return replace(known, states=states, traits=known.traits | {item.trait.key: item.trait for item in added})


@functools.cache
def _read() -> tuple[Registry, tuple[Additions, ...]]:
    """Reads `facts.py` of every domain, once. Raises ValueError when two declare the same name."""
    found = Registry({}, {}, {}, {}, {})
    additions: list[Additions] = []
    places: dict[type, dict[str, Any]] = {
        FactTable: found.tables, StateTable: found.states, Trait: found.traits, Fact: found.facts, Check: found.checks
    }  # fmt: skip
    for app in apps.get_app_configs():
        if app.name.startswith("prilavok.") and find_spec(f"{app.name}.facts"):
            module = importlib.import_module(f"{app.name}.facts")
            additions += [value for value in vars(module).values() if isinstance(value, Additions)]
            for item in _declared(module):
                place, key = (
                    places[type(item)],
                    getattr(item, "key", "") if not isinstance(item, StateTable) else item.name,
                )
                key = key or item.name
                if place.setdefault(key, item) is not item:
                    raise ValueError(f"{app.name} declares {type(item).__name__} {key} for the second time")
    return found, tuple(additions)


def _declared(module: Any) -> Iterable[Any]:
    for value in vars(module).values():
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, FactTable | StateTable | Trait | Fact | Check):
                yield item


def tab_separated(columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
    """Rows as the engine's TabSeparated, columns in order.

    >>> tab_separated([Column("a", "Int64"), Column("b", "Nullable(Date)")], [{"a": 5, "b": None}])
    b'5\\t\\\\N\\n'
    """
    plan = [(column.name, _zero(column.type)) for column in columns]
    lines = []
    for row in rows:
        lines.append("\t".join(_cell(row.get(name, zero)) for name, zero in plan))
    return ("\n".join(lines) + "\n").encode() if lines else b""


READ_AS_NUMBER = 100_000_000  # seconds, in 1973: fewer digits may be read as a year
FIRST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC)  # that the engine knows


def moment(value: datetime) -> str:
    """A moment as the engine reads it: seconds since 1970, before 1973 in full; what lies before 1900 stands there.

    >>> moment(datetime(2026, 3, 2, 9, tzinfo=UTC)), moment(datetime(1970, 1, 1, tzinfo=UTC))
    ('1772442000.000', '1970-01-01 00:00:00.000')
    """
    seconds = value.timestamp()
    if seconds >= READ_AS_NUMBER:
        return f"{seconds:.3f}"
    return f"{max(value, FIRST_MOMENT).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


_PLAIN: dict[type, Callable[[Any], str]] = {
    int: str,
    bool: lambda value: "1" if value else "0",
    Decimal: lambda value: format(value, "f"),
    datetime: moment,
    date: date.isoformat,
    type(None): lambda value: "\\N",
}
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _cell(value: Any) -> str:
    plain = _PLAIN.get(type(value))
    if plain:
        return plain(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(_inner(item) for item in value) + "]"
    return str(value).translate(_ESCAPED)


def _inner(value: Any) -> str:
    if isinstance(value, str) or type(value) is date:
        return "'" + _cell(value).replace("'", "\\'") + "'"
    return _cell(value)


def _zero(kind: str) -> Any:
    if kind.startswith("Nullable"):
        return None
    if kind.startswith(("String", "LowCardinality", "FixedString", "Enum")):
        return ""
    if kind.startswith("Array"):
        return []
    if kind.startswith("DateTime"):
        return "0000000000"  # a time as short as "0" is not read as one
    if kind.startswith("Date"):
        return "1970-01-01"
    return 0
