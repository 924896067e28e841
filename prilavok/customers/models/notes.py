"""What employees write about a customer for each other."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.people import Profile
from prilavok.kernel.ids import uuid7


class Alert(models.Model):
    """What whoever meets the customer must know at once. It stands until its day is over or somebody ends it."""

    class Severity(models.TextChoices):
        CRITICAL = "critical", _("Critical")
        WARNING = "warning", _("Warning")
        INFO = "info", _("For information")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(_("Text"), max_length=500)
    severity = models.CharField(_("Severity"), max_length=10, choices=Severity, default=Severity.WARNING)
    until = models.DateField(_("Until"), null=True, blank=True)  # the last day on which it stands
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_kind = models.CharField(max_length=10, blank=True, default="")
    ended_by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["profile"], condition=Q(ended_at=None), name="customers_alert_standing")
        ]

    def __str__(self) -> str:
        return f"alert #{self.pk}"


class Note(models.Model):
    """A note about a customer. A deleted one can be brought back for a month, then it is gone."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("Text"), max_length=5_000)
    pinned = models.BooleanField(default=False)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"note #{self.pk}"
