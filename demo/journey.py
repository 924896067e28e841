"""One year of a retailer's receipts as plain columns, whoever they come from."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

ZONE = ZoneInfo("America/New_York")
CURRENCY = "USD"
GASOLINE = "GASOLINE-REG UNLEADED"

Column = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Lines:
    """Receipt lines, sorted by moment and basket. Money in cents; `local` is the shop's wall time."""

    household: Column
    store: Column
    basket: Column
    product: Column
    quantity: Column
    revenue: Column
    card_discount: Column
    manufacturer_coupon: Column
    shop_coupon: Column
    local: Column

    def __len__(self) -> int:
        return len(self.basket)

    def picked(self, mask: Column) -> "Lines":
        """Only the lines where the mask is true."""
        return Lines(**{name: getattr(self, name)[mask] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class Product:
    code: int
    department: str
    category: str | None
    kind: str
    size: str
    manufacturer: str
    private_label: bool


@dataclass(frozen=True)
class PastCampaign:
    code: int
    kind: str
    starts: date
    ends: date


@dataclass(frozen=True)
class Redemption:
    household: int
    coupon: int
    campaign: int
    day: date


@dataclass(frozen=True)
class Journey:
    """Everything that the demo shop is made of."""

    title: str
    real: bool
    lines: Lines
    products: Sequence[Product]
    age_bands: dict[int, str]
    campaigns: Sequence[PastCampaign]
    targets: Sequence[tuple[int, int]]
    """(campaign, household)"""
    coupons: Sequence[tuple[int, int, int]]
    """(coupon, product, campaign), as delivered: repeated rows and all"""
    redemptions: Sequence[Redemption]
    moved_weeks: int = field(default=0)

    def last_moment(self) -> datetime:
        """The wall time of the last receipt."""
        return moment(self.lines.local[-1])

    def moved(self, weeks: int) -> "Journey":
        """The same journey so many whole weeks later, in shop-local wall time: Sundays stay Sundays."""
        days = timedelta(weeks=weeks)
        return replace(
            self,
            lines=replace(self.lines, local=self.lines.local + np.timedelta64(weeks * 7, "D")),
            campaigns=[
                replace(one, starts=one.starts + days, ends=one.ends + days) for one in self.campaigns
            ],
            redemptions=[replace(one, day=one.day + days) for one in self.redemptions],
            moved_weeks=self.moved_weeks + weeks,
        )


def weeks_until(now: datetime, last: datetime, quiet: timedelta = timedelta(days=1)) -> int:
    """Whole weeks by which a year that ended at `last` (wall time) is moved so that it ends now, not later.

    >>> weeks_until(datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2017, 12, 31, 23, 1))
    463
    >>> weeks_until(datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2017, 12, 31, 23, 1))
    464
    """
    here = now.astimezone(ZONE).replace(tzinfo=None)
    return (here - quiet - last) // timedelta(weeks=1)


def wall_times(moments: Column) -> Column:
    """UTC seconds without a mark turned into New York's wall time.

    >>> wall_times(np.array(["2018-01-01T04:01:20"], dtype="datetime64[s]"))[0]
    np.datetime64('2017-12-31T23:01:20')
    """
    hours, where = np.unique(moments.astype("datetime64[h]"), return_inverse=True)
    shifts = [_offset(hour) for hour in hours]
    return np.asarray(moments + np.array(shifts, dtype="timedelta64[s]")[where])


def _offset(hour: Any) -> int:
    shift = moment(hour).replace(tzinfo=UTC).astimezone(ZONE).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def moment(value: Any) -> datetime:
    """A numpy moment as a datetime without zone."""
    whole: datetime = value.astype("datetime64[s]").item()
    return whole


def cents(column: Any) -> Column:
    """Dollars as whole cents, exactly."""
    return np.rint(np.asarray(column, dtype=np.float64) * 100).astype(np.int64)
