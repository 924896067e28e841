"""What segments, scores and reports may ask about purchases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.facts import found
from prilavok.facts.found import Found
from prilavok.facts.schema import Check, Column, Fact, FactTable, Filter, Measure, Picker, Projection, Words
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.money import to_units
from prilavok.orders.events import LineFact, MarginsReckoned, ReceiptPaid, ReceiptReturned
from prilavok.orders.models import Receipt, ReceiptLine

Row = dict[str, Any]


def costs_of(events: Sequence[ReceiptPaid | ReceiptReturned]) -> catalog.CostBook:
    """What the goods of these receipts cost the shop."""
    return catalog.cost_book({line.product_id for event in events for line in event.lines})


def receipt_rows(event: ReceiptPaid | ReceiptReturned, costs: catalog.CostBook) -> list[Row]:
    """One row; a return's sums are negative. The margin is that of the lines whose cost is known."""
    margins = [_margin(line, event.local_date, costs) for line in event.lines]
    known = [one for one in margins if one is not None]
    return [
        {
            **_head(event),
            "till_id": event.till_id or 0,
            "currency": event.currency,
            "revenue_units": to_units(event.revenue),
            "paid_units": to_units(event.paid),
            "discount_units": to_units(event.discount),
            "lines": len(event.lines),
            "items": event.items,
            "coupons": len(event.coupons),
            "margin_units": sum(known) if known else None,
        }
    ]


def line_rows(event: ReceiptPaid | ReceiptReturned, costs: catalog.CostBook) -> Iterable[Row]:
    """One row per line, numbered from 1."""
    head = _head(event)
    for number, line in enumerate(event.lines, start=1):
        yield {
            **head,
            "line": number,
            "product_id": line.product_id,
            "category_id": line.category_id,
            "department_id": line.department_id,
            "quantity": line.quantity,
            "revenue_units": to_units(line.revenue),
            "paid_units": to_units(line.paid),
            "discount_units": to_units(line.discount),
            "margin_units": _margin(line, event.local_date, costs),
        }


def _margin(line: LineFact, day: date, costs: catalog.CostBook) -> int | None:
    """Revenue less what the goods cost by the cost in force on the day; None where nobody has said any."""
    cost = costs.on(line.product_id, day)
    return None if cost is None else to_units(line.revenue) - to_units(cost * line.quantity)


def _head(event: ReceiptPaid | ReceiptReturned) -> Row:
    return {
        "receipt_id": event.receipt_id,
        "profile_id": event.customer or 0,
        "kind": event.kind,
        "happened_at": event.at,
        "local_date": event.local_date,
        "local_hour": event.local_hour,
        "brand_id": event.brand or 0,
        "shop_id": event.shop_id,
    }


HEAD = (
    Column("receipt_id", "Int64"),
    Column("profile_id", "Int64"),
    Column("kind", "LowCardinality(String)"),
    Column("happened_at", "DateTime64(3, 'UTC')"),
    Column("local_date", "Date"),
    Column("local_hour", "UInt8"),
    Column("brand_id", "Int64"),
    Column("shop_id", "Int64"),
)
SUMS = (
    Column("revenue_units", "Int64"),
    Column("paid_units", "Int64"),
    Column("discount_units", "Int64"),
)
MARGIN = Column("margin_units", "Nullable(Int64)")  # of the lines whose cost is known

RECEIPTS = FactTable(
    name="receipts",
    columns=(
        *HEAD,
        Column("till_id", "Int64"),
        Column("currency", "LowCardinality(String)"),
        *SUMS,
        Column("lines", "UInt16"),
        Column("items", "Decimal(14, 3)"),
        Column("coupons", "UInt16"),
        MARGIN,
    ),
    order_by=("profile_id", "happened_at", "receipt_id"),
    filled_by={ReceiptPaid: receipt_rows, ReceiptReturned: receipt_rows},
    known=costs_of,
)
# Who bought these goods: a department is some hundredth of all lines, and without it all of them are read.
BY_GOODS = Projection(
    name="by_goods",
    columns=(
        "profile_id", "receipt_id", "kind", "happened_at", "local_date", "local_hour", "brand_id", "shop_id",
        "product_id", "category_id", "department_id", "quantity", "revenue_units", "discount_units", "margin_units",
    ),
    order_by=("department_id", "category_id", "product_id"),
)  # fmt: skip

LINES = FactTable(
    name="receipt_lines",
    columns=(
        *HEAD,
        Column("line", "UInt16"),
        Column("product_id", "Int64"),
        Column("category_id", "Int64"),
        Column("department_id", "Int64"),
        Column("quantity", "Decimal(14, 3)"),
        *SUMS,
        MARGIN,
    ),
    order_by=("profile_id", "happened_at", "receipt_id", "line"),
    projections=(BY_GOODS,),
    filled_by={ReceiptPaid: line_rows, ReceiptReturned: line_rows},
    known=costs_of,
)


def _shops(by: Actor) -> Sequence[tuple[int | str, Words]]:
    return [(shop.pk, shop.name) for shop in company.shops(by)]


def _search_shops(by: Actor, text: str, after: str | None) -> Found:
    fitting = company.shops(by).filter(name__icontains=text)
    return found.rows(fitting, ("natural", "id"), lambda shop: (shop.pk, shop.name), after)


def _shop_names(ids: Sequence[Any]) -> Mapping[Any, str]:
    return {pk: shop.name for pk, shop in company.shops_by_id(ids).items()}


def _brand_names(ids: Sequence[Any]) -> Mapping[Any, str]:
    return {brand.pk: brand.name for brand in company.brands(SYSTEM).filter(pk__in=ids)}


def _brands(by: Actor) -> Sequence[tuple[int | str, Words]]:
    return [(brand.pk, brand.name) for brand in company.brands(by)]


def _categories(by: Actor) -> Sequence[tuple[int | str, Words]]:
    return [(one.pk, "\u2007" * 2 * one.level + one.shown_name) for one in catalog.categories(by)]


def _departments(by: Actor) -> Sequence[tuple[int | str, Words]]:
    return [(one.pk, one.shown_name) for one in catalog.departments(by)]


def _search_tills(by: Actor, text: str, after: str | None) -> Found:
    order = ("shop__natural", "natural", "id")
    return found.rows(
        company.search_tills(by, text), order, lambda one: (one.pk, f"{one.shop.name} · {one.code}"), after
    )


def _till_names(ids: Sequence[Any]) -> Mapping[Any, str]:
    return {pk: f"{one.shop.name} · {one.code}" for pk, one in company.tills_by_id(ids).items()}


def _search_makers(by: Actor, text: str, after: str | None) -> Found:
    return found.listed([(one, one) for one in catalog.makers(text, by)], after)


def _search_products(by: Actor, text: str, after: str | None) -> Found:
    fitting = catalog.search(text, by)
    return found.rows(fitting, ("name", "id"), lambda one: (one.pk, _called(one.name, one.code)), after)


def _called(name: str, code: str) -> str:
    return name if name == code else f"{name} · {code}"


FILTERS = (
    Filter(
        key="category",
        label=_("category"),
        sql="category_id",
        detail=True,
        picker=Picker(options=_categories, names=catalog.category_names),
        expand=catalog.with_descendants,
    ),
    Filter(
        key="department",
        label=_("department"),
        sql="department_id",
        detail=True,
        picker=Picker(options=_departments, names=catalog.category_names),
    ),
    Filter(
        key="product",
        label=_("product"),
        sql="product_id",
        detail=True,
        picker=Picker(search=_search_products, names=catalog.product_names),
    ),
    Filter(
        key="shop",
        label=_("shop"),
        sql="shop_id",
        picker=Picker(options=_shops, search=_search_shops, names=_shop_names),
    ),
    Filter(
        key="till",
        label=_("till"),
        sql="till_id",
        within="receipt_id IN (SELECT receipt_id FROM receipts WHERE {filter})",
        picker=Picker(search=_search_tills, names=_till_names),
    ),
    Filter(
        key="maker",
        label=_("manufacturer"),
        sql="product_id",
        detail=True,
        type="text",
        picker=Picker(search=_search_makers),
        expand=catalog.product_ids_of_makers,
    ),
    Filter(key="brand", label=_("brand"), sql="brand_id", picker=Picker(options=_brands, names=_brand_names)),
)

_SALES = "kind = 'sale'"
_DAYS = f"uniqExactIf(local_date, {_SALES})"
_GAP = (  # whole days between the first and the last day with a purchase, shared out over the gaps; cut to tenths
    f"toDecimal64(intDiv(10 * dateDiff('day', minIf(local_date, {_SALES}), maxIf(local_date, {_SALES})), "
    f"nullIf({_DAYS} - 1, 0)), 1) / 10"
)
_SHARE = (  # per cent, cut to hundredths
    "toDecimal64(intDiv(10000 * {part}, nullIf(greatest(sum(revenue_units), 0), 0)), 2) / 100"
)
_VISITS = f"sumMapIf([shop_id], [toInt64(1)], {_SALES})"
_SHOPS_WITH = f"arrayMap(r -> r.2, groupUniqArrayIf((receipt_id, shop_id), {_SALES}))"  # each receipt once
_COUPONED = "receipt_id IN (SELECT receipt_id FROM receipts WHERE coupons > 0 AND {among})"


def _most_visited(visits: str) -> str:
    """The shop with most receipts; of equals the one that was opened first."""
    return f"{visits}.1[indexOf({visits}.2, arrayMax({visits}.2))]"


MEASURES = (
    Measure(
        key="receipts",
        label=_("receipts"),
        kind="number",
        sql=f"countIf({_SALES})",
        detail_sql=f"uniqExactIf(receipt_id, {_SALES})",
        times=True,
    ),
    Measure(key="revenue", label=_("sum of purchases"), kind="money", sql="sum(revenue_units)"),
    Measure(
        key="average",
        label=_("average receipt"),
        kind="money",
        sql=f"intDivOrZero(sum(revenue_units), countIf({_SALES}))",
        detail_sql=f"intDivOrZero(sum(revenue_units), uniqExactIf(receipt_id, {_SALES}))",
        empty="none",
    ),
    Measure(key="items", label=_("items"), kind="number", sql="sum(items)", detail_sql="sum(quantity)"),
    Measure(key="first_date", label=_("first purchase"), kind="date", sql=f"minIf(local_date, {_SALES})"),
    Measure(key="last_date", label=_("last purchase"), kind="date", sql=f"maxIf(local_date, {_SALES})"),
    Measure(
        key="days_since",
        label=_("days since the last purchase"),
        kind="number",
        sql=f"dateDiff('day', maxIf(local_date, {_SALES}), {{today}})",
        unit=_("days"),
        empty="none",
        aging=True,
    ),
    Measure(
        key="gap",
        label=_("days between purchases"),
        kind="number",
        sql=_GAP,
        unit=_("days"),
        empty="none",
    ),
    Measure(
        key="share",
        label=_("share of the chosen in the sum of purchases"),
        kind="number",
        sql=_SHARE.format(part="sum(revenue_units)"),
        detail_sql=_SHARE.format(part="sumIf(revenue_units, {chosen})"),
        unit="%",
        empty="none",
    ),
    Measure(
        key="share_receipts",
        label=_("share of receipts with the chosen"),
        kind="number",
        sql=f"toDecimal64(intDiv(10000 * countIf({_SALES}), nullIf(countIf({_SALES}), 0)), 2) / 100",
        detail_sql=(
            f"toDecimal64(intDiv(10000 * uniqExactIf(receipt_id, {_SALES} AND {{chosen}}), "
            f"nullIf(uniqExactIf(receipt_id, {_SALES}), 0)), 2) / 100"
        ),
        unit="%",
        empty="none",
    ),
    Measure(key="discount", label=_("sum of discounts"), kind="money", sql="sum(discount_units)"),
    Measure(
        key="margin",
        label=_("margin"),
        kind="money",
        sql="sum(margin_units)",
        empty="none",
        permission="catalog.cost",
    ),
    Measure(
        key="coupons",
        label=_("receipts with a coupon"),
        kind="number",
        sql=f"countIf({_SALES} AND coupons > 0)",
        detail_sql=f"uniqExactIf(receipt_id, {_SALES} AND {_COUPONED})",
    ),
    Measure(
        key="returned",
        label=_("sum of returns"),
        kind="money",
        sql="-sumIf(revenue_units, kind = 'return')",
    ),
    Measure(
        key="shops",
        label=_("different shops"),
        kind="number",
        sql=f"uniqExactIf(shop_id, {_SALES})",
    ),
    Measure(
        key="home_shop",
        label=_("home shop: the one visited most"),
        kind="choice",
        sql=_most_visited(_VISITS),
        detail_sql=f"arraySort(x -> (-countEqual({_SHOPS_WITH}, x), x), arrayDistinct({_SHOPS_WITH}))[1]",
        picker=Picker(options=_shops, search=_search_shops, names=_shop_names),
    ),
    Measure(
        key="returns",
        label=_("returns"),
        kind="number",
        sql="countIf(kind = 'return')",
        detail_sql="uniqExactIf(receipt_id, kind = 'return')",
    ),
)

PURCHASES = Fact(
    key="purchases",
    label=_("Purchases"),
    group=_("Purchases"),
    table="receipts",
    detail_table="receipt_lines",
    measures=MEASURES,
    filters=FILTERS,
    on=(ReceiptPaid, ReceiptReturned, MarginsReckoned),
    present=_SALES,
    verb=_("bought"),
    verb_not=_("did not buy"),
    position=10,
)


_COUNTED = {"rows": Count("pk"), "revenue": Sum("revenue", default=Decimal(0))}


def _told(sums: Mapping[str, Any]) -> Mapping[str, int]:
    return {"rows": sums["rows"], "revenue_units": to_units(sums["revenue"])}


def _days(rows: QuerySet[Any], day: str) -> Mapping[date, Mapping[str, int]]:
    return {sums["day"]: _told(sums) for sums in rows.values(day=F(day)).annotate(**_COUNTED)}


BOOKS = Check(
    key="receipts",
    label=_("Receipts"),
    table="receipts",
    figures="count() AS rows, sum(revenue_units) AS revenue_units",
    truth=lambda: _told(Receipt.objects.aggregate(**_COUNTED)),
    days=lambda: _days(Receipt.objects.all(), "local_date"),
)


def _margins() -> dict[date, int]:
    """By day, from the lines of goods whose cost was ever said."""
    lines = ReceiptLine.objects.filter(product__in=catalog.costed_products())
    margin = F("revenue") - Round(
        F("quantity") * catalog.cost_in_force("product_id", "receipt__local_date"), 4
    )
    sums = lines.values(day=F("receipt__local_date")).annotate(sum=Sum(margin))
    return {one["day"]: to_units(one["sum"]) for one in sums if one["sum"] is not None}


def _truth_of_lines() -> Mapping[str, int]:
    sums = _told(ReceiptLine.objects.aggregate(**_COUNTED))
    return {**sums, "margin_units": sum(_margins().values())}


def _days_of_lines() -> Mapping[date, Mapping[str, int]]:
    margins = _margins()
    days = _days(ReceiptLine.objects.all(), "receipt__local_date")
    return {day: {**sums, "margin_units": margins.get(day, 0)} for day, sums in days.items()}


BOOKS_OF_LINES = Check(
    key="receipt_lines",
    label=_("Receipt lines"),
    table="receipt_lines",
    figures="count() AS rows, sum(revenue_units) AS revenue_units, ifNull(sum(margin_units), 0) AS margin_units",
    truth=_truth_of_lines,
    days=_days_of_lines,
)
