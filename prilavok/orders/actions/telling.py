"""What the journal is told of a receipt."""

from decimal import Decimal
from typing import Any

from prilavok.kernel.journal import Entry
from prilavok.orders.actions.writing import Row
from prilavok.orders.events import LineFact, ReceiptPaid, ReceiptReturned


def entry(row: Row) -> Entry:
    """The event of a written row, with its lines, so that nobody needs to look them up."""
    return Entry(
        _event(row),
        at=row.new.paid_at,
        customer=row.new.profile_id,
        brand=row.brand_id,
        shop=row.new.shop_id,
    )


def _event(row: Row) -> ReceiptPaid | ReceiptReturned:
    new, sums = row.new, row.weighed
    values: dict[str, Any] = {
        "receipt_id": row.id,
        "public_id": row.public_id,
        "shop_id": new.shop_id,
        "till_id": row.till_id,
        "local_date": row.local_date,
        "local_hour": row.local_hour,
        "currency": new.currency,
        "revenue": money(sums.paid + sums.reimbursed),
        "paid": money(sums.paid),
        "discount": money(sums.gross - sums.paid),
        "items": Decimal(sums.items).scaleb(-3),
        "lines": _lines(row),
        "coupons": tuple(dict.fromkeys(new.coupons)),
    }
    if new.kind == "return":
        return ReceiptReturned(original_id=row.original_id, **values)
    return ReceiptPaid(**values)


def _lines(row: Row) -> tuple[LineFact, ...]:
    return tuple(
        LineFact(
            line.product_id,
            line.category_id,
            line.department_id,
            Decimal(quantity).scaleb(-3),
            money(paid + reimbursed),
            money(paid),
            money(gross - paid),
        )
        for line, (quantity, gross, paid, reimbursed) in zip(row.new.lines, row.weighed.lines, strict=True)
    )


def money(units: int) -> Decimal:
    """The amount of so many ten-thousandths.

    >>> money(-123400)
    Decimal('-12.3400')
    """
    return Decimal(units).scaleb(-4)
