"""Coupons in the books: a piece is one use that a code is good for."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from prilavok.ledger.actions import Posting, Purse
from prilavok.loyalty import rules
from prilavok.loyalty.models import CouponSeries

ONE = Decimal(1)


def issued(series_id: int) -> Purse:
    """All that was ever issued, as a debt of the shop."""
    return Purse("series", series_id, "issued", rules.unit(series_id), may_owe=True)


def holder(series_id: int, profile_id: int | None) -> Purse:
    """Where unused pieces lie: with the customer, or with whoever holds the code."""
    if profile_id is None:
        return Purse("series", series_id, "bearer", rules.unit(series_id))
    return Purse("profile", profile_id, "held", rules.unit(series_id))


def redeemed(series_id: int) -> Purse:
    return Purse("series", series_id, "redeemed", rules.unit(series_id))


def issue(series: CouponSeries, codes: Mapping[int | None, int], *, cause: UUID) -> Posting | None:
    """Pieces of new codes go to their holders: `codes` counts them by profile. Unlimited codes have no pieces."""
    if series.uses is None or not codes:
        return None
    amounts = [(holder(series.pk, profile), Decimal(count * series.uses)) for profile, count in codes.items()]
    total = sum((amount for _, amount in amounts), Decimal(0))
    return Posting(cause, "coupon.issued", [(issued(series.pk), -total), *amounts])


def redeem(series: CouponSeries, profile_id: int | None, *, cause: UUID) -> Posting:
    """A piece goes from its holder to the used ones; an unlimited code's piece is issued by being used."""
    source = issued(series.pk) if series.uses is None else holder(series.pk, profile_id)
    return Posting(cause, "coupon.redeemed", [(source, -ONE), (redeemed(series.pk), ONE)])


def free(series: CouponSeries, profile_id: int | None, *, cause: UUID) -> Posting:
    """A used piece goes back to where it came from: its receipt was returned whole."""
    home = issued(series.pk) if series.uses is None else holder(series.pk, profile_id)
    return Posting(cause, "coupon.freed", [(redeemed(series.pk), -ONE), (home, ONE)])
