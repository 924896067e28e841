"""Who a customer is: what `by` may see, and whom profiles lead to."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from prilavok.company import queries as company
from prilavok.customers import rules
from prilavok.customers.models import Kin, Profile, ProfileQuerySet
from prilavok.kernel.actors import Actor

_HEAD = """
    FROM customers_profile p
    LEFT JOIN customers_kin k ON k.profile_id = p.id
    JOIN customers_profile h ON h.id = COALESCE(k.head_id, p.id)
    JOIN customers_person r ON r.id = h.person_id
    WHERE p.id = ANY(%s)
"""  # a profile p, the profile h that stands for its person, and the person r


def visible(by: Actor) -> ProfileQuerySet:
    """Profiles that `by` may see: all, or those registered in the shops and brands of their scope.

    Of a person that was registered here and elsewhere, also the profile that stands for them.
    """
    by.must("customers.see")
    profiles = Profile.objects.select_related("person")
    if by.shops is not None:
        profiles = profiles.filter(_registered(Q(registered_shop__in=by.shops)))
    if by.brands is not None:
        profiles = profiles.filter(_registered(Q(registered_shop__brand__in=by.brands)))
    return profiles


def _registered(here: Q) -> Q:
    members = Kin.objects.filter(profile__in=Profile.objects.filter(here).values("pk"))
    return here | Q(pk__in=members.values("head"))


def merged() -> "QuerySet[Kin, Any]":
    """Ids of profiles that turned out to be somebody for whom another profile stands, to be left out of a query."""
    return Kin.objects.exclude(profile=F("head")).values("profile")


def get(public_id: UUID, by: Actor) -> Profile:
    """One customer; an id that was merged answers with whoever they turned out to be.

    Raises Profile.DoesNotExist, also when `by` may not see them.
    """
    return visible(by).get(pk=head_of(public_id))


def head_of(public_id: UUID) -> Subquery:
    """In a query: the id of the profile that stands for the person with this public id."""
    return Subquery(Profile.objects.filter(public_id=public_id).values_list(ITSELF_OR_HEAD)[:1])


HEAD = Subquery(Kin.objects.filter(profile=OuterRef("pk")).values("head")[:1])
"""In a query of profiles: the profile that stands for the same person; nothing when it is the profile itself."""

ITSELF_OR_HEAD = Coalesce(HEAD, F("pk"), output_field=BigIntegerField())

OWNER = Coalesce(
    Subquery(Kin.objects.filter(profile=OuterRef("profile")).values("head")[:1]),
    F("profile"),
    output_field=BigIntegerField(),
)
"""In a query of what belongs to profiles, such as contacts or receipts: the profile that stands for the owner."""

STANDS_FOR_ANOTHER = Exists(Kin.objects.filter(profile=OuterRef("pk")).exclude(head=OuterRef("pk")))
"""In a query of profiles: merged into another one, hence not a customer of its own in lists."""


def profile_ids(public_ids: Collection[UUID], by: Actor) -> dict[UUID, int]:
    """Inner ids of those that `by` may see."""
    return dict(visible(by).filter(public_id__in=public_ids).values_list("public_id", "id"))


def persons_of(profile_ids: Iterable[int]) -> dict[int, int]:
    """The person behind each profile, read through merges."""
    return _pairs("SELECT p.id, r.id" + _HEAD, profile_ids)


def heads_of(profile_ids: Iterable[int]) -> dict[int, int]:
    """For each profile the one that stands for its person: itself unless it was merged."""
    return _pairs("SELECT p.id, h.id" + _HEAD, profile_ids)


def kin(profile_id: int) -> list[int]:
    """All profiles of the person behind this one, itself among them."""
    return sorted(kin_of([profile_id]))


def families(profile_ids: Iterable[int]) -> dict[int, list[int]]:
    """For each profile all profiles of its person, itself first."""
    found = {profile: [profile] for profile in profile_ids}
    sql = (
        "SELECT k.profile_id, m.profile_id FROM customers_kin k JOIN customers_kin m ON m.head_id = k.head_id"
        " WHERE k.profile_id = ANY(%s) AND m.profile_id <> k.profile_id ORDER BY m.profile_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(found)])
        for profile, other in cursor.fetchall():
            found[profile].append(other)
    return found


_THROUGH_MERGES = (
    "transform(profile_id, (SELECT groupArray(profile_id) FROM (SELECT * FROM kin FINAL ORDER BY profile_id)),"
    " (SELECT groupArray(head_id) FROM (SELECT * FROM kin FINAL ORDER BY profile_id)), profile_id)"
)


def whose_sql() -> str:
    """In a question to facts: the profile that stands for the person of a row's `profile_id`.

    Facts keep the profile; a small map in memory leads from it, if anybody was merged at all.
    """
    return _THROUGH_MERGES if Kin.objects.exists() else "profile_id"


def visible_sql(by: Actor) -> str:
    """In a question to facts about `profiles`: only people whom `by` may see, as `visible` does. Raises Refused.

    A row there is that of a person, and says where the profile that stands for them was registered.
    """
    if by.is_everywhere:
        by.must("customers.see")
        return "1"
    elsewhere = visible(by).filter(pk__in=Kin.objects.values("head")).values_list("pk", flat=True)
    shops = [shop.pk for shop in company.shops(by)]
    return f"(registered_shop_id IN ({_listed(shops)}) OR profile_id IN ({_listed(elsewhere)}))"


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ids))) or "0"


def kin_of(profile_ids: Iterable[int]) -> dict[int, int]:
    """All profiles of the persons behind these, each with its person: what many people did, merges included."""
    return _pairs(
        """
        SELECT m.profile_id, h.person_id FROM customers_kin k JOIN customers_kin m ON m.head_id = k.head_id
        JOIN customers_profile h ON h.id = k.head_id WHERE k.profile_id = ANY(%s)
        UNION
        SELECT p.id, p.person_id FROM customers_profile p
        WHERE p.id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM customers_kin k WHERE k.profile_id = p.id)
        """,
        profile_ids,
        times=2,
    )


def _pairs(sql: str, profile_ids: Iterable[int], times: int = 1) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(profile_ids)] * times)
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class ProfileTraits:
    """What strata, segments and reports cut by."""

    sex: str
    birth_date: date | None
    registered_shop_id: int | None
    status: str


def traits_of(profile_ids: Iterable[int]) -> dict[int, ProfileTraits]:
    """Traits of the person behind each profile, read through merges."""
    sql = "SELECT p.id, r.sex, r.birth_date, h.registered_shop_id, h.status" + _HEAD
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(profile_ids)])
        return {row[0]: ProfileTraits(*row[1:]) for row in cursor.fetchall()}


def macros(profile_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """What a message may say of its reader: first_name, middle_name, last_name, full_name, sex; empty if unknown."""
    sql = "SELECT p.id, r.first_name, r.middle_name, r.last_name, r.sex" + _HEAD
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(profile_ids)])
        return {row[0]: _macros(*row[1:]) for row in cursor.fetchall()}


def own_of(profile_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Own fields as they are kept, of the person behind each profile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT p.id, h.own::text" + _HEAD, [list(profile_ids)])
        return {row[0]: json.loads(row[1]) for row in cursor.fetchall()}


def _macros(first: str, middle: str, last: str, sex: str) -> dict[str, str]:
    full = " ".join(part for part in (first, last) if part)
    return {"first_name": first, "middle_name": middle, "last_name": last, "full_name": full, "sex": sex}


def phone_region() -> str:
    """The country of phones that are written without one: the company's, by its currency."""
    own: Any = company.company()
    return rules.REGION_BY_CURRENCY.get(own.currency if own else "", "RU")
