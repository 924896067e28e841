"""The stop list: addresses put on it one by one or by thousands, and taken off."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from prilavok.customers import rules
from prilavok.customers.actions.contacts import normal_contact
from prilavok.customers.actions.tombstones import digest
from prilavok.customers.events import AddressSuppressed, SuppressionLifted
from prilavok.customers.models import Contact, ContactKind, Suppression
from prilavok.customers.queries import phone_region
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor

CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class NewSuppression:
    """An address as somebody wrote it: a phone or an e-mail. `at` None means now."""

    value: str
    reason: str = Suppression.Reason.OTHER
    note: str = ""
    at: datetime | None = None


@dataclass(slots=True)
class SuppressionsLoaded:
    """How many addresses came new, how many stood there already; rejects by their place with the code of the reason."""

    created: int = 0
    known: int = 0
    rejects: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def suppress(
    *, value: str, by: Actor, at: datetime, reason: str = "other", note: str = "", source: str = "operator"
) -> Suppression:
    """Put one address on the stop list; one that stands there stays as it is. Raises BadContact."""
    by.must("customers.suppress")
    kind, value = normal_contact(value.strip())
    _put([_row(kind, value, NewSuppression(value, reason, note), source, by, at)], by, live=True)
    return Suppression.objects.get(digest=digest(kind, value))


def load_suppressions(
    rows: Sequence[NewSuppression], *, source: str, by: Actor, at: datetime, live: bool = False
) -> SuppressionsLoaded:
    """Put many addresses on the stop list, in transactions of a second or so; the same again changes nothing."""
    by.must("customers.suppress")
    loaded = SuppressionsLoaded()
    for start in range(0, len(rows), CHUNK):
        made = []
        for index, new in enumerate(rows[start : start + CHUNK], start):
            try:
                made.append(_row(*_normal(new.value), new, source, by, at))
            except rules.BadValue as bad:
                loaded.rejects.append((index, bad.args[0]))
        with transaction.atomic():
            created = _put(made, by, live=live)
        loaded.created += created
        loaded.known += len(made) - created
    return loaded


def _normal(text: str) -> tuple[str, str]:
    if "@" in text:
        return ContactKind.EMAIL, rules.normal_email(text)
    return ContactKind.PHONE, rules.normal_phone(text, phone_region())


def _row(kind: str, value: str, new: NewSuppression, source: str, by: Actor, at: datetime) -> Suppression:
    reason = new.reason if new.reason in Suppression.Reason.values else Suppression.Reason.OTHER
    return Suppression(
        kind=kind,
        value=value,
        digest=digest(kind, value),
        reason=reason,
        note=rules.cleaned(new.note)[:200],
        source=source[:50],
        at=new.at or at,
        by_kind=by.kind,
        by_id=by.id,
    )


def _put(rows: list[Suppression], by: Actor, *, live: bool) -> int:
    """How many were not there yet; each is told once, of every customer who has the address."""
    fresh = {row.digest: row for row in reversed(rows)}
    known = Suppression.objects.filter(digest__in=list(fresh)).values_list("digest", flat=True)
    for one in known:
        del fresh[one]
    Suppression.objects.bulk_create(fresh.values(), ignore_conflicts=True, batch_size=1_000)
    made = list(Suppression.objects.filter(digest__in=list(fresh)))
    journal.record_many(
        [
            journal.Entry(
                AddressSuppressed(suppression_id=one.pk, kind=one.kind, reason=one.reason),
                at=one.at,
                customer=owner,
            )
            for one, owner in _with_owners(made)
        ],
        by=by,
        live=live,
    )
    return len(made)


def _with_owners(rows: list[Suppression]) -> list[tuple[Suppression, int | None]]:
    """Each row with each profile that has its address, or with None."""
    held = Contact.objects.filter(value__in=[one.value for one in rows])
    owners: dict[tuple[str, str], list[int]] = {}
    for kind, value, profile in held.values_list("kind", "value", "profile"):
        owners.setdefault((kind, value), []).append(profile)
    return [(one, owner) for one in rows for owner in owners.get((one.kind, one.value), [None])]


@transaction.atomic
def lift_suppression(*, suppression_id: int, by: Actor, at: datetime) -> Suppression:
    """Take an address off the stop list; the row as it was, by which `suppress` puts it back.

    Raises Suppression.DoesNotExist.
    """
    by.must("customers.suppress")
    one = Suppression.objects.select_for_update().get(pk=suppression_id)
    told = SuppressionLifted(suppression_id=one.pk, kind=one.kind, reason=one.reason)
    for _one, owner in _with_owners([one]):
        journal.record(told, by=by, at=at, customer=owner)
    one.delete()
    return one
