"""How lots are spent, given back and taken back. Pure: no database, no clock.

A wallet is what one owner has of one unit. Its lots came at different times and lapse at different times; a lot's
amount stands in three places: *pending* (not yet to be spent), *held*, *reserved*. Beside the lots stands the debt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

PENDING, HELD, RESERVED, DEBT = "pending", "held", "reserved", "debt"
PLACES = (PENDING, HELD, RESERVED)
EXPIRED = "expired"  # where what lapsed goes: an account of the lot's source
ADJUSTED = "adjusted"  # where what is corrected by hand comes from and goes to
LAPSED = "lot.expired"  # the reason of transactions by which lots lapse
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Purse:
    """An account by what it is; it is opened when something is first posted to it. `may_owe`: it is a source."""

    owner_kind: str
    owner_id: int
    kind: str
    unit: str
    may_owe: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Wallet:
    """What one owner has of one unit. Whose wallets are spent together, the domain that asks decides."""

    owner_kind: str
    owner_id: int
    unit: str

    def purse(self, kind: str) -> Purse:
        return Purse(self.owner_kind, self.owner_id, kind, self.unit, may_owe=kind == DEBT)


@dataclass(slots=True)
class Lot:
    """Amounts that came together and lapse together. `key` is the row's id; below zero: not yet written.

    `source` gave it and gets what is taken back; what lapses goes to the same owner's account EXPIRED.
    """

    key: int
    wallet: Wallet
    source: Purse
    available_from: datetime | None = None
    expires_at: datetime | None = None
    pending: Decimal = ZERO
    held: Decimal = ZERO
    reserved: Decimal = ZERO
    heir_of: int | None = None

    def ripe(self, at: datetime) -> bool:
        return self.available_from is None or self.available_from <= at

    def lapsed(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


Part = tuple[int, Decimal]  # a lot's key and an amount of it


def in_order(lots: Iterable[Lot]) -> list[Lot]:
    """The lots in the order of spending: what lapses first; what never lapses last; of equals the earlier made.

    A lot that isn't written yet (key below zero) is younger than all that are.
    """

    def place(lot: Lot) -> tuple[bool, float, bool, int]:
        lapse = lot.expires_at.timestamp() if lot.expires_at else 0.0
        return lot.expires_at is None, lapse, lot.key < 0, abs(lot.key)

    return sorted(lots, key=place)


def oldest_first(lots: Iterable[Lot], amount: Decimal) -> tuple[list[Part], Decimal]:
    """Parts of what is held that make up the amount, and what is missing.

    >>> from datetime import UTC
    >>> anna, shop = Wallet("account", 1, "points"), Purse("programme", 1, "issued", "points", may_owe=True)
    >>> feb, mar = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    >>> lots = [Lot(2, anna, shop, None, mar, held=Decimal(50)), Lot(1, anna, shop, None, feb, held=Decimal(100))]
    >>> oldest_first(lots, Decimal(120))
    ([(1, Decimal('100')), (2, Decimal('20'))], Decimal('0'))
    """
    parts, missing = [], amount
    for lot in in_order(lots):
        part = min(lot.held, missing)
        if part > 0:
            parts.append((lot.key, part))
            missing -= part
    return parts, missing


def after(parts: Sequence[Part], gone: Decimal, amount: Decimal) -> list[Part]:
    """The parts that make up `amount`, after the first `gone` of them.

    >>> after([(1, Decimal(100)), (2, Decimal(20))], Decimal(30), Decimal(80))
    [(1, Decimal('70')), (2, Decimal('10'))]
    """
    chosen = []
    for key, whole in parts:
        skipped = min(whole, gone)
        part = min(whole - skipped, amount)
        gone -= skipped
        amount -= part
        if part:
            chosen.append((key, part))
    return chosen
