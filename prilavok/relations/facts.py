"""What segments may ask of somebody's relations: the household, marriage, children, the employer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.events import CustomerErased, CustomerRegistered, CustomersMerged, MergeUndone
from prilavok.facts import found
from prilavok.facts.found import Found
from prilavok.facts.schema import Column, Picker, StateTable, Trait
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.relations import queries
from prilavok.relations.events import (
    HouseholdHeaded,
    HouseholdJoined,
    HouseholdLeft,
    RelationAdded,
    RelationChanged,
    RelationEnded,
    RelationRemoved,
)
from prilavok.relations.models import Membership, Relation

PARENT, SPOUSE = "parent", "spouse"


def _load(asked: list[int]) -> Iterable[dict[str, Any]]:
    """One row per person, under the profile that stands for it, also of those who are related to nobody."""
    kin = {
        member: head
        for head, family in customers.families(set(customers.heads_of(asked).values())).items()
        for member in family
    }
    homes, sizes = _homes(kin)
    ties = _ties(kin)
    companies = _companies({one for part in ties.values() for whom in part.values() for one in whom})
    for head in sorted(set(kin.values())):
        home = homes.get(head)
        others = defaultdict(set, {part: whom[head] for part, whom in ties.items() if head in whom})
        yield {
            "profile_id": head,
            "household": sizes.get(home.household_id, 0) if home else 0,
            "head": home is not None and home.part == Membership.Part.HEAD,
            "married": bool(others[f"{SPOUSE}.first"]),
            "children": len(others[f"{PARENT}.first"]),
            "employers": sorted(others[f"{queries.EMPLOYEE}.first"]),
            "parts": sorted(part for part, whom in others.items() if whom),
            "companies": sorted(companies & set().union(*others.values())),
        }


def _homes(kin: dict[int, int]) -> tuple[dict[int, Membership], dict[int, int]]:
    """Where each person lives, and how many live there."""
    current = Membership.objects.current()
    homes = {
        kin[one.profile_id]: one for one in current.filter(profile__in=list(kin)).order_by("joined_at", "pk")
    }
    there = current.filter(household__in={home.household_id for home in homes.values()})
    pairs = list(there.values_list("household", "profile"))
    people: dict[int, set[int]] = defaultdict(set)
    heads = customers.heads_of({profile for _household, profile in pairs})
    for household, profile in pairs:
        people[household].add(heads[profile])
    return homes, {household: len(who) for household, who in people.items()}


def _ties(kin: dict[int, int]) -> dict[str, dict[int, set[int]]]:
    """Of every part in a relation, such as `parent.first`: to whom each person stands in it, of those in force.

    Both sides of a mutual kind are its first.
    """
    mine = Q(first__in=list(kin)) | Q(second__in=list(kin))
    rows = Relation.objects.current(company.today()).filter(mine)
    told = list(rows.values_list("kind", "first", "second"))
    heads = customers.heads_of({one for _kind, *both in told for one in both})
    found: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    mutual = {code for code, kind in queries.kinds().items() if queries.is_mutual(kind)}
    for kind, first, second in told:
        found[f"{kind}.first"][heads[first]].add(heads[second])
        back = "first" if kind in mutual else "second"
        found[f"{kind}.{back}"][heads[second]].add(heads[first])
    return found


def _companies(profile_ids: set[int]) -> set[int]:
    """Those of the profiles that are companies."""
    return {pk for pk, one in customers.short(profile_ids, SYSTEM).items() if one.kind == "company"}


def _touched(event: Any) -> Iterable[int]:
    if isinstance(event, CustomersMerged | MergeUndone):
        return [event.profile_id, *event.moved]
    if isinstance(event, CustomerErased):
        return event.profiles
    if isinstance(event, HouseholdJoined | HouseholdLeft | HouseholdHeaded):
        members = Membership.objects.filter(household=event.household_id).values_list("profile", flat=True)
        return {event.profile_id, *members}
    return [event.customer] if event.customer else []


TIES = StateTable(
    name="ties",
    key="profile_id",
    columns=[
        Column("profile_id", "Int64"),
        Column("household", "UInt16"),
        Column("head", "UInt8"),
        Column("married", "UInt8"),
        Column("children", "UInt16"),
        Column("employers", "Array(Int64)"),
        Column("parts", "Array(LowCardinality(String))"),
        Column("companies", "Array(Int64)"),
    ],
    on=[
        CustomerRegistered,
        CustomersMerged,
        MergeUndone,
        CustomerErased,
        RelationAdded,
        RelationChanged,
        RelationEnded,
        RelationRemoved,
        HouseholdJoined,
        HouseholdLeft,
        HouseholdHeaded,
    ],
    load=_load,
    touched=_touched,
)


def _search_companies(by: Actor, text: str, after: str | None) -> Found:
    fitting = customers.listed(by, text, {"kind": "company"})
    page = customers.page_of(fitting, after=after, size=found.AT_ONCE)
    return found.told(page, lambda one: (one.pk, one.person.full_name))


def _company_names(ids: Sequence[Any]) -> dict[Any, str]:
    return {pk: one.name for pk, one in customers.short([int(one) for one in ids], SYSTEM).items()}


def _parts() -> list[tuple[int | str, str | Promise]]:
    """Every part that somebody can have in a relation: «parent of», «child of», «spouse of»."""
    told: list[tuple[int | str, str | Promise]] = []
    for code, kind in queries.kinds().items():
        sides = ("first",) if queries.is_mutual(kind) else ("first", "second")
        told += [(f"{code}.{side}", name) for side, name in zip(sides, queries.names(kind), strict=False)]
    return told


def _part_names(values: Sequence[Any]) -> dict[Any, str]:
    return {part: str(name) for part, name in _parts() if part in values}


_WHOSE = pgettext_lazy("group of conditions", "Relations")

TRAITS = [
    Trait(
        key="relation",
        label=_("Is to somebody"),
        group=_WHOSE,
        kind="many",
        table="ties",
        sql="parts",
        picker=Picker(options=lambda by: _parts(), names=_part_names),
        position=38,
        permission="relations.see",
    ),
    Trait(
        key="related_company",
        label=_("Has a relation with the company"),
        group=_WHOSE,
        kind="many",
        table="ties",
        sql="companies",
        picker=Picker(search=_search_companies, names=_company_names),
        position=39,
        permission="relations.see",
    ),
    Trait(
        key="employer",
        label=_("Works at"),
        group=_WHOSE,
        kind="many",
        table="ties",
        sql="employers",
        picker=Picker(search=_search_companies, names=_company_names),
        position=40,
        permission="relations.see",
    ),
    Trait(
        key="married",
        label=_("Has a spouse"),
        group=_WHOSE,
        kind="flag",
        table="ties",
        sql="married",
        sentence=_("with a spouse"),
        sentence_not=_("without a spouse"),
        position=41,
        permission="relations.see",
    ),
    Trait(
        key="children",
        label=_("Children"),
        group=_WHOSE,
        kind="number",
        table="ties",
        sql="children",
        position=42,
        permission="relations.see",
    ),
    Trait(
        key="household",
        label=_("People in the household"),
        group=_WHOSE,
        kind="number",
        table="ties",
        sql="household",
        position=43,
        permission="relations.see",
    ),
    Trait(
        key="household_head",
        label=_("Head of a household"),
        group=_WHOSE,
        kind="flag",
        table="ties",
        sql="head",
        sentence=_("heads of households"),
        sentence_not=_("not the head of a household"),
        position=44,
        permission="relations.see",
    ),
]
