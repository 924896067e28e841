"""What series give by themselves, without a promotion that asks for them; as promotions numbered below zero."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from prilavok.loyalty import reckoning
from prilavok.loyalty.models import CouponSeries, SeriesProduct
from prilavok.loyalty.queries.till import NamedCode


def brought(codes: Iterable[NamedCode]) -> list[reckoning.Promotion]:
    """What the series of these codes give."""
    found = (
        _promotion(one.series_id, one.reward, one.value, one.terms.minimum, one.products)
        for one in {code.series_id: code for code in codes}.values()
    )
    return [one for one in found if one]


def given_by_series(series_ids: Collection[int]) -> list[reckoning.Promotion]:
    """What series give, whether they are still open or not."""
    if not series_ids:
        return []
    goods: dict[int, set[int]] = {one: set() for one in series_ids}
    for series, product in SeriesProduct.objects.filter(series__in=series_ids).values_list(
        "series_id", "product_id"
    ):
        goods[series].add(product)
    found = (
        _promotion(one.pk, one.reward_kind, one.reward_value, one.minimum, frozenset(goods[one.pk]))
        for one in CouponSeries.objects.filter(pk__in=series_ids)
    )
    return [one for one in found if one]


def _promotion(
    series_id: int, reward: str, value: Decimal | None, minimum: Decimal | None, products: frozenset[int]
) -> reckoning.Promotion | None:
    if value is None or reward not in _EFFECTS:
        return None
    goods = reckoning.Goods(products=products)
    return reckoning.Promotion(
        id=-series_id,
        effects=(_EFFECTS[reward](value, goods),),
        needs=(reckoning.Need(amount=minimum),) if minimum else (),
        coupon=series_id,
    )


_EFFECTS: dict[str, Any] = {
    "percent": reckoning.PercentOff,
    "amount": reckoning.AmountOff,
    "price": reckoning.FixedPrice,
}
