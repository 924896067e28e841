"""Lists: the experiments themselves, and the people and receipts behind a figure of a report."""

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
