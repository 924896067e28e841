"""What the journal is told of a receipt."""

from typing import Any

from prilavok.kernel.journal import Entry
from prilavok.orders.actions.writing import Row
from prilavok.orders.events import ReceiptPaid, ReceiptReturned


def entry(row: Row) -> Entry:
    """The event of a written row, with its lines, so that nobody needs to look them up."""
    event = _event(row)
    return Entry(
        event,
        at=row.new.paid_at,
        customer=row.new.profile_id,
        brand=row.brand_id,
        shop=row.new.shop_id,
        id=row.public_id,  # the receipt's page finds its event, and what it follows from, by its own id
        body=event.written([line.told for line in row.weighed.lines]),
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
        "revenue": sums.revenue,
        "paid": sums.paid,
        "discount": sums.discount,
        "items": sums.items,
        "lines": tuple(sums.facts),
        "coupons": tuple(dict.fromkeys(new.coupons)),
    }
    if new.kind == "return":
        return ReceiptReturned(original_id=row.original_id, **values)
    return ReceiptPaid(**values)
