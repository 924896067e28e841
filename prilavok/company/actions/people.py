"""Employees, roles and what each may do where. Nobody gives more, or further, than they have themselves."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import override

from prilavok.company import queries
from prilavok.company.actions.problems import (
    BadEmail,
    EmailTaken,
    LastOwner,
    OutsideScope,
    UnknownRole,
    WeakPassword,
)
from prilavok.company.actions.signins import end_all
from prilavok.company.events import EmployeeAdded, EmployeeSwitched, RightsChanged, RoleGiven, RoleTaken
from prilavok.company.models import ROLE_LABELS, Employee, Grant, Role
from prilavok.kernel import journal, permissions
from prilavok.kernel.actors import Actor


def make_roles() -> None:
    """Bring the built-in roles up to the rights that the domains declare."""
    wanted = {code: sorted(permissions.of_role(code)) for code in permissions.ROLES}
    known = {role.code: role for role in Role.objects.filter(code__in=wanted)}
    with override("ru"):
        new = [
            Role(code=code, name=str(ROLE_LABELS[code]), permissions=rights, built_in=True)
            for code, rights in wanted.items()
            if code not in known
        ]
    if new:
        Role.objects.bulk_create(new, ignore_conflicts=True)  # two starts at once make them once
    for code, role in known.items():
        if role.built_in and role.permissions != wanted[code]:  # a role that people changed is theirs
            Role.objects.filter(pk=role.pk).update(permissions=wanted[code])


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
    brands: Collection[int] = (),
    shops: Collection[int] = (),
) -> Employee:
    """Add someone who may log in, with these roles in these brands and shops (none: everywhere).

    Raises EmailTaken, BadEmail, WeakPassword, UnknownRole, OutsideScope.
    """
    by.must("company.manage_people")
    employee = Employee(email=email.strip().lower(), name=name.strip(), language=language, demo=demo)
    _check_email(employee.email)
    set_password(employee, password)
    try:
        with transaction.atomic():
            employee.save()
    except IntegrityError as exc:
        raise EmailTaken(field="email") from exc
    journal.record(EmployeeAdded(employee_id=employee.pk), by=by, at=at)
    for code in roles:
        give_role(employee_id=employee.pk, role=code, brands=brands, shops=shops, by=by, at=at)
    return employee


def _check_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as exc:
        raise BadEmail(field="email") from exc


def set_password(employee: Employee, password: str) -> None:
    """Put a new password on the employee, not yet saved. Raises WeakPassword."""
    try:
        validate_password(password, employee)
    except ValidationError as exc:
        raise WeakPassword(" ".join(exc.messages), field="password") from exc
    employee.set_password(password)


@transaction.atomic
def set_active(*, employee_id: int, active: bool, by: Actor, at: datetime) -> None:
    """Let an employee log in, or no more. Raises LastOwner, OutsideScope."""
    must_reach(employee_id, by)
    owners = Grant.objects.select_for_update().filter(role__code="owner", employee__is_active=True)
    if not active and {grant.employee_id for grant in owners} == {employee_id}:
        raise LastOwner
    Employee.objects.filter(pk=employee_id).update(is_active=active)
    if not active:
        end_all(employee_id=employee_id, at=at)
    journal.record(EmployeeSwitched(employee_id=employee_id, active=active), by=by, at=at)


def must_reach(employee_id: int, by: Actor) -> None:
    """Refuse whoever may not decide about this employee. Raises OutsideScope."""
    by.must("company.manage_people")
    if Grant.objects.filter(employee=employee_id, role__code="owner").exists():
        by.must("company.give_ownership")
    if not queries.reaches(by, employee_id):
        raise OutsideScope


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
    """Give a role in these brands and in these shops (neither: everywhere); giving it again changes where.

    Raises UnknownRole, OutsideScope.
    """
    by.must("company.manage_people")
    found = Role.objects.filter(code=role).first()
    if found is None:
        raise UnknownRole(field="role", role=role)
    if role == "owner":
        by.must("company.give_ownership")
    if not queries.covers(by, brands=brands, shops=shops):
        raise OutsideScope(field="shops")
    grant, _made = Grant.objects.update_or_create(
        employee_id=employee_id, role=found, defaults={"given_at": at, "given_by": by.id}
    )
    grant.brands.set(brands)
    grant.shops.set(shops)
    journal.record(RoleGiven(employee_id=employee_id, role_id=found.pk), by=by, at=at)
    return grant


@transaction.atomic
def take_role(*, employee_id: int, role: str, by: Actor, at: datetime) -> None:
    """Take a role away. Raises LastOwner, OutsideScope, Grant.DoesNotExist."""
    must_reach(employee_id, by)
    grant = Grant.objects.select_related("role").get(employee=employee_id, role__code=role)
    if role == "owner" and Grant.objects.select_for_update().filter(role=grant.role).count() == 1:
        raise LastOwner
    grant.delete()
    journal.record(RoleTaken(employee_id=employee_id, role_id=grant.role_id), by=by, at=at)


@transaction.atomic
def set_rights(*, role: str, permissions_wanted: Collection[str], by: Actor, at: datetime) -> Role:
    """Change what a role may do; the owner's role always may all. Nobody gives away a right that they lack."""
    by.must("company.manage_people")
    if not by.is_everywhere:  # a role is the whole company's
        raise OutsideScope
    found = Role.objects.select_for_update().exclude(code="owner").get(code=role)
    known = {permission.key for permission in permissions.declared()}
    wanted = sorted(set(permissions_wanted) & known)
    for permission in set(wanted) - set(found.permissions):
        by.must(permission)
    found.permissions, found.built_in = wanted, False
    found.save(update_fields=["permissions", "built_in"])
    journal.record(RightsChanged(role_id=found.pk), by=by, at=at)
    return found
