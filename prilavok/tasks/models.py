"""Tasks: what is to be done, by whom, by when, and what came of it."""

from datetime import UTC, datetime
from typing import Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7
from prilavok.tasks.rules import Due

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # where tasks without a date stand in the order


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def closed(self, outcome: str = "") -> Self:
        """Those that are done or cancelled, or all that are closed."""
        found = self.filter(closed_at__isnull=False)
        return found.filter(outcome=outcome) if outcome else found

    def by_due(self) -> Self:
        """With `due_order`, in which those without a date come last; page them by ("due_order", "priority", "id")."""
        return self.annotate(due_order=Coalesce(F("due_at"), Value(NEVER)))


class Task(models.Model):
    """Something to do. Of a whole day `due_at` is its end, the next midnight of the company.

    `reason` tells why in words, the subject_* what it is about: opaque, see ports.Subject. `result` is what came of
    it, or why it was cancelled. `remind_at` follows from `remind_before` (minutes) and the date.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        LETTER = "letter", _("Letter")
        OTHER = "other", _("Other")

    class Priority(models.IntegerChoices):
        HIGH = 1, _("High")
        USUAL = 2, _("Usual")
        LOW = 3, _("Low")

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CALL)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.USUAL)
    profile = models.ForeignKey(
        "customers.Profile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(null=True)
    whole_day = models.BooleanField(default=False)
    responsible = models.ForeignKey(
        "company.Employee", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=300, blank=True, default="")
    subject_label = models.CharField(max_length=200, blank=True, default="")
    subject_address = models.CharField(max_length=500, blank=True, default="")
    subject_kind = models.CharField(max_length=40, blank=True, default="")
    subject_key = models.CharField(max_length=64, blank=True, default="")
    cause = models.UUIDField(null=True)
    set_by_kind = models.CharField(max_length=20)
    set_by_id = models.BigIntegerField(null=True)
    set_at = models.DateTimeField()
    remind_before = models.PositiveIntegerField(null=True)
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_kind = models.CharField(max_length=20, blank=True, default="")
    closed_by_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    result = models.CharField(max_length=1000, blank=True, default="")

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="tasks_task_says_what"),
            models.CheckConstraint(
                condition=Q(whole_day=False) | Q(due_at__isnull=False), name="tasks_whole_day_is_a_day"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="") | Q(closed_at__isnull=False) & ~Q(outcome=""),
                name="tasks_closed_has_outcome",
            ),
            models.UniqueConstraint(
                fields=["cause"], condition=Q(cause__isnull=False), name="tasks_once_per_cause"
            ),
        ]
        indexes = [
            models.Index(
                F("responsible"),
                Coalesce(F("due_at"), Value(NEVER)),
                F("priority"),
                F("id"),
                condition=Q(closed_at=None),
                name="tasks_open_of_employee",
            ),
            models.Index(
                Coalesce(F("due_at"), Value(NEVER)),
                F("priority"),
                F("id"),
                condition=Q(closed_at=None),
                name="tasks_open_by_due",
            ),
            models.Index(
                fields=["profile", "-id"], condition=Q(profile__isnull=False), name="tasks_of_customer"
            ),
            models.Index(
                fields=["-closed_at", "-id"], condition=Q(closed_at__isnull=False), name="tasks_closed_latest"
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(closed_at=None, reminded_at=None, remind_at__isnull=False),
                name="tasks_to_remind",
            ),
        ]

    def __str__(self) -> str:
        return f"task #{self.pk}"

    @property
    def due(self) -> Due:
        return Due(self.due_at, self.whole_day)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
