"""Coupons: series, codes and their use. A use is a row; the books of pieces stand in the ledger."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7


class CouponSeriesQuerySet(models.QuerySet["CouponSeries"]):
    def open_at(self, at: datetime) -> Self:
        """Series that may be used at this moment."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=at), valid_from__lte=at, closed_at=None)

    def in_state(self, state: str, at: datetime) -> Self:
        """Series that are open, waiting, over or closed at this moment; all for an empty state."""
        states = {
            "": Q(),
            "closed": Q(closed_at__isnull=False),
            "waiting": Q(closed_at=None, valid_from__gt=at),
            "over": Q(closed_at=None, valid_from__lte=at, valid_until__lte=at),
        }
        return self.open_at(at) if state == "open" else self.filter(states.get(state, Q(pk=None)))


class CouponSeries(models.Model):
    """What a coupon gives, on what, from when to when, and how often. Its codes come and go, the series stays.

    `personal`: a code is good only in the hands of the customer it was issued to. `uses`: how often one code may
    be used, None without limit. `common_code`: one code printed for all, as manufacturers do; whoever names it uses
    the latest open series that bears it, whoever names a series' own code uses just that one. `valid_until` is the
    first moment at which a code is no longer good. `first_order`: only with a known customer's first purchase.
    """

    class Reward(models.TextChoices):
        PERCENT = "percent", _("Discount in per cent")
        AMOUNT = "amount", _("Discount in money")
        PRICE = "price", _("Fixed price")
        OTHER = "other", _("As printed on the coupon")

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    reward_kind = models.CharField(max_length=10, choices=Reward, default=Reward.PERCENT)
    reward_value = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    minimum = models.DecimalField(max_digits=19, decimal_places=4, null=True)  # of the basket, in money
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    personal = models.BooleanField(default=True)
    uses = models.PositiveIntegerField(null=True, default=1)
    first_order = models.BooleanField(default=False)
    common_code = models.CharField(max_length=64, blank=True, default="")
    imported = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = CouponSeriesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="loyalty_series_has_a_window",
            ),
            models.CheckConstraint(
                condition=Q(reward_kind="other") | Q(reward_value__gt=0),
                name="loyalty_series_gives_something",
            ),
            models.CheckConstraint(
                condition=~Q(reward_kind="percent") | Q(reward_value__lte=100),
                name="loyalty_series_at_most_all",
            ),
        ]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="loyalty_series_newest"),
            models.Index(
                fields=["common_code"], condition=~Q(common_code=""), name="loyalty_series_common_code"
            ),
        ]

    def __str__(self) -> str:
        return f"series {self.code}"


class SeriesProduct(models.Model):
    """A product that a series is about. A series without products and categories is about all of them."""

    series = models.ForeignKey(
        CouponSeries, on_delete=models.CASCADE, related_name="products", db_index=False
    )
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "product"], name="loyalty_product_once_in_series")
        ]

    def __str__(self) -> str:
        return f"product #{self.product_id} in series #{self.series_id}"


class SeriesCategory(models.Model):
    """A category that a series is about, with all below it."""

    series = models.ForeignKey(
        CouponSeries, on_delete=models.CASCADE, related_name="categories", db_index=False
    )
    category = models.ForeignKey(
        "catalog.Category", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "category"], name="loyalty_category_once_in_series")
        ]

    def __str__(self) -> str:
        return f"category #{self.category_id} in series #{self.series_id}"


CODE_KEY = Replace(F("code"), Value("-"), Value(""))


class CouponQuerySet(models.QuerySet["Coupon"]):
    def by_key(self, keys: list[str]) -> Self:
        """Coupons by codes as `rules.code_key` writes them."""
        return self.alias(key=CODE_KEY).filter(key__in=keys)

    def used(self) -> Self:
        return self.filter(Exists(Redemption.objects.filter(coupon=OuterRef("pk"))))

    def unused(self) -> Self:
        return self.filter(~Exists(Redemption.objects.filter(coupon=OuterRef("pk"))))


class Coupon(models.Model):
    """One code. `cause` is what it was issued for: the same cause gives the same customer no second code.

    That series and customer exist is asked once per statement (`kernel.promises`): codes are made by the million.
    """

    series = models.ForeignKey(
        CouponSeries, on_delete=models.PROTECT, related_name="coupons", db_index=False, db_constraint=False
    )
    code = models.CharField(max_length=64)
    profile = models.ForeignKey(
        "customers.Profile",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    issued_at = models.DateTimeField()
    cause = models.UUIDField(null=True)

    objects = CouponQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(CODE_KEY, name="loyalty_coupon_code_once"),
            models.UniqueConstraint(
                fields=["cause", "profile"],
                condition=Q(cause__isnull=False, profile__isnull=False),
                name="loyalty_coupon_once_per_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["series", "-id"], name="loyalty_coupon_of_series"),
            models.Index(
                fields=["profile", "-id"],
                name="loyalty_coupon_of_customer",
                condition=Q(profile__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"coupon #{self.pk}"


class Redemption(models.Model):
    """A coupon was used on a receipt. `amount` is what the receipt's lines say that it took off."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions", db_index=False)
    receipt = models.ForeignKey("orders.Receipt", on_delete=models.PROTECT, related_name="+")
    profile = models.ForeignKey(
        "customers.Profile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "receipt"], name="loyalty_coupon_once_on_receipt")
        ]
        indexes = [
            models.Index(
                fields=["profile", "-at"], name="loyalty_used_by_customer", condition=Q(profile__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"coupon #{self.coupon_id} on receipt #{self.receipt_id}"


class FreedUse(models.Model):
    """A use that was undone because its receipt came back whole; the coupon is good again. The days are the shops'."""

    redemption_id = models.BigIntegerField(primary_key=True)  # of the row that is no more
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="freed")
    receipt = models.ForeignKey("orders.Receipt", on_delete=models.PROTECT, related_name="+")
    local_date = models.DateField()  # of the use
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    freed_at = models.DateTimeField()
    freed_date = models.DateField()

    def __str__(self) -> str:
        return f"coupon #{self.coupon_id} is free of receipt #{self.receipt_id}"


class RefusedUse(models.Model):
    """A code named on a receipt that was not good: kept as evidence of mistakes and of guessing."""

    class Reason(models.TextChoices):
        UNKNOWN = "unknown", _("no such code")
        NOT_YET = "not_yet", _("not valid yet")
        EXPIRED = "expired", _("no longer valid")
        CLOSED = "closed", _("the series is closed")
        USED = "used", _("already used")
        OTHER_CUSTOMER = "other_customer", _("issued to another customer")
        TOO_LITTLE = "too_little", _("the basket is below the minimum")
        FIRST_ORDER = "first_order", _("only with the first purchase of a customer who is known")
        CUSTOMER = "customer", _("each customer may use it so many times: ask for the card first")

    receipt = models.ForeignKey("orders.Receipt", on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=64)
    coupon = models.ForeignKey(
        Coupon, null=True, on_delete=models.PROTECT, related_name="refusals", db_index=False
    )
    reason = models.CharField(max_length=20, choices=Reason)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "code"], name="loyalty_refusal_once_on_receipt")
        ]
        indexes = [
            models.Index(
                fields=["coupon"], name="loyalty_refusals_of_coupon", condition=Q(coupon__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} on receipt #{self.receipt_id}"


class CodeAttempt(models.Model):
    """A code that was tried at a till and does not exist, or is another customer's: evidence of guessing.

    One row a day for the same code at the same till and of the same customer, with how often. Kept for a year.
    """

    REASONS = (RefusedUse.Reason.UNKNOWN, RefusedUse.Reason.OTHER_CUSTOMER)

    code = models.CharField(max_length=64)
    coupon = models.ForeignKey(
        Coupon, null=True, on_delete=models.CASCADE, related_name="attempts", db_index=False
    )
    reason = models.CharField(max_length=20, choices=RefusedUse.Reason)
    shop = models.ForeignKey("company.Shop", on_delete=models.PROTECT, related_name="+", db_index=False)
    till = models.CharField(max_length=60, blank=True, default="")
    profile = models.ForeignKey(
        "customers.Profile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    times = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()  # the last time

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "shop", "code", "till", "profile"],
                name="loyalty_attempt_once_a_day",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="loyalty_attempts_newest"),
            models.Index(
                fields=["coupon"], name="loyalty_attempts_of_coupon", condition=Q(coupon__isnull=False)
            ),
            models.Index(
                fields=["profile"], name="loyalty_attempts_of_customer", condition=Q(profile__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} in shop #{self.shop_id}"
