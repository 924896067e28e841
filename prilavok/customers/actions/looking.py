"""Going through the whole base: who may be one person, and which values are too common to tell anybody by."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext

from prilavok.customers import matching, ports
from prilavok.customers.actions.contacts import normal_identifier
from prilavok.customers.actions.reviewing import propose_many
from prilavok.customers.events import KeyQuarantined, KeyReleased
from prilavok.customers.models import Quarantine
from prilavok.customers.queries import identifier_kinds
from prilavok.customers.queries.postal import homes
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import SYSTEM, Actor

QUEUED_FROM = 0.5  # probability: what is less likely is nobody's time worth
MOST = 1_000_000  # people compared at once; more need a machine with more memory
ROLES = (
    "info",
    "sales",
    "office",
    "shop",
    "order",
    "orders",
    "zakaz",
    "mail",
    "admin",
    "noreply",
    "no-reply",
    "test",
)

_PEOPLE = """
    SELECT p.id, r.last_name, r.first_name, r.middle_name, r.sex, r.birth_date
    FROM customers_profile p JOIN customers_person r ON r.id = p.person_id
    WHERE r.merged_into_id IS NULL AND r.kind = 'person' AND p.status <> 'erased' ORDER BY p.id LIMIT %s
"""
_CONTACTS = """
    SELECT COALESCE(k.head_id, c.profile_id), c.kind, c.value FROM customers_contact c
    LEFT JOIN customers_kin k ON k.profile_id = c.profile_id
    WHERE NOT EXISTS (
        SELECT 1 FROM customers_quarantine q WHERE q.kind = c.kind AND q.value = c.value AND q.released_at IS NULL
    )
"""


def ask_for_duplicates(*, by: Actor, at: datetime) -> None:
    """Let the worker look for likely duplicates; the bell tells when it has."""
    by.must("customers.merge")
    work = jobs.start(title=gettext("Search for likely duplicates"), by=by, link="/customers/duplicates/")
    jobs.later(look_for_duplicates, lock="customers.duplicates", work=str(work.public_id))


@jobs.job
def look_for_duplicates(work: str = "") -> int:
    """Compare everybody with everybody who is at all alike; how many pairs are new. Called every night."""
    try:
        quarantine_common(at=clock.now())
        pairs = matching.find(list(_records()), threshold=QUEUED_FROM)
        new = propose_many(pairs, source="batch", at=clock.now())
    except Exception:
        if work:  # whoever asked must not wait for ever
            jobs.finish(jobs.find(UUID(work)), failed=True)
        raise
    if work:
        jobs.finish(jobs.find(UUID(work)), note=str(new))
    return new


def _records() -> Iterator[matching.Record]:
    contacts: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    lived = homes()
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS)
        for profile, kind, value in cursor.fetchall():
            contacts[profile][kind].append(value)
        cursor.execute(_PEOPLE, [MOST])
        for profile, last, first, middle, sex, birth in cursor.fetchall():
            mine, home = contacts.get(profile, {}), lived.get(profile)
            if not (last or first or mine):
                continue
            yield matching.Record(
                key=profile,
                last=last,
                first=first,
                middle=middle,
                sex=sex,
                birth=birth,
                phones=tuple(mine.get("phone", ())),
                emails=tuple(mine.get("email", ())),
                **(asdict(home) if home else {}),
            )


# ── What tells nobody ────────────────────────────────────────────────────────────────────────────────────


_SHARED = """
    SELECT c.value, count(DISTINCT COALESCE(k.head_id, c.profile_id)) AS people
    FROM {table} c LEFT JOIN customers_kin k ON k.profile_id = c.profile_id
    WHERE c.kind = %s AND NOT EXISTS (SELECT 1 FROM customers_quarantine q WHERE q.kind = c.kind AND q.value = c.value)
    GROUP BY c.value HAVING count(*) >= %s AND count(DISTINCT COALESCE(k.head_id, c.profile_id)) >= %s
"""
_OFFICES = """
    SELECT c.value, count(DISTINCT c.profile_id) FROM customers_contact c
    WHERE c.kind = 'email' AND split_part(c.value, '@', 1) = ANY(%s)
    AND NOT EXISTS (SELECT 1 FROM customers_quarantine q WHERE q.kind = 'email' AND q.value = c.value)
    GROUP BY c.value HAVING count(DISTINCT c.profile_id) > 1
"""


def quarantine_common(*, at: datetime) -> int:
    """Find values that many people share, and those that other domains know to be nobody's; how many are new.

    A value that somebody released is not quarantined again.
    """
    found = 0
    for kind in identifier_kinds().values():
        table = "customers_contact" if kind.code in ("phone", "email") else "customers_identifier"
        for value, people in _asked(_SHARED.format(table=table), [kind.code, kind.shared_by, kind.shared_by]):
            found += _quarantine(kind.code, value, "shared", people, SYSTEM, at)
    for value, people in _asked(_OFFICES, [list(ROLES)]):
        found += _quarantine("email", value, "office", people, SYSTEM, at)
    for source in ports.common_keys.items():
        for kind_code, value, times in source.values():
            found += _quarantine(kind_code, value, source.reason, times, SYSTEM, at)
    return found


def _asked(sql: str, values: list[Any]) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(value, people) for value, people in cursor.fetchall()]


def quarantine(*, kind: str, value: str, by: Actor, at: datetime) -> bool:
    """This value tells nobody any more: the shop's tablet, a cashier's own card. False when it stands there already."""
    by.must("customers.merge")
    its, tidy = normal_identifier(kind, value)
    return _quarantine(its.code, tidy, "by_hand", 0, by, at)


@transaction.atomic
def _quarantine(kind: str, value: str, reason: str, people: int, by: Actor, at: datetime) -> bool:
    held, made = Quarantine.objects.get_or_create(
        kind=kind,
        value=value,
        defaults={"reason": reason, "people": people, "at": at, "by_kind": by.kind, "by_id": by.id},
    )
    if not made and (held.released_at is None or reason != "by_hand"):
        return False
    if not made:
        held.released_at, held.at, held.reason = None, at, reason
        held.by_kind, held.by_id = by.kind, by.id
        held.save()
    journal.record(
        KeyQuarantined(quarantine_id=held.pk, kind=kind, reason=held.reason, people=people), by=by, at=at
    )
    return True


@transaction.atomic
def release(*, quarantine_id: int, by: Actor, at: datetime) -> None:
    """The value tells again; it is not found a second time. Raises Quarantine.DoesNotExist."""
    by.must("customers.merge")
    held = Quarantine.objects.select_for_update().get(pk=quarantine_id)
    if held.released_at is None:
        held.released_at, held.released_by_kind, held.released_by_id = at, by.kind, by.id
        held.save(update_fields=["released_at", "released_by_kind", "released_by_id"])
        journal.record(KeyReleased(quarantine_id=held.pk, kind=held.kind), by=by, at=at)
