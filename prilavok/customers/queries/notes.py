"""What employees wrote about a customer: alerts that stand, notes."""

from collections.abc import Collection, Iterable
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils.dateparse import parse_date, parse_datetime

from prilavok.customers.models import Alert, Note
from prilavok.kernel.actors import Actor

RANK = {severity: rank for rank, severity in enumerate(Alert.Severity.values)}


def standing_alerts(profile_ids: Collection[int], by: Actor, *, today: date) -> QuerySet[Alert]:
    """Alerts that hold today, the gravest first."""
    by.must("customers.see")
    held = Alert.objects.filter(Q(until=None) | Q(until__gte=today), profile__in=profile_ids, ended_at=None)
    grave = Case(
        *(When(severity=name, then=Value(rank)) for name, rank in RANK.items()),
        output_field=IntegerField(),
    )
    return held.order_by(grave, "-at")


def alerts_of(rows: Iterable[dict[str, Any]]) -> list[Alert]:
    """Alerts out of rows as PostgreSQL's JSON has them, the gravest first and the latest of these."""
    read = [
        Alert(
            **row
            | {
                "at": parse_datetime(row["at"]),
                "until": parse_date(row["until"]) if row["until"] else None,
                "ended_at": parse_datetime(row["ended_at"]) if row["ended_at"] else None,
            }
        )
        for row in rows
    ]
    return sorted(sorted(read, key=attrgetter("at"), reverse=True), key=lambda alert: RANK[alert.severity])


def past_alerts(profile_ids: Collection[int], by: Actor, *, today: date) -> QuerySet[Alert]:
    """Alerts that were ended or whose day is over, the latest first."""
    by.must("customers.see")
    gone = Q(ended_at__isnull=False) | Q(until__lt=today)
    return Alert.objects.filter(gone, profile__in=profile_ids).order_by("-at")


def notes_of(profile_ids: Collection[int], by: Actor) -> QuerySet[Note]:
    """Notes about one person, the pinned first, then the latest."""
    by.must("customers.see")
    return Note.objects.filter(profile__in=profile_ids, deleted_at=None).order_by("-pinned", "-at", "-id")


def may_change_note(note: Note, by: Actor) -> bool:
    """Its author, and whoever may correct the customer's data."""
    own = (note.by_kind, note.by_id) == (by.kind, by.id)
    return by.may("customers.note") and (own or by.may("customers.edit"))


def note_of(profile_ids: Collection[int], public_id: UUID, by: Actor) -> Note:
    """One note of this person, also one that was deleted just now. Raises Note.DoesNotExist."""
    by.must("customers.see")
    return Note.objects.get(public_id=public_id, profile__in=profile_ids)


def numbers_of_notes(profile_ids: Collection[int]) -> dict[int, int]:
    """How many notes each profile has; those without any are missing."""
    rows = Note.objects.filter(profile__in=profile_ids, deleted_at=None).order_by()
    return dict(rows.values_list("profile").annotate(Count("pk")))
