"""Choosing how the company settles fields when two turn out to be one."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from prilavok.customers import rules
from prilavok.customers.actions.merging import checked_modes
from prilavok.customers.models import FieldRule
from prilavok.kernel.actors import Actor


@transaction.atomic
def choose_modes(*, modes: Mapping[str, str], by: Actor, at: datetime) -> None:
    """From now on these fields are settled so; merges that were made keep their rules. Raises UnknownMode."""
    by.must("customers.kinds")
    checked = checked_modes(modes)
    usual = [field for field, mode in checked.items() if mode == rules.MODES[0]]
    FieldRule.objects.filter(field__in=usual).delete()
    for field in checked.keys() - set(usual):
        FieldRule.objects.update_or_create(
            field=field,
            defaults={"mode": checked[field], "at": at, "by_kind": by.kind, "by_id": by.id},
        )
