"""Words of receipts in templates."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language

from prilavok.company import queries as company
from prilavok.orders.models import LineDiscount, Receipt
from prilavok.orders.web import words
from prilavok.ui import formats

register = template.Library()


@register.filter
def shop_moment(receipt: Receipt) -> str:
    """When it was paid, by the shop's own clock."""
    return formats.moment(
        receipt.paid_at.astimezone(company.zone_of(receipt.shop_id)), get_language() or "ru"
    )


@register.filter
def reason(discount: LineDiscount) -> str:
    return words.reason(discount.kind)


@register.filter
def kind_word(receipt: Receipt) -> str:
    return str(words.KINDS[receipt.kind])


@register.filter
def quantity(value: Decimal, unit: str) -> str:
    """A quantity with its unit; pieces need no word."""
    shown = formats.number(value, None if value == value.to_integral_value() else 3, get_language() or "ru")
    return shown if unit == "pcs" else f"{shown}{formats.NBSP}{words.unit(unit)}"
