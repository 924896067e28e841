"""Against results that others have published or reckoned."""

import numpy as np
import pytest

from prilavok.experiments.rules import cuts, rates, sensitivity, unassigned
from prilavok.experiments.rules.cells import Cells, cells
from prilavok.experiments.rules.effect import effect

RANDOM = np.random.default_rng(3)


def _arms(*groups: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values = np.concatenate(groups)
    codes = np.concatenate([np.full(len(group), number) for number, group in enumerate(groups)])
    return values, np.zeros(len(values), int), codes


def test_one_stratum_without_past_is_welchs_interval() -> None:
    from scipy import stats  # takes a second, which those who don't run this test need not wait

    control, mailed = RANDOM.gamma(1, 50, 40), RANDOM.gamma(1, 70, 90)
    values, strata, arms = _arms(control, mailed)

    found = effect(cells(values[:, None], strata, arms, arm_count=2), adjusted=False)
    known = stats.ttest_ind(mailed, control, equal_var=False).confidence_interval()

    assert (found.low, found.high) == pytest.approx((known.low, known.high))


def test_sleep_data_of_student() -> None:
    """Cushny and Peebles' sleep data: Welch's 95 % interval is (-0.2054832, 3.3654832)."""
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    values, strata, arms = _arms(first, second)

    found = effect(cells(values[:, None], strata, arms, arm_count=2))

    assert (found.low, found.high) == pytest.approx((-0.2054832, 3.3654832), abs=1e-6)


def test_adjustment_with_equal_arms_is_the_analysis_of_covariance() -> None:
    past = RANDOM.gamma(2, 100, 400)
    arms = np.repeat([0, 1], 200)
    outcome = 0.6 * past + 15 * arms + RANDOM.normal(0, 30, 400)

    found = effect(cells(np.column_stack([outcome, past]), np.zeros(400, int), arms, arm_count=2))
    design = np.column_stack([np.ones(400), arms, past])
    known = np.linalg.lstsq(design, outcome, rcond=None)[0][1]

    assert found.per_customer == pytest.approx(known, abs=1e-9)


def test_of_a_handful_the_past_is_not_taken_off() -> None:
    """The past of four explains whatever they bought: what was left of the spread was nought, or less by rounding."""
    values, strata, arms = _arms(np.array([50.0, 480.0]), np.array([100.0, 730.0]))
    past = np.array([[3.0, 5.0], [7.0, 1.0], [2.0, 4.0], [9.0, 9.0]])
    for factor in (1.0, 0.1, 1 / 3):
        made = cells(np.column_stack([values * factor, past * factor]), strata, arms, arm_count=2)
        found, plain = effect(made), effect(made, adjusted=False)
        assert not found.adjusted
        assert (found.low, found.high) == (plain.low, plain.high)
        assert found.low < 0 < found.high


def test_strata_add_up_to_the_total() -> None:
    outcome, past = RANDOM.gamma(1, 50, 500), RANDOM.gamma(1, 50, (500, 2))
    strata, treated = RANDOM.integers(0, 4, 500), (RANDOM.random(500) < 0.8).astype(int)

    found = effect(cells(np.column_stack([outcome, past]), strata, treated, arm_count=2))
    made = cuts.shares(outcome, past, found.theta, strata, treated)
    by_stratum = sum(made.part(strata == code).total for code in range(4))
    by_spending = sum(
        made.part(group).total for group in (outcome < 20, (outcome >= 20) & (outcome < 80), outcome >= 80)
    )

    assert by_stratum == pytest.approx(found.total)
    assert by_spending == pytest.approx(found.total)
    assert made.part(np.ones(500, bool)).se == pytest.approx(found.se * found.customers, rel=0.03)


def test_newcombes_published_intervals() -> None:
    """Newcombe 1998, table II, method 10: 56/70 against 48/80, 9/10 against 3/10, 5/56 against 0/29."""
    for (a, m), (b, n), low, high in [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ]:
        made = Cells(np.array([[n, m]], float), np.array([[[b / n], [a / m]]]), np.zeros((1, 2, 1, 1)))
        found = rates.difference(made)
        assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


def test_cohens_table_of_sizes() -> None:
    """Cohen 1988: d = 0.2 takes 393 per group at 80 % power (by the normal: 392.4)."""
    assert sensitivity.smallest_effect(1.0, 393, 393) == pytest.approx(0.2, abs=2e-4)


def test_the_targeted_who_spent_more_before_prove_nothing() -> None:
    before = np.concatenate([RANDOM.gamma(2, 200, 500), RANDOM.gamma(2, 65, 500)])
    targeted = np.arange(1000) < 500
    during = before + RANDOM.normal(0, 20, 1000)

    found = unassigned.compare(during, before, None, targeted)

    assert found.naive_total > 100_000
    assert found.change.low < 0 < found.change.high
    assert found.ratio_before == pytest.approx(3, rel=0.2)
