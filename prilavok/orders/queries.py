"""Everything others may ask about receipts."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.facts import client
from prilavok.kernel import clock, money, prepared
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.orders import rules
from prilavok.orders.models import LineDiscount, Receipt, ReceiptLine, ReceiptQuerySet, ReceiptRole, Role

ZERO = Decimal(0)


def receipts(by: Actor) -> ReceiptQuerySet:
    """Receipts of the shops within the actor's scope."""
    by.must("orders.see")
    found = Receipt.objects.all()
    if by.shops is not None:
        found = found.filter(shop__in=by.shops)
    if by.brands is not None:
        found = found.filter(shop__brand__in=by.brands)
    return found


def by_number(text: str, by: Actor) -> ReceiptQuerySet:
    """Receipts whose number begins so, the latest first."""
    return receipts(by).filter(number__startswith=text.strip()).order_by("-paid_at", "-id")


ALL_DAY = 15  # receipts of one card on one day: a cashier's own, not a customer's
LOOKED_BACK = timedelta(days=60)


def numbers_of_profiles(profile_ids: Collection[int]) -> dict[int, int]:
    """How many receipts each profile has; profiles without any are missing."""
    counted = Receipt.objects.filter(profile__in=profile_ids).values("profile").annotate(number=Count("pk"))
    return dict(counted.values_list("profile", "number"))


def archived(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """The lines of these profiles' receipts, for the archive that a person may ask for."""
    lines = ReceiptLine.objects.filter(receipt__profile__in=profile_ids)
    names = {
        "at": F("receipt__paid_at"),
        "shop": F("receipt__shop__name"),
        "receipt_number": F("receipt__number"),
        "kind": F("receipt__kind"),
        "goods": F("product__name"),
        "currency": F("receipt__currency"),
    }
    return [
        dict(row)
        for row in lines.order_by("receipt__paid_at", "receipt", "number").values("quantity", "paid", **names)
    ]


def cards_used_all_day() -> list[tuple[str, str, int]]:
    """Cards that were shown at tills more often on one day than a customer buys, with that number of receipts."""
    since = clock.now().date() - LOOKED_BACK
    busy = (
        Receipt.objects.filter(profile__isnull=False, local_date__gt=since)
        .values("profile", "local_date")
        .annotate(number=Count("pk"))
        .filter(number__gte=ALL_DAY)
    )
    most: dict[int, int] = {}
    for profile, number in busy.values_list("profile", "number"):
        most[profile] = max(number, most.get(profile, 0))
    cards = customers.identifiers_of(list(most), SYSTEM)
    return [
        (one.kind, one.value, most[profile])
        for profile, known in cards.items()
        for one in known
        if one.kind in ("card", "ecard", "wallet")
    ]


COUNTED = 10_000  # beyond this a list says "more than"


def search(text: str, by: Actor) -> ReceiptQuerySet:
    """Receipts whose number begins so, or of the customer who has this card; all of them for an empty text."""
    found = receipts(by)
    text = text.strip()
    if not text:
        return found
    owners = customers.kin_of(customers.profile_ids_by_identifier("card", [text]).values())
    return found.filter(Q(number__startswith=text) | Q(profile__in=owners))


def count(found: ReceiptQuerySet) -> tuple[int, bool]:
    """How many there are, and whether there are more than that."""
    number = found.order_by()[: COUNTED + 1].count()
    return min(number, COUNTED), number > COUNTED


def get_whole(public_id: UUID, by: Actor) -> Receipt:
    """One receipt with all that stands on it. Raises Receipt.DoesNotExist."""
    whole = with_lines(receipts(by)).select_related("shop", "till", "returns", "profile")
    return whole.get(public_id=public_id)


def of_profiles(profile_ids: Collection[int], by: Actor) -> ReceiptQuerySet:
    """Receipts of these profiles; page them by ("-paid_at", "-id")."""
    return receipts(by).of_profiles(list(profile_ids)).select_related("shop", "till")


@dataclass(frozen=True, slots=True)
class Purchase:
    """A sale, shortly. `goods`: code and name, the dearest first."""

    paid_at: datetime
    shop: str
    paid: Decimal
    currency: str
    goods: tuple[tuple[str, str], ...]


def last_purchases(profile_ids: Collection[int], by: Actor, *, size: int) -> list[Purchase]:
    """The last sales to these profiles, the latest first: two statements."""
    found = of_profiles(profile_ids, by).filter(kind=Receipt.Kind.SALE).order_by("-paid_at", "-id")[:size]
    lines = (
        ReceiptLine.objects.filter(receipt__in=[one.pk for one in found])
        .order_by("-paid", "number")
        .values_list("receipt_id", "product__code", "product__name")
    )
    goods: dict[int, list[tuple[str, str]]] = {}
    for receipt, code, name in lines:
        goods.setdefault(receipt, []).append((code, name))
    return [
        Purchase(one.paid_at, one.shop.name, one.paid, one.currency, tuple(goods.get(one.pk, ())))
        for one in found
    ]


def with_lines(found: ReceiptQuerySet) -> ReceiptQuerySet:
    """The receipts with lines, their products, discounts, coupons and roles: a few statements for any number."""
    lines = ReceiptLine.objects.order_by("number").select_related("product__category")
    discounts = Prefetch("discounts", LineDiscount.objects.order_by("number"))
    return found.prefetch_related(
        Prefetch("lines", lines.prefetch_related(discounts)), "coupons", "roles__profile"
    )


def returns_of(receipt: Receipt) -> ReceiptQuerySet:
    """Returns of this receipt, in order."""
    return Receipt.objects.filter(returns=receipt).order_by("paid_at", "id")


def returned_parts(receipts: QuerySet[Any]) -> dict[int, dict[int, Decimal]]:
    """Of sales among these (ids) from which something came back: by line number, which part of its quantity did."""
    lines = ReceiptLine.objects.filter(returned__receipt__in=receipts, returned__quantity__gt=0)
    parts: dict[int, dict[int, Decimal]] = {}
    for receipt, number, sold, back in lines.values_list(
        "returned__receipt", "returned__number", "returned__quantity"
    ).annotate(back=Sum("quantity")):
        parts.setdefault(receipt, {})[number] = -back / sold
    return parts


# ── Customers ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Purchases:
    """What some profiles bought in all time. Returns are taken off revenue and items, receipts are sales."""

    receipts: int
    revenue: Decimal
    items: Decimal
    first_day: date | None  # of the first and the last sale, each by its shop's clock
    last_day: date | None
    days: int  # with a purchase
    last_shop: str
    last_public_id: UUID | None
    gross: Decimal = ZERO
    discount: Decimal = ZERO

    @property
    def discount_share(self) -> Decimal | None:
        """What part of the full price customers were let off (0.05 is five per cent)."""
        return self.discount / self.gross if self.gross else None

    @property
    def average(self) -> Decimal | None:
        return self.revenue / self.receipts if self.receipts else None

    @property
    def days_between(self) -> Decimal | None:
        """Mean days between purchases; unknown with fewer than two days of them."""
        if self.first_day is None or self.last_day is None:
            return None
        return rules.days_between_purchases(self.first_day, self.last_day, self.days)


NOTHING = Purchases(0, ZERO, ZERO, None, None, 0, "", None)


# Sales come before returns: the last purchase is a return only of who has nothing else.
_PURCHASES = """
    SELECT f.who, count(*) FILTER (WHERE r.kind = 'sale'), sum(r.revenue), sum(r.items),
           min(r.local_date) FILTER (WHERE r.kind = 'sale'), max(r.local_date) FILTER (WHERE r.kind = 'sale'),
           count(DISTINCT r.local_date) FILTER (WHERE r.kind = 'sale'),
           (array_agg(s.name ORDER BY r.kind DESC, r.paid_at DESC, r.id DESC))[1],
           (array_agg(r.public_id ORDER BY r.kind DESC, r.paid_at DESC, r.id DESC))[1],
           sum(r.gross), sum(r.discount)
    FROM unnest(%s::bigint[], %s::bigint[]) AS f(who, profile)
    JOIN orders_receipt r ON r.profile_id = f.profile JOIN company_shop s ON s.id = r.shop_id
    WHERE (%s::bigint[] IS NULL OR r.shop_id = ANY(%s::bigint[]))
      AND (%s::bigint[] IS NULL OR s.brand_id = ANY(%s::bigint[]))
    GROUP BY f.who"""


def purchases_of(families: Mapping[int, Sequence[int]], by: Actor) -> dict[int, Purchases]:
    """All-time figures of each customer's profiles taken together, in the shops within the actor's scope."""
    by.must("orders.see")
    whose = [who for who, profiles in families.items() for _profile in profiles]
    members = [profile for profiles in families.values() for profile in profiles]
    shops, brands = (None if scope is None else list(scope) for scope in (by.shops, by.brands))
    asked = [whose, members, shops, shops, brands, brands]
    found = {row[0]: Purchases(*row[1:]) for row in prepared.rows(_PURCHASES, asked)}
    return {who: found.get(who, NOTHING) for who in families}


@dataclass(frozen=True, slots=True)
class Turnover:
    """How many purchases since a moment, and for how much; returns are taken off the sum."""

    receipts: int = 0
    revenue: Decimal = ZERO


_TURNOVER = """
    SELECT f.who, count(*) FILTER (WHERE r.kind = 'sale'), sum(r.revenue)
    FROM unnest(%(who)s::bigint[], %(profiles)s::bigint[]) AS f(who, profile)
    JOIN orders_receipt r ON r.profile_id = f.profile AND r.paid_at > coalesce(%(since)s::timestamptz, '-infinity')
    JOIN company_shop s ON s.id = r.shop_id
    WHERE %(brand)s::bigint IS NULL OR s.brand_id = %(brand)s
    GROUP BY f.who"""


def turnover_since(
    families: Mapping[int, Sequence[int]], since: datetime | None, *, brand_id: int | None = None
) -> dict[int, Turnover]:
    """What profiles taken together bought after a moment (none: ever), in the shops of a brand or in all."""
    asked = {
        "who": [who for who, profiles in families.items() for _profile in profiles],
        "profiles": [profile for profiles in families.values() for profile in profiles],
        "since": since,
        "brand": brand_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TURNOVER, asked)
        found = {row[0]: Turnover(*row[1:]) for row in cursor.fetchall()}
    return {who: found.get(who, Turnover()) for who in families}


def roles_of(receipt: Receipt) -> list[ReceiptRole]:
    """Who is in this order besides its buyer, in the order of the roles."""
    order = list(Role.values)
    return sorted(receipt.roles.all(), key=lambda one: order.index(one.role))


def in_role(found: ReceiptQuerySet, profile_ids: Collection[int], role: str) -> ReceiptQuerySet:
    """Receipts in which one of these profiles has a role besides buying."""
    return found.filter(roles__profile__in=list(profile_ids), roles__role=role)


@dataclass(frozen=True, slots=True)
class InRole:
    """In how many sales somebody is a payer, recipient, holder or beneficiary, and the latest of them."""

    role: str
    number: int
    latest: list[Receipt]


LATEST = 20


def roles_of_profiles(profile_ids: Collection[int], by: Actor) -> list[InRole]:
    """What these profiles, as one person, are in orders besides buyers; roles without any are missing."""
    sales = receipts(by).sales()
    theirs = ReceiptRole.objects.filter(profile__in=profile_ids, receipt__in=sales).values_list("role")
    numbers = dict(theirs.annotate(Count("receipt", distinct=True)))
    return [
        InRole(
            role,
            numbers[role],
            list(
                in_role(sales, profile_ids, role)
                .select_related("shop")
                .order_by("-paid_at", "-pk")
                .distinct()[:LATEST]
            ),
        )
        for role in Role.values
        if role in numbers
    ]


def archived_roles(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """Where these profiles are in others' orders, for the archive that a person may ask for."""
    rows = ReceiptRole.objects.filter(profile__in=profile_ids).order_by("receipt", "role")
    names = {"at": F("receipt__paid_at"), "receipt_number": F("receipt__number")}
    return [dict(row) for row in rows.values("role", "name", "phone", "email", **names)]


@dataclass(frozen=True, slots=True)
class DayReceipt:
    """A sale of one customer on one local day."""

    id: int
    paid_at: datetime
    shop_id: int
    revenue: Decimal


def sales_of_days(pairs: Iterable[tuple[int, date]]) -> dict[tuple[int, date], list[DayReceipt]]:
    """Sales by (profile, the shop's local day), earliest first: one statement for any number of pairs."""
    wanted = list(set(pairs))
    sql = """
        SELECT r.profile_id, r.local_date, r.id, r.paid_at, r.shop_id, r.revenue
        FROM orders_receipt r
        JOIN unnest(%s::bigint[], %s::date[]) AS wanted (profile_id, local_date) USING (profile_id, local_date)
        WHERE r.kind = 'sale' ORDER BY r.paid_at, r.id
    """
    found: dict[tuple[int, date], list[DayReceipt]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, [[pair[0] for pair in wanted], [pair[1] for pair in wanted]])
        for profile_id, day, *rest in cursor.fetchall():
            found.setdefault((profile_id, day), []).append(DayReceipt(*rest))
    return found


def by_id(receipt_ids: Collection[int]) -> dict[int, Receipt]:
    """Receipts by their inner ids, with shops."""
    return Receipt.objects.select_related("shop").in_bulk(list(receipt_ids))


def public_ids(receipt_ids: Collection[int]) -> dict[int, UUID]:
    """Ids for links."""
    if not receipt_ids:
        return {}
    return dict(Receipt.objects.filter(pk__in=receipt_ids).values_list("id", "public_id"))


# ── The shop's days ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Day:
    """Sales and returns of one local day over the actor's shops; `customers` are people known by name, each once."""

    date: date
    receipts: int
    identified: int
    revenue: Decimal
    customers: int

    @property
    def average(self) -> Decimal | None:
        return self.revenue / self.receipts if self.receipts else None

    @property
    def identified_share(self) -> float | None:
        return self.identified / self.receipts if self.receipts else None


def today(by: Actor, *, at: datetime) -> Day:
    """The company's current day so far, from receipts themselves: a receipt counts the moment it is written."""
    day = at.astimezone(company.zone()).date()
    sale = Q(kind=Receipt.Kind.SALE)
    sums = (
        receipts(by)
        .filter(paid_at__gte=at - timedelta(hours=50), local_date=day)
        .annotate(person=customers.OWNER)
        .aggregate(
            receipts=Count("pk", filter=sale),
            identified=Count("profile", filter=sale),
            revenue=Sum("revenue", default=ZERO),
            customers=Count("person", filter=sale, distinct=True),
        )
    )
    return Day(date=day, **sums)


def days(by: Actor, *, since: date, until: date) -> list[Day]:
    """Each local day from `since` to `until` inclusive that had receipts, from facts. Raises FactsDown."""
    by.must("orders.see")
    rows = client.query(
        f"""
        SELECT local_date AS date, countIf(kind = 'sale') AS receipts,
               countIf(kind = 'sale' AND profile_id > 0) AS identified, sum(revenue_units) AS units,
               uniqExactIf({customers.whose_sql()}, profile_id > 0 AND kind = 'sale') AS customers
        FROM receipts WHERE local_date BETWEEN {{since:Date}} AND {{until:Date}} {_scope(by)}
        GROUP BY local_date ORDER BY local_date
        """,
        {"since": since, "until": until},
    )
    return [Day(revenue=money.from_units(row.pop("units")), **row) for row in rows]


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales of several days together: `customers` are people known by name, each once."""

    receipts: int
    customers: int
    revenue: Decimal


def sales(by: Actor, *, since: date, until: date) -> Sales:
    """Sales of the shops' days from `since` to `until` inclusive, without returns, from facts. Raises FactsDown."""
    by.must("orders.see")
    [row] = client.rows(
        f"""
        SELECT count(), uniqExactIf({customers.whose_sql()}, profile_id > 0), sum(revenue_units)
        FROM receipts WHERE kind = 'sale' AND local_date BETWEEN {{since:Date}} AND {{until:Date}} {_scope(by)}
        """,
        {"since": since, "until": until},
    )
    return Sales(row[0], row[1], money.from_units(row[2]))


@dataclass(frozen=True, slots=True)
class Identified:
    """How many of a shop's receipts named their customer."""

    shop_id: int
    receipts: int
    identified: int
    revenue: Decimal
    revenue_identified: Decimal

    @property
    def share(self) -> float | None:
        return self.identified / self.receipts if self.receipts else None


def identified(by: Actor, *, since: date, until: date) -> list[Identified]:
    """Share of identified receipts by shop, days inclusive, the largest shops first. Raises FactsDown."""
    by.must("orders.see")
    rows = client.rows(
        f"""
        SELECT shop_id, countIf(kind = 'sale') AS n, countIf(kind = 'sale' AND profile_id > 0) AS known,
               sum(revenue_units) AS units, sumIf(revenue_units, profile_id > 0) AS known_units
        FROM receipts WHERE local_date BETWEEN {{since:Date}} AND {{until:Date}} {_scope(by)}
        GROUP BY shop_id ORDER BY units DESC, shop_id
        """,
        {"since": since, "until": until},
    )
    return [
        Identified(shop, n, known, money.from_units(units), money.from_units(known_units))
        for shop, n, known, units, known_units in rows
    ]


def _scope(by: Actor) -> str:
    parts = []
    if by.shops is not None:
        parts.append(f"AND shop_id IN ({client.ids(by.shops)})")
    if by.brands is not None:
        parts.append(f"AND brand_id IN ({client.ids(by.brands)})")
    return " ".join(parts)


def has_receipts() -> bool:
    return Receipt.objects.exists()


def last_paid_at() -> datetime | None:
    """When the latest receipt was paid."""
    return Receipt.objects.order_by("-paid_at", "-id").values_list("paid_at", flat=True).first()


def books() -> Mapping[str, Decimal | int]:
    """Totals over everything, for reconciliation."""
    sums = Receipt.objects.aggregate(receipts=Count("pk"), revenue=Sum("revenue", default=ZERO))
    lines = ReceiptLine.objects.aggregate(lines=Count("pk"), line_revenue=Sum(F("revenue"), default=ZERO))
    return {**sums, **lines}


@dataclass(frozen=True, slots=True)
class Sums:
    """What the base holds of some receipts, added up from their lines."""

    receipts: int
    lines: int
    revenue: Decimal


def sums_of(pairs: Collection[tuple[int, str]]) -> Sums:
    """Totals of the receipts named by shop and number: how a loader checks what it wrote."""
    sql = """
        SELECT count(*), coalesce(sum(found.lines), 0)::bigint, coalesce(sum(found.revenue), 0)
        FROM json_array_elements(%s::json) AS pair
        JOIN orders_receipt r ON r.shop_id = (pair->>0)::bigint AND r.number = pair->>1
        CROSS JOIN LATERAL (  -- by its index also where the base has no statistics yet
            SELECT count(*) AS lines, sum(l.revenue) AS revenue FROM orders_receiptline l WHERE l.receipt_id = r.id
        ) AS found
        WHERE found.lines > 0
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(list(pairs))])
        return Sums(*cursor.fetchone())


@dataclass(frozen=True, slots=True)
class Bought:
    """A product on a receipt and what coupons took off its lines."""

    receipt_id: int
    product_id: int
    coupon_amount: Decimal


def bought(receipt_ids: Collection[int]) -> list[Bought]:
    """What stands on these receipts, with the discounts whose reason is a coupon: one statement."""
    sql = """
        SELECT l.receipt_id, l.product_id, coalesce(sum(d.amount), 0)
        FROM orders_receiptline l
        LEFT JOIN orders_linediscount d ON d.line_id = l.id AND d.kind LIKE 'coupon%%'
        WHERE l.receipt_id = ANY(%s) GROUP BY l.receipt_id, l.product_id ORDER BY min(l.id)
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(receipt_ids)])
        return [Bought(*row) for row in cursor.fetchall()]


def locked(public_id: UUID) -> Receipt | None:
    """A receipt, locked until the transaction ends: its returns come one after another."""
    return Receipt.objects.select_for_update(no_key=True).filter(public_id=public_id).first()


def by_number_of(shop_id: int, number: str) -> Receipt | None:
    """The receipt of this number in this shop."""
    return Receipt.objects.filter(shop=shop_id, number=number).first()


def returned_quantities(receipt_id: int, *, upto: int) -> dict[int, tuple[Decimal, Decimal]]:
    """What came back of each line (by its number) of a sale: before the return `upto`, and by it."""
    rows = ReceiptLine.objects.filter(returned__receipt=receipt_id, receipt__lte=upto).values_list(
        "returned__number", "receipt_id", "quantity"
    )
    found: dict[int, tuple[Decimal, Decimal]] = {}
    for number, back, quantity in rows:
        before, now = found.get(number, (Decimal(0), Decimal(0)))
        found[number] = (before, now - quantity) if back == upto else (before - quantity, now)
    return found


def returned_money(receipt_id: int, *, upto: int) -> tuple[Decimal, Decimal]:
    """What was paid for what came back of a sale: before the return `upto`, and by it."""
    rows = dict(Receipt.objects.filter(returns=receipt_id, pk__lte=upto).values_list("pk", "paid"))
    now = -rows.get(upto, Decimal(0))
    return -sum(rows.values(), Decimal(0)) - now, now


def refunded(receipt_id: int) -> Decimal:
    """What was paid back for a sale so far."""
    return -sum(Receipt.objects.filter(returns=receipt_id).values_list("paid", flat=True), Decimal(0))


@dataclass(frozen=True, slots=True)
class PastBasket:
    """A sale as it lay on the counter: of each line the product, how much, and its list price."""

    receipt_id: int
    shop_id: int
    till_id: int | None
    profile_id: int | None
    paid_at: datetime
    products: Sequence[int]
    quantities: Sequence[Decimal]
    gross: Sequence[Decimal]


def past_baskets(since: datetime, until: datetime, *, shops: Collection[int] | None) -> list[PastBasket]:
    """Sales from a moment to another (not with it), the earliest first, of these shops (None: of all)."""
    sql = """
        SELECT r.id, r.shop_id, r.till_id, r.profile_id, r.paid_at, l.products, l.quantities, l.gross
        FROM orders_receipt r, LATERAL (
            SELECT array_agg(product_id ORDER BY number) AS products, array_agg(quantity ORDER BY number) AS quantities,
                   array_agg(gross ORDER BY number) AS gross
            FROM orders_receiptline WHERE receipt_id = r.id AND quantity > 0
        ) l
        WHERE r.paid_at >= %s AND r.paid_at < %s AND r.kind = 'sale' AND l.products IS NOT NULL
          AND (%s::bigint[] IS NULL OR r.shop_id = ANY(%s::bigint[]))
        ORDER BY r.paid_at, r.id
    """
    scope = None if shops is None else sorted(shops)
    with connection.cursor() as cursor:
        cursor.execute(sql, [since, until, scope, scope])
        return [PastBasket(*row) for row in cursor.fetchall()]


RECENT_LINES = 200_000  # of all products: what a price is looked for among


def usual_price(product_id: int) -> Decimal | None:
    """What a unit of a product cost lately before discounts: the median of its sales among the latest lines of all.

    None for what was not sold among these.
    """
    sql = """
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY round(gross / quantity, 2))
        FROM orders_receiptline
        WHERE id > (SELECT max(id) FROM orders_receiptline) - %s AND product_id = %s AND quantity > 0
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [RECENT_LINES, product_id])
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def bought_before(
    profile_ids: Collection[int], moment: datetime, *, without: Collection[int] = ()
) -> set[int]:
    """Those of the profiles that bought something before a moment, on other receipts than these."""
    found = Receipt.objects.filter(profile__in=profile_ids, kind="sale", paid_at__lt=moment)
    found = found.exclude(pk__in=without)
    return {one for one in found.values_list("profile", flat=True).distinct() if one is not None}
