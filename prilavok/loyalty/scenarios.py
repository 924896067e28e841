"""Scenario files: a basket, a customer, promotions and what must come of it, in YAML. How users prove their settings.

    scenario: Fifteen per cent, by line
    promotions:
      - name: Fifteen
        give: {percent_off: 15}
    steps:
      - calculate: {lines: [{price: 3.30}, {price: 4.70}, {price: 9.90}]}
        expect: {total: 15.20, discounts: [0.50, 0.71, 1.49]}

Steps are tried one after another; what a step does not name stays as the step before it left it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from prilavok.loyalty import reckoning
from prilavok.loyalty.definitions import Name, PoliciesWritten, PromotionWritten, Written

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


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
    """`coupons`: series by code; `refused`: why a code isn't good; `stock`: pieces of a gift that there are."""

    lines: list[LineWritten] = Field(min_length=1)
    shop: Name | None = None
    till: Name | None = None
    channel: str = "shop"
    payment: str = ""
    coupons: dict[str, Name] = {}
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


class CustomerWritten(Written):
    """`uses`: how often each promotion, by its name, was used before."""

    segments: list[Name] = []
    tier: Name | None = None
    card_kind: Name | None = None
    birthday: date | None = None
    orders: int = 0
    balance: Decimal = Decimal(0)
    uses: dict[str, UsesWritten] = {}


class Expected(Written):
    """What must come out; what isn't named isn't looked at.

    `discounts`, `points_off`, `to_pay`: by line. `earned`: points by promotion. `amounts`: money off by promotion.
    `refusals`: why a promotion did not fit. `unused`: codes that changed nothing, and why.
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


class Step(Written):
    """One reckoning, of this basket, at this moment of the shop's time, for this customer."""

    calculate: BasketWritten
    moment: datetime | None = None
    customer: CustomerWritten | None = None
    expect: Expected


class Scenario(Written):
    """One story: its policies and promotions, who buys and when, and the steps."""

    scenario: str
    policies: PoliciesWritten = PoliciesWritten()
    promotions: list[PromotionWritten] = []
    customer: CustomerWritten | None = CustomerWritten()
    moment: datetime = MONDAY_NOON
    steps: Annotated[list[Step], BeforeValidator(lambda one: [one] if isinstance(one, dict) else one)] = (
        Field(min_length=1)
    )


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
    """Try a scenario; what differs from what it expects."""
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
        answer = reckoning.calculate(
            _basket(step.calculate, names),
            _customer(customer, names, live),
            local,
            book,
            policies,
            explain=True,
        )
        found = _found(answer, names, {promotion.id: name for name, promotion in live.items()})
        yield from _compared(scenario.scenario, number, step.expect, found)


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
        coupons={code: names.number("series", series) for code, series in written.coupons.items()},
        refused=written.refused,
        points=written.points,
        stock={names.number("product", one): pieces for one, pieces in written.stock.items()},
    )


def _customer(
    written: CustomerWritten | None, names: _Names, live: dict[str, reckoning.Promotion]
) -> reckoning.Customer | None:
    if written is None:
        return None
    return reckoning.Customer(
        segments=frozenset(names.number("segment", one) for one in written.segments),
        tier=None if written.tier is None else names.number("tier", written.tier),
        card_kind=None if written.card_kind is None else names.number("card_kind", written.card_kind),
        birthday=written.birthday,
        orders=written.orders,
        balance=written.balance,
        uses={
            live[name].id: reckoning.Uses(**dict(uses)) for name, uses in written.uses.items() if name in live
        },
    )


def _found(answer: reckoning.Answer, names: _Names, of: dict[int, str]) -> dict[str, Any]:
    """The answer in the words of `Expected`."""
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
        "gifts": [names.name("product", one.product) for one in answer.gifts],
        "amounts": {of[one.promotion]: one.amount for one in verdicts if one.amount},
        "earned": {of[one.promotion]: one.points for one in verdicts if one.points},
        "refusals": {of[one.promotion]: one.refusal.reason for one in verdicts if one.refusal},
        "unused": answer.unused_coupons,
    }


def _compared(scenario: str, step: int, expected: Expected, found: dict[str, Any]) -> Iterator[Difference]:
    for what in sorted(expected.model_fields_set):
        wanted = getattr(expected, what)
        if wanted is not None and wanted != found[what]:
            yield Difference(scenario, step, what, wanted, found[what])
