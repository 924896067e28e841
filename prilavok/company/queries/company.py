"""Everything others may ask about the company."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from prilavok.company.models import (
    ApiToken,
    Brand,
    Company,
    DefaultView,
    Employee,
    Grant,
    Look,
    Role,
    SavedView,
    Shop,
    Till,
)
from prilavok.kernel import clock, permissions, prepared
from prilavok.kernel.actors import Actor
from prilavok.kernel.places import Point


def company() -> Company:
    """The company of this installation; an unsaved one with defaults before it has been named.

    Every page asks it several times and it hardly ever changes: an answer is kept for a second.
    """
    global _kept
    if _kept is None or monotonic() - _kept[0] > KEPT_SECONDS:
        found = Company.objects.first()
        if found is None:
            return Company(pk=1, name="Prilavok")
        _kept = (monotonic(), found)
    return _kept[1]


KEPT_SECONDS = 1.0
_kept: tuple[float, Company] | None = None


def forget_company() -> None:
    """Ask the database anew: the company has been changed."""
    global _kept
    _kept = None


def currency() -> str:
    """ISO code of the company's currency."""
    return company().currency


def zone() -> ZoneInfo:
    """The company's own time zone."""
    return ZoneInfo(company().timezone)


def today() -> date:
    """The company's day of now."""
    return clock.now().astimezone(zone()).date()


def zones() -> set[ZoneInfo]:
    """Every time zone in which the company keeps days: its own and its shops'."""
    return {zone(), *map(ZoneInfo, Shop.objects.values_list("timezone", flat=True).distinct())}


def brands(by: Actor) -> QuerySet[Brand]:
    found = Brand.objects.order_by("name")
    return found if by.brands is None else found.filter(pk__in=by.brands)


def shops(by: Actor) -> QuerySet[Shop]:
    """Shops within the actor's scope, by name, 2 before 10."""
    found = Shop.objects.select_related("brand").order_by("natural", "id")
    if by.brands is not None:
        found = found.filter(brand__in=by.brands)
    return found if by.shops is None else found.filter(pk__in=by.shops)


def shop(public_id: UUID, by: Actor) -> Shop:
    """One shop within the actor's scope. Raises Shop.DoesNotExist."""
    return shops(by).get(public_id=public_id)


def shops_on_the_map() -> list[tuple[int, Point]]:
    """Ids and places of the shops that one can go to and whose place is known."""
    found = Shop.objects.filter(kind=Shop.Kind.SHOP, closed_at=None, latitude__isnull=False).order_by("id")
    return [(one.pk, one.place) for one in found if one.place]


def shops_by_code(codes: Collection[str]) -> dict[str, Shop]:
    return {shop.code: shop for shop in Shop.objects.filter(code__in=codes).select_related("brand")}


def shop_of_code(code: str) -> int | None:
    """The id of the shop of this code: every basket names one."""
    found = prepared.rows(_SHOP, [code])
    return found[0][0] if found else None


def shop_soon(code: str) -> None:
    """Ask ahead what `shop_of_code` will be asked."""
    prepared.ahead(_SHOP, [code])


_SHOP = "SELECT id FROM company_shop WHERE code = %s::text"


def shops_by_id(ids: Collection[int]) -> dict[int, Shop]:
    return {shop.pk: shop for shop in Shop.objects.filter(pk__in=ids).select_related("brand")}


@lru_cache(maxsize=10_000)
def zone_of(shop_id: int) -> ZoneInfo:
    """The shop's time zone. A shop doesn't move; `actions` clears the cache when it is corrected."""
    return ZoneInfo(Shop.objects.values_list("timezone", flat=True).get(pk=shop_id))


@lru_cache(maxsize=10_000)
def brand_of(shop_id: int) -> int:
    """The shop's brand."""
    return Shop.objects.values_list("brand_id", flat=True).get(pk=shop_id)


def tills(shop_id: int) -> QuerySet[Till]:
    return Till.objects.filter(shop=shop_id).order_by("natural", "id")


def search_tills(by: Actor, text: str) -> QuerySet[Till]:
    """Tills of the shops within the actor's scope, whose code or shop contains these letters."""
    found = Till.objects.select_related("shop").filter(shop__in=shops(by))
    return found.filter(Q(code__icontains=text) | Q(shop__name__icontains=text)).order_by(
        "shop__natural", "natural", "id"
    )


def tills_by_id(ids: Collection[int]) -> dict[int, Till]:
    return Till.objects.select_related("shop").in_bulk(list(ids))


def tills_by_code(shop_id: int, codes: Collection[str]) -> dict[str, int]:
    return dict(Till.objects.filter(shop=shop_id, code__in=codes).values_list("code", "id"))


def till_of_code(shop_id: int, code: str) -> int | None:
    """The id of one till, if it is known: every receipt names one."""
    statement = "SELECT id FROM company_till WHERE shop_id = %s::bigint AND code = %s::text"
    found = prepared.rows(statement, [shop_id, code])
    return found[0][0] if found else None


def tills_by_path(paths: Collection[str]) -> dict[str, int]:
    """Tills named as `shop/till`, by both codes; unknown ones are missing."""
    named = Concat("shop__code", Value("/"), "code")
    return dict(Till.objects.alias(path=named).filter(path__in=paths).values_list(named, "id"))


def till_codes(ids: Collection[int]) -> dict[int, str]:
    return dict(Till.objects.filter(pk__in=ids).values_list("id", "code"))


# ── People and rights ────────────────────────────────────────────────────────────────────────────────────


def password_link(employee_id: int) -> str:
    """The address where this employee chooses a new password: good for a day, once, until the next log-in."""
    employee = Employee.objects.get(pk=employee_id, is_active=True)
    who = urlsafe_base64_encode(force_bytes(employee.pk))
    return f"{settings.PUBLIC_URL}/login/password/{who}/{default_token_generator.make_token(employee)}/"


def mailbox(employee_id: int) -> tuple[str, str]:
    """Where the company writes to an employee, and in which language."""
    return Employee.objects.values_list("email", "language").get(pk=employee_id, is_active=True)


def employees(by: Actor) -> QuerySet[Employee]:
    by.must("company.see")
    return Employee.objects.prefetch_related("grants__role").order_by("name", "id")


def colleagues(by: Actor) -> QuerySet[Employee]:
    """Who works within the actor's shops and brands, the actor too; everybody for one whom no scope limits."""
    found = Employee.objects.filter(is_active=True).order_by("name", "id")
    if by.is_everywhere:
        return found
    within = Q(brands__in=by.brands or ()) | Q(shops__in=by.shops or ()) | Q(brands__shops__in=by.shops or ())
    here = Q(pk__in=Grant.objects.filter(within).values("employee"))
    return found.filter(here | Q(pk=by.id)) if by.kind == "employee" else found.filter(here)


def who_may(permission: str) -> list[Employee]:
    """Everybody at work who has the right somewhere: by a role that holds it, or as an owner."""
    able = Q(role__permissions__contains=[permission]) | Q(role__code="owner")
    return list(
        Employee.objects.filter(
            is_active=True, pk__in=Grant.objects.filter(able).values("employee")
        ).order_by("id")
    )


def employee_names(ids: Collection[int]) -> dict[int, str]:
    return dict(Employee.objects.filter(pk__in=ids).values_list("id", "name"))


def employees_by_id(ids: Collection[int]) -> QuerySet[Employee]:
    """Those of them who work here still."""
    return Employee.objects.filter(pk__in=ids, is_active=True).order_by("id")


def employees_by_public_id(ids: Collection[UUID]) -> QuerySet[Employee]:
    return Employee.objects.filter(public_id__in=ids)


def roles() -> QuerySet[Role]:
    return Role.objects.order_by("id")


def tokens(by: Actor) -> QuerySet[ApiToken]:
    by.must("company.manage_tokens")
    return ApiToken.objects.select_related("made_by").prefetch_related("shops").order_by("-made_at", "-id")


def has_demo_logins() -> bool:
    return Employee.objects.filter(demo=True, is_active=True).exists()


def has_owner() -> bool:
    return Grant.objects.filter(role__code="owner", employee__is_active=True).exists()


def looks(
    by: Actor,
    *,
    profile_id: int | None = None,
    profiles: Collection[int] | None = None,
    who: str = "",
    what: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Look]:
    """Who looked at personal data; page it by ("-at", "-id"). `who` is the kind and id of an actor: `employee:7`."""
    by.must("company.see_looks")
    found: QuerySet[Look] = Look.objects.all() if profile_id is None else Look.objects.of(profile_id)
    kind, _colon, number = who.partition(":")
    told = {
        "profile_id__in": profiles,
        "actor_kind": kind or None,
        "actor_id": int(number) if number.isdecimal() and len(number) < 19 else None,
        "what": what or None,
        "at__gte": since,
        "at__lt": until,
    }
    return found.filter(**{name: value for name, value in told.items() if value is not None})


def who_may_look() -> list[tuple[str, str]]:
    """Everybody who may stand in the log of looks: `kind:id` and name; employees, then tokens."""
    people = Employee.objects.order_by("name", "id").values_list("id", "name")
    keys = ApiToken.objects.order_by("name", "id").values_list("id", "name")
    return [*((f"employee:{pk}", name) for pk, name in people), *((f"token:{pk}", name) for pk, name in keys)]


def who_looked(looks: Collection[Look]) -> dict[int, str]:
    """Names of those who looked, by the id of the look: employees, tokens, or what kind of actor it was."""
    names = actor_names([(look.actor_kind, look.actor_id) for look in looks])
    return {look.pk: names[look.actor_kind, look.actor_id] for look in looks}


def actor_names(actors: Collection[tuple[str, int | None]]) -> dict[tuple[str, int | None], str]:
    """Names of employees and tokens by kind and id; of others the kind. A statement for each of both that is there."""
    people = {number for kind, number in actors if kind == "employee" and number}
    keys = {number for kind, number in actors if kind == "token" and number}
    names = {
        "employee": employee_names(people) if people else {},
        "token": dict(ApiToken.objects.filter(pk__in=keys).values_list("id", "name")) if keys else {},
    }
    return {(kind, number): names.get(kind, {}).get(number or 0, kind) for kind, number in actors}


def saved_views(page: str, *, by: Actor) -> QuerySet[SavedView]:
    """One's own views of a list and those that colleagues share, one's own first."""
    if by.kind != "employee":
        return SavedView.objects.none()
    roles = Grant.objects.filter(employee=by.id).values_list("role__code", flat=True)
    told = Q(owner=by.id) | Q(shared=True) | Q(roles__overlap=list(roles))
    found = SavedView.objects.filter(told, page=page).select_related("owner")
    return found.annotate(own=Q(owner=by.id)).order_by("-own", "name", "id")


def default_view(page: str, *, by: Actor) -> SavedView | None:
    """The view with which this list opens for the actor; None: as it is."""
    chosen = DefaultView.objects.filter(employee=by.id, page=page).values("view")
    return saved_views(page, by=by).filter(pk__in=chosen).first() if by.kind == "employee" else None


def opens_with(page: str, asked: Mapping[str, Any], *, by: Actor) -> str:
    """What this list asks for when it is opened without asking for anything; empty: all, as it is."""
    view = None if asked else default_view(page, by=by)
    return view.address if view else ""


def permission_groups() -> dict[str, list[permissions.Permission]]:
    """All rights by domain, for the page of roles."""
    groups: dict[str, list[permissions.Permission]] = {}
    for permission in permissions.declared():
        groups.setdefault(permission.domain, []).append(permission)
    return groups
