"""The effect per customer, with and without the customers' own past.

Stratified difference (Imbens & Rubin, "Causal Inference", 2015, ch. 9), weighted to the treated:
    τ = Σ w_s (ȳ₁s − ȳ₀s),  w_s = n₁s / N₁,  Var τ = Σ w_s² (s²₁s/n₁s + s²₀s/n₀s)
so that the total N₁·τ = Σ n₁s (ȳ₁s − ȳ₀s): strata add up. Degrees of freedom by Welch and Satterthwaite
    ν = V² / Σ vᵢ²/(nᵢ−1); with one stratum this is exactly Welch's t-interval.

CUPED (Deng, Xu, Kohavi, Walker, WSDM 2013): what stood between the arms before is taken off,
    τ_adj = τ_y − θᵀτ_x,
with θ such that the variance of τ_adj is least: θ = (Σ w_s²(C_xx,₁/n₁+C_xx,₀/n₀))⁻¹ Σ w_s²(C_xy,₁/n₁+C_xy,₀/n₀).
With unequal arms this is the regression that weighs the smaller arm more (Lin, AOAS 2013; Lu & Ding 2023) and never
does worse than no adjustment asymptotically. One degree of freedom is given up per covariate.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special  # scipy.stats, which has all this too, takes every process a second to import

from prilavok.experiments.rules.cells import Cells, Floats

LEVEL = 0.95
POWER = 0.8
SPARE = 10  # degrees of freedom to be left by strata and past: the past of a handful explains whatever they bought


def normal(p: float) -> float:
    """The point below which the standard normal distribution has the share p.

    >>> round(normal(0.975), 3)
    1.96
    """
    return float(special.ndtri(p))


@dataclass(frozen=True)
class Estimates:
    """τ, its standard error, degrees of freedom and θ; arrays when many splits were reckoned at once."""

    effect: Floats
    se: Floats
    df: Floats
    theta: Floats
    treated: Floats

    def interval(self, level: float = LEVEL) -> tuple[Floats, Floats]:
        half = special.stdtrit(self.df, 0.5 + level / 2) * self.se
        return self.effect - half, self.effect + half


@dataclass(frozen=True)
class Effect:
    """What one arm brought against the control: per customer and in total over the customers assigned to it.

    `df`: degrees of freedom of its interval by Student; None where that is not one by Student.
    """

    per_customer: float
    se: float
    low: float
    high: float
    customers: int
    theta: tuple[float, ...] = ()
    level: float = LEVEL
    df: float | None = None

    @property
    def adjusted(self) -> bool:
        """Whether the customers' own past was taken off."""
        return any(self.theta)

    @property
    def total(self) -> float:
        return self.per_customer * self.customers

    @property
    def total_low(self) -> float:
        return self.low * self.customers

    @property
    def total_high(self) -> float:
        return self.high * self.customers

    @property
    def half(self) -> float:
        """Half the width of the total's interval: the number behind the ±."""
        return (self.total_high - self.total_low) / 2

    @property
    def p_value(self) -> float:
        """Two-sided, by the interval's own distribution: below 0.05 where the interval of 95 % leaves zero out.

        >>> round(Effect(1.96, 1.0, 0.0, 3.92, 1).p_value, 3), round(Effect(2.78, 1.0, 0.0, 5.56, 1, df=4).p_value, 3)
        (0.05, 0.05)
        """
        if self.se <= 0:
            return 1.0
        beyond = -abs(self.per_customer) / self.se
        return float(2 * (special.ndtr(beyond) if self.df is None else special.stdtr(self.df, beyond)))

    def detectable(self, power: float = POWER) -> float:
        """The smallest effect per customer that such an estimate shows with this power."""
        return (normal(0.5 + self.level / 2) + normal(power)) * self.se


def effect(cells: Cells, *, arm: int = 1, adjusted: bool = True, level: float = LEVEL) -> Effect:
    """One arm against the control (arm 0). Every stratum needs two people in each arm.

    >>> from prilavok.experiments.rules.cells import cells as of
    >>> y = np.array([[1.0], [2.0], [3.0], [4.0], [6.0], [8.0]])
    >>> found = effect(of(y, np.zeros(6, int), np.array([0, 0, 0, 1, 1, 1]), arm_count=2))
    >>> found.per_customer, found.customers, found.total
    (4.0, 3, 12.0)
    """
    made = estimates(cells, arm=arm, adjusted=adjusted)
    low, high = made.interval(level)
    return Effect(
        per_customer=float(made.effect),
        se=float(made.se),
        low=float(low),
        high=float(high),
        customers=int(made.treated),
        theta=tuple(float(one) for one in np.atleast_1d(made.theta)),
        level=level,
        df=float(made.df),
    )


def estimates(cells: Cells, *, arm: int = 1, adjusted: bool = True) -> Estimates:
    """The same for one split or thousands at once. Of too few people (see SPARE) the past is not taken off."""
    n = np.stack([cells.n[..., arm], cells.n[..., 0]], axis=-1)
    treated = n[..., 0].sum(axis=-1)
    weight = n[..., 0] / treated[..., None]
    difference = (weight[..., None] * (cells.mean[..., arm, :] - cells.mean[..., 0, :])).sum(axis=-2)
    cov = np.stack([cells.cov[..., arm, :, :], cells.cov[..., 0, :, :]], axis=-3)
    pieces = (weight[..., None] ** 2 / n)[..., None, None] * cov
    past = cells.mean.shape[-1] - 1 if adjusted else 0
    theta = _theta(pieces.sum(axis=(-4, -3)), past)
    taken = n.sum(axis=(-2, -1)) - n.shape[-2] * n.shape[-1] - past >= SPARE
    theta = np.where(taken[..., None], theta, 0.0)
    direction = np.concatenate([np.ones((*theta.shape[:-1], 1)), -theta], axis=-1)
    kept = past + 1
    value = (difference[..., :kept] * direction).sum(axis=-1)
    parts = np.einsum("...k,...sakl,...l->...sa", direction, pieces[..., :kept, :kept], direction)
    variance = parts.sum(axis=(-2, -1))
    df = variance**2 / np.maximum((parts**2 / (n - 1)).sum(axis=(-2, -1)), 1e-300)
    left = np.maximum(df - np.where(taken, past, 0), 1.0)
    return Estimates(
        value, np.sqrt(np.maximum(variance, 0) * np.maximum(df, 1.0) / left), left, theta, treated
    )


def _theta(whole: Floats, past: int) -> Floats:
    """θ from the summed covariance of (y, x₁ … x_p); a covariate that never varies gets zero."""
    if not past:
        return np.zeros((*whole.shape[:-2], 0))
    inverse = np.linalg.pinv(whole[..., 1 : past + 1, 1 : past + 1], hermitian=True, rcond=1e-10)
    return np.asarray(np.einsum("...kl,...l->...k", inverse, whole[..., 1 : past + 1, 0]), dtype=np.float64)


def several(found: list[Effect], level: float = LEVEL) -> float:
    """The level of each interval at which all of several arms hold together (Bonferroni).

    >>> several([Effect(0, 1, -2, 2, 1)] * 2)
    0.975
    """
    return 1 - (1 - level) / max(1, len(found))
