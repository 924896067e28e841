"""What can be asked of wallets. Each move has one cause; the same cause again moves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from prilavok.ledger.rules import Purse, Wallet


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    cause: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Move):
    """A lot comes to the wallet from `source`; a debt is paid from it first."""

    wallet: Wallet
    amount: Decimal
    source: Purse
    available_from: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend(Move):
    """The amount goes to `target`, from what lapses first in all these wallets. Debts are not for spending."""

    wallets: tuple[Wallet, ...]
    amount: Decimal
    target: Purse


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Move):
    """The same amount is set aside until it is confirmed or released, at the latest `until`."""

    wallets: tuple[Wallet, ...]
    amount: Decimal
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Move):
    """What was reserved is spent (all, or a part: the rest is released)."""

    reserved: UUID
    target: Purse
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Move):
    """What was reserved is held again. A lot that lapsed meanwhile is good for `grace` more."""

    reserved: UUID
    grace: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack(Move):
    """What was spent comes back (all that is left of it, or a part), what was spent last first.

    It keeps its first expiry; where that has passed, it is good for `grace` more. A debt is paid from it first.
    """

    spent: UUID
    amount: Decimal | None = None
    grace: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Move):
    """What was granted goes back to its source (all that is left of it, or a part).

    From its own lot first, then from what lapses first in the wallets named. What is missing becomes a debt
    of the wallet it was granted to, or (`owe=False`) is told as short, to be kept from the refund: `short_at_most` of
    it where no more can be kept, the rest is owed.
    """

    granted: UUID
    wallets: tuple[Wallet, ...] = ()
    amount: Decimal | None = None
    owe: bool = True
    short_at_most: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Move):
    """The amount goes to another's wallet, lot by lot, each with its expiry."""

    wallets: tuple[Wallet, ...]
    to: Wallet
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move came to: the amount moved (debt included), what of it is owed now, what was missing.

    `new` is False where the cause had been carried out before; the figures are the same.
    """

    new: bool
    amount: Decimal
    owed: Decimal
    short: Decimal
