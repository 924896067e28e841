"""A gift card pays at the till, and gets back its share when goods come back.

It is a means of payment and no discount: the receipt's sums stay whole, and what was paid with which card stands
beside it. Callers hold the receipt, so that one receipt is paid once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import limits, money
from prilavok.kernel.actors import Actor
from prilavok.ledger import actions as ledger
from prilavok.loyalty import gifts, rules
from prilavok.loyalty.actions.gift_cards import (
    become,
    last_day,
    locked,
    redeemed,
    standing,
    wallet,
    wrong_state,
)
from prilavok.loyalty.events import GiftCardPaid, GiftCardRefunded
from prilavok.loyalty.models import GiftCard, GiftPayment
from prilavok.loyalty.ports import GiftTender
from prilavok.loyalty.problems import BadGiftAmount, GiftCardShort, GiftCardTwice, UnknownGiftCard
from prilavok.loyalty.queries.gift_cards import gift_balances
from prilavok.orders import queries as orders

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

ZERO, STEP = Decimal(0), Decimal("0.01")
GUESSES_PER_MINUTE = 30  # wrong numbers, of one till
PINS = {"times": 10, "seconds": 600}  # PINs looked at, right or wrong, of one card
LIVES = timedelta(days=30)  # what comes back to a card whose time is over


@dataclass(frozen=True, slots=True)
class GiftPaid:
    """What a card paid of a receipt, below zero what came back to it; and what is left on it."""

    card: UUID
    number: str
    amount: Decimal
    balance: Decimal


@transaction.atomic
def gift_balance(number: str, pin: str, *, by: Actor, at: datetime) -> tuple[GiftCard, Decimal]:
    """The card of a number and its PIN, and what can be paid with it: nothing unless it is sold and good.

    Raises UnknownGiftCard, TooOften.
    """
    by.must("loyalty.redeem")
    [card] = _shown([GiftTender(number, pin)], by)
    return card, gift_balances([card], at=at)[card.pk] if card.state in GiftCard.SOLD else ZERO


def _shown(tenders: Sequence[GiftTender], by: Actor) -> list[GiftCard]:
    """The cards of numbers and PINs, held until the transaction ends. Raises UnknownGiftCard, GiftCardTwice, TooOften.

    A PIN is counted before it is looked at, or whoever is slowed down would still learn from being let through.
    """
    keys = [rules.code_key(one.number) for one in tenders]
    cards = locked(keys)
    for place, (tender, key) in enumerate(zip(tenders, keys, strict=True)):
        field, card = f"gift_cards.{place}.number", cards.get(key)
        if card is not None and card.kind.pin:
            limits.take(f"gift pin {card.pk}", **PINS)
        if card is None or (card.kind.pin and not gifts.opens(key, tender.pin, _secrets(), card.seal)):
            limits.take(f"gift cards {by.kind} {by.id}", times=GUESSES_PER_MINUTE, seconds=60)
            raise UnknownGiftCard(field=field)
        if key in keys[:place]:
            raise GiftCardTwice(field=field, number=card.shown)
    return [cards[key] for key in keys]


def _secrets() -> list[str]:
    return [str(one) for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


# ── Paid ─────────────────────────────────────────────────────────────────────────────────────────────────


def pay_by_gift(
    receipt: Receipt, tenders: Sequence[GiftTender], *, by: Actor, at: datetime
) -> tuple[GiftPaid, ...]:
    """Take what each card is to pay; a receipt that was paid with cards before is answered as it was.

    Raises UnknownGiftCard, WrongGiftState, GiftCardShort, BadGiftAmount, GiftCardTwice, TooOften.
    """
    if not tenders:
        return ()
    known = paid_by_gift(receipt, at=at)
    if known:
        return known
    cards = _shown(tenders, by)
    amounts = _amounts(cards, tenders, receipt, at)
    ledger.carry_out(
        [
            ledger.Spend(
                cause=_cause(receipt, card),
                reason="gift_card.paid",
                wallets=(wallet(card),),
                amount=amount,
                target=redeemed(card),
            )
            for card, amount in zip(cards, amounts, strict=True)
        ],
        by=by,
        at=at,
    )
    for card, amount in zip(cards, amounts, strict=True):
        told = GiftCardPaid(card_id=card.pk, kind_id=card.kind_id, receipt_id=receipt.pk, amount=amount)
        _move(card, receipt, amount, told, by, at)
    return paid_by_gift(receipt, at=at)


def _amounts(
    cards: Sequence[GiftCard], tenders: Sequence[GiftTender], receipt: Receipt, at: datetime
) -> list[Decimal]:
    """What each card pays: as much as was said, or as much as it can of what is left."""
    held, left = gift_balances(cards, at=at), receipt.paid
    amounts = []
    for place, (card, tender) in enumerate(zip(cards, tenders, strict=True)):
        if card.state not in GiftCard.SOLD or card.kind.currency != receipt.currency:
            raise wrong_state(card, f"gift_cards.{place}.number")
        amount = min(held[card.pk], left) if tender.amount is None else tender.amount
        if not 0 < amount <= left:
            message = _("%(left)s are left to pay: a gift card pays more than nothing and no more than that.")
            shown = money.show(left, receipt.currency)
            raise BadGiftAmount(message, field=f"gift_cards.{place}.amount", left=shown)
        if amount > held[card.pk]:
            shown = str(money.rounded(held[card.pk], receipt.currency))
            raise GiftCardShort(field=f"gift_cards.{place}.amount", number=card.shown, balance=shown)
        amounts.append(amount)
        left -= amount
    return amounts


def _cause(receipt: Receipt, card: GiftCard) -> UUID:
    """The books' cause of what a card paid of a receipt, or got back by it."""
    return uuid5(gifts.NAMESPACE, f"{receipt.public_id}:{card.public_id}")


def _move(
    card: GiftCard,
    receipt: Receipt,
    amount: Decimal,
    told: GiftCardPaid | GiftCardRefunded,
    by: Actor,
    at: datetime,
) -> None:
    """Write a payment, above zero from the card, below zero back to it."""
    GiftPayment.objects.create(receipt=receipt, card=card, amount=amount)
    state = card.state if card.state == GiftCard.State.BLOCKED else standing(card, at)
    become(card, state, told, by, at, amount=-amount, receipt=receipt)


def paid_by_gift(receipt: Receipt, *, at: datetime) -> tuple[GiftPaid, ...]:
    """What cards paid of a receipt, or got back by a return."""
    found = list(GiftPayment.objects.filter(receipt=receipt.pk).select_related("card__kind").order_by("pk"))
    left = gift_balances([one.card for one in found], at=at) if found else {}
    return tuple(GiftPaid(one.card.public_id, one.card.shown, one.amount, left[one.card_id]) for one in found)


# ── Returned ─────────────────────────────────────────────────────────────────────────────────────────────


def refund_to_gift(
    original: Receipt, back: Receipt, refund: Decimal, *, by: Actor, at: datetime
) -> tuple[GiftPaid, ...]:
    """Give cards back their share of what is refunded for a return: parts make up all that they had paid.

    No more than `refund`, which points that were spent elsewhere may have lessened. Told again it moves nothing.
    """
    paid = {one.card_id: one.amount for one in GiftPayment.objects.filter(receipt=original.pk).order_by("pk")}
    if not paid:
        return ()
    known = paid_by_gift(back, at=at)
    if known:
        return known
    before, now = orders.returned_money(original.pk, upto=back.pk)
    whole = sum(paid.values(), ZERO)
    amount = min(gifts.goes_back(original.paid, whole, before, now, STEP), refund)
    if amount > 0:
        _give_back(original, back, paid, amount, by, at)
    return paid_by_gift(back, at=at)


def _give_back(
    original: Receipt, back: Receipt, paid: dict[int, Decimal], amount: Decimal, by: Actor, at: datetime
) -> None:
    numbers = list(GiftCard.objects.filter(pk__in=paid).values_list("number", flat=True))
    cards = {one.pk: one for one in locked(numbers).values()}
    got = {card: _returned(card, original) for card in paid}
    parts = gifts.fill(amount, [paid[card] - got[card] for card in paid])
    moves = [(cards[card], part) for card, part in zip(paid, parts, strict=True) if part]
    ledger.carry_out(
        [
            ledger.GiveBack(
                cause=_cause(back, card),
                reason="gift_card.refunded",
                spent=_cause(original, card),
                amount=part,
                grace=LIVES,
            )
            for card, part in moves
        ],
        by=by,
        at=at,
    )
    for card, part in moves:
        card.expires_at = last_day(card)
        told = GiftCardRefunded(card_id=card.pk, kind_id=card.kind_id, receipt_id=back.pk, amount=part)
        _move(card, back, -part, told, by, at)


def _returned(card_id: int, original: Receipt) -> Decimal:
    """What a card got back already with returns of a receipt."""
    found = GiftPayment.objects.filter(card=card_id, receipt__returns=original.pk)
    return -sum(found.values_list("amount", flat=True), ZERO)
