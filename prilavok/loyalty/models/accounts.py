"""The programme of points: its policies, its tiers, and the accounts on which customers hold points."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7
from prilavok.loyalty.rules import points


class Programme(models.Model):
    """By which rules points are earned and spent, in one brand or in all (`brand` none).

    `policies` are `definitions.PoliciesWritten`. Points earned wait `pending_days`, and then live `lifetime_days`
    (none: for ever). Points given back after their time are good for `grace_days` more. `owes`: what a return takes
    back and the account no longer has becomes a debt; else it is kept from the refund. `coupon_back`: the coupon and
    the use of promotions of a receipt that was returned whole are free again. `transfer_most`: how many points may go
    to another account at once (0: none), `transfer_month`: and within 30 days (none: as many as there are).
    """

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    brand = models.ForeignKey("company.Brand", null=True, on_delete=models.PROTECT, related_name="+")
    policies = models.JSONField(default=dict)
    pending_days = models.PositiveSmallIntegerField(default=0)
    lifetime_days = models.PositiveSmallIntegerField(null=True, default=365)
    grace_days = models.PositiveSmallIntegerField(default=14)
    owes = models.BooleanField(default=True)
    coupon_back = models.BooleanField(default=False)
    transfer_most = models.DecimalField(max_digits=19, decimal_places=4, default=Decimal(0))
    transfer_month = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand"],
                condition=Q(active=True),
                nulls_distinct=False,
                name="loyalty_one_programme_per_brand",
            ),
        ]

    def __str__(self) -> str:
        return f"programme {self.code}"

    @property
    def unit(self) -> str:
        """What the books count."""
        return points(self.pk)


class TierQuerySet(models.QuerySet["Tier"]):
    def standing(self) -> Self:
        """Tiers that are not removed, the lowest first."""
        return self.filter(removed_at=None).order_by("place")


class Tier(models.Model):
    """A step of a programme, reached by turnover, orders or points earned, or by a rule: being in a `segment`.

    `entry`: how much of it within `days` (none: ever); of a rule it is one, met or not. Whoever is in stays at least
    `held_days`; then `kept` (none: as much as for entry) is asked of the same days, and whoever has less steps down
    after `grace_days`. Tiers stand by their `place`, the lowest first. One that was removed stays as a row, since
    histories name it.
    """

    class Measure(models.TextChoices):
        TURNOVER = "turnover", _("Turnover")
        ORDERS = "orders", _("Number of purchases")
        POINTS = "points", _("Points earned")
        SEGMENT = "segment", _("Being in a segment")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="tiers")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    place = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=10, choices=Measure, default=Measure.TURNOVER)
    segment = models.ForeignKey("segments.Segment", null=True, on_delete=models.PROTECT, related_name="+")
    entry = models.DecimalField(max_digits=19, decimal_places=4)
    days = models.PositiveSmallIntegerField(null=True, default=365)
    kept = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    held_days = models.PositiveSmallIntegerField(default=365)
    grace_days = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)

    objects = TierQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "place"],
                condition=Q(removed_at=None),
                name="loyalty_one_tier_per_place",
            ),
            models.UniqueConstraint(
                fields=["code"], condition=Q(removed_at=None), name="loyalty_one_tier_per_code"
            ),
            models.CheckConstraint(
                condition=Q(measure="segment", segment__isnull=False, entry=1)
                | (~Q(measure="segment") & Q(segment__isnull=True)),
                name="loyalty_tier_by_a_segment_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"tier {self.code}"


class Account(models.Model):
    """Where a customer's points stand, apart from the cards that open it; its amounts are in the ledger.

    It belongs to a profile (a person merged of several has several accounts, spent together) or to a household,
    whose members spend from it together. `name` tells several accounts of one owner apart.
    """

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="accounts", db_index=False
    )
    profile = models.ForeignKey(
        "customers.Profile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    household = models.ForeignKey(
        "relations.Household", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(max_length=100, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    tier = models.ForeignKey(Tier, null=True, on_delete=models.PROTECT, related_name="+")
    tier_since = models.DateTimeField(null=True)
    tier_until = models.DateTimeField(null=True)  # when staying is looked at

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(profile__isnull=False, household__isnull=True)
                | Q(profile__isnull=True, household__isnull=False),
                name="loyalty_account_has_one_owner",
            ),
            models.UniqueConstraint(
                fields=["profile", "programme", "name"],
                condition=Q(profile__isnull=False),
                name="loyalty_account_of_profile",
            ),
            models.UniqueConstraint(
                fields=["household", "programme", "name"],
                condition=Q(household__isnull=False),
                name="loyalty_account_of_household",
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "-id"], name="loyalty_accounts_newest"),
            models.Index(
                fields=["tier_until"], condition=Q(tier_until__isnull=False), name="loyalty_tiers_to_look_at"
            ),
        ]

    def __str__(self) -> str:
        return f"account #{self.pk}"


class TierChange(models.Model):
    """An account stood in a tier (none: in none) from then on; `because` says why: entry, kept, lost, hand.

    `was`: the tier before, so that who came into a tier, and who left it, is found without their histories.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    tier = models.ForeignKey(Tier, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    was = models.ForeignKey(Tier, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    because = models.CharField(max_length=10)
    measured = models.DecimalField(max_digits=19, decimal_places=4, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-id"], name="loyalty_tiers_of_account"),
            models.Index(
                fields=["tier", "-since", "-id"],
                condition=Q(tier__isnull=False),
                name="loyalty_who_came_into_a_tier",
            ),
            models.Index(
                fields=["was", "-since", "-id"],
                condition=Q(was__isnull=False),
                name="loyalty_who_left_a_tier",
            ),
        ]

    def __str__(self) -> str:
        return f"account #{self.account_id} in tier #{self.tier_id}"
