"""Gifts: what customers got for nothing, by a promotion at the till or from somebody's hand."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field, StringConstraints

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.customers import queries as customers
from prilavok.kernel import clock, paging
from prilavok.kernel.web import Request
from prilavok.loyalty import actions, queries
from prilavok.loyalty.api.cards import UnknownShop
from prilavok.loyalty.models import Gift
from prilavok.loyalty.ports import NewGift
from prilavok.loyalty.problems import BadGift

router = Router(tags=["loyalty"])

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class GiftIn(Schema):
    """`promotion`: because of which it is given, if any."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "customer": "018f4c1e-0000-7000-8000-000000000001",
                "product": "MUG-RED",
                "shop": "lenina",
                "quantity": "1",
            }
        },
    )

    customer: UUID
    product: Code
    shop: Code
    quantity: Annotated[Decimal, Field(gt=0, le=1000, max_digits=14, decimal_places=3)] = Decimal(1)
    promotion: UUID | None = None


class PurchaseAfter(Schema):
    receipt: UUID
    number: str
    paid_at: datetime
    revenue: Decimal
    currency: str


class GiftOut(Schema):
    """`receipt`: the purchase that it came with; null: given by hand. `followed_by`: the first purchase in the 30 days
    after it.
    """

    id: UUID
    customer: UUID | None
    product: str
    name: str
    quantity: Decimal
    shop: str
    promotion: UUID | None
    receipt: UUID | None
    given_at: datetime
    taken_back_at: datetime | None
    followed_by: PurchaseAfter | None


class GiftPage(Schema):
    items: list[GiftOut]
    next: str | None


def _out(gifts: list[Gift], request: Request) -> list[GiftOut]:
    people = customers.short([one.profile_id for one in gifts if one.profile_id], request.actor)
    after = queries.followed([one.pk for one in gifts]) if request.actor.may("orders.see") else {}
    return [
        GiftOut(
            id=one.public_id,
            customer=people[one.profile_id].public_id if one.profile_id in people else None,
            product=one.product.code,
            name=one.product.name,
            quantity=one.quantity,
            shop=one.shop.code,
            promotion=one.promotion.public_id if one.promotion else None,
            receipt=one.receipt.public_id if one.receipt else None,
            given_at=one.given_at,
            taken_back_at=one.taken_back_at,
            followed_by=PurchaseAfter.model_validate(after[one.pk], from_attributes=True)
            if one.pk in after
            else None,
        )
        for one in gifts
    ]


@router.get("/gifts", response=GiftPage, summary="Gifts, the latest first")
def gifts(
    request: Request,
    customer: UUID | None = None,
    promotion: UUID | None = None,
    shop: str = "",
    state: Literal["", "given", "back"] = "",
    after: str | None = None,
    size: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> GiftPage:
    by = request.actor
    found = queries.search_gifts(by, promotion=promotion, shop=shop, state=state)
    if customer:
        found = found.filter(profile__in=customers.kin(customers.get(customer, by).pk))
    page = paging.keyset(found, order=("-given_at", "-id"), after=after, size=size)
    return GiftPage(items=_out(page.items, request), next=page.next)


@router.post("/gifts", response={201: GiftOut}, summary="Give a gift by hand")
def give(request: Request, told: GiftIn) -> Status[Any]:
    """Gifts of promotions are written down by `till/commit`."""
    by = request.actor
    by.must("loyalty.give_gifts")
    shops = {one.code: one for one in company.shops(by).filter(code=told.shop)}
    if told.shop not in shops:
        raise UnknownShop(field="shop", shop=told.shop)
    goods = catalog.products_by_code([told.product])
    if told.product not in goods:
        raise BadGift(_("There is no such product."), field="product")
    promotion = queries.get_promotion(told.promotion, by).pk if told.promotion else None
    new = NewGift(
        customers.get(told.customer, by).pk,
        goods[told.product].id,
        shops[told.shop].pk,
        told.quantity,
        promotion,
    )
    gift = actions.give_gift(new, by=by, at=clock.now())
    return Status(201, _out([queries.get_gift(gift.public_id, by)], request)[0])


@router.get("/gifts/{uuid:gift_id}", response=GiftOut, summary="One gift")
def gift(request: Request, gift_id: UUID) -> GiftOut:
    return _out([queries.get_gift(gift_id, request.actor)], request)[0]


@router.delete("/gifts/{uuid:gift_id}", response=GiftOut, summary="Take a gift back")
def take_back(request: Request, gift_id: UUID) -> GiftOut:
    """One given by hand; one that came with a purchase comes back with its line of the receipt."""
    request.actor.must("loyalty.give_gifts")
    found = queries.get_gift(gift_id, request.actor)
    actions.take_gift_back(found.pk, by=request.actor, at=clock.now())
    return _out([queries.get_gift(gift_id, request.actor)], request)[0]
