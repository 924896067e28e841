"""The tree of companies that belong to one another."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.ports import Families, Indicator
from prilavok.customers.queries import Short
from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.relations import rules
from prilavok.relations.models import Relation, RelationQuerySet
from prilavok.relations.queries.figures import headlines, pooled
from prilavok.relations.queries.kinds import SUBSIDIARY


@dataclass(slots=True)
class Node:
    """A company in its holding. `company` is None where `by` may not see it."""

    profile_id: int
    level: int
    company: Short | None
    figures: list[Indicator] = field(default_factory=list)
    below: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Holding:
    """The whole tree that a company belongs to, with the figures of all together."""

    root: Node
    members: list[int]
    levels: int
    figures: list[Indicator]


def holding(profile_id: int, by: Actor) -> Holding:
    """The holding of this company, from its top; of a company on its own a tree of one."""
    by.must("relations.see")
    head = customers.heads_of([profile_id])[profile_id]
    top = ([head, *path_up(head)])[-1]
    tree = rules.levels(top, below)
    seen = customers.short(tree, by)
    visible = [one for one in tree if one in seen]
    nodes = {one: Node(one, level, seen.get(one)) for one, (level, _below) in tree.items()}
    for one, (_level, under) in tree.items():
        nodes[one].below = [nodes[child] for child in under if child in nodes]
    for one, figures in headlines(visible, by).items():
        nodes[one].figures = figures
    return Holding(nodes[top], list(tree), rules.height(tree.values()), pooled(visible, by))


def parents_of(families: Families, by: Actor) -> dict[int, Short]:
    """Whom each company belongs to, by one question; those who belong to nobody that `by` may see are missing."""
    whose = {member: who for who, family in families.items() for member in family}
    rows = prepared.rows(_ABOVE, [list(whose), SUBSIDIARY, company.today()])
    parents = {whose[first]: second for first, second in rows}
    seen = customers.short(set(parents.values()), by) if parents else {}
    return {who: seen[parent] for who, parent in parents.items() if parent in seen}


_ABOVE = """
    SELECT first_id, second_id FROM relations_relation
    WHERE first_id = ANY(%s::bigint[]) AND kind = %s AND (until IS NULL OR until > %s::date) ORDER BY id"""


def path_up(profile_id: int) -> list[int]:
    """Those that a company belongs to, the nearest first."""
    return rules.upwards(profile_id, _above)


def _above(profile_id: int) -> int | None:
    row = _current().filter(first__in=customers.kin(profile_id)).order_by("-pk").first()
    if row is None:
        return None
    parent = customers.heads_of([row.second_id])[row.second_id]
    return parent if parent != profile_id else None  # merged with its own subsidiary


def below(profile_ids: Collection[int]) -> dict[int, list[int]]:
    """Those right under each company; of a company that merges left with two parents under the latest."""
    kin = {one: head for head, family in customers.families(profile_ids).items() for one in family}
    rows = list(_current().filter(second__in=list(kin)).order_by("pk").values_list("first", "second"))
    heads = customers.heads_of({first for first, _second in rows})
    parents: dict[int, int] = {}
    for first, second in rows:
        parents[heads[first]] = kin[second]
    found: dict[int, list[int]] = defaultdict(list)
    for child, parent in parents.items():
        if child != parent:
            found[parent].append(child)
    return found


def _current() -> RelationQuerySet:
    return Relation.objects.current(company.today()).filter(kind=SUBSIDIARY)
