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
    """What both kinds tell. A year of receipts is millions of lines, so the body is written and read by hand."""

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

    def _head(self) -> dict[str, Any]:
        """The body without its lines."""
        return {
            "receipt_id": self.receipt_id,
            "public_id": str(self.public_id),
            "shop_id": self.shop_id,
            "till_id": self.till_id,
            "local_date": self.local_date.isoformat(),
            "local_hour": self.local_hour,
            "currency": self.currency,
            "revenue": str(self.revenue),
            "paid": str(self.paid),
            "discount": str(self.discount),
            "items": str(self.items),
            "coupons": self.coupons,
        }

    def body(self) -> dict[str, Any]:
        lines = [
            (product, category, department, str(quantity), str(revenue), str(paid), str(discount))
            for product, category, department, quantity, revenue, paid, discount in self.lines
        ]
        return {**self._head(), "lines": lines}

    def written(self, lines: Iterable[str]) -> str:
        """The body as JSON around its lines, which are written already."""
        return f'{_json(self._head())[:-1]},"lines":[{",".join(lines)}]}}'

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

    def _head(self) -> dict[str, Any]:
        return {**super()._head(), "original_id": self.original_id}
