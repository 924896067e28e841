"""Relations of one customer, read in both directions and through merges."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.functional import Promise

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.customers.queries import Short
from prilavok.kernel.actors import Actor
from prilavok.relations.models import Relation, RelationQuerySet
from prilavok.relations.queries.kinds import kinds, names


@dataclass(frozen=True, slots=True)
class Tie:
    """A relation as it is read from one side: what the other one is to this customer.

    `other` is None where `by` may not see them.
    """

    relation: Relation
    what: str | Promise
    other_id: int
    other: Short | None
    first: bool  # this customer is the first of the two

    @property
    def ended(self) -> bool:
        until = self.relation.until
        return until is not None and until <= company.today()


def get(public_id: UUID, by: Actor) -> Relation:
    """One relation of which `by` may see a side. Raises Relation.DoesNotExist."""
    by.must("relations.see")
    found = Relation.objects.get(public_id=public_id)
    if not customers.short([found.first_id, found.second_id], by):
        raise Relation.DoesNotExist
    return found


def ties(profile_id: int, by: Actor) -> list[Tie]:
    """All relations of a customer: those in force by kind, then those that have ended."""
    by.must("relations.see")
    family = set(customers.kin(profile_id))
    rows = list(Relation.objects.filter(Q(first__in=family) | Q(second__in=family)).order_by("pk"))
    known = kinds()
    others = {_other(row, family): row for row in rows}
    heads, shown = customers.heads_of(others), customers.short(others, by)
    found = []
    for row in rows:
        first, other = row.first_id in family, _other(row, family)
        if other in family or row.kind not in known:
            continue  # two records that turned out to be one
        name, back = names(known[row.kind])
        found.append(Tie(row, back if first else name, heads[other], shown.get(other), first))
    order = list(known)
    return sorted(found, key=lambda tie: (tie.ended, order.index(tie.relation.kind), tie.relation.pk))


def _other(row: Relation, family: Collection[int]) -> int:
    return row.second_id if row.first_id in family else row.first_id


def between(first: Iterable[int], second: Iterable[int], kind: str) -> RelationQuerySet:
    """Relations of a kind from one family to the other, in force."""
    found = Relation.objects.current(company.today())
    return found.filter(kind=kind, first__in=list(first), second__in=list(second))


def numbers_of_profiles(profile_ids: Collection[int]) -> dict[int, int]:
    """How many relations each profile has; profiles without any are missing."""
    found: dict[int, int] = {}
    for side in ("first", "second"):
        rows = Relation.objects.filter(**{f"{side}__in": profile_ids}).values_list(side)
        for profile, number in rows.annotate(number=Count("pk")):
            found[profile] = found.get(profile, 0) + number
    return found


def archived(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """Relations of these profiles, for the archive that a person may ask for: what the other is, not who."""
    known = kinds()
    rows = Relation.objects.filter(Q(first__in=profile_ids) | Q(second__in=profile_ids)).order_by("pk")
    return [
        {
            "other_is": str(names(known[row.kind])[row.first_id in profile_ids]),
            "position": row.position,
            "role": row.role,
            "since": row.since,
            "until": row.until,
        }
        for row in rows
        if row.kind in known
    ]
