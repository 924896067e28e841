"""What orders tells: a basket was paid, goods came back."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from prilavok.kernel.event import Event


@dataclass(frozen=True)
class LineFact:
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
    """A year of receipts is millions of lines: they are written as plain rows without asking each value."""

    lines: tuple[LineFact, ...] = ()

    def body(self) -> dict[str, Any]:
        values = replace(self, lines=()).body() if self.lines else super().body()
        values["lines"] = [
            [
                line.product_id,
                line.category_id,
                line.department_id,
                str(line.quantity),
                str(line.revenue),
                str(line.paid),
                str(line.discount),
            ]
            for line in self.lines
        ]
        return values


@dataclass(frozen=True, kw_only=True)
class ReceiptPaid(_ReceiptEvent):
    """A basket was paid; the customer, if known, and the shop stand on the envelope too."""

    receipt_id: int
    public_id: UUID
    kind: str = "sale"
    shop_id: int
    till_id: int | None = None
    local_date: date
    local_hour: int
    currency: str
    revenue: Decimal
    paid: Decimal
    discount: Decimal
    items: Decimal
    coupons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReceiptReturned(_ReceiptEvent):
    """Goods came back; sums and quantities are negative."""

    receipt_id: int
    public_id: UUID
    original_id: int | None = None
    kind: str = "return"
    shop_id: int
    till_id: int | None = None
    local_date: date
    local_hour: int
    currency: str
    revenue: Decimal
    paid: Decimal
    discount: Decimal
    items: Decimal
    coupons: tuple[str, ...] = ()
