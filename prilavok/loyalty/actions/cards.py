"""What is done with one card: issued, activated, blocked, replaced. Whatever it was stays in its history."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat

from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.event import Event
from prilavok.loyalty import numbering
from prilavok.loyalty.actions.accounts import open_accounts
from prilavok.loyalty.actions.card_kinds import IDENTIFIER, make_next_card
from prilavok.loyalty.events import (
    CardActivated,
    CardBlocked,
    CardIssued,
    CardReplaced,
    CardUnblocked,
)
from prilavok.loyalty.models import Account, Card, CardChange, CardKind
from prilavok.loyalty.problems import (
    AnotherProgramme,
    CardIsHeld,
    CardIsOut,
    NotOfAccount,
    ProgrammeOver,
    UnknownCard,
    WrongCardState,
)
from prilavok.relations import queries as relations

RULE = "card.issued"
State = Card.State


@transaction.atomic
def issue_card(
    *,
    profile_id: int,
    by: Actor,
    at: datetime,
    number: str = "",
    kind_id: int | None = None,
    account_id: int | None = None,
    shop_id: int | None = None,
    activate: bool = True,
) -> Card:
    """Hand a card over to a customer: one from the stock by its number, or the next number of a kind.

    It opens `account_id` (their own, or their household's), else the customer's account in the kind's programme,
    which is opened with it; and the customer is known by its number from now on. Activated it is in the shop that
    issues it; not activated, it waits for that.
    Raises UnknownCard, CardIsOut, ProgrammeOver, NotOfAccount, AnotherProgramme, and what
    `customers.add_identifier` raises.
    """
    by.must("loyalty.open_accounts")
    card = _from_stock(number, at) if number else _next(kind_id, by, at)
    account = _account(profile_id, card, account_id, by, at)
    _hand_over(card, account, profile_id, by, at, shop_id=shop_id)
    if activate:
        _activate(card, profile_id, shop_id, by, at)
    return card


def _from_stock(number: str, at: datetime) -> Card:
    card = locked_card(number=numbering.tidy(number))
    if card.state != State.STOCK:
        raise CardIsOut(field="number", number=card.number)
    return card


def locked_card(**which: object) -> Card:
    """Hold the card until the transaction ends."""
    found = Card.objects.select_for_update(no_key=True, of=("self",)).select_related("kind__programme")
    card = found.filter(**which).first()
    if card is None:
        raise UnknownCard(field="number", number=which.get("number", ""))
    return card


def _next(kind_id: int | None, by: Actor, at: datetime) -> Card:
    kind = CardKind.objects.filter(pk=kind_id or 0).first()
    if kind is None:
        raise UnknownCard(field="kind", number="")
    return locked_card(number=make_next_card(kind.pk, by=by, at=at))


def _account(profile_id: int, card: Card, account_id: int | None, by: Actor, at: datetime) -> Account:
    programme = card.kind.programme
    if not programme.active:
        raise ProgrammeOver(field="number", name=programme.name)
    family = customer_queries.kin(profile_id)
    if account_id is None:
        own = Account.objects.filter(
            programme=programme, profile__in=family, name="", closed_at=None
        ).order_by("pk")
        return own.first() or open_accounts([profile_id], programme.pk, by=by, at=at)[profile_id]
    account = Account.objects.filter(pk=account_id, closed_at=None).first()
    if account is None or not _has_part(account, family):
        raise NotOfAccount(field="account")
    if account.programme_id != programme.pk:
        raise AnotherProgramme(field="number", number=card.number)
    return account


def why_held(kind: str, value: str) -> CardIsHeld | None:
    """Why a card is not taken from its customer by hand: its account and its points would stay with them."""
    issued = (State.ISSUED, State.ACTIVE, State.BLOCKED)
    if kind == IDENTIFIER and Card.objects.filter(number=value, state__in=issued).exists():
        return CardIsHeld(number=value)
    return None


def _has_part(account: Account, family: Collection[int]) -> bool:
    return account.profile_id in family or account.household_id in relations.household_ids_of(family)


def _hand_over(
    card: Card,
    account: Account,
    profile_id: int,
    by: Actor,
    at: datetime,
    *,
    shop_id: int | None,
    replaces: Card | None = None,
) -> None:
    """The desk sees whom it hands the card to: that proves whose it is."""
    customers.add_identifier(
        profile_id=profile_id,
        kind=IDENTIFIER,
        value=card.number,
        rule=RULE,
        by=replace(by, everything=True),  # whoever may issue cards may say whose they are
        at=at,
    )
    card.account, card.shop_id, card.issued_at = account, shop_id, at
    told = CardIssued(
        card_id=card.pk,
        kind_id=card.kind_id,
        account_id=account.pk,
        replaces=replaces.pk if replaces else None,
    )
    _become(card, State.ISSUED, told, profile_id, by, at, "account", "shop", "issued_at")


def _become(
    card: Card,
    state: str,
    told: Event,
    profile_id: int | None,
    by: Actor,
    at: datetime,
    *fields: str,
    reason: str = "",
    shop_id: int | None = None,
) -> None:
    """Write what became of a card, and tell it. `shop_id`: where, if not where it was issued."""
    card.state = state
    card.save(update_fields=["state", *fields])
    CardChange.objects.create(card=card, state=state, at=at, by_kind=by.kind, by_id=by.id, reason=reason)
    journal.record(
        told,
        by=by,
        at=at,
        customer=profile_id,
        brand=card.kind.programme.brand_id,
        shop=shop_id or card.shop_id,
    )


def _activate(card: Card, profile_id: int | None, shop_id: int | None, by: Actor, at: datetime) -> None:
    card.activated_at, card.activated_shop_id = at, shop_id
    told, fields = CardActivated(card_id=card.pk), ("activated_at", "activated_shop")
    _become(card, State.ACTIVE, told, profile_id, by, at, *fields, shop_id=shop_id)


@transaction.atomic
def activate_card(card_id: int, *, shop_id: int | None = None, by: Actor, at: datetime) -> Card:
    """An issued card is good from now on; `shop_id`: where it was activated. Raises UnknownCard, WrongCardState."""
    by.must("loyalty.open_accounts")
    card = _in_state(card_id, State.ISSUED)
    _activate(card, holder_of(card), shop_id, by, at)
    return card


def _in_state(card_id: int, *states: str) -> Card:
    card = locked_card(pk=card_id)
    if card.state not in states:
        raise WrongCardState(number=card.number, state=card.get_state_display())
    return card


def holder_of(card: Card) -> int | None:
    """The profile that the card was handed to."""
    known = customer_queries.profile_ids_by_identifier(IDENTIFIER, [card.number])
    return known.get(card.number) or (card.account.profile_id if card.account else None)


@transaction.atomic
def block_card(card_id: int, *, reason: str = "", by: Actor, at: datetime) -> Card:
    """A lost or misused card opens nothing any more; undone by unblock_card. Raises UnknownCard, WrongCardState."""
    by.must("loyalty.open_accounts")
    card = _in_state(card_id, State.ISSUED, State.ACTIVE)
    card.ended_at = at
    told = CardBlocked(card_id=card.pk)
    _become(card, State.BLOCKED, told, holder_of(card), by, at, "ended_at", reason=reason.strip()[:200])
    return card


@transaction.atomic
def unblock_card(card_id: int, *, by: Actor, at: datetime) -> Card:
    """A blocked card is what it was before. Raises UnknownCard, WrongCardState."""
    by.must("loyalty.open_accounts")
    card = _in_state(card_id, State.BLOCKED)
    card.ended_at = None
    state = State.ACTIVE if card.activated_at else State.ISSUED
    _become(card, state, CardUnblocked(card_id=card.pk), holder_of(card), by, at, "ended_at")
    return card


@transaction.atomic
def replace_card(
    card_id: int, *, number: str = "", reason: str = "", shop_id: int | None = None, by: Actor, at: datetime
) -> Card:
    """Give another card in a card's stead: one from the stock, or the next number of its kind; the new one.

    It has the old one's status. The old number still leads to the account's history, and is accepted no more.
    Raises UnknownCard, WrongCardState, CardIsOut, AnotherProgramme, and what `customers.add_identifier` raises.
    """
    by.must("loyalty.open_accounts")
    old = _in_state(card_id, State.ISSUED, State.ACTIVE, State.BLOCKED)
    new = _from_stock(number, at) if number else _next(old.kind_id, by, at)
    if new.kind.programme_id != old.kind.programme_id:
        raise AnotherProgramme(field="number", number=new.number)
    holder, account = holder_of(old), old.account
    if holder is None or account is None:
        raise NotOfAccount(field="number")
    _hand_over(new, account, holder, by, at, shop_id=shop_id, replaces=old)
    _activate(new, holder, shop_id, by, at)
    new.status = old.status
    new.save(update_fields=["status"])
    old.ended_at, old.successor = at, new
    told = CardReplaced(card_id=old.pk, successor_id=new.pk)
    _become(old, State.REPLACED, told, holder, by, at, "ended_at", "successor", reason=reason.strip()[:200])
    return new


@transaction.atomic
def forget_cards(profile_ids: Collection[int], *, by: Actor, at: datetime) -> None:
    """Erased customers hold no account and no card: the numbers, by which they were known, are gone too."""
    accounts = Account.objects.filter(profile__in=profile_ids)
    cards = Card.objects.filter(account__in=accounts)
    CardChange.objects.filter(card__in=cards).update(reason="")
    cards.update(
        number=Concat(Value("erased-"), Cast(F("pk"), CharField())), state=State.BLOCKED, ended_at=at
    )
    accounts.filter(closed_at=None).update(closed_at=at, name="", tier=None, tier_since=None, tier_until=None)
