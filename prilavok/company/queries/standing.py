"""Who somebody is here: an employee, a log-in or a token, with rights and scope, each by one statement.

Every request begins with one of these, so they are plain SQL: what was taken away a moment ago is gone at once, and
nothing need be remembered between requests.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prilavok.company.models import Employee, Grant
from prilavok.kernel import prepared
from prilavok.kernel.actors import STRANGER, Actor

_COLUMNS = [field.column for field in Employee._meta.concrete_fields]
_NAMES = [field.attname for field in Employee._meta.concrete_fields]
# The employee; roles, with the brands and shops that each holds in; the shops of those brands; a second factor.
_STANDING = f"""
    {", ".join(f"e.{column}" for column in _COLUMNS)},
    (SELECT json_agg(json_build_array(
         r.code, r.permissions, r.second_factor,
         ARRAY(SELECT brand_id FROM company_grant_brands WHERE grant_id = g.id),
         ARRAY(SELECT shop_id FROM company_grant_shops WHERE grant_id = g.id)))
     FROM company_grant g JOIN company_role r ON r.id = g.role_id WHERE g.employee_id = e.id),
    ARRAY(SELECT s.id FROM company_grant g JOIN company_grant_brands b ON b.grant_id = g.id
          JOIN company_shop s ON s.brand_id = b.brand_id WHERE g.employee_id = e.id),
    EXISTS(SELECT FROM company_secondfactor f WHERE f.employee_id = e.id AND f.totp <> '')
        OR EXISTS(SELECT FROM company_passkey k WHERE k.employee_id = e.id)"""
_OF_EMPLOYEE = f"SELECT {_STANDING} FROM company_employee e WHERE e.id = %s"
_OF_SESSION = f"""
    SELECT s.session_data, {_STANDING}
    FROM django_session s LEFT JOIN company_signin i ON i.session = s.session_key
    LEFT JOIN company_employee e ON e.id = i.employee_id
    WHERE s.session_key = %s AND s.expire_date > %s"""
_OF_TOKEN = """
    SELECT t.id, t.permissions, ARRAY(SELECT shop_id FROM company_apitoken_shops WHERE apitoken_id = t.id)
    FROM company_apitoken t
    WHERE t.hash = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > %s)"""


@dataclass(frozen=True, slots=True)
class Given:
    """A role that an employee has, with the brands and shops where it holds (neither: everywhere)."""

    role: str
    permissions: list[str]
    second_factor: bool
    brands: list[int]
    shops: list[int]


@dataclass(frozen=True, slots=True)
class Standing:
    """An employee as an actor; `owes`: a role demands a second factor that they have not got yet."""

    employee: Employee
    actor: Actor
    owes: bool
    roles: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class LogIn:
    """A session's data, and who it is known to be of: nobody yet at the first request after a log-in."""

    data: str
    standing: Standing | None


def standing(employee_id: int) -> Standing:
    """How an employee stands now. Raises Employee.DoesNotExist."""
    for row in prepared.rows(_OF_EMPLOYEE, [employee_id]):
        return _standing(row)
    raise Employee.DoesNotExist


def log_in(session: str, *, at: datetime) -> LogIn | None:
    """The log-in of this key, unless it has ended."""
    for data, *row in prepared.rows(_OF_SESSION, [session, at]):
        return LogIn(data, None if row[0] is None else _standing(row))
    return None


def actor_of(employee: Employee) -> Actor:
    """The employee as an actor: the rights of all roles together, wherever any of the roles holds."""
    return standing(employee.pk).actor


def actor_of_token(token: str, *, at: datetime) -> Actor | None:
    """The token's actor; None for an unknown, expired or revoked one."""
    return token_answered(ask_token(token, at=at))


def ask_token(token: str, *, at: datetime) -> prepared.Asked:
    """Ask for a token, for `token_answered`."""
    return prepared.ask(_OF_TOKEN, [hash_of(token), at])


def token_answered(asked: prepared.Asked) -> Actor | None:
    for pk, rights, shops in asked.rows():
        return Actor("token", pk, frozenset(rights), shops=frozenset(shops) or None)
    return None


def hash_of(token: str) -> str:
    """Tokens are long and random: a plain digest keeps them as well as a slow one."""
    return hashlib.sha256(token.encode()).hexdigest()


def _standing(row: Any) -> Standing:
    *values, given, shops_of_brands, has_factor = row
    employee = Employee.from_db("default", _NAMES, values)
    roles = tuple(Given(*one) for one in given or ())
    owes = any(one.second_factor for one in roles) and not has_factor
    if not employee.is_active:
        return Standing(employee, STRANGER, False, roles)
    return Standing(employee, _actor(employee.pk, roles, shops_of_brands), owes, roles)


def _actor(employee_id: int, roles: tuple[Given, ...], shops_of_brands: Collection[int]) -> Actor:
    if any(one.role == "owner" for one in roles):
        return Actor("employee", employee_id, everything=True)
    rights = frozenset(right for one in roles for right in one.permissions)
    brands, shops = _scope(roles, shops_of_brands)
    return Actor("employee", employee_id, rights, brands=brands, shops=shops)


def _scope(
    roles: tuple[Given, ...], shops_of_brands: Collection[int]
) -> tuple[frozenset[int] | None, frozenset[int] | None]:
    """Brands and shops of all roles together. A brand stands for its shops of today; a role without either
    holds everywhere."""
    if not all(one.brands or one.shops for one in roles):
        return None, None
    in_brands = frozenset(brand for one in roles for brand in one.brands)
    in_shops = frozenset(shop for one in roles for shop in one.shops)
    if not in_brands:
        return None, in_shops
    return (None if in_shops else in_brands), in_shops | frozenset(shops_of_brands)


def covers(by: Actor, *, brands: Collection[int] = (), shops: Collection[int] = ()) -> bool:
    """Whether the actor's own scope holds these brands and shops (neither: everywhere)."""
    if by.is_everywhere:
        return True
    own = Grant.objects.filter(employee=by.id) if by.kind == "employee" else Grant.objects.none()
    own_brands = set(own.values_list("brands", flat=True))
    return bool(brands or shops) and set(brands) <= own_brands and set(shops) <= (by.shops or frozenset())


def reaches(by: Actor, employee_id: int) -> bool:
    """Whether the actor decides about this employee: of owners only owners do, and whoever works in some shops
    only decides about those who work nowhere else."""
    return by.may("company.manage_people") and all(
        (one.role != "owner" or by.may("company.give_ownership"))
        and covers(by, brands=one.brands, shops=one.shops)
        for one in standing(employee_id).roles
    )
