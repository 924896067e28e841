"""What segments, scores and reports may ask about gifts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from prilavok.facts import found
from prilavok.facts.found import Found
from prilavok.facts.schema import Check, Column, Fact, FactTable, Filter, Measure, Picker, Words
from prilavok.kernel.actors import Actor
from prilavok.loyalty import queries
from prilavok.loyalty.events import GiftGiven, GiftTakenBack
from prilavok.orders.facts import FILTERS as OF_PURCHASES


def gift_rows(event: GiftGiven | GiftTakenBack) -> list[dict[str, Any]]:
    """A row for what was given, another that takes it back."""
    return [
        {
            "gift_id": event.gift_id,
            "profile_id": event.customer or 0,
            "product_id": event.product_id,
            "promotion_id": event.promotion_id,
            "receipt_id": event.receipt_id,
            "happened_at": event.at,
            "local_date": event.local_date,
            "brand_id": event.brand or 0,
            "shop_id": event.shop_id,
            "quantity": event.quantity,
            "taken_back": int(isinstance(event, GiftTakenBack)),
        }
    ]


GIFTS = FactTable(
    name="gifts",
    columns=(
        Column("gift_id", "Int64"),
        Column("profile_id", "Int64"),
        Column("product_id", "Int64"),
        Column("promotion_id", "Int64"),  # 0: none
        Column("receipt_id", "Int64"),  # 0: from somebody's hand
        Column("happened_at", "DateTime64(3, 'UTC')"),
        Column("local_date", "Date"),
        Column("brand_id", "Int64"),
        Column("shop_id", "Int64"),
        Column("quantity", "Decimal(14,3)"),
        Column("taken_back", "UInt8"),
    ),
    order_by=("profile_id", "happened_at", "gift_id"),
    filled_by={GiftGiven: gift_rows, GiftTakenBack: gift_rows},
)
_STANDS = (  # a gift that did not come back later, whatever days are asked about
    "taken_back = 0 AND gift_id NOT IN (SELECT gift_id FROM gifts WHERE taken_back = 1 AND {among})"
)


def _search_promotions(by: Actor, text: str, after: str | None) -> Found:
    fitting = queries.search_promotions(by, text)
    return found.rows(fitting, ("-changed_at", "-id"), lambda one: (one.pk, one.name), after)


def _recent_promotions(by: Actor) -> Sequence[tuple[int | str, Words]]:
    latest = queries.promotions(by).order_by("-changed_at", "-id")[:100]
    return [(one.pk, one.name) for one in latest]


def _promotion_names(ids: Sequence[Any]) -> Mapping[Any, str]:
    return {number: name for number, (_id, name) in queries.promotion_names(ids).items()}


_OF_PURCHASES = {one.key: one for one in OF_PURCHASES}

GIFTS_GOT = Fact(
    key="gifts",
    label=_("Gifts"),
    group=_("Gifts"),
    table="gifts",
    measures=(
        Measure(
            key="gifts",
            label=_("number of gifts"),
            kind="number",
            sql=f"countIf({_STANDS})",
            times=True,
        ),
        Measure(
            key="last_date",
            label=_("date of the last gift"),
            kind="date",
            sql=f"nullIf(maxIf(local_date, {_STANDS}), toDate(0))",
        ),
    ),
    filters=(
        Filter(
            key="promotion",
            label=_("promotion"),
            sql="promotion_id",
            picker=Picker(options=_recent_promotions, search=_search_promotions, names=_promotion_names),
        ),
        replace(_OF_PURCHASES["product"], detail=False),
        _OF_PURCHASES["shop"],
    ),
    on=(GiftGiven, GiftTakenBack),
    verb=_("got a gift"),
    verb_not=_("got no gift"),
    position=41,
)

# The day of a gift's way back is the shop's, as its event says.
_SUMS = """
    SELECT {day} AS day, sum(rows)::bigint, sum(taken_back)::bigint FROM (
        SELECT local_date AS day, 1 AS rows, 0 AS taken_back FROM loyalty_gift
        UNION ALL SELECT (g.taken_back_at AT TIME ZONE s.timezone)::date, 1, 1
        FROM loyalty_gift g JOIN company_shop s ON s.id = g.shop_id WHERE g.taken_back_at IS NOT NULL
    ) told GROUP BY 1"""


def _sums(day: str) -> dict[Any, Mapping[str, int]]:
    """Gifts and gifts taken back, by day or altogether."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(day=day))
        return {when: {"rows": rows, "taken_back": back} for when, rows, back in cursor.fetchall()}


GIFT_BOOKS = Check(
    key="gifts",
    label=_("Gifts"),
    table="gifts",
    figures="count() AS rows, sum(taken_back) AS taken_back",
    truth=lambda: _sums("1").get(1, {"rows": 0, "taken_back": 0}),
    days=lambda: _sums("day"),
)
