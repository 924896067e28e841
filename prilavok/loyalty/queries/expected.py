"""Who would have got a promotion in the days before it: on whom its control group can be planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.experiments import queries as experiments
from prilavok.facts import client
from prilavok.loyalty import faults, reckoning
from prilavok.loyalty.definitions import Control, PromotionWritten
from prilavok.loyalty.queries.names import names_of
from prilavok.loyalty.reckoning.promotions import goods_of
from prilavok.segments import queries as segments


def expected_customers(written: PromotionWritten, first: date, days: int) -> list[int]:
    """Profiles that bought its goods in its shops in so many days before the first one, of its segments.

    What else it asks (hours, tiers, birthdays, sums) is left aside: these are a few more than will come. Raises
    FactsDown.
    """
    names, _missing = names_of([written])
    promotion = written.made(0, names.number)
    where = [
        "kind = 'sale'",
        "profile_id != 0",
        "local_date BETWEEN {since:Date} AND {until:Date}",
        *_bought(promotion, _makers(written)),
    ]
    if shops := promotion.where.shops:
        where.append(f"shop_id IN ({client.ids(shops)})")
    found = client.column(
        f"SELECT DISTINCT profile_id FROM receipt_lines WHERE {' AND '.join(where)} ORDER BY profile_id",
        {"since": first - timedelta(days=days), "until": first - timedelta(days=1)},
    )
    return found if not promotion.who.segments else _within(found, promotion.who.segments)


def _makers(written: PromotionWritten) -> list[int]:
    """Products of the manufacturers that it names."""
    named = {
        name for place, kind, name in faults.named(written) if kind == "brand" and place.startswith("give")
    }
    return catalog.product_ids_of_makers(named) if named else []


def _bought(promotion: reckoning.Promotion, of_makers: list[int]) -> Iterator[str]:
    """Which lines: those of any of the goods that it is about; a promotion on everything asks nothing."""
    goods = [one for effect in promotion.effects for one in goods_of(effect)]
    if any(not (one.products or one.categories or one.brands) for one in goods):
        return
    asked = []
    if products := {product for one in goods for product in one.products} | set(of_makers):
        asked.append(f"product_id IN ({client.ids(products)})")
    if categories := {category for one in goods for category in one.categories}:
        asked.append(f"category_id IN ({client.ids(catalog.with_descendants(categories))})")
    yield f"({' OR '.join(asked) or 'false'})"


def _within(profiles: list[int], segment_ids: frozenset[int]) -> list[int]:
    members = {one for segment in segment_ids for one in segments.member_ids(segment)}
    heads = set(customers.heads_of(members).values())
    return [profile for profile, head in customers.heads_of(profiles).items() if head in heads]


def control_shows(written: PromotionWritten, control: Control, at: datetime) -> experiments.Sensitivity:
    """Which effect such a control group would show, begun at this moment. Raises FactsDown."""
    first = at.astimezone(company.zone()).date()
    expected = expected_customers(written, first, control.days)
    return experiments.sensitivity(expected, control.days, float(control.share), at)
