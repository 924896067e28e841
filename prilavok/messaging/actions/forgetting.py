"""What messages keep about somebody who was erased."""

from collections.abc import Collection

from django.db import transaction

from prilavok.kernel.actors import Actor
from prilavok.messaging.models import Message


@transaction.atomic
def forget(*, profile_ids: Collection[int], by: Actor) -> int:
    """Take addresses and macros out of the messages to these profiles; that they were sent stays. How many."""
    by.must("customers.erase")
    return Message.objects.filter(profile__in=profile_ids).update(address="", context={}, reason="")
