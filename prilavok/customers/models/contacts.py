"""How customers are reached and what they are known by."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _

from prilavok.customers.models.people import Profile


class ContactKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")


class Proof(models.TextChoices):
    VERIFIED = "verified", _("Verified")
    CLAIMED = "claimed", _("Claimed")


class IdentifierKind(models.Model):
    """What customers may be known by, with what the shop should know of it before it builds on it (B19).

    A row is a kind of the company's own, or what it changed of one that Prilavok brings (queries.kinds): without a
    name of its own it is called as the translations say. `shared_by` many people make a value too common to tell
    anybody by.
    """

    class Family(models.TextChoices):
        CONTACT = "contact", _("By contact")
        CONTACTLESS = "contactless", _("Contactless")
        INNOVATIVE = "innovative", _("Innovative")

    class Amount(models.TextChoices):
        NONE = "", "—"
        LOW = "low", _("Low")
        MEDIUM = "medium", _("Medium")
        HIGH = "high", _("High")

    class Shape(models.TextChoices):
        TEXT = "text", _("As it is")
        CARD = "card", _("Card number: digits and Latin capitals")
        EAN13 = "ean13", _("Card number with an EAN-13 check digit")
        LUHN = "luhn", _("Card number with a Luhn check digit")
        DIGITS = "digits", _("Digits only")
        HEX = "hex", _("Hexadecimal digits")
        MAC = "mac", _("MAC address")
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")

    code = models.CharField(_("Code"), max_length=20, primary_key=True)
    name = models.CharField(_("Name"), max_length=100, blank=True, default="")
    family = models.CharField(_("Class"), max_length=20, choices=Family, default=Family.CONTACT)
    reach = models.CharField(_("Reach"), max_length=10, choices=Amount, blank=True, default="")
    cost = models.CharField(_("Cost"), max_length=10, choices=Amount, blank=True, default="")
    limits = models.TextField(_("Limits"), blank=True, default="", max_length=1000)
    channel_only = models.BooleanField(_("Channel only, no purchase history"), default=False)
    exclusive = models.BooleanField(_("One owner only"), default=True)
    shape = models.CharField(_("Form"), max_length=10, choices=Shape, default=Shape.TEXT)
    min_length = models.PositiveSmallIntegerField(_("Shortest"), default=1)
    max_length = models.PositiveSmallIntegerField(_("Longest"), default=200)
    shared_by = models.PositiveSmallIntegerField(_("Too common from"), default=5)
    active = models.BooleanField(_("In use"), default=True)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class Contact(models.Model):
    """A means of contact, normalised: an e-mail in lower case or a phone in E.164. `preferred` holds per profile."""

    profile = models.ForeignKey(
        Profile, on_delete=models.PROTECT, related_name="contacts", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=ContactKind)
    value = models.CharField(max_length=254)
    verified_at = models.DateTimeField(null=True)
    verified_rule = models.CharField(max_length=50, blank=True, default="", db_default="")
    verified_by_kind = models.CharField(max_length=10, blank=True, default="", db_default="")
    verified_by_id = models.BigIntegerField(null=True)
    preferred = models.BooleanField(default=False)
    failed_at = models.DateTimeField(null=True)
    fail_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "kind", "value"], name="customers_contact_once"),
            models.UniqueConstraint(
                fields=["profile"], condition=Q(preferred=True), name="customers_contact_one_preferred"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="customers_contact_not_empty"),
        ]
        indexes = [
            models.Index(OpClass(F("value"), name="varchar_pattern_ops"), name="customers_contact_value"),
            models.Index(
                OpClass(Reverse("value"), name="text_pattern_ops"),  # a phone by its last digits
                condition=Q(kind="phone"),
                name="customers_contact_phone_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Identifier(models.Model):
    """What a customer is known by, with the evidence for it: who said so, by which rule, when.

    A verified value of an exclusive kind is one profile's alone; what is merely claimed may be claimed by many.
    """

    profile = models.ForeignKey(
        Profile, on_delete=models.PROTECT, related_name="identifiers", db_constraint=False
    )
    kind = models.CharField(max_length=20)  # the code of an IdentifierKind
    value = models.CharField(max_length=200)
    proof = models.CharField(max_length=10, choices=Proof, default=Proof.VERIFIED)
    rule = models.CharField(max_length=50, blank=True, default="")
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10, default="system")
    by_id = models.BigIntegerField(null=True)
    alone = models.BooleanField(
        default=True, db_default=True
    )  # verified, and its kind is exclusive: nobody else has it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(alone=True),
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],  # also finds by the beginning
                name="customers_identifier_of_one",
            ),
            models.UniqueConstraint(
                fields=["profile", "kind", "value"],
                condition=Q(alone=False),
                name="customers_identifier_claimed_once",
            ),
            models.CheckConstraint(condition=~Q(value=""), name="customers_identifier_not_empty"),
        ]
        indexes = [
            models.Index("kind", "value", condition=Q(alone=False), name="customers_identifier_claimed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Quarantine(models.Model):
    """A value that tells nobody: the shop's own tablet, a cashier's card, info@. It stays until it is released."""

    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=254)
    reason = models.CharField(max_length=30)
    people = models.PositiveIntegerField(default=0)  # how many had it when it was found
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10, default="system")
    by_id = models.BigIntegerField(null=True)
    released_at = models.DateTimeField(null=True)
    released_by_kind = models.CharField(max_length=10, blank=True, default="")
    released_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="customers_quarantine_once"),
        ]

    def __str__(self) -> str:
        return f"quarantined {self.kind} #{self.pk}"
