"""Draws that are made customer by customer: what a till needs to say an arm without asking."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from prilavok.experiments.models import Experiment
from prilavok.experiments.rules import draw


@dataclass(frozen=True, slots=True)
class OpenDraw:
    """An experiment that people enter one by one: `control` and `offered` are its arms."""

    experiment_id: int
    salt: str
    share: float
    control: int
    offered: int
    starts_at: datetime
    ends_at: datetime

    def is_open(self, at: datetime) -> bool:
        """Whether people are held back, and enter, at this moment."""
        return self.starts_at <= at < self.ends_at

    def arm_of(self, person: int) -> int:
        """The arm of somebody who has none yet; `person` is the oldest profile of theirs."""
        return self.control if draw.is_control(self.salt, person, self.share) else self.offered


def open_draws(subjects: Collection[str]) -> dict[str, OpenDraw]:
    """Experiments of these subjects that people enter one by one, by subject; others are missing."""
    if not subjects:
        return {}
    found = Experiment.objects.filter(
        subject__in=subjects, state=Experiment.State.RUNNING, plan__gradual=True
    )
    return {one.subject: _made(one) for one in found.prefetch_related("arms")}


def _made(one: Experiment) -> OpenDraw:
    control, offered = one.arms.all()
    share = float(control.share or 0)
    return OpenDraw(one.pk, one.salt, share, control.pk, offered.pk, one.starts_at, one.horizon_at)
