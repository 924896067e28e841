"""What goes with time: consents that nobody confirmed, words of requests that were done, what stood before changes of
many customers at once.
"""

from datetime import timedelta

from django.db.models import Q, QuerySet

from prilavok.customers.models import BulkChange, OptIn, PersonalRequest
from prilavok.kernel import clock, retention


def count_old_opt_ins(age: timedelta) -> int:
    return _opt_ins(age).count()


def forget_old_opt_ins(age: timedelta) -> int:
    """One piece of the consents that waited so long for a click, or were taken back meanwhile."""
    piece = list(_opt_ins(age).values_list("pk", flat=True)[: retention.PIECE])
    return OptIn.objects.filter(pk__in=piece).delete()[0]


def _opt_ins(age: timedelta) -> QuerySet[OptIn]:
    return OptIn.objects.filter(asked_at__lt=clock.now() - age, confirmed_at=None)


def count_old_requests(age: timedelta) -> int:
    return _requests(age).count()


def forget_old_requests(age: timedelta) -> int:
    """One piece of the words of requests that were done so long ago."""
    piece = list(_requests(age).values_list("pk", flat=True)[: retention.PIECE])
    return PersonalRequest.objects.filter(pk__in=piece).update(text="")


def _requests(age: timedelta) -> QuerySet[PersonalRequest]:
    return PersonalRequest.objects.filter(~Q(text=""), done_at__lt=clock.now() - age)


def count_old_bulk_changes(age: timedelta) -> int:
    return _bulk_changes(age).count()


def forget_old_bulk_changes(age: timedelta) -> int:
    """One piece of what customers had before changes of many that were made so long ago: those stay as they are."""
    piece = list(_bulk_changes(age).values_list("pk", flat=True)[: retention.PIECE])
    return BulkChange.objects.filter(pk__in=piece).delete()[0]


def _bulk_changes(age: timedelta) -> QuerySet[BulkChange]:
    return BulkChange.objects.filter(edit__finished_at__lt=clock.now() - age)
