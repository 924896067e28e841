"""Consents that wait for a click in a letter."""

from django.db import models
from django.db.models import Q

from prilavok.customers.models.consents import Channel
from prilavok.customers.models.contacts import Contact
from prilavok.customers.models.documents import ConsentDocument
from prilavok.customers.models.people import Profile
from prilavok.kernel.ids import uuid7


class ChannelRule(models.Model):
    """How consents of a channel are taken. A channel without a row is taken at its word."""

    channel = models.CharField(max_length=20, choices=Channel, primary_key=True)
    double_opt_in = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.channel


class OptIn(models.Model):
    """A consent that somebody gave for an address and its owner has not confirmed yet. It counts for nothing."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=20)
    channel = models.CharField(max_length=20, choices=Channel)
    brand = models.ForeignKey("company.Brand", null=True, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(ConsentDocument, null=True, on_delete=models.PROTECT, related_name="+")
    text_version = models.CharField(max_length=50, blank=True, default="")
    source = models.CharField(max_length=50, blank=True, default="")
    ip = models.GenericIPAddressField(null=True)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "purpose", "channel", "brand"],
                condition=Q(confirmed_at=None, withdrawn_at=None),
                nulls_distinct=False,
                name="customers_optin_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"opt-in #{self.pk} of profile #{self.profile_id}"
