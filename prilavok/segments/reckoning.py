"""Asking the facts who meets which conditions: as a figure, as a list of people, and for a few people in full."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.events import CustomerErased, CustomerRegistered, CustomersMerged, MergeUndone
from prilavok.facts import client
from prilavok.facts import queries as facts
from prilavok.facts.schema import Registry, Trait, registry
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.segments import conditions, sense, sentences
from prilavok.segments.compiler import EVERYBODY, PEOPLE, STANDING, Compiler
from prilavok.segments.conditions import Group, InSegment, Leaf, Node, Not, Sample, TraitIs
from prilavok.segments.models import Kind, Segment, SegmentVersion
from prilavok.segments.problems import BadCondition, RefersToItself, TooHeavyCondition

ESTIMATED_FROM = 200_000  # customers; smaller bases are counted while one types
BLOCKS, PART_READ = 64, 16  # an estimate reads the first sixteenth of each of so many blocks of profiles
AT_ONCE = 500  # conditions in a question about a few people
USE_IN_SEGMENT = _("segment")
WHO_IS_WHO = {
    CustomersMerged.type_name(),
    MergeUndone.type_name(),
}  # what was two counts as one, or the reverse
Inside = Mapping[UUID, Node]


@dataclass(frozen=True)
class Count:
    """How many customers meet conditions, out of how many, a few of them, and what moment it is true as of."""

    people: int
    base: int
    some: tuple[int, ...]
    as_of: datetime | None
    exact: bool = True


@dataclass(frozen=True)
class Verdict:
    """Whether a person meets a tree, and each of its conditions."""

    inside: bool
    conditions: tuple[tuple[Leaf, bool], ...]


def read(tree: Any, by: Actor = SYSTEM) -> Node:
    """The checked tree, of what `by` may ask. Raises BadCondition, Refused."""
    known = registry()
    node = conditions.parse(tree, known)
    for leaf in conditions.leaves(node):
        if right := conditions.permission_of(leaf, known):
            by.must(right)
    return node


def read_version(version: SegmentVersion) -> Node:
    """What a version asks, parsed once: it is never edited, and asked at every event. Raises BadCondition."""
    known = registry()
    if _parsed.registry is not known:
        _parsed.registry, _parsed.nodes = known, {}
    if version.pk not in _parsed.nodes:
        _parsed.nodes[version.pk] = read(version.tree)
    return _parsed.nodes[version.pk]


class _Parsed(threading.local):
    registry: Registry | None = None
    nodes: dict[int, Node]


_parsed = _Parsed()


@contextmanager
def lighter(node: Node) -> Iterator[None]:
    """A question that is too heavy is refused with the conditions that make it so and what would be lighter."""
    try:
        yield
    except client.TooHeavy as problem:
        if endless := list(dict.fromkeys(conditions.endless(node))):
            raise TooHeavyCondition(
                names="; ".join(sentences.leaf_told(leaf, {}) for leaf in endless)
            ) from problem
        raise


def day_of(at: datetime) -> date:
    """The company's calendar day, which windows end with."""
    return at.astimezone(company.zone()).date()


def beginning_of(day: date) -> datetime:
    """The moment at which the company's calendar day begins."""
    return datetime.combine(day, time(), company.zone()).astimezone(UTC)


def count(node: Node, *, by: Actor, at: datetime, itself: UUID | None = None) -> Count:
    """How many of those that `by` may see meet the tree. Raises BadCondition, FactsDown, TooHeavy."""
    asking = compiler(at, inside(node, itself))
    with lighter(node):
        answer = client.query(asking.count(node, scope(by)))[0]
    return Count(answer["people"], answer["base"], tuple(answer["some"]), facts.as_of())


def compiler(at: datetime, around: Inside) -> Compiler:
    return Compiler(registry(), day_of(at), around, customers.whose_sql(), company.zone().key)


def estimate(node: Node, *, by: Actor, at: datetime, itself: UUID | None = None) -> Count | None:
    """About how many, told by a sixteenth of the base in blocks that lie apart; None where the base is small enough to
    be counted at once. Raises BadCondition, FactsDown, TooHeavy, Refused.
    """
    last, base = client.rows(f"SELECT max(profile_id), count() FROM {PEOPLE} FINAL WHERE {EVERYBODY}")[0]
    if base < ESTIMATED_FROM:
        return None
    step = last // BLOCKS
    blocks = tuple((n * step + 1, n * step + step // PART_READ) for n in range(BLOCKS))
    asking = replace(compiler(at, inside(node, itself)), blocks=blocks)
    answer = client.query(asking.count(node, scope(by)))[0]
    scale = base / max(1, answer["base"]) if by.shops is None and by.brands is None else PART_READ
    figures = (round(answer["people"] * scale), round(answer["base"] * scale))
    return Count(*figures, tuple(answer["some"]), facts.as_of(), exact=False)


def some(
    node: Node, most: int, *, by: Actor, at: datetime, itself: UUID | None = None
) -> tuple[int, list[int]]:
    """How many of those that `by` may see meet the tree, and at most so many of them, chosen by chance but always the
    same. Raises BadCondition, FactsDown, TooHeavy, Refused.
    """
    asking = compiler(at, inside(node, itself))
    answer = client.query(asking.count(node, scope(by), most))[0]
    return answer["people"], answer["some"]


def asked_on(trait: Trait, at: datetime) -> str:
    """A trait's SQL on the company's day of this moment."""
    return compiler(at, {}).asked(trait)


def people(node: Node, *, at: datetime, itself: UUID | None = None) -> list[int]:
    """Everybody who meets the tree. Raises BadCondition, FactsDown, TooHeavy."""
    asking = compiler(at, inside(node, itself))
    with lighter(node):
        return client.column(asking.people(node), lane="heavy")


def people_sql(node: Node, *, by: Actor, at: datetime) -> str:
    """The question for everybody who meets the tree of those that `by` may see, to stand inside another."""
    return compiler(at, inside(node)).people(Group("all", (node, scope(by))))


def judge(nodes: Mapping[int, Node], only: Collection[int], *, at: datetime) -> dict[int, set[int]]:
    """Who of some people meets each of several trees, by one question. Raises FactsDown."""
    around = inside(Group("all", tuple(nodes.values())))
    plains = {key: conditions.plain(node, registry()) for key, node in nodes.items()}
    met = _met(list(plains.values()), around, only, at)
    return {
        key: {person for person in met.everybody if conditions.meets(node, met.by_leaf, person)}
        for key, node in plains.items()
    }


def explain(node: Node, person: int, *, at: datetime) -> Verdict:
    """Whether this person meets the tree and which of its conditions. Raises FactsDown."""
    told = [leaf for leaf in conditions.leaves(node)]
    plains = {leaf: conditions.plain(leaf, registry()) for leaf in told}
    whole = conditions.plain(node, registry())
    met = _met([whole, *plains.values()], inside(node), [person], at)
    verdicts = tuple((leaf, conditions.meets(plains[leaf], met.by_leaf, person)) for leaf in told)
    return Verdict(person in met.everybody and conditions.meets(whole, met.by_leaf, person), verdicts)


@dataclass(frozen=True)
class _Met:
    everybody: set[int]
    by_leaf: dict[Leaf, set[int]]


def _met(nodes: Sequence[Node], around: Inside, only: Collection[int], at: datetime) -> _Met:
    """Who of `only` stands in the base at all and who meets each plain condition, segments referred to included."""
    definitions = {key: conditions.plain(one, registry()) for key, one in around.items()}
    asked = {leaf for node in [*nodes, *definitions.values()] for leaf in conditions.leaves(node)}
    simple = [leaf for leaf in asked if not isinstance(leaf, InSegment)]
    asking = compiler(at, around)
    kin = {profile for family in customers.families(only).values() for profile in family}
    found: dict[Leaf, set[int]] = {leaf: set() for leaf in simple}
    standing: set[int] = set()
    for start in range(0, max(1, len(simple)), AT_ONCE):
        part = simple[start : start + AT_ONCE]
        for number, person in client.rows(asking.met(part, only, kin)):
            (standing if number == STANDING else found[part[number]]).add(person)
    for leaf in asked - set(simple):
        assert isinstance(leaf, InSegment)
        found[leaf] = _in_segment(leaf.segment, definitions, found, standing)
    return _Met(standing, found)


def _in_segment(
    segment: UUID,
    definitions: Mapping[UUID, Node],
    found: Mapping[Leaf, set[int]],
    standing: set[int],
) -> set[int]:
    definition = definitions[segment]
    nested: dict[Leaf, set[int]] = {
        leaf: _in_segment(leaf.segment, definitions, found, standing)
        for leaf in conditions.leaves(definition)
        if isinstance(leaf, InSegment)
    }
    return {person for person in standing if conditions.meets(definition, {**found, **nested}, person)}


def scope(by: Actor) -> Node:
    """Customers whom the actor may see: all, or those registered in the shops of their scope. Raises Refused."""
    by.must("segments.see")
    if by.shops is None and by.brands is None:
        return conditions.EVERYBODY
    shops = tuple(sorted(shop.pk for shop in company.shops(by))) or (0,)
    return conditions.TraitIs("registered_shop", "in", shops)


# ── Segments inside segments ─────────────────────────────────────────────────────────────────────────────


def inside(node: Node, itself: UUID | None = None) -> Inside:
    """Of every segment that the tree leads to: its conditions, or being on it if it is static.

    Raises RefersToItself when the way leads back, BadCondition when a segment is gone.
    """
    found: dict[UUID, Node] = {}
    _gather(node, found, {itself: ""} if itself else {})
    return found


def _gather(node: Node, found: dict[UUID, Node], way: Mapping[UUID, str]) -> None:
    """`way`: the segments that lead here, in order, with their names; the first is the one that is being changed."""
    wanted = conditions.segments_in(node)
    if not wanted:
        return
    known = {
        one.public_id: one for one in Segment.objects.select_related("current").filter(public_id__in=wanted)
    }
    for key in wanted:
        segment = known.get(key)
        if segment is None or segment.current is None:
            raise BadCondition(_("A segment that the conditions refer to is gone."))
        if key in way:
            names = [*list(way.values())[list(way).index(key) + 1 :], segment.name]
            raise RefersToItself(name=" → ".join([segment.name, *names]))
        if segment.kind == Kind.STATIC:
            found[key] = conditions.TraitIs("listed", "in", (segment.pk,))
            continue
        definition = read(segment.current.tree)
        found[key] = definition
        _gather(definition, found, {**way, key: segment.name})


def behind(node: Node, event_type: str | None) -> list[Leaf]:
    """The conditions, in reading order, that an event of this type can change; of none, those that days change."""
    known, around = registry(), inside(node)

    def can(leaf: Leaf) -> bool:
        if isinstance(leaf, InSegment):
            return any(can(one) for one in conditions.leaves(around[leaf.segment]))
        if event_type is None:
            return conditions.moves_with_time(leaf, known)
        return event_type in conditions.events_of(leaf, known)

    return [leaf for leaf in dict.fromkeys(conditions.leaves(node)) if can(leaf)]


def remarks(node: Node, *, at: datetime) -> list[sense.Remark]:
    """What the tree cannot mean: conditions that shut each other out, that everybody meets, that nobody can yet."""
    return sense.remarks(node, registry(), day_of(at))


def depends_on(node: Node) -> set[str]:
    """The event types that can change who meets the tree, through other segments too."""
    around = inside(node)
    trees = [node, *around.values()]
    come = {CustomerRegistered.type_name()} if _takes_the_unknown(node, around) else set()
    told = {name for tree in trees for name in conditions.events_of(tree, registry())}
    return WHO_IS_WHO | {CustomerErased.type_name()} | come | told


def _takes_the_unknown(node: Node, around: Inside) -> bool:
    """Whether somebody may be in of whom no more is known than that they are: who never bought, a part by chance."""
    known = registry()

    def of_a_stranger(leaf: Leaf) -> dict[int, bool]:
        open_ = isinstance(leaf, Sample) or (
            isinstance(leaf, TraitIs) and known.traits[leaf.key].table == PEOPLE
        )
        return {} if open_ else {0: False}

    whole = expanded(node, around)
    verdicts = {leaf: of_a_stranger(leaf) for leaf in conditions.leaves(whole)}
    return conditions.settled(whole, verdicts, 0) is not False


def expanded(node: Node, around: Inside) -> Node:
    """The plain conditions with those of every segment in their places."""
    node = conditions.plain(node, registry())
    if isinstance(node, Group):
        return Group(node.kind, tuple(expanded(item, around) for item in node.items))
    if isinstance(node, Not):
        return Not(expanded(node.item, around))
    return expanded(around[node.segment], around) if isinstance(node, InSegment) else node


def moves(node: Node) -> bool:
    """Whether the passing of days alone changes who meets the tree, through other segments too."""
    trees = [node, *inside(node).values()]
    return any(conditions.moves_with_time(tree, registry()) for tree in trees)
