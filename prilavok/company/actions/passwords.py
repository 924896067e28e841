"""Ways to a new password: one's own page, a letter, a link that an administrator hands over."""

from datetime import datetime, timedelta

from django.db import transaction

from prilavok.company import queries
from prilavok.company.actions.factors import check_own_password
from prilavok.company.actions.people import must_reach, set_password
from prilavok.company.actions.problems import WrongPassword
from prilavok.company.actions.signins import end_all
from prilavok.company.events import PasswordChanged, PasswordForgotten, PasswordLinkGiven
from prilavok.company.models import Employee, PasswordRequest
from prilavok.kernel import journal
from prilavok.kernel.actors import STRANGER, Actor

BETWEEN_LETTERS = timedelta(minutes=5)


@transaction.atomic
def forget_password(*, email: str, at: datetime) -> None:
    """Ask for a letter with a link, at most one in five minutes; an unknown address is answered the same way."""
    employee = (
        Employee.objects.select_for_update().filter(email__iexact=email.strip(), is_active=True).first()
    )
    if employee is None:
        return
    if PasswordRequest.objects.filter(employee=employee, at__gt=at - BETWEEN_LETTERS).exists():
        return
    PasswordRequest.objects.create(employee=employee, at=at)
    journal.record(PasswordForgotten(employee_id=employee.pk), by=STRANGER, at=at)


@transaction.atomic
def give_password_link(*, employee_id: int, by: Actor, at: datetime) -> str:
    """The address where the employee chooses a new password, for whoever has no letter. Raises OutsideScope."""
    must_reach(employee_id, by)
    journal.record(PasswordLinkGiven(employee_id=employee_id), by=by, at=at)
    return queries.password_link(employee_id)


@transaction.atomic
def change_password(*, employee_id: int, old: str, new: str, by: Actor, at: datetime) -> Employee:
    """One's own new password; every other log-in of one's ends. Raises WrongPassword, WeakPassword, TooOften."""
    if not check_own_password(employee_id=employee_id, password=old):
        raise WrongPassword(field="old")
    employee = Employee.objects.select_for_update().get(pk=employee_id)
    return _save(employee, new, by, at)


@transaction.atomic
def choose_password(*, employee_id: int, new: str, at: datetime) -> Employee:
    """The new password of whoever came by a link; every log-in of theirs ends. Raises WeakPassword."""
    employee = Employee.objects.select_for_update().get(pk=employee_id, is_active=True)
    return _save(employee, new, queries.actor_of(employee), at)


def _save(employee: Employee, new: str, by: Actor, at: datetime) -> Employee:
    set_password(employee, new)
    employee.save(update_fields=["password"])
    end_all(employee_id=employee.pk, at=at)
    journal.record(PasswordChanged(employee_id=employee.pk), by=by, at=at)
    return employee
