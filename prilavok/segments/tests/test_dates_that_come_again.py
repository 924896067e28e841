"""Personal dates that come again every year bring people in and out as days pass."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from prilavok.customers import actions as customers
from prilavok.customers.actions import dates
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions, membership, queries
from tests.cast import NOON

pytestmark = pytest.mark.usefixtures("facts")


def meets(key: str, days: int, on: date) -> set[int]:
    leaf: dict[str, Any] = {"trait": key, "op": "=", "value": days}
    return set(
        queries.count({"all": [leaf]}, SYSTEM, at=datetime(on.year, on.month, on.day, 9, tzinfo=UTC)).some
    )


def remember(profile: Profile, kind: str, month: int, day: int) -> None:
    dates.add_date(profile_id=profile.pk, kind=kind, month=month, day=day, by=SYSTEM, at=NOON)


def test_days_until_a_date_are_counted_over_the_end_of_a_year_and_the_29th_of_february(anna: Profile) -> None:
    remember(anna, "wedding", 2, 29)
    remember(anna, "child", 1, 3)
    journal.deliver()

    assert meets("wedding_in", 0, date(2027, 2, 28)) == {anna.pk}  # a common year
    assert meets("wedding_in", 1, date(2028, 2, 28)) == {anna.pk}
    assert meets("wedding_in", 365, date(2027, 3, 1)) == {anna.pk}
    assert meets("child_birthday_in", 4, date(2026, 12, 30)) == {anna.pk}
    assert meets("any_date_in", 4, date(2026, 12, 30)) == {anna.pk}
    assert meets("any_date_in", 8, date(2027, 2, 20)) == {anna.pk}
    assert not meets("name_day_in", 4, date(2026, 12, 30))


def test_a_day_that_passes_brings_in_whoever_has_a_date_soon(anna: Profile) -> None:
    soon = NOON + timedelta(days=8)
    remember(anna, "wedding", soon.month, soon.day)
    journal.deliver()
    tree = {"all": [{"trait": "wedding_in", "op": "<=", "value": 7}]}
    made = actions.create(name="Wedding", tree=tree, kind="dynamic", by=SYSTEM, at=NOON)
    assert not queries.member_ids(made.pk)

    assert actions.wake(at=NOON + timedelta(days=1)) == membership.Change(1, 0)
    assert queries.member_ids(made.pk) == [anna.pk]


def test_who_registered_at_night_registered_on_the_day_of_the_company(the_company: None) -> None:
    """01:30 on 1 March in Moscow is 28 February in Greenwich."""
    customers.register(
        NewCustomer(external_id="owl"), by=SYSTEM, at=datetime(2026, 2, 28, 22, 30, tzinfo=UTC)
    )
    journal.deliver()
    march = {"trait": "registered_at", "op": "between", "value": ["2026-03-01", "2026-03-01"]}
    assert queries.count(march, SYSTEM, at=NOON).people == 1
