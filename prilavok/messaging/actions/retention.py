"""What messages keep of people for a time only: addresses and what was filled into the letter."""

from datetime import timedelta

from django.db.models import Q, QuerySet

from prilavok.kernel import clock, retention
from prilavok.messaging.models import Message


def count_old_addresses(age: timedelta) -> int:
    return _old(age).count()


def forget_old_addresses(age: timedelta) -> int:
    """One piece of messages of mailings that were closed so long ago: who was written to and how it ended stays."""
    piece = list(_old(age).values_list("pk", flat=True)[: retention.PIECE])
    return Message.objects.filter(pk__in=piece).update(address="", context={})


def _old(age: timedelta) -> QuerySet[Message]:
    closed = Message.objects.filter(mailing__finished_at__lt=clock.now() - age)
    return closed.filter(~Q(address="") | ~Q(context={}))
