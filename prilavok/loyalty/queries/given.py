"""Gifts that customers got, and what they bought after them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, F, QuerySet

from prilavok.kernel import prepared
from prilavok.kernel.actors import Actor
from prilavok.loyalty.models import Gift

if TYPE_CHECKING:
    from prilavok.orders.models import Receipt

WITHIN = 30  # days after a gift in which a purchase is put down to it


def gifts(by: Actor) -> QuerySet[Gift]:
    """Gifts of the shops within the actor's scope; page them by ("-given_at", "-id")."""
    by.must("loyalty.see")
    found = Gift.objects.select_related("product", "shop", "promotion", "receipt")
    return found if by.shops is None else found.filter(shop__in=by.shops)


def get_gift(public_id: UUID, by: Actor) -> Gift:
    """Raises Gift.DoesNotExist."""
    return gifts(by).get(public_id=public_id)


def search_gifts(
    by: Actor, text: str = "", *, promotion: UUID | None = None, shop: str = "", state: str = ""
) -> QuerySet[Gift]:
    """Gifts whose goods are named or numbered so; of a promotion, of a shop, those that stand or were taken back."""
    found = gifts(by)
    if text.strip():
        found = found.filter(product__name__icontains=text.strip()) | found.filter(product__code=text.strip())
    if promotion:
        found = found.filter(promotion__public_id=promotion)
    if shop:
        found = found.filter(shop__code=shop)
    return found.filter(taken_back_at__isnull=state == "given") if state else found


def gifts_of(profile_ids: Collection[int], by: Actor) -> QuerySet[Gift]:
    """What these profiles got, the latest first; page by ("-given_at", "-id")."""
    return gifts(by).filter(profile__in=profile_ids)


def gifts_on(receipt: Receipt, by: Actor) -> QuerySet[Gift]:
    """What came with a purchase."""
    return gifts(by).filter(receipt=receipt).order_by("line")


@dataclass(frozen=True, slots=True)
class Followed:
    """The first purchase after a gift, within `WITHIN` days."""

    receipt: UUID
    number: str
    paid_at: datetime
    revenue: Decimal
    currency: str


# A purchase of the gift's day counts, unless the gift came with it; before a gift that came with one, none does.
AFTER = f"""
    r.kind = 'sale' AND r.local_date >= g.local_date AND r.paid_at <= g.given_at + interval '{WITHIN} days'
    AND r.paid_at >= g.given_at - interval '1 day' AND (g.receipt_id IS NULL OR r.paid_at > g.given_at)"""
_FOLLOWED = f"""
    SELECT g.id, sale.* FROM loyalty_gift g CROSS JOIN LATERAL (
        SELECT r.public_id, r.number, r.paid_at, r.revenue, r.currency FROM orders_receipt r
        WHERE r.profile_id = ANY(coalesce(
            (SELECT array_agg(m.profile_id) FROM customers_kin k JOIN customers_kin m USING (head_id)
             WHERE k.profile_id = g.profile_id), ARRAY[g.profile_id])) AND {AFTER}
        ORDER BY r.paid_at, r.id LIMIT 1
    ) sale
    WHERE g.id = ANY(%s) AND g.taken_back_at IS NULL"""


def followed(gift_ids: Sequence[int]) -> dict[int, Followed]:
    """The first purchase after each gift, by the gift's id; gifts that none followed are missing."""
    rows = prepared.rows(_FOLLOWED, [list(gift_ids)]) if gift_ids else []
    return {gift: Followed(*sale) for gift, *sale in rows}


def numbers_of_gifts(profile_ids: Collection[int]) -> dict[int, int]:
    """How many gifts each profile got; profiles without any are missing."""
    counted = Gift.objects.filter(profile__in=profile_ids).values("profile").annotate(number=Count("pk"))
    return dict(counted.values_list("profile", "number"))


def archived_gifts(profile_ids: Collection[int]) -> list[dict[str, Any]]:
    """What these profiles got, for the archive that a person may ask for."""
    found = Gift.objects.filter(profile__in=profile_ids).order_by("pk")
    names = {
        "goods": F("product__name"),
        "shop_name": F("shop__name"),
        "promotion_name": F("promotion__name"),
    }
    return [dict(row) for row in found.values("given_at", "quantity", "taken_back_at", **names)]
