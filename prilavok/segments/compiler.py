"""Conditions into the column store's SQL: exact functions only, days and sums as integers, no joins.

Every condition becomes the set of people who meet it, `SELECT profile_id …` grouped by person where rows are counted;
a tree is `IN` over such sets, laid over the table of profiles. So each part can be reckoned where a person's rows lie.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
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
    once,
    plain,
)

PEOPLE = "profiles"  # everybody a segment may hold
EVERYBODY = "status != 'erased'"
STANDING = -1  # told by `met` beside the numbers of conditions: who stands in the base at all
FEW = 100  # values of a filter that a row is compared with one by one; more are looked up in a set
# Chance, always the same: hashes of ids with the ids in their last bits. One number sorts four times as fast as a pair.
_ID_BITS = 2**40 - 1
_SHUFFLED = f"bitOr(bitAnd(cityHash64(profile_id), {2**64 - 1 - _ID_BITS}), toUInt64(profile_id))"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2299, 12, 31)  # that the engine's days know
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
    zone: str = "UTC"  # the company's, whose days moments are told by
    blocks: tuple[
        tuple[int, int], ...
    ] = ()  # for an estimate: only profiles from the first id to the last of one
    only: frozenset[int] | None = None  # for a few people: all their profiles, whose rows alone are read
    whom: str = ""  # the SQL of people whose rows alone are read

    def people(self, node: Node) -> str:
        """Everybody who meets the tree: one column, profile_id."""
        return f"SELECT profile_id FROM {PEOPLE} FINAL WHERE {EVERYBODY} AND {self._whole(node)}"

    def count(self, node: Node, among: Node = AMONG_ALL, sample: int = 8) -> str:
        """How many of `among` there are, how many of these meet the tree, and some of them, always the same ones."""
        some = f"arrayMap(x -> bitAnd(x, {_ID_BITS}), groupArraySortedIf({int(sample)})({_SHUFFLED}, ok))"
        return (
            f"SELECT countIf(ok) AS people, count() AS base, {some} AS some FROM "
            f"(SELECT profile_id, {self._whole(node)} AS ok FROM {PEOPLE} FINAL "
            f"WHERE {EVERYBODY} AND {self._in_blocks()} AND {self._whole(among)})"
        )

    def met(self, conditions: Several[Leaf], only: Collection[int], kin: Collection[int]) -> str:
        """Which of some people meet which of these conditions, and who of them stands in the base at all: rows of
        (number of the condition, or STANDING, and profile_id).

        `kin` are all profiles of these people: what happened to any of them counts.

        Each table is read once, however many conditions ask it: a row counts for every condition that it fits.
        """
        return replace(self, only=frozenset(kin))._met(conditions, only)

    def _met(self, conditions: Several[Leaf], only: Collection[int]) -> str:
        facts: dict[str, list[tuple[int, FactIs]]] = {}
        states: dict[str, list[tuple[int, str]]] = {PEOPLE: [(STANDING, EVERYBODY)]}
        parts: list[str] = []
        for number, leaf in enumerate(conditions):
            if isinstance(leaf, Sequence):
                parts.append(f"SELECT {number} AS condition, person FROM ({self._sequence(leaf)})")
            elif isinstance(leaf, FactIs):
                facts.setdefault(self._table(leaf), []).append((number, leaf))
            else:
                table = self.registry.traits[leaf.key].table if isinstance(leaf, TraitIs) else PEOPLE
                states.setdefault(table, []).append((number, self._state(leaf)))
        parts += [
            f"SELECT condition, profile_id FROM ({_numbered(f'{table} FINAL', asked, only)})"
            for table, asked in states.items()
        ]
        parts += [self._counted(table, asked) for table, asked in facts.items()]
        return " UNION ALL ".join(parts)

    def turned(self, leaf: Leaf, before: date) -> str:
        """Of whom the days since `before` alone made a condition hold that did not, or the reverse: rows of
        (profile_id, whether it holds now). Empty where days change nothing.

        Only people with rows at the edges of windows are asked; everybody, of a measure that shows no edges.
        """
        earlier = replace(self, today=before)
        if isinstance(leaf, TraitIs):
            held, holds = earlier._trait(leaf), self._trait(leaf)
            table = self.registry.traits[leaf.key].table
            turned = f"SELECT profile_id, {holds} AS holds FROM {table} FINAL WHERE ({held}) != ({holds})"
            return turned if held != holds else ""
        edges = self._edges_of(leaf) if isinstance(leaf, FactIs | Sequence) else []
        if edges == []:
            return ""
        whom = self._at_edges(leaf, edges, before) if edges else ""  # type: ignore[arg-type]
        both = " UNION ALL ".join(
            f"SELECT *, {holds} AS holds FROM ({replace(one, whom=whom).leaf(leaf)})"
            for holds, one in ((1, self), (0, earlier))
        )
        return f"SELECT person, max(holds) FROM ({both}) GROUP BY person HAVING min(holds) = max(holds)"

    def aged(self, asked: FactIs | TraitIs, before: date) -> str | None:
        """Whose figure the days since `before` alone may have changed, as SQL; empty: nobody's, None: everybody's."""
        if isinstance(asked, TraitIs):
            trait = self.registry.traits[asked.key]
            earlier, now = (
                f"ifNull(toString({one.asked(trait)}), '')" for one in (replace(self, today=before), self)
            )
            changed = f"SELECT profile_id AS person FROM {trait.table} FINAL WHERE {earlier} != {now}"
            return changed if earlier != now else ""
        if "{today" in self._measure(asked).sql:
            return None
        edges = _edges(asked.window)
        return self._at_edges(asked, edges, before) if edges else ""

    def _edges_of(self, leaf: FactIs | Sequence) -> list[int] | None:
        if isinstance(leaf, FactIs):
            return self._edges(leaf)
        return [*_edges(leaf.window), *([] if leaf.happened else [leaf.within + 1])]

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

    def _at_edges(self, leaf: FactIs | Sequence, edges: Several[int], before: date) -> str:
        """People with rows that the condition is about and that were n days old or younger on the day `before` and are
        older today, for some edge n.
        """
        asked, window = leaf.first if isinstance(leaf, Sequence) else leaf, leaf.window
        fact = self.registry.facts[asked.key]
        step = Step(asked.key, asked.where)
        narrowed = (
            [] if isinstance(asked, FactIs) and "{chosen}" in self._asked(asked) else self._filters(asked)
        )
        rows = self._rows(fact, self._narrowed(step, narrowed), Window(start=window.start, end=window.end))
        days = " OR ".join(
            f"({fact.date} > {literal(before - timedelta(days=n))} AND {fact.date} <= {literal(self._ago(n))})"
            for n in sorted(set(edges))
        )
        table = self._step_table(step)
        return f"SELECT {self.whose} AS person FROM {table} WHERE profile_id != 0 AND ({days}) AND {rows}"

    def _state(self, leaf: Leaf) -> str:
        if isinstance(leaf, TraitIs):
            return self._trait(leaf)
        return _sample(leaf) if isinstance(leaf, Sample) else self._segment(leaf)  # type: ignore[arg-type]

    def _counted(self, table: str, asked: Several[tuple[int, FactIs]]) -> str:
        """Of people's rows, each for every condition that it fits: which conditions hold of all of a person's.

        However many conditions ask alike, the engine reads one question of them, with what they ask as lists beside.
        """
        alike: dict[str, list[tuple[int, str]]] = {}
        for number, leaf in asked:
            told, bound = self._bounded(leaf)
            alike.setdefault(told, []).append((number, bound))
        having = ", ".join(
            f"condition IN ({', '.join(str(number) for number, _bound in own)}), {_with_bounds(told, own)}"
            for told, own in alike.items()
        )
        return (
            f"SELECT condition, {self.whose} AS person FROM ({self._fitting(table, asked)}) "
            f"GROUP BY condition, person HAVING multiIf({having}, 0)"
        )

    def _bounded(self, leaf: FactIs) -> tuple[str, str]:
        """What a condition asks of the sum of its rows, `{bound}` in the place of the number, and that number."""
        measure = self._measure(leaf)
        if measure.kind not in ("number", "money") or leaf.op == "between":
            return self._having(leaf), ""
        present = _present(self.registry.facts[leaf.key], measure)
        return f"{present}({self._aggregate(leaf)} {leaf.op} {{bound}})", _number(measure.kind, leaf.value)

    def _fitting(self, table: str, asked: Several[tuple[int, FactIs]]) -> str:
        """Rows of a few people, each once for every condition that it fits, with the condition's number."""
        alike: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for number, leaf in asked:
            told, given = self._fits(leaf)
            alike.setdefault(told, []).append((number, given))
        each = ", ".join(_chosen_numbers(told, own) for told, own in alike.items())
        rows = " AND ".join([self._among(), *self._of_any(leaf for _number, leaf in asked)])
        return f"SELECT *, arrayJoin(arrayConcat({each})) AS condition FROM {table} WHERE {rows}"

    def _of_any(self, asked: Iterable[FactIs]) -> list[str]:
        """The days that any of the conditions looks at: months before and after them are not read."""
        bounds = [(self.registry.facts[leaf.key].date, *self._bounds(leaf.window)) for leaf in asked]
        columns = {column for column, _first, _last in bounds}
        first, last = min(one[1] for one in bounds), max(one[2] for one in bounds)
        if len(columns) > 1:
            return []
        [column] = columns
        return [
            f"{column} {sign} {literal(day)}"
            for sign, day in ((">=", first), ("<=", last))
            if day not in (FIRST_DAY, LAST_DAY)
        ]

    def _bounds(self, window: Window) -> tuple[date, date]:
        first = self._ago(window.last_days - 1 if window.last_days is not None else None) or window.start
        last = self._ago(window.older_days) or window.end
        return first or FIRST_DAY, last or LAST_DAY

    def _fits(self, leaf: FactIs) -> tuple[str, tuple[str, ...]]:
        """What a row must be for a condition, with letters in the place of days and values, and these as SQL."""
        fact, window = self.registry.facts[leaf.key], leaf.window
        told = [f"({self._today(fact.where)})"] if fact.where else []
        given: list[str] = []
        if window != Window():
            told.append(f"{fact.date} >= a0 AND {fact.date} <= a1")
            given += [literal(day) for day in self._bounds(window)]
        for one, values in self._narrowing(leaf):
            chosen = one.expand(values) if one.expand else values
            if len(chosen) > FEW or self._is_within(leaf, one):
                told += self._narrowed(Step(leaf.key, leaf.where), [(one, values)])
            else:
                told.append(f"has(a{len(given)}, {one.sql})")
                given.append(f"[{', '.join(literal(value) for value in chosen)}]")
        return " AND ".join(told) or "1", tuple(given)

    def figures(self, asked: Several[FactIs | TraitIs], only: Collection[int]) -> str:
        """What measures and traits come to for these profiles: rows of (number of the question, person, value as text).

        What a leaf compares with is not asked. Each table of facts is read once.
        """
        few = replace(self, only=frozenset(only))
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
            rows = few._fitting(table, own)
            told = ", ".join(f"condition = {number}, {few._figure(leaf)}" for number, leaf in own)
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
        if leaf.op == "filled":
            if trait.kind == "many":
                return f"notEmpty({asked})"
            if trait.kind in ("date", "number", "money"):
                return f"isNotNull({asked})"
            return f"ifNull(toString({asked}), '') NOT IN ('', '0')"
        return f"ifNull({self._compare(trait.kind, asked, leaf.op, leaf.value)}, 0)"

    def _fact(self, leaf: FactIs) -> str:
        rows = f"SELECT {self.whose} AS person FROM {self._table(leaf)} WHERE {self._among()} AND {self._where(leaf)}"
        if once(leaf, self._measure(leaf)) and (counted := self._counted_rows(leaf)):
            return f"{rows} AND ({counted})"  # any such row will do: nothing to count, half the time
        return f"{rows} GROUP BY person HAVING {self._having(leaf)}"

    def _counted_rows(self, leaf: FactIs) -> str:
        """Which rows a count of things counts; empty where its SQL does not show it."""
        present, asked = self.registry.facts[leaf.key].present, self._asked(leaf)
        shown = asked == f"countIf({present})" or (
            asked.startswith("uniqExactIf(") and asked.endswith(f", {present})")
        )
        return "1" if asked == "count()" else present if shown and present else ""

    def _among(self) -> str:
        """Whose rows are read at all."""
        if self.whom:
            return f"{self.whose} IN ({self.whom})"
        if self.only is None:
            return f"profile_id != 0 AND {self._in_blocks()}"
        return f"profile_id IN ({client.ids(sorted(self.only))})"

    def _sequence(self, leaf: Sequence) -> str:
        rows = " UNION ALL ".join(
            f"SELECT {self.whose} AS person, {number} AS step, happened_at, {self._fact_of(step).date} AS day "
            f"FROM {self._step_table(step)} WHERE {self._among()} AND {self._step(step, window)}"
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
        table = fact.detail_table if self._is_detailed(step) else fact.table
        return f"{table} FINAL" if table in self.registry.states else table

    def _is_detailed(self, step: Step) -> bool:
        fact = self._fact_of(step)
        return bool(fact.detail_table) and any(one.detail for one, _values in self._filters(step))

    def _filters(self, leaf: FactIs | Step) -> list[tuple[Filter, tuple[Any, ...]]]:
        fact = self.registry.facts[leaf.key]
        return [(one, values) for key, values in leaf.where for one in fact.filters if one.key == key]

    def _table(self, leaf: FactIs) -> str:
        """The fact's table, or the one of its details where a filter needs it."""
        return self._step_table(Step(leaf.key, leaf.where))

    def _where(self, leaf: FactIs) -> str:
        narrowed = self._narrowed(Step(leaf.key, leaf.where), self._narrowing(leaf))
        return self._rows(self.registry.facts[leaf.key], narrowed, leaf.window)

    def _narrowing(self, leaf: FactIs) -> list[tuple[Filter, tuple[Any, ...]]]:
        """The filters that leave rows out: not those that the measure sets against all."""
        sets_against_all = "{chosen}" in self._asked(leaf)
        return [one for one in self._filters(leaf) if not (sets_against_all and one[0].detail)]

    def _narrowed(self, step: Step, filters: Several[tuple[Filter, tuple[Any, ...]]]) -> list[str]:
        """Filters as SQL over the table that is read."""
        return [
            one.within.format(filter=f"{_chosen(one, values)} AND {self._among()}")
            if self._is_within(step, one)
            else _chosen(one, values)
            for one, values in filters
        ]

    def _is_within(self, leaf: FactIs | Step, one: Filter) -> bool:
        """Whether the table that is read asks the main one for this filter."""
        return bool(one.within) and self._is_detailed(Step(leaf.key, leaf.where))

    def _asked(self, leaf: FactIs) -> str:
        """The measure's SQL over the table that is read."""
        measure = self._measure(leaf)
        detailed = self._is_detailed(Step(leaf.key, leaf.where))
        return measure.detail_sql or measure.sql if detailed else measure.sql

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
        return self._today(self._asked(leaf)).replace("{chosen}", chosen).replace("{among}", self._among())

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
        return _COLUMN.sub(literal(self.today), sql).replace("{zone}", literal(self.zone))


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


def _numbered(table: str, asked: Several[tuple[int, str]], only: Collection[int]) -> str:
    """Some people, each once for every condition that holds of their row, with the condition's number."""
    each = ", ".join(f"if({sql}, [{number}], [])" for number, sql in asked)
    return (
        f"SELECT profile_id, arrayJoin(arrayConcat({each})) AS condition FROM {table} "
        f"WHERE profile_id IN ({client.ids(only)})"
    )


def _chosen_numbers(told: str, asked: Several[tuple[int, tuple[str, ...]]]) -> str:
    """The numbers of those conditions, all told alike, that a row fits.

    >>> _chosen_numbers("has(a0, shop_id)", [(0, ("[7]",)), (3, ("[8, 9]",))])
    'arrayFilter((n, a0) -> ifNull(has(a0, shop_id), 0), [0, 3], [[7], [8, 9]])'
    >>> _chosen_numbers("kind = 'sale'", [(1, ()), (2, ())])
    "if(kind = 'sale', [1, 2], [])"
    """
    numbers = f"[{', '.join(str(number) for number, _given in asked)}]"
    lists = [f"[{', '.join(values)}]" for values in zip(*(given for _number, given in asked), strict=True)]
    if not lists:
        return f"if({told}, {numbers}, [])"
    letters = ", ".join(["n", *(f"a{place}" for place in range(len(lists)))])
    return f"arrayFilter(({letters}) -> ifNull({told}, 0), {numbers}, {', '.join(lists)})"


def _with_bounds(told: str, asked: Several[tuple[int, str]]) -> str:
    """What conditions told alike ask, each with its own number.

    >>> _with_bounds("(count() >= {bound})", [(0, "5")])
    '(count() >= 5)'
    >>> _with_bounds("(count() >= {bound})", [(0, "5"), (3, "7")])
    '(count() >= [5, 7][indexOf([0, 3], condition)])'
    """
    bounds = [bound for _number, bound in asked]
    if len(set(bounds)) > 1:
        numbers = ", ".join(str(number) for number, _bound in asked)
        return told.replace("{bound}", f"[{', '.join(bounds)}][indexOf([{numbers}], condition)]")
    return told.replace("{bound}", bounds[0])


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
