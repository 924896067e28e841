"""What the journal is told of a receipt."""

from prilavok.kernel.journal import Entry
from prilavok.orders.actions.writing import Row
from prilavok.orders.events import ReceiptPaid, ReceiptReturned, written


def entry(row: Row) -> Entry:
    """The event of a written row, with its lines, so that nobody needs to look them up."""
    new = row.new
    return Entry(
        ReceiptReturned if new.kind == "return" else ReceiptPaid,
        at=new.paid_at,
        customer=new.profile_id,
        brand=row.brand_id,
        shop=new.shop_id,
        id=row.public_id,  # the receipt's page finds its event, and what it follows from, by its own id
        body=_body(row),
    )


def _body(row: Row) -> str:
    new, sums = row.new, row.weighed
    more = {"original_id": row.original_id} if new.kind == "return" else {}
    return written(
        sums.told,
        receipt_id=row.id,
        public_id=row.public_id,
        shop_id=new.shop_id,
        till_id=row.till_id,
        local_date=row.local_date,
        local_hour=row.local_hour,
        currency=new.currency,
        revenue=sums.revenue,
        paid=sums.paid,
        discount=sums.discount,
        items=sums.items,
        coupons=dict.fromkeys(new.coupons),
        beneficiary_id=next((one.profile_id for one in new.roles if one.role == "beneficiary"), None),
        **more,
    )
