"""A promotion is tried on the receipts of the last year, before it starts: cost, winners, margin, by shop.

Each basket is reckoned with the promotions that are live and with this one besides: the difference is what it brings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, jobs
from prilavok.kernel.actors import Actor
from prilavok.loyalty import queries, reckoning
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.models import Account, Backtest, Card, Promotion
from prilavok.loyalty.queries.names import maker_number, names_of
from prilavok.loyalty.reckoning.promotions import goods_of
from prilavok.loyalty.reckoning.replaying import Difference, Replay
from prilavok.orders import queries as orders
from prilavok.orders.queries import PastBasket
from prilavok.segments import queries as segments

YEAR = timedelta(days=364)
PIECE = timedelta(days=7)  # read at once
ZERO = Decimal(0)


@transaction.atomic
def order_backtest(promotion_id: int, *, by: Actor, at: datetime, link: str = "") -> Backtest:
    """Have the last version tried on the year before this moment, in the background; the bell tells when it is done.

    `link`: where the bell leads.
    """
    by.must("loyalty.promote")
    promotion = Promotion.objects.get(pk=promotion_id)
    asked = Backtest.objects.create(
        promotion=promotion,
        version=promotion.versions.order_by("-number")[0].number,
        since=at - YEAR,
        until=at,
        shops=None if by.shops is None else sorted(by.shops),
        asked_at=at,
        asked_by=by.id if by.kind == "employee" else None,
    )
    work = jobs.start(
        title=_("Last year with “%(name)s”") % {"name": promotion.name},
        by=by,
        total=YEAR // PIECE,
        link=link,
    )
    jobs.later(run_backtest, backtest=asked.pk, work=str(work.public_id))
    return asked


@jobs.job
def run_backtest(*, backtest: int, work: str) -> None:
    """Try what was ordered; a second start begins anew."""
    asked = Backtest.objects.select_related("promotion").get(pk=backtest)
    order = jobs.find(UUID(work))
    version = asked.promotion.versions.get(number=asked.version)
    past = _Past(asked, PromotionWritten.model_validate(version.definition))
    for done, piece in enumerate(_pieces(asked.since, asked.until), start=1):
        past.take(orders.past_baskets(*piece, shops=asked.shops))
        jobs.step(order, done=done, total=YEAR // PIECE)
    Backtest.objects.filter(pk=backtest).update(result=past.told(), finished_at=clock.now())
    jobs.finish(order)


def _pieces(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        yield since, min(since + PIECE, until)
        since += PIECE


@dataclass(slots=True)
class _Margin:
    """Of lines whose cost is known: list price, margin at it, and what is left of that with the promotion."""

    gross: Decimal = ZERO
    before: Decimal = ZERO
    after: Decimal = ZERO

    def add(self, other: _Margin) -> None:
        self.gross += other.gross
        self.before += other.before
        self.after += other.after

    def told(self) -> dict[str, str]:
        return {"gross": str(self.gross), "before": str(self.before), "after": str(self.after)}


@dataclass(slots=True)
class _Tally:
    receipts: int = 0
    used: int = 0
    gross: Decimal = ZERO
    amount: Decimal = ZERO
    points: Decimal = ZERO
    gifts: int = 0
    people: set[int] = field(default_factory=set)
    margin: _Margin = field(default_factory=_Margin)

    def told(self) -> dict[str, Any]:
        return {
            "receipts": self.receipts,
            "used": self.used,
            "gross": str(self.gross),
            "amount": str(self.amount),
            "points": str(self.points),
            "gifts": self.gifts,
            "customers": len(self.people),
            "margin": self.margin.told(),
        }


class _Past:
    """What the promotion changes, basket by basket, beside those that are live now.

    Of customers it knows what is so today: segments, tier, kind of card; whether a purchase was their first is known
    of its own day. Where it asks for a coupon, everybody is taken to have shown it; nobody shows those of others.
    """

    def __init__(self, asked: Backtest, written: PromotionWritten) -> None:
        names, _missing = names_of([written])
        made = written.made(asked.promotion_id, names.number, version=asked.version)
        self.promotion = _a_year_before(made)
        book = queries.live_book()
        others = [_a_year_before(one) for one in book.book.promotions if one.id != made.id]
        programme = book.programme(None) or next(iter(book.programmes.values()), None)
        self.policies = programme.policies if programme else reckoning.Policies()
        self.replay = Replay(self.promotion, others, self.policies)
        self.costs = catalog.cost_book(catalog.costed_products())
        self.shelves = catalog.shelves()
        self.goods = [goods for effect in self.promotion.effects for goods in goods_of(effect)]
        self.whole, self.shops, self.months = _Tally(), dict[int, _Tally](), dict[str, _Tally]()
        self.people = _People([self.promotion, *others])
        self._about: dict[int, bool] = {}
        self._shelf: dict[int, tuple[frozenset[int], int | None]] = {}

    def take(self, baskets: list[PastBasket]) -> None:
        self.people.meet(baskets)
        for one in baskets:
            local = one.paid_at.astimezone(company.zone_of(one.shop_id))
            tallies = (
                self.whole,
                self.shops.setdefault(one.shop_id, _Tally()),
                self.months.setdefault(f"{local:%Y-%m}", _Tally()),
            )
            for tally in tallies:
                tally.receipts += 1
            self._try(one, local, tallies)
            self.people.bought(one)

    def _try(self, one: PastBasket, local: datetime, tallies: tuple[_Tally, ...]) -> None:
        concerned = any(self._concerns(product) for product in one.products)
        if not concerned and not self.replay.counts_others:
            return
        who = self.people.person(one)
        basket = self._basket(one)
        found = self.replay.tried(basket, who, self.people.customer(who), local)
        if found is None:
            return
        gross, margin = sum(one.gross, ZERO), self._margin(found, local.date())
        for tally in tallies:
            tally.used += 1
            tally.gross += gross
            tally.amount += found.amount
            tally.points += found.points
            tally.gifts += len(found.gifts) - len(found.gifts_without)
            tally.margin.add(margin)
            if who is not None:
                tally.people.add(who)

    def _margin(self, found: Difference, day: date) -> _Margin:
        """Of lines whose cost on that day is known."""
        if not self.costs.told:
            return _Margin()
        known = [one.gross for one in found.lines if self.costs.on(one.line.product, day) is not None]
        before = self._left(found.without, found.gifts_without, day)
        return _Margin(sum(known, ZERO), before, self._left(found.lines, found.gifts, day))

    def _left(
        self, lines: Sequence[reckoning.PricedLine], gifts: Sequence[reckoning.GiftLine], day: date
    ) -> Decimal:
        """What is left of the price; points count as what they are worth, gifts as what they cost."""
        left = ZERO
        for one in lines:
            cost = self.costs.on(one.line.product, day)
            if cost is not None:
                points = sum((given for _promotion, given in one.earned), ZERO)
                left += one.to_pay - cost * one.line.quantity - points * self.policies.point_value
        return left - sum(((self.costs.on(one.product, day) or ZERO) * one.quantity for one in gifts), ZERO)

    def _concerns(self, product: int) -> bool:
        """Whether the promotion is about this product."""
        if product not in self._about:
            line = self._line(1, product, Decimal(1), Decimal(1))
            self._about[product] = any(goods.holds(line) for goods in self.goods)
        return self._about[product]

    def _basket(self, one: PastBasket) -> reckoning.Basket:
        where = self.promotion.where
        lines = zip(one.products, one.quantities, one.gross, strict=True)
        return reckoning.Basket(
            tuple(self._line(number, *line) for number, line in enumerate(lines, start=1)),
            shop=one.shop_id,
            till=one.till_id,
            payment=min(where.payments, default=""),
            coupons={"": self.promotion.coupon} if self.promotion.coupon is not None else {},
        )

    def _line(self, number: int, product: int, quantity: Decimal, gross: Decimal) -> reckoning.Line:
        known = self._shelf.get(product)
        if known is None:
            within, maker = self.shelves.get(product, (frozenset(), ""))
            known = self._shelf[product] = within, maker_number(maker) if maker else None
        return reckoning.Line(number, product, gross / quantity, quantity, *known, amount=gross)

    def told(self) -> dict[str, Any]:
        return {
            **self.whole.told(),
            "shops": {str(shop): tally.told() for shop, tally in self.shops.items()},
            "months": {month: tally.told() for month, tally in sorted(self.months.items())},
        }


def _a_year_before(promotion: reckoning.Promotion) -> reckoning.Promotion:
    """The same on the same days of the weeks a year before."""
    when = promotion.when
    since, until = (one - YEAR if one else None for one in (when.since, when.until))
    return replace(promotion, when=replace(when, since=since, until=until))


class _People:
    """Who bought, as far as the promotions ask."""

    def __init__(self, promotions: Sequence[reckoning.Promotion]) -> None:
        asked = [one.who for one in promotions]
        self.asks_kinds = any(one.card_kinds for one in asked)
        self.asks_statuses = any(one.card_statuses for one in asked)
        self.asks_birthdays = any(one.birthday for one in asked)
        self.asks_first = any(one.first for one in asked)
        self.heads: dict[int, int] = {}
        self.seen: set[int] = set()
        self.segments: dict[int, set[int]] = {}
        for segment in {segment for one in asked for segment in one.segments | one.without_segments}:
            for head in customers.heads_of(segments.member_ids(segment)).values():
                self.segments.setdefault(head, set()).add(segment)
        self.tiers: dict[int, int] = {}
        self.kinds: dict[int, int] = {}
        self.statuses: dict[int, int] = {}
        self.birthdays: dict[int, date | None] = {}

    def meet(self, baskets: list[PastBasket]) -> None:
        """Learn of those who come for the first time, set by set."""
        new = {one.profile_id for one in baskets if one.profile_id} - self.heads.keys()
        if not new:
            return
        self.heads |= customers.heads_of(new)
        fresh = {self.heads[one] for one in new}
        self.tiers |= self._by_head(_tiers(new | fresh))
        if self.asks_kinds:
            self.kinds |= self._by_head(_of_cards(new | fresh, "kind"))
        if self.asks_statuses:
            self.statuses |= self._by_head(_of_cards(new | fresh, "status"))
        if self.asks_birthdays:
            traits = customers.traits_of(fresh)
            self.birthdays |= {head: known.birth_date for head, known in traits.items()}
        if self.asks_first:
            before = orders.bought_before(new, baskets[0].paid_at)
            self.seen |= {self.heads[one] for one in before}

    def _by_head(self, known: dict[int, int]) -> dict[int, int]:
        return {self.heads.get(profile, profile): value for profile, value in known.items()}

    def person(self, one: PastBasket) -> int | None:
        return self.heads.get(one.profile_id) if one.profile_id else None

    def customer(self, who: int | None) -> reckoning.Customer | None:
        if who is None:
            return None
        return reckoning.Customer(
            segments=frozenset(self.segments.get(who, ())),
            tier=self.tiers.get(who),
            card_kind=self.kinds.get(who),
            card_status=self.statuses.get(who),
            birthday=self.birthdays.get(who),
            orders=int(who in self.seen),
        )

    def bought(self, one: PastBasket) -> None:
        who = self.person(one)
        if who is not None:
            self.seen.add(who)


def _tiers(profiles: set[int]) -> dict[int, int]:
    held = Account.objects.filter(profile__in=profiles, tier__isnull=False).values_list("profile", "tier")
    return {profile: tier for profile, tier in held if profile is not None and tier is not None}


def _of_cards(profiles: set[int], what: str) -> dict[int, int]:
    """The kind or the status of a card of theirs."""
    held = Card.objects.filter(account__profile__in=profiles).values_list("account__profile", what)
    return {profile: value for profile, value in held if profile is not None and value is not None}
