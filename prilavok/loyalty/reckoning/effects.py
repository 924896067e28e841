"""What each kind of discount takes off the lines as they stand when its turn comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import singledispatch

from prilavok.loyalty.reckoning.basket import Basket, Cheapest, Line, Policies, Rounding
from prilavok.loyalty.reckoning.promotions import (
    AmountOff,
    Bundle,
    Discount,
    FixedPrice,
    Goods,
    Multiple,
    Pair,
    PercentOff,
    Promotion,
    Stacking,
    Tiers,
)
from prilavok.loyalty.reckoning.spreading import ZERO, rounded, spread

HUNDRED = Decimal(100)


@dataclass(slots=True)
class OpenLine:
    """A line while it is reckoned. `left`: what is still to be paid. `in_sets`: pieces that a set has taken.

    `given`: how many of them cost nothing; no later discount is reckoned from those.
    """

    line: Line
    base: Decimal
    left: Decimal
    lowest: Decimal
    in_sets: int = 0
    given: int = 0
    discounts: list[tuple[int, Decimal]] = field(default_factory=list)
    alone: bool = False

    @property
    def room(self) -> Decimal:
        """What may still be taken off."""
        return max(self.left - self.lowest, ZERO)

    @property
    def free_pieces(self) -> int:
        """Whole pieces that no set has taken yet."""
        return int(self.line.quantity - self.in_sets)

    @property
    def paying(self) -> Decimal:
        """How much of it is not given away."""
        return self.line.quantity - self.given

    @property
    def piece(self) -> Decimal:
        """What one piece that is not given away costs now."""
        return self.left / self.paying if self.paying else ZERO

    @property
    def base_left(self) -> Decimal:
        """The base price of what is not given away."""
        return rounded(self.base * self.paying / self.line.quantity)


class Priced:
    """The lines of a basket before anything is taken off; priced once, laid out anew for each way of reckoning."""

    def __init__(self, basket: Basket) -> None:
        self._lines = [(line, line.gross, line.lowest) for line in basket.lines]
        self._untouched = self.laid_out()

    def laid_out(self) -> list[OpenLine]:
        return [OpenLine(line, gross, gross, lowest) for line, gross, lowest in self._lines]

    def with_fresh(self, places: Iterable[int]) -> list[OpenLine]:
        """All lines, those at these places to be written on; the others stand there for all to look at."""
        lines = self._untouched.copy()
        for place in places:
            line, gross, lowest = self._lines[place]
            lines[place] = OpenLine(line, gross, gross, lowest)
        return lines


@dataclass(slots=True)
class Taken:
    """What an effect takes off, line by line; the pieces that its sets took, and those that it gave away."""

    parts: list[tuple[OpenLine, Decimal]] = field(default_factory=list)
    pieces: list[tuple[OpenLine, int]] = field(default_factory=list)
    given: list[tuple[OpenLine, int]] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        return sum((part for _, part in self.parts), ZERO)

    def at_most(self, amount: Decimal | None) -> Taken:
        """The same within a limit in money, every line in proportion."""
        if amount is None or self.amount <= amount:
            return self
        parts = [part for _, part in self.parts]
        fewer = spread(amount, parts)
        return Taken(
            [(one, part) for (one, _), part in zip(self.parts, fewer, strict=True) if part], self.pieces
        )

    def write(self, promotion: Promotion) -> None:
        """Take it off the lines."""
        for one, part in self.parts:
            one.left -= part
            one.discounts.append((promotion.id, part))
            one.alone = one.alone or promotion.stacking is Stacking.EXCLUSIVE
        for one, pieces in self.pieces:
            one.in_sets += pieces
            one.alone = one.alone or promotion.stacking is Stacking.EXCLUSIVE
        for one, pieces in self.given:
            one.given += pieces


class Matching:
    """Which lines each selection of goods holds; asked once for a basket, however often it is reckoned."""

    def __init__(self, basket: Basket) -> None:
        self._lines = basket.lines
        self._found: dict[int, tuple[Goods, tuple[int, ...]]] = {}

    def of(self, goods: Goods) -> tuple[int, ...]:
        known = self._found.get(id(goods))
        if known is None:
            places = tuple(place for place, line in enumerate(self._lines) if goods.holds(line))
            known = self._found[id(goods)] = goods, places
        return known[1]


@dataclass(slots=True)
class Scene:
    """Where an effect finds itself: the lines as they stand, whose turn it is, and the policies."""

    lines: Sequence[OpenLine]
    matching: Matching
    promotion: Promotion
    policies: Policies

    @property
    def times(self) -> int | None:
        """How often sets may be counted on one receipt."""
        return self.promotion.limits.receipt

    def of(self, goods: Goods) -> list[OpenLine]:
        """Lines of these goods on which the promotion may take something off: not closed ones, not another's alone."""
        alone = self.promotion.stacking is Stacking.EXCLUSIVE
        found = (self.lines[place] for place in self.matching.of(goods))
        return [
            one
            for one in found
            if not one.line.closed and not one.alone and not (alone and one.discounts) and one.room > 0
        ]

    def price(self, one: OpenLine) -> Decimal:
        """What a discount is reckoned from."""
        return one.base_left if self.promotion.stacking is Stacking.BASE else one.left


@singledispatch
def take(effect: Discount, scene: Scene) -> Taken:
    """What the effect takes off in this scene."""
    raise TypeError(effect)


@take.register
def _percent(effect: PercentOff, scene: Scene) -> Taken:
    return _part_off(scene, scene.of(effect.goods), effect.percent)


@take.register
def _tiers(effect: Tiers, scene: Scene) -> Taken:
    lines = scene.of(effect.goods)
    measured = sum((one.base if effect.by_amount else one.line.quantity for one in lines), ZERO)
    return _part_off(scene, lines, effect.percent(measured))


def _part_off(scene: Scene, lines: list[OpenLine], percent: Decimal) -> Taken:
    """So many per cent off: rounded by line, or for all together and then spread."""
    prices = [scene.price(one) for one in lines]
    room = [one.room for one in lines]
    if scene.policies.rounding is Rounding.BASKET:
        parts = spread(rounded(sum(prices, ZERO) * percent / HUNDRED), prices, room)
    else:
        exact = [rounded(price * percent / HUNDRED) for price in prices]
        parts = [min(part, most) for part, most in zip(exact, room, strict=True)]
    return _taken(lines, parts)


@take.register
def _amount(effect: AmountOff, scene: Scene) -> Taken:
    lines = scene.of(effect.goods)
    return _taken(lines, spread(effect.amount, [one.left for one in lines], [one.room for one in lines]))


@take.register
def _fixed(effect: FixedPrice, scene: Scene) -> Taken:
    lines = scene.of(effect.goods)
    parts = [min(one.room, one.left - rounded(effect.price * one.line.quantity)) for one in lines]
    return _taken(lines, [max(part, ZERO) for part in parts])


def _taken(lines: Sequence[OpenLine], parts: Sequence[Decimal]) -> Taken:
    return Taken([(one, part) for one, part in zip(lines, parts, strict=True) if part > 0])


@take.register
def _multiple(effect: Multiple, scene: Scene) -> Taken:
    return _sets(scene, effect.goods, effect.take, effect.take - effect.pay, HUNDRED, scene.policies.n_for_m)


@take.register
def _pair(effect: Pair, scene: Scene) -> Taken:
    return _sets(scene, effect.goods, 2, 1, effect.percent, scene.policies.pairs)


def _sets(scene: Scene, goods: Goods, size: int, cheaper: int, percent: Decimal, which: Cheapest) -> Taken:
    """Sets of `size` pieces of which `cheaper` ones are cheaper by so many per cent; dear pieces first.

    By `each`, the cheapest of every set are; by `all`, the cheapest of all pieces are, as many as there are sets.
    """
    pieces = [one for one in _dear_first(scene, goods) for _ in range(one.free_pieces)]
    sets = len(pieces) // size
    if scene.times is not None:
        sets = min(sets, scene.times)
    if which is Cheapest.EACH:
        used = pieces[: sets * size]
        chosen = [one for place, one in enumerate(used) if place % size >= size - cheaper]
    else:
        chosen = pieces[len(pieces) - sets * cheaper :]
        used = pieces[: sets * (size - cheaper)] + chosen
    counts = _counted(chosen)
    off = [min(one.room, rounded(one.piece * count * percent / HUNDRED)) for one, count in counts]
    taken = _taken([one for one, _ in counts], off)
    return Taken(taken.parts, _counted(used), counts if percent == HUNDRED else [])


@take.register
def _bundle(effect: Bundle, scene: Scene) -> Taken:
    """Dear pieces first into each set; what a set saves is spread over its pieces by their price."""
    pools = [(_dear_first(scene, goods), count) for goods, count in effect.items]
    whole = Taken()
    free = {one.line.number: one.free_pieces for pool, _ in pools for one in pool}
    sets = 0
    while scene.times is None or sets < scene.times:
        pieces = _one_set(pools, free)
        saved = sum((one.piece for one in pieces), ZERO) - effect.price
        if saved <= 0:
            break
        whole.parts += zip(pieces, spread(rounded(saved), [one.piece for one in pieces]), strict=True)
        whole.pieces += [(one, 1) for one in pieces]
        sets += 1
    return Taken(_together(whole.parts), whole.pieces)


def _dear_first(scene: Scene, goods: Goods) -> list[OpenLine]:
    return sorted(scene.of(goods), key=lambda one: (-one.piece, one.line.number))


def _one_set(pools: Sequence[tuple[list[OpenLine], int]], free: dict[int, int]) -> list[OpenLine]:
    """The pieces of one more set, counted off from the free ones; none if it can't be made."""
    chosen: list[OpenLine] = []
    for pool, count in pools:
        for one in pool:
            pieces = min(free[one.line.number], count)
            free[one.line.number] -= pieces
            count -= pieces
            chosen += [one] * pieces
        if count:
            return []
    return chosen


def _counted(pieces: Iterable[OpenLine]) -> list[tuple[OpenLine, int]]:
    """Equal pieces together, so that they are rounded once."""
    counts: list[tuple[OpenLine, int]] = []
    places: dict[int, int] = {}
    for one in pieces:
        if counts and counts[-1][0] is one:
            counts[-1] = one, counts[-1][1] + 1
        elif (place := places.get(one.line.number)) is not None:
            counts[place] = one, counts[place][1] + 1
        else:
            places[one.line.number] = len(counts)
            counts.append((one, 1))
    return counts


def _together(parts: Iterable[tuple[OpenLine, Decimal]]) -> list[tuple[OpenLine, Decimal]]:
    found: dict[int, OpenLine] = {}
    sums: dict[int, Decimal] = {}
    for one, part in parts:
        found[one.line.number] = one
        sums[one.line.number] = sums.get(one.line.number, ZERO) + part
    return [(found[number], min(part, found[number].room)) for number, part in sums.items() if part > 0]
