"""Conditions into the column store's SQL: exact functions only, days and sums as integers, no joins.

Every condition becomes the set of people who meet it, `SELECT profile_id …` grouped by person where rows are counted;
a tree is `IN` over such sets, laid over the table of profiles. So each part can be reckoned where a person's rows lie.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from collections.abc import Sequence as Several
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from prilavok.facts import client
from prilavok.facts.schema import Fact, Filter, Measure, Registry, Trait
from prilavok.kernel.money import to_units
from prilavok.segments.conditions import EVERYBODY as AMONG_ALL
from prilavok.segments.conditions import (
    FactIs,
    Group,
    InSegment,
    Leaf,
    Node,
    Not,
    Sample,
    Sequence,
    Step,
    TraitIs,
    Window,
    plain,
)

PEOPLE = "profiles"  # everybody a segment may hold
EVERYBODY = "status != 'erased'"
_COLUMN = re.compile(r"\{today(:Date)?\}")


@dataclass(frozen=True)
class Compiler:
    """Makes SQL for one day. `inside`: of every segment referred to, its conditions.

    `whose` is the SQL of the profile that stands for a row's person: rows are counted by person, read through merges.
    """

    registry: Registry
    today: date
    inside: Mapping[UUID, Node] = field(default_factory=dict)
    whose: str = "profile_id"
    blocks: tuple[
        tuple[int, int], ...
    ] = ()  # for an estimate: only profiles from the first id to the last of one

    def people(self, node: Node) -> str:
        """Everybody who meets the tree: one column, profile_id."""
        return f"SELECT profile_id FROM {PEOPLE} FINAL WHERE {EVERYBODY} AND {self._whole(node)}"

    def count(self, node: Node, among: Node = AMONG_ALL, sample: int = 8) -> str:
        """How many of `among` there are, how many of these meet the tree, and some of them, always the same ones."""
        return (
            f"SELECT countIf(ok) AS people, count() AS base, "
            f"groupArraySortedIf({int(sample)})((cityHash64(profile_id), profile_id), ok).2 AS some FROM "
            f"(SELECT profile_id, {self._whole(node)} AS ok FROM {PEOPLE} FINAL "
            f"WHERE {EVERYBODY} AND {self._in_blocks()} AND {self._whole(among)})"
        )

    def met(self, conditions: Several[Leaf], only: Collection[int], kin: Collection[int]) -> str:
        """Which of some people meet which of these conditions: rows of (number of the condition, profile_id).

        `kin` are all profiles of these people: what happened to any of them counts.

        Each table is read once, however many conditions ask it: a row counts for every condition that it fits.
        """
        facts: dict[str, list[tuple[int, FactIs]]] = {}
        states: dict[str, list[tuple[int, str]]] = {}
        parts: list[str] = []
        for number, leaf in enumerate(conditions):
            if isinstance(leaf, Sequence):
                parts.append(f"SELECT {number} AS condition, person FROM ({self._sequence(leaf, kin)})")
            elif isinstance(leaf, FactIs):
                facts.setdefault(self._table(leaf), []).append((number, leaf))
            else:
                table = self.registry.traits[leaf.key].table if isinstance(leaf, TraitIs) else PEOPLE
                states.setdefault(table, []).append((number, self._state(leaf)))
        parts += [
            f"SELECT condition, profile_id FROM ({_numbered(f'{table} FINAL', asked, only)})"
            for table, asked in states.items()
        ]
        parts += [self._counted(table, asked, kin) for table, asked in facts.items()]
        return " UNION ALL ".join(parts)

    def woken(self, leaf: Leaf, before: date) -> str | None:
        """Whom the days since `before` alone may have brought in or out: only rows at the edges of windows are read.

        The empty string: nobody; None: everybody, for a measure that cannot be narrowed so.
        """
        if isinstance(leaf, TraitIs):
            earlier, now = replace(self, today=before)._trait(leaf), self._trait(leaf)
            if earlier == now:
                return ""
            table = self.registry.traits[leaf.key].table
            return f"SELECT profile_id AS person FROM {table} FINAL WHERE ({earlier}) != ({now})"
        if isinstance(leaf, FactIs):
            edges = self._edges(leaf)
            return None if edges is None else self._at_edges(leaf, leaf.window, edges, before)
        if isinstance(leaf, Sequence):
            edges = [*_edges(leaf.window), *([] if leaf.happened else [leaf.within + 1])]
            return self._at_edges(leaf.first, leaf.window, edges, before)
        return ""

    def _edges(self, leaf: FactIs) -> list[int] | None:
        measure = self._measure(leaf)
        edges = _edges(leaf.window)
        if leaf.op in ("last_days", "older_days"):
            edges.append(leaf.value)
        if "{today" in measure.sql:
            if not measure.aging:
                return None
            for value in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
                edges += [int(value) - 1, int(value), int(value) + 1, int(value) + 2]
        return edges

    def _at_edges(self, leaf: FactIs | Step, window: Window, edges: Several[int], before: date) -> str:
        """People with rows that were n days old or younger on the day `before` and are older today, for some edge n."""
        if not edges:
            return ""
        fact = self.registry.facts[leaf.key]
        step = Step(leaf.key, leaf.where)
        narrowed = [] if isinstance(leaf, FactIs) and "{chosen}" in self._asked(leaf) else self._filters(leaf)
        rows = self._rows(fact, self._narrowed(step, narrowed), Window(start=window.start, end=window.end))
        days = " OR ".join(
            f"({fact.date} > {literal(before - timedelta(days=n))} AND {fact.date} <= {literal(self._ago(n))})"
            for n in dict.fromkeys(edges)
        )
        return (
            f"SELECT {self.whose} AS person FROM {self._step_table(step)} "
            f"WHERE profile_id != 0 AND ({days}) AND {rows}"
        )

    def _state(self, leaf: Leaf) -> str:
        if isinstance(leaf, TraitIs):
            return self._trait(leaf)
        return _sample(leaf) if isinstance(leaf, Sample) else self._segment(leaf)  # type: ignore[arg-type]

    def _counted(self, table: str, asked: Several[tuple[int, FactIs]], only: Collection[int]) -> str:
        rows = _numbered(table, [(number, self._where(leaf)) for number, leaf in asked], only, "*")
        having = ", ".join(f"condition = {number}, {self._having(leaf)}" for number, leaf in asked)
        return (
            f"SELECT condition, {self.whose} AS person FROM ({rows}) "
            f"GROUP BY condition, person HAVING multiIf({having}, 0)"
        )

    def figures(self, asked: Several[FactIs | TraitIs], only: Collection[int]) -> str:
        """What measures and traits come to for these profiles: rows of (number of the question, person, value as text).

        What a leaf compares with is not asked. Each table of facts is read once.
        """
        facts: dict[str, list[tuple[int, FactIs]]] = {}
        parts = []
        for number, leaf in enumerate(asked):
            if isinstance(leaf, FactIs):
                facts.setdefault(self._table(leaf), []).append((number, leaf))
            else:
                trait = self.registry.traits[leaf.key]
                told = f"CAST(toString({self._today(trait.sql)}) AS Nullable(String))"
                parts.append(
                    f"SELECT {number} AS question, {self.whose} AS person, {told} AS told FROM {trait.table} FINAL "
                    f"WHERE profile_id IN ({client.ids(only)})"
                )
        for table, own in facts.items():
            rows = _numbered(table, [(number, self._where(leaf)) for number, leaf in own], only, "*")
            told = ", ".join(f"condition = {number}, {self._figure(leaf)}" for number, leaf in own)
            parts.append(
                f"SELECT condition AS question, {self.whose} AS person, multiIf({told}, NULL) AS told FROM ({rows}) "
                "GROUP BY condition, person"
            )
        return " UNION ALL ".join(parts)

    def _figure(self, leaf: FactIs) -> str:
        present = f"{_present(self.registry.facts[leaf.key], self._measure(leaf))}1"
        return f"if({present}, CAST(toString({self._aggregate(leaf)}) AS Nullable(String)), NULL)"

    def leaf(self, leaf: Leaf) -> str:
        """The people who meet one condition."""
        if isinstance(leaf, TraitIs):
            table = self.registry.traits[leaf.key].table
            return f"SELECT profile_id FROM {table} FINAL WHERE {self._trait(leaf)}"
        if isinstance(leaf, FactIs):
            return self._fact(leaf)
        if isinstance(leaf, Sequence):
            return self._sequence(leaf)
        if isinstance(leaf, Sample):
            return f"SELECT profile_id FROM {PEOPLE} FINAL WHERE {_sample(leaf)}"
        return f"SELECT profile_id FROM {PEOPLE} FINAL WHERE {self._segment(leaf)}"

    def _whole(self, node: Node) -> str:
        return self._node(plain(node, self.registry))

    def _node(self, node: Node) -> str:
        if isinstance(node, Group):
            joiner = " AND " if node.kind == "all" else " OR "
            nothing = "1" if node.kind == "all" else "0"
            return "(" + (joiner.join(self._node(item) for item in node.items) or nothing) + ")"
        if isinstance(node, Not):
            return f"NOT {self._node(node.item)}"
        if isinstance(node, TraitIs) and self.registry.traits[node.key].table == PEOPLE:
            return f"({self._trait(node)})"
        if isinstance(node, Sample):
            return f"({_sample(node)})"
        if isinstance(node, InSegment):
            return f"({self._segment(node)})"
        return f"(profile_id IN ({self.leaf(node)}))"

    def _segment(self, leaf: InSegment) -> str:
        return self._whole(self.inside[leaf.segment])

    def _in_blocks(self) -> str:
        """Rows lie by profile, so that only these are read."""
        told = " OR ".join(f"profile_id BETWEEN {first} AND {last}" for first, last in self.blocks)
        return f"({told})" if told else "1"

    def asked(self, trait: Trait) -> str:
        """The trait's value over its table, on this day."""
        return self._today(trait.sql)

    def _trait(self, leaf: TraitIs) -> str:
        trait = self.registry.traits[leaf.key]
        asked = self._today(trait.sql)
        if leaf.op == "empty":
            if trait.kind == "many":
                return f"empty({asked})"
            nothing = {"date": f"isNull({asked})", "number": f"isNull({asked})", "money": f"isNull({asked})"}
            return nothing.get(trait.kind, f"ifNull(toString({asked}), '') IN ('', '0')")
        return f"ifNull({self._compare(trait.kind, asked, leaf.op, leaf.value)}, 0)"

    def _fact(self, leaf: FactIs) -> str:
        return (
            f"SELECT {self.whose} AS person FROM {self._table(leaf)} "
            f"WHERE profile_id != 0 AND {self._in_blocks()} AND "
            f"{self._where(leaf)} GROUP BY person HAVING {self._having(leaf)}"
        )

    def _sequence(self, leaf: Sequence, only: Collection[int] | None = None) -> str:
        among = (
            f"profile_id != 0 AND {self._in_blocks()}"
            if only is None
            else f"profile_id IN ({client.ids(only)})"
        )
        rows = " UNION ALL ".join(
            f"SELECT {self.whose} AS person, {number} AS step, happened_at, {self._fact_of(step).date} AS day "
            f"FROM {self._step_table(step)} WHERE {among} AND {self._step(step, window)}"
            for number, step, window in ((1, leaf.first, leaf.window), (2, leaf.then, Window()))
        )
        firsts, thens = (f"groupArrayIf((happened_at, day), step = {number})" for number in (1, 2))
        followed = f"arrayExists(b -> b.1 > a.1 AND b.2 <= a.2 + {leaf.within}, {thens})"
        over = f"a.2 + {leaf.within} < {literal(self.today)}"
        holds = followed if leaf.happened else f"{over} AND NOT {followed}"
        return f"SELECT person FROM ({rows}) GROUP BY person HAVING arrayExists(a -> {holds}, {firsts})"

    def _fact_of(self, step: Step) -> Fact:
        return self.registry.facts[step.key]

    def _step(self, step: Step, window: Window) -> str:
        fact = self._fact_of(step)
        narrowed = self._narrowed(step, self._filters(step))
        return f"{self._rows(fact, narrowed, window)} AND ({fact.present})"

    def _step_table(self, step: Step) -> str:
        fact = self._fact_of(step)
        detail = fact.detail_table and any(one.detail for one, _values in self._filters(step))
        return fact.detail_table if detail else fact.table

    def _filters(self, leaf: FactIs | Step) -> list[tuple[Filter, tuple[Any, ...]]]:
        fact = self.registry.facts[leaf.key]
        return [(one, values) for key, values in leaf.where for one in fact.filters if one.key == key]

    def _table(self, leaf: FactIs) -> str:
        """The fact's table, or the one of its details where a filter needs it."""
        return self._step_table(Step(leaf.key, leaf.where))

    def _where(self, leaf: FactIs) -> str:
        sets_against_all = "{chosen}" in self._asked(leaf)
        filters = [one for one in self._filters(leaf) if not (sets_against_all and one[0].detail)]
        narrowed = self._narrowed(Step(leaf.key, leaf.where), filters)
        return self._rows(self.registry.facts[leaf.key], narrowed, leaf.window)

    def _narrowed(self, step: Step, filters: Several[tuple[Filter, tuple[Any, ...]]]) -> list[str]:
        """Filters as SQL over the table that is read."""
        detail = self._step_table(step) != self.registry.facts[step.key].table
        return [
            one.within.format(filter=_chosen(one, values)) if detail and one.within else _chosen(one, values)
            for one, values in filters
        ]

    def _asked(self, leaf: FactIs) -> str:
        """The measure's SQL over the table that is read."""
        measure = self._measure(leaf)
        detail = self._table(leaf) != self.registry.facts[leaf.key].table
        return measure.detail_sql or measure.sql if detail else measure.sql

    def _measure(self, leaf: FactIs) -> Measure:
        return next(one for one in self.registry.facts[leaf.key].measures if one.key == leaf.measure)

    def _having(self, leaf: FactIs) -> str:
        measure = self._measure(leaf)
        told = self._compare(measure.kind, self._aggregate(leaf), leaf.op, leaf.value)
        return _present(self.registry.facts[leaf.key], measure) + told

    def _aggregate(self, leaf: FactIs) -> str:
        """The measure's SQL as it is asked of these rows."""
        chosen = (
            " AND ".join(_chosen(one, values) for one, values in self._filters(leaf) if one.detail) or "1"
        )
        return self._today(self._asked(leaf)).replace("{chosen}", chosen)

    def _rows(self, fact: Fact, narrowed: Several[str], window: Window) -> str:
        conditions = [*self._days(fact.date, window)]
        if fact.where:
            conditions.append(f"({self._today(fact.where)})")
        conditions += narrowed
        return " AND ".join(conditions) or "1"

    def _days(self, column: str, window: Window) -> list[str]:
        bounds: Several[tuple[str, date | None]] = (
            (">", self._ago(window.last_days)),
            ("<=", self._ago(window.older_days)),
            (">=", window.start),
            ("<=", window.end),
        )
        return [f"{column} {sign} {literal(day)}" for sign, day in bounds if day is not None]

    def _compare(self, kind: str, asked: str, op: str, value: Any) -> str:
        if op == "between":
            low, high = (_number(kind, one) for one in value)
            return f"({asked} >= {low} AND {asked} <= {high})"
        if op == "in":
            chosen = ", ".join(literal(one) for one in value)
            return f"hasAny({asked}, [{chosen}])" if kind == "many" else f"({asked} IN ({chosen}))"
        if op == "last_days":
            return f"({asked} > {literal(self._ago(value))})"
        if op == "older_days":
            return f"({asked} <= {literal(self._ago(value))})"
        if op == "next_anniversary":
            days = ", ".join(str(day) for day in anniversaries(self.today, value))
            return f"(toMonth({asked}) * 100 + toDayOfMonth({asked}) IN ({days}))"
        if op == "contains":
            return f"(positionCaseInsensitiveUTF8({asked}, {literal(value)}) > 0)"
        return f"({asked} {op} {_number(kind, value)})"

    def _ago(self, days: int | None) -> date | None:
        return None if days is None else self.today - timedelta(days=days)

    def _today(self, sql: str) -> str:
        return _COLUMN.sub(literal(self.today), sql)


def literal(value: Any) -> str:
    """A value as SQL.

    >>> literal("it's"), literal(5), literal(date(2026, 11, 1))
    ("'it''s'", '5', "toDate32('2026-11-01')")
    """
    if isinstance(value, date):
        return f"toDate32('{value.isoformat()}')"
    if isinstance(value, int):
        return str(int(value))
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def anniversaries(today: date, days: int) -> list[int]:
    """Month × 100 + day of today and the days after it; 29 February is kept on the 28th of a common year.

    >>> anniversaries(date(2026, 2, 27), 2)
    [227, 228, 229, 301]
    """
    found = []
    for number in range(min(days, 366) + 1):
        day = today + timedelta(days=number)
        found.append(day.month * 100 + day.day)
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).day != 29:
            found.append(229)
    return found


def _edges(window: Window) -> list[int]:
    return [days for days in (window.last_days, window.older_days) if days is not None]


def _chosen(one: Filter, values: Several[Any]) -> str:
    expanded = one.expand(values) if one.expand else values
    return f"{one.sql} IN ({', '.join(literal(value) for value in expanded) or 'NULL'})"


def _numbered(
    table: str, asked: Several[tuple[int, str]], only: Collection[int], columns: str = "profile_id"
) -> str:
    """Rows of some people, each once for every condition that it meets, with the condition's number."""
    each = ", ".join(f"if({sql}, [{number}], [])" for number, sql in asked)
    return (
        f"SELECT {columns}, arrayJoin(arrayConcat({each})) AS condition FROM {table} "
        f"WHERE profile_id IN ({client.ids(only)})"
    )


def _present(fact: Fact, measure: Measure) -> str:
    if fact.present and (measure.empty == "none" or measure.kind in ("date", "choice")):
        return f"countIf({fact.present}) > 0 AND "
    return ""


def _number(kind: str, value: Any) -> str:
    if kind == "money":
        return str(to_units(value))
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return str(int(value)) if whole else f"toDecimal128('{value:f}', 6)"
    return literal(value)


def _sample(leaf: Sample) -> str:
    """The first eight hex digits of md5("salt:id") as a number below the share of 2³²."""
    digest = f"substring(MD5(concat({literal(leaf.salt)}, ':', toString(profile_id))), 1, 4)"
    return f"reinterpretAsUInt32(reverse({digest})) < {int(leaf.share * 2**32)}"
