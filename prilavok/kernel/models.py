"""The journal, its readers, the demo clock, long work and stored answers."""

from django.db import models
from django.db.models.functions import Cast, Now

from prilavok.kernel.ids import uuid7


class Epoch(models.Model):
    """A life of the server's transaction ids: a restore begins a new one.

    What an older epoch holds is committed by definition.
    """

    number = models.PositiveIntegerField(primary_key=True)
    started_at = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"Epoch {self.number}"


class StoredEvent(models.Model):
    """One event with its envelope, written in the transaction that made it true. Never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    epoch = models.PositiveIntegerField()
    transaction_id = models.BigIntegerField(
        db_default=Cast(
            Cast(models.Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()
        )
    )
    type = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    customer_id = models.BigIntegerField(null=True)
    brand_id = models.BigIntegerField(null=True)
    shop_id = models.BigIntegerField(null=True)
    by_kind = models.CharField(max_length=20)
    by_id = models.BigIntegerField(null=True)
    cause = models.UUIDField(null=True)
    live = models.BooleanField()
    body = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["epoch", "transaction_id", "id"], name="kernel_event_order"),
            models.Index(fields=["customer_id", "-happened_at", "-id"], name="kernel_event_timeline"),
            models.Index(
                fields=["cause"], name="kernel_event_cause", condition=models.Q(cause__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Cursor(models.Model):
    """How far a consumer has read the journal."""

    consumer = models.CharField(max_length=60, primary_key=True)
    epoch = models.PositiveIntegerField(default=0)
    transaction_id = models.BigIntegerField(default=0)
    event_id = models.UUIDField(null=True)
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.consumer


class Parked(models.Model):
    """An event that a consumer could not take, or that waits behind such a one of the same customer."""

    consumer = models.CharField(max_length=60)
    event = models.ForeignKey(StoredEvent, on_delete=models.CASCADE, related_name="+")
    customer_id = models.BigIntegerField(null=True)
    reason = models.TextField()
    waits_for = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    attempts = models.PositiveIntegerField(default=1)
    parked_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consumer", "event"], name="kernel_parked_once"),
        ]
        indexes = [
            models.Index(
                fields=["consumer", "customer_id"],
                name="kernel_parked_open",
                condition=models.Q(resolved_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.consumer}: {self.event_id}"


class DemoClock(models.Model):
    """The demo's clock: how far it stands from the real one. Exists only in a demo installation."""

    offset = models.DurationField()
    set_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.offset)


class Work(models.Model):
    """Long work that a person may leave and find again: an import, an export, a launch.

    A `notice` is no work: words under the same bell, such as a reminder.
    """

    public_id = models.UUIDField(unique=True, default=uuid7)
    title = models.CharField(max_length=200)
    employee_id = models.BigIntegerField(null=True)
    link = models.CharField(max_length=300, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(db_default=Now())
    stepped_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    failed = models.BooleanField(default=False)
    notice = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [models.Index(fields=["employee_id", "-started_at"], name="kernel_work_of_employee")]

    def __str__(self) -> str:
        return self.title


class StoredAnswer(models.Model):
    """What the API answered to a write, by its idempotency key: the same request gets the same answer."""

    actor = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100)
    body = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="kernel_one_answer_per_key")]
        indexes = [models.Index(fields=["made_at"], name="kernel_answer_age")]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"


class Switch(models.Model):
    """An installation-wide state by name, such as «sending is paused»."""

    name = models.CharField(max_length=60, primary_key=True)
    on = models.BooleanField()
    reason = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name
