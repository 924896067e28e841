"""Intervals that hold however often one looks before the horizon.

The two-sided normal-mixture boundary of Robbins (Howard, Ramdas, McAuliffe, Sekhon, Annals of Statistics 2021, eq.
14), in the asymptotic form of Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (Annals of Statistics 2024):
    |τ̂_t − τ_t| ≤ √((v + ρ)·ln((v + ρ)/(α²ρ)))   for all t at once with probability 1 − α,
where v is the estimate's variance at t and ρ is fixed beforehand so that the boundary is tightest at the variance
planned for the horizon: ρ = v_plan / (−W₋₁(−α²/e) − 1). The boundary is made for sums of independent days; here the
same customers buy day after day, their days are positively correlated, and by Slepian's inequality the true chance
of ever leaving it is smaller still.
"""

from math import e, log, sqrt

from scipy import special

from prilavok.experiments.rules.effect import LEVEL


def mixing(planned_variance: float, level: float = LEVEL) -> float:
    """ρ of the boundary that is tightest at this variance.

    >>> round(mixing(8.29), 1)
    1.0
    """
    alpha = 1 - level
    return planned_variance / float(-special.lambertw(-(alpha**2) / e, -1).real - 1)


def half_width(se: float, planned_se: float, level: float = LEVEL) -> float:
    """Half of the always-valid interval; at the planned variance some 1.55 times the ordinary one.

    >>> round(half_width(1.0, 1.0), 2)
    3.04
    """
    rho, variance = mixing(planned_se**2, level), se**2
    return sqrt((variance + rho) * log((variance + rho) / ((1 - level) ** 2 * rho)))
