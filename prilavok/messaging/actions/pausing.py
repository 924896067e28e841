"""The one switch that holds all letters back, such as in a restored copy."""

from datetime import datetime

from django.db import transaction

from prilavok.kernel import journal, switches
from prilavok.kernel.actors import Actor
from prilavok.messaging.events import SendingPaused, SendingResumed


@transaction.atomic
def pause_sending(*, reason: str, by: Actor, at: datetime) -> None:
    """Hold all letters of all mailings back; those in flight still land."""
    by.must("messaging.pause_all")
    switches.turn(switches.SENDING_PAUSED, on=True, reason=reason)
    journal.record(SendingPaused(reason=reason[:200]), by=by, at=at)


@transaction.atomic
def resume_sending(*, by: Actor, at: datetime) -> None:
    """Let letters leave again."""
    by.must("messaging.pause_all")
    switches.turn(switches.SENDING_PAUSED, on=False)
    journal.record(SendingResumed(), by=by, at=at)
