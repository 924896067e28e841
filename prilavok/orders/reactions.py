"""Open pages hear of new receipts, once the column store, from which most of them read, has them."""

from typing import Any

from prilavok.kernel import live
from prilavok.kernel.journal import consumer, reacts_in_batches
from prilavok.orders.events import ReceiptPaid, ReceiptReturned

consumer("orders", follows="facts")


@reacts_in_batches(ReceiptPaid, ReceiptReturned)
def show(_events: list[Any]) -> None:
    live.tell("receipts")
