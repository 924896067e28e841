"""Everything that can be done to the company: shops, people, rights, tokens, one's own settings."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from prilavok.company import queries
from prilavok.company.events import (
    EmployeeAdded,
    EmployeeSwitched,
    RightsChanged,
    RoleGiven,
    RoleTaken,
    ShopAdded,
    TokenMade,
    TokenRevoked,
)
from prilavok.company.models import (
    ROLE_LABELS,
    ApiToken,
    Brand,
    Company,
    Employee,
    Grant,
    Look,
    Role,
    SavedView,
    Shop,
    Till,
)
from prilavok.kernel import journal, permissions
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.ui.ports import Appearance


class BadZone(Problem):
    code = "bad_zone"
    message = _("There is no time zone “%(zone)s”. Write it like Europe/Moscow.")


class EmailTaken(Problem):
    code = "email_taken"
    message = _("An employee with this e-mail exists already.")


class BadEmail(Problem):
    code = "bad_email"
    message = _("This is not an e-mail address.")


class WeakPassword(Problem):
    code = "weak_password"


class LastOwner(Problem):
    code = "last_owner"
    message = _("Somebody must own the shop: give the role of owner to another employee first.")


class NameTaken(Problem):
    code = "name_taken"
    message = _("This name is taken. Choose another one.")


# ── The company and its shops ────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def name_company(
    *, name: str, currency: str, timezone: str, language: str, by: Actor, demo: bool = False
) -> Company:
    """Set the company's name, currency (ISO 4217), zone and language."""
    by.must("company.manage")
    _check_zone(timezone)
    company, _made = Company.objects.update_or_create(
        pk=1,
        defaults={
            "name": name,
            "currency": currency,
            "timezone": timezone,
            "language": language,
            "demo": demo,
        },
    )
    queries.forget_company()
    make_roles()
    return company


def make_roles() -> None:
    """Bring the built-in roles up to the rights that the domains declare."""
    with override("ru"):
        for code in permissions.ROLES:
            rights = sorted(permissions.of_role(code))
            role, made = Role.objects.get_or_create(
                code=code, defaults={"name": str(ROLE_LABELS[code]), "permissions": rights, "built_in": True}
            )
            if (
                not made and role.built_in and role.permissions != rights
            ):  # a role that people changed is theirs
                Role.objects.filter(pk=role.pk).update(permissions=rights)


@dataclass(frozen=True)
class NewShop:
    """A shop to add. `timezone`: the company's, if empty."""

    code: str
    name: str
    brand_code: str = "main"
    timezone: str = ""
    region: str = ""
    kind: str = Shop.Kind.SHOP


@transaction.atomic
def add_brand(*, code: str, name: str, by: Actor) -> Brand:
    """Add a brand, or rename the one of this code."""
    by.must("company.manage")
    brand, _made = Brand.objects.update_or_create(code=code, defaults={"name": name})
    return brand


@transaction.atomic
def add_shops(rows: Iterable[NewShop], *, by: Actor, at: datetime, live: bool = True) -> dict[str, Shop]:
    """Add the shops whose codes are new; all of them by code. Known ones stay as they are."""
    by.must("company.manage")
    rows = list(rows)
    known = queries.shops_by_code([row.code for row in rows])
    own_zone = queries.company().timezone
    brands = {code: _brand(code) for code in {row.brand_code for row in rows}}
    fresh = [
        Shop(
            code=row.code,
            name=row.name,
            brand=brands[row.brand_code],
            timezone=_check_zone(row.timezone or own_zone),
            region=row.region,
            kind=row.kind,
            opened_at=at,
        )
        for row in {row.code: row for row in rows if row.code not in known}.values()
    ]
    Shop.objects.bulk_create(fresh)
    journal.record_many(
        [
            journal.Entry(ShopAdded(shop_id=shop.pk), at=at, shop=shop.pk, brand=shop.brand_id)
            for shop in fresh
        ],
        by=by,
        live=live,
    )
    return known | {shop.code: shop for shop in fresh}


def _brand(code: str) -> Brand:
    return Brand.objects.get_or_create(code=code, defaults={"name": queries.company().name})[0]


def _check_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise BadZone(field="timezone", zone=zone) from exc
    return zone


def till(shop_id: int, code: str) -> int:
    """The id of the shop's till of this code; a new till is added when its first receipt comes."""
    return Till.objects.get_or_create(shop_id=shop_id, code=code)[0].pk


def ensure_tills(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Ids of tills by (shop, code); those not yet known are added. Two statements for any number."""
    Till.objects.bulk_create(
        [Till(shop_id=shop_id, code=code) for shop_id, code in sorted(set(pairs))], ignore_conflicts=True
    )
    found = Till.objects.filter(shop_id__in={shop_id for shop_id, _code in pairs})
    return {(one.shop_id, one.code): one.pk for one in found}


# ── People and rights ────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def add_employee(
    *,
    email: str,
    name: str,
    password: str,
    roles: Collection[str],
    by: Actor,
    at: datetime,
    language: str = "ru",
    demo: bool = False,
) -> Employee:
    """Add someone who may log in, with these roles everywhere. Raises EmailTaken, BadEmail, WeakPassword."""
    by.must("company.manage_people")
    employee = Employee(email=email.strip().lower(), name=name.strip(), language=language, demo=demo)
    _check_login(employee, password)
    employee.set_password(password)
    try:
        with transaction.atomic():
            employee.save()
    except IntegrityError as exc:
        raise EmailTaken(field="email") from exc
    journal.record(EmployeeAdded(employee_id=employee.pk), by=by, at=at)
    for code in roles:
        give_role(employee_id=employee.pk, role=code, by=by, at=at)
    return employee


def _check_login(employee: Employee, password: str) -> None:
    try:
        validate_email(employee.email)
    except ValidationError as exc:
        raise BadEmail(field="email") from exc
    try:
        validate_password(password, employee)
    except ValidationError as exc:
        raise WeakPassword(" ".join(exc.messages), field="password") from exc


@transaction.atomic
def set_active(*, employee_id: int, active: bool, by: Actor, at: datetime) -> None:
    """Let an employee log in, or no more. Raises LastOwner."""
    by.must("company.manage_people")
    owners = Grant.objects.select_for_update().filter(role__code="owner", employee__is_active=True)
    if not active and {grant.employee_id for grant in owners} == {employee_id}:
        raise LastOwner
    Employee.objects.filter(pk=employee_id).update(is_active=active)
    journal.record(EmployeeSwitched(employee_id=employee_id, active=active), by=by, at=at)


@transaction.atomic
def give_role(
    *,
    employee_id: int,
    role: str,
    by: Actor,
    at: datetime,
    brands: Collection[int] = (),
    shops: Collection[int] = (),
) -> Grant:
    """Give a role within these brands and shops (none: everywhere); giving it again changes the scope."""
    by.must("company.manage_people")
    if role == "owner" and not by.everything:
        by.must("company.give_ownership")
    found = Role.objects.get(code=role)
    grant, _made = Grant.objects.update_or_create(
        employee_id=employee_id, role=found, defaults={"given_at": at, "given_by": by.id}
    )
    grant.brands.set(brands)
    grant.shops.set(shops)
    journal.record(RoleGiven(employee_id=employee_id, role_id=found.pk), by=by, at=at)
    return grant


@transaction.atomic
def take_role(*, employee_id: int, role: str, by: Actor, at: datetime) -> None:
    """Take a role away. Raises LastOwner."""
    by.must("company.manage_people")
    grant = Grant.objects.select_related("role").get(employee=employee_id, role__code=role)
    if role == "owner" and not by.everything:
        by.must("company.give_ownership")
    if role == "owner" and Grant.objects.select_for_update().filter(role=grant.role).count() == 1:
        raise LastOwner
    grant.delete()
    journal.record(RoleTaken(employee_id=employee_id, role_id=grant.role_id), by=by, at=at)


@transaction.atomic
def set_rights(*, role: str, permissions_wanted: Collection[str], by: Actor, at: datetime) -> Role:
    """Change what a role may do; the owner's role always may all. Nobody gives away a right that they lack."""
    by.must("company.manage_people")
    found = Role.objects.select_for_update().exclude(code="owner").get(code=role)
    known = {permission.key for permission in permissions.declared()}
    wanted = sorted(set(permissions_wanted) & known)
    for permission in set(wanted) - set(found.permissions):
        by.must(permission)
    found.permissions, found.built_in = wanted, False
    found.save(update_fields=["permissions", "built_in"])
    journal.record(RightsChanged(role_id=found.pk), by=by, at=at)
    return found


@transaction.atomic
def make_token(
    *,
    name: str,
    permissions_wanted: Collection[str],
    by: Actor,
    at: datetime,
    shops: Collection[int] = (),
    expires_at: datetime | None = None,
) -> str:
    """Make an access token; the text itself, shown this once. Nobody gives away a right that they lack."""
    by.must("company.manage_tokens")
    for permission in permissions_wanted:
        by.must(permission)
    text = "plk_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        hash=queries.hash_of(text),
        prefix=text[:12],
        permissions=sorted(permissions_wanted),
        made_by_id=by.id if by.kind == "employee" else None,
        made_at=at,
        expires_at=expires_at,
    )
    token.shops.set(shops)
    journal.record(TokenMade(token_id=token.pk), by=by, at=at)
    return text


@transaction.atomic
def revoke_token(*, token_id: int, by: Actor, at: datetime) -> None:
    by.must("company.manage_tokens")
    if ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=at):
        journal.record(TokenRevoked(token_id=token_id), by=by, at=at)


# ── Looks, views, one's own settings ─────────────────────────────────────────────────────────────────────


def note_look(*, profile_id: int | None, what: str, by: Actor, at: datetime, rows: int = 1) -> None:
    """Keep that somebody saw or took personal data: of one profile, or of so many rows."""
    Look.objects.create(
        actor_kind=by.kind, actor_id=by.id, profile_id=profile_id, what=what, rows=rows, at=at
    )


@transaction.atomic
def save_view(*, page: str, name: str, query: dict[str, Any], shared: bool, by: Actor) -> SavedView:
    """Keep a list's filters, order and columns under a name; one's own view of this name is replaced."""
    view, _made = SavedView.objects.update_or_create(
        owner_id=by.id, page=page, name=name.strip()[:100], defaults={"query": query, "shared": shared}
    )
    return view


def forget_view(*, view_id: int, by: Actor) -> None:
    SavedView.objects.filter(pk=view_id, owner=by.id).delete()


def remember_appearance(employee_id: int, chosen: Appearance) -> None:
    """Keep the language and theme that an employee chose in the page's frame; "" leaves one as it was."""
    fresh = {name: value for name, value in (("language", chosen.language), ("theme", chosen.theme)) if value}
    Employee.objects.filter(pk=employee_id).update(**fresh)


@transaction.atomic
def choose_settings(*, employee_id: int, language: str, theme: str, timezone: str) -> Employee:
    """One's own language, theme and zone (empty: the company's)."""
    if timezone:
        _check_zone(timezone)
    employee = Employee.objects.select_for_update().get(pk=employee_id)
    employee.language, employee.theme, employee.timezone = language, theme, timezone
    employee.save(update_fields=["language", "theme", "timezone"])
    return employee
