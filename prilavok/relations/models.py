"""Who belongs to whom. Rows point at a profile and are read through merges; nothing is rewritten by one."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7


class Side(models.TextChoices):
    """Who may stand on one side of a relation."""

    ANY = "any", _("Anybody")
    PERSON = "person", _("A person")
    COMPANY = "company", _("A company")


class Role(models.TextChoices):
    """What a member of a buying committee does there."""

    DECIDES = "decides", _("Decides")
    INFLUENCES = "influences", _("Influences")
    CHECKS = "checks", _("Checks")
    USES = "uses", _("Uses it")
    BUYS = "buys", _("Buys")
    PAYS = "pays", _("Pays")
    SIGNS = "signs", _("Signs")
    ADMITS = "admits", _("Lets through")


class RelationKind(models.Model):
    """A kind of relations: what the first is to the second, and what the second is to the first.

    A row is a kind of the company's own, or what it changed of one that Prilavok brings (queries.kinds): without
    names of its own it is called as the translations say. Equal names: neither side comes first.
    """

    code = models.CharField(_("Code"), max_length=20, primary_key=True)
    name = models.CharField(_("What the first is to the second"), max_length=100, blank=True, default="")
    back = models.CharField(_("What the second is to the first"), max_length=100, blank=True, default="")
    first = models.CharField(_("The first is"), max_length=10, choices=Side, default=Side.ANY)
    second = models.CharField(_("The second is"), max_length=10, choices=Side, default=Side.ANY)
    active = models.BooleanField(_("In use"), default=True)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class RelationQuerySet(models.QuerySet["Relation"]):
    def current(self, day: date) -> Self:
        """Those that have not ended by this day."""
        return self.filter(Q(until=None) | Q(until__gt=day))


class Relation(models.Model):
    """The first is something to the second, by the kind: from `since` on, until the day on which it ended."""

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20)  # the code of a RelationKind
    first = models.ForeignKey("customers.Profile", on_delete=models.PROTECT, related_name="+", db_index=False)
    second = models.ForeignKey(
        "customers.Profile", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    position = models.CharField(max_length=100, blank=True, default="")
    role = models.CharField(max_length=10, choices=Role, blank=True, default="")
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=20)
    by_id = models.BigIntegerField(null=True)

    objects = RelationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="relations_not_to_oneself"),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                name="relations_ends_later",
            ),
            models.UniqueConstraint(
                fields=["first", "second", "kind"], condition=Q(until=None), name="relations_relation_once"
            ),
        ]
        indexes = [
            models.Index(fields=["first", "kind"], name="relations_of_first"),
            models.Index(fields=["second", "kind"], name="relations_of_second"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Household(models.Model):
    """People who keep house together. Without a name it is called after its head."""

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, blank=True, default="")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"household #{self.pk}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> Self:
        return self.filter(left_at=None)


class Membership(models.Model):
    """Somebody's time in a household, as what. The head answers for it and holds its cards."""

    class Part(models.TextChoices):
        HEAD = "head", _("Head")
        SPOUSE = "spouse", _("Spouse")
        CHILD = "child", _("Child")
        PARENT = "parent", _("Parent")
        OTHER = "other", _("Member")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey(
        "customers.Profile", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    part = models.CharField(max_length=10, choices=Part, default=Part.OTHER)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile"], condition=Q(left_at=None), name="relations_one_household_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["household"], condition=Q(left_at=None, part="head"), name="relations_one_head"
            ),
        ]
        indexes = [models.Index(fields=["profile", "-id"], name="relations_member")]

    def __str__(self) -> str:
        return f"{self.part} of household #{self.household_id}"
