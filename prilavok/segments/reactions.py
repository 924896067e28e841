"""What segments do when others tell: they look again at whoever an event touches, once facts have it."""

from typing import Any

from prilavok.facts.schema import declared
from prilavok.kernel import clock
from prilavok.kernel.journal import consumer, reacts_in_batches
from prilavok.segments import actions

consumer("segments", follows="facts")


@reacts_in_batches(*declared().event_types(), history=True)
def reconsider(events: list[Any]) -> None:
    actions.reconsider(events, at=clock.now())
