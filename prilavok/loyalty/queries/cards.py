"""Cards: kinds, stock, which account a number opens."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.loyalty import numbering
from prilavok.loyalty.models import Account, Card, CardChange, CardKind, CardStatus
from prilavok.loyalty.problems import UnknownCard


@dataclass(frozen=True, slots=True)
class CardShown:
    """What a till needs to know of a card that was shown to it.

    `state`: stock, issued, active, blocked, replaced (models.Card.State). Only an active one is `good`; an issued
    one may be activated on the spot. `successor` is the number given in a replaced card's stead.
    """

    id: int
    kind_id: int
    programme_id: int
    account_id: int | None
    state: str
    successor: str | None

    @property
    def good(self) -> bool:
        return self.state == Card.State.ACTIVE


_SHOWN = """
    SELECT c.id, c.kind_id, k.programme_id, c.account_id, c.state, s.number
    FROM loyalty_card c JOIN loyalty_cardkind k ON k.id = c.kind_id LEFT JOIN loyalty_card s ON s.id = c.successor_id
    WHERE c.number = %s::text"""


def card_state(number: str) -> CardShown | None:
    """The card of a number however it was typed; None: no card of ours. One statement."""
    found = prepared.rows(_SHOWN, [numbering.tidy(number)])
    return CardShown(*found[0]) if found else None


def is_stopped(number: str) -> bool:
    """Whether this is a card of ours that opens nothing: blocked, replaced, or still in stock."""
    shown = card_state(number)
    return shown is not None and shown.state in (Card.State.BLOCKED, Card.State.REPLACED, Card.State.STOCK)


def stopped_soon(number: str) -> None:
    """Ask ahead what `is_stopped` will be asked."""
    prepared.ahead(_SHOWN, [numbering.tidy(number)])


def card_kinds(by: Actor) -> QuerySet[CardKind]:
    """All kinds of cards."""
    by.must("loyalty.see")
    return CardKind.objects.select_related("programme").order_by("name", "id")


def get_card_kind(public_id: UUID, by: Actor) -> CardKind:
    """Raises CardKind.DoesNotExist."""
    return card_kinds(by).get(public_id=public_id)


def card_statuses(by: Actor) -> QuerySet[CardStatus]:
    """All statuses that the company made, with how many cards have each (`number`)."""
    by.must("loyalty.see")
    return CardStatus.objects.annotate(number=Count("cards")).order_by("name", "id")


def get_card_status(public_id: UUID, by: Actor) -> CardStatus:
    """Raises CardStatus.DoesNotExist."""
    return card_statuses(by).get(public_id=public_id)


def card_status_names(ids: Collection[int]) -> dict[int, str]:
    return dict(CardStatus.objects.filter(pk__in=ids).values_list("pk", "name"))


def stock(kind_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many cards of each kind are in each state."""
    found: dict[int, dict[str, int]] = {kind: {} for kind in kind_ids}
    rows = Card.objects.filter(kind__in=kind_ids).values_list("kind_id", "state").annotate(Count("pk"))
    for kind, state, number in rows:
        found[kind][state] = number
    return found


def cards(by: Actor) -> QuerySet[Card]:
    """All cards; page them by ("-id",)."""
    by.must("loyalty.see")
    return Card.objects.select_related("kind__programme", "account", "shop", "activated_shop", "status")


def get_card(public_id: UUID, by: Actor) -> Card:
    """Raises Card.DoesNotExist."""
    return cards(by).select_related("successor", "predecessor").get(public_id=public_id)


def account_of_card(number: str, by: Actor) -> Account:
    """The account that a good card opens, however its number was typed. Raises UnknownCard."""
    good = cards(by).filter(number=numbering.tidy(number), state=Card.State.ACTIVE, account__closed_at=None)
    card = good.exclude(account=None).first()
    if card is None or card.account is None:
        raise UnknownCard(_("No good card has the number %(number)s."), field="card", number=number)
    return card.account


def search_cards(
    by: Actor, text: str, *, kind: UUID | None = None, state: str = "", status: str = ""
) -> QuerySet[Card]:
    """Cards whose number begins so, of a kind, in a state, of a status."""
    found = cards(by)
    if tidy := numbering.tidy(text):
        found = found.filter(number__startswith=tidy)
    if kind:
        found = found.filter(kind__public_id=kind)
    if status:
        found = found.filter(status__code=status)
    return found.filter(state=state) if state else found


def cards_of(accounts: Collection[Account], by: Actor) -> dict[int, list[Card]]:
    """The cards that open each account, the latest first."""
    found: dict[int, list[Card]] = {one.pk: [] for one in accounts}
    for card in cards(by).filter(account__in=found).order_by("-id"):
        found[card.account_id or 0].append(card)
    return found


def card_history(card: Card, by: Actor) -> QuerySet[CardChange]:
    """What became of a card, the latest first."""
    by.must("loyalty.see")
    return CardChange.objects.filter(card=card).order_by("-id")


def archived_cards(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """The cards of these profiles, for the archive that a person may ask for."""
    found = Card.objects.filter(account__profile__in=profile_ids).order_by("pk")
    rows = found.values(
        "number",
        "state",
        "issued_at",
        "activated_at",
        "ended_at",
        kind_name=F("kind__name"),
        shop_name=F("shop__name"),
        activated_shop_name=F("activated_shop__name"),
        status_name=F("status__name"),
    )
    return [dict(row) for row in rows]


def card_numbers(ids: Collection[int]) -> dict[int, tuple[UUID, str]]:
    """Ids for links, and numbers."""
    rows = Card.objects.filter(pk__in=ids).values_list("id", "public_id", "number") if ids else ()
    return {number: (public_id, shown) for number, public_id, shown in rows}
