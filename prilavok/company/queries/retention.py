"""How long kinds of data are kept, and what has gone."""

from datetime import timedelta

from django.db.models import QuerySet

from prilavok.company.models import Look, RetentionRule, RetentionRun, SignIn
from prilavok.kernel import clock, retention
from prilavok.kernel.actors import Actor


def retention_days() -> dict[str, int | None]:
    """Days by the key of a kind; None: for ever."""
    told = dict(RetentionRule.objects.values_list("kind", "days"))
    return {kind.key: told.get(kind.key, kind.days) for kind in retention.kinds.items()}


def retention_runs(by: Actor) -> QuerySet[RetentionRun]:
    """What went, the latest first; page it by ("-at", "-id")."""
    by.must("company.retention")
    return RetentionRun.objects.all()


def old_looks(age: timedelta) -> QuerySet[Look]:
    return Look.objects.filter(at__lt=clock.now() - age)


def old_sign_ins(age: timedelta) -> QuerySet[SignIn]:
    """Log-ins that ended so long ago, or were not seen for so long."""
    return SignIn.objects.filter(seen_at__lt=clock.real() - age)
