"""Where customers live and shops stand, so that conditions may ask how far somebody lives from any shop.

Degrees are kept as whole millionths, so that both sides of a comparison hold the same number. The distance is the one
of `rules.nearest`: along the great circle, in whole metres.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from prilavok.company import queries as company
from prilavok.company.events import ShopPlaced
from prilavok.customers.events import CustomerChanged, CustomerErased, CustomersMerged, MergeUndone
from prilavok.customers.queries import postal
from prilavok.customers.queries.people import heads_of
from prilavok.customers.rules.nearest import RADIUS
from prilavok.facts import found
from prilavok.facts.found import Found
from prilavok.facts.schema import Column, Fact, Filter, Measure, Picker, StateTable
from prilavok.kernel.actors import Actor
from prilavok.kernel.places import Point

_DEGREES = (Column("latitude", "Int32"), Column("longitude", "Int32"))


def _place(point: Point) -> dict[str, int]:
    return {"latitude": int(point.latitude * 1_000_000), "longitude": int(point.longitude * 1_000_000)}


def _homes(asked: list[int]) -> Iterable[dict[str, Any]]:
    heads = sorted(set(heads_of(asked).values()))
    return ({"profile_id": head} | _place(point) for head, point in postal.homes_of(heads).items())


def _whose(event: Any) -> Iterable[int]:
    if isinstance(event, CustomersMerged | MergeUndone):
        return [event.profile_id, *event.moved]
    if isinstance(event, CustomerErased):
        return event.profiles
    return [event.customer] if event.customer else []


HOMES = StateTable(
    name="homes",
    key="profile_id",
    columns=[Column("profile_id", "Int64"), *_DEGREES],
    on=[CustomerChanged, CustomersMerged, MergeUndone, CustomerErased],
    load=_homes,
    touched=_whose,
)


def _shops_placed(asked: list[int]) -> Iterable[dict[str, Any]]:
    wanted = set(asked)
    return ({"shop_id": shop} | _place(point) for shop, point in company.shops_on_the_map() if shop in wanted)


SHOP_PLACES = StateTable(
    name="shop_places",
    key="shop_id",
    columns=[Column("shop_id", "Int64"), *_DEGREES],
    on=[ShopPlaced],
    load=_shops_placed,
    touched=lambda event: [event.shop_id],
)


def _search(by: Actor, text: str, after: str | None) -> Found:
    placed = [shop for shop, _point in company.shops_on_the_map()]
    fitting = company.shops(by).filter(pk__in=placed, name__icontains=text)
    return found.rows(fitting, ("natural", "id"), lambda one: (one.pk, one.name), after)


def _names(ids: Iterable[Any]) -> dict[Any, str]:
    return {pk: shop.name for pk, shop in company.shops_by_id([int(one) for one in ids]).items()}


_RADIANS = "{name} * pi() / 180000000"
_HERE, _THERE = (
    tuple(_RADIANS.format(name=name) for name in names)
    for names in (("latitude", "longitude"), ("s.2", "s.3"))
)
_HALF = (
    f"pow(sin(({_HERE[0]} - {_THERE[0]}) / 2), 2)"
    f" + cos({_HERE[0]}) * cos({_THERE[0]}) * pow(sin(({_HERE[1]} - {_THERE[1]}) / 2), 2)"
)
_AWAY = f"round(2 * {RADIUS} * asin(sqrt(least({_HALF}, 1))))"
_SHOPS = "(SELECT groupArray((shop_id, latitude, longitude)) FROM shop_places FINAL)"

DISTANCE = Fact(
    key="distance",
    label=_("Distance to a shop"),
    group=pgettext_lazy("group of conditions", "Who they are"),
    table="homes",
    date="",
    measures=[
        Measure(
            key="km",
            label=_("kilometres to the shop"),
            kind="number",
            sql="toDecimal64(toInt64(min(arrayReduce('minOrNull', arrayMap("
            f"s -> {_AWAY}, arrayFilter(s -> {{chosen}}, {_SHOPS}))))), 3) / 1000",
            unit=_("km"),
            empty="none",
            usual=("<=", "10"),
        )
    ],
    filters=[
        Filter(
            key="shop",
            label=_("to the shop"),
            sql="s.1",
            detail=True,
            picker=Picker(search=_search, names=_names),
        )
    ],
    on=[CustomerChanged, CustomersMerged, MergeUndone, CustomerErased, ShopPlaced],
    position=23,
)
