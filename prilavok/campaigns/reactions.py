"""What campaigns do when others tell."""

from prilavok.campaigns import actions
from prilavok.kernel.journal import reacts_to
from prilavok.messaging.events import MailingFinished


@reacts_to(MailingFinished)
def close_campaign(event: MailingFinished) -> None:
    kind, _, number = event.owner.partition(":")
    if kind == "campaign":
        actions.mark_sent(campaign_id=int(number), at=event.at)
