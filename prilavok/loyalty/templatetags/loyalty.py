"""Words of coupons in templates."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from prilavok.company import queries as company
from prilavok.kernel import clock, money
from prilavok.loyalty.models import Coupon, CouponSeries, Tier
from prilavok.loyalty.web import words
from prilavok.ui import formats
from prilavok.ui.tables import state

register = template.Library()
register.filter("reward", words.reward)
register.filter("window", words.window)


@register.filter
def series_state(series: CouponSeries) -> SafeString:
    kind, word = words.SERIES_STATES[words.state_of_series(series, clock.now())]
    return state(str(word), kind)


@register.filter
def code_state(coupon: Coupon, used: int | None = None) -> SafeString:
    kind, word = words.CODE_STATES[words.state_of_code(coupon, used or 0, clock.now())]
    return state(str(word), kind)


@register.simple_tag
def done_for(tier: Tier, value: Decimal) -> str:
    """What was done for a tier, or is asked for it, in its own measure: money, purchases or points."""
    if tier.measure == Tier.Measure.TURNOVER:
        return money.show(value, company.currency(), get_language() or "ru")
    return formats.number(value, language=get_language() or "ru")


@register.filter
def absolute(value: Decimal | int) -> Decimal:
    return abs(Decimal(value))
