"""The whole reckoning of a basket: discounts, gifts, points spent, points earned, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from prilavok.loyalty.reckoning.basket import Basket, Choosing, Customer, Line, PartOfPoint, Policies
from prilavok.loyalty.reckoning.choosing import Refusal, Table, Way, why_not
from prilavok.loyalty.reckoning.promotions import Book, Earn, EarnEach, Gift, Goods, Multiply, Promotion
from prilavok.loyalty.reckoning.spreading import ZERO, floored, rounded, spread


@dataclass(slots=True)
class PricedLine:
    """What a line came to: each discount with its promotion, what points paid of it, the points it earns."""

    line: Line
    gross: Decimal
    discounts: list[tuple[int, Decimal]]
    paid_by_points: Decimal = ZERO
    to_pay: Decimal = ZERO
    earned: list[tuple[int, Decimal]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GiftLine:
    """A product that a promotion adds for nothing."""

    promotion: int
    product: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a promotion came to: money off, points, gifts; or why it did not fit."""

    promotion: int
    version: int
    amount: Decimal = ZERO
    points: Decimal = ZERO
    gifts: int = 0
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A reckoned basket. Money in the basket's currency, points in the programme's.

    `tested`: promotions with a control group that fit it, whichever group the customer is in.
    """

    lines: list[PricedLine]
    gifts: list[GiftLine]
    gross: Decimal
    discount: Decimal
    paid_by_points: Decimal
    total: Decimal
    points_spent: Decimal
    points_to_spend: Decimal  # the most that may be spent
    points_earned: Decimal
    verdicts: dict[int, Verdict]
    unused_coupons: dict[str, str]  # code: why it changed nothing
    tested: tuple[int, ...] = ()


def calculate(
    basket: Basket,
    customer: Customer | None,
    local: datetime,
    book: Book,
    policies: Policies,
    *,
    explain: bool = False,
) -> Answer:
    """Reckon a basket at a moment of the shop's own time. Pure: the same question has the same answer.

    Verdicts are told of the promotions that may concern what lies in the basket; to `explain`, of all.
    """
    asked = book.promotions if explain else book.about(basket.lines)
    refused = {one.id: refusal for one in asked if (refusal := why_not(one, basket, customer, local))}
    fitting = [one for one in asked if one.id not in refused]
    table = Table(fitting, basket, customer, policies)
    tested: tuple[int, ...] = ()
    if customer is not None and customer.arms:
        tested, held = table.lay_aside(customer.arms)
        refused |= held
    way = table.choose()
    refused |= way.refusals
    lines = [PricedLine(one.line, one.base, one.discounts, to_pay=one.left) for one in way.lines]
    most, spent = _spend_points(lines, basket, customer, policies)
    won = _won(table, way)
    gifts = _gifts(table, way, basket, refused, won)
    earned = _earn(table, way, lines, customer, refused, won)
    _gave_nothing(table, way, gifts, earned, refused, customer)
    verdicts = {
        one.id: Verdict(
            one.id,
            one.version,
            way.amounts.get(one.id, ZERO),
            earned.get(one.id, ZERO),
            sum(gift.promotion == one.id for gift in gifts),
            refused.get(one.id),
        )
        for one in asked
    }
    gross = sum((one.gross for one in lines), ZERO)
    discount, by_points = way.worth[0], sum((one.paid_by_points for one in lines), ZERO)
    return Answer(
        lines=lines,
        gifts=gifts,
        gross=gross,
        discount=discount,
        paid_by_points=by_points,
        total=gross - discount - by_points,
        points_spent=spent,
        points_to_spend=most,
        points_earned=sum(earned.values(), ZERO),
        verdicts=verdicts,
        unused_coupons=_unused(basket, book, verdicts),
        tested=tested,
    )


@dataclass(frozen=True, slots=True)
class Given:
    """What promotions give on a basket: lines and gifts as an `Answer` has them; money off and points by promotion."""

    lines: list[PricedLine]
    gifts: list[GiftLine]
    amounts: dict[int, Decimal]
    points: dict[int, Decimal]

    @property
    def gave(self) -> set[int]:
        """Promotions that came to something."""
        return self.amounts.keys() | self.points.keys() | {one.promotion for one in self.gifts}


def give(
    fitting: Sequence[Promotion], basket: Basket, customer: Customer | None, policies: Policies
) -> Given:
    """What promotions, none of which `why_not` refuses, give on a basket without points to spend.

    The same as `calculate` says, without reasons: for whoever reckons a year.
    """
    table = Table(fitting, basket, customer, policies)
    way = table.choose()
    lines = [PricedLine(one.line, one.base, one.discounts, to_pay=one.left) for one in way.lines]
    won = _won(table, way)
    gifts = _gifts(table, way, basket, way.refusals, won)
    earned = _earn(table, way, lines, customer, way.refusals, won)
    return Given(lines, gifts, way.amounts, earned)


def _spend_points(
    lines: list[PricedLine], basket: Basket, customer: Customer | None, policies: Policies
) -> tuple[Decimal, Decimal]:
    """The most points that may be spent, and how many are: a discount spread over the lines that may have one."""
    if customer is None or customer.balance <= 0:
        return ZERO, ZERO
    room = [_room_for_points(one) for one in lines]
    payable = min(sum(room, ZERO), floored(sum((one.to_pay for one in lines), ZERO) * policies.points_share))
    most = _whole(min(customer.balance, payable / policies.point_value), policies)
    spent = ZERO if basket.points is None else _whole(min(basket.points, most), policies)
    if not spent:
        return most, spent
    money = rounded(spent * policies.point_value, policies.step)
    for one, part in zip(lines, spread(money, [one.to_pay for one in lines], room), strict=True):
        one.paid_by_points = part
        one.to_pay -= part
    return most, spent


def _room_for_points(one: PricedLine) -> Decimal:
    if one.line.closed:
        return ZERO
    return max(one.to_pay - one.line.lowest, ZERO)


def _whole(points: Decimal, policies: Policies) -> Decimal:
    """Points in whole blocks, or steps."""
    return max(floored(points, policies.block or policies.point_step), ZERO)


def _gifts(
    table: Table, way: Way, basket: Basket, refused: dict[int, Refusal], won: dict[str, int]
) -> list[GiftLine]:
    gifts: list[GiftLine] = []
    given: dict[int, Decimal] = {}
    for promotion in table.fitting:
        effects = [effect for effect in promotion.effects if isinstance(effect, Gift)]
        if not effects or promotion.id in refused:
            continue
        if refusal := _lost(promotion, won) or table.lacks(promotion, way.lines):
            refused[promotion.id] = refusal
            continue
        found = [gift for effect in effects if (gift := _in_stock(promotion, effect, basket, given))]
        if not found and promotion.id not in way.amounts:
            refused[promotion.id] = Refusal("stock")
        elif promotion.group:
            won[promotion.group] = promotion.id
        gifts += found
    return gifts


def _won(table: Table, way: Way) -> dict[str, int]:
    """Who has won each group so far: whoever took money off."""
    return {one.group: one.id for one in table.fitting if one.group and one.id in way.amounts}


def _lost(promotion: Promotion, won: dict[str, int]) -> Refusal | None:
    """A promotion gives nothing where another one of its group has won."""
    return Refusal("group") if won.get(promotion.group, promotion.id) != promotion.id else None


def _in_stock(promotion: Promotion, gift: Gift, basket: Basket, given: dict[int, Decimal]) -> GiftLine | None:
    """The first of the gift's products of which there is enough; unknown stock is enough."""
    for product in gift.products:
        wanted = given.get(product, ZERO) + gift.quantity
        if product not in basket.stock or basket.stock[product] >= wanted:
            given[product] = wanted
            return GiftLine(promotion.id, product, gift.quantity)
    return None


def _earn(
    table: Table,
    way: Way,
    lines: list[PricedLine],
    customer: Customer | None,
    refused: dict[int, Refusal],
    won: dict[str, int],
) -> dict[int, Decimal]:
    """Points by promotion: each reckoned once on the sum it applies to, then spread over its lines."""
    if customer is None:
        return {}
    exact: dict[int, list[Decimal]] = {}
    multipliers: list[Promotion] = []
    for promotion in table.fitting:
        if promotion.id in refused or not _earns(promotion):
            continue
        if refusal := _lost(promotion, won) or table.lacks(promotion, way.lines):
            refused[promotion.id] = refusal
        elif any(isinstance(effect, Multiply) for effect in promotion.effects):
            multipliers.append(promotion)
        else:
            exact[promotion.id] = _exact(promotion, lines, customer)
    _one_of_each_group(table, exact, refused)
    if multipliers:
        exact = _multiplied(table, multipliers, exact, lines, customer, refused)
    given = {promotion: _give(promotion, parts, lines, table.policies) for promotion, parts in exact.items()}
    return {promotion: points for promotion, points in given.items() if points}


def _multiplied(
    table: Table,
    multipliers: Sequence[Promotion],
    earned: dict[int, list[Decimal]],
    lines: Sequence[PricedLine],
    customer: Customer,
    refused: dict[int, Refusal],
) -> dict[int, list[Decimal]]:
    """What is earned when what multiplies has been added; of a group, one is left."""
    own = earned | {one.id: _exact(one, lines, customer) for one in multipliers}
    exact = own | _with_more(table, multipliers, own, lines)
    _one_of_each_group(table, exact, refused)
    own = {one: parts for one, parts in own.items() if one in exact}
    return own | _with_more(table, [one for one in multipliers if one.id in exact], own, lines)


def _with_more(
    table: Table,
    multipliers: Sequence[Promotion],
    own: dict[int, list[Decimal]],
    lines: Sequence[PricedLine],
) -> dict[int, list[Decimal]]:
    """What each of them earns itself, and more for what others do: not those of its own group, which lose to it."""
    groups = {one.id: one.group or one.id for one in table.fitting}
    found = {}
    for one in multipliers:
        others = [parts for earner, parts in own.items() if groups[earner] != groups[one.id]]
        base = [sum((parts[place] for parts in others), ZERO) for place in range(len(lines))]
        more = _times_over(one, lines, base)
        found[one.id] = [mine + added for mine, added in zip(own[one.id], more, strict=True)]
    return found


def _one_of_each_group(table: Table, exact: dict[int, list[Decimal]], refused: dict[int, Refusal]) -> None:
    """Of a group that earns, the one that gives most (or the first by priority) is left."""
    groups: dict[str, list[int]] = {}
    for promotion in table.fitting:
        if promotion.group and any(exact.get(promotion.id, ())):
            groups.setdefault(promotion.group, []).append(promotion.id)
    for members in groups.values():
        best = table.policies.choosing is Choosing.BEST
        winner = max(members, key=lambda one: sum(exact[one], ZERO)) if best else members[0]
        for one in members:
            if one != winner:
                del exact[one]
                refused[one] = Refusal("group")


def _gave_nothing(
    table: Table,
    way: Way,
    gifts: Sequence[GiftLine],
    earned: dict[int, Decimal],
    refused: dict[int, Refusal],
    customer: Customer | None,
) -> None:
    """A promotion that fitted and came to nothing says so, and uses no coupon up: points need somebody known."""
    gave = way.amounts.keys() | earned.keys() | {one.promotion for one in gifts}
    for promotion in table.fitting:
        if promotion.id not in gave:
            needs = _earns(promotion) and customer is None
            refused.setdefault(promotion.id, Refusal("customer" if needs else "nothing"))


def _earns(promotion: Promotion) -> bool:
    return any(isinstance(effect, Earn | EarnEach | Multiply) for effect in promotion.effects)


def _exact(promotion: Promotion, lines: Sequence[PricedLine], customer: Customer) -> list[Decimal]:
    """What each line would earn before rounding."""
    parts = [ZERO] * len(lines)
    for effect in promotion.effects:
        if isinstance(effect, Earn):
            added = [one.to_pay * effect.rate(customer.tier) for one in _about(effect.goods, lines)]
        elif isinstance(effect, EarnEach):
            added = _each(effect, lines)
        else:
            continue
        parts = [one + more for one, more in zip(parts, added, strict=True)]
    return parts


def _about(goods: Goods, lines: Sequence[PricedLine]) -> list[PricedLine]:
    """The lines, with nothing to pay where the goods are others."""
    return [one if goods.holds(one.line) else PricedLine(one.line, ZERO, []) for one in lines]


def _each(effect: EarnEach, lines: Sequence[PricedLine]) -> list[Decimal]:
    paid = [one.to_pay for one in _about(effect.goods, lines)]
    whole = sum(paid, ZERO)
    if whole <= 0:
        return [ZERO] * len(lines)
    times = Decimal(1) if effect.each is None else floored(whole / effect.each, Decimal(1))
    return [effect.points * times * part / whole for part in paid]


def _times_over(promotion: Promotion, lines: Sequence[PricedLine], base: Sequence[Decimal]) -> list[Decimal]:
    parts = [ZERO] * len(lines)
    for effect in promotion.effects:
        if isinstance(effect, Multiply):
            for place, one in enumerate(lines):
                if effect.goods.holds(one.line):
                    parts[place] += base[place] * (effect.factor - 1)
    return parts


def _give(
    promotion: int, parts: Sequence[Decimal], lines: Sequence[PricedLine], policies: Policies
) -> Decimal:
    """Round the promotion's points once, and spread them over the lines that earned them.

    Lines below zero, such as a manufacturer's coupon, lessen what is earned, at most to nothing.
    """
    cut = floored if policies.part_of_point is PartOfPoint.FLOOR else rounded
    points = max(cut(sum(parts, ZERO), policies.point_step), ZERO)
    shares = spread(points, parts, [points] * len(parts), policies.point_step)
    for one, share in zip(lines, shares, strict=True):
        if share:
            one.earned.append((promotion, share))
    return points


def _unused(basket: Basket, book: Book, verdicts: dict[int, Verdict]) -> dict[str, str]:
    """Codes that changed nothing, with the reason: not good, what asks for them did not fit or is about other goods,
    another of the same series did it already, nothing asks for them."""
    unused = dict(basket.refused)
    done: set[int] = set()
    for code, series in basket.coupons.items():
        mine = [one.id for one in book.promotions if one.coupon == series]
        why = [verdicts[one].refusal if one in verdicts else Refusal("nothing") for one in mine]
        if not all(why):
            if series in done:
                unused[code] = "another"
            done.add(series)
        else:
            unused[code] = next((one.reason for one in why if one), "unknown")
    return unused
