"""Shops."""

from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext_lazy as _

from prilavok.company import actions as company
from prilavok.company import queries as company_queries
from prilavok.company.actions import NewShop
from prilavok.exchange.kinds.base import Cells, Column, Kind, Twins, batches
from prilavok.exchange.rules.words import read_code, read_text
from prilavok.exchange.run import Run
from prilavok.kernel.places import Point, read_point
from prilavok.kernel.sheets import Row
from prilavok.kernel.unreadable import Unreadable

code = partial(read_code, longest=60)
name = partial(read_text, longest=200)


def read_zone(text: str) -> str:
    """A time zone that exists."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unreadable("unknown_zone", value=text[:40]) from None


def read_kind(text: str) -> str:
    return (
        "online"
        if text.lower() in {"online", "site", "сайт", "интернет", "интернет-магазин", "онлайн"}
        else "shop"
    )


def load(run: Run) -> None:
    cells, twins = Cells(run), Twins()

    def build(row: Row) -> tuple[NewShop, Point | None] | None:
        key = cells.value(row, "code", code, required=True)
        if not twins.is_new(key, row):
            return None
        return _shop(cells, row, key), cells.value(row, "coordinates", read_coordinates)

    books = run.account("rows")
    for _rows, built in batches(run, build):
        shops = [shop for shop, _place in built]
        known = company_queries.shops_by_code([shop.code for shop in shops])
        found = company.add_shops(shops, by=run.by, at=run.at, live=False)
        places = {found[shop.code].pk: place for shop, place in built if place}
        company.place_shops(places, by=run.by, at=run.at, live=False)
        moved = sum(places.get(shop.pk, shop.place) != shop.place for shop in known.values())
        run.loaded += len(shops) - len(known)
        run.changed += moved
        run.unchanged += len(known) - moved
        books.base += sum(shop.code in found for shop in shops)
        run.progress(run)
    books.file, books.rejected = run.rows - twins.repeated, run.rejected


def read_coordinates(text: str) -> Point | None:
    """Latitude and longitude. Raises Unreadable."""
    try:
        return read_point(text)
    except ValueError:
        raise Unreadable("no_point", value=text[:40]) from None


def _shop(cells: Cells, row: Row, key: str) -> NewShop:
    return NewShop(
        code=key,
        name=cells.value(row, "name", name, required=True),
        timezone=cells.value(row, "timezone", read_zone, ""),
        region=cells.value(row, "region", name, ""),
        kind=cells.value(row, "kind", read_kind, "shop"),
    )


SHOPS = Kind(
    key="shops",
    label=_("Shops"),
    permission="company.manage",
    load=load,
    always=(
        Column("code", _("Code"), ("код", "код магазина", "магазин", "shop"), required=True),
        Column("name", _("Name"), ("название", "наименование"), required=True),
        Column("timezone", _("Time zone"), ("часовой пояс", "зона", "time zone")),
        Column("region", _("Region"), ("регион", "город", "city")),
        Column("kind", _("Kind"), ("вид", "тип", "type")),
        Column("coordinates", _("Coordinates"), ("координаты", "широта и долгота", "location")),
    ),
)
