"""The till's door: reckon a basket, commit it as paid, return, cancel. For cash registers and sites alike."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, idempotency, money
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.lean import Lean, answer, quick
from prilavok.kernel.web import Request
from prilavok.loyalty import actions, queries
from prilavok.loyalty.actions import Calculated, Sold
from prilavok.loyalty.api.gift_cards import GiftPaidOut, GiftTenderIn, paid_out
from prilavok.loyalty.ports import TillBasket, TillLine
from prilavok.loyalty.web import texts
from prilavok.loyalty.web.reasons import reason, unused
from prilavok.orders.actions import Back

router = Router(tags=["till"])
idempotency.question("/api/v1/till/calculate")  # it keeps what it told, and moves nothing

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
Code = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=PRINTABLE)
]
ProductCode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=PRINTABLE)
]
Money = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=3)]


class UnknownShop(Problem):
    code = "unknown_shop"
    message = _("There is no shop with the code “%(shop)s”.")


class OwnDiscount(Lean):
    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[a-z_]+$")]
    amount: Money
    funded_by: Literal["shop", "manufacturer"] = "shop"


class TillLineIn(Lean):
    """One line: either the `price` of a piece, or `amount`, what the whole line costs by the till's own rounding.

    A line of no quantity, or below zero (a manufacturer's coupon printed as a line), is added up and not touched.
    """

    model_config = ConfigDict(extra="forbid")

    product: ProductCode
    quantity: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=3)] = Decimal(1)
    price: Money | None = None
    amount: Annotated[Decimal, Field(max_digits=15, decimal_places=4)] | None = None
    unit: Annotated[str, StringConstraints(min_length=1, max_length=8)] = "pcs"
    closed: bool = Field(
        False, description="No discount, and points pay nothing of it: marked-down goods, tobacco."
    )
    floor: Money = Field(Decimal(0), description="A piece never costs less than this.")
    delivery: bool = False
    gross: Money | None = Field(
        None, description="The list price of the line before the till's own discounts."
    )
    discounts: list[OwnDiscount] = Field([], max_length=20, description="What the till itself took off.")
    reimbursed: Money = Decimal(0)


class Shown(Lean):
    """What the customer shows: a card, a telephone proved by a code, an id of the shop's own site."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=20, examples=["card"])
    value: str = Field(max_length=10_000, examples=["2900000012345"])
    proof: Literal["verified", "claimed"] = "verified"


class BasketIn(Lean):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "shop": "lenina",
                "till": "1",
                "identifiers": [{"kind": "card", "value": "2900000012345"}],
                "lines": [
                    {"product": "milk", "quantity": "2", "price": "89.90"},
                    {"product": "bread", "price": "45.00"},
                ],
                "coupons": ["SPRING-10"],
                "points": "50",
            }
        },
    )

    shop: Code
    till: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    at: AwareDatetime | None = Field(
        None, description="The till's moment; at most a day from ours. None: now."
    )
    identifiers: list[Shown] = Field([], max_length=20)
    beneficiary: list[Shown] = Field(
        [],
        max_length=20,
        description="Whom the basket is for, where somebody else's card is shown: a mother's for her child. Their "
        "birthday counts, and their segments too; account, tier and limits are the card's. It stands on the receipt.",
    )
    lines: list[TillLineIn] = Field(min_length=1, max_length=5000)
    coupons: list[Code] = Field([], max_length=20)
    points: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4)] | None = Field(
        None, description="How many points the customer wishes to spend; no more than fit are taken."
    )
    channel: Code = "shop"
    payment: Annotated[str, StringConstraints(max_length=40)] = ""
    stock: dict[ProductCode, Decimal] = Field(
        {}, max_length=1000, description="Pieces of gifts that there are."
    )
    explain: bool = Field(False, description="Say of every live promotion why it did not fit.")
    hint: bool = Field(False, description="Say what to know of the customer, and the one thing to offer.")


class DiscountOut(Lean):
    promotion: str = Field(description="The promotion's id; `coupon` for what a coupon gives by itself.")
    name: str
    amount: Decimal


class EarnedOut(Lean):
    promotion: str
    name: str
    points: Decimal


class LineOut(Lean):
    number: int
    product: str
    gross: Decimal
    discounts: list[DiscountOut]
    paid_by_points: Decimal
    to_pay: Decimal
    earned: list[EarnedOut]


class GiftOut(Lean):
    promotion: str
    name: str
    product: str
    title: str
    quantity: Decimal


class PointsOut(Lean):
    """Points of the programme: what may be spent at all, on this basket, what is spent and earned by it."""

    balance: Decimal
    pending: Decimal
    may_spend: Decimal
    spent: Decimal
    earned: Decimal
    after: Decimal = Field(description="What may be spent when this is paid; points that wait come later.")


class TierOut(Lean):
    code: str
    name: str


class CodeOut(Lean):
    code: str
    used: bool
    why: str = Field(description="Why it changed nothing, in words.")


class WhyNotOut(Lean):
    promotion: str
    name: str
    why: str


class PurchaseOut(Lean):
    at: datetime
    shop: str
    total: Decimal
    goods: list[str] = Field(description="Names, the dearest first; at most five.")


class GoodsOut(Lean):
    product: str
    name: str


class NearOut(Lean):
    promotion: str
    name: str
    missing: str


class OwnCouponOut(Lean):
    code: str
    name: str
    valid_until: datetime | None


class NextTierOut(Lean):
    code: str
    name: str
    missing: str = Field(
        description="What is to be done for it before this basket: money, purchases or points."
    )


class HintOut(Lean):
    """For the cashier's screen, not for the receipt. Of somebody who isn't known for sure it says nothing personal."""

    offer: str = Field(description="The one thing to say; empty, if there is none.")
    birthday: str
    purchases: list[PurchaseOut] = Field(description="The last three, in shops that the asker may see.")
    usual: list[GoodsOut] = Field(description="What the customer often takes and what is not in the basket.")
    coupons: list[OwnCouponOut] = Field(
        description="The customer's own that are good now, the first to end first."
    )
    near: list[NearOut] = Field(description="Promotions to which little is missing.")
    next_tier: NextTierOut | None = Field(
        description="The tier above; null at the top, or where there is none."
    )


class CalculatedOut(Lean):
    calculation: UUID = Field(description="Name it in the commit, within a day.")
    book: int = Field(description="The version of all promotions together that it was reckoned with.")
    certainty: str
    customer: UUID | None
    lines: list[LineOut]
    gifts: list[GiftOut]
    gross: Decimal
    discount: Decimal
    paid_by_points: Decimal
    total: Decimal
    points: PointsOut
    tier: TierOut | None = Field(description="The customer's tier; null, if they are in none.")
    coupons: list[CodeOut]
    why_not: list[WhyNotOut]
    receipt_texts: list[str] = Field(description="To print on the receipt.")
    cashier_texts: list[str] = Field(description="To show to the cashier.")
    hint: HintOut | None = Field(description="Where it was asked for.")


def _reckon_soon(basket: BasketIn, by: Actor) -> None:
    """Who it is and what it is are asked together."""
    company.shop_soon(basket.shop)
    catalog.sold_soon({line.product for line in basket.lines} | basket.stock.keys())
    for one in basket.identifiers:
        if one.kind == "card":
            queries.stopped_soon(one.value)
    if basket.identifiers:
        shown = [customers.Presented(one.kind, one.value, one.proof) for one in basket.identifiers]
        customers.identify_soon(shown, by, today=_today(clock.now()), anywhere=True)


@router.post("/till/calculate", response=CalculatedOut, summary="Reckon a basket")
@quick("/api/v1/till/calculate", BasketIn, ahead=_reckon_soon)
def calculate(request: Request, basket: BasketIn) -> HttpResponse:
    """Discounts with reasons, gifts, points to earn and to spend, texts. Moves nothing: ask as often as needed."""
    request.actor.must("loyalty.redeem")
    at = clock.now()
    shop_id = _shop(basket.shop)
    who = _who(request, basket.identifiers, at)
    child = _who(request, basket.beneficiary, at) if basket.beneficiary else None
    card = next((one.value.strip() for one in basket.identifiers if one.kind == "card"), "")
    told = actions.calculate(_basket(basket, shop_id, who, child, card, at), by=request.actor, at=at)
    hint = _hint(basket, told, request.actor, at) if basket.hint else None
    return answer(_told(basket, told, who, hint))


def _shop(code: str) -> int:
    found = company.shop_of_code(code)
    if found is None:
        raise UnknownShop(field="shop", shop=code)
    return found


def _who(request: Request, presented: list[Shown], at: datetime) -> customers.Identified:
    """Who it is, wherever they were registered: one purse in all shops and on the site.

    A card that was blocked, replaced or never issued opens nothing, whoever holds it.
    """
    shown = [
        customers.Presented(one.kind, one.value, one.proof)
        for one in presented
        if one.kind != "card" or not queries.is_stopped(one.value)
    ]
    if not shown:
        return customers.Identified(customers.Certainty.UNKNOWN)
    return customers.identify(shown, request.actor, today=_today(at), anywhere=True)


def _today(at: datetime) -> date:
    return at.astimezone(company.zone()).date()


def _basket(
    basket: BasketIn,
    shop_id: int,
    who: customers.Identified,
    beneficiary: customers.Identified | None,
    card: str,
    at: datetime,
) -> TillBasket:
    return TillBasket(
        shop_id=shop_id,
        lines=tuple(_line(line) for line in basket.lines),
        at=basket.at or at,
        till_code=basket.till,
        profile_id=who.profile_id,
        beneficiary_id=beneficiary.profile_id if beneficiary else None,
        card=card,
        coupons=tuple(basket.coupons),
        points=basket.points,
        channel=basket.channel,
        payment=basket.payment,
        stock=basket.stock,
        explain=basket.explain,
    )


def _line(line: TillLineIn) -> TillLine:
    return TillLine(
        product=line.product,
        quantity=line.quantity,
        price=line.price,
        amount=line.amount,
        unit=line.unit,
        closed=line.closed,
        floor=line.floor,
        delivery=line.delivery,
        gross=line.gross,
        reimbursed=line.reimbursed,
        discounts=tuple((one.kind, one.amount, one.funded_by) for one in line.discounts),
    )


def _told(
    basket: BasketIn, told: Calculated, who: customers.Identified, hint: HintOut | None
) -> CalculatedOut:
    reckoned, known = told.answer, told.situation

    def of(promotion: int) -> dict[str, str]:
        return dict(zip(("promotion", "name"), told.names[promotion], strict=True))

    lines = [
        LineOut(
            number=number,
            product=sent.product,
            gross=one.gross,
            discounts=[DiscountOut(**of(promotion), amount=amount) for promotion, amount in one.discounts],
            paid_by_points=one.paid_by_points,
            to_pay=one.to_pay,
            earned=[EarnedOut(**of(promotion), points=_plain(points)) for promotion, points in one.earned],
        )
        for number, (sent, one) in enumerate(zip(basket.lines, reckoned.lines, strict=True), start=1)
    ]
    gifts = [
        GiftOut(
            **of(one.promotion),
            product=told.gifts[one.product].code,
            title=told.gifts[one.product].name,
            quantity=one.quantity,
        )
        for one in reckoned.gifts
    ]
    return CalculatedOut(
        calculation=told.id,
        book=known.book.number,
        certainty=who.certainty,
        customer=who.public_id,
        lines=lines,
        gifts=gifts,
        gross=reckoned.gross,
        discount=reckoned.discount,
        paid_by_points=reckoned.paid_by_points,
        total=reckoned.total,
        points=PointsOut(
            balance=_plain(known.balance),
            pending=_plain(known.pending),
            may_spend=_plain(reckoned.points_to_spend),
            spent=_plain(reckoned.points_spent),
            earned=_plain(reckoned.points_earned),
            after=_plain(known.balance - reckoned.points_spent),
        ),
        tier=TierOut(code=known.tier.code, name=known.tier.name) if known.tier else None,
        coupons=[
            CodeOut(
                code=code,
                used=code not in reckoned.unused_coupons,
                why=unused(reckoned.unused_coupons.get(code)),
            )
            for code in dict.fromkeys(basket.coupons)
        ],
        why_not=[
            WhyNotOut(**of(one.promotion), why=reason(one.refusal))
            for one in reckoned.verdicts.values()
            if basket.explain and one.refusal
        ],
        receipt_texts=texts.for_receipt(told),
        cashier_texts=texts.for_cashier(told, who.certainty),
        hint=hint,
    )


def _hint(basket: BasketIn, told: Calculated, by: Actor, at: datetime) -> HintOut:
    found = queries.hint(
        told, goods={line.product for line in basket.lines}, named=basket.coupons, by=by, at=at
    )
    return HintOut(
        offer=texts.offer(told, found, at=at),
        birthday=texts.birthday(found),
        purchases=[
            PurchaseOut(
                at=one.paid_at,
                shop=one.shop,
                total=money.rounded(one.paid, one.currency),
                goods=[name for _code, name in one.goods[:5]],
            )
            for one in found.purchases
        ],
        usual=[GoodsOut(product=code, name=name) for code, name in found.usual],
        coupons=[
            OwnCouponOut(code=one.code, name=one.series.name, valid_until=one.series.valid_until)
            for one in found.coupons
        ],
        near=[
            NearOut(**dict(zip(("promotion", "name"), told.names[promotion], strict=True)), missing=missing)
            for promotion, missing in texts.near(found)
        ],
        next_tier=NextTierOut(
            code=found.way_up.tier.code, name=found.way_up.tier.name, missing=texts.missing(found.way_up)
        )
        if found.way_up
        else None,
    )


# ── Paid ─────────────────────────────────────────────────────────────────────────────────────────────────


class CommitIn(Lean):
    model_config = ConfigDict(extra="forbid")

    calculation: UUID
    number: Code = Field(description="The fiscal number: it is written once, however often it is sent.")
    paid_at: AwareDatetime | None = Field(
        None, description="At most a day before the basket was reckoned, and a day from now."
    )
    gift_cards: list[GiftTenderIn] = Field(
        [], max_length=20, description="Gift cards that pay, or a part of it."
    )


class SoldOut(Lean):
    """What was written. Of a return: `refund` is what the customer gets, points below zero were taken back.

    `gift_cards`: what of it they paid, or got back; `otherwise`: what is left to be paid, or refunded, in cash.
    """

    id: UUID
    number: str
    total: Decimal
    discount: Decimal
    points_spent: Decimal
    points_earned: Decimal
    refund: Decimal
    owed: Decimal = Field(description="Points that the account owes since: they had been spent already.")
    gift_cards: list[GiftPaidOut]
    otherwise: Decimal


def _commit_soon(paid: CommitIn, by: Actor) -> None:
    actions.told_soon(paid.calculation)


@router.post("/till/commit", response=SoldOut, summary="The reckoned basket is paid")
@quick("/api/v1/till/commit", CommitIn, writes=True, ahead=_commit_soon)
def commit(request: Request, paid: CommitIn) -> HttpResponse:
    """Writes receipt, coupons, points and events together, or nothing. Sent again it answers the same.

    409 `reckon_again`: points, a code or a limited promotion are gone meanwhile; 409 `unknown_calculation`: too old.
    A gift card that cannot pay what it should is refused with its own code, and then nothing is written either.
    """
    done = actions.commit(
        paid.calculation,
        number=paid.number,
        by=request.actor,
        at=clock.now(),
        paid_at=paid.paid_at,
        gift_cards=[one.told() for one in paid.gift_cards],
    )
    return answer(_sold(done))


class BackIn(Lean):
    line: Annotated[int, Field(ge=1)]
    quantity: Quantity


class ReturnIn(Lean):
    model_config = ConfigDict(extra="forbid")

    number: Code
    lines: list[BackIn] = Field(min_length=1, max_length=5000)
    shop: Code | None = Field(None, description="Where the goods came back; null: where they were sold.")
    till: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""


@router.post("/till/receipts/{receipt_id}/returns", response=SoldOut, summary="Return lines of a receipt")
def give_back(request: Request, receipt_id: UUID, back: ReturnIn) -> HttpResponse:
    """Points earned on the lines are taken back, points spent on them are given back; parts add up to the whole.

    `refund` is what is to be paid out: by the policy of the programme at the sale what the lines cost with their
    discounts, or what was paid without what the rest of the receipt costs alone (`returns: anew`), never below zero.
    """
    done = actions.give_back(
        receipt=receipt_id,
        lines=[Back(line.line, line.quantity) for line in back.lines],
        number=back.number,
        shop_id=_shop(back.shop) if back.shop else None,
        till_code=back.till,
        by=request.actor,
        at=clock.now(),
    )
    return answer(_sold(done))


class CancelIn(Lean):
    model_config = ConfigDict(extra="forbid")

    number: Code
    till: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""


@router.post("/till/receipts/{receipt_id}/cancel", response=SoldOut, summary="Undo a sale")
def cancel(request: Request, receipt_id: UUID, undone: CancelIn) -> HttpResponse:
    """Everything that is left of it comes back; its coupons and limited promotions are free again."""
    done = actions.cancel(
        receipt=receipt_id, number=undone.number, till_code=undone.till, by=request.actor, at=clock.now()
    )
    return answer(_sold(done))


def _sold(done: Sold) -> SoldOut:
    receipt = done.receipt
    return SoldOut(
        id=receipt.public_id,
        number=receipt.number,
        total=money.rounded(receipt.paid, receipt.currency),
        discount=money.rounded(receipt.discount, receipt.currency),
        points_spent=_plain(done.points_spent),
        points_earned=_plain(done.points_earned),
        refund=money.rounded(done.refund, receipt.currency),
        owed=_plain(done.owed),
        gift_cards=paid_out(done.gifts, receipt.currency),
        otherwise=money.rounded(
            (done.refund if receipt.returns_id else receipt.paid)
            - abs(sum((one.amount for one in done.gifts), Decimal(0))),
            receipt.currency,
        ),
    )


def _plain(points: Decimal) -> Decimal:
    """Points without zeros behind the point."""
    return points.quantize(Decimal(1)) if points == points.to_integral_value() else points.normalize()
