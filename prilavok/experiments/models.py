"""Experiments, their arms, and who was drawn into which. An assignment is written once and never changed."""

from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7

CONTROL = "control"
MAILED = "mailed"
OFFERED = "offered"


class Experiment(models.Model):
    """One question put to chance: what is it worth to do this to these people?

    `plan` holds what was fixed before the start: windows of the past, cap for outliers, the spread expected. Where it
    says `gradual`, people enter one by one, each when the thing tested first fits them.
    """

    class Kind(models.TextChoices):
        DRAWN = "drawn", _("Drawn here")
        LOADED = "loaded", _("Loaded from a file")

    class Outcome(models.TextChoices):
        MONEY = "money", _("money")
        BINARY = "binary", _("yes or no")

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        CANCELLED = "cancelled", _("cancelled")
        LOADED = "loaded", _("loaded")

    public_id = models.UUIDField(unique=True, default=uuid7)
    subject = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.DRAWN)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.MONEY)
    metric = models.CharField(max_length=60, default="revenue")
    currency = models.CharField(max_length=3)
    control_share = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    drawn_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    horizon_at = models.DateTimeField()
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    salt = models.CharField(max_length=64, blank=True)
    strata = models.JSONField(default=dict)
    plan = models.JSONField(default=dict)
    planted = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    fingerprint = models.CharField(max_length=64, blank=True)
    made_by = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=~Q(subject="") & ~Q(state="cancelled"),
                name="experiments_one_draw_per_subject",
            ),
            models.UniqueConstraint(
                fields=["fingerprint"], condition=~Q(fingerprint=""), name="experiments_file_loaded_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="loaded") | Q(first_day__isnull=False, last_day__isnull=False),
                name="experiments_window_is_fixed",
            ),
        ]
        indexes = [models.Index(fields=["-drawn_at", "-id"], name="experiments_latest")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_loaded(self) -> bool:
        return self.kind == self.Kind.LOADED

    @property
    def is_binary(self) -> bool:
        return self.outcome == self.Outcome.BINARY

    @property
    def is_gradual(self) -> bool:
        """Whether people enter one by one."""
        return bool(self.plan.get("gradual"))

    @property
    def days(self) -> int:
        """Length of the period of analysis."""
        first, last = self.window
        return (last - first).days + 1

    @property
    def window(self) -> tuple[date, date]:
        """The period of analysis, in the shops' own days."""
        if self.first_day is None or self.last_day is None:
            raise ValueError(f"Experiment {self.pk} has no period of analysis")
        return self.first_day, self.last_day

    def is_over(self, at: datetime) -> bool:
        return at >= self.horizon_at


class Arm(models.Model):
    """What is done to a part of the people. The first arm is the control: nothing is done to it."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    key = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    share = models.DecimalField(max_digits=5, decimal_places=4, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "key"], name="experiments_arm_once"),
            models.UniqueConstraint(fields=["experiment", "position"], name="experiments_arm_place"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return self.key

    @property
    def is_control(self) -> bool:
        return self.position == 0

    @property
    def label(self) -> str:
        return str(ARM_LABELS.get(self.key, self.key))


ARM_LABELS = {CONTROL: _("Control"), MAILED: _("Mailed"), OFFERED: _("With the promotion")}


class Assignment(models.Model):
    """A person's arm in an experiment: drawn once, never recomputed, whatever becomes of the person."""

    experiment = models.ForeignKey(
        Experiment, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    person = models.ForeignKey("customers.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    profile = models.ForeignKey("customers.Profile", on_delete=models.PROTECT, related_name="+")
    arm = models.ForeignKey(Arm, on_delete=models.CASCADE, related_name="+", db_index=False)
    stratum = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "person"], name="experiments_person_drawn_once")
        ]
        indexes = [models.Index(fields=["experiment", "arm", "id"], name="experiments_people_of_arm")]

    def __str__(self) -> str:
        return f"person {self.person_id} in experiment {self.experiment_id}"


class LoadedOutcome(models.Model):
    """How many customers of a loaded experiment had this very outcome: equal rows are counted, never dropped."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="+", db_index=False)
    arm = models.ForeignKey(Arm, on_delete=models.CASCADE, related_name="+", db_index=False)
    stratum = models.CharField(max_length=100, blank=True)
    value = models.DecimalField(max_digits=19, decimal_places=4)
    customers = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "arm", "stratum", "value"], name="experiments_outcome_counted_once"
            ),
            models.CheckConstraint(condition=Q(customers__gt=0), name="experiments_outcome_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.customers} × {self.value}"
