"""What segments, scores and reports may ask about coupons, points and cards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.customers.events import CustomersMerged, MergeUndone
from prilavok.facts import found
from prilavok.facts.found import Found
from prilavok.facts.schema import Check, Column, Fact, FactTable, Filter, Measure, Picker, StateTable, Words
from prilavok.kernel.actors import Actor
from prilavok.kernel.money import to_units
from prilavok.loyalty.events import CardIssued, CouponFreed, CouponRedeemed
from prilavok.loyalty.gift_facts import GIFT_BOOKS as GIFT_BOOKS
from prilavok.loyalty.gift_facts import GIFTS as GIFTS
from prilavok.loyalty.gift_facts import GIFTS_GOT as GIFTS_GOT
from prilavok.loyalty.models import Card, CouponSeries
from prilavok.loyalty.standing_facts import HOLDINGS as HOLDINGS
from prilavok.loyalty.standing_facts import TRAITS as TRAITS


def _use(event: CouponRedeemed | CouponFreed) -> dict[str, Any]:
    return {
        "redemption_id": event.redemption_id,
        "profile_id": event.customer or 0,
        "series_id": event.series_id,
        "coupon_id": event.coupon_id,
        "receipt_id": event.receipt_id,
        "happened_at": event.at,
        "local_date": event.local_date,
        "brand_id": event.brand or 0,
        "shop_id": event.shop_id,
    }


def redemption_rows(event: CouponRedeemed) -> list[dict[str, Any]]:
    """One row per use. `revenue_units` is the whole receipt's: of two coupons on it, each has all of it."""
    money = {"revenue_units": to_units(event.revenue), "amount_units": to_units(event.amount)}
    return [_use(event) | money]


def freed_rows(event: CouponFreed) -> list[dict[str, Any]]:
    """A row that takes a use back, on the day when it was taken back."""
    return [_use(event) | {"freed": 1}] if event.redemption_id else []


REDEMPTIONS = FactTable(
    name="coupon_redemptions",
    columns=(
        Column("redemption_id", "Int64"),
        Column("profile_id", "Int64"),
        Column("series_id", "Int64"),
        Column("coupon_id", "Int64"),
        Column("receipt_id", "Int64"),
        Column("happened_at", "DateTime64(3, 'UTC')"),
        Column("local_date", "Date"),
        Column("brand_id", "Int64"),
        Column("shop_id", "Int64"),
        Column("revenue_units", "Int64"),
        Column("amount_units", "Int64"),
        Column("freed", "UInt8"),  # 1: the use is undone
    ),
    order_by=("profile_id", "happened_at", "redemption_id"),
    filled_by={CouponRedeemed: redemption_rows, CouponFreed: freed_rows},
)


_STANDS = (  # a use that was not undone later, whatever days are asked about
    "freed = 0 AND redemption_id NOT IN (SELECT redemption_id FROM coupon_redemptions WHERE freed = 1 AND {among})"
)


def _search_series(by: Actor, text: str, after: str | None) -> Found:
    by.must("loyalty.see")
    fitting = CouponSeries.objects.filter(name__icontains=text) | CouponSeries.objects.filter(
        code__istartswith=text
    )
    return found.rows(fitting, ("-made_at", "-id"), lambda one: (one.pk, f"{one.name} · {one.code}"), after)


def _recent_series(by: Actor) -> Sequence[tuple[int | str, Words]]:
    return [(one.pk, one.name) for one in CouponSeries.objects.order_by("-made_at", "-id")[:100]]


def _series_names(ids: Sequence[Any]) -> Mapping[Any, str]:
    return dict(CouponSeries.objects.filter(pk__in=ids).values_list("id", "name"))


COUPONS = Fact(
    key="coupons",
    label=_("Use of coupons"),
    group=_("Coupons"),
    table="coupon_redemptions",
    measures=(
        Measure(
            key="uses",
            label=_("number of coupons used"),
            kind="number",
            sql=f"countIf({_STANDS})",
            times=True,
        ),
        Measure(
            key="receipts",
            label=_("number of receipts with a coupon"),
            kind="number",
            sql=f"uniqExactIf(receipt_id, {_STANDS})",
        ),
        Measure(
            key="amount",
            label=_("sum that coupons took off"),
            kind="money",
            sql=f"sumIf(amount_units, {_STANDS})",
        ),
        Measure(
            key="last_date",
            label=_("date of the last coupon used"),
            kind="date",
            sql=f"nullIf(maxIf(local_date, {_STANDS}), toDate(0))",
        ),
    ),
    filters=(
        Filter(
            key="series",
            label=_("coupon series"),
            sql="series_id",
            picker=Picker(options=_recent_series, search=_search_series, names=_series_names),
        ),
    ),
    on=(CouponRedeemed, CouponFreed),
    verb=_("used a coupon"),
    verb_not=_("used no coupon"),
    position=40,
)


def _load_cards(asked: list[int]) -> Iterable[dict[str, Any]]:
    """The cards of a person in the order of their issue, under the profile that stands for it."""
    heads = set(customers.heads_of(asked).values())
    kin = {one: head for head, family in customers.families(heads).items() for one in family}
    issued = Card.objects.filter(account__profile__in=list(kin), issued_at__isnull=False)
    cards: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = issued.order_by("issued_at", "pk").values_list("account__profile", "issued_at", "shop")
    for profile, at, shop in rows:
        if profile is not None and at is not None:
            cards[kin[profile]].append((int(at.timestamp()), shop or 0))
    return (
        {"profile_id": head, "issued": [at for at, _shop in held], "shops": [shop for _at, shop in held]}
        for head, held in cards.items()
    )


def _touched(event: Any) -> Iterable[int]:
    if isinstance(event, CustomersMerged | MergeUndone):
        return [event.profile_id, *event.moved]
    return [event.customer] if event.customer else []


CARDS = StateTable(
    name="loyalty_cards",
    key="profile_id",
    columns=[
        Column("profile_id", "Int64"),
        Column("issued", "Array(Int64)"),  # seconds since 1970, growing
        Column("shops", "Array(Int64)"),  # where; 0: nobody knows
    ],
    on=[CardIssued, CustomersMerged, MergeUndone],
    load=_load_cards,
    touched=_touched,
)


_SUMS = """
    SELECT {day} AS day, sum(rows)::bigint, sum(freed)::bigint, sum(amount) FROM (
        SELECT receipt.local_date AS day, 1 AS rows, 0 AS freed, r.amount
        FROM loyalty_redemption r JOIN orders_receipt receipt ON receipt.id = r.receipt_id
        UNION ALL SELECT local_date, 1, 0, amount FROM loyalty_freeduse
        UNION ALL SELECT freed_date, 1, 1, 0 FROM loyalty_freeduse
    ) told GROUP BY 1"""


def _told(rows: int = 0, freed: int = 0, amount: Decimal = Decimal(0)) -> Mapping[str, int]:
    return {"rows": rows, "freed": freed, "amount_units": to_units(amount)}


def _sums(day: str) -> dict[Any, Mapping[str, int]]:
    """Uses, and uses undone, by day or altogether."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(day=day))
        return {when: _told(*sums) for when, *sums in cursor.fetchall()}


BOOKS = Check(
    key="coupon_redemptions",
    label=_("Coupons used"),
    table="coupon_redemptions",
    figures="count() AS rows, sum(freed) AS freed, sum(amount_units) AS amount_units",
    truth=lambda: _sums("1").get(1, _told()),
    days=lambda: _sums("day"),
)
