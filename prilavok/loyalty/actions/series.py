"""Series are made, closed and opened again."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.loyalty import rules
from prilavok.loyalty.events import SeriesClosed, SeriesMade, SeriesReopened
from prilavok.loyalty.models import CouponSeries, SeriesCategory, SeriesProduct
from prilavok.loyalty.ports import NewSeries
from prilavok.loyalty.problems import BadTerms, CodeTaken


@transaction.atomic
def create_series(new: NewSeries, *, by: Actor, at: datetime) -> CouponSeries:
    """Make a series; its codes are issued or generated afterwards. Raises BadTerms, CodeTaken."""
    by.must("loyalty.edit")
    _check(new)
    try:
        with transaction.atomic():
            series = CouponSeries.objects.create(**terms(new), made_at=at, made_by=by.id)
    except IntegrityError as taken:
        raise CodeTaken(field="code", taken=new.code) from taken
    SeriesProduct.objects.bulk_create(
        [SeriesProduct(series=series, product_id=product) for product in dict.fromkeys(new.product_ids)]
    )
    SeriesCategory.objects.bulk_create(
        [SeriesCategory(series=series, category_id=one) for one in dict.fromkeys(new.category_ids)]
    )
    journal.record(SeriesMade(series_id=series.pk), by=by, at=at)
    return series


def terms(new: NewSeries) -> dict[str, object]:
    """What a series' row says of its terms."""
    return {
        "code": rules.shown_code(new.code),
        "name": new.name,
        "reward_kind": new.reward_kind,
        "reward_value": new.reward_value,
        "minimum": new.minimum,
        "valid_from": new.valid_from,
        "valid_until": new.valid_until,
        "personal": new.personal,
        "uses": new.uses,
        "first_order": new.first_order,
        "common_code": rules.code_key(new.common_code),
    }


def _check(new: NewSeries) -> None:
    if new.valid_until is not None and new.valid_until <= new.valid_from:
        raise BadTerms(_("The series ends before it begins."), field="valid_until")
    if new.reward_kind != CouponSeries.Reward.OTHER and not (new.reward_value or 0) > 0:
        raise BadTerms(_("Say how much the coupon gives."), field="reward_value")
    if new.reward_kind == CouponSeries.Reward.PERCENT and (new.reward_value or 0) > 100:
        raise BadTerms(_("A discount cannot exceed 100 per cent."), field="reward_value")
    if new.uses is not None and new.uses < 1:
        raise BadTerms(_("A code must be good for at least one use."), field="uses")


@transaction.atomic
def close_series(series_id: int, *, by: Actor, at: datetime) -> None:
    """From now on no code of the series is good. Undone by reopen_series."""
    by.must("loyalty.edit")
    if CouponSeries.objects.filter(pk=series_id, closed_at=None).update(closed_at=at):
        journal.record(SeriesClosed(series_id=series_id), by=by, at=at)


@transaction.atomic
def reopen_series(series_id: int, *, by: Actor, at: datetime) -> None:
    """The series is good again, within its window."""
    by.must("loyalty.edit")
    if CouponSeries.objects.filter(pk=series_id, closed_at__isnull=False).update(closed_at=None):
        journal.record(SeriesReopened(series_id=series_id), by=by, at=at)
