"""What readers do with a letter: open it, follow its links, ask not to be written to again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging import rules
from prilavok.messaging.events import (
    ClickTakenBack,
    MessageClicked,
    MessageOpened,
    OpeningTakenBack,
    Unsubscribed,
)
from prilavok.messaging.models import Message, Touch

_AGAIN = timedelta(minutes=5)  # a picture loaded twice within this time is one opening


@transaction.atomic
def note_open(
    *, message: UUID, at: datetime, user_agent: str = "", purpose: str = "", method: str = "GET"
) -> Touch | None:
    """Count an opening by its picture; None when the same has just been counted."""
    letter = _letter(message)
    machine = rules.machine_reason(
        method=method, user_agent=user_agent, purpose=purpose, since_delivery=_since_delivery(letter, at)
    )
    same = letter.touches.filter(kind=Touch.Kind.OPEN, at__gt=at - _AGAIN)
    if (same.filter(machine="") if not machine else same.exclude(machine="")).exists():
        return None
    touch = letter.touches.create(kind=Touch.Kind.OPEN, machine=machine, at=at)
    opened = MessageOpened(
        message_id=letter.pk, mailing_id=letter.mailing_id, owner=letter.mailing.owner, machine=bool(machine)
    )
    journal.record(opened, by=SYSTEM, at=at, customer=letter.profile_id)
    return touch


@transaction.atomic
def note_click(
    *, message: UUID, link: int, at: datetime, user_agent: str = "", purpose: str = "", method: str = "GET"
) -> Touch:
    """Count a link that was followed. A scanner that follows all links at once is found out at its second one."""
    letter = _letter(message)
    other = letter.touches.filter(kind=Touch.Kind.CLICK).exclude(link=link).order_by("-at").first()
    machine = rules.machine_reason(
        method=method,
        user_agent=user_agent,
        purpose=purpose,
        since_delivery=_since_delivery(letter, at),
        since_other_link=at - other.at if other else None,
    )
    if machine:
        _find_out(letter, machine, at)
    touch = letter.touches.create(kind=Touch.Kind.CLICK, link=link, machine=machine, at=at)
    clicked = MessageClicked(
        message_id=letter.pk,
        mailing_id=letter.mailing_id,
        owner=letter.mailing.owner,
        link=link,
        machine=bool(machine),
    )
    journal.record(clicked, by=SYSTEM, at=at, customer=letter.profile_id)
    return touch


def _find_out(letter: Message, machine: str, at: datetime) -> None:
    """What this letter saw a moment before the machine was the machine's too: taken back where it has been told."""
    just_now = letter.touches.filter(kind__in=[Touch.Kind.OPEN, Touch.Kind.CLICK], at__gt=at - rules.BURST)
    for touch in just_now.filter(machine="").order_by("at", "id"):
        touch.machine = machine
        touch.save(update_fields=["machine"])
        journal.record(_taken_back(letter, touch), by=SYSTEM, at=touch.at, customer=letter.profile_id)


def _taken_back(letter: Message, touch: Touch) -> OpeningTakenBack | ClickTakenBack:
    message, mailing, owner = letter.pk, letter.mailing_id, letter.mailing.owner
    if touch.link is None:
        return OpeningTakenBack(message_id=message, mailing_id=mailing, owner=owner)
    return ClickTakenBack(message_id=message, mailing_id=mailing, owner=owner, link=touch.link)


@transaction.atomic
def unsubscribe(*, message: UUID, way: str, at: datetime) -> bool:
    """Withdraw the reader's consent to letters; False when it had been withdrawn before.

    `way` is `one_click` (the mail program's own button) or `page` (the button on our page).
    """
    letter = _letter(message)
    if letter.touches.filter(kind=Touch.Kind.LEAVE).exists() and _has_left(letter):
        return False
    letter.touches.create(kind=Touch.Kind.LEAVE, at=at)
    cause = journal.record(
        Unsubscribed(message_id=letter.pk, mailing_id=letter.mailing_id, owner=letter.mailing.owner, way=way),
        by=SYSTEM,
        at=at,
        customer=letter.profile_id,
    )
    withdrawn = customers.withdraw_consent(
        profile_id=letter.profile_id, channel="email", source=f"letter:{way}", by=SYSTEM, at=at, cause=cause
    )
    return withdrawn is not None


def _has_left(letter: Message) -> bool:
    return customer_queries.why_unreachable([letter.profile_id], "email")[letter.profile_id] == "withdrawn"


def _letter(message: UUID) -> Message:
    """The letter, locked: machines open several of its addresses in the same moment."""
    return Message.objects.select_for_update(of=("self",)).select_related("mailing").get(public_id=message)


def _since_delivery(letter: Message, at: datetime) -> timedelta | None:
    """How long the reader has had the letter; nought while its delivery is still being written down."""
    if letter.state == Message.State.IN_FLIGHT:
        return timedelta()
    return at - letter.settled_at if letter.settled_at else None
