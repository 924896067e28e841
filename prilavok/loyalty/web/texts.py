"""What a till prints for the customer and shows to the cashier, in the language that it asked in."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import get_language, gettext, ngettext

from prilavok.customers.queries import Certainty
from prilavok.loyalty.actions import Calculated
from prilavok.ui import formats


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


def _card(state: str) -> str:
    return {
        "blocked": gettext("it is blocked"),
        "replaced": gettext("another card has replaced it"),
        "stock": gettext("it was never issued"),
    }[state]


def _points(points: Decimal) -> str:
    return formats.number(points, language=get_language() or "ru")
