"""Statuses of cards as the company calls them, and which card has which."""

from datetime import datetime

from django.db import transaction

from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.loyalty.actions.cards import holder_of, locked_card
from prilavok.loyalty.events import CardStatusChanged
from prilavok.loyalty.models import Card, CardChange, CardStatus
from prilavok.loyalty.problems import CodeTaken, StatusInUse, WrongCardState
from prilavok.loyalty.queries.tiers import promotions_that_ask


@transaction.atomic
def make_card_status(*, code: str, name: str, by: Actor) -> CardStatus:
    """A new status. Raises CodeTaken."""
    by.must("loyalty.programme")
    if CardStatus.objects.filter(code=code).exists():
        raise CodeTaken(field="code", taken=code)
    return CardStatus.objects.create(code=code, name=name)


def rename_card_status(status_id: int, *, name: str, by: Actor) -> CardStatus:
    by.must("loyalty.programme")
    CardStatus.objects.filter(pk=status_id).update(name=name)
    return CardStatus.objects.get(pk=status_id)


@transaction.atomic
def remove_card_status(status_id: int, *, by: Actor) -> None:
    """Take away a status that no card has and no promotion asks for; histories keep its name. Raises StatusInUse."""
    by.must("loyalty.programme")
    status = CardStatus.objects.select_for_update().get(pk=status_id)
    number = Card.objects.filter(status=status).count()
    named = promotions_that_ask("card_status", status.code)
    if number or named:
        raise StatusInUse(field="code", number=number, promotions=", ".join(named[:5]) or "0")
    status.delete()


@transaction.atomic
def put_card_in_status(
    card_id: int, status_id: int | None, *, reason: str = "", by: Actor, at: datetime
) -> Card:
    """A card has this status from now on, or none; the same again changes nothing.

    Raises UnknownCard, WrongCardState.
    """
    by.must("loyalty.open_accounts")
    card = locked_card(pk=card_id)
    if card.status_id == status_id:
        return card
    if card.state in (Card.State.STOCK, Card.State.REPLACED):
        raise WrongCardState(number=card.number, state=card.get_state_display())
    status = CardStatus.objects.get(pk=status_id) if status_id else None
    card.status = status
    card.save(update_fields=["status"])
    CardChange.objects.create(
        card=card,
        state=card.state,
        at=at,
        by_kind=by.kind,
        by_id=by.id,
        reason=reason.strip()[:200],
        status=status.name if status else "",
    )
    journal.record(
        CardStatusChanged(card_id=card.pk, status_id=status_id),
        by=by,
        at=at,
        customer=holder_of(card),
        brand=card.kind.programme.brand_id,
        shop=card.shop_id,
    )
    return card
