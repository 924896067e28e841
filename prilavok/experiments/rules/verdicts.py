"""What may be said about an effect, and when. The horizon is fixed before the start; nothing is said before it."""

from dataclasses import dataclass
from enum import StrEnum

from prilavok.experiments.rules.effect import Effect


class Verdict(StrEnum):
    """The five things a report may say."""

    TOO_EARLY = "too_early"
    PROVEN = "proven"
    HARMFUL = "harmful"
    NOT_PROVEN = "not_proven"
    BROKEN = "broken_split"


@dataclass(frozen=True)
class Ruling:
    """The verdict, the days still to wait, and the effect per customer that could have been seen."""

    verdict: Verdict
    days_left: int
    detectable: float


def rule(effect: Effect, *, days_left: int, broken_split: bool = False) -> Ruling:
    """Judge an effect by its interval, which holds for all arms together.

    >>> rule(Effect(5, 1, 3, 7, 100), days_left=0).verdict
    <Verdict.PROVEN: 'proven'>
    >>> rule(Effect(5, 1, 3, 7, 100), days_left=3).verdict
    <Verdict.TOO_EARLY: 'too_early'>
    >>> rule(Effect(1, 1, -1, 3, 100), days_left=0).verdict
    <Verdict.NOT_PROVEN: 'not_proven'>
    >>> rule(Effect(5, 0, 5, 5, 2), days_left=0).verdict
    <Verdict.NOT_PROVEN: 'not_proven'>
    """
    return Ruling(_verdict(effect, days_left, broken_split), max(0, days_left), effect.detectable())


def _verdict(effect: Effect, days_left: int, broken_split: bool) -> Verdict:
    if broken_split:
        return Verdict.BROKEN
    if days_left > 0:
        return Verdict.TOO_EARLY
    if not effect.se:  # all alike in each group: too few to know how they differ
        return Verdict.NOT_PROVEN
    if effect.low > 0:
        return Verdict.PROVEN
    return Verdict.HARMFUL if effect.high < 0 else Verdict.NOT_PROVEN
