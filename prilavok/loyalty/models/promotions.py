"""Promotions with their versions, and how often they were used."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.kernel.ids import uuid7


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def live(self) -> Self:
        """Promotions that tills reckon with."""
        return self.filter(state=Promotion.State.LIVE)


class Promotion(models.Model):
    """A promotion through all its versions. `live` is the version that tills reckon with, or last did.

    Draft → waiting (for approval) → live ⇄ paused → ended. A new version of a live promotion waits for approval
    while the old one goes on.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        WAITING = "waiting", _("Waits for approval")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    live = models.ForeignKey(
        "PromotionVersion", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    made_by = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()

    objects = PromotionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["live", "paused"]) | Q(live__isnull=False),
                name="loyalty_live_promotion_has_a_version",
            ),
        ]
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="loyalty_promotions_by_change"),
            models.Index(fields=["id"], condition=Q(state="live"), name="loyalty_promotions_live"),
        ]

    def __str__(self) -> str:
        return f"promotion #{self.pk}"


class PromotionVersionQuerySet(models.QuerySet["PromotionVersion"]):
    def waiting(self) -> Self:
        """Versions that somebody has to approve or refuse."""
        return self.filter(asked_at__isnull=False, approved_at=None, refused_at=None)


class PromotionVersion(models.Model):
    """What a promotion says (`definitions.PromotionWritten`); it is never edited. Who approved it is somebody else."""

    promotion = models.ForeignKey(
        Promotion, on_delete=models.CASCADE, related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.BigIntegerField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_by = models.BigIntegerField(null=True)
    refused_because = models.CharField(max_length=300, blank=True, default="")

    objects = PromotionVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["promotion", "number"], name="loyalty_one_version_per_number"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of promotion #{self.promotion_id}"

    @property
    def waits(self) -> bool:
        """Whether somebody has to approve or refuse it."""
        return self.asked_at is not None and self.approved_at is None and self.refused_at is None


class PromotionTurn(models.Model):
    """One turn in a promotion's life: what was done, to which version, by which employee (nobody: by the system)."""

    class Kind(models.TextChoices):
        MADE = "made", pgettext_lazy("promotion", "Made")
        CHANGED = "changed", _("Changed")
        ASKED = "asked", _("Sent for approval")
        WITHDRAWN = "withdrawn", _("Taken back from approval")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        ENDED = "ended", _("Ended")

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="turns", db_index=False)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    by = models.BigIntegerField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["promotion", "-id"], name="loyalty_turns_of_promotion")]

    def __str__(self) -> str:
        return f"{self.kind} of promotion #{self.promotion_id}"


class BookNumber(models.Model):
    """Counts the changes of what tills reckon with (one row; triggers count). A till compiles anew when it moved."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"book {self.number}"


class PromotionUse(models.Model):
    """A promotion changed a receipt: what it took off, what points it gave. `undone_at`: returned, and free again."""

    # By a trigger once per statement instead of a foreign key per row (see the migrations).
    promotion = models.ForeignKey(
        Promotion, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    version = models.PositiveIntegerField()
    receipt = models.ForeignKey(
        "orders.Receipt", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    profile = models.ForeignKey(
        "customers.Profile",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    at = models.DateTimeField()
    local_date = models.DateField()
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    points = models.DecimalField(max_digits=19, decimal_places=4)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "promotion"], name="loyalty_promotion_once_on_receipt")
        ]
        indexes = [
            models.Index(
                fields=["profile", "promotion"],
                condition=Q(profile__isnull=False, undone_at__isnull=True),
                name="loyalty_promotions_used_by",
            ),
            models.Index(fields=["promotion", "-at"], name="loyalty_uses_of_promotion"),
        ]

    def __str__(self) -> str:
        return f"promotion #{self.promotion_id} on receipt #{self.receipt_id}"


class PromotionCount(models.Model):
    """How often, and for how much money, a promotion with a limit for all was used. One row that tills queue for."""

    promotion = models.OneToOneField(
        Promotion, primary_key=True, on_delete=models.CASCADE, related_name="count"
    )
    times = models.BigIntegerField(default=0)
    money = models.DecimalField(max_digits=19, decimal_places=4, default=0)

    def __str__(self) -> str:
        return f"uses of promotion #{self.promotion_id}"


class PromotionPeriod(models.Model):
    """How often, and for how much money, everybody together used a promotion in a period that is limited.

    `since` is the first day of the calendar's day, week or month, by the days of the shops. Tills queue for the row.
    """

    class Period(models.TextChoices):
        DAY = "day", _("Day")
        WEEK = "week", _("Week")
        MONTH = "month", _("Month")

    promotion = models.ForeignKey(Promotion, on_delete=models.CASCADE, related_name="+", db_index=False)
    period = models.CharField(max_length=5, choices=Period)
    since = models.DateField()
    times = models.BigIntegerField(default=0)
    money = models.DecimalField(max_digits=19, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["promotion", "period", "since"], name="loyalty_one_count_per_period"
            ),
        ]

    def __str__(self) -> str:
        return f"uses of promotion #{self.promotion_id} in the {self.period} from {self.since}"


class Backtest(models.Model):
    """A version tried on the receipts of a past period: what it would have cost, had customers bought the same.

    `shops`: whose receipts (none: all). `result` comes when it is finished.
    """

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    promotion = models.ForeignKey(
        Promotion, on_delete=models.CASCADE, related_name="backtests", db_index=False
    )
    version = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    shops = models.JSONField(null=True)
    asked_at = models.DateTimeField()
    asked_by = models.BigIntegerField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["promotion", "-id"], name="loyalty_backtests_of_promotion")]

    def __str__(self) -> str:
        return f"back-test #{self.pk}"
