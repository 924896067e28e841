"""What loyalty tells: coupons were made, used, refused."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from prilavok.kernel.event import Event


@dataclass(frozen=True, kw_only=True)
class SeriesMade(Event):
    """A series of coupons was made."""

    series_id: int


@dataclass(frozen=True, kw_only=True)
class SeriesClosed(Event):
    """A series was closed before its time: its codes are good no more."""

    series_id: int


@dataclass(frozen=True, kw_only=True)
class SeriesReopened(Event):
    """A closed series is good again."""

    series_id: int


@dataclass(frozen=True, kw_only=True)
class CouponIssued(Event):
    """A customer was given a code."""

    series_id: int
    coupon_id: int


@dataclass(frozen=True, kw_only=True)
class CodesMade(Event):
    """Codes for whoever holds them were made."""

    series_id: int
    count: int


@dataclass(frozen=True, kw_only=True)
class CouponRedeemed(Event):
    """A coupon was used on a receipt; `revenue` is the whole receipt's, `amount` what the coupon took off."""

    series_id: int
    coupon_id: int
    redemption_id: int
    receipt_id: int
    local_date: date
    shop_id: int
    amount: Decimal
    revenue: Decimal


@dataclass(frozen=True, kw_only=True)
class CouponRefused(Event):
    """A code named on a receipt was not good."""

    receipt_id: int
    reason: str
    series_id: int | None = None
    coupon_id: int | None = None
