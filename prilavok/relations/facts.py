"""What segments may ask of somebody's relations: the household, marriage, children, the employer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.customers import queries as customers
from prilavok.customers.events import CustomerErased, CustomerRegistered, CustomersMerged, MergeUndone
from prilavok.facts.schema import Column, Picker, StateTable, Trait
from prilavok.kernel import clock
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

OFFERED = 20  # companies found by typing
PARENT, SPOUSE = "parent", "spouse"


def _load(asked: list[int]) -> Iterable[dict[str, Any]]:
    """One row per person, under the profile that stands for it, also of those who are related to nobody."""
    kin = {
        member: head
        for head, family in customers.families(set(customers.heads_of(asked).values())).items()
        for member in family
    }
    homes, sizes = _homes(kin)
    married, children, employers = _ties(kin)
    for head in sorted(set(kin.values())):
        home = homes.get(head)
        yield {
            "profile_id": head,
            "household": sizes.get(home.household_id, 0) if home else 0,
            "head": home is not None and home.part == Membership.Part.HEAD,
            "married": head in married,
            "children": len(children[head]),
            "employers": sorted(employers[head]),
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


def _ties(kin: dict[int, int]) -> tuple[set[int], dict[int, set[int]], dict[int, set[int]]]:
    """Who is married, whose children are how many, who works where: of the relations in force."""
    mine = Q(first__in=list(kin)) | Q(second__in=list(kin), kind=SPOUSE)
    rows = Relation.objects.current(clock.now().date()).filter(
        mine, kind__in=(PARENT, SPOUSE, queries.EMPLOYEE)
    )
    told = list(rows.values_list("kind", "first", "second"))
    heads = customers.heads_of({one for _kind, *both in told for one in both})
    married: set[int] = set()
    children: dict[int, set[int]] = defaultdict(set)
    employers: dict[int, set[int]] = defaultdict(set)
    for kind, first, second in told:
        if kind == SPOUSE:
            married |= {heads[first], heads[second]}
        else:
            (children if kind == PARENT else employers)[heads[first]].add(heads[second])
    return married, children, employers


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


def _search_companies(by: Actor, text: str) -> Sequence[tuple[int | str, str]]:
    found = customers.page_of(customers.listed(by, text, {"kind": "company"}), size=OFFERED).items
    return [(one.pk, one.person.full_name) for one in found]


def _company_names(ids: Sequence[Any]) -> dict[Any, str]:
    return {pk: one.name for pk, one in customers.short([int(one) for one in ids], SYSTEM).items()}


_WHOSE = pgettext_lazy("group of conditions", "Relations")

TRAITS = [
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
