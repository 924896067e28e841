"""A promotion is tried on the receipts of the last year, before it starts: cost, winners, margin, by shop."""

from __future__ import annotations

from collections.abc import Iterator
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
from prilavok.loyalty.reckoning.replaying import Replay
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
    """What the promotion comes to, basket by basket.

    Of customers it knows what is so today: segments, tier, kind of card; whether a purchase was their first is known
    of its own day. Where a coupon is asked for, everybody is taken to have shown it.
    """

    def __init__(self, asked: Backtest, written: PromotionWritten) -> None:
        names, _missing = names_of([written])
        made = written.made(asked.promotion_id, names.number, version=asked.version)
        self.promotion = replace(made, when=_a_year_before(made.when))
        book = queries.live_book()
        programme = book.programme(None) or next(iter(book.programmes.values()), None)
        self.policies = programme.policies if programme else reckoning.Policies()
        self.replay = Replay(self.promotion, self.policies)
        self.costs = catalog.cost_book(catalog.costed_products())
        self.shelves = catalog.shelves()
        self.goods = [goods for effect in self.promotion.effects for goods in goods_of(effect)]
        self.whole, self.shops, self.months = _Tally(), dict[int, _Tally](), dict[str, _Tally]()
        self.people = _People(self.promotion)
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
        if not any(self._concerns(product) for product in one.products):
            return
        who = self.people.person(one)
        basket = self._basket(one)
        answer = self.replay.tried(basket, who, self.people.customer(who), local)
        if answer is None:
            return
        gross, margin = sum(one.gross, ZERO), self._margin(answer, local.date())
        for tally in tallies:
            tally.used += 1
            tally.gross += gross
            tally.amount += answer.amount
            tally.points += answer.points
            tally.gifts += len(answer.gifts)
            tally.margin.add(margin)
            if who is not None:
                tally.people.add(who)

    def _margin(self, answer: reckoning.Alone, day: date) -> _Margin:
        """Of lines whose cost on that day is known; points count as what they are worth, gifts as what they cost."""
        if not self.costs.told:
            return _Margin()
        gross = goods = paid = points = ZERO
        for one in answer.lines:
            cost = self.costs.on(one.line.product, day)
            if cost is None:
                continue
            gross += one.gross
            paid += one.to_pay
            goods += cost * one.line.quantity
            for _promotion, given in one.earned:
                points += given
        for gift in answer.gifts:
            paid -= (self.costs.on(gift.product, day) or ZERO) * gift.quantity
        return _Margin(gross, gross - goods, paid - goods - points * self.policies.point_value)

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


def _a_year_before(when: reckoning.When) -> reckoning.When:
    """The same days of the weeks a year before."""
    since, until = (one - YEAR if one else None for one in (when.since, when.until))
    return replace(when, since=since, until=until)


class _People:
    """Who bought, as far as the promotion asks."""

    def __init__(self, promotion: reckoning.Promotion) -> None:
        who = promotion.who
        self.who = who
        self.heads: dict[int, int] = {}
        self.seen: set[int] = set()
        self.segments: dict[int, set[int]] = {}
        for segment in who.segments | who.without_segments:
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
        if self.who.card_kinds:
            self.kinds |= self._by_head(_of_cards(new | fresh, "kind"))
        if self.who.card_statuses:
            self.statuses |= self._by_head(_of_cards(new | fresh, "status"))
        if self.who.birthday:
            traits = customers.traits_of(fresh)
            self.birthdays |= {head: known.birth_date for head, known in traits.items()}
        if self.who.first:
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
