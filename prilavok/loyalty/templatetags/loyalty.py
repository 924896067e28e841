"""Words of coupons in templates."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeString

from prilavok.kernel import clock
from prilavok.loyalty.models import Coupon, CouponSeries
from prilavok.loyalty.web import words
from prilavok.ui.tables import state

register = template.Library()
register.filter("reward", words.reward)
register.filter("window", words.window)
register.simple_tag(words.done_for)


@register.filter
def series_state(series: CouponSeries) -> SafeString:
    kind, word = words.SERIES_STATES[words.state_of_series(series, clock.now())]
    return state(str(word), kind)


@register.filter
def code_state(coupon: Coupon, used: int | None = None) -> SafeString:
    kind, word = words.CODE_STATES[words.state_of_code(coupon, used or 0, clock.now())]
    return state(str(word), kind)


@register.filter
def absolute(value: Decimal | int) -> Decimal:
    return abs(Decimal(value))
