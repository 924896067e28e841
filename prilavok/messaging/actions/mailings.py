"""A mailing is opened, gets its recipients in pieces, is started, and may be paused or cancelled."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from prilavok.kernel import clock, jobs, journal, live
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.ids import uuid7
from prilavok.kernel.journal import Entry
from prilavok.messaging.events import (
    MailingCancelled,
    MailingPaused,
    MailingResumed,
    MailingStarted,
    MessageSuppressed,
)
from prilavok.messaging.models import Mailing
from prilavok.messaging.ports import Policy, Recipient

PIECE = 5_000


class NotNow(Problem):
    """The mailing's state does not allow what was asked."""

    code = "mailing_state"
    status = 409
    message = _("The mailing is no longer in the state that this needs. Look at it again.")


@transaction.atomic
def open_mailing(
    *,
    owner: str,
    template_version_id: int,
    start_at: datetime,
    by: Actor,
    at: datetime,
    policy: str = Policy.NEVER_TWICE,
    topic_id: int | None = None,
) -> Mailing:
    """Begin a mailing of an owner; asked again, it is the same one. Nothing leaves before start_mailing."""
    by.must("messaging.send")
    mailing, _created = Mailing.objects.get_or_create(
        owner=owner,
        defaults={
            "template_version_id": template_version_id,
            "policy": Policy(policy),
            "topic_id": topic_id,
            "start_at": start_at,
            "made_at": at,
        },
    )
    return mailing


def add_recipients(*, mailing_id: int, recipients: Sequence[Recipient], by: Actor) -> int:
    """Put people on a mailing's list while it gathers; who is there already stays once. How many came new."""
    by.must("messaging.send")
    added = 0
    for start in range(0, len(recipients), PIECE):
        added += _add(mailing_id, recipients[start : start + PIECE])
    return added


@transaction.atomic
def _add(mailing_id: int, recipients: Sequence[Recipient]) -> int:
    mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
    if mailing.state != Mailing.State.GATHERING:
        raise NotNow
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_message "
            "(public_id, mailing_id, profile_id, context, address, state, reason, attempts) "
            "SELECT public_id, %s, profile_id, context, '', 'planned', '', 0 "
            "FROM unnest(%s::uuid[], %s::bigint[], %s::jsonb[]) AS new(public_id, profile_id, context) "
            "ON CONFLICT (mailing_id, profile_id) DO NOTHING",
            [
                mailing_id,
                [uuid7() for _ in recipients],
                [one.profile_id for one in recipients],
                [json.dumps(dict(one.context), ensure_ascii=False) for one in recipients],
            ],
        )
        return int(cursor.rowcount)


@transaction.atomic
def start_mailing(*, mailing_id: int, by: Actor, at: datetime) -> Mailing:
    """Close the list and let letters leave from `start_at` on; asked again, nothing changes."""
    by.must("messaging.send")
    mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
    if mailing.state != Mailing.State.GATHERING:
        return mailing
    mailing.state, mailing.started_at = Mailing.State.SENDING, at
    mailing.save(update_fields=["state", "started_at"])
    journal.record(
        MailingStarted(mailing_id=mailing.pk, owner=mailing.owner, messages=mailing.messages.count()),
        by=by,
        at=at,
    )
    live.tell(mailing.owner, final=True)
    return mailing


def plan_mailing(
    *,
    owner: str,
    template_version_id: int,
    recipients: Sequence[Recipient],
    start_at: datetime,
    by: Actor,
    at: datetime,
    policy: str = Policy.NEVER_TWICE,
    topic_id: int | None = None,
) -> Mailing:
    """Open, fill and start a mailing; killed in the middle and asked again, it goes on where it stood."""
    mailing = open_mailing(
        owner=owner,
        template_version_id=template_version_id,
        policy=policy,
        topic_id=topic_id,
        start_at=start_at,
        by=by,
        at=at,
    )
    if mailing.state == Mailing.State.GATHERING:
        add_recipients(mailing_id=mailing.pk, recipients=recipients, by=by)
    return start_mailing(mailing_id=mailing.pk, by=by, at=at)


@transaction.atomic
def pause_mailing(*, mailing_id: int, by: Actor, at: datetime) -> Mailing:
    """Hold letters back; those in flight still land. Undone by resume_mailing."""
    by.must("messaging.send")
    mailing = _in_state(mailing_id, Mailing.State.SENDING)
    mailing.state = Mailing.State.PAUSED
    mailing.save(update_fields=["state"])
    journal.record(MailingPaused(mailing_id=mailing.pk, owner=mailing.owner), by=by, at=at)
    live.tell(mailing.owner, final=True)
    return mailing


@transaction.atomic
def resume_mailing(*, mailing_id: int, by: Actor, at: datetime) -> Mailing:
    """Let a paused mailing go on."""
    by.must("messaging.send")
    mailing = _in_state(mailing_id, Mailing.State.PAUSED)
    mailing.state = Mailing.State.SENDING
    mailing.save(update_fields=["state"])
    journal.record(MailingResumed(mailing_id=mailing.pk, owner=mailing.owner), by=by, at=at)
    live.tell(mailing.owner, final=True)
    return mailing


def cancel_mailing(*, mailing_id: int, by: Actor, at: datetime) -> Mailing:
    """Write to nobody else: whoever waits is suppressed with the reason `cancelled`. For good."""
    mailing = _cancel(mailing_id, by, at)
    suppress_rest(mailing_id=mailing.pk, reason="cancelled")
    return mailing


@transaction.atomic
def _cancel(mailing_id: int, by: Actor, at: datetime) -> Mailing:
    by.must("messaging.send")
    mailing = _in_state(mailing_id, Mailing.State.SENDING, Mailing.State.PAUSED, Mailing.State.GATHERING)
    mailing.state = Mailing.State.CANCELLED
    mailing.save(update_fields=["state"])
    waiting = mailing.messages.filter(state="planned").count()
    journal.record(
        MailingCancelled(mailing_id=mailing.pk, owner=mailing.owner, messages=waiting), by=by, at=at
    )
    live.tell(mailing.owner, final=True)
    return mailing


@jobs.job
def suppress_rest(*, mailing_id: int, reason: str) -> int:
    """Suppress who waits, five thousand at once; what is left over goes on as a job."""
    with transaction.atomic():
        owner = Mailing.objects.values_list("owner", flat=True).get(pk=mailing_id)
        suppressed = _suppress_piece(mailing_id, owner, reason)
        if suppressed == PIECE:
            jobs.later(suppress_rest, lock=f"mailing:{mailing_id}", mailing_id=mailing_id, reason=reason)
    return suppressed


def _suppress_piece(mailing_id: int, owner: str, reason: str) -> int:
    at = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message SET state = 'suppressed', reason = %s, settled_at = %s WHERE id IN ("
            "  SELECT id FROM messaging_message WHERE mailing_id = %s AND state = 'planned' "
            "  ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id, profile_id",
            [reason, at, mailing_id, PIECE],
        )
        rows = cursor.fetchall()
    journal.record_many(
        suppressions(mailing_id, owner, ((*row, reason) for row in rows), at), by=SYSTEM, live=True
    )
    return len(rows)


def suppressions(
    mailing_id: int, owner: str, rows: Iterable[tuple[int, int, str]], at: datetime
) -> Iterable[Entry]:
    """What to tell of suppressed messages: rows of (message, profile, reason)."""
    for message, profile, reason in rows:
        told = MessageSuppressed(message_id=message, mailing_id=mailing_id, owner=owner, reason=reason)
        yield Entry(told, at=at, customer=profile)


def _in_state(mailing_id: int, *states: str) -> Mailing:
    mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
    if mailing.state not in states:
        raise NotNow
    return mailing
