"""Receipts as they were paid: rows that are written once and never edited."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from prilavok.kernel.ids import uuid7


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def sales(self) -> Self:
        return self.filter(kind=Receipt.Kind.SALE)

    def known_as(self, shop_id: int, number: str, public_id: UUID | None) -> "Receipt | None":
        """The receipt of this number in this shop, or of this public id."""
        same = Q(shop=shop_id, number=number)
        return self.filter(same | Q(public_id=public_id) if public_id else same).first()

    def of_profiles(self, profile_ids: list[int]) -> Self:
        return self.filter(profile_id__in=profile_ids)


class Receipt(models.Model):
    """One paid basket or one return. Sums are signed: a sale adds, a return takes away.

    `gross` is the list price, `paid` what the customer gave, `reimbursed` what a manufacturer gives back for
    coupons; `discount` and `revenue` (what the shop receives) follow from them. That shop, till and profile exist
    is checked by triggers, once per statement instead of once per row.
    """

    class Kind(models.TextChoices):
        SALE = "sale"
        RETURN = "return"

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    number = models.CharField(max_length=64)
    shop = models.ForeignKey(
        "company.Shop", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    till = models.ForeignKey(
        "company.Till",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    profile = models.ForeignKey(
        "customers.Profile",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.SALE)
    returns = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    paid_at = models.DateTimeField()
    local_date = models.DateField()  # the shop's day and hour, reckoned when written
    local_hour = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    gross = models.DecimalField(max_digits=19, decimal_places=4)
    paid = models.DecimalField(max_digits=19, decimal_places=4)
    reimbursed = models.DecimalField(max_digits=19, decimal_places=4)
    discount = models.GeneratedField(
        expression=F("gross") - F("paid"),
        output_field=models.DecimalField(max_digits=19, decimal_places=4),
        db_persist=True,
    )
    revenue = models.GeneratedField(
        expression=F("paid") + F("reimbursed"),
        output_field=models.DecimalField(max_digits=19, decimal_places=4),
        db_persist=True,
    )
    items = models.DecimalField(max_digits=14, decimal_places=3)  # pieces; what is weighed or poured is one
    fingerprint = models.BinaryField(
        max_length=16
    )  # of the content: the same number again is the same receipt

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "number"], name="orders_receipt_number_in_shop"),
            models.CheckConstraint(condition=Q(local_hour__lte=23), name="orders_receipt_hour_of_day"),
            models.CheckConstraint(
                condition=Q(kind="sale", returns=None) | Q(kind="return"),
                name="orders_receipt_sale_returns_none",
            ),
        ]
        indexes = [
            models.Index(fields=["-paid_at", "-id"], name="orders_receipt_latest"),
            models.Index(fields=["shop", "-paid_at", "-id"], name="orders_receipt_of_shop"),
            models.Index(
                fields=["profile", "-paid_at", "-id"],
                name="orders_receipt_of_customer",
                condition=Q(profile__isnull=False),
            ),
            models.Index(
                fields=["number"], opclasses=["varchar_pattern_ops"], name="orders_receipt_by_number"
            ),
            models.Index(
                fields=["returns"], name="orders_receipt_returned_by", condition=Q(returns__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} (#{self.pk})"

    @property
    def is_return(self) -> bool:
        return self.kind == Receipt.Kind.RETURN


class ReceiptLine(models.Model):
    """One product of a receipt. Sums and quantity are signed as the receipt's.

    That receipt, product and returned line exist is checked by triggers, once per statement instead of once per row.
    """

    receipt = models.ForeignKey(
        Receipt, on_delete=models.CASCADE, related_name="lines", db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField()
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    returned = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit = models.CharField(max_length=8, default="pcs")
    gross = models.DecimalField(max_digits=19, decimal_places=4)
    paid = models.DecimalField(max_digits=19, decimal_places=4)
    reimbursed = models.DecimalField(max_digits=19, decimal_places=4)
    discount = models.GeneratedField(
        expression=F("gross") - F("paid"),
        output_field=models.DecimalField(max_digits=19, decimal_places=4),
        db_persist=True,
    )
    revenue = models.GeneratedField(
        expression=F("paid") + F("reimbursed"),
        output_field=models.DecimalField(max_digits=19, decimal_places=4),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "number"], name="orders_line_number_in_receipt"),
        ]
        indexes = [
            models.Index(
                fields=["returned"], name="orders_line_returned_by", condition=Q(returned__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.number} of receipt #{self.receipt_id}"


class LineDiscount(models.Model):
    """Why a line cost less: the reason, the sum, and who bears it; `number` is its place among the line's reasons."""

    class FundedBy(models.TextChoices):
        SHOP = "shop"
        MANUFACTURER = "manufacturer"

    pk = models.CompositePrimaryKey("line", "number")  # one index where nearly every line has a row
    line = models.ForeignKey(
        ReceiptLine, on_delete=models.CASCADE, related_name="discounts", db_index=False, db_constraint=False
    )
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)  # card, coupon, coupon_match, promotion, points, manual
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    funded_by = models.CharField(max_length=12, choices=FundedBy, default=FundedBy.SHOP)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="orders_discount_moves_money")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} on line #{self.line_id}"


class Role(models.TextChoices):
    """Who somebody is in an order besides its buyer, who is the receipt's own profile."""

    PAYER = "payer", _("Payer")
    RECIPIENT = "recipient", _("Recipient")
    HOLDER = "holder", _("Card holder")
    BENEFICIARY = "beneficiary", _("Beneficiary")


class ReceiptRole(models.Model):
    """Somebody in an order besides its buyer: few receipts have such rows, which is why they stand beside them.

    A recipient may be nobody that the shop knows: then only the contacts stand here, those of this order alone.
    """

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="roles", db_index=False)
    role = models.CharField(max_length=12, choices=Role)
    profile = models.ForeignKey(
        "customers.Profile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(max_length=200, blank=True, default="")
    phone = models.CharField(max_length=20, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "role"], name="orders_role_once_in_receipt"),
            models.CheckConstraint(
                condition=~Q(profile=None, name="", phone="", email=""), name="orders_role_is_somebody"
            ),
        ]
        indexes = [
            models.Index(
                fields=["profile", "role", "-receipt"],
                condition=Q(profile__isnull=False),
                name="orders_role_of_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of receipt #{self.receipt_id}"


class ReceiptCoupon(models.Model):
    """A coupon code named at the till, as it was named; whether it was good, loyalty knows."""

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="coupons", db_index=False)
    code = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "code"], name="orders_coupon_once_in_receipt")
        ]

    def __str__(self) -> str:
        return f"coupon on receipt #{self.receipt_id}"
