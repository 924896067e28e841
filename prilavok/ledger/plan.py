"""What moves change, reckoned before anything is written. Pure: lots and debts in, lines and new lots out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatchmethod
from uuid import UUID, uuid5

from prilavok.ledger.moves import (
    Confirm,
    GiveBack,
    Grant,
    Move,
    Release,
    Reserve,
    Spend,
    TakeBack,
    Transfer,
)
from prilavok.ledger.problems import BadAmount, NotEnough, UnknownCause
from prilavok.ledger.rules import (
    DEBT,
    HELD,
    PENDING,
    RESERVED,
    ZERO,
    Lot,
    Part,
    Purse,
    Wallet,
    after,
    in_order,
    oldest_first,
)

LOTS = UUID("5b1f3f0e-6d52-4a59-9d5f-1d8f5e0c2a77")  # names the causes that time makes


@dataclass(frozen=True, slots=True)
class Planned:
    """A line to be written; `lot` may be the key of a lot that isn't written yet."""

    cause: UUID
    purse: Purse
    amount: Decimal
    lot: int | None


@dataclass(slots=True)
class Earlier:
    """A transaction that a move refers to: where its amount went or came from, lot by lot, and what came back since."""

    number: int
    parts: list[Part] = field(default_factory=list)
    counter: Purse | None = None  # the account that is no wallet's
    wallets: set[Wallet] = field(default_factory=set)
    moved: Decimal = ZERO  # what the counter account got; below zero: gave
    corrected: Decimal = ZERO

    def saw(self, purse: Purse, lot: int | None, amount: Decimal) -> None:
        """Take in one of its entries."""
        if lot is not None or purse.kind == DEBT:
            self.wallets.add(Wallet(purse.owner_kind, purse.owner_id, purse.unit))
        else:
            self.counter, self.moved = purse, self.moved + amount
        if lot is not None and purse.kind != RESERVED:
            self.parts.append((lot, abs(amount)))
        elif lot is not None and amount < 0:
            self.parts.append((lot, -amount))


@dataclass
class Plan:
    """The wallets as they stand, changed move by move; what has to be written for it."""

    lots: dict[int, Lot]
    debts: dict[Wallet, Decimal]
    at: datetime
    earlier: Mapping[UUID, Earlier] = field(default_factory=dict)
    lines: list[Planned] = field(default_factory=list)
    new: list[Lot] = field(default_factory=list)
    by_itself: dict[UUID, str] = field(
        default_factory=dict
    )  # causes that time or a part made, with their reasons

    def settle(self) -> None:
        """What time has done: lots whose day has come are held, lots that lapsed are gone."""
        for lot in in_order(self.lots.values()):
            if lot.lapsed(self.at):
                self._lapse(lot)
            elif lot.pending and lot.ripe(self.at):
                cause = self._by_itself(f"{lot.key}:ripe", "lot.ripened")
                amount = lot.pending
                self._put(cause, lot, PENDING, -amount)
                self._put(cause, lot, HELD, amount)

    def _lapse(self, lot: Lot) -> None:
        amount = lot.pending + lot.held
        if amount:
            cause = self._by_itself(f"{lot.key}:lapsed", "lot.expired")
            source = lot.source
            self._post(
                cause, Purse(source.owner_kind, source.owner_id, "expired", source.unit, may_owe=True), amount
            )
            for place, part in ((PENDING, lot.pending), (HELD, lot.held)):
                if part:
                    self._put(cause, lot, place, -part)

    @singledispatchmethod
    def carry_out(self, move: Move) -> Decimal:
        """Reckon one move; what was missing of it. Raises NotEnough, BadAmount, UnknownCause."""
        raise TypeError(move)

    @carry_out.register
    def _grant(self, move: Grant) -> Decimal:
        _must_be_positive(move.amount)
        self._post(move.cause, move.source, -move.amount)
        self._receive(move.cause, move.wallet, move.amount, move.source, move.available_from, move.expires_at)
        return ZERO

    @carry_out.register
    def _spend(self, move: Spend) -> Decimal:
        for lot, part in self._spendable(move.wallets, move.amount):
            self._put(move.cause, lot, HELD, -part)
        self._post(move.cause, move.target, move.amount)
        return ZERO

    @carry_out.register
    def _reserve(self, move: Reserve) -> Decimal:
        for lot, part in self._spendable(move.wallets, move.amount):
            self._put(move.cause, lot, HELD, -part)
            self._put(move.cause, lot, RESERVED, part)
        return ZERO

    @carry_out.register
    def _confirm(self, move: Confirm) -> Decimal:
        """The part that is spent; what is left of the reservation is released under a cause of its own."""
        parts = self.earlier[move.reserved].parts
        whole = sum((part for _, part in parts), ZERO)
        amount = whole if move.amount is None else move.amount
        _must_be_positive(amount)
        if amount > whole:
            raise NotEnough
        for key, part in after(parts, ZERO, amount):
            self._put(move.cause, self.lots[key], RESERVED, -part)
        self._post(move.cause, move.target, amount)
        if rest := after(parts, amount, whole - amount):
            cause = self._by_itself(f"{move.cause}:released", "reservation.released")
            self._release(cause, rest, timedelta(0))
        return ZERO

    @carry_out.register
    def _release_all(self, move: Release) -> Decimal:
        return self._release(move.cause, self.earlier[move.reserved].parts, move.grace)

    def _release(self, cause: UUID, parts: Iterable[Part], grace: timedelta) -> Decimal:
        for key, part in parts:
            self._put(cause, self.lots[key], RESERVED, -part)
            self._restore(cause, self.lots[key], part, grace)
        return ZERO

    @carry_out.register
    def _give_back(self, move: GiveBack) -> Decimal:
        earlier = self.earlier[move.spent]
        counter, amount = _rest(earlier, earlier.moved, move.amount)
        self._post(move.cause, counter, -amount)
        for key, part in after(earlier.parts[::-1], earlier.corrected, amount):
            lot = self.lots[key]
            paid = self._pay_debt(move.cause, lot.wallet, part)
            if part > paid:
                self._restore(move.cause, lot, part - paid, move.grace)
        earlier.corrected += amount
        return ZERO

    @carry_out.register
    def _take_back(self, move: TakeBack) -> Decimal:
        earlier = self.earlier[move.granted]
        counter, amount = _rest(earlier, -earlier.moved, move.amount)
        missing, wallet = amount, min(earlier.wallets)
        for key, _whole in earlier.parts:
            lot = self.lots[key]
            for place in (PENDING, HELD):
                missing -= self._take(move.cause, lot, place, missing)
        others = self._of({wallet, *move.wallets})
        for key, part in oldest_first(others, missing)[0]:
            missing -= self._take(move.cause, self.lots[key], HELD, part)
        if missing and move.owe:
            self._post(move.cause, wallet.purse(DEBT), -missing)
            self.debts[wallet] = self.debts.get(wallet, ZERO) + missing
            missing = ZERO
        if amount > missing:
            self._post(move.cause, counter, amount - missing)
        earlier.corrected += amount - missing
        return missing

    @carry_out.register
    def _transfer(self, move: Transfer) -> Decimal:
        for lot, part in self._spendable(move.wallets, move.amount):
            self._put(move.cause, lot, HELD, -part)
            self._receive(move.cause, move.to, part, lot.source, None, lot.expires_at, heir_of=lot.key)
        return ZERO

    def _spendable(self, wallets: Iterable[Wallet], amount: Decimal) -> list[tuple[Lot, Decimal]]:
        """Lots and parts that make up the amount; raises NotEnough where debts or lack forbid it."""
        _must_be_positive(amount)
        chosen = set(wallets)
        lots = self._of(chosen)
        owed = sum((self.debts.get(wallet, ZERO) for wallet in chosen), ZERO)
        if sum((lot.held for lot in lots), ZERO) - owed < amount:
            raise NotEnough
        return [(self.lots[key], part) for key, part in oldest_first(lots, amount)[0]]

    def _of(self, wallets: set[Wallet]) -> list[Lot]:
        return [lot for lot in self.lots.values() if lot.wallet in wallets]

    def _receive(
        self,
        cause: UUID,
        wallet: Wallet,
        amount: Decimal,
        source: Purse,
        available_from: datetime | None,
        expires_at: datetime | None,
        heir_of: int | None = None,
    ) -> None:
        """A new lot in the wallet, of what is left after its debt."""
        amount -= self._pay_debt(cause, wallet, amount)
        if amount:
            key = -len(self.new) - 1
            lot = Lot(key, wallet, source, available_from, expires_at, heir_of=heir_of)
            self.lots[key] = lot
            self.new.append(lot)
            self._put(cause, lot, HELD if lot.ripe(self.at) else PENDING, amount)

    def _pay_debt(self, cause: UUID, wallet: Wallet, amount: Decimal) -> Decimal:
        paid = min(amount, self.debts.get(wallet, ZERO))
        if paid:
            self._post(cause, wallet.purse(DEBT), paid)
            self.debts[wallet] -= paid
        return paid

    def _restore(self, cause: UUID, lot: Lot, amount: Decimal, grace: timedelta) -> None:
        """Back to the lot; where it has lapsed, to an heir that is good for `grace`."""
        if not lot.lapsed(self.at):
            self._put(cause, lot, HELD, amount)
            return
        key = -len(self.new) - 1
        heir = Lot(key, lot.wallet, lot.source, None, self.at + grace, heir_of=lot.key)
        self.lots[key] = heir
        self.new.append(heir)
        self._put(cause, heir, HELD, amount)

    def _take(self, cause: UUID, lot: Lot, place: str, wanted: Decimal) -> Decimal:
        part = min(wanted, lot.pending if place == PENDING else lot.held)
        if part:
            self._put(cause, lot, place, -part)
        return part

    def _put(self, cause: UUID, lot: Lot, place: str, amount: Decimal) -> None:
        setattr(lot, place, getattr(lot, place) + amount)
        self.lines.append(Planned(cause, lot.wallet.purse(place), amount, lot.key))

    def _post(self, cause: UUID, purse: Purse, amount: Decimal) -> None:
        self.lines.append(Planned(cause, purse, amount, None))

    def _by_itself(self, name: str, reason: str) -> UUID:
        cause = uuid5(LOTS, name)
        self.by_itself[cause] = reason
        return cause


def _rest(earlier: Earlier, moved: Decimal, amount: Decimal | None) -> tuple[Purse, Decimal]:
    """Which account it comes from and how much: what is asked, at most what has not come back yet.

    Raises NotEnough; UnknownCause where the earlier transaction moved nothing that way.
    """
    if earlier.counter is None or moved <= 0:
        raise UnknownCause
    rest = moved - earlier.corrected
    wanted = rest if amount is None else amount
    _must_be_positive(wanted)
    if wanted > rest:
        raise NotEnough
    return earlier.counter, wanted


def _must_be_positive(amount: Decimal) -> None:
    if not amount > 0:
        raise BadAmount
