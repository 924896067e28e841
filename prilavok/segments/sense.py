"""What a tree cannot mean: conditions that shut each other out, that everybody meets, or that nobody can meet yet.

Only what follows from the conditions themselves, without a look at anybody: each remark is certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.facts.schema import Registry
from prilavok.segments.conditions import FactIs, Group, Node, Not, TraitIs, Window, once, plain
from prilavok.segments.conditions import Sequence as Steps

NOBODY = _("These conditions shut each other out: nobody can meet both.")
EVERYBODY = _("One of these holds for everybody, so the group narrows nothing.")
NOT_YET = _("The period lies in the future: nobody meets this yet.")
BEYOND = _("The period is shorter than the days asked for: nobody can meet this.")


@dataclass(frozen=True)
class Remark:
    """What is said of the conditions at these places (`0.1` is the second one of the first group)."""

    text: str | Promise
    places: tuple[str, ...]


def remarks(node: Node, registry: Registry, today: date) -> list[Remark]:
    """Everything to be said of the tree, in reading order."""
    return list(_remarks(node, "", registry, today))


def _remarks(node: Node, place: str, registry: Registry, today: date) -> Iterator[Remark]:
    if isinstance(node, Not):
        yield from _remarks(node.item, f"{place}.not".lstrip("."), registry, today)
    elif isinstance(node, Group):
        placed = [(f"{place}.{number}".lstrip("."), item) for number, item in enumerate(node.items)]
        yield from _clashes(node.kind, placed, registry)
        for where, item in placed:
            yield from _remarks(item, where, registry, today)
    elif isinstance(node, FactIs | Steps):
        if node.window.start and node.window.start > today:
            yield Remark(NOT_YET, (place,))
        elif isinstance(node, FactIs) and _beyond(node, registry):
            yield Remark(BEYOND, (place,))


def _clashes(kind: str, placed: Sequence[tuple[str, Node]], registry: Registry) -> Iterator[Remark]:
    for number, (where, one) in enumerate(placed):
        for there, other in placed[number + 1 :]:
            plains = plain(one, registry), plain(other, registry)
            if kind == "any" and _opposite(*plains):
                yield Remark(EVERYBODY, (where, there))
            elif kind == "all" and (
                _opposite(*plains)
                or _apart(one, other, registry)
                or _none_but_some(*plains, registry)
                or _none_but_some(plains[1], plains[0], registry)
            ):
                yield Remark(NOBODY, (where, there))


def _opposite(one: Node, other: Node) -> bool:
    return (isinstance(one, Not) and one.item == other) or (isinstance(other, Not) and other.item == one)


def _apart(one: Node, other: Node, registry: Registry) -> bool:
    if isinstance(one, TraitIs) and isinstance(other, TraitIs):
        return one.key == other.key and _values_apart(one, other, registry.traits[one.key].kind)
    if isinstance(one, FactIs) and isinstance(other, FactIs):
        same = (one.key, one.measure, one.where, one.window)
        kind = next(m.kind for m in registry.facts[one.key].measures if m.key == one.measure)
        return same == (other.key, other.measure, other.where, other.window) and _values_apart(
            one, other, kind
        )
    return _none_but_some(one, other, registry) or _none_but_some(other, one, registry)


def _none_but_some(none: Node, some: Node, registry: Registry) -> bool:
    """Whether one says that there were no rows and the other wants some among the very same."""
    if not (isinstance(none, Not) and isinstance(none.item, FactIs) and isinstance(some, FactIs)):
        return False
    barred = none.item
    counted = next(m for m in registry.facts[barred.key].measures if m.key == barred.measure)
    if not once(barred, counted):
        return False
    return (
        barred.key == some.key
        and _needs_counted(some, registry)
        and set(barred.where) <= set(some.where)
        and _covers(barred.window, some.window)
    )


def _needs_counted(some: FactIs, registry: Registry) -> bool:
    """Whether meeting it takes at least one of the things that `times` counts: at least so many, a date, an average."""
    measure = next(m for m in registry.facts[some.key].measures if m.key == some.measure)
    return measure.times or measure.empty == "none" or measure.kind == "date"


def _covers(wide: Window, narrow: Window) -> bool:
    if wide == Window() or wide == narrow:
        return True
    if wide.last_days and narrow.last_days:
        return wide.last_days >= narrow.last_days
    if wide.older_days and narrow.older_days:
        return wide.older_days <= narrow.older_days
    if (wide.start or wide.end) and (narrow.start or narrow.end):
        begins = wide.start is None or (narrow.start is not None and wide.start <= narrow.start)
        ends = wide.end is None or (narrow.end is not None and narrow.end <= wide.end)
        return begins and ends
    return False


def _values_apart(one: TraitIs | FactIs, other: TraitIs | FactIs, kind: str) -> bool:
    """Whether no single value satisfies both comparisons."""
    if "in" in (one.op, other.op):
        return kind == "choice" and one.op == other.op and not set(one.value) & set(other.value)
    if "empty" in (one.op, other.op):
        return one.op != other.op
    (low, low_in), (high, high_in) = _bounds(one)
    (low2, low2_in), (high2, high2_in) = _bounds(other)
    return _empty(low, low_in, high2, high2_in) or _empty(low2, low2_in, high, high_in)


def _bounds(leaf: TraitIs | FactIs) -> tuple[tuple[Any, bool], tuple[Any, bool]]:
    """The lowest and the highest value that fits, each with whether it fits itself; None: without a bound."""
    if leaf.op == "between":
        return (leaf.value[0], True), (leaf.value[1], True)
    if leaf.op == "=":
        return (leaf.value, True), (leaf.value, True)
    low = (leaf.value, leaf.op == ">=") if leaf.op in (">", ">=") else (None, True)
    high = (leaf.value, leaf.op == "<=") if leaf.op in ("<", "<=") else (None, True)
    return low, high


def _empty(low: Any, low_in: bool, high: Any, high_in: bool) -> bool:
    if low is None or high is None:
        return False
    return bool(low > high or (low == high and not (low_in and high_in)))


def _beyond(leaf: FactIs, registry: Registry) -> bool:
    """Whether a fact of the last n days is asked to lie n days back or more."""
    measure = next(m for m in registry.facts[leaf.key].measures if m.key == leaf.measure)
    if not (measure.aging and leaf.window.last_days):
        return False
    (low, low_in), _high = _bounds(leaf)
    return low is not None and (
        low >= leaf.window.last_days or (not low_in and low >= leaf.window.last_days - 1)
    )
