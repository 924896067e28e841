"""Which promotions are used together, and what they come to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import product

from prilavok.loyalty.reckoning.basket import Basket, Choosing, Customer, Policies, Threshold, Uses
from prilavok.loyalty.reckoning.effects import Matching, OpenLine, Priced, Scene, take
from prilavok.loyalty.reckoning.promotions import (
    Bundle,
    Earn,
    EarnEach,
    Gift,
    Multiple,
    Multiply,
    Need,
    Pair,
    Promotion,
    Stacking,
    goods_of,
)
from prilavok.loyalty.reckoning.spreading import ZERO

UNUSED = Uses()
OF_THE_GOODS = frozenset({"amount", "quantity", "group", "another", "nothing", "needless", "stock"})
"""Refusals that lie in what the basket holds: with other goods the promotion may fit."""
MOST_WAYS = 12  # of choosing among groups and exclusive promotions that are all reckoned


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a promotion did not fit: a code, and what it needed and found (in pieces or money) where that says more."""

    reason: str
    needed: Decimal | None = None
    found: Decimal | None = None


@dataclass(slots=True)
class Way:
    """Lines as one choice of promotions leaves them; what each took off; why others took nothing."""

    lines: list[OpenLine]
    amounts: dict[int, Decimal] = field(default_factory=dict)
    refusals: dict[int, Refusal] = field(default_factory=dict)

    @property
    def worth(self) -> tuple[Decimal, int]:
        """What the customer saves; of equal ways the one with fewer promotions is better."""
        return sum(self.amounts.values(), ZERO), -len(self.amounts)

    def take_over(self, other: Way, places: Iterable[int]) -> None:
        """Add what was reckoned on other lines, which stand at these places."""
        for place in places:
            self.lines[place] = other.lines[place]
        self.amounts |= other.amounts
        self.refusals |= other.refusals

    @property
    def shared(self) -> set[int]:
        """Promotions that meet another on a line."""
        return {one for line in self.lines if len(line.discounts) > 1 for one, _ in line.discounts}


def why_not(
    promotion: Promotion, basket: Basket, customer: Customer | None, local: datetime
) -> Refusal | None:
    """Why a promotion cannot fit whatever is in the basket; None if it may."""
    if not promotion.when.holds(local):
        return Refusal("time")
    if missing := promotion.where.missing(basket) or promotion.who.missing(customer, local.date()):
        return Refusal(missing)
    if promotion.coupon is not None and promotion.coupon not in basket.coupons.values():
        return Refusal("coupon")
    if promotion.limits.of_person and customer is None:
        return Refusal("customer")
    used_up = _times_left(promotion, basket, customer) == 0 or _money_left(promotion, basket, customer) == 0
    return Refusal("limit") if used_up else None


def _uses(promotion: Promotion, basket: Basket, customer: Customer | None) -> Uses:
    return (customer.uses if customer else basket.uses).get(promotion.id, UNUSED)


def _times_left(promotion: Promotion, basket: Basket, customer: Customer | None) -> int | None:
    if not promotion.limits.limited:
        return None
    limits, uses = promotion.limits, _uses(promotion, basket, customer)
    asked = (
        (limits.all, uses.all),
        (limits.own, uses.own),
        (limits.today, uses.today),
        (limits.own_week, uses.own_week),
        (limits.own_month, uses.own_month),
        (limits.day, uses.day),
        (limits.week, uses.week),
        (limits.month, uses.month),
    )
    return min((max(most - used, 0) for most, used in asked if most is not None), default=None)


def _money_left(promotion: Promotion, basket: Basket, customer: Customer | None) -> Decimal | None:
    if not promotion.limits.limited:
        return None
    limits, uses = promotion.limits, _uses(promotion, basket, customer)
    asked = (
        (limits.all_money, uses.all_money),
        (limits.own_money, uses.own_money),
        (limits.today_money, uses.today_money),
        (limits.own_week_money, uses.own_week_money),
        (limits.own_month_money, uses.own_month_money),
        (limits.day_money, uses.day_money),
        (limits.week_money, uses.week_money),
        (limits.month_money, uses.month_money),
    )
    return min((max(most - used, ZERO) for most, used in asked if most is not None), default=None)


class Table:
    """A basket on the counter: promotions are laid on it one after another, in one way or another."""

    def __init__(
        self, fitting: Sequence[Promotion], basket: Basket, customer: Customer | None, policies: Policies
    ) -> None:
        self.fitting = fitting
        self.basket = basket
        self.policies = policies
        self.priced = Priced(basket)
        self.matching = Matching(basket)
        self.money = {one.id: _money_left(one, basket, customer) for one in fitting}

    def lay_aside(self, arms: Mapping[int, bool]) -> tuple[tuple[int, ...], dict[int, Refusal]]:
        """Promotions with a control group that fit this basket; and all that the customer does not get.

        Whether one fits is asked of the basket before anything is taken off, so that the answer is the same for both
        groups. Those held back are out of the reckoning from here on, also where something is still missing: nobody
        is to be told that it is nearly reached.
        """
        lines = self.priced.laid_out()
        asked = [one for one in self.fitting if one.id in arms]
        fit = [one for one in asked if self._has_goods(one) and self.lacks(one, lines) is None]
        held = {one.id: Refusal("control") for one in asked if arms[one.id]}
        self.fitting = [one for one in self.fitting if one.id not in held]
        return tuple(one.id for one in fit), held

    def _has_goods(self, promotion: Promotion) -> bool:
        return any(self.matching.of(goods) for effect in promotion.effects for goods in goods_of(effect))

    def choose(self) -> Way:
        """The promotions that fit, used as the policy says.

        Best for the customer: the ways of choosing among groups and promotions that keep goods from others (exclusive
        ones, sets) are reckoned, the one that takes most off wins, of equal ones that with fewer promotions; whatever
        isn't needed is left out. Of more than a dozen ways only the likeliest are reckoned.
        By priority: each takes its turn; of a group the first that takes something off.
        """
        whole = Way(self.priced.with_fresh(()))
        for discounts, places in self._apart([one for one in self.fitting if one.takes_off]):
            choose = self._best if self.policies.choosing is Choosing.BEST else self._walk
            way = choose(discounts, places)
            whole.take_over(way, places)
            for one in discounts:
                if one.id not in way.amounts:
                    whole.refusals.setdefault(one.id, Refusal("another"))
        return whole

    def _apart(self, discounts: Sequence[Promotion]) -> list[tuple[list[Promotion], list[int]]]:
        """Promotions that meet on some line, or in a group, together, with the places of their lines; the others
        apart: they change nothing."""
        parts: list[tuple[set[int | str], list[Promotion]]] = []
        for promotion in discounts:
            meets, members = self._meets(promotion), [promotion]
            others = []
            for part in parts:
                if meets.isdisjoint(part[0]):
                    others.append(part)
                else:
                    meets |= part[0]
                    members = part[1] + members
            parts = [*others, (meets, members)]
        return [
            (sorted(part, key=lambda one: one.place), [one for one in meets if isinstance(one, int)])
            for meets, part in parts
        ]

    def _meets(self, promotion: Promotion) -> set[int | str]:
        """Lines that the promotion looks at, and its group."""
        goods = [one for effect in promotion.effects for one in goods_of(effect)]
        goods += [need.goods for need in promotion.needs]
        lines: set[int | str] = {place for one in goods for place in self.matching.of(one)}
        return lines | {promotion.group} if promotion.group else lines

    def _best(self, discounts: Sequence[Promotion], places: Sequence[int]) -> Way:
        best = self._walk(discounts, places)
        if len(discounts) == 1:
            return best
        free, choices = self._choices(discounts)
        if math.prod(map(len, choices)) > MOST_WAYS:
            best = max(best, self._climbed(free, choices, places), key=lambda way: way.worth)
        elif choices:
            for options in product(*choices):
                way = self._walk(_in_turn(free, options), places)
                best = max(best, way, key=lambda way: way.worth)
        return self._without_needless(best, discounts, places)

    def _without_needless(self, best: Way, discounts: Sequence[Promotion], places: Sequence[int]) -> Way:
        """The same total with as few promotions as can be, the smallest left out first: they are not used up."""
        for needless in sorted(best.shared, key=lambda one: (best.amounts[one], one)):
            rest = [one for one in discounts if one.id in best.amounts and one.id != needless]
            way = self._walk(sorted(rest, key=_first_alone), places)
            if way.worth > best.worth:
                way.refusals |= best.refusals | {needless: Refusal("needless")}
                best = way
        return best

    def _walk(self, ordered: Iterable[Promotion], places: Iterable[int]) -> Way:
        way = Way(self.priced.with_fresh(places))
        won: set[str] = set()
        for promotion in ordered:
            if promotion.group and promotion.group in won:
                way.refusals[promotion.id] = Refusal("group")
            elif refusal := self.lacks(promotion, way.lines):
                way.refusals[promotion.id] = refusal
            elif amount := self._use(promotion, way.lines):
                way.amounts[promotion.id] = amount
                won.add(promotion.group)
            else:
                held = self._held(promotion, way.lines)
                way.refusals[promotion.id] = Refusal("another" if held else "nothing")
        return way

    def _held(self, promotion: Promotion, lines: Sequence[OpenLine]) -> bool:
        """Whether another promotion has some of its goods for itself (or has been there before one that asks so)."""
        alone = promotion.stacking is Stacking.EXCLUSIVE
        goods = [one for effect in promotion.effects for one in goods_of(effect)]
        mine = (lines[place] for one in goods for place in self.matching.of(one))
        return any(one.alone or (alone and one.discounts) for one in mine)

    def _use(self, promotion: Promotion, lines: Sequence[OpenLine]) -> Decimal:
        amount = ZERO
        money = self.money[promotion.id]
        scene = Scene(lines, self.matching, promotion, self.policies)
        for effect in promotion.effects:
            if not isinstance(effect, Earn | EarnEach | Multiply | Gift):
                taken = take(effect, scene).at_most(None if money is None else money - amount)
                taken.write(promotion)
                amount += taken.amount
        return amount

    def lacks(self, promotion: Promotion, lines: Sequence[OpenLine]) -> Refusal | None:
        """What the promotion needs and does not find, as the lines stand."""
        for need in promotion.needs:
            if refusal := self._lacks(need, [lines[place] for place in self.matching.of(need.goods)]):
                return refusal
        return None

    def _lacks(self, need: Need, lines: Sequence[OpenLine]) -> Refusal | None:
        pieces = sum((one.line.quantity for one in lines), ZERO)
        if pieces < need.quantity:
            return Refusal("quantity", need.quantity, pieces)
        after = self.policies.threshold is Threshold.AFTER
        money = sum((one.left if after else one.base for one in lines), ZERO)
        return Refusal("amount", need.amount, money) if money < need.amount else None

    def _choices(
        self, discounts: Sequence[Promotion]
    ) -> tuple[list[Promotion], list[list[Promotion | None]]]:
        """Promotions that are always used; choices of one of each group, and of each that keeps goods from others or
        none."""
        members = Counter(one.group for one in discounts if one.group)
        sets = sum(_makes_sets(one) for one in discounts)
        choices: dict[str | int, list[Promotion | None]] = {}
        free = []
        for one in discounts:
            keeps = one.stacking is Stacking.EXCLUSIVE or (sets > 1 and _makes_sets(one))
            if not keeps and members[one.group] < 2:
                free.append(one)
                continue
            options = choices.setdefault(one.group if members[one.group] > 1 else one.id, [])
            options.append(one)
            if keeps and None not in options:
                options.append(None)
        return free, list(choices.values())

    def _climbed(
        self, free: Sequence[Promotion], choices: list[list[Promotion | None]], places: Sequence[int]
    ) -> Way:
        """Where there are too many ways to try them all: what takes most off by itself is tried first, and each of the
        others stays if the customer saves more with it."""
        options = [(place, one) for place, options in enumerate(choices) for one in options if one]
        solo = {one.id: self._walk([one], places).worth[0] for _place, one in options}
        chosen: list[Promotion | None] = [None] * len(choices)
        best = self._walk(free, places)
        for place, one in sorted(options, key=lambda option: -solo[option[1].id]):
            trial = [*chosen[:place], one, *chosen[place + 1 :]]
            way = self._walk(_in_turn(free, trial), places)
            if way.worth > best.worth:
                best, chosen = way, trial
        return best


def _in_turn(free: Iterable[Promotion], chosen: Iterable[Promotion | None]) -> list[Promotion]:
    return sorted([*free, *(one for one in chosen if one)], key=_first_alone)


def _makes_sets(promotion: Promotion) -> bool:
    """Whether pieces that it has taken into its sets are no longer there for those of others."""
    return any(isinstance(effect, Multiple | Pair | Bundle) for effect in promotion.effects)


def _first_alone(promotion: Promotion) -> tuple[bool, int, int]:
    """A chosen exclusive promotion takes its lines before others can."""
    return promotion.stacking is not Stacking.EXCLUSIVE, *promotion.place
