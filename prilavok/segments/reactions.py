"""What segments do when others tell: they look again at whoever an event touches, once facts have it."""

from typing import Any

from prilavok.customers.events import CustomerErased
from prilavok.facts.schema import declared
from prilavok.kernel import clock
from prilavok.kernel.journal import consumer, reacts_in_batches, reacts_to
from prilavok.segments import actions, lists
from prilavok.segments.rfm import schemes

consumer(actions.CONSUMER, follows="facts")
# Apart: millions of old receipts don't keep a new one waiting. Of them only the types matter: many are read at once.
consumer("segments.history", follows="facts.history", batch=10_000)


@reacts_in_batches(*declared().event_types())
def reconsider(events: list[Any]) -> None:
    actions.reconsider(events, at=clock.now())


@reacts_in_batches(*declared().event_types(), history=True, consumer="segments.history")
def notice_history(events: list[Any]) -> None:
    actions.notice_history(events, at=clock.now())


@reacts_to(CustomerErased, consumer="segments.erasing")  # waits for no column store
def forget_the_erased(event: CustomerErased) -> None:
    schemes.forget(profile_ids=event.profiles)
    lists.forget(event.profiles, because=event.id, at=event.at)
