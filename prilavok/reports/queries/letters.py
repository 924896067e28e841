"""What communications brought last month against control."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.cache import cache

from prilavok.experiments import queries as experiments
from prilavok.experiments.queries import Comparison
from prilavok.kernel.actors import Actor
from prilavok.reports import rules

if TYPE_CHECKING:
    from prilavok.experiments.models import Experiment

KEPT_FINISHED = 600  # seconds: what is over changes only with late receipts
KEPT_RUNNING = 20


@dataclass(frozen=True)
class Brought:
    """One communication and what it had brought `at` a moment; `simulated`: a demo planted an effect into it.

    `promotion`: people met it at the till one by one. `broken`: its split is, so that nothing may be said of it.
    """

    public_id: UUID
    title: str
    currency: str
    days_left: int
    total: float
    half: float
    simulated: bool
    promotion: bool
    broken: bool
    at: datetime


@dataclass(frozen=True)
class Communications:
    """Those that ended within the last month, those still running, and the sum of the ended ones.

    Those whose split is `broken` stand apart: no figure of theirs may be believed. All is true as of `at`.
    """

    ended: tuple[Brought, ...]
    running: tuple[Brought, ...]
    broken: tuple[Brought, ...]
    summed: rules.Sum | None
    without_control: int
    at: datetime


def communications(by: Actor, at: datetime) -> Communications:
    """Those with a control group whose period of analysis touches the last month. Raises Refused, FactsDown."""
    since = at - timedelta(days=rules.LAST_DAYS)
    drawn = (
        experiments.experiments(by)
        .filter(kind="drawn", horizon_at__gt=since, starts_at__lte=at)
        .order_by("-starts_at")
    )
    told: list[Brought] = []
    without = 0
    for experiment in drawn[:50]:
        found = _brought(experiment, by, at)
        if found is not None:
            told.append(found)
        elif not experiment.control_share:
            without += 1
    sound = [one for one in told if not one.broken]
    ended = tuple(one for one in sound if not one.days_left)
    running = tuple(one for one in sound if one.days_left)
    broken = tuple(one for one in told if one.broken)
    summed = rules.together([(one.total, one.half) for one in ended]) if ended else None
    return Communications(ended, running, broken, summed, without, min((one.at for one in told), default=at))


def _brought(experiment: "Experiment", by: Actor, at: datetime) -> Brought | None:
    over = experiment.is_over(at)
    key = f"reports.told.{experiment.pk}.{over}.{experiment.planted is not None}"
    kept = cache.get(key)
    if kept is None:
        found = experiments.brought(experiment, by, at)
        kept = (_short(experiment, found, at),)
        cache.set(key, kept, KEPT_FINISHED if over else KEPT_RUNNING)
    one: Brought | None = kept[0]
    return one


def _short(experiment: "Experiment", found: Comparison | None, at: datetime) -> Brought | None:
    if found is None:
        return None
    return Brought(
        experiment.public_id,
        experiment.title,
        experiment.currency,
        found.ruling.days_left,
        found.effect.total,
        found.shown_half,
        experiment.planted is not None,
        experiment.is_gradual,
        found.verdict == experiments.Verdict.BROKEN,
        at,
    )
