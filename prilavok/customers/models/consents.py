"""The ledger of consents."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.documents import ConsentDocument
from prilavok.customers.models.people import Profile
from prilavok.customers.models.purposes import MARKETING


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class Consent(models.Model):
    """One line of the consent ledger: given or withdrawn. Never edited; the latest line of a key holds.

    A consent without a brand speaks for the whole company.
    """

    profile = models.ForeignKey(
        Profile, on_delete=models.PROTECT, related_name="consents", db_index=False, db_constraint=False
    )
    brand = models.ForeignKey(
        "company.Brand",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    purpose = models.CharField(max_length=20, default=MARKETING)
    channel = models.CharField(max_length=20, choices=Channel, blank=True)  # empty: the purpose is asked once
    given = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=50, blank=True, default="")
    text_version = models.CharField(max_length=50, blank=True, default="")
    document = models.ForeignKey(
        ConsentDocument,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )  # published ones only, and those are never deleted
    ip = models.GenericIPAddressField(null=True)
    proof = models.CharField(max_length=200, blank=True, default="")
    by_kind = models.CharField(max_length=10, default="system")
    by_id = models.BigIntegerField(null=True)
    cause = models.UUIDField(
        null=True
    )  # the event or request it follows from: a second delivery changes nothing

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "profile", "purpose", "channel"],
                condition=Q(cause__isnull=False),
                name="customers_consent_once_per_cause",
            ),
        ]
        indexes = [
            models.Index(
                "profile",
                "purpose",
                "channel",
                F("at").desc(),
                F("id").desc(),
                name="customers_consent_latest",
            ),
        ]

    def __str__(self) -> str:
        return f"consent #{self.pk} of profile #{self.profile_id}"


class PersonalRequest(models.Model):
    """What a customer asked of the shop on their own page: to hand out what is kept, to correct it, to erase it."""

    class Kind(models.TextChoices):
        ARCHIVE = "archive", _("Hand out all that is kept")
        CORRECTION = "correction", _("Correct the data")
        ERASURE = "erasure", _("Erase the data")

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(blank=True, default="", max_length=1000)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by_kind = models.CharField(max_length=10, blank=True, default="")
    done_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "kind"], condition=Q(done_at=None), name="customers_request_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} asked by profile #{self.profile_id}"
