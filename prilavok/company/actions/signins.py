"""Log-ins: where one is logged in, and ending them."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from prilavok.company.events import SignInsEnded
from prilavok.company.models import SignIn
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor

FRESH = timedelta(minutes=5)  # «last seen» is as fine as that


def note_presence(*, employee_id: int, session: str, device: str, ip: str | None, at: datetime) -> None:
    """An employee is here: a log-in of theirs that is new, or seen again."""
    found, made = SignIn.objects.get_or_create(
        session=session,
        defaults={
            "employee_id": employee_id,
            "device": device[:300],
            "ip": ip,
            "began_at": at,
            "seen_at": at,
        },
    )
    if not made and at - found.seen_at >= FRESH:
        SignIn.objects.filter(pk=found.pk).update(seen_at=at, ip=ip, device=device[:300])


@transaction.atomic
def end_sign_in(*, sign_in_id: int, by: Actor, at: datetime) -> None:
    """End one of one's own log-ins: its cookie opens nothing any more. Raises SignIn.DoesNotExist."""
    own = SignIn.objects.filter(pk=sign_in_id, employee=_myself(by))
    if not own.exists():
        raise SignIn.DoesNotExist
    _end(own, at)
    journal.record(SignInsEnded(employee_id=_myself(by)), by=by, at=at)


@transaction.atomic
def end_other_sign_ins(*, keep: str, by: Actor, at: datetime) -> int:
    """End all of one's own log-ins but the one of this session; how many."""
    me = _myself(by)
    ended = _end(SignIn.objects.filter(employee=me).exclude(session=keep), at)
    journal.record(SignInsEnded(employee_id=me), by=by, at=at)
    return ended


def _myself(by: Actor) -> int:
    """Nobody for a token: its number is no employee's."""
    return by.id or 0 if by.kind == "employee" else 0


def end_all(*, employee_id: int, at: datetime) -> int:
    """End every log-in of an employee; how many."""
    return _end(SignIn.objects.filter(employee=employee_id), at)


def note_leaving(*, session: str, at: datetime) -> None:
    """Somebody logged out."""
    _end(SignIn.objects.filter(session=session), at)


def _end(sign_ins: QuerySet[SignIn], at: datetime) -> int:
    keys = list(sign_ins.filter(session__isnull=False).values_list("session", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    return SignIn.objects.filter(session__in=keys).update(session=None, ended_at=at)
