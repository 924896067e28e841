"""Gifts: goods for nothing, by a promotion at the till or from somebody's hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from prilavok.catalog import queries as catalog
from prilavok.company import queries as company
from prilavok.kernel import journal, prepared
from prilavok.kernel.actors import Actor, Refused
from prilavok.loyalty.events import GiftGiven, GiftTakenBack
from prilavok.loyalty.models import Gift, Promotion
from prilavok.loyalty.ports import NewGift
from prilavok.loyalty.problems import BadGift, GiftIsBack, GiftOfPurchase
from prilavok.orders import actions as orders

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

MOST = 1000  # of one thing at once: more is a slip

_GIVE = """
    INSERT INTO loyalty_gift (public_id, product_id, quantity, shop_id, profile_id, promotion_id, receipt_id, line,
                              given_at, local_date)
    SELECT gen_random_uuid(), product, quantity, %s::bigint, %s::bigint, promotion, %s::bigint, line,
           %s::timestamptz, %s::date
    FROM unnest(%s::bigint[], %s::numeric[], %s::bigint[], %s::int[]) AS gift (product, quantity, promotion, line)
    RETURNING id, product_id, quantity, promotion_id"""


def gifts_with(receipt: Receipt, lines: Sequence[Mapping[str, Any]]) -> list[journal.Entry]:
    """Write down the gifts that promotions added to a receipt, as a calculation keeps its lines; what to tell of it."""
    given = [(place, line) for place, line in enumerate(lines, start=1) if "gift" in line]
    if not given:
        return []
    head = [receipt.shop_id, receipt.profile_id, receipt.pk, receipt.paid_at, receipt.local_date]
    what = [
        [line["p"][0] for _place, line in given],
        [Decimal(line["q"]) for _place, line in given],
        [line["gift"] for _place, line in given],
        [place for place, _line in given],
    ]
    return [
        _entry(
            GiftGiven(
                gift_id=gift,
                product_id=product,
                quantity=quantity,
                promotion_id=promotion,
                receipt_id=receipt.pk,
                local_date=receipt.local_date,
                shop_id=receipt.shop_id,
            ),
            receipt.profile_id,
            receipt.paid_at,
        )
        for gift, product, quantity, promotion in prepared.rows(_GIVE, [*head, *what])
    ]


@transaction.atomic
def give_gift(new: NewGift, *, by: Actor, at: datetime) -> Gift:
    """A customer gets something from somebody's hand. Raises Refused, BadGift."""
    by.must("loyalty.give_gifts")
    if not by.sees_shop(new.shop_id):
        raise Refused("loyalty.give_gifts")
    if not 0 < new.quantity <= MOST:
        raise BadGift(_("Say how many: more than nothing, at most %(most)s."), field="quantity", most=MOST)
    if new.product_id not in catalog.product_names([new.product_id]):
        raise BadGift(_("There is no such product."), field="product")
    if new.promotion_id is not None and not Promotion.objects.filter(pk=new.promotion_id).exists():
        raise BadGift(_("There is no such promotion."), field="promotion")
    gift = Gift.objects.create(
        product_id=new.product_id,
        quantity=new.quantity,
        shop_id=new.shop_id,
        profile_id=new.profile_id,
        promotion_id=new.promotion_id,
        given_at=at,
        local_date=at.astimezone(company.zone_of(new.shop_id)).date(),
        given_by=by.id if by.kind == "employee" else None,
    )
    _tell(GiftGiven, [gift], by, at)
    return gift


@transaction.atomic
def take_gift_back(gift_id: int, *, by: Actor, at: datetime) -> Gift:
    """A gift from somebody's hand comes back, or was written down by mistake. Raises Refused, GiftIsBack,
    GiftOfPurchase.
    """
    by.must("loyalty.give_gifts")
    gift = Gift.objects.select_for_update(no_key=True).get(pk=gift_id)
    if not by.sees_shop(gift.shop_id):
        raise Refused("loyalty.give_gifts")
    if gift.taken_back_at is not None:
        raise GiftIsBack(field="id")
    if gift.receipt_id is not None:
        raise GiftOfPurchase(field="id")
    _take_back([gift], by, at)
    return gift


def gifts_come_back(receipt_id: int, *, by: Actor, at: datetime) -> None:
    """Gifts of a receipt whose lines came back whole are taken back with them."""
    standing = list(
        Gift.objects.select_for_update(no_key=True)
        .filter(receipt=receipt_id, taken_back_at=None)
        .order_by("pk")
    )
    if standing:
        left = {one.number: one.quantity for one in orders.still_sold(receipt_id)}
        _take_back([one for one in standing if not left.get(one.line or 0)], by, at)


def _take_back(gifts: Sequence[Gift], by: Actor, at: datetime) -> None:
    for gift in gifts:
        gift.taken_back_at = at
    Gift.objects.bulk_update(gifts, ["taken_back_at"])
    _tell(GiftTakenBack, gifts, by, at)


def _tell(
    event: type[GiftGiven] | type[GiftTakenBack], gifts: Sequence[Gift], by: Actor, at: datetime
) -> None:
    """On the shop's day of the telling: a gift may come back on another."""
    told = [
        _entry(
            event(
                gift_id=one.pk,
                product_id=one.product_id,
                quantity=one.quantity,
                promotion_id=one.promotion_id or 0,
                receipt_id=one.receipt_id or 0,
                local_date=at.astimezone(company.zone_of(one.shop_id)).date(),
                shop_id=one.shop_id,
            ),
            one.profile_id,
            at,
        )
        for one in gifts
    ]
    journal.record_many(told, by=by, live=True)


def _entry(event: GiftGiven | GiftTakenBack, profile_id: int | None, at: datetime) -> journal.Entry:
    return journal.Entry(
        event, at=at, customer=profile_id, brand=company.brand_of(event.shop_id), shop=event.shop_id
    )
