"""Lists: the experiments themselves, and the people and receipts behind a figure of a report."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from prilavok.experiments.models import Assignment, Experiment
from prilavok.kernel.actors import Actor


def experiments(by: Actor) -> QuerySet[Experiment]:
    """All experiments, for lists; the latest first by (-drawn_at, -id)."""
    by.must("experiments.see")
    return Experiment.objects.annotate(people=Count("assignments")).exclude(state=Experiment.State.CANCELLED)


def get(public_id: UUID, by: Actor) -> Experiment:
    """One experiment. Raises Refused, Experiment.DoesNotExist."""
    by.must("experiments.see")
    return Experiment.objects.get(public_id=public_id)


def of_subject(subject: str) -> Experiment | None:
    """The experiment of a subject such as `campaign:12`, if it was drawn."""
    return Experiment.objects.filter(subject=subject).exclude(state=Experiment.State.CANCELLED).first()


def arm_of(experiment_id: int, person_ids: list[int]) -> dict[int, str]:
    """Each person's arm, as drawn."""
    found = Assignment.objects.filter(experiment=experiment_id, person__in=person_ids)
    return dict(found.values_list("person", "arm__key"))


@dataclass(frozen=True)
class Drawings:
    """How often a customer has been in an experiment, and in which arm."""

    title: str
    public_id: UUID
    arm: str


def of_profiles(profile_ids: list[int], by: Actor) -> list[Drawings]:
    """Experiments that these profiles were drawn into, the latest first."""
    by.must("experiments.see")
    rows = (
        Assignment.objects.filter(profile__in=profile_ids)
        .select_related("experiment", "arm")
        .order_by("-at", "-id")
    )
    return [Drawings(one.experiment.title, one.experiment.public_id, one.arm.label) for one in rows[:50]]
