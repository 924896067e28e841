"""A draw is a row per person, written once."""

from collections import Counter
from datetime import timedelta

import pytest

from prilavok.customers import queries as customers
from prilavok.experiments import actions, queries
from prilavok.experiments.actions import AlreadyRunning, BadShares, Candidate, NobodyToDraw
from prilavok.experiments.models import Assignment
from prilavok.kernel.actors import SYSTEM, Refused
from tests.cast import NOON, actor


def candidates(profiles: list[int], stratum: str = "all") -> list[Candidate]:
    persons = customers.persons_of(profiles)
    return [Candidate(profile, persons[profile], stratum) for profile in profiles]


def draw(profiles: list[int], share: float = 0.1, **more):
    return actions.draw(
        subject=more.pop("subject", "campaign:1"),
        title="Spring",
        candidates=candidates(profiles),
        control_share=share,
        horizon_days=28,
        by=more.pop("by", SYSTEM),
        at=NOON,
        **more,
    )


def test_a_tenth_stays_control(regulars) -> None:
    made = draw(regulars)

    assert Counter(made.arms.values()) == {"control": 12, "mailed": 108}
    assert Assignment.objects.filter(experiment=made.experiment).count() == 120


def test_drawing_again_changes_nothing(regulars) -> None:
    first, again = draw(regulars), draw(list(reversed(regulars)), share=0.5)

    assert again.experiment == first.experiment
    assert again.arms == first.arms


def test_the_salt_repeats_the_draw(regulars) -> None:
    first = draw(regulars, subject="campaign:1", salt="pinch")
    second = draw(regulars, subject="campaign:2", salt="pinch")
    third = draw(regulars, subject="campaign:3")

    assert first.arms == second.arms != third.arms


def test_the_period_is_fixed_in_shop_days(regulars) -> None:
    experiment = draw(regulars).experiment

    assert experiment.first_day == NOON.date()
    assert experiment.last_day == NOON.date() + timedelta(days=27)
    assert experiment.horizon_at.isoformat() == "2026-03-29T21:00:00+00:00" or experiment.horizon_at.day == 30


def test_no_more_than_half_stays_unmailed(regulars) -> None:
    with pytest.raises(BadShares):
        draw(regulars, share=0.6)


def test_nobody_cannot_be_drawn(db, the_company) -> None:
    with pytest.raises(NobodyToDraw):
        draw([])


def test_a_stranger_draws_nobody(regulars, max_stranger) -> None:
    with pytest.raises(Refused):
        draw(regulars, by=actor(max_stranger))


def test_a_draw_that_has_begun_stands(regulars) -> None:
    made = draw(regulars)

    with pytest.raises(AlreadyRunning):
        actions.cancel(public_id=made.experiment.public_id, by=SYSTEM, at=NOON)


def test_a_draw_of_tomorrow_can_be_taken_back(regulars) -> None:
    made = draw(regulars, starts_at=NOON + timedelta(days=1))
    actions.cancel(public_id=made.experiment.public_id, by=SYSTEM, at=NOON)

    assert queries.of_subject("campaign:1") is None
    assert draw(regulars).experiment != made.experiment
