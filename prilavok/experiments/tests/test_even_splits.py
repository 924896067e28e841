"""A/A: where nothing was done, 95 % of the intervals must say so. On real receipts where they are installed."""

import numpy as np
import pytest

from prilavok.experiments.rules import bands, looks
from prilavok.experiments.rules.cells import cells, many
from prilavok.experiments.rules.draw import draw
from prilavok.experiments.rules.effect import effect, estimates
from prilavok.experiments.tests.base import weekly_revenue

SPLITS = 2000


def _customers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome of the last four weeks, two covariates before it, five strata by spending before."""
    weeks = weekly_revenue()
    weeks = weeks[weeks[:, :48].sum(axis=1) > 100][:1350]
    outcome = weeks[:, 48:52].sum(axis=1)
    past = np.stack([weeks[:, 44:48].sum(axis=1), weeks[:, 32:44].sum(axis=1)], axis=1)
    return outcome, past, bands.quantiles(past[:, 1]) - 1


def _splits(strata: np.ndarray, share: float, count: int) -> np.ndarray:
    """Random stratified splits, (count, people): True is treated. Exact quotas, as the draw makes them."""
    random = np.random.default_rng(11)
    treated = np.ones((count, len(strata)), bool)
    for code in np.unique(strata):
        people = np.flatnonzero(strata == code)
        control = np.argsort(random.random((count, len(people))), axis=1)[:, : round(share * len(people))]
        treated[np.arange(count)[:, None], people[control]] = False
    return treated


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("adjusted", [True, False])
def test_even_splits_show_nothing(share: float, adjusted: bool) -> None:
    outcome, past, strata = _customers()
    cut = bands.capped(outcome, bands.cap(past[:, 0]))
    columns = np.column_stack([cut, past])

    low, high = estimates(many(columns, strata, _splits(strata, share, SPLITS)), adjusted=adjusted).interval()

    assert 0.93 <= np.mean((low <= 0) & (high >= 0)) <= 0.97


def test_the_past_makes_intervals_much_narrower() -> None:
    outcome, past, strata = _customers()
    made = many(np.column_stack([outcome, past]), strata, _splits(strata, 0.1, 200))

    assert estimates(made).se.mean() < 0.85 * estimates(made, adjusted=False).se.mean()


def test_a_planted_effect_is_covered() -> None:
    outcome, past, strata = _customers()
    treated = _splits(strata, 0.5, 500)
    covered = 0
    for split in treated:
        made = cells(np.column_stack([outcome + 20.0 * split, past]), strata, split.astype(int), arm_count=2)
        found = effect(made)
        covered += found.low <= 20 <= found.high

    assert 0.92 <= covered / 500 <= 0.98


def test_one_split_and_many_agree() -> None:
    outcome, past, strata = _customers()
    columns = np.column_stack([outcome, past])
    treated = _splits(strata, 0.1, 3)

    one = effect(cells(columns, strata, treated[1].astype(int), arm_count=2))
    together = estimates(many(columns, strata, treated))

    assert one.per_customer == pytest.approx(float(together.effect[1]))
    assert one.se == pytest.approx(float(together.se[1]))


def test_looking_every_week_is_never_fooled_more_often_than_promised() -> None:
    weeks = weekly_revenue()
    weeks = weeks[weeks[:, :40].sum(axis=1) > 100][:1350]
    past = np.stack([weeks[:, 36:40].sum(axis=1), weeks[:, 24:36].sum(axis=1)], axis=1)
    strata = bands.quantiles(past[:, 1]) - 1
    treated = _splits(strata, 0.1, SPLITS)
    looked = [
        estimates(many(np.column_stack([weeks[:, 40:until].sum(axis=1), past]), strata, treated))
        for until in range(41, 53)
    ]
    planned = float(looked[-1].se.mean())
    always = np.zeros(SPLITS, bool)
    naive = np.zeros(SPLITS, bool)
    for found in looked:
        half = np.array([looks.half_width(float(se), planned) for se in found.se])
        always |= np.abs(found.effect) > half
        low, high = found.interval()
        naive |= (low > 0) | (high < 0)

    assert always.mean() <= 0.05
    assert naive.mean() > 0.05  # which is why the page waits for the horizon


def test_the_draw_itself_splits_evenly() -> None:
    outcome, past, strata = _customers()
    columns = np.column_stack([outcome, past])
    names = {person: str(code) for person, code in enumerate(strata)}
    outside = 0
    for number in range(300):
        arms = draw(names, {"control": 0.1, "mailed": 0.9}, f"salt {number}")
        treated = np.array([arms[person] == "mailed" for person in range(len(strata))])
        found = effect(cells(columns, strata, treated.astype(int), arm_count=2))
        outside += found.low > 0 or found.high < 0

    assert outside / 300 < 0.09
