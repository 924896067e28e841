"""Codes named on a paid receipt are used, or refused with a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q, QuerySet

from prilavok.catalog import queries as catalog
from prilavok.customers import queries as customers
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.ledger import actions as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.actions import books
from prilavok.loyalty.events import CouponRedeemed, CouponRefused
from prilavok.loyalty.models import (
    CODE_KEY,
    Coupon,
    CouponSeries,
    Redemption,
    RefusedUse,
    SeriesCategory,
    SeriesProduct,
)
from prilavok.loyalty.queries.referrals import named_referral_codes
from prilavok.loyalty.queries.till import undone_receipts
from prilavok.orders import queries as orders

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

ZERO = Decimal(0)


@transaction.atomic
def use_on_receipt(
    receipt_id: int, codes: Iterable[str], *, cause: UUID, by: Actor, at: datetime
) -> list[Redemption]:
    """Use the codes named on a receipt; the uses that are new.

    A code that isn't good is kept as a refusal with its reason. The same receipt again changes nothing.
    """
    by.must("loyalty.redeem")
    receipt = orders.by_id([receipt_id])[receipt_id]
    coupons = _find(list(dict.fromkeys(codes)), receipt, at)
    unknown = {rules.code_key(code) for code, coupon in coupons.items() if coupon is None}
    passed_on = named_referral_codes(unknown) if unknown else set()
    accepted = []
    for code, coupon in coupons.items():
        reason = _refusal(coupon, receipt)
        if reason is None and coupon is not None:
            accepted.append(coupon)
        elif reason != "known" and rules.code_key(code) not in passed_on:
            _refuse(code, coupon, receipt, reason or "unknown", cause, by)
    return _redeem(accepted, receipt, cause=cause, by=by)


def _find(codes: Sequence[str], receipt: Receipt, at: datetime) -> dict[str, Coupon | None]:
    """Coupons by the codes as they were named, locked: two tills, one code."""
    keys = {code: rules.code_key(code) for code in codes}
    found = Coupon.objects.by_key(list(keys.values())).order_by("pk").select_for_update()
    known = {rules.code_key(coupon.code): coupon for coupon in found}
    named = {code: known.get(key) for code, key in keys.items()}
    for code, coupon in named.items():
        if coupon is None:
            named[code] = _of_common_code(keys[code], receipt, at)
    return named


def _of_common_code(key: str, receipt: Receipt, at: datetime) -> Coupon | None:
    """The customer's coupon of a series whose code is printed for all; the series' own code names it exactly."""
    series = (
        CouponSeries.objects.exclude(common_code="")
        .alias(key=CODE_KEY)
        .filter(Q(common_code=key) | Q(key=key), closed_at=None, valid_from__lte=receipt.paid_at)
        .order_by("-valid_from", "-id")
        .first()
    )
    if series is None:
        return None
    return own_coupons([(series, receipt.profile_id)], at)[series.pk, receipt.profile_id]


def own_coupons(
    wanted: Sequence[tuple[CouponSeries, int | None]], at: datetime
) -> dict[tuple[int, int | None], Coupon]:
    """The coupon that each customer has in each series with a common code; made, with its pieces in the books, when
    first asked for.
    """
    codes = {f"{series.code}-{profile_id or 0}": (series, profile_id) for series, profile_id in wanted}
    Coupon.objects.bulk_create(
        [
            Coupon(series=series, code=code, profile_id=profile_id, issued_at=at)
            for code, (series, profile_id) in codes.items()
        ],
        ignore_conflicts=True,
    )
    keys = {rules.code_key(code): (series.pk, profile_id) for code, (series, profile_id) in codes.items()}
    found = (
        Coupon.objects.by_key(list(keys))
        .select_related("series")
        .order_by("pk")
        .select_for_update(of=["self"])
    )
    own = {keys[rules.code_key(coupon.code)]: coupon for coupon in found}
    limited = [series for series, _profile in wanted if series.uses is not None]
    if limited:
        _issue_pieces([own[one] for one in own if one[0] in {series.pk for series in limited}], at)
    return own


def _issue_pieces(coupons: Sequence[Coupon], at: datetime) -> None:
    """As many as the code is good for; told again, the books are the same."""
    postings = [
        books.issue(one.series, {one.profile_id: 1}, cause=uuid5(_USES, f"{one.pk}:issued"))
        for one in coupons
    ]
    ledger.post_many([one for one in postings if one], by=SYSTEM, at=at)


def _refusal(coupon: Coupon | None, receipt: Receipt) -> str | None:
    """Why the code is not good; "known" when this receipt has used it before."""
    if coupon is None:
        return "unknown"
    series = coupon.series
    used = list(_uses_of(coupon).values_list("receipt_id", flat=True))
    if receipt.pk in used:
        return "known"
    people = customers.persons_of({one for one in (coupon.profile_id, receipt.profile_id) if one})
    return rules.refusal(
        rules.Terms(
            series.valid_from,
            series.valid_until,
            series.personal,
            series.uses,
            series.minimum,
            series.closed_at,
            series.first_order,
            bool(series.common_code),
        ),
        at=receipt.paid_at,
        used=len(used),
        holder=people.get(coupon.profile_id or 0),
        person=people.get(receipt.profile_id or 0),
        basket=receipt.gross,
        first=series.first_order and _is_first(receipt),
        known=receipt.profile_id is not None,
    )


def _uses_of(coupon: Coupon) -> QuerySet[Redemption]:
    """Uses of a coupon; of a code printed for all also those of the customer's other profiles."""
    if not coupon.series.common_code or coupon.profile_id is None:
        return Redemption.objects.filter(coupon=coupon)
    mine = Coupon.objects.filter(series=coupon.series_id, profile__in=customers.kin(coupon.profile_id))
    return Redemption.objects.filter(coupon__in=mine)


def _is_first(receipt: Receipt) -> bool:
    """Whether it is the first purchase of a customer who is known."""
    if receipt.profile_id is None:
        return False
    kin = customers.kin(receipt.profile_id)
    return not orders.bought_before(kin, receipt.paid_at, without=undone_receipts(kin))


def _refuse(code: str, coupon: Coupon | None, receipt: Receipt, reason: str, cause: UUID, by: Actor) -> None:
    _, made = RefusedUse.objects.get_or_create(
        receipt_id=receipt.pk,
        code=code,
        defaults={"coupon": coupon, "reason": reason, "at": receipt.paid_at},
    )
    if made:
        told = CouponRefused(
            receipt_id=receipt.pk,
            reason=reason,
            series_id=coupon.series_id if coupon else None,
            coupon_id=coupon.pk if coupon else None,
        )
        journal.record(
            told, by=by, at=receipt.paid_at, customer=receipt.profile_id, shop=receipt.shop_id, cause=cause
        )


def _redeem(coupons: list[Coupon], receipt: Receipt, *, cause: UUID, by: Actor) -> list[Redemption]:
    if not coupons:
        return []
    amounts = _amounts(coupons, receipt)
    uses = Redemption.objects.bulk_create(
        [
            Redemption(
                coupon=coupon,
                receipt=receipt,
                profile_id=receipt.profile_id,
                at=receipt.paid_at,
                amount=amounts[coupon.pk],
            )
            for coupon in coupons
        ]
    )
    ledger.post_many(
        [books.redeem(c.series, c.profile_id, cause=use_cause(c.pk, receipt.pk)) for c in coupons],
        by=by,
        at=receipt.paid_at,
    )
    journal.record_many([entry(use, receipt, cause=cause) for use in uses], by=by, live=True)
    return uses


def use_cause(coupon_id: int, receipt_id: int) -> UUID:
    """The books' cause of one use: the same whenever and however it is told."""
    return uuid5(_USES, f"{coupon_id}:{receipt_id}")


_USES = UUID("0190d2a4-7c1e-7000-8000-6c6f79616c74")


def entry(use: Redemption, receipt: Receipt, *, cause: UUID | None = None) -> journal.Entry:
    told = CouponRedeemed(
        series_id=use.coupon.series_id,
        coupon_id=use.coupon_id,
        redemption_id=use.pk,
        receipt_id=receipt.pk,
        local_date=receipt.local_date,
        shop_id=receipt.shop_id,
        amount=use.amount,
        revenue=receipt.revenue,
    )
    return journal.Entry(
        told,
        at=receipt.paid_at,
        customer=receipt.profile_id,
        brand=receipt.shop.brand_id,
        shop=receipt.shop_id,
        cause=cause,
    )


def _amounts(coupons: list[Coupon], receipt: Receipt) -> dict[int, Decimal]:
    """What each coupon took off: the coupon discounts of its series' products, each line counted once."""
    left = {one.product_id: one.coupon_amount for one in orders.bought([receipt.pk])}
    products = _goods({coupon.series_id for coupon in coupons}, left)
    amounts = {}
    for coupon in sorted(coupons, key=lambda c: c.series_id not in products):  # those about some goods first
        goods = products.get(coupon.series_id, left.keys())
        amounts[coupon.pk] = sum((left.pop(product) for product in list(left) if product in goods), ZERO)
    return amounts


def _goods(series_ids: Collection[int], bought: Collection[int]) -> dict[int, set[int]]:
    """Which of the products bought each series is about; one that is about all goods is missing."""
    products: dict[int, set[int]] = {}
    rows = SeriesProduct.objects.filter(series__in=series_ids).values_list("series_id", "product_id")
    for series_id, product_id in rows:
        products.setdefault(series_id, set()).add(product_id)
    of = {product: one.category_id for product, one in catalog.products_by_id(bought).items()}
    for named in SeriesCategory.objects.filter(series__in=series_ids):
        below = set(catalog.with_descendants([named.category_id]))
        mine = {product for product, category in of.items() if category in below}
        products.setdefault(named.series_id, set()).update(mine)
    return products
