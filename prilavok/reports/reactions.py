"""Open pages fetch their figures again when receipts arrive."""

from prilavok.kernel import live
from prilavok.kernel.event import Event
from prilavok.kernel.journal import consumer, reacts_in_batches
from prilavok.orders.events import ReceiptPaid, ReceiptReturned

consumer("reports", follows="facts")


@reacts_in_batches(ReceiptPaid, ReceiptReturned)
def receipts_arrived(events: list[Event]) -> None:
    live.tell("receipts")
