"""What campaigns do when others tell."""

from collections import defaultdict

from prilavok.campaigns import actions
from prilavok.kernel.journal import reacts_in_batches, reacts_to
from prilavok.messaging.events import MailingFinished, MessageDelivered, MessageUnknown


@reacts_in_batches(MessageDelivered, MessageUnknown)
def give_points(events: list[MessageDelivered | MessageUnknown]) -> None:
    """Who has the letter, or may have it, has its points; before the campaign's end is told."""
    got = defaultdict[int, set[int]](set)
    for event in events:
        if (number := _campaign(event.owner)) and event.customer:
            got[number].add(event.customer)
    if got:
        actions.give_points(got, at=max(event.at for event in events))


@reacts_to(MailingFinished)
def close_campaign(event: MailingFinished) -> None:
    if number := _campaign(event.owner):
        actions.mark_sent(campaign_id=number, at=event.at)


def _campaign(owner: str) -> int | None:
    kind, _, number = owner.partition(":")
    return int(number) if kind == "campaign" else None
