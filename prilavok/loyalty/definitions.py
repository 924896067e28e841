"""A promotion as it is written down: by the editor, the API, in a scenario file. Checked here, made into values.

One way of writing for all: a promotion is a mapping; each effect is a mapping with one key, what it does, and either
its one figure or a mapping of its parts. Names of things (products, categories, shops…) are what the writer calls
them: `ids` says which number each has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from prilavok.loyalty import reckoning
from prilavok.loyalty.reckoning.basket import Cheapest, Choosing, PartOfPoint, Returns, Rounding, Threshold
from prilavok.loyalty.reckoning.promotions import EVERYTHING, Effect, Stacking

Name = int | str
Ids = Callable[[str, Name], int]  # a kind of thing ("product", "category", …) and its name
Percent = Annotated[Decimal, Field(ge=0, le=100)]
Money = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
Positive = Annotated[Decimal, Field(gt=0)]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Written(BaseModel):
    """What somebody wrote: a key that nobody knows is a slip, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GoodsWritten(Written):
    """Which goods: of these products, categories or brands (none named: all), without the excluded ones."""

    products: list[Name] = []
    categories: list[Name] = []
    brands: list[Name] = []
    without_products: list[Name] = []
    without_categories: list[Name] = []
    delivery: bool = False

    def made(self, ids: Ids) -> reckoning.Goods:
        def of(kind: str, names: list[Name]) -> frozenset[int]:
            return frozenset(ids(kind, name) for name in names)

        goods = reckoning.Goods(
            of("product", self.products),
            of("category", self.categories),
            of("brand", self.brands),
            of("product", self.without_products),
            of("category", self.without_categories),
            self.delivery,
        )
        return EVERYTHING if goods == EVERYTHING else goods


ALL = GoodsWritten()


class EffectWritten(Written):
    """An effect about some goods."""

    of: GoodsWritten = ALL


class PercentOff(EffectWritten):
    percent: Percent

    def made(self, ids: Ids) -> Effect:
        return reckoning.PercentOff(self.percent, self.of.made(ids))


class AmountOff(EffectWritten):
    amount: Money

    def made(self, ids: Ids) -> Effect:
        return reckoning.AmountOff(self.amount, self.of.made(ids))


class FixedPrice(EffectWritten):
    price: Money

    def made(self, ids: Ids) -> Effect:
        return reckoning.FixedPrice(self.price, self.of.made(ids))


class Tiers(EffectWritten):
    """Per cent by how many pieces (`by: amount`: how much money) there are: from which number on, how many."""

    steps: dict[Decimal, Percent] = Field(min_length=1)
    by: Literal["quantity", "amount"] = "quantity"

    def made(self, ids: Ids) -> Effect:
        steps = tuple(sorted(self.steps.items()))
        return reckoning.Tiers(steps, self.of.made(ids), by_amount=self.by == "amount")


class Multiple(EffectWritten):
    """N for the price of M."""

    take: int = Field(ge=2, le=1000)
    pay: int = Field(ge=0)

    @model_validator(mode="after")
    def _fewer_are_paid(self) -> Multiple:
        if self.pay >= self.take:
            raise ValueError("fewer must be paid than are taken")
        return self

    def made(self, ids: Ids) -> Effect:
        return reckoning.Multiple(self.take, self.pay, self.of.made(ids))


class Pair(EffectWritten):
    """The second of two is cheaper."""

    percent: Percent

    def made(self, ids: Ids) -> Effect:
        return reckoning.Pair(self.percent, self.of.made(ids))


class Item(Written):
    of: GoodsWritten
    pieces: int = Field(1, ge=1)


class Bundle(Written):
    """These goods together for a price."""

    items: list[Item] = Field(min_length=1)
    price: Money

    def made(self, ids: Ids) -> Effect:
        return reckoning.Bundle(tuple((one.of.made(ids), one.pieces) for one in self.items), self.price)


class Gift(Written):
    """One of these products, the first that is in stock."""

    products: list[Name] = Field(min_length=1)
    quantity: Positive = Decimal(1)

    def made(self, ids: Ids) -> Effect:
        return reckoning.Gift(tuple(ids("product", one) for one in self.products), self.quantity)


class Earn(EffectWritten):
    """Points for a part of what is paid; `by_tier`: other per cent for a tier."""

    percent: Percent
    by_tier: dict[Name, Percent] = {}

    def made(self, ids: Ids) -> Effect:
        by_tier = {ids("tier", tier): percent for tier, percent in self.by_tier.items()}
        return reckoning.Earn(self.percent, self.of.made(ids), by_tier)


class EarnEach(EffectWritten):
    """So many points once, or for `each` full sum paid."""

    points: Positive
    each: Annotated[Decimal, Field(gt=0)] | None = None

    def made(self, ids: Ids) -> Effect:
        return reckoning.EarnEach(self.points, self.each, self.of.made(ids))


class Multiply(EffectWritten):
    """Points of other promotions, so many times over."""

    factor: Annotated[Decimal, Field(gt=1, le=100)]

    def made(self, ids: Ids) -> Effect:
        return reckoning.Multiply(self.factor, self.of.made(ids))


def _one_figure(name: str) -> Callable[[Any], Any]:
    """`percent_off: 10` is short for `percent_off: {percent: 10}`."""
    return lambda value: value if isinstance(value, Mapping | BaseModel) else {name: value}


def _steps(value: Any) -> Any:
    """`tiers: {3: 5, 6: 10}` is short for `tiers: {steps: {3: 5, 6: 10}}`."""
    return {"steps": value} if isinstance(value, Mapping) and "steps" not in value else value


class Give(Written):
    """One effect: exactly one of these keys."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"percent_off": {"percent": "10", "of": {"categories": ["dairy"]}}}]}
    )

    percent_off: Annotated[PercentOff, BeforeValidator(_one_figure("percent"))] | None = None
    amount_off: Annotated[AmountOff, BeforeValidator(_one_figure("amount"))] | None = None
    fixed_price: Annotated[FixedPrice, BeforeValidator(_one_figure("price"))] | None = None
    tiers: Annotated[Tiers, BeforeValidator(_steps)] | None = None
    multiple: Multiple | None = None
    pair: Annotated[Pair, BeforeValidator(_one_figure("percent"))] | None = None
    bundle: Bundle | None = None
    gift: Gift | None = None
    earn: Annotated[Earn, BeforeValidator(_one_figure("percent"))] | None = None
    earn_each: Annotated[EarnEach, BeforeValidator(_one_figure("points"))] | None = None
    multiply: Annotated[Multiply, BeforeValidator(_one_figure("factor"))] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Give:
        if len(self.model_fields_set) != 1 or getattr(self, next(iter(self.model_fields_set))) is None:
            raise ValueError("an effect does exactly one thing")
        return self

    def made(self, ids: Ids) -> Effect:
        effect: Effect = getattr(self, next(iter(self.model_fields_set))).made(ids)
        return effect


class Need(Written):
    """At least so many pieces, or so much money, of these goods."""

    of: GoodsWritten = ALL
    quantity: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    amount: Money = Decimal(0)

    def made(self, ids: Ids) -> reckoning.Need:
        return reckoning.Need(self.of.made(ids), self.quantity, self.amount)


class Hours(Written):
    """From one time of day to another, the end not included; it may pass midnight."""

    since: time
    until: time


class When(Written):
    """`until` is the first moment outside; times without a zone are the shop's."""

    since: datetime | None = None
    until: datetime | None = None
    weekdays: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = []
    hours: Hours | None = None

    def made(self) -> reckoning.When:
        days = frozenset(WEEKDAYS.index(day) for day in self.weekdays)
        return reckoning.When(
            self.since, self.until, days, (self.hours.since, self.hours.until) if self.hours else None
        )


class Where(Written):
    shops: list[Name] = []
    tills: list[Name] = []
    channels: list[str] = []
    payments: list[str] = []

    def made(self, ids: Ids) -> reckoning.Where:
        return reckoning.Where(
            frozenset(ids("shop", one) for one in self.shops),
            frozenset(ids("till", one) for one in self.tills),
            frozenset(self.channels),
            frozenset(self.payments),
        )


class Birthday(Written):
    before: int = Field(0, ge=0, le=180)
    after: int = Field(0, ge=0, le=180)


class Who(Written):
    """Whom it is for; `known`: only those the shop knows; `first`: only a first purchase."""

    known: bool = False
    segments: list[Name] = []
    without_segments: list[Name] = []
    tiers: list[Name] = []
    card_kinds: list[Name] = []
    card_statuses: list[Name] = []
    birthday: Birthday | None = None
    first: bool = False

    def made(self, ids: Ids) -> reckoning.Who:
        def of(kind: str, names: list[Name]) -> frozenset[int]:
            return frozenset(ids(kind, name) for name in names)

        return reckoning.Who(
            self.known,
            of("segment", self.segments),
            of("segment", self.without_segments),
            of("tier", self.tiers),
            of("card_kind", self.card_kinds),
            of("card_status", self.card_statuses),
            (self.birthday.before, self.birthday.after) if self.birthday else None,
            self.first,
        )


class Limits(Written):
    """How often and for how much money; `receipt`: how often within one receipt; `own`, `today`: of one customer.

    `own_week`, `own_month`: of one customer in the calendar's week (from Monday) and month. `all`: of everybody
    together; `day`, `week`, `month`: of everybody together in the calendar's day, week and month.
    """

    receipt: Annotated[int, Field(ge=1)] | None = None
    all: Annotated[int, Field(ge=1)] | None = None
    all_money: Money | None = None
    own: Annotated[int, Field(ge=1)] | None = None
    own_money: Money | None = None
    today: Annotated[int, Field(ge=1)] | None = None
    today_money: Money | None = None
    own_week: Annotated[int, Field(ge=1)] | None = None
    own_week_money: Money | None = None
    own_month: Annotated[int, Field(ge=1)] | None = None
    own_month_money: Money | None = None
    day: Annotated[int, Field(ge=1)] | None = None
    day_money: Money | None = None
    week: Annotated[int, Field(ge=1)] | None = None
    week_money: Money | None = None
    month: Annotated[int, Field(ge=1)] | None = None
    month_money: Money | None = None

    def made(self) -> reckoning.Limits:
        return reckoning.Limits(**dict(self))


class Control(Written):
    """So many per cent of the customers do not get it, for so many days: what they buy shows what it is worth."""

    percent: Annotated[Decimal, Field(gt=0, le=50, max_digits=4, decimal_places=2)]
    days: Annotated[int, Field(ge=1, le=366)] = 28

    @property
    def share(self) -> Decimal:
        return self.percent / 100


class PromotionWritten(Written):
    """A promotion: what it gives, what it needs, whom, when and where it is for, how it meets others, how often."""

    name: str = Field(min_length=1, max_length=200)
    give: Annotated[list[Give], BeforeValidator(lambda one: [one] if isinstance(one, Mapping) else one)] = (
        Field(min_length=1)
    )
    needs: list[Need] = []
    when: When = When()
    where: Where = Where()
    who: Who = Who()
    coupon: Name | None = None
    stacking: Stacking = Stacking.CASCADE
    group: str = ""
    priority: int = Field(100, ge=0, le=10_000)
    limits: Limits = Limits()
    control: Annotated[Control, BeforeValidator(_one_figure("percent"))] | None = None

    def made(self, number: int, ids: Ids, *, version: int = 1) -> reckoning.Promotion:
        """The promotion as it is reckoned with."""
        return reckoning.Promotion(
            id=number,
            effects=tuple(one.made(ids) for one in self.give),
            version=version,
            priority=self.priority,
            stacking=self.stacking,
            group=self.group,
            needs=tuple(one.made(ids) for one in self.needs),
            when=self.when.made(),
            where=self.where.made(ids),
            who=self.who.made(ids),
            coupon=None if self.coupon is None else ids("series", self.coupon),
            limits=self.limits.made(),
        )


class PoliciesWritten(Written):
    """What a programme decides once; what isn't named is the first choice of `docs`."""

    rounding: Rounding = Rounding.LINE
    choosing: Choosing = Choosing.BEST
    threshold: Threshold = Threshold.BEFORE
    n_for_m: Cheapest = Cheapest.ALL
    pairs: Cheapest = Cheapest.EACH
    part_of_point: PartOfPoint = PartOfPoint.FLOOR
    returns: Returns = Returns.SHARE
    point_value: Positive = Decimal(1)
    point_step: Literal["1", "0.01"] | Decimal = Decimal(1)
    block: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    points_share: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(1)

    def made(self) -> reckoning.Policies:
        return reckoning.Policies(**dict(self) | {"point_step": Decimal(self.point_step)})
