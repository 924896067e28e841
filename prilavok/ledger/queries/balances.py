"""What stands on accounts: every balance is the sum of its entries, at any moment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from prilavok.ledger.models import Account, Entry, Transaction
from prilavok.ledger.rules import ZERO


def balance(*, owner_kind: str, owner_id: int, unit: str, kind: str, at: datetime | None = None) -> Decimal:
    """What stands on an account, now or at a past moment."""
    return balances(owner_kind=owner_kind, owner_ids=[owner_id], unit=unit, kind=kind, at=at).get(
        owner_id, ZERO
    )


def balances(
    *, owner_kind: str, owner_ids: Collection[int], unit: str, kind: str, at: datetime | None = None
) -> dict[int, Decimal]:
    """Balances by owner; owners without an account are missing."""
    entries = Entry.objects.filter(
        account__owner_kind=owner_kind,
        account__owner_id__in=owner_ids,
        account__unit=unit,
        account__kind=kind,
    )
    if at is not None:
        entries = entries.filter(transaction__at__lte=at)
    return dict(entries.values_list("account__owner_id").annotate(Sum("amount")))


def of_unit(unit: str) -> dict[str, Decimal]:
    """Balances of one unit by kind of account: how many issued, held, redeemed."""
    return dict(Entry.objects.filter(account__unit=unit).values_list("account__kind").annotate(Sum("amount")))


def of_units(units: Collection[str]) -> dict[str, dict[str, Decimal]]:
    """The same for many units by one statement."""
    found: dict[str, dict[str, Decimal]] = {}
    rows = (
        Entry.objects.filter(account__unit__in=units)
        .values_list("account__unit", "account__kind")
        .annotate(Sum("amount"))
    )
    for unit, kind, amount in rows:
        found.setdefault(unit, {})[kind] = amount
    return found


@dataclass(frozen=True, slots=True)
class TrialLine:
    """Everything on accounts of one kind in one unit."""

    unit: str
    kind: str
    accounts: int
    amount: Decimal


def trial_balance(*, at: datetime | None = None) -> list[TrialLine]:
    """All books by unit and kind; within a unit the amounts add up to zero."""
    entries = Entry.objects.all() if at is None else Entry.objects.filter(transaction__at__lte=at)
    rows = (
        entries.values_list("account__unit", "account__kind")
        .annotate(Count("account", distinct=True), Sum("amount"))
        .order_by("account__unit", "account__kind")
    )
    return [TrialLine(*row) for row in rows]


def statement(account: Account) -> QuerySet[Entry]:
    """The account's entries, the latest first."""
    return Entry.objects.filter(account=account).select_related("transaction").order_by("-id")


def is_posted(cause: UUID) -> bool:
    return Transaction.objects.filter(cause=cause).exists()
