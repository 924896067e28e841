"""Where customers live, and the days of theirs that come again every year."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import rules
from prilavok.customers.models import Address, DateKind, PersonalDate, Profile
from prilavok.customers.queries.people import families
from prilavok.customers.rules import dates
from prilavok.kernel.actors import Actor
from prilavok.kernel.places import Point

_BROUGHT: dict[str, str | Promise] = {
    "wedding": _("Wedding anniversary"),
    "name_day": _("Name day"),
    "child": _("Child's birthday"),
    "other": _("Another date"),
}


def addresses_of(profile_ids: Collection[int], by: Actor) -> QuerySet[Address]:
    """Postal addresses of the records of one person. Seen by whoever sees contacts; others see none."""
    by.must("customers.see")
    found = Address.objects.filter(profile__in=profile_ids)
    return found if by.may("customers.see_contacts") else found.none()


@dataclass(frozen=True, slots=True)
class Homes:
    """The address that duplicates are told by: the home, else the first there is."""

    street: str
    house: str
    city: str
    region: str
    postcode: str


_BUILDING = re.compile(r"(?<=\d)[кс](?=\d)")  # «4к2»: two numbers


def homes() -> dict[int, Homes]:
    """One address for each profile that stands for a person and has any."""
    sql = """
        SELECT DISTINCT ON (COALESCE(k.head_id, a.profile_id)) COALESCE(k.head_id, a.profile_id),
               a.street, a.house, a.flat, a.city, a.region, a.postcode
        FROM customers_address a LEFT JOIN customers_kin k ON k.profile_id = a.profile_id
        ORDER BY COALESCE(k.head_id, a.profile_id), a.kind <> 'home', a.kind = 'legal', a.id DESC
    """
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {
            profile: Homes(street, f"{_BUILDING.sub(' ', house)} {flat}".strip(), city, region, postcode)
            for profile, street, house, flat, city, region, postcode in cursor.fetchall()
        }


_PLACES = """
    WITH own AS (
        SELECT id AS profile_id, id AS head_id FROM unnest(%s::bigint[]) AS id
        UNION SELECT profile_id, head_id FROM customers_kin WHERE head_id = ANY(%s)
    )
    SELECT DISTINCT ON (own.head_id) own.head_id, a.latitude, a.longitude
    FROM own JOIN customers_address a USING (profile_id) WHERE a.latitude IS NOT NULL
    ORDER BY own.head_id, array_position(%s::varchar[], a.kind), a.id DESC
"""
_NEAREST_BY = [Address.Kind.HOME, Address.Kind.ACTUAL, Address.Kind.DELIVERY, Address.Kind.LEGAL]


def nearest_shops(heads: Collection[int]) -> dict[int, tuple[int, int]]:
    """By profiles that stand for persons: the shop nearest to the address whose place is known, and the metres there.

    Of several such addresses the home counts first, the newest of a kind. Those without any are missing.
    """
    shops = company.shops_on_the_map()
    places = homes_of(heads) if shops else {}
    return dict(zip(places, rules.nearest(list(places.values()), shops), strict=True))


def homes_of(heads: Collection[int]) -> dict[int, Point]:
    """By profiles that stand for persons: where distances are reckoned from. Others are missing."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(heads), list(heads), [str(one) for one in _NEAREST_BY]])
        return {head: Point(*degrees) for head, *degrees in cursor.fetchall()}


def placed() -> list[int]:
    """Profiles that stand for whoever has an address whose place is known."""
    sql = """
        SELECT DISTINCT COALESCE(k.head_id, a.profile_id)
        FROM customers_address a LEFT JOIN customers_kin k ON k.profile_id = a.profile_id
        WHERE a.latitude IS NOT NULL
    """
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


def date_kinds() -> dict[str, str]:
    """Kinds of personal dates by code: those that Prilavok brings, then the company's own."""
    own = dict(DateKind.objects.values_list("code", "name"))
    return {code: str(name) for code, name in _BROUGHT.items()} | own


def dates_noted(texts: Iterable[str]) -> dict[str, str]:
    """Personal dates as the history keeps them, each with the name of its kind in the reader's language."""
    kinds = date_kinds()
    found = {text: _NOTED.match(text) for text in texts}
    return {text: kinds[one[1]] + one[2] for text, one in found.items() if one and one[1] in kinds}


_NOTED = re.compile(r"([a-z0-9_]+)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Day:
    """A personal date, when it comes next and how many years it will be; `id` is empty for the birthday."""

    id: str
    kind: str
    name: str
    day: int
    month: int
    year: int | None
    note: str
    next: date
    years: int | None


BIRTHDAY = "birthday"


def days_of(profile: Profile, profile_ids: Collection[int], by: Actor, *, today: date) -> list[Day]:
    """The birthday and the other dates of one person, the one that comes next first."""
    by.must("customers.see")
    names = date_kinds()
    found = [
        _day(str(one.public_id), one.kind, names.get(one.kind, one.kind), one, one.note, today)
        for one in PersonalDate.objects.filter(profile__in=profile_ids)
    ]
    if born := profile.person.birth_date:
        found.append(_day("", BIRTHDAY, str(_("Birthday")), born, "", today))
    return sorted(found, key=lambda one: (one.next, one.id))


def days_by_head(heads: Collection[int]) -> dict[int, list[tuple[str, int]]]:
    """By profiles that stand for persons: their personal dates but the birthday, as (kind, month * 100 + day).

    In order; those without any are missing.
    """
    whose = {one: head for head, family in families(heads).items() for one in family}
    found: dict[int, list[tuple[str, int]]] = {}
    told = PersonalDate.objects.filter(profile__in=list(whose)).order_by("month", "day", "kind", "pk")
    for profile, kind, month, day in told.values_list("profile", "kind", "month", "day"):
        found.setdefault(whose[profile], []).append((kind, month * 100 + day))
    return found


def _day(public_id: str, kind: str, name: str, on: date | PersonalDate, note: str, today: date) -> Day:
    coming = dates.next_time(on.month, on.day, today)
    years = coming.year - on.year if on.year else None
    return Day(public_id, kind, name, on.day, on.month, on.year, note, coming, years)


def numbers_of_addresses(profile_ids: Collection[int]) -> dict[int, int]:
    """How many addresses each profile has; those without any are missing."""
    return _counted(Address.objects.filter(profile__in=profile_ids))


def _counted(rows: QuerySet[Any]) -> dict[int, int]:
    return dict(rows.order_by().values_list("profile").annotate(Count("pk")))


def parts_of(line: str, typed: Iterable[tuple[str, str]]) -> rules.AddressParts:
    """An address typed as a line, by parts, or both: a part that was typed holds."""
    told = {name: value for name, value in typed if value}
    said = rules.parsed_address(line)
    known = {name: told.get(name) or getattr(said, name) for name in rules.ADDRESS_PARTS}
    return rules.normal_address(rules.AddressParts(**known))
