"""The stop list: addresses that nothing is sent to, whosever they are."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.contacts import ContactKind


class Suppression(models.Model):
    """An address that nothing may be sent to, of a customer or of nobody we know. It outlives erasure: then only
    its `digest` stays (actions.tombstones), and `value` comes back when its owner does.
    """

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        COMPLAINT = "complaint", _("Complained of spam")
        BOUNCED = "bounced", _("The address bounced")
        DEMAND = "demand", _("Demanded in writing")
        OTHER = "other", _("Other")

    kind = models.CharField(max_length=10, choices=ContactKind)
    value = models.CharField(max_length=254, blank=True, default="")
    digest = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=20, choices=Reason, default=Reason.OTHER)
    note = models.CharField(max_length=200, blank=True, default="")
    source = models.CharField(max_length=50, blank=True, default="")
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10, default="system")
    by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index("kind", "value", condition=~Q(value=""), name="customers_suppression_value"),
            models.Index(fields=["-at", "-id"], name="customers_suppression_newest"),
        ]

    def __str__(self) -> str:
        return f"suppressed {self.kind} #{self.pk}"
