"""Coupons in words."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel import money
from prilavok.loyalty import rules
from prilavok.loyalty.models import Coupon, CouponSeries, Tier
from prilavok.ui import formats

SERIES_STATES: dict[str, tuple[str, str | Promise]] = {
    "open": ("good", _("valid")),
    "waiting": ("info", _("not yet valid")),
    "over": ("muted", _("over")),
    "closed": ("bad", pgettext_lazy("series of coupons", "closed")),
}
CODE_STATES: dict[str, tuple[str, str | Promise]] = {
    "used": ("good", _("used")),
    "partly": ("info", _("used in part")),
    "ready": ("info", _("not used")),
    "lost": ("muted", _("lapsed")),
}


def done_for(tier: Tier, value: Decimal) -> str:
    """What was done for a tier, or is asked for it, in its own measure: money, purchases or points."""
    if tier.measure == Tier.Measure.TURNOVER:
        return money.show(value, company.currency(), get_language() or "ru")
    return formats.number(value, language=get_language() or "ru")


def state_of_series(series: CouponSeries, at: datetime) -> str:
    return rules.series_state(
        valid_from=series.valid_from, valid_until=series.valid_until, closed_at=series.closed_at, at=at
    )


def state_of_code(coupon: Coupon, used: int, at: datetime) -> str:
    """used, partly (some uses are left), ready or lost (its time has passed)."""
    uses = coupon.series.uses
    if used and (uses is None or used >= uses):
        return "used"
    if state_of_series(coupon.series, at) in ("over", "closed"):
        return "used" if used else "lost"
    return "partly" if used else "ready"


def reward(series: CouponSeries) -> str:
    """What the coupon gives: −10 %, −300 ₽, for 99 ₽, as printed."""
    value = series.reward_value or Decimal(0)
    if series.reward_kind == "percent":
        return formats.MINUS + formats.percent(value / 100, 2 if value % 1 else 0, _language())
    if series.reward_kind == "amount":
        return formats.MINUS + _money(value)
    if series.reward_kind == "price":
        return gettext("for %(price)s") % {"price": _money(value)}
    return gettext("as printed on the coupon")


def window(series: CouponSeries) -> str:
    """From which day to which, inclusive, by the company's clock."""
    zone = company.zone()
    first = formats.day(series.valid_from.astimezone(zone).date(), _language())
    if series.valid_until is None:
        return gettext("from %(day)s on") % {"day": first}
    last = (series.valid_until - timedelta(microseconds=1)).astimezone(zone).date()
    return f"{first} — {formats.day(last, _language())}"


def _money(value: Decimal) -> str:
    return money.show(value, company.company().currency, _language())


def _language() -> str:
    return get_language() or "ru"
