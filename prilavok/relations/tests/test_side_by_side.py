"""Two people write at once: a holding never runs in a circle, nobody lives in two households."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connections

from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.errors import Problem
from prilavok.relations import actions
from prilavok.relations.models import Membership, Relation
from prilavok.relations.tests.conftest import Named, related
from tests.cast import NOON

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What refused each of the acts, done side by side; nothing where it was done."""

    def run(act: Callable[[], object]) -> str:
        try:
            act()
            return ""
        except Problem as problem:
            return problem.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_two_companies_do_not_become_each_others_subsidiary(firm: Named) -> None:
    one, other = firm("One"), firm("Other")
    refused = at_once(lambda: related("subsidiary", one, other), lambda: related("subsidiary", other, one))

    assert refused == ["", "circle"]
    assert Relation.objects.count() == 1


def test_nobody_is_put_into_two_households(anna: Profile, person: Named) -> None:
    ivan, petya = person("Иван"), person("Петя", birth_date=date(2015, 6, 1))
    homes = [actions.make_household(head_id=one.pk, by=SYSTEM, at=NOON) for one in (anna, ivan)]

    def join(household_id: int) -> Callable[[], object]:
        return lambda: actions.join_household(
            household_id=household_id, profile_id=petya.pk, part="child", by=SYSTEM, at=NOON
        )

    assert at_once(*(join(home.pk) for home in homes)) == ["", "in_another_household"]
    assert Membership.objects.filter(profile=petya).count() == 1
