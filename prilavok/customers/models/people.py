"""Persons, the profiles that stand for them, and their status."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Replace
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7
from prilavok.kernel.words import words_of


class Sex(models.TextChoices):
    FEMALE = "f", _("Female")
    MALE = "m", _("Male")


class Status(models.TextChoices):
    ACTIVE = "active", _("Active")
    BLOCKED = "blocked", _("Blocked")
    ERASED = "erased", _("Erased")


def name_key(person: str = "") -> Replace:
    """How people are searched and sorted by name in SQL; `person` leads to the person, such as `person__`."""
    last, first, middle = (f"{person}{name}_name" for name in ("last", "first", "middle"))
    spaced = Concat(Value(" "), last, Value(" "), first, Value(" "), middle)
    return Replace(Lower(spaced), Value("ё"), Value("е"))


NAME_KEY = name_key()
NAME_WORDS = words_of(NAME_KEY)


class Person(models.Model):
    """A human being or a company. `merged_into` leads to the person that this one turned out to be.

    The columns hold what is shown. Of a person that others were merged into, `told` keeps what was told of them
    alone, and `told_at` when a field was corrected: from both and from the merges the columns are settled anew.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        COMPANY = "company", _("Company")

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON)
    last_name = models.CharField(_("Last name"), max_length=100, blank=True, default="")
    first_name = models.CharField(_("First name"), max_length=100, blank=True, default="")
    middle_name = models.CharField(_("Middle name"), max_length=100, blank=True, default="")
    sex = models.CharField(_("Sex"), max_length=1, choices=Sex, blank=True, default="")
    birth_date = models.DateField(_("Birth date"), null=True, blank=True)
    invented = models.BooleanField(default=False)  # made up for a demo; shown as such
    told = models.JSONField(null=True)
    told_at = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False
    )

    class Meta:
        indexes = [
            GinIndex(NAME_WORDS, name="customers_person_name_words"),
            models.Index(NAME_KEY, "id", name="customers_person_by_name"),
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="customers_person_merged"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="customers_person_not_into_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"person #{self.pk}"

    @property
    def full_name(self) -> str:
        """Last, first and middle name in one line, as a Russian list shows them; empty when nothing is known."""
        return " ".join(part for part in (self.last_name, self.first_name, self.middle_name) if part)


class ProfileQuerySet(models.QuerySet["Profile"]):
    def standing(self) -> Self:
        """Without the erased."""
        return self.exclude(status=Status.ERASED)


class Profile(models.Model):
    """One record of a customer, to which receipts, consents, messages and cards point for ever."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="profiles", db_constraint=False)
    registered_at = models.DateTimeField()
    registered_shop = models.ForeignKey(
        "company.Shop",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    source = models.CharField(max_length=50, blank=True, default="")
    own = models.JSONField(default=dict, blank=True)  # own fields by code (OwnField), checked in the action

    objects = ProfileQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(F("registered_at").desc(), F("id").desc(), name="customers_profile_newest"),
            models.Index(
                "registered_shop", F("registered_at").desc(), F("id").desc(), name="customers_profile_of_shop"
            ),
            GinIndex(OpClass("own", name="jsonb_path_ops"), name="customers_profile_own"),
            models.Index(
                fields=["status"], condition=~Q(status=Status.ACTIVE), name="customers_profile_not_active"
            ),
        ]

    def __str__(self) -> str:
        return f"profile #{self.pk}"


class StatusChange(models.Model):
    """One change of a profile's status. The first status is the one of registration and has no row."""

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="status_changes")
    old = models.CharField(max_length=10, choices=Status)
    new = models.CharField(max_length=10, choices=Status)
    reason = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.old} → {self.new} of profile #{self.profile_id}"
