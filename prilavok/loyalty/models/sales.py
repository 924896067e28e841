"""What tills were told, and what came of it."""

from django.db import models

from prilavok.loyalty.models.accounts import Account


class Calculation(models.Model):
    """A reckoned basket, as a till was told it: a commit names it, so that what was printed is what is written."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    shop = models.ForeignKey(
        "company.Shop", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    body = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="loyalty_calculations_by_time")]

    def __str__(self) -> str:
        return f"calculation {self.id}"


class Reckoned(models.Model):
    """How a receipt was reckoned, line by line: every discount with its promotion, points spent and earned.

    A return is reckoned from it alone, and the receipt's «Why?» reads it. `undone_at`: all came back, and what it had
    used up is good again, so that it was no purchase of the customer's.
    """

    receipt = models.OneToOneField(
        "orders.Receipt", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    calculation = models.UUIDField()
    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    points_spent = models.DecimalField(max_digits=19, decimal_places=4)
    points_earned = models.DecimalField(max_digits=19, decimal_places=4)
    lines = models.JSONField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "-receipt"],
                condition=models.Q(account__isnull=False),
                name="loyalty_receipts_of_account",
            )
        ]

    def __str__(self) -> str:
        return f"reckoning of receipt #{self.receipt_id}"


class Circumstances(models.Model):
    """What a receipt was reckoned by, kept where its returns reckon the rest anew (`actions.anew`).

    Nothing of it is personal: of whoever bought, it holds only which promotions they did not rule out.
    """

    receipt = models.OneToOneField(
        "orders.Receipt", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    body = models.JSONField()

    def __str__(self) -> str:
        return f"circumstances of receipt #{self.receipt_id}"


class ReturnedAnew(models.Model):
    """How many points a return that was reckoned anew gave back, and took back: told again it is the same."""

    receipt = models.OneToOneField(
        "orders.Receipt", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    original = models.ForeignKey("orders.Receipt", on_delete=models.PROTECT, related_name="+")
    given_back = models.DecimalField(max_digits=19, decimal_places=4)
    taken_back = models.DecimalField(max_digits=19, decimal_places=4)

    def __str__(self) -> str:
        return f"points of return #{self.receipt_id}"
