"""What moves change, reckoned before anything is written. Pure: lots and debts in, lines and new lots out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatchmethod
from uuid import UUID

from prilavok.kernel.ids import uuid7
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
    EXPIRED,
    HELD,
    LAPSED,
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
    corrects: bool = False  # it gave or took back itself
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

    def spent(self) -> tuple[Purse, Decimal]:
        """Where it was spent and how much. Raises UnknownCause where it was not: it came, moved, lapsed, went back."""
        if self.counter is None or self.counter.kind == EXPIRED or self.corrects or self.moved <= 0:
            raise UnknownCause
        return self.counter, self.moved

    def granted(self) -> tuple[Purse, Decimal]:
        """From where it was granted and how much. Raises UnknownCause where it was not: it moved, or came back."""
        if self.counter is None or self.corrects or self.moved >= 0:
            raise UnknownCause
        return self.counter, -self.moved


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
                cause = self._by_itself("lot.ripened")
                amount = lot.pending
                self._put(cause, lot, PENDING, -amount)
                self._put(cause, lot, HELD, amount)

    def _lapse(self, lot: Lot) -> None:
        amount = lot.pending + lot.held
        if amount:
            cause = self._by_itself(LAPSED)
            source = lot.source
            self._post(
                cause, Purse(source.owner_kind, source.owner_id, EXPIRED, source.unit, may_owe=True), amount
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
        _must_move(move.amount)
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
        _must_move(amount)
        if amount > whole:
            raise NotEnough
        for key, part in after(parts, ZERO, amount):
            self._put(move.cause, self.lots[key], RESERVED, -part)
        self._post(move.cause, move.target, amount)
        if rest := after(parts, amount, whole - amount):
            cause = self._by_itself("reservation.released")
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
        counter, moved = earlier.spent()
        amount = _rest(moved - earlier.corrected, move.amount)
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
        counter, moved = earlier.granted()
        amount = _rest(moved - earlier.corrected, move.amount)
        missing, wallet = amount, min(earlier.wallets)
        for key, _whole in earlier.parts:
            lot = self.lots[key]
            for place in (PENDING, HELD):
                missing -= self._take(move.cause, lot, place, missing)
        others = self._of({wallet, *move.wallets})
        for key, part in oldest_first(others, missing)[0]:
            missing -= self._take(move.cause, self.lots[key], HELD, part)
        short = (
            ZERO if move.owe else min(missing, missing if move.short_at_most is None else move.short_at_most)
        )
        if owed := missing - short:
            self._post(move.cause, wallet.purse(DEBT), -owed)
            self.debts[wallet] = self.debts.get(wallet, ZERO) + owed
            missing = short
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
        _must_move(amount)
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

    def _by_itself(self, reason: str) -> UUID:
        cause = uuid7()
        self.by_itself[cause] = reason
        return cause


def _rest(left: Decimal, amount: Decimal | None) -> Decimal:
    """How much comes back: what is asked, at most what has not come back yet. Raises NotEnough, BadAmount."""
    wanted = left if amount is None else amount
    _must_move(wanted)
    if wanted > left:
        raise NotEnough
    return wanted


def _must_move(amount: Decimal) -> None:
    if not amount > 0 or amount != round(amount, 4):
        raise BadAmount
