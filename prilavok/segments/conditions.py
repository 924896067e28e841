"""The tree of conditions: from the JSON that pages and the API speak to checked Python, and back. No SQL here.

    {"all": [node, …]} · {"any": [node, …]} · {"not": node}
    {"trait": "email_ok", "is": true}
    {"trait": "age", "op": ">=", "value": 18}
    {"fact": "purchases", "measure": "receipts", "op": ">=", "value": 2,
     "where": {"category": [12]}, "window": {"last_days": 60}}
    {"sequence": {"first": {"fact": "purchases", "where": {"category": [12]}}, "then": {"fact": "purchases"},
                  "happened": false, "within": 30, "window": {"last_days": 90}}}
    {"segment": "0190…"} · {"sample": {"share": 0.1, "salt": "spring"}}

A sequence holds for who did the first thing in the window at least once so that the other was done after it within so
many days; with "happened": false, so that these days have passed without it.

An empty "all" is everybody. Windows: {} (ever), {"last_days": n} (the n days up to and including today),
{"older_days": n} (before those), {"from": day, "to": day} (either may be missing; both included).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from prilavok.facts.schema import Fact, Measure, Registry, Trait
from prilavok.segments.problems import BadCondition

MAX_CONDITIONS = 200
MAX_DEPTH = 12
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=", "between")
OPERATORS: dict[str, tuple[str, ...]] = {
    "flag": (),
    "number": (*COMPARISONS, "empty", "filled"),
    "money": (*COMPARISONS, "empty", "filled"),
    "date": ("<", ">=", "between", "last_days", "older_days", "next_anniversary", "empty", "filled"),
    "choice": ("in", "not_in", "empty", "filled"),
    "many": ("in", "not_in", "empty", "filled"),
    "text": ("=", "!=", "contains", "empty", "filled"),
}
OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not_in", "not_in": "in"}


@dataclass(frozen=True)
class Window:
    """Days that a fact is looked at in; all None: ever."""

    last_days: int | None = None
    older_days: int | None = None
    start: date | None = None
    end: date | None = None

    @property
    def moves(self) -> bool:
        """Whether the answer changes by the passing of time alone."""
        return self.last_days is not None or self.older_days is not None


@dataclass(frozen=True)
class TraitIs:
    key: str
    op: str
    value: Any


@dataclass(frozen=True)
class FactIs:
    key: str
    measure: str
    op: str
    value: Any
    where: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    window: Window = Window()


@dataclass(frozen=True)
class Step:
    """One side of a sequence: a fact, narrowed."""

    key: str
    where: tuple[tuple[str, tuple[Any, ...]], ...] = ()


@dataclass(frozen=True)
class Sequence:
    """First this, in the window; then that within so many days, or not that."""

    first: Step
    then: Step
    happened: bool
    within: int
    window: Window = Window()


@dataclass(frozen=True)
class InSegment:
    segment: UUID


@dataclass(frozen=True)
class Sample:
    """A part of people that is always the same for the same salt."""

    share: Decimal
    salt: str


@dataclass(frozen=True)
class Group:
    kind: Literal["all", "any"]
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    item: Node


Leaf = TraitIs | FactIs | Sequence | InSegment | Sample
Node = Leaf | Group | Not
EVERYBODY = Group("all", ())


def parse(tree: Any, registry: Registry) -> Node:
    """The checked tree. Raises BadCondition, whose `field` names the place."""
    node = _node(tree, "", registry, 0)
    if sum(1 for _leaf in leaves(node)) > MAX_CONDITIONS:
        raise BadCondition(_("A segment takes at most %(count)d conditions."), count=MAX_CONDITIONS)
    return node


def permission_of(leaf: Leaf, registry: Registry) -> str:
    """The right that one needs to ask a condition; empty where everybody may."""
    if isinstance(leaf, TraitIs):
        return registry.traits[leaf.key].permission
    if isinstance(leaf, FactIs):
        measures = registry.facts[leaf.key].measures
        return next(one.permission for one in measures if one.key == leaf.measure)
    return ""


def leaves(node: Node) -> Iterator[Leaf]:
    """All conditions of the tree, in reading order."""
    if isinstance(node, Group):
        for item in node.items:
            yield from leaves(item)
    elif isinstance(node, Not):
        yield from leaves(node.item)
    else:
        yield node


def segments_in(node: Node) -> set[UUID]:
    """Segments that the tree refers to by itself."""
    return {leaf.segment for leaf in leaves(node) if isinstance(leaf, InSegment)}


def endless(node: Node) -> Iterator[Leaf]:
    """Conditions that look through all that ever happened: the heaviest to answer."""
    for leaf in leaves(node):
        if isinstance(leaf, FactIs | Sequence) and not leaf.window.last_days and not leaf.window.start:
            yield leaf


def moves_with_time(node: Node, registry: Registry) -> bool:
    """Whether people come in or go out by the passing of days alone."""
    return any(_leaf_moves(leaf, registry) for leaf in leaves(node))


def _leaf_moves(leaf: Leaf, registry: Registry) -> bool:
    if isinstance(leaf, FactIs):
        fact = registry.facts[leaf.key]
        measure = next(one for one in fact.measures if one.key == leaf.measure)
        return leaf.window.moves or leaf.op in ("last_days", "older_days") or "{today" in measure.sql
    if isinstance(leaf, Sequence):
        return leaf.window.moves or not leaf.happened
    if isinstance(leaf, TraitIs):
        trait = registry.traits[leaf.key]
        return leaf.op in ("last_days", "older_days", "next_anniversary") or "{today" in trait.sql
    return False


def events_of(node: Node, registry: Registry) -> set[str]:
    """Names of the event types that can change who meets these conditions."""
    names: set[str] = set()
    for leaf in leaves(node):
        if isinstance(leaf, FactIs):
            names.update(kind.type_name() for kind in registry.facts[leaf.key].on)
        elif isinstance(leaf, Sequence):
            for step in (leaf.first, leaf.then):
                names.update(kind.type_name() for kind in registry.facts[step.key].on)
        elif isinstance(leaf, TraitIs):
            names.update(kind.type_name() for kind in registry.states[registry.traits[leaf.key].table].on)
    return names


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────


def _node(tree: Any, place: str, registry: Registry, depth: int) -> Node:
    if not isinstance(tree, Mapping) or depth > MAX_DEPTH:
        raise BadCondition(field=place)
    for kind in ("all", "any"):
        if kind in tree:
            _only(tree, kind, place=place)
            items = tree[kind]
            if not isinstance(items, list):
                raise BadCondition(field=place)
            nodes = (
                _node(item, f"{place}.{number}".lstrip("."), registry, depth + 1)
                for number, item in enumerate(items)
            )
            return Group(kind, tuple(nodes))
    if "not" in tree:
        _only(tree, "not", place=place)
        return Not(_node(tree["not"], f"{place}.not".lstrip("."), registry, depth + 1))
    return _leaf(tree, place, registry)


def _leaf(tree: Mapping[str, Any], place: str, registry: Registry) -> Node:
    try:
        if "trait" in tree:
            return _trait(tree, registry)
        if "fact" in tree:
            return _fact(tree, registry)
        if "sequence" in tree:
            return _sequence(_only(tree, "sequence")["sequence"], registry)
        if "segment" in tree:
            return InSegment(UUID(str(_only(tree, "segment")["segment"])))
        if "sample" in tree:
            return _sample(_only(tree, "sample")["sample"])
    except BadCondition as problem:
        raise BadCondition(problem.text, field=place, **problem.params) from problem
    except (ValueError, TypeError, KeyError, OverflowError, InvalidOperation) as error:
        raise BadCondition(field=place) from error
    raise BadCondition(field=place)


def _only(asked: Any, *known: str, place: str = "") -> Mapping[str, Any]:
    """A part of the tree that has no other keys than these: one that is misspelt would ask of other people."""
    if not isinstance(asked, Mapping):
        raise BadCondition(field=place)
    for key in asked:
        if key not in known:
            text = _("A condition has no “%(name)s” here: take it out or correct it.")
            raise BadCondition(text, field=place, name=str(key)[:60])
    return asked


def _trait(tree: Mapping[str, Any], registry: Registry) -> Node:
    trait = registry.traits.get(str(tree["trait"]))
    if trait is None:
        raise BadCondition(_("There is no “%(name)s” to ask about."), name=tree["trait"])
    if trait.kind == "flag":
        leaf, holds = TraitIs(trait.key, "=", True), _only(tree, "trait", "is").get("is", True)
        if not isinstance(holds, bool):
            raise BadCondition(_("“%(name)s” is either true or false."), name=trait.label)
        return leaf if holds else Not(leaf)
    op = str(_only(tree, "trait", "op", "value").get("op", ""))
    if op not in OPERATORS[trait.kind]:
        raise BadCondition(_("“%(name)s” cannot be compared so."), name=trait.label)
    value = _value(trait.kind, op, tree.get("value"), _type_of(trait, registry))
    if op in ("!=", "not_in", "filled"):  # whoever has no value is not equal to it either
        return Not(TraitIs(trait.key, {"!=": "=", "not_in": "in", "filled": "empty"}[op], value))
    return TraitIs(trait.key, op, value)


def _fact(tree: Mapping[str, Any], registry: Registry) -> Node:
    fact = registry.facts.get(str(tree["fact"]))
    if fact is None:
        raise BadCondition(_("There is no “%(name)s” to ask about."), name=tree["fact"])
    measure = next((one for one in fact.measures if one.key == tree.get("measure")), None)
    if measure is None:
        raise BadCondition(_("“%(name)s” cannot be measured so."), name=fact.label)
    op = str(_only(tree, "fact", "measure", "op", "value", "where", "window").get("op", ""))
    if op not in OPERATORS[measure.kind] or op in ("empty", "filled", "next_anniversary"):
        raise BadCondition(_("“%(name)s” cannot be compared so."), name=measure.label)
    where = tuple(sorted(_where(fact, tree.get("where") or {})))
    window = _window(tree.get("window") or {})
    if window != Window() and not fact.date:
        raise BadCondition(_("“%(name)s” is how things stand now: it takes no period."), name=fact.label)
    value = _value(measure.kind, op, tree.get("value"), measure.type)
    if op == "not_in":  # whoever has none is none of them either
        return Not(FactIs(fact.key, measure.key, "in", value, where, window))
    return FactIs(fact.key, measure.key, op, value, where, window)


def _type_of(trait: Trait, registry: Registry) -> str:
    """Whether the column that a trait stands in holds numbers or texts."""
    columns = registry.states[trait.table].columns
    named = next((one for one in columns if re.search(rf"\b{one.name}\b", trait.sql)), None)
    return "number" if named and "Int" in named.type and trait.type != "text" else "text"


def _sequence(asked: Any, registry: Registry) -> Node:
    _only(asked, "first", "then", "happened", "within", "window")
    first, then = (_step(asked.get(side) or {}, registry) for side in ("first", "then"))
    window = _window(asked.get("window") or {})
    return Sequence(first, then, bool(asked.get("happened", True)), _days(asked.get("within")), window)


def _step(asked: Any, registry: Registry) -> Step:
    fact = registry.facts.get(str(_only(asked, "fact", "where").get("fact")))
    if fact is None or not fact.present:
        raise BadCondition(_("There is no “%(name)s” to ask about."), name=asked.get("fact", ""))
    return Step(fact.key, tuple(sorted(_where(fact, asked.get("where") or {}))))


def _where(fact: Fact, asked: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
    filters = {one.key: one for one in fact.filters}
    if not isinstance(asked, Mapping):
        raise BadCondition
    for key, values in asked.items():
        if key not in filters:
            raise BadCondition(_("“%(name)s” cannot be narrowed so."), name=fact.label)
        if chosen := _chosen(filters[key].type, values):
            yield key, chosen


def _chosen(type: str, values: Any) -> tuple[Any, ...]:
    """The values, each once, in order, as their column holds them."""
    read = _id if type == "number" else str
    return tuple(sorted({read(value) for value in _listed(values)}))


def _id(value: Any) -> int:
    number = int(value)
    if isinstance(value, bool | float) or number.bit_length() > 63:
        raise BadCondition(_("“%(value)s” is not one of the values."), value=str(value)[:60])
    return number


def _listed(values: Any) -> Iterable[Any]:
    return values if isinstance(values, list | tuple) else [values]


def _window(asked: Any) -> Window:
    if "last_days" in asked:
        return Window(last_days=_days(_only(asked, "last_days")["last_days"]))
    if "older_days" in asked:
        return Window(older_days=_days(_only(asked, "older_days")["older_days"]))
    _only(asked, "from", "to")
    start, end = (date.fromisoformat(asked[key]) if asked.get(key) else None for key in ("from", "to"))
    if start and end and start > end:
        raise BadCondition(_("The period ends before it begins."))
    return Window(start=start, end=end)


def _days(value: Any) -> int:
    days = int(value)
    if not 1 <= days <= 36500:
        raise BadCondition(_("Days are counted from 1 to 36 500."))
    return days


def _value(kind: str, op: str, value: Any, type: str) -> Any:
    if op in ("empty", "filled"):
        return None
    if op in ("last_days", "older_days", "next_anniversary"):
        return _days(value)
    if op in ("in", "not_in"):
        if chosen := _chosen(type, value):
            return chosen
        raise BadCondition(_("Choose at least one value."))
    if op == "between":
        low, high = (_scalar(kind, one) for one in value)
        if low > high:
            raise BadCondition(_("The lower bound is above the upper one."))
        return low, high
    return _scalar(kind, value)


def _scalar(kind: str, value: Any) -> Any:
    if kind == "date":
        return date.fromisoformat(str(value))
    if kind == "text":
        return str(value)[:500]
    if value is None or isinstance(value, bool):
        raise BadCondition
    number = Decimal(str(value).replace(",", ".").replace("\u00a0", "").replace(" ", ""))
    if not number.is_finite() or abs(number) > Decimal("1e13"):
        raise BadCondition(_("The number is out of bounds."))
    return number


def _sample(asked: Any) -> Sample:
    _only(asked, "share", "salt")
    share = Decimal(str(asked["share"]))
    if not 0 < share <= 1:
        raise BadCondition(_("A share lies between 0 and 1."))
    return Sample(share, str(asked.get("salt", ""))[:60])


# ── Meaning ──────────────────────────────────────────────────────────────────────────────────────────────


def plain(node: Node, registry: Registry) -> Node:
    """The same conditions in which every leaf is one that only people with rows can meet.

    "0 receipts", "fewer than 3", "no RFM group" are met by people without any row: they become the opposite of their
    opposite.
    """
    if isinstance(node, Group):
        return Group(node.kind, tuple(plain(item, registry) for item in node.items))
    if isinstance(node, Not):
        return Not(plain(node.item, registry))
    if isinstance(node, FactIs) and _zero_counts(node, registry) and _holds(node.op, Decimal(0), node.value):
        if node.op == "between":
            low, high = node.value
            outside = (replace(node, op="<", value=low), replace(node, op=">", value=high))
            return Not(Group("any", outside))
        return Not(replace(node, op=OPPOSITE[node.op]))
    if isinstance(node, TraitIs) and node.op == "empty":
        return Not(replace(node, op="filled"))
    return node


def _zero_counts(leaf: FactIs, registry: Registry) -> bool:
    measure = next(one for one in registry.facts[leaf.key].measures if one.key == leaf.measure)
    return measure.kind in ("number", "money") and measure.empty == "zero"


def once(leaf: FactIs, measure: Measure) -> bool:
    """Whether it asks no more than that something happened at all.

    >>> counted = Measure(key="receipts", label="", kind="number", sql="count()", times=True)
    >>> once(FactIs("purchases", "receipts", ">=", Decimal(1)), counted)
    True
    """
    asked = (leaf.op, leaf.value)
    return measure.times and asked in ((">=", Decimal(1)), (">", Decimal(0)), ("!=", Decimal(0)))


def _holds(op: str, left: Decimal, right: Any) -> bool:
    if op == "between":
        return bool(right[0] <= left <= right[1])
    order = {"=": left == right, "!=": left != right, "<": left < right, ">=": left >= right}
    return bool({**order, "<=": left <= right, ">": left > right}[op])


def meets(node: Node, met: Mapping[Leaf, set[int]], person: int) -> bool:
    """Whether a person meets the tree, given who meets each condition of it."""
    if isinstance(node, Group):
        inside = (meets(item, met, person) for item in node.items)
        return all(inside) if node.kind == "all" else any(inside)
    if isinstance(node, Not):
        return not meets(node.item, met, person)
    return person in met[node]


def settled(node: Node, known: Mapping[Leaf, Mapping[int, bool]], person: int) -> bool | None:
    """Whether a person meets the tree, by what is known of each condition; None while that does not tell.

    >>> rich, young = TraitIs("rich", "=", True), TraitIs("young", "=", True)
    >>> settled(Group("all", (rich, young)), {rich: {7: False}, young: {}}, 7)
    False
    >>> settled(Group("any", (rich, young)), {rich: {7: False}, young: {}}, 7)
    """
    if isinstance(node, Group):
        told = [settled(item, known, person) for item in node.items]
        decisive = node.kind == "any"
        return decisive if decisive in told else None if None in told else not decisive
    if isinstance(node, Not):
        inside = settled(node.item, known, person)
        return None if inside is None else not inside
    return known[node].get(person)


def to_json(node: Node) -> dict[str, Any]:
    """The tree as pages and the API speak it."""
    if isinstance(node, Group):
        return {node.kind: [to_json(item) for item in node.items]}
    if isinstance(node, Not):
        return {"not": to_json(node.item)}
    if isinstance(node, TraitIs):
        if node.value is True:
            return {"trait": node.key, "is": True}
        return {"trait": node.key, "op": node.op, **_told(node.value)}
    if isinstance(node, FactIs):
        return {
            "fact": node.key,
            "measure": node.measure,
            "op": node.op,
            **_told(node.value),
            **_where_to_json(node.where),
            **({"window": _window_to_json(node.window)} if node.window != Window() else {}),
        }
    if isinstance(node, Sequence):
        return {"sequence": _sequence_to_json(node)}
    if isinstance(node, InSegment):
        return {"segment": str(node.segment)}
    return {"sample": {"share": str(node.share), "salt": node.salt}}


def _sequence_to_json(node: Sequence) -> dict[str, Any]:
    return {
        "first": {"fact": node.first.key, **_where_to_json(node.first.where)},
        "then": {"fact": node.then.key, **_where_to_json(node.then.where)},
        "happened": node.happened,
        "within": node.within,
        **({"window": _window_to_json(node.window)} if node.window != Window() else {}),
    }


def _where_to_json(where: tuple[tuple[str, tuple[Any, ...]], ...]) -> dict[str, Any]:
    return {"where": {key: list(values) for key, values in where}} if where else {}


def _told(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, tuple):
        return {"value": [_scalar_to_json(one) for one in value]}
    return {"value": _scalar_to_json(value)}


def _scalar_to_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value.isoformat() if isinstance(value, date) else value


def _window_to_json(window: Window) -> dict[str, Any]:
    told: tuple[tuple[str, Any], ...] = (
        ("last_days", window.last_days),
        ("older_days", window.older_days),
        ("from", window.start and window.start.isoformat()),
        ("to", window.end and window.end.isoformat()),
    )
    return {key: value for key, value in told if value is not None}
