"""Codes that were sent to contacts: which, and how long they hold."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings

from prilavok.customers.models import ContactCode
from prilavok.kernel.actors import Actor

HOLDS = timedelta(minutes=15)
TRIES = 5
DIGITS = 6


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """What a letter needs that carries a code."""

    address: str
    code: str
    minutes: int


def code_of(row: ContactCode) -> str:
    """The code: six digits out of the row, the address and our secret."""
    told = f"contact code {row.pk} {row.contact.value} {row.asked_at.isoformat()}"
    digest = hmac.new(settings.SECRET_KEY.encode(), told.encode(), sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}}"


def code_asked(code_id: int, *, at: datetime) -> CodeAsked | None:
    """None when it is not to be sent any more: it is over, or a newer one was asked for."""
    row = ContactCode.objects.select_related("contact").filter(pk=code_id).first()
    if row is None or not holds(row, at) or row != latest(row.contact_id):
        return None
    return CodeAsked(row.contact.value, code_of(row), int(HOLDS.total_seconds() // 60))


def latest(contact_id: int) -> ContactCode | None:
    """The code that was asked for last: the only one that proves anything."""
    rows = ContactCode.objects.select_related("contact").filter(contact=contact_id)
    return rows.order_by("-asked_at", "-id").first()


def holds(row: ContactCode, at: datetime) -> bool:
    """Whether it can still be told."""
    return row.proved_at is None and row.tries < TRIES and not row.failed and at - row.asked_at < HOLDS


def codes_waiting(profile_ids: Collection[int], by: Actor, *, at: datetime) -> dict[int, ContactCode]:
    """By contact: the code that was sent last and what became of it, unless the contact was proved or it is over."""
    by.must("customers.see")
    rows = ContactCode.objects.filter(contact__profile__in=profile_ids, contact__verified_at=None)
    recent = rows.filter(asked_at__gt=at - HOLDS).order_by("asked_at", "id")
    return {row.contact_id: row for row in recent}
