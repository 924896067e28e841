"""Receipts in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, str | Promise] = {"sale": _("Sale"), "return": _("Return")}
KIND_STATES = {"sale": "good", "return": "warn"}
REASONS: dict[str, str | Promise] = {
    "card": _("card discount"),
    "coupon": _("coupon"),
    "coupon_match": _("shop's addition to a coupon"),
    "promotion": _("promotion"),
    "points": _("points"),
    "manual": _("cashier's discount"),
    "other": _("discount"),
}
UNITS: dict[str, str | Promise] = {"kg": _("kg"), "l": _("l"), "other": _("units")}


def reason(kind: str) -> str:
    """Why a line cost less; a reason that nobody named stays as the till wrote it."""
    return str(REASONS.get(kind, kind))


def unit(code: str) -> str:
    return str(UNITS.get(code, code))
