"""Why a promotion, or a code, did not fit: in words."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel import money
from prilavok.loyalty.models import RefusedUse
from prilavok.loyalty.reckoning.choosing import Refusal
from prilavok.ui import formats

REASONS = {
    "time": _("not at this time"),
    "shop": _("not in this shop"),
    "till": _("not at this till"),
    "channel": _("not in this channel"),
    "payment": _("not with this way of paying"),
    "customer": _("only for customers who are known"),
    "segment": _("the customer is not in its segment"),
    "tier": _("the customer has another tier"),
    "card": _("it asks for another kind of card"),
    "birthday": _("not around the birthday"),
    "first": _("only for a first purchase"),
    "coupon": _("its coupon was not named"),
    "limit": _("it is used up"),
    "group": _("another promotion of its group won"),
    "another": _("another promotion is better for the customer"),
    "needless": _("the goods cost nothing already"),
    "nothing": _("there is nothing in the basket that it could change"),
    "stock": _("the gift is out of stock"),
    "control": _("the customer is in its control group"),
}


def reason(refusal: Refusal) -> str:
    """Why a promotion did not fit, with what is missing where that says more."""
    if refusal.needed is not None and refusal.found is not None:
        missing = refusal.needed - refusal.found
        if refusal.reason == "amount":
            return gettext("%(missing)s more are needed") % {"missing": _money(missing)}
        return gettext("%(missing)s more pieces are needed") % {
            "missing": formats.number(missing, language=get_language() or "ru")
        }
    return str(REASONS.get(refusal.reason, refusal.reason))


def unused(why: str | None) -> str:
    """Why a code changed nothing; empty, if it did."""
    if why is None:
        return ""
    if why in RefusedUse.Reason.values:
        return str(RefusedUse.Reason(why).label)
    if why == "amount":
        return pgettext("a coupon", "the basket is below its minimum")
    return str(REASONS.get(why, why))


def _money(amount: Decimal) -> str:
    return money.show(amount, company.company().currency, get_language() or "ru")
