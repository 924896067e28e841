"""Which live promotions meet one on its goods and in its time, and which of them would win: the engine itself says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from prilavok.catalog import queries as catalog
from prilavok.catalog.ports import Sold
from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.loyalty import faults, reckoning
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Promotion
from prilavok.loyalty.queries.book import live_book
from prilavok.loyalty.queries.names import maker_number, names_of
from prilavok.loyalty.reckoning.promotions import goods_of

PRICE = Decimal(1000)  # of a piece of the sample, or twice the fixed price
SAMPLE = 30  # products of one promotion that are tried
AHEAD = 60  # days in which a common moment is sought
_APART = {
    "time",
    "shop",
    "till",
    "channel",
    "payment",
    "customer",
    "segment",
    "tier",
    "card",
    "birthday",
    "first",
}


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two promotions on one product: what each takes off and gives in points, alone and together.

    `together`: both do something on one receipt.
    """

    number: int
    public: str
    name: str
    product: str
    mine: reckoning.Verdict
    theirs: reckoning.Verdict

    @property
    def together(self) -> bool:
        return self.mine.refusal is None and self.theirs.refusal is None

    @property
    def wins(self) -> bool:
        """Whether this one is used and the other is not."""
        return self.mine.refusal is None and self.theirs.refusal is not None


def neighbours(promotion: Promotion, written: PromotionWritten, by: Actor, *, at: datetime) -> list[Meeting]:
    """The live promotions that meet this one, tried pair by pair on products of both, at a moment that fits both."""
    by.must("loyalty.see")
    book = live_book()
    names, _missing = names_of([written])
    mine = written.made(promotion.pk, names.number)
    programme = book.programme(None) or next(iter(book.programmes.values()), None)
    policies = programme.policies if programme else reckoning.Policies()
    others = [one for one in book.book.promotions if one.id != promotion.pk]
    live = Promotion.objects.live().exclude(pk=promotion.pk).values_list("live__definition", flat=True)
    makers = _makers([written, *map(PromotionWritten.model_validate, live)])
    sample = _sample([mine, *others], makers)
    met = (_meet(mine, other, sample, policies, at) for other in others)
    return [
        Meeting(other.id, *book.names[other.id], product, ours, theirs)
        for other, found in zip(others, met, strict=True)
        if found
        for product, ours, theirs in [found]
    ]


# ── Products of both ─────────────────────────────────────────────────────────────────────────────────────


def _makers(written: Iterable[PromotionWritten]) -> set[str]:
    return {name for one in written for _place, kind, name in faults.named(one) if kind == "brand"}


def _sample(promotions: Iterable[reckoning.Promotion], makers: Iterable[str]) -> list[Sold]:
    """Some products of each: those named, and some of each category and maker."""
    products: set[int] = set()
    for one in promotions:
        for goods in _goods(one):
            products.update(sorted(goods.products)[:SAMPLE])
            if goods.categories:
                products.update(catalog.some_of(goods.categories, SAMPLE))
    for maker in makers:
        products.update(catalog.product_ids_of_makers([maker])[:SAMPLE])
    products.update(catalog.some_of((), SAMPLE))
    codes = [one.code for one in catalog.products_by_id(products).values()]
    return list(catalog.sold(codes).values())


def _goods(promotion: reckoning.Promotion) -> list[reckoning.Goods]:
    return [goods for effect in promotion.effects for goods in goods_of(effect)]


def _line(sold: Sold) -> reckoning.Line:
    maker = maker_number(sold.manufacturer) if sold.manufacturer else None
    return reckoning.Line(1, sold.id, PRICE, within=sold.within, brand=maker)


def _about(promotion: reckoning.Promotion, line: reckoning.Line) -> bool:
    return any(goods.holds(line) for goods in _goods(promotion))


# ── One pair ─────────────────────────────────────────────────────────────────────────────────────────────


def _meet(
    mine: reckoning.Promotion,
    other: reckoning.Promotion,
    sample: Sequence[Sold],
    policies: reckoning.Policies,
    at: datetime,
) -> tuple[str, reckoning.Verdict, reckoning.Verdict] | None:
    """What both come to on the first product of both; None, if they never meet."""
    sold = next((one for one in sample if _about(mine, _line(one)) and _about(other, _line(one))), None)
    moment = _moment((mine, other), at)
    if sold is None or moment is None:
        return None
    fixed = [2 * getattr(effect, "price", Decimal(0)) for one in (mine, other) for effect in one.effects]
    price = max([PRICE, *fixed])
    line = replace(_line(sold), price=price, quantity=_enough((mine, other)))

    def verdicts(*book: reckoning.Promotion) -> dict[int, reckoning.Verdict]:
        basket, customer = _basket((mine, other), line), _customer((mine, other), moment)
        book_ = reckoning.Book(list(book))
        return reckoning.calculate(basket, customer, moment, book_, policies, explain=True).verdicts

    both = verdicts(mine, other)
    for one in (mine, other):
        refusal = both[one.id].refusal
        if refusal and (refusal.reason in _APART or refusal.needed is not None):
            return None
        if refusal and verdicts(one)[one.id].refusal:
            return None  # it does nothing here without the other one either
    return sold.name, both[mine.id], both[other.id]


def _moment(pair: Sequence[reckoning.Promotion], at: datetime) -> datetime | None:
    """The first hour from now on that fits both; shops' clocks are the company's here."""
    begin = at.astimezone(company.zone()).replace(minute=0, second=0, microsecond=0)
    zone = begin.tzinfo
    for one in pair:
        if one.when.since:
            since = one.when.since
            begin = max(begin, since if since.tzinfo else since.replace(tzinfo=zone))
    hours = (begin + timedelta(hours=hour) for hour in range(AHEAD * 24))
    return next((one for one in hours if all(promotion.when.holds(one) for promotion in pair)), None)


def _enough(pair: Sequence[reckoning.Promotion]) -> Decimal:
    """So many pieces that each need, set and step is reached."""
    return Decimal(max((_pieces(one) for one in pair), default=1))


def _pieces(promotion: reckoning.Promotion) -> int:
    asked = [1, *(math.ceil(max(need.quantity, need.amount / PRICE)) for need in promotion.needs)]
    return min(max([*asked, *(_pieces_of(effect) for effect in promotion.effects)]), 10_000)


def _pieces_of(effect: object) -> int:
    match effect:
        case reckoning.Multiple(take=take):
            return take
        case reckoning.Pair():
            return 2
        case reckoning.Tiers(steps=steps, by_amount=by_amount):
            return math.ceil(steps[0][0] / (PRICE if by_amount else 1))
        case reckoning.Bundle(items=items):
            return sum(pieces for _goods, pieces in items)
        case reckoning.EarnEach(each=each) if each:
            return math.ceil(each / PRICE)
        case _:
            return 1


def _basket(pair: Sequence[reckoning.Promotion], line: reckoning.Line) -> reckoning.Basket:
    def common(sets: Iterable[frozenset[int]]) -> int | None:
        asked = [one for one in sets if one]
        return min(frozenset.intersection(*asked), default=None) if asked else None

    def word(sets: Iterable[frozenset[str]], otherwise: str) -> str:
        asked = [one for one in sets if one]
        return min(frozenset.intersection(*asked), default="") if asked else otherwise

    return reckoning.Basket(
        (line,),
        shop=common(one.where.shops for one in pair),
        till=common(one.where.tills for one in pair),
        channel=word((one.where.channels for one in pair), "shop"),
        payment=word((one.where.payments for one in pair), ""),
        coupons={str(one.coupon): one.coupon for one in pair if one.coupon is not None},
    )


def _customer(pair: Sequence[reckoning.Promotion], moment: datetime) -> reckoning.Customer:
    """Somebody for whom both are, as far as there can be anybody."""
    without = frozenset().union(*(one.who.without_segments for one in pair))
    segments = frozenset(min(left) for one in pair if (left := one.who.segments - without))
    return reckoning.Customer(
        segments=segments,
        tier=next(_both([one.who.tiers for one in pair]), None),
        card_kind=next(_both([one.who.card_kinds for one in pair]), None),
        card_status=next(_both([one.who.card_statuses for one in pair]), None),
        birthday=moment.date(),
        orders=0,
    )


def _both(sets: Sequence[frozenset[int]]) -> Iterator[int]:
    asked = [one for one in sets if one]
    return iter(sorted(frozenset.intersection(*asked))) if asked else iter(())
