"""Scenario files: a basket, a customer, promotions and what must come of it, in YAML. How users prove their settings.

    scenario: Fifteen per cent, by line
    promotions:
      - name: Fifteen
        give: {percent_off: 15}
    steps:
      - calculate: {lines: [{price: 3.30}, {price: 4.70}, {price: 9.90}]}
        expect: {total: 15.20, discounts: [0.50, 0.71, 1.49]}

Steps are tried one after another; what a step does not name stays as the step before it left it. A scenario of
reckonings alone is pure; one that also pays, returns, merges or waits needs a database (`rehearsal`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from prilavok.loyalty import reckoning
from prilavok.loyalty.definitions import Name, PoliciesWritten, PromotionWritten, Written

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


Positive = Annotated[Decimal, Field(gt=0)]


class LineWritten(Written):
    """A line; a product without a name is one of its own."""

    price: Annotated[Decimal, Field(ge=0)]
    quantity: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    product: Name | None = None
    categories: list[Name] = []
    brand: Name | None = None
    closed: bool = False
    floor: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    delivery: bool = False


class BasketWritten(Written):
    """`coupons`: series by code (with a database: the codes); `stock`: pieces of a gift that there are.

    `refused`: why a code isn't good, where no database could tell. `name`: what a later `commit` calls this.
    """

    lines: list[LineWritten] = Field(min_length=1)
    name: str = ""
    shop: Name | None = None
    till: Name | None = None
    channel: str = "shop"
    payment: str = ""
    coupons: dict[str, Name] | list[str] = {}
    refused: dict[str, str] = {}
    points: Decimal | None = None
    stock: dict[Name, Decimal] = {}


class UsesWritten(Written):
    all: int = 0
    all_money: Decimal = Decimal(0)
    own: int = 0
    own_money: Decimal = Decimal(0)
    today: int = 0
    today_money: Decimal = Decimal(0)
    own_week: int = 0
    own_week_money: Decimal = Decimal(0)
    own_month: int = 0
    own_month_money: Decimal = Decimal(0)
    day: int = 0
    day_money: Decimal = Decimal(0)
    week: int = 0
    week_money: Decimal = Decimal(0)
    month: int = 0
    month_money: Decimal = Decimal(0)


class CustomerWritten(Written):
    """`uses`: how often each promotion, by its name, was used before."""

    segments: list[Name] = []
    tier: Name | None = None
    card_kind: Name | None = None
    card_status: Name | None = None
    birthday: date | None = None
    orders: int = 0
    balance: Decimal = Decimal(0)
    uses: dict[str, UsesWritten] = {}


class CommitWritten(BasketWritten):
    """A basket is reckoned and paid, or the one that was reckoned as `calculation` is paid.

    `receipt`: its fiscal number, which a return names; the same one again is the till that sends it again.
    """

    lines: list[LineWritten] = []
    receipt: str
    calculation: str = ""

    @model_validator(mode="after")
    def _one_basket(self) -> CommitWritten:
        if bool(self.lines) == bool(self.calculation):
            raise ValueError("either lines or the name of a calculation")
        return self


class ReturnWritten(Written):
    """So much of each line, by its number, comes back; `number`: the return's own, the same one is told again."""

    receipt: str
    lines: dict[int, Positive] = Field(min_length=1)
    number: str = ""


class GrantWritten(Written):
    """Points come to the customer; `until` is the first day that they are no longer good for."""

    points: Positive
    until: date | None = None


class IssueWritten(Written):
    """The customer gets a code of a series, which coupons of later baskets name by `code`."""

    series: Name
    code: str


class WaitWritten(Written):
    days: int = Field(0, ge=0)
    hours: int = Field(0, ge=0)
    minutes: int = Field(0, ge=0)


class ProgrammeWritten(Written):
    """When points ripen and lapse, and what returns do."""

    pending_days: Annotated[int, Field(ge=0)] = 0
    lifetime_days: Annotated[int, Field(ge=1)] | None = 365
    grace_days: Annotated[int, Field(ge=0)] = 14
    owes: bool = True
    coupon_back: bool = False


class TierWritten(Written):
    """A tier; they stand in the order of the file, the lowest first."""

    entry: Annotated[Decimal, Field(ge=0)]
    measure: Literal["turnover", "orders", "points"] = "turnover"
    days: Annotated[int, Field(ge=1)] | None = 365
    kept: Annotated[Decimal, Field(ge=0)] | None = None
    held_days: int = Field(365, ge=1)
    grace_days: int = Field(0, ge=0)


class SeriesWritten(Written):
    """A series of coupons; without a reward of its own a promotion asks for it. `codes` are made up by hand."""

    reward: Literal["percent", "amount", "price", "other"] = "other"
    value: Positive | None = None
    minimum: Annotated[Decimal, Field(ge=0)] | None = None
    personal: bool = False
    uses: Annotated[int, Field(ge=1)] | None = None
    until: datetime | None = None
    first_order: bool = False
    products: list[Name] = []
    categories: list[Name] = []
    codes: list[str] = []


class PersonWritten(Written):
    """A customer of a scenario with a database."""

    birthday: date | None = None


class Expected(Written):
    """What must come out; what isn't named isn't looked at.

    `discounts`, `points_off`, `to_pay`: by line. `earned`: points by promotion. `amounts`: money off by promotion.
    `refusals`: why a promotion did not fit. `unused`: codes that changed nothing, and why.
    With a database: `balance`, `pending`, `owed`, `tier` of the customer, `uses` of promotions by them (nobody known:
    by all), `refund` of a return, and `refused`, why the step itself is not possible.
    """

    total: Decimal | None = None
    discount: Decimal | None = None
    discounts: list[Decimal] | None = None
    paid_by_points: Decimal | None = None
    points_off: list[Decimal] | None = None
    points_spent: Decimal | None = None
    points_to_spend: Decimal | None = None
    points_earned: Decimal | None = None
    to_pay: list[Decimal] | None = None
    gifts: list[Name] | None = None
    amounts: dict[str, Decimal] | None = None
    earned: dict[str, Decimal] | None = None
    refusals: dict[str, str] | None = None
    unused: dict[str, str] | None = None
    balance: Decimal | None = None
    pending: Decimal | None = None
    owed: Decimal | None = None
    tier: Name | None = None
    uses: dict[str, int] | None = None
    refund: Decimal | None = None
    refused: str | None = None


KEPT = frozenset({"balance", "pending", "owed", "tier", "uses", "refund", "refused"})  # by a database only
DONE = ("calculate", "commit", "give_back", "cancel", "merge", "undo_merge", "grant", "issue", "wait")


class Step(Written):
    """One thing that happens, to this customer, at this moment of the shop's time; with none of them: a look."""

    model_config = ConfigDict(populate_by_name=True)

    calculate: BasketWritten | None = None
    commit: CommitWritten | None = None
    give_back: ReturnWritten | None = Field(None, alias="return")
    cancel: str | None = None
    merge: list[str] | None = Field(None, min_length=2, max_length=2)
    undo_merge: str | None = None
    grant: GrantWritten | None = None
    issue: IssueWritten | None = None
    wait: WaitWritten | None = None
    moment: datetime | None = None
    customer: CustomerWritten | str | None = None
    expect: Expected = Expected()

    @model_validator(mode="after")
    def _one_thing(self) -> Step:
        if len([name for name in DONE if getattr(self, name) is not None]) > 1:
            raise ValueError("a step does one thing")
        return self


class Scenario(Written):
    """One story: its policies and promotions, who buys and when, and the steps."""

    scenario: str
    policies: PoliciesWritten = PoliciesWritten()
    programme: ProgrammeWritten = ProgrammeWritten()
    tiers: dict[str, TierWritten] = {}
    series: dict[str, SeriesWritten] = {}
    customers: dict[str, PersonWritten] = {}
    promotions: list[PromotionWritten] = []
    customer: CustomerWritten | str | None = CustomerWritten()
    moment: datetime = MONDAY_NOON
    steps: Annotated[list[Step], BeforeValidator(lambda one: [one] if isinstance(one, dict) else one)] = (
        Field(min_length=1)
    )

    @property
    def needs_database(self) -> bool:
        """Whether something happens that a reckoning alone doesn't know."""
        return bool(
            self.model_fields_set & {"programme", "tiers", "series", "customers"}
            or any(one.calculate is None or one.expect.model_fields_set & KEPT for one in self.steps)
        )

    @model_validator(mode="after")
    def _people_are_named(self) -> Scenario:
        named = [self.customer] if "customer" in self.model_fields_set else []
        named += [step.customer for step in self.steps if "customer" in step.model_fields_set]
        named += [name for step in self.steps for name in [*(step.merge or ()), step.undo_merge]]
        for one in named:
            if isinstance(one, str) and one not in self.customers:
                raise ValueError(f"customers: there is no {one}")
            if isinstance(one, CustomerWritten) and self.needs_database:
                raise ValueError("customer: name one of customers, since something is written here")
        return self


@dataclass(frozen=True, slots=True)
class Difference:
    """What a step should have come to and did not: the scenario, the step's number from 1, what, both values."""

    scenario: str
    step: int
    what: str
    expected: Any
    found: Any


class BadScenario(Exception):
    """The file isn't one of scenarios: where, and what is wrong there."""


def read(text: str) -> list[Scenario]:
    """All scenarios of a file (YAML documents, or a list in one). Raises BadScenario, naming the place."""
    try:
        found = [one for one in yaml.load_all(text, Loader=_Exact) if one is not None]
    except yaml.YAMLError as error:
        raise BadScenario(str(error)) from error
    flat = [one for part in found for one in (part if isinstance(part, list) else [part])]
    try:
        return TypeAdapter(list[Scenario]).validate_python(flat)
    except ValidationError as error:
        raise BadScenario("\n".join(_told(one, flat) for one in error.errors())) from error


def _told(error: Any, flat: list[Any]) -> str:
    number, *place = error["loc"]
    name = flat[number].get("scenario", number + 1) if isinstance(flat[number], dict) else number + 1
    return f"{name}: {'.'.join(map(str, place))}: {error['msg']}"


class _Exact(yaml.SafeLoader):
    """YAML whose figures are exact: 0.1 is a tenth, not the nearest binary fraction."""


def _figure(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal | str:
    """What is no figure (.inf, .nan) stays a text, which no field takes."""
    written = str(loader.construct_scalar(node))
    try:
        return Decimal(written.replace("_", ""))
    except ArithmeticError:
        return written


_Exact.add_constructor("tag:yaml.org,2002:float", _figure)


def run(scenario: Scenario) -> Iterator[Difference]:
    """Try a scenario of reckonings alone; what differs from what it expects."""
    names = _Names()
    live = {
        one.name: one.made(number, names.number) for number, one in enumerate(scenario.promotions, start=1)
    }
    book = reckoning.Book(live.values())
    policies = scenario.policies.made()
    customer, moment = scenario.customer, scenario.moment
    for number, step in enumerate(scenario.steps, start=1):
        if "customer" in step.model_fields_set:
            customer = step.customer
        moment = step.moment or moment
        local = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        assert step.calculate is not None and not isinstance(customer, str)
        answer = reckoning.calculate(
            _basket(step.calculate, names),
            _customer(customer, names, live),
            local,
            book,
            policies,
            explain=True,
        )
        found = reckoned(
            answer,
            lambda product: names.name("product", product),
            {promotion.id: name for name, promotion in live.items()},
        )
        yield from compared(scenario.scenario, number, step.expect, found)


class _Names:
    """Numbers for whatever a scenario names, and back."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, Name], int] = {}

    def number(self, kind: str, name: Name) -> int:
        return self._numbers.setdefault((kind, name), len(self._numbers) + 1)

    def name(self, kind: str, number: int) -> Name:
        return next(name for (one, name), known in self._numbers.items() if (one, known) == (kind, number))


def _basket(written: BasketWritten, names: _Names) -> reckoning.Basket:
    lines = tuple(
        reckoning.Line(
            number=number,
            product=names.number("product", f"line {number}" if line.product is None else line.product),
            price=line.price,
            quantity=line.quantity,
            within=frozenset(names.number("category", one) for one in line.categories),
            brand=None if line.brand is None else names.number("brand", line.brand),
            closed=line.closed,
            floor=line.floor,
            delivery=line.delivery,
        )
        for number, line in enumerate(written.lines, start=1)
    )
    return reckoning.Basket(
        lines,
        shop=None if written.shop is None else names.number("shop", written.shop),
        till=None if written.till is None else names.number("till", written.till),
        channel=written.channel,
        payment=written.payment,
        coupons={code: names.number("series", series) for code, series in _by_code(written).items()},
        refused=written.refused,
        points=written.points,
        stock={names.number("product", one): pieces for one, pieces in written.stock.items()},
    )


def _by_code(written: BasketWritten) -> dict[str, Name]:
    """Series by code; codes alone mean something in a story that has real coupons."""
    return written.coupons if isinstance(written.coupons, dict) else {}


def _customer(
    written: CustomerWritten | None, names: _Names, live: dict[str, reckoning.Promotion]
) -> reckoning.Customer | None:
    if written is None:
        return None
    return reckoning.Customer(
        segments=frozenset(names.number("segment", one) for one in written.segments),
        tier=None if written.tier is None else names.number("tier", written.tier),
        card_kind=None if written.card_kind is None else names.number("card_kind", written.card_kind),
        card_status=None if written.card_status is None else names.number("card_status", written.card_status),
        birthday=written.birthday,
        orders=written.orders,
        balance=written.balance,
        uses={
            live[name].id: reckoning.Uses(**dict(uses)) for name, uses in written.uses.items() if name in live
        },
    )


def reckoned(
    answer: reckoning.Answer, product: Callable[[int], Name], of: Mapping[int, str]
) -> dict[str, Any]:
    """The answer in the words of `Expected`; `product` and `of` are names of products and of promotions."""
    verdicts = answer.verdicts.values()
    return {
        "total": answer.total,
        "discount": answer.discount,
        "discounts": [sum((amount for _, amount in one.discounts), Decimal(0)) for one in answer.lines],
        "paid_by_points": answer.paid_by_points,
        "points_off": [one.paid_by_points for one in answer.lines],
        "points_spent": answer.points_spent,
        "points_to_spend": answer.points_to_spend,
        "points_earned": answer.points_earned,
        "to_pay": [one.to_pay for one in answer.lines],
        "gifts": [product(one.product) for one in answer.gifts],
        "amounts": {of[one.promotion]: one.amount for one in verdicts if one.amount},
        "earned": {of[one.promotion]: one.points for one in verdicts if one.points},
        "refusals": {of[one.promotion]: one.refusal.reason for one in verdicts if one.refusal},
        "unused": answer.unused_coupons,
    }


def compared(scenario: str, step: int, expected: Expected, found: Mapping[str, Any]) -> Iterator[Difference]:
    """What differs from what a step expects."""
    for what in sorted(expected.model_fields_set):
        wanted = getattr(expected, what)
        if wanted is not None and wanted != found.get(what):
            yield Difference(scenario, step, what, wanted, found.get(what))
