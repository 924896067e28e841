"""Counts, means and covariances per stratum and arm, of one split or of thousands of splits at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """What is known of each stratum S and arm A (arm 0 is the control); column 0 is the outcome, the others its past.

    n (…, S, A), mean (…, S, A, K), cov (…, S, A, K, K); leading dimensions, if any, are repeated splits.
    """

    n: Floats
    mean: Floats
    cov: Floats


def cells(columns: Floats, strata: Ints, arms: Ints, *, arm_count: int) -> Cells:
    """Of one split: `columns` (N, K), codes of stratum and arm from 0.

    >>> made = cells(np.array([[1.0], [3.0], [5.0], [9.0]]), np.zeros(4, int), np.array([0, 0, 1, 1]), arm_count=2)
    >>> made.mean[0, :, 0].tolist(), made.cov[0, :, 0, 0].tolist()
    ([2.0, 7.0], [2.0, 8.0])
    """
    kinds, width = int(strata.max(initial=-1)) + 1, columns.shape[1]
    code, size = strata * arm_count + arms, kinds * arm_count
    n = np.bincount(code, minlength=size).astype(float)
    mean = _sums(columns, code, size) / np.maximum(n, 1)[:, None]
    apart = columns - mean[code]
    products = (apart[:, :, None] * apart[:, None, :]).reshape(len(columns), width * width)
    cov = _sums(products, code, size) / np.maximum(n - 1, 1)[:, None]
    return Cells(
        n.reshape(kinds, arm_count),
        mean.reshape(kinds, arm_count, width),
        cov.reshape(kinds, arm_count, width, width),
    )


def many(columns: Floats, strata: Ints, treated: Bools) -> Cells:
    """Of many two-armed splits of the same people: `treated` (R, N). One matrix product: 1,000 take milliseconds."""
    kinds, width = int(strata.max()) + 1, columns.shape[1]
    centred = columns - columns.mean(axis=0)
    products = (centred[:, :, None] * centred[:, None, :]).reshape(len(columns), width * width)
    features = np.concatenate([np.ones((len(columns), 1)), centred, products], axis=1)
    spread = (np.eye(kinds)[strata][:, :, None] * features[:, None, :]).reshape(len(columns), -1)
    shape = (kinds, features.shape[1])
    of_treated = (treated.astype(float) @ spread).reshape(-1, *shape)
    sums = np.stack([spread.sum(axis=0).reshape(shape) - of_treated, of_treated], axis=2)
    n = sums[..., 0]
    mean = sums[..., 1 : width + 1] / n[..., None]
    raw = sums[..., width + 1 :].reshape(*n.shape, width, width)
    cov = (raw - n[..., None, None] * mean[..., :, None] * mean[..., None, :]) / (n - 1)[..., None, None]
    return Cells(n, mean + columns.mean(axis=0), cov)


def _sums(values: Floats, code: Ints, size: int) -> Floats:
    return np.stack([np.bincount(code, values[:, k], minlength=size) for k in range(values.shape[1])], axis=1)
