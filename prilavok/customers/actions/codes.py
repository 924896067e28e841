"""Proving a contact by a code: asked for, sent by whoever carries letters, told back by the customer."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from prilavok.customers import ports
from prilavok.customers.actions.contacts import _lock_contact, verify_contact
from prilavok.customers.actions.problems import AlreadyProved, CodeOver, CodesTooOften, NoSmsVendor
from prilavok.customers.events import ContactCodeAsked
from prilavok.customers.models import ContactCode, ContactKind
from prilavok.customers.queries.codes import TRIES, code_of, holds, latest
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.ports import Unanswered

BETWEEN = timedelta(minutes=1)
PER_DAY = 5


@dataclass(frozen=True, slots=True)
class Proved:
    """Whether the code was right, and how many wrong ones it still takes."""

    right: bool
    tries_left: int


@transaction.atomic
def ask_for_code(*, contact_id: int, by: Actor, at: datetime) -> ContactCode:
    """Have a code sent to the contact; an earlier one proves nothing any more.

    Raises AlreadyProved, CodesTooOften (one a minute, five a day), NoSmsVendor, Contact.DoesNotExist, NotForErased.
    """
    by.must("customers.edit")
    contact = _lock_contact(contact_id, by)
    if contact.verified_at is not None:
        raise AlreadyProved(field="value")
    if contact.kind == ContactKind.PHONE:
        _must_be_sent_by_somebody()
    day = ContactCode.objects.filter(contact=contact, asked_at__gt=at - timedelta(days=1))
    if day.filter(asked_at__gt=at - BETWEEN).exists() or day.count() >= PER_DAY:
        raise CodesTooOften(field="value", most=PER_DAY)
    made = ContactCode.objects.create(contact=contact, asked_at=at, by_kind=by.kind, by_id=by.id)
    event = ContactCodeAsked(profile_id=contact.profile_id, code_id=made.pk, kind=contact.kind)
    journal.record(event, by=by, at=at, customer=contact.profile_id)
    return made


def _must_be_sent_by_somebody() -> None:
    try:
        ports.sms_codes()
    except Unanswered as nobody:
        raise NoSmsVendor(field="value") from nobody


@transaction.atomic
def prove_contact(*, contact_id: int, code: str, by: Actor, at: datetime) -> Proved:
    """The customer told the code. A wrong one is counted, and says so rather than raise: the count must stay.

    Raises CodeOver: none was sent, or its time or tries are over; AlreadyProved.
    """
    by.must("customers.edit")
    contact = _lock_contact(contact_id, by)
    if contact.verified_at is not None:
        raise AlreadyProved(field="code")
    row = latest(contact.pk)
    if row is None or not holds(row, at):
        raise CodeOver(field="code")
    if not hmac.compare_digest(code.strip().encode(), code_of(row).encode()):
        row.tries += 1
        row.save(update_fields=["tries"])
        return Proved(False, TRIES - row.tries)
    row.proved_at = at
    row.save(update_fields=["proved_at"])
    verify_contact(contact_id=contact.pk, rule="code", by=by, at=at)
    return Proved(True, TRIES - row.tries)


def code_failed(*, code_id: int, why: str, by: Actor = SYSTEM) -> None:
    """The code could not be sent: the card says so."""
    by.must("customers.edit")
    ContactCode.objects.filter(pk=code_id).update(failed=why[:200])
