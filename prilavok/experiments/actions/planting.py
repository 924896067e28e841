"""A demo plants an effect of known size, so that everybody can see whether the report finds it."""

from typing import Any

from django.conf import settings
from django.db import transaction

from prilavok.experiments.models import Experiment
from prilavok.kernel.actors import Actor


@transaction.atomic
def plant(experiment_id: int, planted: dict[str, Any], *, by: Actor) -> None:
    """Keep beside the experiment what was planted into it: `sum`, `per_customer`, `buyers`, as texts and numbers.

    Only a demo may do this; what was planted once is not planted again.
    """
    by.must("experiments.draw")
    if not settings.DEMO:
        raise RuntimeError("Only a demo plants effects")
    experiment = Experiment.objects.select_for_update().get(pk=experiment_id)
    if experiment.planted is None:
        experiment.planted = planted
        experiment.save(update_fields=["planted"])
