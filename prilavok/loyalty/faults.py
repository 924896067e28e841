"""What is wrong with a promotion as somebody wrote it: where, and in words. Pure: names are looked up elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatch
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from prilavok.kernel import refusals
from prilavok.loyalty.definitions import (
    WEEKDAYS,
    AmountOff,
    Bundle,
    Earn,
    EarnEach,
    EffectWritten,
    Gift,
    GoodsWritten,
    Pair,
    PercentOff,
    PromotionWritten,
    Tiers,
    When,
    Written,
)
from prilavok.loyalty.reckoning import OWN_PERIODS, PERIODS

MOST = 1_000_000_000  # of anything that is counted
LEAST = Decimal("0.01")
MOST_GIFTS = 100  # of one kind on one receipt
_LATEST = timedelta(hours=14)  # how far a shop's clock may be from UTC


@dataclass(frozen=True, slots=True)
class Fault:
    """`place`: the key to blame, as `give.0.percent_off.percent`; empty: the whole."""

    place: str
    words: str


_OWN: Mapping[str, str | Promise] = {
    "too_short": _("Name at least one."),
    "extra_forbidden": _("A promotion has no such key."),
    "fewer must be paid than are taken": _("Fewer must be paid than are taken."),
    "an effect does exactly one thing": _("Say what the promotion gives: exactly one thing in each part."),
}


def read(definition: Any) -> tuple[PromotionWritten | None, list[Fault]]:
    """The promotion that is written; or what is wrong with how it is written."""
    try:
        written = PromotionWritten.model_validate(definition)
    except ValidationError as error:
        return None, [_shape(one) for one in error.errors(include_url=False, include_input=False)]
    odd = [
        Fault(place, gettext("Take the unprintable characters out.")) for place in _unprintable(definition)
    ]
    return (None, odd) if odd else (written, [])


def _unprintable(told: Any, place: str = "") -> Iterator[str]:
    """Places of texts that no table keeps."""
    if isinstance(told, str) and any(ord(letter) < ord(" ") for letter in told):
        yield place
    parts = told.items() if isinstance(told, Mapping) else enumerate(told) if isinstance(told, list) else ()
    for key, part in parts:
        if isinstance(key, str) and any(ord(letter) < ord(" ") for letter in key):
            yield place
        yield from _unprintable(part, f"{place}.{key}" if place else str(key))


def _shape(error: Any) -> Fault:
    kind, context = error["type"], error.get("ctx") or {}
    key = str(context.get("error", "")) if kind == "value_error" else kind
    words = str(_OWN[key]) if key in _OWN else refusals.words(error)
    return Fault(".".join(str(part) for part in error["loc"]), words)


def impossible(written: PromotionWritten) -> Iterator[Fault]:
    """What can never be, or would never end, in a promotion that is written properly."""
    yield from _times(written.when)
    yield from _limits(written)
    for number, need in enumerate(written.needs):
        yield from _goods(need.of, f"needs.{number}.of")
        yield from _huge(need.quantity, f"needs.{number}.quantity")
        if not need.quantity and not need.amount:
            yield Fault(f"needs.{number}.quantity", gettext("Say how many pieces, or how much money."))
    who = written.who
    if who.segments and set(who.segments) <= set(who.without_segments):
        yield Fault("who.segments", gettext("Nobody is left: these segments are excluded as well."))
    for number, give in enumerate(written.give):
        kind = next(iter(give.model_fields_set))
        yield from _effect(getattr(give, kind), f"give.{number}.{kind}")
    if any(give.gift for give in written.give) and _endless(written):
        words = gettext(
            "Every receipt would get this gift for ever. Name what it needs, a coupon, whom it is for, or a limit."
        )
        yield Fault("give", words)


def _times(when: When) -> Iterator[Fault]:
    if when.since and when.until:
        since, until = _comparable(when.since, when.until)
        if until <= since:
            yield Fault("when.until", gettext("It ends before it begins."))
            return
        days = {WEEKDAYS[(since + timedelta(days=day)).weekday()] for day in range(_days(since, until))}
        if when.weekdays and days.isdisjoint(when.weekdays):
            yield Fault(
                "when.weekdays", gettext("None of these weekdays lies between the first day and the last.")
            )
    if when.hours and when.hours.since == when.hours.until:
        yield Fault("when.hours.until", gettext("These hours are empty: they end when they begin."))


def _comparable(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Both as clocks show them, if one of them has no zone."""
    if bool(since.tzinfo) is bool(until.tzinfo):
        return since, until
    return since.replace(tzinfo=None), until.replace(tzinfo=None)


def _days(since: datetime, until: datetime) -> int:
    """How many days of the calendar are touched, seven at most."""
    last = until - timedelta(microseconds=1)
    return min((last.date() - since.date()).days + 1, 7)


def over(written: PromotionWritten, at: datetime) -> bool:
    """Whether its time has passed in every shop."""
    until = written.when.until
    if until is None:
        return False
    return until <= at if until.tzinfo else until <= (at - _LATEST).replace(tzinfo=None)


def to_come(written: PromotionWritten, at: datetime) -> bool:
    """Whether it has not begun in any shop."""
    since = written.when.since
    if since is None:
        return False
    return since > at if since.tzinfo else since > (at + _LATEST).replace(tzinfo=None)


def _limits(written: PromotionWritten) -> Iterator[Fault]:
    cheaper = any(not give.model_fields_set & _GIVE_NO_MONEY for give in written.give)
    for name, bound in written.limits:
        if not name.endswith("_money") or bound is None:
            continue
        if bound == 0:
            yield Fault(
                f"limits.{name}",
                gettext("With no money it is never used. Leave it empty or give a sum."),
            )
        elif not cheaper:
            words = gettext("It takes no money off, so this would never be reached. Limit how many times.")
            yield Fault(f"limits.{name}", words)


_GIVE_NO_MONEY = {"gift", "earn", "earn_each", "multiply"}


def _goods(goods: GoodsWritten, place: str) -> Iterator[Fault]:
    """Goods that exclude all that they name."""
    products = set(goods.products) - set(goods.without_products)
    categories = set(goods.categories) - set(goods.without_categories)
    if (goods.products or goods.categories) and not (products or categories or goods.brands):
        yield Fault(
            f"{place}.without_products", gettext("No goods are left: all that are named are excluded.")
        )


@singledispatch
def _effect(effect: Written, place: str) -> Iterator[Fault]:
    """What is wrong with one effect."""
    if isinstance(effect, EffectWritten):
        yield from _goods(effect.of, f"{place}.of")


@_effect.register
def _bundle(effect: Bundle, place: str) -> Iterator[Fault]:
    for number, item in enumerate(effect.items):
        yield from _goods(item.of, f"{place}.items.{number}.of")


@_effect.register
def _gift(effect: Gift, place: str) -> Iterator[Fault]:
    if effect.quantity > MOST_GIFTS:
        words = gettext("At most %(most)s pieces of a gift on one receipt.") % {"most": MOST_GIFTS}
        yield Fault(f"{place}.quantity", words)


@_effect.register(PercentOff)
@_effect.register(Pair)
def _percent(effect: PercentOff | Pair, place: str) -> Iterator[Fault]:
    yield from _goods(effect.of, f"{place}.of")
    if not effect.percent:
        yield Fault(f"{place}.percent", gettext("It takes nothing off."))


@_effect.register
def _amount(effect: AmountOff, place: str) -> Iterator[Fault]:
    yield from _goods(effect.of, f"{place}.of")
    if not effect.amount:
        yield Fault(f"{place}.amount", gettext("It takes nothing off."))


@_effect.register
def _tiers(effect: Tiers, place: str) -> Iterator[Fault]:
    yield from _goods(effect.of, f"{place}.of")
    if not any(effect.steps.values()):
        yield Fault(f"{place}.steps", gettext("It takes nothing off."))
    if min(effect.steps) < 0:
        yield Fault(f"{place}.steps", gettext("A step begins at nothing or more."))
    yield from _huge(max(effect.steps), f"{place}.steps")


@_effect.register
def _earn(effect: Earn, place: str) -> Iterator[Fault]:
    yield from _goods(effect.of, f"{place}.of")
    if not effect.percent and not any(effect.by_tier.values()):
        yield Fault(f"{place}.percent", gettext("It gives no points."))


@_effect.register
def _earn_each(effect: EarnEach, place: str) -> Iterator[Fault]:
    yield from _goods(effect.of, f"{place}.of")
    if effect.each is not None and effect.each < LEAST:
        yield Fault(f"{place}.each", gettext("It must be at least %(ge)s.") % {"ge": LEAST})
    yield from _huge(max(effect.points, effect.each or effect.points), f"{place}.points")


def _huge(figure: Decimal, place: str) -> Iterator[Fault]:
    if figure > MOST:
        yield Fault(place, gettext("It must be at most %(le)s.") % {"le": MOST})


def _endless(written: PromotionWritten) -> bool:
    """Whether nothing at all holds a gift back."""
    limits = written.limits
    bounds = [getattr(limits, name) for name in ("all", "own", *OWN_PERIODS, *PERIODS)]
    return (
        not written.needs
        and written.coupon is None
        and not written.who.model_fields_set
        and all(one is None for one in bounds)
        and all(give.gift for give in written.give)
    )


# Kinds of things that a promotion names, by the key that names them.
_KINDS = {
    "products": "product",
    "without_products": "product",
    "categories": "category",
    "without_categories": "category",
    "brands": "brand",
    "shops": "shop",
    "tills": "till",
    "segments": "segment",
    "without_segments": "segment",
    "tiers": "tier",
    "card_kinds": "card_kind",
    "card_statuses": "card_status",
}
_MISSING: Mapping[str, str | Promise] = {
    "product": _("The catalog has no product with the code “%(name)s”."),
    "category": _("The catalog has no category with the code “%(name)s”."),
    "brand": _("No product is made by “%(name)s”."),
    "shop": _("There is no shop with the code “%(name)s”."),
    "till": _("There is no till “%(name)s”: name it as shop/till."),
    "segment": _("There is no segment %(name)s."),
    "tier": _("There is no tier with the code “%(name)s”."),
    "card_kind": _("There is no kind of cards with the code “%(name)s”."),
    "card_status": _("There is no status of cards with the code “%(name)s”."),
    "series": _("There is no series of coupons with the code “%(name)s”."),
}


def named(written: PromotionWritten) -> list[tuple[str, str, str]]:
    """All things that a promotion names: the place, the kind of thing, the name."""
    return list(_named(written.model_dump(exclude_unset=True), ""))


def _named(value: Any, place: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from _named(part, f"{place}.{number}")
    if not isinstance(value, dict):
        return
    for key, part in value.items():
        here = f"{place}.{key}" if place else str(key)
        kind = _KINDS.get(key)
        if kind and isinstance(part, list):
            yield from ((here, kind, str(name)) for name in part)
        elif key == "by_tier":
            yield from ((here, "tier", str(name)) for name in part)
        elif here == "coupon" and part is not None:
            yield here, "series", str(part)
        else:
            yield from _named(part, here)


def missing(written: PromotionWritten, unknown: Mapping[str, set[str]]) -> list[Fault]:
    """A fault for each place that names what is not there; `unknown`: names by kind."""
    return [
        Fault(place, str(_MISSING[kind]) % {"name": name})
        for place, kind, name in named(written)
        if name in unknown.get(kind, ())
    ]
