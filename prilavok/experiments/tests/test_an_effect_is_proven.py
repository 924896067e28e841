"""From receipts to a verdict: letters after which people bought more."""

from datetime import timedelta

import pytest

from prilavok.experiments import queries
from prilavok.experiments.rules.verdicts import Verdict
from prilavok.experiments.tests.people import drawn, spend, told
from prilavok.experiments.web import pictures
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON

OVER = NOON + timedelta(days=40)


@pytest.fixture(scope="module")
def experiment(standing_shop, standing_past):
    """Whoever got letters spent 200 a week more."""
    made = drawn(standing_past)
    spend(standing_shop, standing_past, made, more=200.0)
    return made


def test_a_true_effect_is_proven(db, experiment) -> None:
    found = queries.report(experiment.experiment.pk, SYSTEM, OVER)

    assert told(found).verdict == Verdict.PROVEN
    assert told(found).effect.low <= 800 <= told(found).effect.high
    assert told(found).effect.se < told(found).unadjusted.se


def test_before_the_horizon_it_is_too_early_and_the_interval_is_wider(db, experiment) -> None:
    found = queries.report(experiment.experiment.pk, SYSTEM, NOON + timedelta(days=9))

    assert told(found).verdict == Verdict.TOO_EARLY
    assert found.days_left == 19
    assert told(found).shown_half > told(found).effect.half
    assert found.analysis == (NOON.date(), NOON.date() + timedelta(days=27))


def test_every_cut_adds_up_to_the_total(db, experiment) -> None:
    found = queries.report(experiment.experiment.pk, SYSTEM, OVER)

    assert {cut.key for cut in found.cuts} == {"stratum", "sex", "age", "shop", "recency", "rfm"}
    for cut in found.cuts:
        assert cut.total == pytest.approx(told(found).effect.total)
        assert sum(row.mailed.customers + row.control.customers for row in cut.rows) == 120


def test_the_picture_is_coloured_by_the_verdict(db, experiment) -> None:
    early = queries.report(experiment.experiment.pk, SYSTEM, NOON + timedelta(days=20))
    over = queries.report(experiment.experiment.pk, SYSTEM, OVER)

    assert told(early).effect.low > 0 and told(over).verdict == Verdict.PROVEN
    assert tones(early) == ["", ""]
    assert tones(over) == ["good", ""]
    for cut in over.cuts:
        drawing = pictures.of_cut(over, cut)
        assert drawing is None or not any(drawing.series[0].tones)


def tones(report: queries.Report) -> list[str]:
    drawing = pictures.intervals(report)
    assert drawing is not None
    return list(drawing.series[0].tones)
