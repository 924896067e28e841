"""What is done with gift cards: sold, taken back unused, blocked, expired. Whatever it was stays in the history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.kernel import clock, journal, money
from prilavok.kernel.actors import SYSTEM, Actor, Refused
from prilavok.kernel.event import Event
from prilavok.kernel.ids import uuid7
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries as books
from prilavok.loyalty import gifts, rules
from prilavok.loyalty.actions.gift_kinds import least_and_most
from prilavok.loyalty.events import (
    GiftCardBlocked,
    GiftCardExpired,
    GiftCardPaidOut,
    GiftCardSold,
    GiftCardTakenBack,
    GiftCardToppedUp,
    GiftCardUnblocked,
)
from prilavok.loyalty.models import GiftCard, GiftChange
from prilavok.loyalty.ports import GiftSale
from prilavok.loyalty.problems import BadGiftAmount, GiftCardTwice, UnknownGiftCard, WrongGiftState
from prilavok.loyalty.queries.gift_cards import gift_balances

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

ZERO = Decimal(0)
CHUNK = 500  # cards that expire in one transaction
State = GiftCard.State


def wallet(card: GiftCard) -> ledger.Wallet:
    """Where the money of a card stands."""
    return ledger.Wallet(gifts.OWNER, card.pk, card.kind.currency)


def redeemed(card: GiftCard) -> ledger.Purse:
    """Where the money goes that a card of this kind pays."""
    return ledger.Purse(gifts.SOURCE, card.kind_id, "redeemed", card.kind.currency)


def paid_out(card: GiftCard) -> ledger.Purse:
    """Where the money goes that a holder of a card of this kind gets in cash."""
    return ledger.Purse(gifts.SOURCE, card.kind_id, gifts.PAID_OUT, card.kind.currency)


def locked(numbers: Collection[str]) -> dict[str, GiftCard]:
    """Cards by their numbers as `rules.code_key` writes them, held until the transaction ends, in one order."""
    found = GiftCard.objects.filter(number__in=numbers).select_related("kind").order_by("pk")
    return {one.number: one for one in found.select_for_update(no_key=True, of=("self",))}


# ── Sale ─────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def sell_gift_cards(
    sales: Sequence[GiftSale],
    *,
    shop_id: int,
    receipt: str,
    by: Actor,
    at: datetime,
    profile_id: int | None = None,
) -> list[GiftCard]:
    """Cards are paid for, under one fiscal number: each is worth its amount from now on.

    The same again changes nothing. `profile_id` binds them to a customer. Money is not revenue yet: it is
    owed until somebody buys something for it.
    Raises Refused, UnknownGiftCard, GiftCardTwice, WrongGiftState, BadGiftAmount; sells none then.
    """
    by.must("loyalty.sell_gift_cards")
    if not by.sees_shop(shop_id):
        raise Refused("loyalty.sell_gift_cards")
    keys = [rules.code_key(one.number) for one in sales]
    cards = locked(keys)
    sold = []
    for place, (sale, key) in enumerate(zip(sales, keys, strict=True)):
        card = cards.get(key)
        if card is None:
            raise UnknownGiftCard(field=f"cards.{place}.number")
        if key in keys[:place]:
            raise GiftCardTwice(field=f"cards.{place}.number", number=card.shown)
        amount = _amount(sale, card, place)
        if (card.sold_in_id, card.sold_by, card.value) == (shop_id, receipt, amount):
            continue  # told before
        if card.state != State.ISSUED:
            raise wrong_state(card, f"cards.{place}.number")
        card.value, card.sold_at, card.sold_in_id, card.sold_by = amount, at, shop_id, receipt
        card.granted, card.profile_id = uuid7(), profile_id
        card.expires_at = _expiry(card, shop_id, at)
        sold.append(card)
    _grant(sold, by, at)
    return [cards[key] for key in keys]


def _amount(sale: GiftSale, card: GiftCard, place: int) -> Decimal:
    """What a card is sold for. Raises BadGiftAmount."""
    least, most = least_and_most(card.kind)
    amount = most if sale.amount is None and least == most else sale.amount
    if amount is None or not least <= amount <= most:
        bounds = {
            "least": money.show(least, card.kind.currency),
            "most": money.show(most, card.kind.currency),
        }
        message = _("A card “%(kind)s” is worth from %(least)s to %(most)s. Say how much, within that.")
        raise BadGiftAmount(message, field=f"cards.{place}.amount", kind=card.kind.name, **bounds)
    return amount


def wrong_state(card: GiftCard, field: str | None = None) -> WrongGiftState:
    return WrongGiftState(field=field, number=card.shown, state=card.get_state_display())


def _expiry(card: GiftCard, shop_id: int, at: datetime) -> datetime | None:
    """The midnight of the shop's own zone at which the card is good no more."""
    zone = company.zone_of(shop_id)
    return rules.lifetime(at, zone, pending_days=0, lifetime_days=card.kind.lifetime_days)[1]


def _grant(sold: Sequence[GiftCard], by: Actor, at: datetime) -> None:
    if not sold:
        return
    ledger.carry_out(
        [
            _granted(card, card.granted, card.value, card.expires_at)  # type: ignore[arg-type]
            for card in sold
        ],
        by=by,
        at=at,
    )
    for card in sold:
        told = GiftCardSold(card_id=card.pk, kind_id=card.kind_id, amount=card.value or ZERO)
        become(card, State.ACTIVE, told, by, at, amount=card.value or ZERO)


def _granted(card: GiftCard, cause: UUID, amount: Decimal, until: datetime | None) -> ledger.Grant:
    return ledger.Grant(
        cause=cause,
        reason="gift_card.sold",
        wallet=wallet(card),
        amount=amount,
        source=ledger.Purse(gifts.SOURCE, card.kind_id, "issued", card.kind.currency, may_owe=True),
        expires_at=until,
    )


def become(
    card: GiftCard,
    state: str,
    told: Event,
    by: Actor,
    at: datetime,
    *,
    amount: Decimal = ZERO,
    receipt: Receipt | None = None,
    customer: int | None = None,
    reason: str = "",
    told_by: str = "",
) -> None:
    """Write what became of a card, and tell it."""
    card.state = state
    card.save()
    GiftChange.objects.create(
        card=card,
        state=state,
        amount=amount,
        receipt_id=receipt.pk if receipt else None,
        at=at,
        by_kind=by.kind,
        by_id=by.id,
        reason=reason,
        told_by=told_by,
    )
    shop = receipt.shop_id if receipt else card.sold_in_id
    buyer = receipt.profile_id if receipt else None
    journal.record(told, by=by, at=at, customer=buyer or customer or card.profile_id, shop=shop)


@transaction.atomic
def top_up_gift_card(
    card_id: int, amount: Decimal, *, shop_id: int, receipt: str, by: Actor, at: datetime
) -> GiftCard:
    """More money is put on a card that was sold, under a fiscal number; the same again changes nothing.

    It is good as long as a card sold now would be. Only cards whose worth is chosen at the sale are topped up, and no
    card holds more than the most of its kind. Raises Refused, WrongGiftState, BadGiftAmount.
    """
    by.must("loyalty.sell_gift_cards")
    if not by.sees_shop(shop_id):
        raise Refused("loyalty.sell_gift_cards")
    card = _held(card_id)
    before = GiftChange.objects.filter(card=card, told_by=_told_by(shop_id, receipt)).first()
    if before is not None:
        if before.amount != amount:
            message = _("This receipt has put %(amount)s on the card already: a receipt is told once.")
            shown = money.show(before.amount, card.kind.currency)
            raise BadGiftAmount(message, field="amount", amount=shown)
        return card
    if card.state not in (*GiftCard.SOLD, State.USED) or card.value is None:
        raise wrong_state(card)
    room = _room(card, at)
    if not 0 < amount <= room:
        message = _("This card takes at most %(room)s more. Name a sum within that.")
        raise BadGiftAmount(message, field="amount", room=money.show(room, card.kind.currency))
    until = _expiry(card, shop_id, at)
    ledger.carry_out([_granted(card, uuid7(), amount, until)], by=by, at=at)
    card.value += amount
    card.expires_at = last_day(card)
    told = GiftCardToppedUp(card_id=card.pk, kind_id=card.kind_id, amount=amount)
    become(card, standing(card, at), told, by, at, amount=amount, told_by=_told_by(shop_id, receipt))
    return card


def _told_by(shop_id: int, receipt: str) -> str:
    return f"{shop_id}:{receipt}"


def _room(card: GiftCard, at: datetime) -> Decimal:
    """How much more may stand on a card. Raises BadGiftAmount."""
    if card.kind.value is not None:
        message = _("Cards “%(kind)s” are all worth the same: they are not topped up.")
        raise BadGiftAmount(message, field="amount", kind=card.kind.name)
    return max(least_and_most(card.kind)[1] - gift_balances([card], at=at)[card.pk], ZERO)


@transaction.atomic
def pay_gift_card_out(card_id: int, *, reason: str, by: Actor, at: datetime) -> tuple[GiftCard, Decimal]:
    """What is left on a card is given to its holder in money, and the card pays no more; the card and the sum.

    Raises WrongGiftState.
    """
    by.must("loyalty.pay_gift_cards_out")
    card = _held(card_id)
    left = gift_balances([card], at=at)[card.pk] if card.state in GiftCard.SOLD else ZERO
    if not left:
        raise wrong_state(card)
    spend = ledger.Spend(
        cause=uuid7(),
        reason="gift_card.paid_out",
        wallets=(wallet(card),),
        amount=left,
        target=paid_out(card),
    )
    ledger.carry_out([spend], by=by, at=at)
    told = GiftCardPaidOut(card_id=card.pk, kind_id=card.kind_id, amount=left)
    become(card, State.USED, told, by, at, amount=-left, reason=reason.strip()[:200])
    return card, left


@transaction.atomic
def take_gift_card_back(card_id: int, *, by: Actor, at: datetime, reason: str = "") -> GiftCard:
    """A card that was not used comes back, its buyer gets the money; it can be sold again. Raises WrongGiftState."""
    by.must("loyalty.sell_gift_cards")
    card = _held(card_id)
    topped_up = GiftChange.objects.filter(card=card).exclude(told_by="").exists()
    if card.state != State.ACTIVE or topped_up or gift_balances([card], at=at)[card.pk] != card.value:
        raise wrong_state(card)
    amount = card.value
    assert card.granted is not None
    back = ledger.TakeBack(cause=uuid7(), reason="gift_card.taken_back", granted=card.granted, owe=False)
    ledger.carry_out([back], by=by, at=at)
    told = GiftCardTakenBack(card_id=card.pk, kind_id=card.kind_id, amount=amount)
    customer = card.profile_id
    card.value = card.sold_at = card.sold_in = card.granted = card.expires_at = card.profile = None
    card.sold_by = ""
    become(card, State.ISSUED, told, by, at, amount=-amount, customer=customer, reason=reason.strip()[:200])
    return card


def _held(card_id: int) -> GiftCard:
    found = GiftCard.objects.select_for_update(no_key=True, of=("self",)).select_related("kind")
    return found.get(pk=card_id)


# ── Blocked, bound ───────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def block_gift_card(card_id: int, *, reason: str = "", by: Actor, at: datetime) -> GiftCard:
    """A lost or doubtful card pays for nothing; what is on it stays. Undone by unblock_gift_card. Raises
    WrongGiftState.
    """
    by.must("loyalty.block_gift_cards")
    card = _held(card_id)
    if card.state not in (State.ISSUED, *GiftCard.SOLD):
        raise wrong_state(card)
    become(card, State.BLOCKED, GiftCardBlocked(card_id=card.pk), by, at, reason=reason.strip()[:200])
    return card


@transaction.atomic
def unblock_gift_card(card_id: int, *, by: Actor, at: datetime) -> GiftCard:
    """A blocked card is what it was before. Raises WrongGiftState."""
    by.must("loyalty.block_gift_cards")
    card = _held(card_id)
    if card.state != State.BLOCKED:
        raise wrong_state(card)
    become(card, standing(card, at), GiftCardUnblocked(card_id=card.pk), by, at)
    return card


def standing(card: GiftCard, at: datetime) -> str:
    """What a card is by what is left on it."""
    if card.value is None:
        return str(State.ISSUED)
    return gifts.state_of(card.value, gift_balances([card], at=at)[card.pk])


@transaction.atomic
def forget_gift_cards(profile_ids: Collection[int], *, by: Actor) -> None:
    """Gift cards of erased customers are nobody's any more; whoever holds one still pays with it."""
    GiftCard.objects.filter(profile__in=profile_ids).update(profile=None)


def last_day(card: GiftCard) -> datetime | None:
    """Until when what is left on a card is good: money that came back late lives longer than the rest."""
    lots = books.lots_of(owner_kind=gifts.OWNER, owner_ids=[card.pk], unit=card.kind.currency)
    ends = [one.expires_at for one in lots]
    return max((one for one in ends if one), default=None) if all(ends) else None


# ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────


def expire_gift_cards(at: datetime | None = None) -> int:
    """Cards whose time is over pay no more, what was left on them is the shop's; how many. Called every night.

    In the books it lapses at that very moment whatever is called when; here the cards are told of it.
    """
    at, gone = at or clock.now(), 0
    ledger.settle_due(by=SYSTEM, at=at)
    while part := _expire(at):
        gone += part
    return gone


@transaction.atomic
def _expire(at: datetime) -> int:
    due = GiftCard.objects.filter(expires_at__lte=at, state__in=[*GiftCard.SOLD, State.BLOCKED])
    found = due.select_related("kind").order_by("pk").select_for_update(no_key=True, of=("self",))
    cards = list(found[:CHUNK])
    left = _left([card.pk for card in cards])
    for card in cards:
        amount = left.get(card.pk, ZERO)
        told = GiftCardExpired(card_id=card.pk, kind_id=card.kind_id, amount=amount)
        become(card, State.EXPIRED, told, SYSTEM, at, amount=-amount)
    return len(cards)


def _left(card_ids: Collection[int]) -> Mapping[int, Decimal]:
    """What stood on cards before they expired: all that came to them, less all that left."""
    sums: dict[int, Decimal] = {}
    for card, amount in GiftChange.objects.filter(card__in=card_ids).values_list("card_id", "amount"):
        sums[card] = sums.get(card, ZERO) + amount
    return sums
