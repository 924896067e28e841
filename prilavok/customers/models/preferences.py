"""What customers want to be written to about, and how often: topics of the company, and ledgers of what was chosen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.people import Profile
from prilavok.kernel.ids import uuid7


class Topic(models.Model):
    """What offers may be about. An archived one is offered no more; whoever refused it is still left alone."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(_("Name"), max_length=80)
    note = models.CharField(_("What customers read beside it"), max_length=300, blank=True, default="")
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), condition=Q(archived_at=None), name="customers_topic_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Frequency(models.TextChoices):
    """How often a customer wants offers."""

    ANY = "any", _("As often as there is something to tell")
    WEEK = "week", _("At most once a week")
    MONTH = "month", _("At most once a month")


class TopicChoice(models.Model):
    """One line of the ledger: a topic refused, or wanted again. Never edited; the latest of a topic holds."""

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", db_index=False)
    wanted = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=50, blank=True, default="")
    ip = models.GenericIPAddressField(null=True)
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index("profile", "topic", F("at").desc(), F("id").desc(), name="customers_topic_latest")
        ]

    def __str__(self) -> str:
        return f"topic #{self.topic_id} of profile #{self.profile_id}"


class FrequencyChoice(models.Model):
    """One line of the ledger: how often at most. Never edited; the latest holds."""

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+", db_index=False)
    frequency = models.CharField(max_length=10, choices=Frequency)
    at = models.DateTimeField()
    source = models.CharField(max_length=50, blank=True, default="")
    ip = models.GenericIPAddressField(null=True)
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index("profile", F("at").desc(), F("id").desc(), name="customers_frequency_latest")]

    def __str__(self) -> str:
        return f"{self.frequency} for profile #{self.profile_id}"
