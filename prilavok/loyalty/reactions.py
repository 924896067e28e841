"""What loyalty does when others tell."""

from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.journal import reacts_to
from prilavok.loyalty import actions
from prilavok.orders.events import ReceiptPaid


@reacts_to(ReceiptPaid)
def use_coupons(event: ReceiptPaid) -> None:
    if event.coupons:
        actions.use_on_receipt(event.receipt_id, event.coupons, cause=event.id, by=SYSTEM, at=event.at)
