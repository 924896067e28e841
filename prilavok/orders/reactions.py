"""Open pages hear of new receipts, once the column store, from which most of them read, has them; the erased go."""

from typing import Any

from prilavok.catalog.events import ProductCostChanged
from prilavok.customers.events import CustomerErased
from prilavok.kernel import live
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.journal import consumer, reacts_in_batches, reacts_to
from prilavok.orders import actions
from prilavok.orders.events import ReceiptPaid, ReceiptReturned

consumer("orders", follows="facts")


@reacts_to(CustomerErased, consumer="orders.erasing")  # waits for no column store
def forget_the_erased(event: CustomerErased) -> None:
    actions.forget(profile_ids=event.profiles, by=SYSTEM)


@reacts_in_batches(ReceiptPaid, ReceiptReturned)
def show(_events: list[Any]) -> None:
    live.tell("receipts")


@reacts_in_batches(ProductCostChanged, history=True)
def reckon_margins(events: list[ProductCostChanged]) -> None:
    actions.cost_changed((event.product_id, event.since) for event in events)
