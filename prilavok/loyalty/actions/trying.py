"""A basket is tried on the promotions that are live, with one more among them: it moves and keeps nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from prilavok.catalog import queries as catalog
from prilavok.catalog.ports import Sold
from prilavok.company import queries as company
from prilavok.kernel.actors import Actor, Refused
from prilavok.loyalty import reckoning
from prilavok.loyalty.actions.calculating import laid, sorted_codes
from prilavok.loyalty.definitions import PromotionWritten
from prilavok.loyalty.ports import TillBasket
from prilavok.loyalty.problems import UnknownGoods
from prilavok.loyalty.queries.names import names_of
from prilavok.loyalty.queries.rewards import brought
from prilavok.loyalty.queries.till import Situation, situation
from prilavok.segments import queries as segments

if TYPE_CHECKING:
    from prilavok.catalog.models import Product

UNSAVED = 0  # the number of a promotion that is only written down


@dataclass(frozen=True, slots=True)
class Trial:
    """The promotion that is tried among the live ones; `number`: its own, if it is kept already."""

    written: PromotionWritten
    number: int = UNSAVED
    public: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it. `names`: of promotions, by the answer's numbers: public id and name; `goods`: by code."""

    answer: reckoning.Answer
    names: Mapping[int, tuple[str, str]]
    goods: Mapping[str, Sold]
    gifts: Mapping[int, Product]
    situation: Situation
    trial: int | None


def try_basket(basket: TillBasket, trial: Trial | None = None, *, by: Actor, at: datetime) -> Tried:
    """Reckon a basket as a till would at its moment, whenever that is, and say of every promotion why it fits or not.

    Raises Refused, UnknownGoods.
    """
    by.must("loyalty.see")
    if not by.sees_shop(basket.shop_id):
        raise Refused("loyalty.see")
    goods = _goods(basket)
    local = basket.at.astimezone(company.zone_of(basket.shop_id))
    brand = company.brand_of(basket.shop_id)
    known = situation(basket.profile_id, brand_id=brand, card=basket.card, at=basket.at, today=local.date())
    good, _own, refused = sorted_codes(basket, known, goods, by)
    programme = known.book.programme(brand)
    tried = _made(trial) if trial else None
    answer = reckoning.calculate(
        laid(basket, known, goods, good, refused),
        _customer(known, tried) if basket.profile_id else None,
        local,
        _with(known.book.book, tried).with_more(brought(good.values())),
        programme.policies if programme else reckoning.Policies(),
        explain=True,
    )
    names = known.book.names | {-one.series_id: ("coupon", one.name) for one in good.values()}
    if trial:
        names |= {trial.number: (trial.public, trial.written.name)}
    gifts = catalog.products_by_id({one.product for one in answer.gifts}) if answer.gifts else {}
    return Tried(answer, names, goods, gifts, known, tried.id if tried else None)


def _goods(basket: TillBasket) -> dict[str, Sold]:
    found = catalog.sold({line.product for line in basket.lines})
    for place, line in enumerate(basket.lines):
        if line.product not in found:
            raise UnknownGoods(field=f"lines.{place}.product", product=line.product)
    return found


def _made(trial: Trial) -> reckoning.Promotion:
    names, _missing = names_of([trial.written])
    return trial.written.made(trial.number, names.number, version=trial.version)


def _with(book: reckoning.Book, tried: reckoning.Promotion | None) -> reckoning.Book:
    """The live promotions, this one instead of its live version."""
    if tried is None:
        return book
    return reckoning.Book([*(one for one in book.promotions if one.id != tried.id), tried])


def _customer(known: Situation, tried: reckoning.Promotion | None) -> reckoning.Customer:
    """Who buys; also in those segments that only the promotion tried asks for."""
    customer = known.customer
    if tried is None:
        return customer
    more = (tried.who.segments | tried.who.without_segments) - known.book.segments
    return replace(customer, segments=customer.segments | _those_in(more, known.profiles))


def _those_in(segment_ids: Collection[int], profiles: Collection[int]) -> frozenset[int]:
    return frozenset(one for one in segment_ids if any(segments.is_in(one, profile) for profile in profiles))
