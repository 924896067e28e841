"""People in orders besides the buyers."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from prilavok.kernel.actors import Actor
from prilavok.orders.models import ReceiptRole


@transaction.atomic
def forget(*, profile_ids: Collection[int], by: Actor) -> None:
    """Take out the contacts that stand on orders of whoever was erased, and theirs on the orders of others."""
    by.must("customers.erase")
    theirs = ReceiptRole.objects.filter(Q(profile__in=profile_ids) | Q(receipt__profile__in=profile_ids))
    theirs.filter(profile=None).delete()
    theirs.update(name="", phone="", email="")
