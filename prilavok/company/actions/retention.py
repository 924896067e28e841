"""How long data is kept: the rules, and the night's work of keeping them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from prilavok.company import queries
from prilavok.company.actions.problems import BadDays
from prilavok.company.events import RetentionChanged
from prilavok.company.models import Look, RetentionRule, RetentionRun, SignIn
from prilavok.kernel import clock, jobs, journal, retention
from prilavok.kernel.actors import Actor

LEAST, MOST = 1, 36_500
PIECES = 2_000  # of one kind a night: ten million rows


@transaction.atomic
def keep_for(days: Mapping[str, int | None], *, by: Actor, at: datetime) -> None:
    """Say how many days kinds of data are kept, None: for ever. Kinds that are not named stay as they are.

    Raises BadDays.
    """
    by.must("company.retention")
    known = {kind.key for kind in retention.kinds.items()}
    for key, number in days.items():
        if key not in known or (number is not None and not LEAST <= number <= MOST):
            raise BadDays(field=key)
        RetentionRule.objects.update_or_create(kind=key, defaults={"days": number})
        journal.record(RetentionChanged(kind=key, days=number), by=by, at=at)


@jobs.job
def forget_what_is_old() -> None:
    """Take away what is older than its rule allows, piece by piece, and write down how much it was."""
    rules = queries.retention_days()
    for kind in retention.kinds.items():
        days = rules[kind.key]
        if days is not None:
            rows = _forget(kind, timedelta(days=days))
            if rows:
                RetentionRun.objects.create(kind=kind.key, days=days, rows=rows, at=clock.now())


def _forget(kind: retention.KeptKind, age: timedelta) -> int:
    total = 0
    for _piece in range(PIECES):
        with transaction.atomic():
            gone = kind.forget(age)
        total += gone
        if gone < retention.PIECE:
            break
    return total


def forget_looks(age: timedelta) -> int:
    """One piece of the log of looks at personal data."""
    old = queries.old_looks(age).values("pk")[: retention.PIECE]
    return Look.objects.filter(pk__in=old).delete()[0]


def forget_sign_ins(age: timedelta) -> int:
    """One piece of the log-ins that have ended."""
    old = queries.old_sign_ins(age).values("pk")[: retention.PIECE]
    return SignIn.objects.filter(pk__in=old).delete()[0]
