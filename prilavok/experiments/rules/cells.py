"""Counts, means and covariances per stratum and arm, of one split or of thousands of splits at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
ENOUGH = 2  # people in a cell: fewer have no variance


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


def counted(values: Floats, customers: Floats, strata: Ints, arms: Ints, *, arm_count: int) -> Cells:
    """Of one split whose customers with equal outcomes have been counted: `customers` with each of `values`.

    >>> made = counted(np.array([0.0, 2.0]), np.array([2.0, 2.0]), np.zeros(2, int), np.zeros(2, int), arm_count=1)
    >>> made.n.tolist(), made.mean[..., 0].tolist(), made.cov[..., 0, 0].round(4).tolist()
    ([[4.0]], [[1.0]], [[1.3333]])
    """
    kinds = int(strata.max(initial=-1)) + 1
    code, size = strata * arm_count + arms, kinds * arm_count
    n = np.bincount(code, customers, minlength=size).astype(np.float64)
    mean = np.bincount(code, customers * values, minlength=size) / np.maximum(n, 1)
    squares = np.bincount(code, customers * (values - mean[code]) ** 2, minlength=size)
    cov = squares / np.maximum(n - 1, 1)
    return Cells(
        n.reshape(kinds, arm_count),
        mean.reshape(kinds, arm_count, 1),
        cov.reshape(kinds, arm_count, 1, 1),
    )


def thick(n: Floats) -> Ints:
    """New codes for strata (rows of n: people per arm), so that each has two people in every arm that has any.

    Strata too thin join one another, and if that is not enough, the largest.

    >>> thick(np.array([[10.0, 90], [1, 9], [1, 9], [12, 88]])).tolist()
    [0, 2, 2, 1]
    >>> thick(np.array([[10.0, 90], [1, 9]])).tolist()
    [0, 0]
    """
    there = n.sum(axis=0) > 0
    thin = (n[:, there] < ENOUGH).any(axis=1)
    codes = np.zeros(len(n), dtype=np.int64)
    codes[~thin] = np.arange((~thin).sum())
    if not thin.any():
        return codes
    together = n[thin].sum(axis=0)
    if (together[there] >= ENOUGH).all() or thin.all():
        codes[thin] = (~thin).sum()
    else:
        codes[thin] = codes[int(np.argmax(np.where(thin, -1, n.sum(axis=1))))]
    return codes


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
    sums = np.zeros((size, values.shape[1]))
    for column in range(values.shape[1]):
        sums[:, column] = np.bincount(code, values[:, column], minlength=size)
    return sums
