"""What series give by themselves, without a promotion that asks for them; as promotions numbered below zero."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from prilavok.loyalty import reckoning
from prilavok.loyalty.models import CouponSeries
from prilavok.loyalty.queries.till import NamedCode


def brought(codes: Iterable[NamedCode]) -> list[reckoning.Promotion]:
    """What the series of these codes give."""
    found = (
        _promotion(
            one.series_id,
            one.reward,
            one.value,
            one.terms.minimum,
            reckoning.Goods(products=one.products, categories=one.categories),
        )
        for one in {code.series_id: code for code in codes}.values()
    )
    return [one for one in found if one]


def given_by_series(series_ids: Collection[int]) -> list[reckoning.Promotion]:
    """What series give, whether they are still open or not."""
    if not series_ids:
        return []
    series = CouponSeries.objects.filter(pk__in=series_ids).prefetch_related("products", "categories")
    found = (
        _promotion(
            one.pk,
            one.reward_kind,
            one.reward_value,
            one.minimum,
            reckoning.Goods(
                products=frozenset(each.product_id for each in one.products.all()),
                categories=frozenset(each.category_id for each in one.categories.all()),
            ),
        )
        for one in series
    )
    return [one for one in found if one]


def _promotion(
    series_id: int, reward: str, value: Decimal | None, minimum: Decimal | None, goods: reckoning.Goods
) -> reckoning.Promotion | None:
    if value is None or reward not in _EFFECTS:
        return None
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
