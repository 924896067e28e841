"""Tasks that every test knows: Oleg calls Anna back about the case SR-204, and has to meet somebody."""

from datetime import date

import pytest

from prilavok.company import queries as company
from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.tasks import actions
from prilavok.tasks.models import Task
from prilavok.tasks.ports import NewTask, Subject
from prilavok.tasks.rules import whole
from tests.cast import NOON, hire


@pytest.fixture
def sasha(the_company: None) -> Employee:
    """Oleg's supervisor."""
    return hire("Sasha", "supervisor")


@pytest.fixture
def call(oleg: Employee, anna: Profile) -> Task:
    """Due at any hour of the second of March."""
    return actions.set_task(
        NewTask(
            title="Call back: the case is resolved",
            profile_id=anna.pk,
            due=whole(date(2026, 3, 2), company.zone()),
            responsible_id=oleg.pk,
            reason="The case is resolved",
            subject=Subject("SR-204", "/cases/SR-204/", "case", "SR-204"),
            remind_before=0,
        ),
        by=SYSTEM,
        at=NOON,
    )


@pytest.fixture
def visit(oleg: Employee) -> Task:
    """Without a date and without a customer."""
    return actions.set_task(
        NewTask(title="Meet the supplier", kind="meeting", responsible_id=oleg.pk), by=SYSTEM, at=NOON
    )
