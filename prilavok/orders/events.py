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
    beneficiary_id: int | None = None  # who the basket is for, where that is somebody else than the buyer

    @classmethod
    def from_body(cls, body: dict[str, Any], envelope: Envelope | None = None) -> Self:
        told = body.get("lines", "")
        lines = tuple(
            LineFact(int(product), int(category), int(department), *map(Decimal, sums))
            for product, category, department, *sums in (_cells(told) if isinstance(told, str) else told)
        )
        return replace(super().from_body({**body, "lines": []}, envelope), lines=lines)


def _cells(told: str) -> list[list[str]]:
    return [line.split(",") for line in told.split(";")] if told else []


@dataclass(frozen=True, kw_only=True)
class ReceiptPaid(_ReceiptEvent):
    """A basket was paid; the customer, if known, and the shop stand on the envelope too."""

    kind: str = "sale"


@dataclass(frozen=True, kw_only=True)
class ReceiptReturned(_ReceiptEvent):
    """Goods came back; sums and quantities are negative."""

    kind: str = "return"
    original_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class MarginsReckoned(Event):
    """Margins of sales on these days are others now: what goods cost then was said later."""

    days: tuple[date, ...]


def written(
    lines: Iterable[str],
    *,
    receipt_id: int,
    public_id: str,
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
    beneficiary_id: int | None = None,
) -> str:
    """The body of either event as JSON around its lines, which are written already.

    All lines are one text, seven values each: the database keeps it as it is, instead of taking it to pieces.
    """
    more = f'"original_id":{original_id},' if original_id else ""
    if beneficiary_id:
        more += f'"beneficiary_id":{beneficiary_id},'
    return (
        f'{{"receipt_id":{receipt_id},"public_id":"{public_id}","shop_id":{shop_id},"till_id":{till_id or "null"},'
        f'"local_date":"{local_date.isoformat()}","local_hour":{local_hour},"currency":"{currency}","revenue":"{revenue!s}",'
        f'"paid":"{paid!s}","discount":"{discount!s}","items":"{items!s}",{more}'
        f'"coupons":{_json(list(coupons)) if coupons else "[]"},"lines":"{";".join(lines)}"}}'
    )
