"""What segments may ask of experiments: into which arm of which one a customer was drawn."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.customers.events import CustomersMerged, MergeUndone
from prilavok.experiments.events import CustomerEntered, ExperimentCancelled, ExperimentDrawn
from prilavok.experiments.models import Arm, Assignment, Experiment
from prilavok.facts import found
from prilavok.facts.found import Found
from prilavok.facts.schema import Column, Picker, StateTable, Trait
from prilavok.kernel.actors import Actor


def _load(asked: list[int]) -> Iterable[dict[str, Any]]:
    """The arm of a person in each experiment that counts, under the profile that stands for it.

    Of merged people the earliest assignment holds, as in the report: nobody stands in two arms of one experiment.
    """
    drawn = Assignment.objects.exclude(experiment__state=Experiment.State.CANCELLED)
    arms: dict[int, dict[int, int]] = defaultdict(dict)
    heads = set(customers.heads_of(asked).values())
    kin = {one: head for head, family in customers.families(heads).items() for one in family}
    found = drawn.filter(profile__in=list(kin)).order_by("at", "profile")
    for profile, experiment, arm in found.values_list("profile", "experiment", "arm"):
        arms[kin[profile]].setdefault(experiment, arm)
    return ({"profile_id": head, "arms": sorted(of.values())} for head, of in arms.items())


def _touched(event: Any) -> Iterable[int]:
    if isinstance(event, CustomersMerged | MergeUndone):
        return [event.profile_id, *event.moved]
    if isinstance(event, CustomerEntered):
        return [event.customer] if event.customer else []
    drawn = Assignment.objects.filter(experiment=event.experiment_id)
    return drawn.values_list("profile", flat=True).iterator(chunk_size=20_000)


ARMS = StateTable(
    name="experiment_arms",
    key="profile_id",
    columns=[Column("profile_id", "Int64"), Column("arms", "Array(Int64)")],
    on=[ExperimentDrawn, CustomerEntered, ExperimentCancelled, CustomersMerged, MergeUndone],
    load=_load,
    touched=_touched,
)


def _search(by: Actor, text: str, after: str | None) -> Found:
    by.must("experiments.see")
    arms = Arm.objects.select_related("experiment").exclude(experiment__state=Experiment.State.CANCELLED)
    named = arms.filter(Q(experiment__title__icontains=text) | Q(key__icontains=text))
    return found.rows(named, ("-experiment_id", "position", "id"), lambda arm: (arm.pk, _name(arm)), after)


def _names(ids: Sequence[Any]) -> dict[Any, str]:
    return {arm.pk: _name(arm) for arm in Arm.objects.select_related("experiment").filter(pk__in=ids)}


def _name(arm: Arm) -> str:
    return f"{arm.experiment.title} · {arm.label}"


ARM = Trait(
    key="experiment_arm",
    label=_("Arm of an experiment"),
    group=_("Experiments"),
    kind="many",
    table="experiment_arms",
    sql="arms",
    picker=Picker(search=_search, names=_names),
    position=60,
    permission="experiments.see",
)
