"""Experiments that people enter one by one, each when the thing tested first fits them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from prilavok.experiments import queries
from prilavok.experiments.actions.draws import NobodyToDraw, create, known_past, make_arms, plan_of, share_of
from prilavok.experiments.events import CustomerEntered
from prilavok.experiments.models import CONTROL, OFFERED, Experiment
from prilavok.experiments.rules.past import Window
from prilavok.kernel import journal, prepared
from prilavok.kernel.actors import Actor


@transaction.atomic
def open_draw(
    *,
    subject: str,
    title: str,
    control_share: Decimal | float,
    horizon_days: int,
    starts_at: datetime,
    by: Actor,
    at: datetime,
    salt: str | None = None,
) -> Experiment:
    """Begin an experiment without people; a subject that has one keeps it.

    Whose share of the hash is below `control_share` is control, whoever comes. The period of analysis is
    `horizon_days` whole days from the day of `starts_at` on; nobody is held back, and nobody enters, outside of it.
    Raises BadShares, NobodyToDraw (no share), Refused.
    """
    by.must("experiments.draw")
    existing = queries.of_subject(subject)
    if existing is not None:
        return existing
    share = share_of(control_share)
    if not share:
        raise NobodyToDraw(field="control_share")
    experiment, _known = create(subject, title, [], share, horizon_days, by, at, starts_at, salt)
    experiment.plan["gradual"] = True
    experiment.save(update_fields=["plan"])
    make_arms(experiment, {CONTROL: float(share), OFFERED: 1 - float(share)})
    return experiment


def plan_draw(*, subject: str, expected: Sequence[int], by: Actor) -> None:
    """Fix the cap for large sums, and what will be seen, by the past of those who are expected to come.

    Only the days before the start are looked at, so that it does not matter how soon after it this is done; what was
    fixed is not fixed again. Where the facts are away nothing is capped. Raises Refused.
    """
    by.must("experiments.draw")
    experiment = queries.of_subject(subject)
    if experiment is None or not experiment.is_gradual or "expected" in experiment.plan:
        return
    own = Window(*experiment.window)
    known = known_past(list(expected), own, experiment.days)
    if known is None:
        return
    plan = plan_of(known, own, len(expected), experiment.control_share or Decimal(0))
    _fix(experiment.pk, {**plan, "expected": len(expected)})


@transaction.atomic
def _fix(experiment_id: int, plan: dict[str, object]) -> None:
    experiment = Experiment.objects.select_for_update().get(pk=experiment_id)
    if "expected" not in experiment.plan:
        experiment.plan |= plan
        experiment.save(update_fields=["plan"])


@dataclass(frozen=True, slots=True)
class Entrance:
    """Somebody whom the thing tested fitted at a moment, with the arm that was told then."""

    profile_id: int
    experiment_id: int
    arm_id: int
    stratum: str
    at: datetime


# Of one person the first entrance is kept; the person is read through merges, as the draw of a campaign reads it.
_ENTER = """
    INSERT INTO experiments_assignment (experiment_id, person_id, profile_id, arm_id, stratum, at)
    SELECT asked.experiment, coalesce(head.person_id, p.person_id), p.id, asked.arm, asked.stratum, asked.at
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])
         AS asked (profile, experiment, arm, stratum, at)
    JOIN customers_profile p ON p.id = asked.profile
    LEFT JOIN customers_kin k ON k.profile_id = p.id LEFT JOIN customers_profile head ON head.id = k.head_id
    ORDER BY asked.experiment, 2, asked.at
    ON CONFLICT (experiment_id, person_id) DO NOTHING
    RETURNING profile_id, experiment_id, arm_id, at"""


@transaction.atomic
def enter(entrances: Sequence[Entrance], *, by: Actor) -> int:
    """Write who entered, control and others alike, by one statement; how many are new. Raises Refused."""
    by.must("experiments.draw")
    if not entrances:
        return 0
    columns = [
        [getattr(one, name) for one in entrances]
        for name in ("profile_id", "experiment_id", "arm_id", "stratum", "at")
    ]
    rows = prepared.rows(_ENTER, columns)
    if rows:
        told = [
            journal.Entry(CustomerEntered(experiment_id=experiment, arm_id=arm), at=at, customer=profile)
            for profile, experiment, arm, at in rows
        ]
        journal.record_many(told, by=by, live=True)
    return len(rows)
