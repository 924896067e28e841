"""Books in double entry. Nothing here is ever edited: what was wrong is posted back."""

from django.db import models
from django.db.models import Q

from prilavok.kernel.ids import uuid7


class Account(models.Model):
    """A place where amounts of one unit stand. Who owns it, only the domain that posts knows.

    `unit` is what is counted: "points", "RUB", "coupon:12". `kind` tells the accounts of one owner apart
    (held, issued, redeemed, reserved). An account that `may_owe` stands for a source, such as all that was ever
    issued; the others never fall below zero.
    """

    owner_kind = models.CharField(max_length=20)
    owner_id = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    unit = models.CharField(max_length=40)
    may_owe = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_kind", "owner_id", "unit", "kind"], name="ledger_account_of_owner"
            ),
        ]
        indexes = [models.Index(fields=["unit", "kind"], name="ledger_account_of_unit")]

    def __str__(self) -> str:
        return f"{self.owner_kind}:{self.owner_id} {self.kind} in {self.unit}"


class Transaction(models.Model):
    """Amounts that moved together, because of one cause. A second delivery of the cause moves nothing."""

    public_id = models.UUIDField(unique=True, default=uuid7, editable=False)
    cause = models.UUIDField(unique=True)
    reason = models.CharField(max_length=40)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=20)
    by_id = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.reason} #{self.pk}"


class Entry(models.Model):
    """One amount on one account. A transaction's entries are written together and add up to zero in each unit."""

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_moves_something")]
        indexes = [
            models.Index(fields=["account", "id"], include=["amount"], name="ledger_entry_of_account"),
            models.Index(fields=["transaction"], name="ledger_entry_of_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+} on account #{self.account_id}"
