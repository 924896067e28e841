"""Gift cards on the timeline of their customers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prilavok.customers import ports as customers
from prilavok.customers.ports import TimelineLine
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.kernel.timeline import StoredEvent
from prilavok.loyalty import queries
from prilavok.loyalty.events import (
    GiftCardBlocked,
    GiftCardExpired,
    GiftCardPaid,
    GiftCardPaidOut,
    GiftCardRefunded,
    GiftCardSold,
    GiftCardTakenBack,
    GiftCardToppedUp,
    GiftCardUnblocked,
)
from prilavok.orders import queries as orders
from prilavok.ui.templatetags import ui as words

_TOLD: dict[type[Event], Any] = {
    GiftCardSold: _("Gift card got: %(card)s"),
    GiftCardTakenBack: _("Gift card taken back: %(card)s"),
    GiftCardToppedUp: _("Money put on gift card: %(card)s"),
    GiftCardPaidOut: _("The rest of a gift card given in money: %(card)s"),
    GiftCardPaid: _("Paid by gift card: %(card)s"),
    GiftCardRefunded: _("Given back to gift card: %(card)s"),
    GiftCardExpired: _("Gift card expired: %(card)s"),
    GiftCardBlocked: _("Gift card blocked: %(card)s"),
    GiftCardUnblocked: _("Gift card unblocked: %(card)s"),
}
_WORDS = {event.type_name(): told for event, told in _TOLD.items()}


def _lines(events: Sequence[StoredEvent], by: Actor) -> Mapping[UUID, TimelineLine]:
    cards = queries.gift_card_ids({event.body["card_id"] for event in events})
    receipts = orders.public_ids({event.body["receipt_id"] for event in events if "receipt_id" in event.body})
    return {event.id: _line(event, cards, receipts) for event in events}


def _line(
    event: StoredEvent, cards: Mapping[int, tuple[UUID, str]], receipts: Mapping[int, UUID]
) -> TimelineLine:
    public_id, number = cards.get(event.body["card_id"], (None, ""))
    receipt = receipts.get(event.body.get("receipt_id", 0))
    link = reverse("loyalty:gift_card", args=[public_id]) if public_id else None
    if receipt:
        link = reverse("orders:receipt", args=[receipt])
    amount = words.money(Decimal(event.body["amount"])) if event.body.get("amount") else ""
    return TimelineLine(str(_WORDS[event.type]) % {"card": number}, link, amount)


TIMELINE = customers.TimelineKind(
    tuple(_TOLD),
    _("Gift cards"),
    "ticket",
    lines=_lines,
    permission="loyalty.see_gift_cards",
    key="gift_cards",
)
