"""What a till prints for the customer and shows to the cashier, in the language that it asked in."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext, ngettext

from prilavok.company import queries as company
from prilavok.customers.queries import Certainty
from prilavok.loyalty.actions import Calculated
from prilavok.loyalty.models import Tier
from prilavok.loyalty.queries import Hint
from prilavok.loyalty.queries.hints import AHEAD
from prilavok.loyalty.queries.tiers import Way
from prilavok.loyalty.web.reasons import reason
from prilavok.loyalty.web.words import done_for
from prilavok.ui import formats

if TYPE_CHECKING:
    from prilavok.loyalty.models import Coupon


def for_receipt(told: Calculated) -> list[str]:
    """What a customer reads under the total: points spent, earned and left, and what was a gift."""
    answer, known = told.answer, told.situation
    texts = [gettext("A gift: %(what)s") % {"what": told.gifts[one.product].name} for one in answer.gifts]
    if answer.points_spent:
        texts.append(gettext("Points spent: %(points)s") % {"points": _points(answer.points_spent)})
    if answer.points_earned and known.profiles:
        texts.append(gettext("Points earned: %(points)s") % {"points": _points(answer.points_earned)})
    if known.accounts:
        left = known.balance - answer.points_spent
        texts.append(gettext("Points on the account: %(points)s") % {"points": _points(left)})
    return texts


def for_cashier(told: Calculated, certainty: str) -> list[str]:
    """What a cashier says or asks: whether the customer is known, the card is good, points may be spent."""
    answer, known = told.answer, told.situation
    texts = []
    if certainty == Certainty.SEVERAL:
        texts.append(gettext("Several customers have this. Ask for the card or another telephone."))
    if known.card and known.card.state in ("blocked", "replaced", "stock"):
        texts.append(gettext("This card is not good: %(why)s.") % {"why": _card(known.card.state)})
    if answer.points_to_spend and not answer.points_spent:
        texts.append(
            gettext("Up to %(points)s points may be spent. Ask whether to.")
            % {"points": _points(answer.points_to_spend)}
        )
    if not known.profiles and answer.points_earned:
        earned = int(answer.points_earned)
        texts.append(
            ngettext(
                "With a card this purchase would earn %(points)s point.",
                "With a card this purchase would earn %(points)s points.",
                earned,
            )
            % {"points": _points(answer.points_earned)}
        )
    return texts


def birthday(hint: Hint) -> str:
    """What to congratulate on; empty, if no birthday is near."""
    days = hint.birthday_in
    if days is None:
        return ""
    if not days:
        return gettext("The birthday is today. Congratulate!")
    return ngettext("The birthday is in %(days)s day.", "The birthday is in %(days)s days.", days) % {
        "days": days
    }


def near(hint: Hint) -> list[tuple[int, str]]:
    """Promotions within reach, each with what is missing to it."""
    return [(promotion, reason(refusal)) for promotion, refusal in hint.near]


def missing(way: Way) -> str:
    """What is still to be done for the next tier, with what is counted."""
    done = done_for(way.tier, way.missing)
    if way.tier.measure == Tier.Measure.ORDERS:
        return gettext("purchases: %(number)s") % {"number": done}
    if way.tier.measure == Tier.Measure.POINTS:
        return gettext("points: %(number)s") % {"number": done}
    return done


def offer(told: Calculated, hint: Hint, *, at: datetime) -> str:
    """The one thing to say: a coupon that soon ends, what is nearly reached, what is usually taken, another coupon."""
    soon = [
        one
        for one in hint.coupons
        if one.series.valid_until and one.series.valid_until - at < timedelta(days=AHEAD)
    ]
    if soon:
        return _coupon(soon[0])
    if reached := near(hint):
        promotion, missing = reached[0]
        return gettext("“%(promotion)s”: %(missing)s.") % {
            "promotion": told.names[promotion][1],
            "missing": missing,
        }
    if hint.usual:
        return gettext("Usually takes “%(product)s”: it is not in the basket.") % {
            "product": hint.usual[0][1]
        }
    return _coupon(hint.coupons[0]) if hint.coupons else ""


def _coupon(coupon: Coupon) -> str:
    """A coupon of the customer's own, in words."""
    if coupon.series.valid_until is None:
        return gettext("Has a coupon “%(name)s”.") % {"name": coupon.series.name}
    until = coupon.series.valid_until.astimezone(company.zone()).date()
    return gettext("Has a coupon “%(name)s”, good until %(until)s.") % {
        "name": coupon.series.name,
        "until": formats.day(until, get_language() or "ru"),
    }


def _card(state: str) -> str:
    return {
        "blocked": gettext("it is blocked"),
        "replaced": gettext("another card has replaced it"),
        "stock": gettext("it was never issued"),
    }[state]


def _points(points: Decimal) -> str:
    return formats.number(points, language=get_language() or "ru")
