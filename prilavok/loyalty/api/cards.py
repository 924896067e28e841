"""Cards for tills, sites and printers: kinds, stock, what is done with one card."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field, StringConstraints

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, idempotency, paging
from prilavok.kernel.errors import Problem
from prilavok.kernel.web import Request
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import Card, CardKind, CardStatus
from prilavok.loyalty.problems import UnknownCard

router = Router(tags=["loyalty"])
idempotency.question("/api/v1/cards/find")  # a number is personal: it stands in no log of addresses

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Check = Literal["none", "ean13", "luhn"]
State = Literal["stock", "issued", "active", "blocked", "replaced"]


class UnknownKind(Problem):
    code = "unknown_card_kind"
    message = _("There is no kind of cards %(kind)s.")


class UnknownStatus(Problem):
    code = "unknown_card_status"
    message = _("There is no status of cards with the code “%(status)s”.")


class UnknownShop(Problem):
    code = "unknown_shop"
    message = _("There is no shop with the code %(shop)s, or you do not see it.")


class CountOrNumbers(Problem):
    code = "count_or_numbers"
    message = _("Name how many cards to make, or their numbers: one of both.")


class KindIn(Schema):
    """`length` counts prefix, serial and check digit. EAN-13 has 13 digits."""

    code: Word
    name: Line
    programme: UUID
    prefix: Annotated[str, StringConstraints(strip_whitespace=True, max_length=12)] = ""
    length: Annotated[int, Field(ge=1, le=32)] = 13
    check_digit: Check = "ean13"


class KindChange(Schema):
    """What is named is changed. The looks of numbers change only while there are none."""

    name: Line | None = None
    prefix: Annotated[str, StringConstraints(strip_whitespace=True, max_length=12)] | None = None
    length: Annotated[int, Field(ge=1, le=32)] | None = None
    check_digit: Check | None = None


class KindOut(Schema):
    """`cards`: how many there are in each state."""

    id: UUID
    code: str
    name: str
    programme: UUID
    prefix: str
    length: int
    check_digit: str
    cards: dict[str, int]

    @staticmethod
    def resolve_id(kind: CardKind) -> UUID:
        return kind.public_id

    @staticmethod
    def resolve_programme(kind: CardKind) -> UUID:
        return kind.programme.public_id

    @staticmethod
    def resolve_cards(kind: CardKind) -> dict[str, int]:
        return queries.stock([kind.pk])[kind.pk]


class CardOut(Schema):
    """`status`: the company's own, by its code. `accepted`: whether a till takes it now. `shop`: where it was issued,
    `activated_shop`: where it was activated. `successor`: the card given in its stead.
    """

    id: UUID
    number: str
    kind: str
    state: str
    status: str | None
    accepted: bool
    account: UUID | None
    shop: str | None
    made_at: datetime
    issued_at: datetime | None
    activated_at: datetime | None
    activated_shop: str | None
    ended_at: datetime | None
    successor: UUID | None

    @staticmethod
    def resolve_id(card: Card) -> UUID:
        return card.public_id

    @staticmethod
    def resolve_kind(card: Card) -> str:
        return card.kind.code

    @staticmethod
    def resolve_status(card: Card) -> str | None:
        return card.status.code if card.status else None

    @staticmethod
    def resolve_accepted(card: Card) -> bool:
        return card.state == Card.State.ACTIVE

    @staticmethod
    def resolve_account(card: Card) -> UUID | None:
        return card.account.public_id if card.account else None

    @staticmethod
    def resolve_shop(card: Card) -> str | None:
        return card.shop.code if card.shop else None

    @staticmethod
    def resolve_activated_shop(card: Card) -> str | None:
        return card.activated_shop.code if card.activated_shop else None

    @staticmethod
    def resolve_successor(card: Card) -> UUID | None:
        return card.successor.public_id if card.successor else None


class CardPage(Schema):
    items: list[CardOut]
    next: str | None


class StockIn(Schema):
    """Either `count` next numbers (many are made in the background), or `numbers` that came from a printer."""

    count: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    numbers: Annotated[list[Number], Field(max_length=100_000)] = []


class FindIn(Schema):
    number: Number


class IssueIn(Schema):
    """A card of the stock by its `number`, or the next number of a `kind`.

    `account`: which one it opens, the customer's or their household's; null: the customer's in the card's programme,
    opened if there is none. `activate` false: it waits for its activation.
    """

    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    kind: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    account: UUID | None = None
    shop: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    activate: bool = True


class ActivateIn(Schema):
    """`shop`: where the card is activated, by its code; empty: unknown."""

    shop: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""


class BlockIn(Schema):
    reason: Reason = ""


class ReplaceIn(Schema):
    """By a card of the stock, or (without a number) by the next number of the same kind."""

    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    reason: Reason = ""
    shop: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""


@router.get("/card-kinds", response=list[KindOut], summary="Kinds of cards")
def kinds(request: Request) -> Any:
    return queries.card_kinds(request.actor)


@router.post("/card-kinds", response={201: KindOut}, summary="Make a kind of cards")
def make_kind(request: Request, told: KindIn) -> Status[CardKind]:
    programme = queries.get_programme(told.programme, request.actor)
    values = told.dict(exclude={"programme"})
    made = actions.make_card_kind(programme_id=programme.pk, by=request.actor, at=clock.now(), **values)
    return Status(201, made)


@router.patch("/card-kinds/{uuid:kind_id}", response=KindOut, summary="Change a kind of cards")
def change_kind(request: Request, kind_id: UUID, told: KindChange) -> CardKind:
    found = queries.get_card_kind(kind_id, request.actor)
    values = told.dict(exclude_none=True)
    actions.change_card_kind(found.pk, by=request.actor, at=clock.now(), **values)
    return queries.get_card_kind(kind_id, request.actor)


@router.post("/card-kinds/{uuid:kind_id}/cards", response={202: None}, summary="Put cards into the stock")
def add(request: Request, kind_id: UUID, told: StockIn) -> Status[None]:
    found, by, now = queries.get_card_kind(kind_id, request.actor), request.actor, clock.now()
    if (told.count is None) == (not told.numbers):
        raise CountOrNumbers(field="count")
    if told.count:
        actions.order_cards(found.pk, told.count, by=by, at=now)
    else:
        actions.add_cards(found.pk, told.numbers, by=by, at=now)
    return Status(202, None)


@router.get("/cards", response=CardPage, summary="Cards, the latest first")
def cards(
    request: Request,
    kind: UUID | None = None,
    state: State | None = None,
    status: str = "",
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> paging.Page[Card]:
    found = queries.search_cards(request.actor, "", kind=kind, state=state or "", status=status)
    return paging.keyset(found.select_related("successor"), order=("-id",), after=after, size=size)


@router.post("/cards/find", response=CardOut, summary="The card of a number, however it is typed")
def find(request: Request, told: FindIn) -> Card:
    """It changes nothing and needs no key."""
    found = queries.cards(request.actor)
    known = queries.card_state(told.number)
    if known is None:
        raise UnknownCard(field="number", number=told.number)
    return found.select_related("successor").get(pk=known.id)


@router.get("/cards/{uuid:card_id}", response=CardOut, summary="One card")
def card(request: Request, card_id: UUID) -> Card:
    return queries.get_card(card_id, request.actor)


@router.post(
    "/customers/{uuid:public_id}/cards", response={201: CardOut}, summary="Issue a card to a customer"
)
def issue(request: Request, public_id: UUID, told: IssueIn) -> Status[Card]:
    by = request.actor
    profile = customers.get(public_id, by)
    made = actions.issue_card(
        profile_id=profile.pk,
        number=told.number,
        kind_id=_kind(request, told.kind) if told.kind else None,
        account_id=queries.get_account(told.account, by).pk if told.account else None,
        shop_id=_shop(request, told.shop),
        activate=told.activate,
        by=by,
        at=clock.now(),
    )
    return Status(201, queries.get_card(made.public_id, by))


def _kind(request: Request, code: str) -> int:
    found = queries.card_kinds(request.actor).filter(code=code).first()
    if found is None:
        raise UnknownKind(field="kind", kind=code)
    return found.pk


def _shop(request: Request, code: str) -> int | None:
    if not code:
        return None
    shop = company.shops(request.actor).filter(code=code).first()
    if shop is None:
        raise UnknownShop(field="shop", shop=code)
    return shop.pk


@router.post("/cards/{uuid:card_id}/activation", response=CardOut, summary="Activate an issued card")
def activate(request: Request, card_id: UUID, told: ActivateIn | None = None) -> Card:
    found = queries.get_card(card_id, request.actor)
    shop = _shop(request, told.shop) if told else None
    actions.activate_card(found.pk, shop_id=shop, by=request.actor, at=clock.now())
    return queries.get_card(card_id, request.actor)


@router.post("/cards/{uuid:card_id}/block", response=CardOut, summary="Block a card")
def block(request: Request, card_id: UUID, told: BlockIn) -> Card:
    found = queries.get_card(card_id, request.actor)
    actions.block_card(found.pk, reason=told.reason, by=request.actor, at=clock.now())
    return queries.get_card(card_id, request.actor)


@router.delete("/cards/{uuid:card_id}/block", response=CardOut, summary="Unblock a card")
def unblock(request: Request, card_id: UUID) -> Card:
    found = queries.get_card(card_id, request.actor)
    actions.unblock_card(found.pk, by=request.actor, at=clock.now())
    return queries.get_card(card_id, request.actor)


@router.post(
    "/cards/{uuid:card_id}/replacement", response={201: CardOut}, summary="Give another card in its stead"
)
def replace(request: Request, card_id: UUID, told: ReplaceIn) -> Status[Card]:
    """The new card. The old number still finds the account's history; tills take it no more."""
    found, by = queries.get_card(card_id, request.actor), request.actor
    made = actions.replace_card(
        found.pk,
        number=told.number,
        reason=told.reason,
        shop_id=_shop(request, told.shop),
        by=by,
        at=clock.now(),
    )
    return Status(201, queries.get_card(made.public_id, by))


# ── Statuses of the company's own ────────────────────────────────────────────────────────────────────────


class StatusIn(Schema):
    model_config = ConfigDict(extra="forbid")

    code: Word
    name: Line


class StatusChange(Schema):
    model_config = ConfigDict(extra="forbid")

    name: Line


class StatusOut(Schema):
    """`cards`: how many have it."""

    id: UUID
    code: str
    name: str
    cards: int

    @staticmethod
    def resolve_id(status: CardStatus) -> UUID:
        return status.public_id

    @staticmethod
    def resolve_cards(status: CardStatus) -> int:
        return int(status.number)  # type: ignore[attr-defined]


class PutIn(Schema):
    """`status`: its code; null takes the status away."""

    model_config = ConfigDict(extra="forbid")

    status: Word | None
    reason: Reason = ""


@router.get("/card-statuses", response=list[StatusOut], summary="Statuses of cards that the company made")
def statuses(request: Request) -> Any:
    return queries.card_statuses(request.actor)


@router.post("/card-statuses", response={201: StatusOut}, summary="Make a status of cards")
def make_status(request: Request, told: StatusIn) -> Status[CardStatus]:
    made = actions.make_card_status(code=told.code, name=told.name, by=request.actor)
    return Status(201, queries.get_card_status(made.public_id, request.actor))


@router.patch("/card-statuses/{uuid:status_id}", response=StatusOut, summary="Call a status otherwise")
def rename_status(request: Request, status_id: UUID, told: StatusChange) -> CardStatus:
    found = queries.get_card_status(status_id, request.actor)
    actions.rename_card_status(found.pk, name=told.name, by=request.actor)
    return queries.get_card_status(status_id, request.actor)


@router.delete("/card-statuses/{uuid:status_id}", response={204: None}, summary="Take a status away")
def remove_status(request: Request, status_id: UUID) -> Status[None]:
    """One that no card has and no promotion asks for."""
    found = queries.get_card_status(status_id, request.actor)
    actions.remove_card_status(found.pk, by=request.actor)
    return Status(204, None)


@router.put("/cards/{uuid:card_id}/status", response=CardOut, summary="Put a card into a status")
def put_in_status(request: Request, card_id: UUID, told: PutIn) -> Card:
    found, by = queries.get_card(card_id, request.actor), request.actor
    status = queries.card_statuses(by).filter(code=told.status).first() if told.status else None
    if told.status and status is None:
        raise UnknownStatus(field="status", status=told.status)
    actions.put_card_in_status(
        found.pk, status.pk if status else None, reason=told.reason, by=by, at=clock.now()
    )
    return queries.get_card(card_id, by)
