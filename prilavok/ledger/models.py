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
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["corrects"], name="ledger_corrections", condition=Q(corrects__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.reason} #{self.pk}"


class Lot(models.Model):
    """Amounts that came to one account together and lapse together.

    Where they stand (pending, held, reserved) is the sum of their entries; a trigger keeps it here, so that the
    till needn't add up, and nobody writes it otherwise. A lot restored after it had lapsed has an heir.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lots", db_index=False)
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    heir_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    available_from = models.DateTimeField(null=True)  # none: at once
    expires_at = models.DateTimeField(null=True)  # the first moment when it is gone; none: never
    pending = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    held = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    reserved = models.DecimalField(max_digits=19, decimal_places=4, default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pending__gte=0, held__gte=0, reserved__gte=0), name="ledger_lot_never_owes"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at"],
                name="ledger_lots_of_account",
                condition=Q(pending__gt=0) | Q(held__gt=0) | Q(reserved__gt=0),
            ),
            models.Index(
                fields=["expires_at"], name="ledger_lots_to_lapse", condition=Q(held__gt=0) | Q(pending__gt=0)
            ),
            models.Index(fields=["available_from"], name="ledger_lots_to_ripen", condition=Q(pending__gt=0)),
            models.Index(fields=["heir_of"], name="ledger_heirs_of_lot", condition=Q(heir_of__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"lot #{self.pk}"


class Reservation(models.Model):
    """Amounts set aside until they are spent or released, at the latest `until`."""

    transaction = models.OneToOneField(
        Transaction, primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    until = models.DateTimeField()
    closed_by = models.OneToOneField(Transaction, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["until"], name="ledger_open_reservations", condition=Q(closed_by__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"reservation #{self.pk}"


class Entry(models.Model):
    """One amount on one account. A transaction's entries are written together and add up to zero in each unit."""

    # By a trigger once per statement instead of a foreign key per row (see the migrations).
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    lot = models.ForeignKey(
        Lot, null=True, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_moves_something")]
        indexes = [
            models.Index(fields=["account", "id"], include=["amount"], name="ledger_entry_of_account"),
            models.Index(fields=["transaction"], name="ledger_entry_of_transaction"),
            models.Index(
                fields=["lot"], name="ledger_entry_of_lot", include=["amount"], condition=Q(lot__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+} on account #{self.account_id}"
