"""Whom a new day moves: each condition is asked once of whom the days alone turned it, whatever segments share it.

What nothing turned is asked only of those for whom the rest of the tree does not tell. So a day costs what it changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.facts.client import TooHeavy
from prilavok.segments import conditions, reckoning
from prilavok.segments.compiler import STANDING, Compiler
from prilavok.segments.conditions import FactIs, Group, Leaf, Node, Sequence

AT_ONCE = 8_000  # people in one question, each named in it for every table that it reads


@dataclass(frozen=True)
class Looked:
    """Whom the days may have moved in a segment, and who of them meets its conditions now."""

    people: set[int]
    inside: set[int]


def look(nodes: Mapping[int, Node], before: date, *, at: datetime) -> Iterator[tuple[int, Looked | None]]:
    """Of each segment whom the days since `before` may have moved; None where that is too heavy to be asked.

    Raises FactsDown.
    """
    around = reckoning.inside(Group("all", tuple(nodes.values())))
    trees = {key: reckoning.expanded(node, around) for key, node in nodes.items()}
    known = _Known(reckoning.compiler(at, around))
    heavy = {leaf for leaf in _leaves(trees.values()) if not known.turn(leaf, before)}
    bearable = {key: tree for key, tree in trees.items() if not heavy & {*conditions.leaves(tree)}}
    known.ask(bearable)
    inside = {key: known.inside(tree) for key, tree in bearable.items()}
    standing = known.standing(set().union(*inside.values()))
    for key, tree in trees.items():
        yield key, Looked(known.turned(tree), inside[key] & standing) if key in bearable else None


def _leaves(trees: Collection[Node]) -> list[Leaf]:
    return list(dict.fromkeys(leaf for tree in trees for leaf in conditions.leaves(tree)))


@dataclass
class _Known:
    """Of conditions, for whom they hold and for whom not, as far as has been asked."""

    compiler: Compiler
    holds: dict[Leaf, dict[int, bool]] = field(default_factory=dict)
    by_days: dict[Leaf, set[int]] = field(default_factory=dict)

    def turn(self, leaf: Leaf, before: date) -> bool:
        """Ask for whom the days turned it; False where that is too heavy."""
        asked = self.compiler.turned(leaf, before)
        try:
            rows = client.rows(asked, lane="heavy") if asked else []
        except TooHeavy:
            return False
        self.holds[leaf] = {person: bool(holds) for person, holds in rows}
        self.by_days[leaf] = set(self.holds[leaf])
        return True

    def turned(self, tree: Node) -> set[int]:
        """People for whom the days turned any condition of the tree."""
        return set().union(*(self.by_days[leaf] for leaf in conditions.leaves(tree)))

    def inside(self, tree: Node) -> set[int]:
        return {one for one in self.turned(tree) if conditions.settled(tree, self.holds, one)}

    def ask(self, trees: Mapping[int, Node]) -> None:
        """Ask what the trees of turned people hang on still."""
        missing: dict[Leaf, set[int]] = {}
        for tree in trees.values():
            open_ = {one for one in self.turned(tree) if conditions.settled(tree, self.holds, one) is None}
            for leaf in conditions.leaves(tree):
                missing.setdefault(leaf, set()).update(open_ - self.holds[leaf].keys())
        for leaf, people in missing.items():
            held = self._holding(leaf, people)
            self.holds[leaf].update((one, one in held) for one in people)

    def standing(self, people: Collection[int]) -> set[int]:
        """Those who stand in the base at all."""
        rows = (client.rows(self.compiler.met([], some, some)) for some in _portions(people))
        return {person for part in rows for number, person in part if number == STANDING}

    def _holding(self, leaf: Leaf, people: Collection[int]) -> set[int]:
        held: set[int] = set()
        for some in _portions(people):
            kin = {one for family in customers.families(some).values() for one in family}
            if isinstance(leaf, FactIs | Sequence):
                held.update(
                    client.column(replace(self.compiler, only=frozenset(kin)).leaf(leaf), lane="heavy")
                )
            else:
                held.update(
                    person
                    for number, person in client.rows(self.compiler.met([leaf], some, kin))
                    if not number
                )
        return held


def _portions(people: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(people)
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))
