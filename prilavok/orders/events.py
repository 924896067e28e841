"""What orders tells: a basket was paid, goods came back."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Self
from uuid import UUID

from prilavok.kernel.event import Envelope, Event

_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class LineFact(NamedTuple):
    """One line with its signed sums, so that nobody needs to look it up."""

    product_id: int
    category_id: int
    department_id: int
    quantity: Decimal
    revenue: Decimal
    paid: Decimal
    discount: Decimal


@dataclass(frozen=True, kw_only=True)
class _ReceiptEvent(Event):
    """What both kinds tell. A year of receipts is millions of lines: bodies are `written` and read by hand."""

    receipt_id: int
    public_id: UUID
    shop_id: int
    till_id: int | None = None
    local_date: date
    local_hour: int
    currency: str
    revenue: Decimal
    paid: Decimal
    discount: Decimal
    items: Decimal
    lines: tuple[LineFact, ...] = ()
    coupons: tuple[str, ...] = ()

    @classmethod
    def from_body(cls, body: dict[str, Any], envelope: Envelope | None = None) -> Self:
        lines = tuple(
            LineFact(product, category, department, *map(Decimal, sums))
            for product, category, department, *sums in body.get("lines", ())
        )
        return replace(super().from_body({**body, "lines": []}, envelope), lines=lines)


@dataclass(frozen=True, kw_only=True)
class ReceiptPaid(_ReceiptEvent):
    """A basket was paid; the customer, if known, and the shop stand on the envelope too."""

    kind: str = "sale"


@dataclass(frozen=True, kw_only=True)
class ReceiptReturned(_ReceiptEvent):
    """Goods came back; sums and quantities are negative."""

    kind: str = "return"
    original_id: int | None = None


def written(
    lines: Iterable[str],
    *,
    receipt_id: int,
    public_id: UUID,
    shop_id: int,
    till_id: int | None,
    local_date: date,
    local_hour: int,
    currency: str,
    revenue: Decimal,
    paid: Decimal,
    discount: Decimal,
    items: Decimal,
    coupons: Iterable[str] = (),
    original_id: int | None = None,
) -> str:
    """The body of either event as JSON around its lines, which are written already."""
    original = f'"original_id":{original_id},' if original_id else ""
    return (
        f'{{"receipt_id":{receipt_id},"public_id":"{public_id}","shop_id":{shop_id},"till_id":{till_id or "null"},'
        f'"local_date":"{local_date}","local_hour":{local_hour},"currency":"{currency}","revenue":"{revenue}",'
        f'"paid":"{paid}","discount":"{discount}","items":"{items}",{original}'
        f'"coupons":{_json(list(coupons)) if coupons else "[]"},"lines":[{",".join(lines)}]}}'
    )
