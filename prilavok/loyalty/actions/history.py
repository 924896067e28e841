"""Series and uses of the past, as files tell of them; they move no points, journeys or letters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.ledger import actions as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.actions import books
from prilavok.loyalty.actions.redemptions import entry, own_coupons, use_cause
from prilavok.loyalty.actions.series import terms
from prilavok.loyalty.events import SeriesMade
from prilavok.loyalty.models import Coupon, CouponSeries, Redemption, SeriesProduct
from prilavok.loyalty.ports import Loaded, NewRedemption, NewSeries
from prilavok.orders import queries as orders


@transaction.atomic
def load_series(rows: Sequence[NewSeries], *, by: Actor, at: datetime) -> Loaded:
    """Add series of the past with their products; a known one with the same terms and goods changes nothing."""
    by.must("loyalty.load")
    known = CouponSeries.objects.in_bulk([rules.shown_code(row.code) for row in rows], field_name="code")
    goods = _goods([series.pk for series in known.values()])
    fresh: dict[str, NewSeries] = {}
    unchanged, conflicts = 0, []
    for index, row in enumerate(rows):
        code = rules.shown_code(row.code)
        problem = _problem(row)
        if problem:
            conflicts.append((index, problem))
        elif code in known:
            same = _same(known[code], row) and goods.get(known[code].pk, set()) == set(row.product_ids)
            unchanged += same
            conflicts += [] if same else [(index, "other_terms")]
        elif fresh.setdefault(code, row) is not row:
            conflicts.append((index, "repeated"))
    _write_series(list(fresh.values()), by, at)
    return Loaded(len(fresh), unchanged, conflicts)


def _goods(series_ids: list[int]) -> dict[int, set[int]]:
    goods: dict[int, set[int]] = {}
    rows = SeriesProduct.objects.filter(series__in=series_ids).values_list("series_id", "product_id")
    for series_id, product_id in rows.iterator(chunk_size=10_000):
        goods.setdefault(series_id, set()).add(product_id)
    return goods


def _problem(row: NewSeries) -> str | None:
    if not row.code.strip() or len(row.code) > 64:
        return "no_code"
    if row.valid_until is not None and row.valid_until <= row.valid_from:
        return "window"
    return None


def _same(series: CouponSeries, row: NewSeries) -> bool:
    return all(getattr(series, name) == value for name, value in terms(row).items())


def _write_series(rows: list[NewSeries], by: Actor, at: datetime) -> None:
    made = CouponSeries.objects.bulk_create(
        [CouponSeries(**terms(row), imported=True, made_at=at, made_by=by.id) for row in rows]
    )
    pairs = [
        (series.pk, product)
        for series, row in zip(made, rows, strict=True)
        for product in dict.fromkeys(row.product_ids)
    ]
    if pairs:
        columns = [list(column) for column in zip(*pairs, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO loyalty_seriesproduct (series_id, product_id)"
                " SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
                columns,
            )
    journal.record_many(
        [journal.Entry(SeriesMade(series_id=series.pk), at=at) for series in made], by=by, live=False
    )


@dataclass(slots=True)
class _Use:
    index: int
    series: CouponSeries
    profile_id: int
    receipt_id: int
    amount: Decimal


@transaction.atomic
def load_redemptions(rows: Sequence[NewRedemption], *, by: Actor, at: datetime) -> Loaded:
    """Add uses of the past, each matched to the customer's basket of that day with the coupon's goods; no more of a
    customer's than their code is good for (`used_up`).

    Of several baskets it is the one where a coupon took something off the series' goods, else one that has the
    goods, else the first. The same use again changes nothing.
    """
    by.must("loyalty.load")
    series = CouponSeries.objects.in_bulk(
        [rules.shown_code(row.series_code) for row in rows], field_name="code"
    )
    uses, conflicts = _match(rows, series)
    coupons = own_coupons([(use.series, use.profile_id) for use in uses], at) if uses else {}
    fresh, beyond = _fresh(uses, coupons)
    _write_uses(fresh, coupons, by, at)
    conflicts += [(use.index, "used_up") for use in beyond]
    return Loaded(len(fresh), len(uses) - len(fresh) - len(beyond), conflicts)


def _match(
    rows: Sequence[NewRedemption], series: dict[str, CouponSeries]
) -> tuple[list[_Use], list[tuple[int, str]]]:
    baskets = orders.sales_of_days((row.profile_id, row.day) for row in rows)
    goods = _goods([one.pk for one in series.values()])
    bought: dict[int, dict[int, Decimal]] = {}
    for one in orders.bought([basket.id for found in baskets.values() for basket in found]):
        bought.setdefault(one.receipt_id, {})[one.product_id] = one.coupon_amount
    uses, conflicts = [], []
    for index, row in enumerate(rows):
        of = series.get(rules.shown_code(row.series_code))
        found = baskets.get((row.profile_id, row.day))
        if of is None or not found:
            conflicts.append((index, "unknown_series" if of is None else "no_receipt"))
            continue
        receipt_id, amount = rules.likeliest_basket(
            {basket.id: bought.get(basket.id, {}) for basket in found}, goods.get(of.pk, set())
        )
        uses.append(_Use(index, of, row.profile_id, receipt_id, amount))
    return uses, conflicts


Coupons = dict[tuple[int, int | None], Coupon]


def _fresh(uses: list[_Use], coupons: Coupons) -> tuple[list[_Use], list[_Use]]:
    """Uses that are not yet known, each once; and those beyond what the customer's code is good for."""
    known = set(
        Redemption.objects.filter(coupon__in=[coupon.pk for coupon in coupons.values()]).values_list(
            "coupon_id", "receipt_id"
        )
    )
    used = Counter(coupon for coupon, _receipt in known)
    fresh, beyond = [], []
    for use in uses:
        coupon = coupons[use.series.pk, use.profile_id].pk
        if (coupon, use.receipt_id) in known:
            continue
        if use.series.uses is not None and used[coupon] >= use.series.uses:
            beyond.append(use)
            continue
        known.add((coupon, use.receipt_id))
        used[coupon] += 1
        fresh.append(use)
    return fresh, beyond


def _write_uses(uses: list[_Use], coupons: Coupons, by: Actor, at: datetime) -> None:
    receipts = orders.by_id({use.receipt_id for use in uses})
    made = Redemption.objects.bulk_create(
        [
            Redemption(
                coupon=coupons[use.series.pk, use.profile_id],
                receipt=receipts[use.receipt_id],
                profile_id=use.profile_id,
                at=receipts[use.receipt_id].paid_at,
                amount=use.amount,
            )
            for use in uses
        ]
    )
    postings = [
        books.redeem(use.series, use.profile_id, cause=use_cause(one.coupon_id, one.receipt_id))
        for use, one in zip(uses, made, strict=True)
    ]
    ledger.post_many(postings, by=by, at=at)
    journal.record_many([entry(one, receipts[one.receipt_id]) for one in made], by=by, live=False)
