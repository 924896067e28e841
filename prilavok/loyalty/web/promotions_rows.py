"""A draft as the template draws it: fields, choices of things, rows, with what is wrong beside each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.loyalty import queries, sentences
from prilavok.loyalty.definitions import WEEKDAYS
from prilavok.loyalty.faults import Fault
from prilavok.loyalty.queries import Said
from prilavok.loyalty.reckoning.promotions import Stacking
from prilavok.loyalty.web.promotions_drafts import (
    FIGURES,
    GOODS,
    LIMITS,
    OF_NO_GOODS,
    WHERE,
    WHO,
    Draft,
    place_of,
)

Words = str | Promise
ANY: Words = _("any")
KINDS: Mapping[str, Words] = {
    "percent_off": _("a discount in per cent"),
    "amount_off": _("a discount in money"),
    "fixed_price": _("a fixed price"),
    "tiers": _("a discount that grows with how much is taken"),
    "multiple": _("N for the price of M"),
    "pair": _("the second piece cheaper"),
    "bundle": _("a set for a price"),
    "gift": _("a gift"),
    "earn": _("points: a part of what is paid"),
    "earn_each": _("points: so many, or for each sum"),
    "multiply": _("points of other promotions × N"),
}
_LABELS: Mapping[str, Words] = {
    "name": _("Name"),
    "pieces": _("Pieces"),
    "percent": _("Per cent"),
    "amount": _("Sum"),
    "price": _("Price"),
    "take": _("Take"),
    "pay": _("Pay for"),
    "quantity": _("Pieces"),
    "points": _("Points"),
    "each": _("For each sum paid; empty: once"),
    "factor": _("Times over"),
    "products": _("products"),
    "categories": _("categories"),
    "brands": _("manufacturers"),
    "without_products": _("without products"),
    "without_categories": _("without categories"),
    "shops": _("Shops"),
    "tills": _("Tills"),
    "channels": _("Channels"),
    "payments": _("Ways of paying"),
    "segments": _("In segments"),
    "without_segments": _("Not in segments"),
    "tiers": _("Tiers"),
    "card_kinds": _("Kinds of cards"),
    "card_statuses": _("Statuses of cards"),
    "coupon": _("Series of coupons"),
}
_LIMITS: Mapping[str, Words] = {
    "receipt": _("On one receipt, times (sets, gifts, N for M)"),
    "today": _("By one customer a day, times"),
    "own_week": _("By one customer a week, times"),
    "own_month": _("By one customer a month, times"),
    "own": _("By one customer in all, times"),
    "day": _("By all customers a day, times"),
    "week": _("By all customers a week, times"),
    "month": _("By all customers a month, times"),
    "all": _("By all customers, times"),
    "today_money": _("For one customer a day, money"),
    "own_week_money": _("For one customer a week, money"),
    "own_month_money": _("For one customer a month, money"),
    "own_money": _("For one customer in all, money"),
    "day_money": _("For all customers a day, money"),
    "week_money": _("For all customers a week, money"),
    "month_money": _("For all customers a month, money"),
    "all_money": _("For all customers, money"),
}
COMMON_LIMITS = ("today", "own", "own_money", "all", "all_money")
"""Those that most promotions have; the others are folded."""
_GIFT_PRODUCTS = _("The gift; of several, the first in stock")


@dataclass(frozen=True)
class Field:
    """One control: `kind` is its type in the browser."""

    name: str
    label: Words
    value: str
    kind: str = "figure"
    trouble: str = ""
    help: Words = ""


@dataclass(frozen=True)
class Choice:
    """A place where things are picked: those chosen, and a search for more."""

    name: str
    label: Words
    thing: str
    chips: Sequence[tuple[str, str]]
    trouble: str = ""
    any: Words = ANY


@dataclass(frozen=True)
class Goods:
    place: str
    choices: Sequence[Choice]
    delivery: bool
    trouble: str = ""


@dataclass(frozen=True)
class Row:
    """A part of what a promotion gives or needs, or one item of a set."""

    place: str
    number: int
    kind: str = ""
    fields: Sequence[Field] = ()
    goods: Goods | None = None
    gift: Choice | None = None
    by: str = ""
    steps: Sequence[Row] = ()
    items: Sequence[Row] = ()
    tiers: Sequence[Field] = ()
    trouble: str = ""
    removable: bool = True


@dataclass
class Sheet:
    """The whole draft as it is drawn; troubles that no control shows stand in `rest`."""

    draft: Draft
    faults: Sequence[Fault] = ()
    rest: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._troubles: dict[str, str] = {}
        for one in self.faults:
            self._troubles.setdefault(place_of(one.place), one.words)
        self._shown: set[str] = set()
        self.said: Said = queries.called(_things(self.draft))
        self.name = self._field("name", _("Name"), self.draft["name"], "text")
        self.give = [self._effect(row, number) for number, row in enumerate(self.draft["give"])]
        self.needs = [self._need(row, number) for number, row in enumerate(self.draft["needs"])]
        self.when = list(self._when())
        self.weekdays = [
            (day, sentences.DAYS[day], day in self.draft["when"]["weekdays"]) for day in WEEKDAYS
        ]
        self.days_trouble = self._trouble("when.weekdays")
        self.where = [
            *(
                self._choice(f"where.{name}", name, thing, self.draft["where"][name])
                for name, thing in WHERE.items()
            )
        ]
        self.words = [
            self._field(f"where.{name}", _LABELS[name], ", ".join(self.draft["where"][name]), "text")
            for name in ("channels", "payments")
        ]
        self.who = [
            self._choice(f"who.{name}", name, thing, self.draft["who"][name]) for name, thing in WHO.items()
        ]
        self.birthday = [
            self._field(f"who.birthday.{name}", label, self.draft["who"]["birthday"][name])
            for name, label in (("before", _("Days before the birthday")), ("after", _("Days after it")))
        ]
        self.coupon = self._choice("coupon", "coupon", "series", self.draft["coupon"], any_=_("not needed"))
        limits = {
            name: self._field(f"limits.{name}", _LIMITS[name], self.draft["limits"][name]) for name in LIMITS
        }
        self.limits = [limits[name] for name in COMMON_LIMITS]
        self.rare_limits = [one for name, one in limits.items() if name not in COMMON_LIMITS]
        self.rare_open = any(one.value or one.trouble for one in self.rare_limits)
        self.control = [
            self._field(f"control.{name}", label, self.draft["control"][name])
            for name, label in (
                ("percent", _("Per cent of the customers; empty: none")),
                ("days", _("Days of analysis; empty: 28")),
            )
        ]
        self.stacking = [(one.value, sentences.STACKING[one]) for one in Stacking]
        self.order = [
            self._field("priority", _("Priority: the lower comes first"), self.draft["priority"]),
            self._field(
                "group",
                _("Group"),
                self.draft["group"],
                "text",
                help=_("Of the promotions with one word here, one wins."),
            ),
        ]
        self.give_trouble = self._trouble("give")
        self.rest += [words for place, words in self._troubles.items() if place not in self._shown]

    @property
    def kinds(self) -> Mapping[str, Words]:
        return KINDS

    def _trouble(self, place: str) -> str:
        self._shown.add(place)
        return self._troubles.get(place, "")

    def _field(self, name: str, label: Words, value: str, kind: str = "figure", help: Words = "") -> Field:
        return Field(name, label, value, kind, self._trouble(name), help)

    def _choice(
        self,
        place: str,
        key: str,
        thing: str,
        chosen: Sequence[str],
        *,
        label: Words = "",
        any_: Words = ANY,
    ) -> Choice:
        chips = [(value, self.said(thing, value)) for value in chosen]
        return Choice(place, label or _LABELS[key], thing, chips, self._trouble(place), any_)

    def _goods(self, of: Draft, place: str) -> Goods:
        choices = [self._choice(f"{place}.{name}", name, thing, of[name]) for name, thing in GOODS.items()]
        return Goods(place, choices, of["delivery"], self._trouble(place))

    def _effect(self, row: Draft, number: int) -> Row:
        place, kind = f"give.{number}", row["kind"]
        return Row(
            place,
            number,
            kind,
            [self._field(f"{place}.{name}", _LABELS[name], row[name]) for name in FIGURES[kind]],
            None if kind in OF_NO_GOODS else self._goods(row["of"], f"{place}.of"),
            self._choice(f"{place}.products", "products", "product", row["products"], label=_GIFT_PRODUCTS)
            if kind == "gift"
            else None,
            row["by"],
            list(self._steps(row, place)) if kind == "tiers" else (),
            [self._item(item, place, inner) for inner, item in enumerate(row["items"])]
            if kind == "bundle"
            else (),
            list(self._tiers(row, place)) if kind == "earn" else (),
            self._trouble(f"{place}.kind")
            or self._trouble(f"{place}.steps")
            or self._trouble(f"{place}.items"),
        )

    def _steps(self, row: Draft, place: str) -> Iterator[Row]:
        for number, (start, percent) in enumerate(row["steps"]):
            here = f"{place}.steps.{number}"
            fields = [
                self._field(f"{here}.start", _("From"), start),
                self._field(f"{here}.percent", _("Per cent"), percent),
            ]
            yield Row(here, number, fields=fields)

    def _item(self, item: Draft, above: str, number: int) -> Row:
        place = f"{above}.items.{number}"
        pieces = self._field(f"{place}.pieces", _("Pieces"), item["pieces"])
        return Row(
            place, number, fields=[pieces], goods=self._goods(item["of"], f"{place}.of"), removable=number > 0
        )

    def _tiers(self, row: Draft, place: str) -> Iterator[Field]:
        for code, name in queries.tiers_offered():
            yield self._field(f"{place}.by_tier.{code}", name, row["by_tier"].get(code, ""))

    def _need(self, need: Draft, number: int) -> Row:
        place = f"needs.{number}"
        fields = [
            self._field(f"{place}.quantity", _("Pieces, at least"), need["quantity"]),
            self._field(f"{place}.amount", _("Money, at least"), need["amount"]),
        ]
        return Row(place, number, fields=fields, goods=self._goods(need["of"], f"{place}.of"))

    def _when(self) -> Iterator[Field]:
        when = self.draft["when"]
        help = _("The first moment outside: 00:00 of the day after the last.")
        for name, label, told in (("since", _("Begins"), ""), ("until", _("Ends"), help)):
            kind = "text" if len(when[name]) > 16 else "datetime-local"
            yield self._field(f"when.{name}", label, when[name], kind, told)
        for name, label in (("since", _("Hours from")), ("until", _("Hours till"))):
            yield self._field(f"when.hours.{name}", label, when["hours"][name], "time")


def _things(draft: Draft) -> Iterator[tuple[str, str]]:
    """All things named in a draft: kind and name."""
    places = [
        (draft["where"], WHERE),
        (draft["who"], WHO),
        ({"coupon": draft["coupon"]}, {"coupon": "series"}),
    ]
    goods = [need["of"] for need in draft["needs"]]
    for row in draft["give"]:
        places.append((row, {"products": "product"}))
        goods += [row["of"], *(item["of"] for item in row["items"])]
    for holder, kinds in [*places, *((one, GOODS) for one in goods)]:
        for key, kind in kinds.items():
            yield from ((kind, name) for name in holder[key])


def links(faults: Sequence[Fault]) -> list[tuple[str, str]]:
    """Each fault with the control to go to, after its label."""
    return [(place := place_of(one.place), _labelled(place, one.words)) for one in faults]


def _labelled(place: str, words: str) -> str:
    last = place.rpartition(".")[2]
    label = _LIMITS.get(last) if place.startswith("limits.") else _LABELS.get(last)
    if place.startswith("control."):
        label = sentences.LABELS["control"]
    return f"{label}: {words}" if label else words
