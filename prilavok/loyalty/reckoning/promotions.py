"""What a promotion says: whom and when it fits, what it needs, what it gives, how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from prilavok.loyalty.reckoning.basket import Basket, Customer, Line
from prilavok.loyalty.reckoning.spreading import ONE, ZERO


class Stacking(StrEnum):
    """How a promotion meets others: from the price after earlier ones, from the base price, or alone on its lines."""

    CASCADE = "cascade"
    BASE = "base"
    EXCLUSIVE = "exclusive"


@dataclass(frozen=True, slots=True)
class Goods:
    """Which lines: of these products, categories or brands (none named: all), without the excluded ones."""

    products: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    brands: frozenset[int] = frozenset()
    without_products: frozenset[int] = frozenset()
    without_categories: frozenset[int] = frozenset()
    delivery: bool = False

    def holds(self, line: Line) -> bool:
        """Whether it is about this line.

        >>> milk = Line(1, product=7, price=ONE, within=frozenset({3}))
        >>> Goods(categories=frozenset({3})).holds(milk), Goods(without_products=frozenset({7})).holds(milk)
        (True, False)
        """
        if line.delivery is not self.delivery:
            return False
        if line.product in self.without_products or not self.without_categories.isdisjoint(line.within):
            return False
        if not (self.products or self.categories or self.brands):
            return True
        return (
            line.product in self.products
            or not self.categories.isdisjoint(line.within)
            or line.brand in self.brands
        )


EVERYTHING = Goods()


@dataclass(frozen=True, slots=True)
class Need:
    """What must be in the basket: at least so many pieces or so much money of these goods."""

    goods: Goods = EVERYTHING
    quantity: Decimal = ZERO
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class When:
    """From a moment to a moment (the end is the first one outside), on weekdays (Monday is 0), in hours of the shop.

    Hours that pass midnight belong to the weekday on which they begin.
    """

    since: datetime | None = None
    until: datetime | None = None
    weekdays: frozenset[int] = frozenset()
    hours: tuple[time, time] | None = None

    def holds(self, local: datetime) -> bool:
        """Whether it fits the shop's time; hours may pass midnight; a moment without a zone is the shop's.

        >>> night = When(hours=(time(22), time(2)))
        >>> night.holds(datetime(2026, 3, 1, 23, 30)), night.holds(datetime(2026, 3, 1, 2, 0))
        (True, False)
        >>> fridays = When(weekdays=frozenset({4}), hours=(time(22), time(2)))
        >>> [fridays.holds(datetime(2026, 3, day, 1)) for day in (6, 7)]  # Friday, Saturday
        [False, True]
        >>> When(until=datetime(2026, 3, 1)).holds(datetime.fromisoformat("2026-02-28T23:59+03:00"))
        True
        """
        if (self.since and _earlier(local, self.since)) or (self.until and not _earlier(local, self.until)):
            return False
        day = local.weekday()
        if self.hours is not None:
            (begin, end), clock = self.hours, local.time()
            if not (begin <= clock < end if begin <= end else clock >= begin or clock < end):
                return False
            if clock < begin:
                day = (day - 1) % 7
        return not self.weekdays or day in self.weekdays


def _earlier(local: datetime, moment: datetime) -> bool:
    """Whether the shop's moment comes before; a moment without a zone is on the shop's own clock."""
    return (local if moment.tzinfo else local.replace(tzinfo=None)) < moment


@dataclass(frozen=True, slots=True)
class Where:
    shops: frozenset[int] = frozenset()
    tills: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()
    payments: frozenset[str] = frozenset()

    def missing(self, basket: Basket) -> str:
        """What doesn't fit; empty: it fits."""
        if not (self.shops or self.tills or self.channels or self.payments):
            return ""
        asked = {
            "shop": (self.shops, basket.shop),
            "till": (self.tills, basket.till),
            "channel": (self.channels, basket.channel),
            "payment": (self.payments, basket.payment),
        }
        return next((name for name, (wanted, one) in asked.items() if wanted and one not in wanted), "")


@dataclass(frozen=True, slots=True)
class Who:
    """`birthday`: days before and after it. `first`: only a first purchase."""

    known: bool = False
    segments: frozenset[int] = frozenset()
    without_segments: frozenset[int] = frozenset()
    tiers: frozenset[int] = frozenset()
    card_kinds: frozenset[int] = frozenset()
    card_statuses: frozenset[int] = frozenset()
    birthday: tuple[int, int] | None = None
    first: bool = False

    @property
    def asks(self) -> bool:
        return self != Who()

    def missing(self, customer: Customer | None, today: date) -> str:
        """What doesn't fit; empty: it fits."""
        if customer is None:
            return "customer" if self.asks else ""
        if (self.segments and self.segments.isdisjoint(customer.segments)) or not (
            self.without_segments.isdisjoint(customer.segments)
        ):
            return "segment"
        if self.tiers and customer.tier not in self.tiers:
            return "tier"
        if self.card_kinds and customer.card_kind not in self.card_kinds:
            return "card"
        if self.card_statuses and customer.card_status not in self.card_statuses:
            return "card"
        if self.birthday is not None and not near_birthday(customer.birthday, today, *self.birthday):
            return "birthday"
        return "first" if self.first and customer.orders else ""


def near_birthday(born: date | None, today: date, before: int, after: int) -> bool:
    """Whether today is at most so many days before or after the birthday; the 29th of February is also the 28th's.

    >>> near_birthday(date(1990, 1, 2), date(2026, 12, 30), 3, 0), near_birthday(None, date(2026, 1, 1), 9, 9)
    (True, False)
    >>> near_birthday(date(1992, 2, 29), date(2026, 2, 28), 0, 0)
    True
    """
    if born is None:
        return False
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            day = born.replace(year=year)
        except ValueError:
            day = date(year, 2, 28)
        if day - timedelta(days=before) <= today <= day + timedelta(days=after):
            return True
    return False


PERIODS = ("day", "week", "month")  # of the calendar, in which the uses of everybody together may be limited
OWN_PERIODS = {"today": "day", "own_week": "week", "own_month": "month"}  # of one customer, by their limits


def period_start(period: str, day: date) -> date:
    """The first day of the period in which a day lies.

    >>> [period_start(one, date(2026, 3, 5)).day for one in PERIODS]
    [5, 2, 1]
    """
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


@dataclass(frozen=True, slots=True)
class Limits:
    """How often, and for how much money, a promotion may be used; None: without limit.

    `receipt`: how often within one receipt (sets, gifts, N for M). `own`, `today`, `own_week`, `own_month`: by one
    customer, ever and in the calendar's day, week (from Monday) and month; `all`, `day`, `week`, `month`: the same by
    everybody together.
    """

    receipt: int | None = None
    all: int | None = None
    all_money: Decimal | None = None
    own: int | None = None
    own_money: Decimal | None = None
    today: int | None = None
    today_money: Decimal | None = None
    own_week: int | None = None
    own_week_money: Decimal | None = None
    own_month: int | None = None
    own_month_money: Decimal | None = None
    day: int | None = None
    day_money: Decimal | None = None
    week: int | None = None
    week_money: Decimal | None = None
    month: int | None = None
    month_money: Decimal | None = None
    limited: bool = field(init=False, compare=False)  # both are asked of every promotion for every basket
    of_person: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        own = self._has("own") or bool(self.own_periods)
        object.__setattr__(self, "of_person", own)
        everybody = self.receipt is not None or self._has("all") or bool(self.periods)
        object.__setattr__(self, "limited", own or everybody)

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods in which the uses of everybody together are counted."""
        return tuple(one for one in PERIODS if self._has(one))

    @property
    def own_periods(self) -> tuple[str, ...]:
        """The limits of one customer within a period, as `OWN_PERIODS` names them."""
        return tuple(one for one in OWN_PERIODS if self._has(one))

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None or getattr(self, f"{name}_money") is not None


@dataclass(frozen=True, slots=True)
class PercentOff:
    percent: Decimal
    goods: Goods = EVERYTHING


@dataclass(frozen=True, slots=True)
class AmountOff:
    """A sum off the goods together; what they don't cost is lost."""

    amount: Decimal
    goods: Goods = EVERYTHING


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """A piece costs this, unless it costs less already."""

    price: Decimal
    goods: Goods = EVERYTHING


@dataclass(frozen=True, slots=True)
class Tiers:
    """Per cent by how many pieces (or how much money) of the goods there are: (from, per cent), growing."""

    steps: tuple[tuple[Decimal, Decimal], ...]
    goods: Goods = EVERYTHING
    by_amount: bool = False

    def percent(self, measure: Decimal) -> Decimal:
        """
        >>> Tiers(((Decimal(3), Decimal(5)), (Decimal(6), Decimal(10)))).percent(Decimal(5))
        Decimal('5')
        """
        return next((percent for start, percent in self.steps[::-1] if measure >= start), ZERO)


@dataclass(frozen=True, slots=True)
class Multiple:
    """N for the price of M."""

    take: int
    pay: int
    goods: Goods = EVERYTHING


@dataclass(frozen=True, slots=True)
class Pair:
    """The second of two is cheaper by so many per cent."""

    percent: Decimal
    goods: Goods = EVERYTHING


@dataclass(frozen=True, slots=True)
class Bundle:
    """These goods together for a price."""

    items: tuple[tuple[Goods, int], ...]
    price: Decimal


@dataclass(frozen=True, slots=True)
class Gift:
    """One of these products, the first that is in stock, for nothing."""

    products: tuple[int, ...]
    quantity: Decimal = ONE


@dataclass(frozen=True, slots=True)
class Earn:
    """Points for a part of what is paid, in per cent; `by_tier` where the customer's tier has its own."""

    percent: Decimal
    goods: Goods = EVERYTHING
    by_tier: Mapping[int, Decimal] = field(default_factory=dict)

    def rate(self, tier: int | None) -> Decimal:
        return (self.percent if tier is None else self.by_tier.get(tier, self.percent)) / 100


@dataclass(frozen=True, slots=True)
class EarnEach:
    """So many points: once (`each` is None), or for each full sum paid for the goods."""

    points: Decimal
    each: Decimal | None = None
    goods: Goods = EVERYTHING


@dataclass(frozen=True, slots=True)
class Multiply:
    """Points earned on these goods by other promotions, so many times over."""

    factor: Decimal
    goods: Goods = EVERYTHING


Discount = PercentOff | AmountOff | FixedPrice | Tiers | Multiple | Pair | Bundle
Earning = Earn | EarnEach | Multiply
Effect = Discount | Earning | Gift


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion as it is live, in one version. A lower `priority` comes first; of a `group` one wins."""

    id: int
    effects: tuple[Effect, ...]
    version: int = 1
    priority: int = 100
    stacking: Stacking = Stacking.CASCADE
    group: str = ""
    needs: tuple[Need, ...] = ()
    when: When = When()
    where: Where = Where()
    who: Who = Who()
    coupon: int | None = None  # a series that must be named
    limits: Limits = Limits()

    @property
    def takes_off(self) -> bool:
        """Whether it makes something cheaper (and not only earns points or adds gifts)."""
        return any(not isinstance(effect, Earn | EarnEach | Multiply | Gift) for effect in self.effects)

    @property
    def place(self) -> tuple[int, int]:
        """Its place among others."""
        return self.priority, self.id


def goods_of(effect: Effect) -> tuple[Goods, ...]:
    """What an effect is about; a gift is about nothing in the basket."""
    if isinstance(effect, Gift):
        return (EVERYTHING,)
    if isinstance(effect, Bundle):
        return tuple(goods for goods, _count in effect.items)
    return (effect.goods,)


class Book:
    """The promotions that are live together, found by what lies in a basket. Made once, when one of them changes."""

    def __init__(self, promotions: Iterable[Promotion]) -> None:
        self.promotions = tuple(sorted(promotions, key=lambda one: one.place))
        self._by: dict[tuple[str, int], list[int]] = {}
        self._always: list[int] = []
        for place, promotion in enumerate(self.promotions):
            self._index(place, promotion)

    def _index(self, place: int, promotion: Promotion) -> None:
        about = [goods for effect in promotion.effects for goods in goods_of(effect)]
        if any(not (one.products or one.categories or one.brands) for one in about):
            self._always.append(place)
            return
        for goods in about:
            keys = [("product", one) for one in goods.products]
            keys += [("category", one) for one in goods.categories]
            keys += [("brand", one) for one in goods.brands]
            for key in keys:
                self._by.setdefault(key, []).append(place)

    def about(self, lines: Iterable[Line]) -> list[Promotion]:
        """Promotions that may concern these lines, in their order."""
        found = set(self._always)
        for line in lines:
            found.update(self._by.get(("product", line.product), ()))
            for category in line.within:
                found.update(self._by.get(("category", category), ()))
            if line.brand is not None:
                found.update(self._by.get(("brand", line.brand), ()))
        return [self.promotions[place] for place in sorted(found)]

    def with_more(self, promotions: Iterable[Promotion]) -> Book:
        """The same with a few more, such as those that a coupon brings along; this one stays as it is."""
        more = tuple(promotions)
        return _Lengthened(self, more) if more else self


class _Lengthened(Book):
    def __init__(self, book: Book, more: tuple[Promotion, ...]) -> None:
        self._book, self._more = book, Book(more)
        self.promotions = tuple(sorted((*book.promotions, *more), key=lambda one: one.place))

    def about(self, lines: Iterable[Line]) -> list[Promotion]:
        here = list(lines)
        return sorted((*self._book.about(here), *self._more.about(here)), key=lambda one: one.place)
