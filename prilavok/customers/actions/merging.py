"""Two records turn out to be one person, or not to be: a merge sets one pointer, an undo clears it.

No receipt, consent, card or message is touched by either: rows stay with their profile and are read through `Kin`.
Whatever is shown of the person is settled anew from what was told of each (rules.survivorship).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from prilavok.customers import rules
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.problems import (
    AlreadyOne,
    AlreadyUndone,
    NotForErased,
    NotOfOneKind,
    UnknownMode,
)
from prilavok.customers.events import CustomersMerged, MergeUndone
from prilavok.customers.models import Candidate, Contact, Identifier, Kin, Merge, Person, Profile, Status
from prilavok.customers.queries import company_modes, kin, visible
from prilavok.customers.rules.own_fields import is_empty
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def merge(
    *,
    profile_id: int,
    other_id: int,
    by: Actor,
    at: datetime,
    modes: Mapping[str, str] | None = None,
    rule: str = "operator",
    evidence: Mapping[str, Any] | None = None,
    cause: UUID | None = None,
) -> Merge:
    """These two are one person; the first one's id survives, unless it is anonymous and the other is known.

    `modes` settle fields (rules.survivorship.MODES); the company's rules where nothing is said.
    Raises AlreadyOne, NotOfOneKind, NotForErased, UnknownMode, Profile.DoesNotExist.
    """
    by.must("customers.merge")
    checked = company_modes() | checked_modes(modes or {})
    _one_after_another()
    winner, loser = _heads(profile_id, other_id, by)
    if is_anonymous(winner.pk) and not is_anonymous(loser.pk):
        winner, loser = loser, winner
    made = Merge.objects.create(
        winner=winner.person,
        loser=loser.person,
        modes=checked,
        rule=rule[:50],
        evidence=dict(evidence or {}),
        at=at,
        by_kind=by.kind,
        by_id=by.id,
    )
    loser.person.merged_into = winner.person
    loser.person.save(update_fields=["merged_into"])
    moved = _gather(winner, loser)
    note_changes(_settle_upwards(winner.person), by=by, at=at, rule="merge")
    _decide(winner.pk, moved, by, at)
    event = CustomersMerged(profile_id=winner.pk, merge_id=made.pk, moved=tuple(moved), rule=made.rule)
    journal.record(event, by=by, at=at, customer=winner.pk, cause=cause)
    return made


def checked_modes(modes: Mapping[str, str]) -> dict[str, str]:
    """Raises UnknownMode where there is no such field or way."""
    for name, mode in modes.items():
        if not (name in rules.FIELDS or name.startswith(rules.OWN)) or mode not in rules.MODES:
            raise UnknownMode(field=name)
    return dict(modes)


def _one_after_another() -> None:
    """Merges are rare and quick, families of profiles tangled: one at a time, whoever else is merged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers.merge'))")


def _heads(profile_id: int, other_id: int, by: Actor) -> tuple[Profile, Profile]:
    """The profiles that stand for the two persons, held until the transaction ends."""
    seen = dict(visible(by).filter(pk__in=[profile_id, other_id]).values_list("pk", "pk"))
    if len(seen) < len({profile_id, other_id}):
        raise Profile.DoesNotExist
    heads = dict(Kin.objects.filter(profile__in=seen).values_list("profile", "head"))
    first, second = heads.get(profile_id, profile_id), heads.get(other_id, other_id)
    if first == second:
        raise AlreadyOne
    locked = Profile.objects.select_related("person").select_for_update(of=("self", "person")).order_by("pk")
    found = {profile.pk: profile for profile in locked.filter(pk__in=[first, second])}
    if any(profile.status == Status.ERASED for profile in found.values()):
        raise NotForErased
    if found[first].person.kind != found[second].person.kind:
        raise NotOfOneKind
    return found[first], found[second]


def is_anonymous(profile_id: int) -> bool:
    """Nobody knows who it is: no name, no proved contact, no card or other proved identifier but a browser's."""
    family = kin(profile_id)
    if Profile.objects.filter(pk__in=family).exclude(person__last_name="", person__first_name="").exists():
        return False
    if Contact.objects.filter(profile__in=family, verified_at__isnull=False).exists():
        return False
    proved = Identifier.objects.filter(profile__in=family, alone=True)
    return not proved.exclude(kind__in=("cookie", "device", "push")).exists()


def _gather(winner: Profile, loser: Profile) -> list[int]:
    """Put the loser's profiles under the winner; those that moved."""
    moved = sorted({loser.pk, *Kin.objects.filter(head=loser.pk).values_list("profile", flat=True)})
    family = [Kin(profile_id=profile, head=winner) for profile in {winner.pk, *moved}]
    Kin.objects.bulk_create(family, update_conflicts=True, unique_fields=["profile"], update_fields=["head"])
    return moved


def _decide(head: int, moved: Sequence[int], by: Actor, at: datetime) -> None:
    """Pairs that waited between the two families are decided; those with strangers wait on."""
    family = [head, *Kin.objects.filter(head=head).values_list("profile", flat=True)]
    Candidate.objects.filter(left__in=family, right__in=family, state=Candidate.State.OPEN).update(
        state=Candidate.State.MERGED, decided_at=at, decided_by_kind=by.kind, decided_by_id=by.id
    )


@transaction.atomic
def undo_merge(*, merge_id: int, by: Actor, at: datetime, cause: UUID | None = None) -> Merge:
    """They were two after all, whatever was merged or corrected since. Raises AlreadyUndone, Merge.DoesNotExist."""
    by.must("customers.merge")
    _one_after_another()
    merge = Merge.objects.select_for_update().select_related("winner", "loser").get(pk=merge_id)
    visible(by).get(pk=_head_of(merge.winner_id))
    if merge.undone_at:
        raise AlreadyUndone
    merge.undone_at, merge.undone_by_kind, merge.undone_by_id = at, by.kind, by.id
    merge.save(update_fields=["undone_at", "undone_by_kind", "undone_by_id"])
    merge.loser.merged_into = None
    merge.loser.save(update_fields=["merged_into"])
    head = _head_of(merge.winner_id)
    moved = _part(head, merge.loser)
    note_changes(_settle_upwards(merge.winner), by=by, at=at, rule="unmerge")
    event = MergeUndone(profile_id=head, merge_id=merge.pk, moved=tuple(moved), rule=merge.rule)
    journal.record(event, by=by, at=at, customer=head, cause=cause)
    return merge


def _head_of(person_id: int) -> int:
    """The profile that stands for the person whom this one has become."""
    profile = Profile.objects.get(person=person_id)
    return Kin.objects.filter(profile=profile).values_list("head", flat=True).first() or profile.pk


def _part(head: int, loser: Person) -> list[int]:
    """Let the loser's family go; its profiles, first the one that stands for it."""
    own = Profile.objects.get(person=loser)
    family = _below(loser.pk)
    if len(family) > 1:
        Kin.objects.filter(profile__in=family).update(head=own)
    else:
        Kin.objects.filter(profile=own).delete()
    if Kin.objects.filter(head=head).count() == 1:
        Kin.objects.filter(head=head).delete()
    return [own.pk, *sorted(set(family) - {own.pk})]


_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM customers_person WHERE id = %s
        UNION ALL SELECT r.id FROM below JOIN customers_person r ON r.merged_into_id = below.id
    )
    SELECT p.id FROM below JOIN customers_profile p ON p.person_id = below.id ORDER BY p.id
"""


def _below(person_id: int) -> list[int]:
    """Profiles of a person and of all who were merged into it."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [person_id])
        return [row[0] for row in cursor.fetchall()]


# ── What is shown ────────────────────────────────────────────────────────────────────────────────────────


def correct_shown(person: Person, values: Mapping[str, Any], at: datetime) -> None:
    """Write corrections to a person that stands for itself: what is corrected after a merge outlives its undo."""
    moment = at.astimezone(UTC).isoformat()
    person.told_at = person.told_at | dict.fromkeys(values, moment)
    if person.told is not None:
        person.told = person.told | {name: _plain(value) for name, value in values.items()}
    _show(person, values, "told_at")


def _show(person: Person, values: Mapping[str, Any], *noted: str) -> None:
    """Write what is shown: the person's columns, and own fields into the profile that came with the person."""
    columns = {name: value for name, value in values.items() if name in rules.FIELDS}
    for name, value in columns.items():
        setattr(person, name, value)
    person.save(update_fields=["told", *noted, *columns])
    own = {name.removeprefix(rules.OWN): value for name, value in values.items() if name not in columns}
    if own:
        profile = Profile.objects.select_for_update().get(person=person)
        profile.own = {code: value for code, value in (profile.own | own).items() if not is_empty(value)}
        profile.save(update_fields=["own"])


def _settle_upwards(person: Person) -> list[Changed]:
    """Settle what is shown of a person and of everybody it was merged into; what is shown otherwise than before."""
    changes: list[Changed] = []
    above: Person | None = person
    while above is not None:
        changes += _settle(above)
        above = above.merged_into
    return changes


def _settle(person: Person) -> list[Changed]:
    before = shown_by(person).values
    own = rules.Told(person.told or shown_by(person).values, person.told_at)
    merges = Merge.objects.filter(winner=person, undone_at=None).select_related("loser").order_by("at", "pk")
    joined = [(shown_by(merge.loser), merge.modes, merge.at) for merge in merges]
    shown = dict(rules.settled(own, joined).values)
    if shown["birth_date"]:
        shown["birth_date"] = date.fromisoformat(shown["birth_date"])
    gone = dict.fromkeys(name for name in shown_by(person).values if name.startswith(rules.OWN))
    person.told = dict(own.values) if joined else None
    _show(person, gone | shown)
    after = shown_by(person).values
    if after == before:
        return []
    profile = Profile.objects.values_list("pk", flat=True).get(person=person)
    return [Changed(profile, name, before.get(name), after.get(name)) for name in {**before, **after}]


def shown_by(person: Person) -> rules.Told:
    """What a person shows, by field; own fields as they are kept."""
    own = Profile.objects.values_list("own", flat=True).get(person=person)
    values = {name: _plain(getattr(person, name)) for name in rules.FIELDS}
    return rules.Told(values | {rules.OWN + code: value for code, value in own.items()}, person.told_at)


def _plain(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
