"""Alerts on a customer, and notes about them."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import EmptyText, NotYourNote, UnknownSeverity
from prilavok.customers.events import AlertEnded, AlertRaised, NoteDeleted, NoteWritten
from prilavok.customers.models import Alert, Note
from prilavok.customers.queries import kin
from prilavok.customers.queries.notes import may_change_note, note_of
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import Actor

KEPT = timedelta(days=30)  # a deleted note can be brought back


@transaction.atomic
def raise_alert(
    *,
    profile_id: int,
    text: str,
    by: Actor,
    at: datetime,
    severity: str = Alert.Severity.WARNING,
    until: date | None = None,
) -> Alert:
    """Whoever meets the customer will see it until its day is over. Raises EmptyText, UnknownSeverity, NotForErased."""
    by.must("customers.note")
    profile = lock(profile_id, by)
    if severity not in Alert.Severity.values:
        raise UnknownSeverity(field="severity")
    made = Alert.objects.create(
        profile=profile,
        text=_text(text, 500),
        severity=severity,
        until=until,
        at=at,
        by_kind=by.kind,
        by_id=by.id,
    )
    event = AlertRaised(profile_id=profile.pk, alert_id=made.pk, severity=severity)
    journal.record(event, by=by, at=at, customer=profile.pk)
    return made


@transaction.atomic
def end_alert(*, profile_id: int, alert: UUID, by: Actor, at: datetime) -> None:
    """It is settled; ended before, it stays as it is. Raises Alert.DoesNotExist."""
    by.must("customers.note")
    found = _lock_alert(profile_id, alert, by)
    if found.ended_at is None:
        found.ended_at, found.ended_by_kind, found.ended_by_id = at, by.kind, by.id
        found.save(update_fields=["ended_at", "ended_by_kind", "ended_by_id"])
        event = AlertEnded(profile_id=found.profile_id, alert_id=found.pk)
        journal.record(event, by=by, at=at, customer=found.profile_id)


@transaction.atomic
def reopen_alert(*, profile_id: int, alert: UUID, by: Actor, at: datetime) -> None:
    """It holds after all. Raises Alert.DoesNotExist."""
    by.must("customers.note")
    found = _lock_alert(profile_id, alert, by)
    if found.ended_at is not None:
        found.ended_at, found.ended_by_kind, found.ended_by_id = None, "", None
        found.save(update_fields=["ended_at", "ended_by_kind", "ended_by_id"])
        event = AlertRaised(profile_id=found.profile_id, alert_id=found.pk, severity=found.severity)
        journal.record(event, by=by, at=at, customer=found.profile_id)


def _lock_alert(profile_id: int, alert: UUID, by: Actor) -> Alert:
    profile = lock(profile_id, by)
    return Alert.objects.select_for_update().get(public_id=alert, profile__in=kin(profile.pk))


@transaction.atomic
def write_note(*, profile_id: int, text: str, by: Actor, at: datetime, pinned: bool = False) -> Note:
    """Raises EmptyText, NotForErased."""
    by.must("customers.note")
    profile = lock(profile_id, by)
    made = Note.objects.create(
        profile=profile, text=_text(text, 5_000), pinned=pinned, at=at, by_kind=by.kind, by_id=by.id
    )
    event = NoteWritten(profile_id=profile.pk, note_id=made.pk)
    journal.record(event, by=by, at=at, customer=profile.pk)
    return made


@transaction.atomic
def change_note(
    *,
    profile_id: int,
    note: UUID,
    by: Actor,
    at: datetime,
    text: str | None = None,
    pinned: bool | None = None,
) -> tuple[str, bool]:
    """Correct the text (one's own, or with the right to correct data) or pin it; text and pin as they were before.

    Raises Note.DoesNotExist, NotYourNote, EmptyText.
    """
    by.must("customers.note")
    found = _lock_note(profile_id, note, by)
    before = found.text, found.pinned
    if text is not None and (tidy := _text(text, 5_000)) != found.text:
        if not may_change_note(found, by):
            raise NotYourNote
        found.text, found.changed_at = tidy, at
    if pinned is not None:
        found.pinned = pinned
    found.save(update_fields=["text", "pinned", "changed_at"])
    return before


@transaction.atomic
def delete_note(*, profile_id: int, note: UUID, by: Actor, at: datetime) -> None:
    """Take a note away; `restore_note` brings it back within a month. Raises Note.DoesNotExist, NotYourNote."""
    by.must("customers.note")
    found = _lock_note(profile_id, note, by)
    if not may_change_note(found, by):
        raise NotYourNote
    if found.deleted_at is None:
        found.deleted_at = at
        found.save(update_fields=["deleted_at"])
        event = NoteDeleted(profile_id=found.profile_id, note_id=found.pk)
        journal.record(event, by=by, at=at, customer=found.profile_id)


@transaction.atomic
def restore_note(*, profile_id: int, note: UUID, by: Actor, at: datetime) -> None:
    """Raises Note.DoesNotExist, NotYourNote."""
    by.must("customers.note")
    found = _lock_note(profile_id, note, by)
    if not may_change_note(found, by):
        raise NotYourNote
    if found.deleted_at is not None:
        found.deleted_at = None
        found.save(update_fields=["deleted_at"])
        event = NoteWritten(profile_id=found.profile_id, note_id=found.pk)
        journal.record(event, by=by, at=at, customer=found.profile_id)


def _lock_note(profile_id: int, note: UUID, by: Actor) -> Note:
    profile = lock(profile_id, by)
    return note_of(kin(profile.pk), note, by)


def _text(text: str, longest: int) -> str:
    """As it was typed, line by line. Raises EmptyText."""
    tidy = text.replace("\0", "").strip()
    if not tidy or len(tidy) > longest:
        raise EmptyText(field="text", longest=longest)
    return tidy


@jobs.job
def forget_deleted_notes() -> int:
    """What was deleted a month ago is gone; how many. Called every night."""
    gone, _each = Note.objects.filter(deleted_at__lt=clock.now() - KEPT).delete()
    return gone
