"""Who a customer is: what `by` may see, and whom profiles lead to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from prilavok.company import queries as company
from prilavok.customers import rules
from prilavok.customers.models import Profile, ProfileQuerySet
from prilavok.kernel.actors import Actor

_ROOTS = """
    WITH RECURSIVE up AS (
        SELECT p.id AS profile_id, r.id AS person_id, r.merged_into_id
        FROM customers_profile p JOIN customers_person r ON r.id = p.person_id
        WHERE p.id = ANY(%s)
        UNION ALL
        SELECT up.profile_id, r.id, r.merged_into_id
        FROM up JOIN customers_person r ON r.id = up.merged_into_id
    )
"""


def visible(by: Actor) -> ProfileQuerySet:
    """Profiles that `by` may see: all, or those registered in the shops and brands of their scope."""
    by.must("customers.see")
    profiles = Profile.objects.select_related("person")
    if by.shops is not None:
        profiles = profiles.filter(registered_shop__in=by.shops)
    if by.brands is not None:
        profiles = profiles.filter(registered_shop__brand__in=by.brands)
    return profiles


def get(public_id: UUID, by: Actor) -> Profile:
    """One customer. Raises Profile.DoesNotExist, also when `by` may not see them."""
    return visible(by).get(public_id=public_id)


def profile_ids(public_ids: Collection[UUID], by: Actor) -> dict[UUID, int]:
    """Inner ids of those that `by` may see."""
    return dict(visible(by).filter(public_id__in=public_ids).values_list("public_id", "id"))


def persons_of(profile_ids: Iterable[int]) -> dict[int, int]:
    """The person behind each profile, merges followed to their end."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ROOTS + "SELECT profile_id, person_id FROM up WHERE merged_into_id IS NULL", [list(profile_ids)]
        )
        return dict(cursor.fetchall())


def kin(profile_id: int) -> list[int]:
    """All profiles of the person behind this one, itself among them."""
    sql = (
        _ROOTS
        + """, down AS (
            SELECT person_id AS id FROM up WHERE merged_into_id IS NULL
            UNION ALL
            SELECT r.id FROM down JOIN customers_person r ON r.merged_into_id = down.id
        )
        SELECT p.id FROM down JOIN customers_profile p ON p.person_id = down.id ORDER BY p.id
    """
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [[profile_id]])
        return [row[0] for row in cursor.fetchall()]


def kin_of(profile_ids: Iterable[int]) -> dict[int, int]:
    """All profiles of the persons behind these, each with its person: what many people did, merges included."""
    sql = (
        _ROOTS
        + """, down AS (
            SELECT DISTINCT person_id AS root, person_id AS id FROM up WHERE merged_into_id IS NULL
            UNION ALL
            SELECT down.root, r.id FROM down JOIN customers_person r ON r.merged_into_id = down.id
        )
        SELECT p.id, down.root FROM down JOIN customers_profile p ON p.person_id = down.id
    """
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(profile_ids)])
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class ProfileTraits:
    """What strata, segments and reports cut by."""

    sex: str
    birth_date: date | None
    registered_shop_id: int | None
    status: str


def traits_of(profile_ids: Iterable[int]) -> dict[int, ProfileTraits]:
    """Traits of each profile, those of the person read through merges."""
    sql = (
        _ROOTS
        + """
        SELECT up.profile_id, r.sex, r.birth_date, p.registered_shop_id, p.status
        FROM up JOIN customers_person r ON r.id = up.person_id JOIN customers_profile p ON p.id = up.profile_id
        WHERE up.merged_into_id IS NULL
    """
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(profile_ids)])
        return {row[0]: ProfileTraits(*row[1:]) for row in cursor.fetchall()}


def macros(profile_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """What a message may say of its reader: first_name, middle_name, last_name, full_name, sex; empty if unknown."""
    sql = (
        _ROOTS
        + """
        SELECT up.profile_id, r.first_name, r.middle_name, r.last_name, r.sex
        FROM up JOIN customers_person r ON r.id = up.person_id
        WHERE up.merged_into_id IS NULL
    """
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(profile_ids)])
        return {row[0]: _macros(*row[1:]) for row in cursor.fetchall()}


def _macros(first: str, middle: str, last: str, sex: str) -> dict[str, str]:
    full = " ".join(part for part in (first, last) if part)
    return {"first_name": first, "middle_name": middle, "last_name": last, "full_name": full, "sex": sex}


def phone_region() -> str:
    """The country of phones that are written without one: the company's, by its currency."""
    own: Any = company.company()
    return rules.REGION_BY_CURRENCY.get(own.currency if own else "", "RU")
