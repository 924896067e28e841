"""Drawing: who is left alone so that the others' effect can be known."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.experiments import queries
from prilavok.experiments.events import ExperimentCancelled, ExperimentDrawn
from prilavok.experiments.models import CONTROL, MAILED, Arm, Assignment, Experiment
from prilavok.experiments.ports import Candidate
from prilavok.experiments.queries.beforehand import Past
from prilavok.experiments.rules import draw as rules
from prilavok.experiments.rules import past as windows
from prilavok.experiments.rules import sensitivity
from prilavok.experiments.rules.effect import LEVEL, POWER
from prilavok.facts.client import FactsBusy, FactsDown, TooHeavy
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem


class BadShares(Problem):
    """The control share does not lie between nothing and half."""

    code = "bad_control_share"
    message = _("The control group must be between 0 and 50 %.")


class NobodyToDraw(Problem):
    """An experiment on nobody."""

    code = "nobody_to_draw"
    message = _("There is nobody to draw from.")


class AlreadyRunning(Problem):
    """The draw has been used: it cannot be taken back."""

    code = "experiment_has_begun"
    status = 409
    message = _("The experiment has begun; its draw stands.")


@dataclass(frozen=True)
class Draw:
    """The experiment, and each profile's arm: "control" or "mailed"."""

    experiment: Experiment
    arms: dict[int, str]


@transaction.atomic
def draw(
    *,
    subject: str,
    title: str,
    candidates: Sequence[Candidate],
    control_share: Decimal | float,
    horizon_days: int,
    by: Actor,
    at: datetime,
    starts_at: datetime | None = None,
    salt: str | None = None,
    planted: dict[str, Any] | None = None,
) -> Draw:
    """Cut the candidates into control and mailed, once: a subject that has been drawn gets the same arms again.

    Two profiles of one person are drawn together. The period of analysis is `horizon_days` whole days, counted in
    the shops' days from the day of `starts_at` on. `salt` makes the draw repeatable. Raises BadShares, NobodyToDraw,
    Refused.
    """
    by.must("experiments.draw")
    existing = queries.of_subject(subject)
    if existing is not None:
        return Draw(existing, arms_of(existing, candidates))
    share = share_of(control_share)
    if not candidates:
        raise NobodyToDraw
    people = {candidate.person_id: candidate for candidate in sorted(candidates, key=_latest_first)}
    chosen = list(people.values())
    experiment, known = create(
        subject, title, chosen, share, horizon_days, by, at, starts_at or at, salt, planted
    )
    shares = {CONTROL: float(share), MAILED: 1 - float(share)}
    strata = rules.pooled(_strata(chosen, known), list(shares.values()))
    drawn = rules.draw(strata, shares, experiment.salt)
    _write(experiment, chosen, strata, drawn, shares, at)
    control = sum(1 for arm in drawn.values() if arm == CONTROL)
    journal.record(
        ExperimentDrawn(experiment_id=experiment.pk, subject=subject, people=len(chosen), control=control),
        by=by,
        at=at,
    )
    return Draw(experiment, {candidate.profile_id: drawn[candidate.person_id] for candidate in candidates})


def share_of(control_share: Decimal | float) -> Decimal:
    """The share as it is kept. Raises BadShares."""
    share = Decimal(str(control_share))
    if not 0 <= share <= Decimal("0.5"):
        raise BadShares(field="control_share")
    return share


def _latest_first(candidate: Candidate) -> int:
    """The oldest profile of a person comes last, and so is the one that is kept."""
    return -candidate.profile_id


def arms_of(experiment: Experiment, candidates: Iterable[Candidate]) -> dict[int, str]:
    """The arms of these candidates as they were drawn; those who were not drawn then are missing."""
    drawn = dict(experiment.assignments.values_list("person", "arm__key"))
    return {one.profile_id: drawn[one.person_id] for one in candidates if one.person_id in drawn}


def create(
    subject: str,
    title: str,
    people: list[Candidate],
    share: Decimal,
    days: int,
    by: Actor,
    at: datetime,
    starts_at: datetime,
    salt: str | None = None,
    planted: dict[str, Any] | None = None,
) -> tuple[Experiment, Past | None]:
    """The row of an experiment, with what is fixed before its start; and the people's past."""
    own = windows.window(starts_at.astimezone(company.zone()).date(), days)
    known = known_past([person.profile_id for person in people], own, days)
    experiment = Experiment.objects.create(
        subject=subject,
        title=title,
        currency=company.currency(),
        control_share=share,
        drawn_at=at,
        starts_at=starts_at,
        horizon_at=end_of(own),
        first_day=own.first,
        last_day=own.last,
        salt=salt or _salt(title),
        plan=plan_of(known, own, len(people), share),
        planted=planted,
        made_by=by.id,
    )
    return experiment, known


def _salt(title: str) -> str:
    """Not to be foreseen; only a demo draws the same people every time, so that it can be checked."""
    return f"demo:{title}"[:64] if settings.DEMO else secrets.token_hex(16)


def end_of(own: windows.Window) -> datetime:
    """The moment at which the last day has ended in every shop, and in the company."""
    midnight = datetime.combine(own.last + timedelta(days=1), time())
    return max(midnight.replace(tzinfo=zone).astimezone(UTC) for zone in company.zones())


def known_past(profile_ids: list[int], own: windows.Window, days: int) -> Past | None:
    """The people's past; None when the column store is away (a launch does not wait for it)."""
    try:
        return queries.past_of(profile_ids, own.first, days)
    except (FactsDown, FactsBusy, TooHeavy):
        return None


def plan_of(known: Past | None, own: windows.Window, people: int, share: Decimal) -> dict[str, Any]:
    """What is fixed before the start, as it is kept and shown."""
    near, earlier = windows.covariates(own.first, own.days)
    plan: dict[str, Any] = {
        "level": LEVEL,
        "power": POWER,
        "past": [[w.first.isoformat(), w.last.isoformat()] for w in (near, earlier)],
        "cap": known.cap if known else None,
    }
    if known is None or not known.sd_left or not share:
        return plan
    point = sensitivity.at_share(known.sd_left, people, float(share))
    planned_se = (
        sensitivity.smallest_effect(known.sd_left, point.mailed, point.control)
        / sensitivity.standard_errors()
    )
    return plan | {
        "mean": known.mean,
        "sd_left": known.sd_left,
        "smallest_effect": point.smallest_effect if point.control else None,
        "planned_se": planned_se if point.control else None,
    }


def _strata(people: list[Candidate], known: Past | None) -> dict[int, str]:
    if any(one.stratum for one in people) or known is None:
        return {one.person_id: one.stratum for one in people}
    return {
        one.person_id: f"spent-{code + 1}" for one, code in zip(people, known.strata.tolist(), strict=True)
    }


def _write(
    experiment: Experiment,
    people: list[Candidate],
    strata: dict[int, str],
    drawn: dict[int, str],
    shares: dict[str, float],
    at: datetime,
) -> None:
    arms = make_arms(experiment, shares)
    columns = "experiment_id, person_id, profile_id, arm_id, stratum, at"
    table = Assignment._meta.db_table
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for one in people:
            person = one.person_id
            copy.write_row((experiment.pk, person, one.profile_id, arms[drawn[person]], strata[person], at))


def make_arms(experiment: Experiment, shares: dict[str, float]) -> dict[str, int]:
    """Numbers of the arms by their keys; the first is the control."""
    return {
        key: Arm.objects.create(
            experiment=experiment, key=key, position=position, share=Decimal(str(round(part, 4)))
        ).pk
        for position, (key, part) in enumerate(shares.items())
    }


@transaction.atomic
def cancel(*, public_id: UUID, by: Actor, at: datetime) -> Experiment:
    """Take a draw back before anything was done to anybody. Raises AlreadyRunning, Experiment.DoesNotExist."""
    by.must("experiments.draw")
    experiment = Experiment.objects.select_for_update().get(public_id=public_id, kind=Experiment.Kind.DRAWN)
    if at >= experiment.starts_at:
        raise AlreadyRunning
    experiment.state = Experiment.State.CANCELLED
    experiment.save(update_fields=["state"])
    journal.record(ExperimentCancelled(experiment_id=experiment.pk), by=by, at=at)
    return experiment
