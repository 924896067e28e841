"""Campaigns, the people each of them meant, and campaigns of the past that came from elsewhere."""

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7
from prilavok.messaging.ports import Policy


class Campaign(models.Model):
    """One letter to the people of a segment, with a control group that gets none.

    Versions of segment and letter are fixed at the launch. `stage` is how far the preparation has come, so that a
    killed one goes on where it stood. Whoever gets the letter may get `points` of a programme, to be spent after
    `points_wait` days and living `points_days` from then on (none: as the programme has it; fixed at the launch).
    Points are chosen by one employee and approved by another, as corrections by hand are.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        PREPARING = "preparing", _("Preparing")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")

    class Stage(models.TextChoices):
        GATHER = "gather", _("Checking who may be written to")
        DRAW = "draw", _("Drawing the control group")
        LIST = "list", _("Making letters")
        DONE = "done", _("Done")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(_("Name"), max_length=150)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.GATHER)
    stage_at = models.DateTimeField(null=True)  # the machine's own time of the last step
    trouble = models.CharField(max_length=300, blank=True, default="")
    segment = models.ForeignKey("segments.Segment", null=True, on_delete=models.PROTECT, related_name="+")
    segment_version = models.ForeignKey(
        "segments.SegmentVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    template = models.ForeignKey("messaging.Template", null=True, on_delete=models.PROTECT, related_name="+")
    template_version = models.ForeignKey(
        "messaging.TemplateVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    coupon_series = models.ForeignKey(
        "loyalty.CouponSeries", null=True, on_delete=models.PROTECT, related_name="+"
    )
    points_programme = models.ForeignKey(
        "loyalty.Programme", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    points = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    points_wait = models.PositiveSmallIntegerField(default=0)
    points_days = models.PositiveSmallIntegerField(null=True)
    points_by = models.BigIntegerField(null=True)
    points_approved_by = models.BigIntegerField(null=True)
    points_approved_at = models.DateTimeField(null=True)
    points_approved_for = models.PositiveIntegerField(null=True)  # people who could be written to then
    topic = models.ForeignKey("customers.Topic", null=True, on_delete=models.PROTECT, related_name="+")
    control_share = models.DecimalField(
        max_digits=4,
        decimal_places=3,
        default="0.100",
        validators=[MinValueValidator(0), MaxValueValidator(0.5)],
    )
    policy = models.CharField(max_length=12, choices=Policy, default=Policy.NEVER_TWICE)
    analysis_days = models.PositiveSmallIntegerField(
        default=28, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    cost = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    start_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.BigIntegerField(null=True)
    launched_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    legacy = models.BooleanField(default=False)
    code = models.CharField(max_length=60, blank=True, default="")
    kind = models.CharField(max_length=60, blank=True, default="")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="campaigns_code_once"),
            models.CheckConstraint(
                condition=Q(control_share__gte=0, control_share__lte=0.5), name="campaigns_control_up_to_half"
            ),
            models.CheckConstraint(
                condition=Q(legacy=True)
                | Q(state__in=["draft", "cancelled"])
                | Q(segment_version__isnull=False, template_version__isnull=False),
                name="campaigns_launched_is_fixed",
            ),
            models.CheckConstraint(
                condition=Q(legacy=False) | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="campaigns_past_has_days",
            ),
            models.CheckConstraint(
                condition=Q(points_programme__isnull=True, points__isnull=True)
                | Q(points_programme__isnull=False, points__gt=0),
                name="campaigns_points_of_a_programme",
            ),
            models.CheckConstraint(
                condition=Q(points_approved_by__isnull=True, points_approved_at__isnull=True)
                | Q(points_approved_by__isnull=False, points_approved_at__isnull=False)
                & ~Q(points_approved_by=F("points_by")),
                name="campaigns_points_have_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"])
                | Q(points__isnull=True)
                | Q(points_approved_by__isnull=False),
                name="campaigns_launched_points_are_approved",
            ),
        ]
        indexes = [
            models.Index(F("made_at").desc(), F("id").desc(), name="campaigns_newest"),
            models.Index(
                fields=["state"],
                condition=Q(state__in=["scheduled", "preparing"]),
                name="campaigns_to_do",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> str:
        """How messages and experiments call this campaign."""
        return f"campaign:{self.pk}"

    @property
    def begins_at(self) -> datetime | None:
        return self.started_at or self.start_at


class CampaignCustomer(models.Model):
    """One customer whom a campaign meant, and whether they are written to, left alone for control, or may not be."""

    class Outcome(models.TextChoices):
        CANDIDATE = "candidate", _("To be drawn")
        MAILED = "mailed", _("Gets a letter")
        CONTROL = "control", _("Control")
        SUPPRESSED = "suppressed", _("Not sent")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="customers", db_index=False)
    profile = models.ForeignKey(
        "customers.Profile", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "profile"], name="campaigns_customer_once"),
            models.CheckConstraint(
                condition=Q(outcome="suppressed") ^ Q(reason=""), name="campaigns_suppressed_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "outcome", "profile"], name="campaigns_books"),
            models.Index(fields=["profile"], name="campaigns_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} in campaign #{self.campaign_id}"


class LegacyTarget(models.Model):
    """Somebody to whom a campaign of the past was sent."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="targets", db_index=False)
    profile = models.ForeignKey("customers.Profile", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "profile"], name="campaigns_target_once"),
        ]

    def __str__(self) -> str:
        return f"target of campaign #{self.campaign_id}"
