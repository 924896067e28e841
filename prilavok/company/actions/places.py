"""The company, its brands, shops and tills."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from prilavok.company import queries
from prilavok.company.actions.people import make_roles
from prilavok.company.actions.problems import BadZone, OutsideScope
from prilavok.company.events import ShopAdded, ShopPlaced
from prilavok.company.models import Brand, Company, Shop, Till
from prilavok.kernel import journal, prepared
from prilavok.kernel.actors import Actor
from prilavok.kernel.places import Point


@transaction.atomic
def name_company(
    *, name: str, currency: str, timezone: str, language: str, by: Actor, site: str = "", demo: bool = False
) -> Company:
    """Set the company's name, currency (ISO 4217), zone, language and own site (a URL).

    Raises OutsideScope, BadZone.
    """
    by.must("company.manage")
    if not by.is_everywhere:
        raise OutsideScope
    check_zone(timezone)
    company, _made = Company.objects.update_or_create(
        pk=1,
        defaults={
            "name": name,
            "currency": currency,
            "timezone": timezone,
            "language": language,
            "site": site,
            "demo": demo,
        },
    )
    queries.forget_company()
    make_roles()
    return company


@dataclass(frozen=True)
class NewShop:
    """A shop to add. `timezone`: the company's, if empty."""

    code: str
    name: str
    brand_code: str = "main"
    timezone: str = ""
    region: str = ""
    kind: str = Shop.Kind.SHOP


@transaction.atomic
def add_brand(*, code: str, name: str, by: Actor) -> Brand:
    """Add a brand, or rename the one of this code."""
    by.must("company.manage")
    brand, _made = Brand.objects.update_or_create(code=code, defaults={"name": name})
    return brand


@transaction.atomic
def add_shops(rows: Iterable[NewShop], *, by: Actor, at: datetime, live: bool = True) -> dict[str, Shop]:
    """Add the shops whose codes are new; all of them by code. Known ones stay as they are."""
    by.must("company.manage")
    rows = list(rows)
    known = queries.shops_by_code([row.code for row in rows])
    own_zone = queries.company().timezone
    brands = {code: _brand(code) for code in {row.brand_code for row in rows}}
    fresh = [
        Shop(
            code=row.code,
            name=row.name,
            brand=brands[row.brand_code],
            timezone=check_zone(row.timezone or own_zone),
            region=row.region,
            kind=row.kind,
            opened_at=at,
        )
        for row in {row.code: row for row in rows if row.code not in known}.values()
    ]
    Shop.objects.bulk_create(fresh)
    journal.record_many(
        [
            journal.Entry(ShopAdded(shop_id=shop.pk), at=at, shop=shop.pk, brand=shop.brand_id)
            for shop in fresh
        ],
        by=by,
        live=live,
    )
    return known | {shop.code: shop for shop in fresh}


@transaction.atomic
def place_shops(places: Mapping[int, Point | None], *, by: Actor, at: datetime, live: bool = True) -> int:
    """Say where shops, by their ids, stand on the globe; how many stand elsewhere now. Raises Refused."""
    by.must("company.manage")
    moved = [
        shop
        for shop in queries.shops(by).filter(pk__in=places).select_for_update(of=("self",))
        if shop.place != places[shop.pk]
    ]
    for shop in moved:
        shop.latitude, shop.longitude = places[shop.pk] or (None, None)
    Shop.objects.bulk_update(moved, ["latitude", "longitude"], batch_size=1_000)
    told = [
        journal.Entry(ShopPlaced(shop_id=one.pk), at=at, shop=one.pk, brand=one.brand_id) for one in moved
    ]
    journal.record_many(told, by=by, live=live)
    return len(moved)


def _brand(code: str) -> Brand:
    return Brand.objects.get_or_create(code=code, defaults={"name": queries.company().name})[0]


def check_zone(zone: str) -> str:
    """The zone itself. Raises BadZone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as exc:
        raise BadZone(field="timezone", zone=zone) from exc
    return zone


def till(shop_id: int, code: str) -> int:
    """The id of the shop's till of this code; a new till is added when its first receipt comes."""
    known = queries.till_of_code(shop_id, code)
    if known is None:  # two first receipts at once: the second waits, and finds the first one's till
        prepared.write(_NEW_TILL, [shop_id, code])
        known = queries.till_of_code(shop_id, code)
        assert known is not None
    return known


_NEW_TILL = "INSERT INTO company_till (shop_id, code) VALUES (%s::bigint, %s::text) ON CONFLICT DO NOTHING"


def ensure_tills(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Ids of tills by (shop, code); those not yet known are added. A few statements for any number."""
    of_shops = Till.objects.filter(shop_id__in={shop_id for shop_id, _code in pairs})
    found = {(shop_id, code): pk for shop_id, code, pk in of_shops.values_list("shop_id", "code", "id")}
    if missing := set(pairs) - found.keys():
        fresh = [Till(shop_id=shop_id, code=code) for shop_id, code in sorted(missing)]
        Till.objects.bulk_create(fresh, ignore_conflicts=True)
        return ensure_tills(pairs)
    return found
