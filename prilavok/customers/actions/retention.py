"""What customers asked and never came to: consents that nobody confirmed, words of requests that were done."""

from datetime import timedelta

from django.db.models import Q, QuerySet

from prilavok.customers.models import OptIn, PersonalRequest
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
