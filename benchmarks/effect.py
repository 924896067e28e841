"""Reckoning an effect: a million customers out of facts, the estimate with CUPED, a cut, a thousand even splits.

`EFFECT_CUSTOMERS` makes a smaller base for a quick look.
"""

import os
import time
from collections.abc import Callable
from datetime import date

import numpy as np

from benchmarks.measuring import Measured, against_limit, percentile, times
from prilavok.experiments.rules import cuts
from prilavok.experiments.rules.cells import cells, many
from prilavok.experiments.rules.draw import draw
from prilavok.experiments.rules.effect import effect, estimates

CUSTOMERS = int(os.environ.get("EFFECT_CUSTOMERS", "1000000"))
RECEIPTS_EACH = 10
DAY = date(2026, 3, 2)
SPLITS, SPLIT_PEOPLE = 1_000, 1_350


def measure() -> list[Measured]:
    random = np.random.default_rng(1)
    past = random.gamma(0.5, 200, (CUSTOMERS, 2))
    outcome = 0.7 * past[:, 0] + random.gamma(0.5, 80, CUSTOMERS)
    strata, treated = random.integers(0, 5, CUSTOMERS), (random.random(CUSTOMERS) < 0.9).astype(np.int64)
    columns = np.column_stack([outcome, past])
    ours = percentile(times(lambda: effect(cells(columns, strata, treated, arm_count=2)), 5, warm=1), 0.5)
    bare = percentile(times(_regression(columns, treated), 5, warm=1), 0.5)
    found = effect(cells(columns, strata, treated, arm_count=2))
    cutting = _timed(lambda: _cut(outcome, past, found.theta, strata, treated))
    drawing = _timed(
        lambda: draw(dict.fromkeys(range(CUSTOMERS), "all"), {"control": 0.1, "mailed": 0.9}, "salt")
    )
    return [
        Measured(
            f"effect of {CUSTOMERS:,} customers",
            f"{ours:.2f} s",
            ours / bare,
            f"bare lstsq {bare:.2f} s",
            True,
        ),
        against_limit("its parts by 13 age bands", f"{cutting:.2f} s", cutting, 5, "s"),
        against_limit(f"draw of {CUSTOMERS:,} people", f"{drawing:.2f} s", drawing, 10, "s"),
        _even_splits(random),
        *_out_of_facts(),
    ]


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _regression(columns: np.ndarray, treated: np.ndarray) -> Callable[[], object]:
    """What a statistician's script would do, without strata or interval."""
    design = np.column_stack([np.ones(len(columns)), treated, columns[:, 1:]])
    return lambda: np.linalg.lstsq(design, columns[:, 0], rcond=None)


def _cut(
    outcome: np.ndarray, past: np.ndarray, theta: tuple[float, ...], strata: np.ndarray, treated: np.ndarray
) -> None:
    shared = cuts.shares(outcome, past, theta, strata, treated)
    bands = np.arange(len(outcome)) % 13
    for band in range(13):
        shared.part(bands == band)


def _even_splits(random: np.random.Generator) -> Measured:
    columns = random.gamma(0.5, 200, (SPLIT_PEOPLE, 3))
    strata = np.arange(SPLIT_PEOPLE) % 5
    treated = random.random((SPLITS, SPLIT_PEOPLE)) < 0.9
    spent = percentile(times(lambda: estimates(many(columns, strata, treated)), 5, warm=1), 0.5)
    return against_limit(
        f"{SPLITS:,} even splits of {SPLIT_PEOPLE:,} customers", f"{spent:.2f} s", spent, 5, "s"
    )


def _out_of_facts() -> list[Measured]:
    """What these customers bought in three windows, against the engine's own aggregation over everything."""
    from prilavok.experiments.queries import outcomes
    from prilavok.experiments.rules import past
    from prilavok.facts import client

    client.execute(
        "INSERT INTO receipts (receipt_id, profile_id, kind, happened_at, local_date, revenue_units) "
        f"SELECT number, 1 + number % {CUSTOMERS}, 'sale', toDateTime(toDate('2025-11-10') + number % 140), "
        f"toDate('2025-11-10') + number % 140, 1000000 FROM numbers({CUSTOMERS * RECEIPTS_EACH})"
    )
    windows = [past.window(DAY, 28), *past.covariates(DAY, 28)]
    place_of = {profile: profile - 1 for profile in range(1, CUSTOMERS + 1)}
    ours = _timed(lambda: outcomes.bought(place_of, CUSTOMERS, windows))
    sums = ", ".join(
        f"sumIf(revenue_units, local_date BETWEEN '{one.first}' AND '{one.last}'), "
        f"countIf(local_date BETWEEN '{one.first}' AND '{one.last}' AND kind = 'sale')"
        for one in windows
    )
    bare = _timed(
        lambda: client.rows(f"SELECT profile_id, {sums} FROM receipts GROUP BY profile_id", lane="heavy")
    )
    text = f"purchases of {CUSTOMERS:,} customers out of {CUSTOMERS * RECEIPTS_EACH:,} receipts"
    return [Measured(text, f"{ours:.1f} s", ours / bare, f"bare engine query {bare:.1f} s", True)]
