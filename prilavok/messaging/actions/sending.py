"""The sender's verbs: take a window of letters, write down what became of them, settle what a dead sender left.

Each is one short transaction. What is claimed is committed as «in flight» before its first byte leaves; the row
names the worker that has it, and the worker holds an advisory lock for as long as it lives.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from prilavok.customers import actions as customers_actions
from prilavok.customers import queries as customers
from prilavok.kernel import journal, live
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.journal import Entry
from prilavok.messaging import macros, rules
from prilavok.messaging.actions.mailings import suppress_rest, suppressions
from prilavok.messaging.events import (
    MailingFinished,
    MessageDelivered,
    MessageRefused,
    MessageUnknown,
)
from prilavok.messaging.letters import links
from prilavok.messaging.letters.mime import Wrapper
from prilavok.messaging.models import Mailing, Message, TemplateVersion
from prilavok.messaging.queries import compiled, written_lately
from prilavok.messaging.rules import Outcome, Verdict
from prilavok.messaging.smtp import Letter, is_sendable

LEASE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Due:
    """A mailing that has letters to send now."""

    id: int
    owner: str
    version_id: int
    macros: frozenset[str]
    policy: str
    topic_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter that is in flight for the database and has not left yet."""

    id: int
    profile_id: int
    attempts: int
    letter: Letter


def due_mailings(*, at: datetime, real: datetime) -> list[Due]:
    """Mailings with letters that may leave now, the oldest first: no relay is called while there are none."""
    waiting = Message.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=real), mailing=OuterRef("pk"), state=Message.State.PLANNED
    )
    found = Mailing.objects.filter(Exists(waiting), state=Mailing.State.SENDING, start_at__lte=at)
    found = found.order_by("start_at", "id")
    used = dict(
        TemplateVersion.objects.filter(pk__in=[one.template_version_id for one in found]).values_list(
            "id", "macros"
        )
    )
    return [
        Due(
            one.pk,
            one.owner,
            one.template_version_id,
            frozenset(used[one.template_version_id]),
            one.policy,
            one.topic_id,
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    public_id: UUID
    profile_id: int
    context: Mapping[str, Any]
    attempts: int


@transaction.atomic
def claim(
    mailing: Due, *, worker: int, limit: int, wrapper: Wrapper, at: datetime, real: datetime
) -> list[Ready]:
    """Take up to `limit` waiting letters: check consent and wishes once more, fill them, commit them in flight."""
    rows = _lock_waiting(mailing.id, limit, real)
    if not rows:
        return []
    refused, addresses = _reach(mailing, rows, at)
    _suppress(
        mailing,
        [(row.id, row.profile_id, refused[row.profile_id]) for row in rows if row.profile_id in refused],
        at,
    )
    going = [row for row in rows if row.profile_id not in refused]
    ready = _fill(mailing, going, addresses, wrapper)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message m SET state = 'in_flight', reason = '', worker = %s, lease_until = %s, "
            "attempts = m.attempts + 1, retry_at = NULL, address = v.address "
            "FROM unnest(%s::bigint[], %s::text[]) AS v(id, address) WHERE m.id = v.id",
            [worker, real + LEASE, [one.id for one in ready], [one.letter.recipient for one in ready]],
        )
    return ready


def _lock_waiting(mailing_id: int, limit: int, real: datetime) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, public_id, profile_id, context, attempts FROM messaging_message "
            "WHERE mailing_id = %s AND state = 'planned' AND (retry_at IS NULL OR retry_at <= %s) "
            "ORDER BY retry_at NULLS FIRST, id LIMIT %s FOR UPDATE SKIP LOCKED",
            [mailing_id, real, limit],
        )
        return [_Row(row[0], row[1], row[2], _plain(row[3]), row[4]) for row in cursor.fetchall()]


def _plain(context: Any) -> Mapping[str, Any]:
    return context if isinstance(context, dict) else json.loads(context)


def _reach(mailing: Due, rows: Sequence[_Row], at: datetime) -> tuple[dict[int, str], dict[int, str]]:
    """Who may not be written to and why, and the addresses of the others: as it stands this moment."""
    profiles = [row.profile_id for row in rows]
    reasons = customers.why_unreachable(profiles, "email", topic_id=mailing.topic_id)
    refused = {profile: why for profile, why in reasons.items() if why}
    limits = customers.limits_of([one for one in profiles if one not in refused])
    _hold({limit.head for limit in limits.values()})
    refused |= dict.fromkeys(written_lately(limits, at=at), "too_often")
    addresses = customers.addresses([one for one in profiles if one not in refused], "email")
    refused |= {profile: "bad_address" for profile, address in addresses.items() if not is_sendable(address)}
    taken = _taken(mailing.id, [row.id for row in rows], list(addresses.values()))
    refused |= {profile: "duplicate_address" for profile, address in addresses.items() if address in taken}
    return refused, addresses


def _hold(heads: Collection[int]) -> None:
    """Nobody else counts these people's letters until ours are written down: two mailings would both be the first."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "SELECT pg_advisory_xact_lock(hashtextextended('messaging.often', %s))",
            [[head] for head in sorted(heads)],
        )


def _taken(mailing_id: int, ids: list[int], addresses: list[str]) -> set[str]:
    """Addresses that another message of the mailing has been sent to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT address FROM messaging_message WHERE mailing_id = %s AND address = ANY(%s) AND address <> '' "
            "AND state <> 'suppressed' AND id <> ALL(%s)",
            [mailing_id, addresses, ids],
        )
        return {row[0] for row in cursor.fetchall()}


def _suppress(mailing: Due, rows: list[tuple[int, int, str]], at: datetime) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message m SET state = 'suppressed', reason = v.reason, settled_at = %s "
            "FROM unnest(%s::bigint[], %s::text[]) AS v(id, reason) WHERE m.id = v.id",
            [at, [row[0] for row in rows], [row[2] for row in rows]],
        )
    journal.record_many(suppressions(mailing.id, mailing.owner, rows, at), by=SYSTEM, live=True)


def _fill(mailing: Due, rows: Sequence[_Row], addresses: Mapping[int, str], wrapper: Wrapper) -> list[Ready]:
    version = compiled(mailing.version_id)
    values = macros.values_for({row.profile_id: row.context for row in rows}, used=mailing.macros)
    ready = []
    for row in rows:
        own = links.macros(row.public_id, version.link_count)
        written = version.fill(values[row.profile_id] | own)
        address = addresses[row.profile_id]
        content = wrapper.wrap(written, to=address, message=row.public_id, unsubscribe=own["unsubscribe_url"])
        letter = Letter(wrapper.sender.address, address, content)
        ready.append(Ready(row.id, row.profile_id, row.attempts + 1, letter))
    return ready


@transaction.atomic
def settle(
    mailing: Due, results: Sequence[tuple[Ready, Outcome]], *, worker: int, at: datetime, real: datetime
) -> None:
    """Write down how a window ended, durably, with what to tell of it."""
    verdicts = {
        one.id: (one, outcome, rules.verdict(outcome, policy=mailing.policy, attempts=one.attempts))
        for one, outcome in results
    }
    changed = _move(
        {key: verdict for key, (_one, _outcome, verdict) in verdicts.items()}, worker=worker, at=at, real=real
    )
    entries = []
    for key in changed:
        one, outcome, verdict = verdicts[key]
        entries += _told(mailing, one.id, one.profile_id, verdict, outcome.code, at)
        if verdict.state == rules.REFUSED and rules.address_is_dead(outcome.code, outcome.text):
            customers_actions.fail_contact(
                profile_id=one.profile_id,
                channel="email",
                value=one.letter.recipient,
                reason=str(outcome.code),
                by=SYSTEM,
                at=at,
            )
    journal.record_many(entries, by=SYSTEM, live=True)
    live.tell(mailing.owner)


def _move(verdicts: Mapping[int, Verdict], *, worker: int, at: datetime, real: datetime) -> list[int]:
    """Bring messages of this worker to their next states; the ids of those that were still its own.

    A worker that was taken for dead finds its messages unknown and corrects them: it knows better.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message m SET state = v.state, reason = v.reason, retry_at = v.retry_at, "
            "lease_until = NULL, settled_at = CASE WHEN v.state = 'planned' THEN NULL ELSE %s END, "
            "worker = CASE WHEN v.state = 'unknown' THEN m.worker END, attempts = m.attempts - v.void "
            "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::int[]) "
            "AS v(id, state, reason, retry_at, void) "
            "WHERE m.id = v.id AND m.worker = %s AND m.state IN ('in_flight', 'unknown') RETURNING m.id",
            [
                at,
                list(verdicts),
                [one.state for one in verdicts.values()],
                [one.reason for one in verdicts.values()],
                [real + one.wait if one.wait is not None else None for one in verdicts.values()],
                [int(not one.counts) for one in verdicts.values()],
                worker,
            ],
        )
        return [row[0] for row in cursor.fetchall()]


def _told(mailing: Due, message: int, profile: int, verdict: Verdict, code: int, at: datetime) -> list[Entry]:
    if verdict.state == rules.DELIVERED:
        delivered = MessageDelivered(message_id=message, mailing_id=mailing.id, owner=mailing.owner)
        return [Entry(delivered, at=at, customer=profile)]
    if verdict.state == rules.REFUSED:
        refused = MessageRefused(message_id=message, mailing_id=mailing.id, owner=mailing.owner, code=code)
        return [Entry(refused, at=at, customer=profile)]
    if verdict.state == rules.UNKNOWN:
        unknown = MessageUnknown(
            message_id=message, mailing_id=mailing.id, owner=mailing.owner, reason=verdict.reason[:40]
        )
        return [Entry(unknown, at=at, customer=profile)]
    return []


# ── What a dead sender left ──────────────────────────────────────────────────────────────────────────────


def workers_in_flight(*, real: datetime) -> dict[int, bool]:
    """Workers that have letters in flight, and whether the lease of some has run out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT worker, bool_or(lease_until < %s) FROM messaging_message WHERE state = 'in_flight' "
            "GROUP BY worker",
            [real],
        )
        return dict(cursor.fetchall())


@transaction.atomic
def bury(*, worker: int, at: datetime, real: datetime, expired_only: bool = False) -> int:
    """Settle what a dead worker had in flight, as each mailing's policy says; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.profile_id, ml.id, ml.owner, ml.policy FROM messaging_message m "
            "JOIN messaging_mailing ml ON ml.id = m.mailing_id WHERE m.state = 'in_flight' AND m.worker = %s "
            "AND (NOT %s OR m.lease_until < %s) FOR UPDATE OF m SKIP LOCKED",
            [worker, expired_only, real],
        )
        rows = cursor.fetchall()
    verdicts = {row[0]: rules.after_death(row[4]) for row in rows}
    changed = set(_move(verdicts, worker=worker, at=at, real=real)) if rows else set()
    entries = []
    for message, profile, mailing, owner, policy in rows:
        if message in changed:
            due = Due(mailing, owner, 0, frozenset(), policy)
            entries += _told(due, message, profile, verdicts[message], 0, at)
    journal.record_many(entries, by=SYSTEM, live=True)
    for owner in {row[3] for row in rows}:
        live.tell(owner)
    return len(changed)


@transaction.atomic
def finish(*, mailing_id: int, at: datetime) -> bool:
    """Close a mailing in which nobody waits and nothing is in flight; whether it was closed now.

    Who was in flight when it was cancelled and would be tried again is not: nothing else leaves.
    """
    mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
    if mailing.finished_at or mailing.state not in ("sending", "cancelled"):
        return False
    if mailing.state == Mailing.State.CANCELLED:
        suppress_rest(mailing_id=mailing.pk, reason="cancelled")
    if mailing.messages.filter(state__in=[rules.PLANNED, rules.IN_FLIGHT]).exists():
        return False
    if mailing.state == Mailing.State.SENDING:
        mailing.state = Mailing.State.DONE
    mailing.finished_at = at
    mailing.save(update_fields=["state", "finished_at"])
    journal.record(MailingFinished(mailing_id=mailing.pk, owner=mailing.owner), by=SYSTEM, at=at)
    live.tell(mailing.owner, final=True)
    return True


def unfinished(*, at: datetime) -> list[int]:
    """Mailings that have begun and are not closed yet."""
    found = Mailing.objects.filter(
        state__in=[Mailing.State.SENDING, Mailing.State.CANCELLED], finished_at=None, start_at__lte=at
    )
    return list(found.values_list("id", flat=True))
