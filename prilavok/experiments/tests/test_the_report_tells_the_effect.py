"""From receipts to a verdict: letters that changed nothing."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from prilavok.customers import queries as customers
from prilavok.customers.actions import merge
from prilavok.experiments import actions, queries
from prilavok.experiments.actions import Candidate
from prilavok.experiments.rules.verdicts import Verdict
from prilavok.experiments.tests.people import drawn, spend, told
from prilavok.kernel.actors import SYSTEM, Refused
from tests.cast import NOON, actor

OVER = NOON + timedelta(days=40)


@pytest.fixture(scope="module")
def in_vain(standing_shop, standing_past):
    """An experiment whose letters changed nothing."""
    made = drawn(standing_past)
    spend(standing_shop, standing_past, made, more=0.0)
    return made


def test_no_effect_is_not_proven(db, in_vain) -> None:
    found = queries.report(in_vain.experiment.pk, SYSTEM, OVER)

    assert told(found).verdict == Verdict.NOT_PROVEN
    assert told(found).ruling.detectable > 0


def test_figures_of_both_arms_and_what_stands_apart(db, in_vain) -> None:
    found = queries.report(in_vain.experiment.pk, SYSTEM, OVER)
    control, mailed = found.arms

    assert (control.figures.customers, mailed.figures.customers) == (60, 60)
    assert control.figures.buyers == 60
    assert control.figures.receipts == 240
    assert control.figures.conversion == 1
    assert found.unidentified_revenue == pytest.approx(77.0)
    assert found.new_revenue == 0
    assert found.split.checked and not found.split.broken


def test_customers_stand_in_the_band_of_their_age(db, in_vain) -> None:
    """Born on 9 May of 1950 to 1999: on 2 March 2026 the oldest are 75, the youngest 26."""
    found = queries.report(in_vain.experiment.pk, SYSTEM, OVER)

    [ages] = [cut for cut in found.cuts if cut.key == "age"]
    assert {row.label: row.control.customers + row.mailed.customers for row in ages.rows} == {
        "26–30": 10,
        "31–35": 10,
        "36–40": 10,
        "41–45": 10,
        "46–50": 10,
        "51–55": 10,
        "56–60": 15,
        "61–65": 15,
        "66–70": 15,
        "71–75": 15,
    }


def test_after_a_merge_the_earliest_assignment_holds(db, in_vain, standing_past) -> None:
    merge(profile_id=standing_past[0], other_id=standing_past[1], by=SYSTEM, at=NOON)
    found = queries.report(in_vain.experiment.pk, SYSTEM, OVER)

    assert found.overlap == 1
    assert found.customers == 119
    assert (
        sum(arm.figures.receipts for arm in found.arms) == 480
    )  # the merged one's purchases stay the person's


def test_without_control_nothing_is_claimed(db, standing_past) -> None:
    persons = customers.persons_of(standing_past)
    made = actions.draw(
        subject="campaign:9",
        title="All",
        candidates=[Candidate(profile, persons[profile]) for profile in standing_past],
        control_share=0,
        horizon_days=7,
        by=SYSTEM,
        at=NOON,
    )
    found = queries.report(made.experiment.pk, SYSTEM, OVER)

    assert found.comparisons == () and found.main is None


def test_strata_come_from_past_spending(db, standing_past) -> None:
    persons = customers.persons_of(standing_past)
    made = actions.draw(
        subject="campaign:9",
        title="Spring",
        candidates=[Candidate(profile, persons[profile]) for profile in standing_past],
        control_share=Decimal("0.1"),
        horizon_days=28,
        by=SYSTEM,
        at=NOON,
    )
    strata = Counter(made.experiment.assignments.values_list("stratum", flat=True))

    assert strata == {f"spent-{number}": 24 for number in range(1, 6)}
    assert made.experiment.plan["smallest_effect"] > 0


def test_sensitivity_is_told_beforehand(db, standing_past) -> None:
    told = queries.sensitivity(standing_past, 28, 0.1, NOON)

    assert told.customers == 120
    assert told.sd_left < told.sd
    assert [point.share for point in told.curve][-1] == 0.5
    assert told.curve[-1].smallest_effect < told.smallest_effect_per_customer


def test_naive_report_of_a_campaign_without_control(db, standing_past) -> None:
    richest = standing_past[:40]
    found = queries.naive_report(
        richest, NOON.date() - timedelta(days=28), NOON.date() - timedelta(days=1), SYSTEM
    )

    assert found is not None
    assert (found.targeted, found.others) == (40, 80)
    assert found.placebo is not None
    assert found.change.low < 0 < found.change.high


def test_a_stranger_sees_no_report(in_vain, max_stranger) -> None:
    with pytest.raises(Refused):
        queries.report(in_vain.experiment.pk, actor(max_stranger), OVER)
