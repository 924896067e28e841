"""When a verdict may be given: counted in the shop's days, over a change of clocks too, to the very moment."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.customers import queries as customers
from prilavok.experiments import actions, queries
from prilavok.experiments.actions import Candidate
from prilavok.experiments.models import Experiment
from prilavok.experiments.rules.verdicts import Verdict
from prilavok.experiments.tests.people import told
from prilavok.kernel.actors import SYSTEM

NEW_YORK = ZoneInfo("America/New_York")
BEGIN = datetime(2026, 10, 25, tzinfo=NEW_YORK)  # a week before clocks go back
END = datetime(2026, 11, 22, tzinfo=NEW_YORK)
SECOND = timedelta(seconds=1)


@pytest.fixture
def people(facts, regulars) -> list[Candidate]:
    company.name_company(name="Shop", currency="USD", timezone=NEW_YORK.key, language="en", by=SYSTEM)
    persons = customers.persons_of(regulars)
    return [Candidate(profile, persons[profile]) for profile in regulars]


def drawn(people: list[Candidate], at: datetime) -> Experiment:
    made = actions.draw(
        subject="campaign:1",
        title="Autumn",
        candidates=people,
        control_share=0.5,
        horizon_days=28,
        by=SYSTEM,
        at=at,
        salt="fixed",
    )
    return made.experiment


@pytest.mark.parametrize(
    ("hour", "later", "left"), [(0, 0, 28), (23, 0, 28), (0, 6, 22), (12, 8, 20), (10, 27, 1), (23, 27, 1)]
)
def test_days_left_are_days_of_the_calendar(people, hour: int, later: int, left: int) -> None:
    experiment = drawn(people, BEGIN)
    at = (BEGIN + timedelta(days=later)).replace(hour=hour)

    assert queries.report(experiment.pk, SYSTEM, at).days_left == left


def test_the_verdict_is_given_at_midnight_after_the_last_day(people) -> None:
    experiment = drawn(people, BEGIN + timedelta(hours=15))

    assert experiment.horizon_at == END
    assert told(queries.report(experiment.pk, SYSTEM, END - SECOND)).verdict == Verdict.TOO_EARLY
    assert told(queries.report(experiment.pk, SYSTEM, END)).verdict == Verdict.NOT_PROVEN
    assert queries.report(experiment.pk, SYSTEM, END).days_left == 0


def test_the_last_day_must_have_ended_in_every_shop(people) -> None:
    west = NewShop(code="west", name="West", timezone="America/Los_Angeles")
    company.add_shops([west], by=SYSTEM, at=BEGIN)
    experiment = drawn(people, BEGIN)

    assert experiment.horizon_at == END + timedelta(hours=3)
    assert told(queries.report(experiment.pk, SYSTEM, END)).verdict == Verdict.TOO_EARLY
    assert queries.report(experiment.pk, SYSTEM, END).days_left == 1
