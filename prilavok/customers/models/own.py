"""The fields that the company made itself: what they are called, what they take, who sees them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OwnField(models.Model):
    """A field of the company's own. Its values stand in `Profile.own` under `code`; archived, it keeps them."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", pgettext_lazy("kind of own field", "Number")
        MONEY = "money", _("Money")
        DATE = "date", _("Date")
        CHOICE = "choice", _("One of a list")
        MANY = "many", _("Several of a list")
        FLAG = "flag", _("Yes or no")
        REFERENCE = "reference", _("Reference")

    class Guard(models.TextChoices):
        OPEN = "open", _("Everybody who sees customers; whoever corrects them changes it")
        CHANGE = "change", _("Everybody sees it; changing it needs a right of its own")
        SEE = "see", _("Seeing it and changing it each need a right of its own")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    help = models.CharField(max_length=200, blank=True, default="")
    for_people = models.BooleanField(default=True)
    for_companies = models.BooleanField(default=False)
    options = models.JSONField(
        default=list, blank=True
    )  # [{"code": …, "name": …, "archived": true}], in order
    target = models.CharField(
        max_length=20, blank=True, default=""
    )  # what a reference leads to (ports.references)
    required = models.BooleanField(default=False)
    alone = models.BooleanField(default=False)  # no two customers share a value
    low = models.CharField(max_length=20, blank=True, default="")
    high = models.CharField(max_length=20, blank=True, default="")
    pattern = models.CharField(max_length=60, blank=True, default="")
    filtered = models.BooleanField(default=False)  # has indexes: lists are narrowed and sorted by it
    searched = models.BooleanField(default=False, db_default=False)  # found by the search of lists and Ctrl-K
    at_registration = models.BooleanField(
        default=False, db_default=False
    )  # asked when a customer is registered
    guard = models.CharField(max_length=10, choices=Guard, default=Guard.OPEN)
    position = models.IntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(for_people=True) | models.Q(for_companies=True),
                name="customers_own_field_of_somebody",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def right_to_see(self) -> str:
        return f"customers.own.{self.code}.see"

    @property
    def right_to_change(self) -> str:
        return f"customers.own.{self.code}.change"

    def applies_to(self, kind: str) -> bool:
        """Whether a `person` or a `company` has it."""
        return self.for_companies if kind == "company" else self.for_people

    def option_names(self) -> dict[str, str]:
        """All options by code, those put out of use too."""
        return {one["code"]: one["name"] for one in self.options}

    def live_options(self) -> dict[str, str]:
        return {one["code"]: one["name"] for one in self.options if not one.get("archived")}

    def shape(self) -> dict[str, Any]:
        """What checks of values need to know of it."""
        return {name: getattr(self, name) for name in ("kind", "low", "high", "pattern")} | {
            "options": self.live_options()
        }
