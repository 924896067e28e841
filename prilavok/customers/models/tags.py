"""Tags: short words that people put on customers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.people import Profile


class Tag(models.Model):
    """A word for customers. `merged_into` leads to the tag that it turned out to mean; a deleted one keeps its
    customers, so that both can be taken back."""

    class Colour(models.TextChoices):
        GREY = "muted", _("Grey")
        GREEN = "good", _("Green")
        BLUE = "info", _("Blue")
        YELLOW = "warn", _("Yellow")
        RED = "bad", _("Red")

    name = models.CharField(max_length=50)
    colour = models.CharField(max_length=10, choices=Colour, default=Colour.GREY)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), condition=Q(merged_into=None, deleted_at=None), name="customers_tag_name_once"
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="customers_tag_not_into_itself"),
        ]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a customer. When it came and went stands in the history of the customer's fields."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "tag"], name="customers_tagged_once"),
        ]
        indexes = [models.Index(fields=["tag", "profile"], name="customers_tagging_of_tag")]

    def __str__(self) -> str:
        return f"{self.tag_id} on profile #{self.profile_id}"
