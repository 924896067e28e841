"""Gifts that customers got: goods for nothing, by a promotion at the till or from somebody's hand."""

from django.db import models
from django.db.models import Q

from prilavok.kernel.ids import uuid7


class Gift(models.Model):
    """Goods that a shop gave for nothing: what, how much, where, when, to whom, by which promotion.

    `receipt` and `line`: the purchase that it came with, by a promotion at the till; a gift from somebody's hand has
    none. `given_by` is that employee. What the customer bought later is not kept but asked (`queries.followed`).
    """

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=14, decimal_places=3, default=1)
    shop = models.ForeignKey("company.Shop", on_delete=models.PROTECT, related_name="+", db_index=False)
    profile = models.ForeignKey(
        "customers.Profile", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    promotion = models.ForeignKey(
        "loyalty.Promotion", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    receipt = models.ForeignKey(
        "orders.Receipt", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.PositiveIntegerField(null=True)
    given_at = models.DateTimeField()
    local_date = models.DateField()  # the shop's day
    given_by = models.BigIntegerField(null=True)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "line"],
                name="loyalty_one_gift_on_a_line",
                condition=Q(receipt__isnull=False),
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="loyalty_gift_is_something"),
        ]
        indexes = [
            models.Index(fields=["-given_at", "-id"], name="loyalty_gifts_newest"),
            models.Index(
                fields=["profile", "-given_at"],
                name="loyalty_gifts_of_customer",
                condition=Q(profile__isnull=False),
            ),
            models.Index(
                fields=["promotion", "-given_at"],
                name="loyalty_gifts_of_promotion",
                condition=Q(promotion__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"gift #{self.pk}"
