"""Gift cards for tills, sites and printers: kinds, numbers, sale, balance; payment is part of `till/commit`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, idempotency, money, paging
from prilavok.kernel.lean import Lean
from prilavok.kernel.web import Request
from prilavok.loyalty import actions, queries, rules
from prilavok.loyalty.actions import GiftPaid
from prilavok.loyalty.api.cards import Check, CountOrNumbers, Line, Reason, UnknownShop, Word
from prilavok.loyalty.models import GiftCard, GiftKind
from prilavok.loyalty.ports import GiftSale, GiftTender
from prilavok.loyalty.problems import UnknownGiftCard

if TYPE_CHECKING:
    from prilavok.company.models import Shop

router = Router(tags=["gift cards"])

Moment = Annotated[
    AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))
]
for asked in ("balance", "find"):  # numbers are money: they stand in no log of addresses
    idempotency.question(f"/api/v1/gift-cards/{asked}")

Money = Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Pin = Annotated[str, StringConstraints(strip_whitespace=True, max_length=12)]
Days = Annotated[int, Field(ge=1, le=10_000)]
State = Literal["issued", "active", "partly", "used", "expired", "blocked"]


class GiftKindIn(Schema):
    """Either `value`, what each is worth, or `least` and `most`, between which it is chosen at the sale.

    `secret`: codes that nobody can guess; else a range of numbers (`prefix`, `length`, `check_digit`), which asks for
    the `pin`. `lifetime_days` null: for ever.
    """

    model_config = ConfigDict(extra="forbid")

    code: Word
    name: Line
    value: Money | None = None
    least: Money | None = None
    most: Money | None = None
    lifetime_days: Days | None = 365
    secret: bool = True
    pin: bool = False
    prefix: Annotated[str, StringConstraints(strip_whitespace=True, max_length=12)] = ""
    length: Annotated[int, Field(ge=1, le=32)] = 13
    check_digit: Check = "ean13"


class GiftKindChange(Schema):
    """What is named is changed; null in `value` or the bounds says otherwise how much a card is worth."""

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    value: Money | None = None
    least: Money | None = None
    most: Money | None = None
    lifetime_days: Days | None = None


class GiftKindOut(Schema):
    """`cards`: how many there are in each state."""

    id: UUID
    code: str
    name: str
    currency: str
    value: Decimal | None
    least: Decimal | None
    most: Decimal | None
    lifetime_days: int | None
    secret: bool
    pin: bool
    prefix: str
    length: int
    check_digit: str
    cards: dict[str, int]

    @staticmethod
    def resolve_id(kind: GiftKind) -> UUID:
        return kind.public_id

    @staticmethod
    def resolve_cards(kind: GiftKind) -> dict[str, int]:
        return queries.gift_stock([kind.pk])[kind.pk]


class GiftPrintedIn(Schema):
    number: Number
    pin: Pin = ""


class GiftCountIn(Schema):
    """Either `count` new numbers, or `numbers` that came from a printer, with the PINs printed on the cards."""

    count: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    numbers: Annotated[list[GiftPrintedIn], Field(max_length=20_000)] = []


class GiftCardOut(Schema):
    """`number` shows its end only where the number alone is money. `balance`: what is left on it now."""

    id: UUID
    number: str
    kind: str
    state: str
    value: Decimal | None
    balance: Decimal
    currency: str
    shop: str | None
    sold_at: datetime | None
    expires_at: datetime | None


class GiftCardPage(Schema):
    items: list[GiftCardOut]
    next: str | None


class GiftFindIn(Schema):
    number: Number


class GiftBalanceIn(Schema):
    number: Number
    pin: Pin = ""


class GiftSaleIn(Schema):
    number: Number
    amount: Money | None = Field(None, description="What it is sold for; null where each is worth the same.")


class GiftSalesIn(Schema):
    """Cards sold together, under one fiscal number: sent again, nothing is sold twice."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"shop": "lenina", "receipt": "000123-40", "cards": [{"number": "K7M3-QX4R-9TPA"}]}
        },
    )

    shop: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    receipt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    cards: list[GiftSaleIn] = Field(min_length=1, max_length=100)
    customer: UUID | None = Field(
        None, description="To whom the cards are bound. Whoever holds one still pays."
    )


class GiftBlockIn(Schema):
    reason: Reason = ""


class GiftTenderIn(Lean):
    """A gift card that pays. `amount` null: as much as it can of what is left to pay."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    pin: Pin = ""
    amount: Money | None = None

    def told(self) -> GiftTender:
        return GiftTender(self.number, self.pin, self.amount)


class GiftPaidOut(Lean):
    """What a card paid, below zero what came back to it; and what is left on it."""

    number: str
    amount: Decimal
    balance: Decimal


class GiftLiabilityOut(Schema):
    """What is owed for gift cards, and what changed it since `since`; `lapsed` became the shop's."""

    at: datetime
    since: datetime
    currency: str
    cards: int
    owed: Decimal
    sold: Decimal
    paid: Decimal
    given_back: Decimal
    taken_back: Decimal
    paid_out: Decimal = Field(description="What holders got in money.")
    lapsed: Decimal


def paid_out(paid: tuple[GiftPaid, ...], currency: str) -> list[GiftPaidOut]:
    return [
        GiftPaidOut(
            number=one.number,
            amount=money.rounded(one.amount, currency),
            balance=money.rounded(one.balance, currency),
        )
        for one in paid
    ]


def _out(cards: list[GiftCard]) -> list[GiftCardOut]:
    left = queries.gift_balances(cards, at=clock.now())
    return [
        GiftCardOut(
            id=one.public_id,
            number=one.shown,
            kind=one.kind.code,
            state=one.state,
            value=one.value,
            balance=money.rounded(left[one.pk], one.kind.currency),
            currency=one.kind.currency,
            shop=one.sold_in.code if one.sold_in else None,
            sold_at=one.sold_at,
            expires_at=one.expires_at,
        )
        for one in cards
    ]


@router.get("/gift-card-kinds", response=list[GiftKindOut], summary="Kinds of gift cards")
def kinds(request: Request) -> Any:
    return queries.gift_kinds(request.actor)


@router.post("/gift-card-kinds", response={201: GiftKindOut}, summary="Make a kind of gift cards")
def make_kind(request: Request, told: GiftKindIn) -> Status[GiftKind]:
    return Status(201, actions.make_gift_kind(by=request.actor, at=clock.now(), **told.dict()))


@router.patch("/gift-card-kinds/{uuid:kind_id}", response=GiftKindOut, summary="Change a kind of gift cards")
def change_kind(request: Request, kind_id: UUID, told: GiftKindChange) -> GiftKind:
    """What was sold stays as it is."""
    found = queries.get_gift_kind(kind_id, request.actor)
    values = told.dict(exclude_unset=True)
    return actions.change_gift_kind(found.pk, by=request.actor, at=clock.now(), **values)


@router.post("/gift-card-kinds/{uuid:kind_id}/cards", response={202: None}, summary="Issue numbers")
def issue(request: Request, kind_id: UUID, told: GiftCountIn) -> Status[None]:
    """They are worth nothing until they are sold; many are made in the background."""
    found = queries.get_gift_kind(kind_id, request.actor)
    if (told.count is None) == (not told.numbers):
        raise CountOrNumbers(field="count")
    if told.count:
        actions.order_gift_cards(found.pk, told.count, by=request.actor, at=clock.now())
    else:
        printed = [(one.number, one.pin) for one in told.numbers]
        actions.add_gift_cards(found.pk, printed, by=request.actor, at=clock.now())
    return Status(202, None)


@router.get("/gift-cards", response=GiftCardPage, summary="Gift cards, the latest first")
def cards(
    request: Request,
    kind: UUID | None = None,
    state: State | None = None,
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> GiftCardPage:
    found = queries.search_gift_cards(request.actor, "", kind=kind, state=state or "")
    page = paging.keyset(found, order=("-id",), after=after, size=size)
    return GiftCardPage(items=_out(page.items), next=page.next)


@router.post("/gift-cards/find", response=GiftCardOut, summary="The gift card of a number")
def find(request: Request, told: GiftFindIn) -> GiftCardOut:
    """For whoever may see gift cards: no PIN is asked. It changes nothing and needs no key."""
    found = queries.gift_cards(request.actor).filter(number=rules.code_key(told.number)).first()
    if found is None:
        raise UnknownGiftCard(field="number")
    return _out([found])[0]


@router.get("/gift-cards/liability", response=GiftLiabilityOut, summary="What is owed for gift cards")
def liability(request: Request, since: Moment, at: Moment | None = None) -> GiftLiabilityOut:
    """At a moment (null: now), and what changed it after `since`."""
    until = at or clock.now()
    told = queries.gift_liability(request.actor, since=since, at=until)
    moved = told.changed
    return GiftLiabilityOut(
        at=until,
        since=since,
        currency=told.owed.unit,
        cards=told.owed.wallets,
        owed=told.owed.total,
        sold=moved.issued,
        paid=told.paid,
        paid_out=told.paid_out,
        given_back=moved.given_back,
        taken_back=moved.taken_back,
        lapsed=moved.lapsed,
    )


@router.get("/gift-cards/{uuid:card_id}", response=GiftCardOut, summary="One gift card")
def card(request: Request, card_id: UUID) -> GiftCardOut:
    return _out([queries.get_gift_card(card_id, request.actor)])[0]


@router.post("/gift-cards/balance", response=GiftCardOut, summary="What a gift card can pay")
def balance(request: Request, told: GiftBalanceIn) -> GiftCardOut:
    """For the till, by number and PIN; too many wrong ones are 429 `too_often`. It changes nothing, needs no key."""
    found, left = actions.gift_balance(told.number, told.pin, by=request.actor, at=clock.now())
    shown = _out([found])[0]
    shown.balance = money.rounded(left, shown.currency)
    return shown


@router.post("/gift-cards/sales", response=list[GiftCardOut], summary="Sell gift cards")
def sell(request: Request, told: GiftSalesIn) -> list[GiftCardOut]:
    """From now on they are worth money. The sale is no receipt of goods: turnover counts what is bought with them."""
    by = request.actor
    by.must("loyalty.sell_gift_cards")
    sold = actions.sell_gift_cards(
        [GiftSale(one.number, one.amount) for one in told.cards],
        shop_id=_shop(told.shop).pk,
        receipt=told.receipt,
        profile_id=customers.get(told.customer, by).pk if told.customer else None,
        by=by,
        at=clock.now(),
    )
    return _out(sold)


def _shop(code: str) -> "Shop":
    found = company.shops_by_code([code])
    if code not in found:
        raise UnknownShop(field="shop", shop=code)
    return found[code]


@router.delete("/gift-cards/{uuid:card_id}/sale", response=GiftCardOut, summary="Take an unused card back")
def take_back(request: Request, card_id: UUID) -> GiftCardOut:
    """Its buyer gets the money back; the card can be sold again."""
    request.actor.must("loyalty.sell_gift_cards")
    found = queries.get_gift_card(card_id, request.actor)
    return _out([actions.take_gift_card_back(found.pk, by=request.actor, at=clock.now())])[0]


class GiftTopUpIn(Schema):
    """More money on a card that was sold, under a fiscal number: sent again, nothing more is put on it."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    amount: Money
    shop: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    receipt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


@router.post("/gift-cards/top-ups", response=GiftCardOut, summary="Put more money on a gift card")
def top_up(request: Request, told: GiftTopUpIn) -> GiftCardOut:
    """No more stands on a card than the most of its kind; cards that are all worth the same are not topped up."""
    by = request.actor
    by.must("loyalty.sell_gift_cards")
    found = queries.gift_cards(by).filter(number=rules.code_key(told.number)).first()
    if found is None:
        raise UnknownGiftCard(field="number")
    done = actions.top_up_gift_card(
        found.pk, told.amount, shop_id=_shop(told.shop).pk, receipt=told.receipt, by=by, at=clock.now()
    )
    return _out([done])[0]


class GiftPayoutIn(Schema):
    reason: Reason = ""


class GiftPayoutOut(Schema):
    paid_out: Decimal
    card: GiftCardOut


@router.post("/gift-cards/{uuid:card_id}/payout", response=GiftPayoutOut, summary="Give the rest in money")
def payout(request: Request, card_id: UUID, told: GiftPayoutIn) -> GiftPayoutOut:
    """What is left on the card is the holder's in money; the card pays no more."""
    request.actor.must("loyalty.pay_gift_cards_out")
    found = queries.get_gift_card(card_id, request.actor)
    done, sum_ = actions.pay_gift_card_out(found.pk, reason=told.reason, by=request.actor, at=clock.now())
    return GiftPayoutOut(paid_out=money.rounded(sum_, done.kind.currency), card=_out([done])[0])


@router.post("/gift-cards/{uuid:card_id}/block", response=GiftCardOut, summary="Block a gift card")
def block(request: Request, card_id: UUID, told: GiftBlockIn) -> GiftCardOut:
    request.actor.must("loyalty.block_gift_cards")
    found = queries.get_gift_card(card_id, request.actor)
    done = actions.block_gift_card(found.pk, reason=told.reason, by=request.actor, at=clock.now())
    return _out([done])[0]


@router.delete("/gift-cards/{uuid:card_id}/block", response=GiftCardOut, summary="Unblock a gift card")
def unblock(request: Request, card_id: UUID) -> GiftCardOut:
    request.actor.must("loyalty.block_gift_cards")
    found = queries.get_gift_card(card_id, request.actor)
    return _out([actions.unblock_gift_card(found.pk, by=request.actor, at=clock.now())])[0]
