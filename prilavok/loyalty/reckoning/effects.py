"""What each kind of discount takes off the lines as they stand when its turn comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import singledispatch

from prilavok.loyalty.reckoning.basket import Basket, Cheapest, Line, Policies, Rounding, Threshold
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

    def counted(self, one: OpenLine) -> Decimal:
        """What a line counts for in a threshold."""
        return one.left if self.policies.threshold is Threshold.AFTER else one.base


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
    measured = sum((scene.counted(one) if effect.by_amount else one.line.quantity for one in lines), ZERO)
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
    parts = [min(one.room, one.left - rounded(effect.price * one.paying)) for one in lines]
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
    Pieces are counted, never listed: a line may have a thousand million of them.
    """
    lines = _dear_first(scene, goods)
    free = [one.free_pieces for one in lines]
    sets = sum(free) // size
    if scene.times is not None:
        sets = min(sets, scene.times)
    if which is Cheapest.EACH:
        used = _first(free, sets * size)
        chosen = _cheap_of_each(used, size, cheaper)
    else:
        chosen = _first(free[::-1], sets * cheaper)[::-1]
        paid = _first(free, sets * (size - cheaper))
        used = [one + other for one, other in zip(paid, chosen, strict=True)]
    counts = [(one, count) for one, count in zip(lines, chosen, strict=True) if count]
    off = [min(one.room, rounded(one.piece * count * percent / HUNDRED)) for one, count in counts]
    taken = _taken([one for one, _ in counts], off)
    pieces = [(one, count) for one, count in zip(lines, used, strict=True) if count]
    return Taken(taken.parts, pieces, counts if percent == HUNDRED else [])


def _first(free: Sequence[int], count: int) -> list[int]:
    """How many of the first `count` pieces each line has.

    >>> _first([3, 2, 4], 4)
    [3, 1, 0]
    """
    taken = []
    for pieces in free:
        taken.append(min(pieces, count))
        count -= taken[-1]
    return taken


def _cheap_of_each(used: Sequence[int], size: int, cheaper: int) -> list[int]:
    """How many pieces of each line are among the last `cheaper` of each `size` in a row.

    >>> _cheap_of_each([4, 1, 1], 3, 1)
    [1, 0, 1]
    """
    found, before, place = [], 0, 0
    for pieces in used:
        place += pieces
        upto = place // size * cheaper + max(place % size - (size - cheaper), 0)
        found.append(upto - before)
        before = upto
    return found


@take.register
def _bundle(effect: Bundle, scene: Scene) -> Taken:
    """Dear pieces first into each set; what a set saves is spread over its pieces by their price."""
    pools = [Pool(_dear_first(scene, goods), count) for goods, count in effect.items]
    free = {one.line.number: one.free_pieces for pool in pools for one in pool.lines}
    for pool in pools:
        pool.spare = sum(free[one] for one in pool.numbers) - pool.count
    whole = Taken()
    left = scene.times
    while left is None or left > 0:
        chosen = _one_set(pools, free)
        price = sum((one.piece * count for one, count in chosen), ZERO)
        if not chosen or price <= effect.price:
            break
        again = min(free[one.line.number] // count for one, count in chosen)
        times = again if left is None else min(again, left)
        saved = spread(rounded(price - effect.price), [one.piece * count for one, count in chosen])
        for (one, count), part in zip(chosen, saved, strict=True):
            whole.parts.append((one, part * times))
            whole.pieces.append((one, count * times))
            free[one.line.number] -= count * times
            for pool in pools:
                pool.spare -= count * times * (one.line.number in pool.numbers)
        left = None if left is None else left - times
    return Taken(_together(whole.parts), whole.pieces)


@dataclass(slots=True)
class Pool:
    """Lines of which a part of a set may be, dear ones first; `count`: how many pieces of them it takes.

    `spare`: how many free pieces there are beyond those of one set.
    """

    lines: list[OpenLine]
    count: int
    numbers: frozenset[int] = field(init=False)
    spare: int = 0

    def __post_init__(self) -> None:
        self.numbers = frozenset(one.line.number for one in self.lines)


def _dear_first(scene: Scene, goods: Goods) -> list[OpenLine]:
    return sorted(scene.of(goods), key=lambda one: (-one.piece, one.line.number))


def _one_set(pools: Sequence[Pool], free: dict[int, int]) -> list[tuple[OpenLine, int]]:
    """The pieces of one more set, by line; none if it can't be made. Lines that are used up leave their pools.

    Whichever part of the set has fewest pieces to spare chooses first: one with a wider choice leaves it those.
    """
    chosen: dict[int, int] = {}
    lines: dict[int, OpenLine] = {}
    for pool in sorted(pools, key=lambda one: one.spare):
        while pool.lines and not free[pool.lines[0].line.number]:
            del pool.lines[0]
        wanted = pool.count
        for one in pool.lines:
            number = one.line.number
            if pieces := min(free[number] - chosen.get(number, 0), wanted):
                chosen[number] = chosen.get(number, 0) + pieces
                lines[number] = one
                wanted -= pieces
            if not wanted:
                break
        if wanted:
            return []
    return [(lines[number], pieces) for number, pieces in chosen.items()]


def _together(parts: Iterable[tuple[OpenLine, Decimal]]) -> list[tuple[OpenLine, Decimal]]:
    found: dict[int, OpenLine] = {}
    sums: dict[int, Decimal] = {}
    for one, part in parts:
        found[one.line.number] = one
        sums[one.line.number] = sums.get(one.line.number, ZERO) + part
    return [(found[number], min(part, found[number].room)) for number, part in sums.items() if part > 0]
