"""Choosing which figures stand on the card."""

from collections.abc import Sequence

from django.db import transaction

from prilavok.customers.models import IndicatorRows
from prilavok.customers.queries import indicator_labels
from prilavok.kernel.actors import Actor, Refused


@transaction.atomic
def choose_indicators(*, keys: Sequence[str] | None, for_all: bool, by: Actor) -> list[str]:
    """Put indicators into an order of one's own, or of the whole company; None takes the choice back.

    Unknown keys are left out. Raises Refused.
    """
    by.must("customers.indicators" if for_all else "customers.see")
    if not for_all and by.kind != "employee":
        raise Refused("customers.indicators")
    owner = None if for_all else by.id
    if keys is None:
        IndicatorRows.objects.filter(owner=owner).delete()
        return []
    known = indicator_labels(by)
    chosen = [key for key in dict.fromkeys(keys) if key in known]
    IndicatorRows.objects.update_or_create(owner_id=owner, defaults={"keys": chosen})
    return chosen
