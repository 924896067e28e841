"""Gift cards: kinds and their numbers, what is left on a card, what is owed for all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet

from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.ledger import queries as ledger
from prilavok.ledger.queries import Flows, Liability
from prilavok.loyalty import gifts, rules
from prilavok.loyalty.models import GiftCard, GiftChange, GiftKind, GiftPayment

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

ZERO = Decimal(0)


def gift_kinds(by: Actor) -> QuerySet[GiftKind]:
    """All kinds of gift cards."""
    by.must("loyalty.see_gift_cards")
    return GiftKind.objects.order_by("name", "id")


def get_gift_kind(public_id: UUID, by: Actor) -> GiftKind:
    """Raises GiftKind.DoesNotExist."""
    return gift_kinds(by).get(public_id=public_id)


def gift_stock(kind_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many cards of each kind are in each state."""
    found: dict[int, dict[str, int]] = {kind: {} for kind in kind_ids}
    rows = GiftCard.objects.filter(kind__in=kind_ids).values_list("kind_id", "state").annotate(Count("pk"))
    for kind, state, number in rows:
        found[kind][state] = number
    return found


@dataclass(frozen=True, slots=True)
class GiftSums:
    """Money of a kind, by the books: what cards were sold for, paid, let lapse, gave out in money; the rest is owed."""

    sold: Decimal = ZERO
    paid: Decimal = ZERO
    lapsed: Decimal = ZERO
    paid_out: Decimal = ZERO

    @property
    def owed(self) -> Decimal:
        return self.sold - self.paid - self.lapsed - self.paid_out


def gift_sums(kinds: Collection[GiftKind]) -> dict[int, GiftSums]:
    """The money of kinds of one currency, by their ids."""
    if not kinds:
        return {}
    ids = [one.pk for one in kinds]

    def of(what: str) -> dict[int, Decimal]:
        unit = company.company().currency
        return ledger.balances(owner_kind=gifts.SOURCE, owner_ids=ids, unit=unit, kind=what)

    issued, redeemed, expired, out = of("issued"), of("redeemed"), of("expired"), of(gifts.PAID_OUT)
    return {
        one: GiftSums(
            -issued.get(one, ZERO), redeemed.get(one, ZERO), expired.get(one, ZERO), out.get(one, ZERO)
        )
        for one in ids
    }


def gift_cards(by: Actor) -> QuerySet[GiftCard]:
    """All gift cards; page them by ("-id",)."""
    by.must("loyalty.see_gift_cards")
    return GiftCard.objects.select_related("kind", "sold_in")


def get_gift_card(public_id: UUID, by: Actor) -> GiftCard:
    """Raises GiftCard.DoesNotExist."""
    return gift_cards(by).get(public_id=public_id)


def search_gift_cards(
    by: Actor, text: str, *, kind: UUID | None = None, state: str = ""
) -> QuerySet[GiftCard]:
    """The card of a number, or those of a range whose number begins so; of a kind, in a state."""
    found = gift_cards(by)
    if key := rules.code_key(text):
        found = found.filter(Q(number=key) | Q(number__startswith=key, kind__secret=False))
    if kind:
        found = found.filter(kind__public_id=kind)
    return found.filter(state=state) if state else found


def gift_balances(cards: Collection[GiftCard], *, at: datetime) -> dict[int, Decimal]:
    """What is left on each card at this moment, by its id; one statement for each currency."""
    found: dict[int, Decimal] = dict.fromkeys([one.pk for one in cards], ZERO)
    for currency in {one.kind.currency for one in cards}:
        ids = [one.pk for one in cards if one.kind.currency == currency]
        told = ledger.wallet_balances(owner_kind=gifts.OWNER, owner_ids=ids, unit=currency, at=at)
        found |= {card: balance.available for card, balance in told.items()}
    return found


def gift_history(card: GiftCard, by: Actor) -> QuerySet[GiftChange]:
    """What became of a card, the latest first."""
    by.must("loyalty.see_gift_cards")
    return GiftChange.objects.filter(card=card).select_related("receipt__shop").order_by("-id")


def gift_cards_of(profile_ids: Collection[int], by: Actor) -> QuerySet[GiftCard]:
    """The cards that are bound to these profiles, the latest first."""
    return gift_cards(by).filter(profile__in=profile_ids).order_by("-id")


def gift_payments_on(receipt: Receipt, by: Actor) -> QuerySet[GiftPayment]:
    """What cards paid of a receipt, or got back by a return."""
    by.must("loyalty.see_gift_cards")
    return GiftPayment.objects.filter(receipt=receipt).select_related("card__kind").order_by("pk")


def unsold_numbers(kind: GiftKind, by: Actor) -> Iterator[tuple[str, str]]:
    """Numbers and PINs of the cards of a kind that are not sold yet, for a printer.

    The PIN is empty where none is asked, or where the printer made it.
    """
    by.must("loyalty.issue_gift_cards")
    found = GiftCard.objects.filter(kind=kind, state=GiftCard.State.ISSUED).order_by("pk")
    for number, seal in found.values_list("number", "seal").iterator(chunk_size=5_000):
        yield (
            rules.grouped(number) if kind.secret else number,
            gifts.pin_of(number, settings.SECRET_KEY) if kind.pin and not seal else "",
        )


@dataclass(frozen=True, slots=True)
class GiftLiability:
    """What is owed for gift cards at a moment, and what changed it since another.

    `paid_out`: of what was spent, that which holders got in money.
    """

    owed: Liability
    changed: Flows
    paid_out: Decimal = ZERO

    @property
    def paid(self) -> Decimal:
        """What was bought with cards."""
        return self.changed.spent - self.paid_out


def gift_liability(by: Actor, *, since: datetime, at: datetime) -> GiftLiability:
    """What stands on all cards at a moment of the past or now, in the company's currency; flows from `since` on."""
    by.must("loyalty.see_gift_cards")
    unit = company.company().currency
    stood = [one for one in ledger.liability(unit, at=at) if one.owner_kind == gifts.OWNER]
    moved = [one for one in ledger.flows(unit, since=since, until=at) if one.owner_kind == gifts.OWNER]
    nothing = Liability(unit, gifts.OWNER, 0, ZERO, ZERO, ZERO, ZERO)
    out = {
        moment: sum(
            ledger.balances(
                owner_kind=gifts.SOURCE,
                owner_ids=GiftKind.objects.values_list("pk", flat=True),
                unit=unit,
                kind=gifts.PAID_OUT,
                at=moment,
            ).values(),
            ZERO,
        )
        for moment in (since, at)
    }
    changed = moved[0] if moved else Flows(unit, gifts.OWNER)
    return GiftLiability(stood[0] if stood else nothing, changed, out[at] - out[since])


def numbers_of_gift_cards(profile_ids: Collection[int]) -> dict[int, int]:
    """How many cards are bound to each profile; profiles without any are missing."""
    counted = GiftCard.objects.filter(profile__in=profile_ids).values("profile").annotate(number=Count("pk"))
    return dict(counted.values_list("profile", "number"))


def archived_gift_cards(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """The gift cards of these profiles, for the archive that a person may ask for."""
    found = GiftCard.objects.filter(profile__in=profile_ids).order_by("pk")
    rows = found.values(
        "number",
        "state",
        "value",
        "sold_at",
        "expires_at",
        kind_name=F("kind__name"),
        shop_name=F("sold_in__name"),
    )
    return [dict(row) for row in rows]


def gift_card_ids(ids: Collection[int]) -> dict[int, tuple[UUID, str]]:
    """Ids for links, and numbers as lists show them."""
    found = GiftCard.objects.filter(pk__in=ids).select_related("kind") if ids else ()
    return {one.pk: (one.public_id, one.shown) for one in found}
