"""Households: who lives together, what they come to as one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from prilavok.customers import queries as customers
from prilavok.customers.ports import Indicator
from prilavok.customers.queries import Short
from prilavok.kernel.actors import Actor
from prilavok.relations.models import Household, Membership
from prilavok.relations.queries.figures import headlines, pooled


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a household, now or before. `who` is None where `by` may not see them."""

    membership: Membership
    profile_id: int
    who: Short | None
    birth_date: date | None
    figures: list[Indicator]


@dataclass(frozen=True, slots=True)
class Whole:
    """A household with everybody in it, those who left, and what all together come to."""

    household: Household
    members: list[Member]
    left: list[Member]
    figures: list[Indicator]

    @property
    def head(self) -> Member | None:
        return next((one for one in self.members if one.membership.part == Membership.Part.HEAD), None)

    @property
    def called(self) -> str:
        """Its name, or its head's."""
        if self.household.name or self.head is None or self.head.who is None:
            return self.household.name
        return self.head.who.name


_ORDER = [part.value for part in Membership.Part]


def whole(public_id: UUID, by: Actor) -> Whole:
    """One household, if `by` may see anybody of it. Raises Household.DoesNotExist."""
    by.must("relations.see")
    household = Household.objects.get(public_id=public_id)
    rows = list(Membership.objects.filter(household=household).order_by("joined_at", "pk"))
    seen = customers.short({row.profile_id for row in rows}, by)
    if not seen:
        raise Household.DoesNotExist
    heads, traits = customers.heads_of(seen), customers.traits_of(seen)
    figures = headlines([row.profile_id for row in rows if row.profile_id in seen and not row.left_at], by)
    members = [
        Member(
            row,
            heads.get(row.profile_id, row.profile_id),
            seen.get(row.profile_id),
            traits[row.profile_id].birth_date if row.profile_id in traits else None,
            figures.get(row.profile_id, []),
        )
        for row in rows
    ]
    here = sorted(
        (one for one in members if one.membership.left_at is None),
        key=lambda one: _ORDER.index(one.membership.part),
    )
    left = [one for one in members if one.membership.left_at is not None]
    return Whole(household, here, left, pooled([one.profile_id for one in here if one.who], by))


def membership_of(profile_id: int) -> Membership | None:
    """Where a person lives now; of one whose merged records live in two, where they came last."""
    theirs = Membership.objects.current().filter(profile__in=customers.kin(profile_id))
    return theirs.select_related("household").order_by("-joined_at", "-pk").first()


def household_ids_of(profile_ids: Collection[int]) -> list[int]:
    """The households that these profiles belong to now."""
    found = Membership.objects.current().filter(profile__in=profile_ids)
    return list(found.order_by("household").values_list("household_id", flat=True).distinct())


def members_of(household_ids: Collection[int]) -> dict[int, list[int]]:
    """The profiles that live in each household now; households where nobody does are missing."""
    found: dict[int, list[int]] = {}
    rows = Membership.objects.current().filter(household__in=household_ids).order_by("pk")
    for household, profile in rows.values_list("household_id", "profile_id"):
        found.setdefault(household, []).append(profile)
    return found


def archived_memberships(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """Times in households, for the archive that a person may ask for."""
    rows = Membership.objects.filter(profile__in=profile_ids).order_by("pk")
    return [dict(row) for row in rows.values("part", "joined_at", "left_at")]
