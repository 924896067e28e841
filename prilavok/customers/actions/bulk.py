"""Changing many customers at once: in parts of some hundreds, with the way back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries
from prilavok.customers.actions.merging import correct_shown
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.own_values import checked_own
from prilavok.customers.actions.problems import AlreadyUndone, BadBulk, UnknownSex, UnknownStatus
from prilavok.customers.actions.tagging import put_tags, tags_named, take_tags
from prilavok.customers.events import CustomerChanged, StatusChanged
from prilavok.customers.models import (
    BulkChange,
    BulkEdit,
    OwnField,
    Person,
    Profile,
    Sex,
    Status,
    StatusChange,
    Tag,
)
from prilavok.customers.rules import OWN
from prilavok.customers.rules.own_fields import is_empty
from prilavok.kernel import clock, jobs, journal
from prilavok.kernel.actors import Actor

AT_ONCE = 300  # customers; more are changed in the background
CHUNK = 500  # customers of one transaction
RIGHT = "customers.bulk"

Restored = Sequence[tuple[int, Any, Any]]
"""Of customers: the profile, what it had before and what after."""


@dataclass(frozen=True)
class _Doing:
    """How a kind of change is checked, done to a part of the customers, and undone."""

    right: str
    read: Callable[[dict[str, Any], Actor], dict[str, Any]]
    do: Callable[[dict[str, Any], Sequence[int], Actor, datetime], list[tuple[int, Any, Any]]]
    undo: Callable[[dict[str, Any], Restored, Actor, datetime], int]


@transaction.atomic
def change_many(
    *,
    change: Mapping[str, Any],
    profile_ids: Sequence[int] | None,
    found: Mapping[str, Any] | None,
    by: Actor,
    at: datetime,
) -> BulkEdit:
    """Begin to change these customers, or all that a search and filters (`q`, `wanted`) find.

    `change`: {"what": "tag", "names": […]}, {"what": "untag", "tag": id}, {"what": "own", "code", "value"},
    {"what": "sex", "sex"}, {"what": "status", "status", "reason"}. A few are changed at once, many in the background.
    Raises BadBulk, BadOwnValue, BadTag, UnknownSex, UnknownStatus, Refused.
    """
    by.must(RIGHT)
    doing = _DOING.get(str(change.get("what", "")))
    if doing is None or (profile_ids is None) == (found is None):
        raise BadBulk(field="what")
    by.must(doing.right)
    edit = BulkEdit(change=doing.read(dict(change), by), actor=_kept(by), at=at)
    if profile_ids is not None:
        edit.ids = sorted(queries.listed(by).filter(pk__in=profile_ids).values_list("pk", flat=True))
    else:
        edit.found = dict(found or {})
    edit.last = Profile.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    edit.total = _people(edit, by).count()
    edit.save()
    if edit.total <= AT_ONCE:
        _run(edit, by)
    else:
        jobs.later(go_on, public_id=str(edit.public_id), lock=f"customers.bulk.{edit.public_id}")
    return edit


@jobs.job
def go_on(*, public_id: str) -> None:
    """Change the customers of a bulk edit that are left; a worker that was killed goes on where it stopped."""
    edit = BulkEdit.objects.get(public_id=public_id)
    by = _revived(edit.actor)
    work = jobs.start(title=gettext("Changing many customers"), by=by, total=edit.total)
    _run(edit, by, lambda done: jobs.step(work, done=min(done, edit.total)))
    note = gettext("Changed: %(count)d") % {"count": edit.changed}
    jobs.finish(work, note=note, link=f"/customers/bulk/{edit.public_id}/")


def _run(edit: BulkEdit, by: Actor, step: Callable[[int], None] = lambda done: None) -> None:
    doing, done = _DOING[edit.change["what"]], 0
    while edit.finished_at is None:
        ids = list(_people(edit, by).filter(pk__gt=edit.reached).values_list("pk", flat=True)[:CHUNK])
        with transaction.atomic():
            made = doing.do(edit.change, ids, by, edit.at) if ids else []
            rows = [BulkChange(edit=edit, profile_id=who, before=was, after=now) for who, was, now in made]
            BulkChange.objects.bulk_create(rows)
            edit.changed += len(made)
            edit.reached = ids[-1] if ids else edit.reached
            edit.finished_at = None if len(ids) == CHUNK else clock.now()
            edit.save(update_fields=["changed", "reached", "finished_at"])
        done += len(ids)
        step(done)


def _people(edit: BulkEdit, by: Actor) -> Any:
    if edit.found is None:
        people = queries.listed(by).filter(pk__in=edit.ids)
    else:
        wanted = edit.found.get("wanted") or {}
        if set(wanted) - {one.key for one in queries.filters_of(by)}:
            raise BadBulk(BadBulk.unknown_filter, field="filters")  # left out, it would let everybody in
        people = queries.listed(by, edit.found.get("q", ""), wanted)
    return people.filter(pk__lte=edit.last).exclude(status=Status.ERASED).order_by("pk")


@transaction.atomic
def undo_many(*, public_id: UUID, by: Actor, at: datetime) -> BulkEdit:
    """Bring back what stood there before, except where it was changed since.

    Raises BulkEdit.DoesNotExist, also for somebody else's; AlreadyUndone.
    """
    by.must(RIGHT)
    edit = queries.bulk_edit(public_id, by, lock=True)
    by.must(_DOING[edit.change["what"]].right)
    if edit.undone_at is not None or edit.finished_at is None:
        raise AlreadyUndone(_("This change was taken back before, or is not done yet."))
    if edit.changed and not edit.changes.exists():
        raise AlreadyUndone(_("What stood before this change is kept no longer: it cannot be taken back."))
    edit.undone_at = at
    edit.reached = 0
    edit.save(update_fields=["undone_at", "reached"])
    if edit.changed <= AT_ONCE:
        _take_back(edit, by)
    else:
        jobs.later(go_back, public_id=str(edit.public_id), lock=f"customers.bulk.{edit.public_id}")
    return edit


@jobs.job
def go_back(*, public_id: str) -> None:
    """Undo a bulk edit as far as it is not undone yet."""
    edit = BulkEdit.objects.get(public_id=public_id)
    by = _revived(edit.actor)
    work = jobs.start(title=gettext("Taking back a change of many customers"), by=by, total=edit.changed)
    _take_back(edit, by, lambda done: jobs.step(work, done=done))
    note = gettext("Brought back: %(count)d") % {"count": edit.restored}
    jobs.finish(work, note=note, link=f"/customers/bulk/{edit.public_id}/")


def _take_back(edit: BulkEdit, by: Actor, step: Callable[[int], None] = lambda done: None) -> None:
    doing, done = _DOING[edit.change["what"]], 0
    while rows := list(edit.changes.filter(pk__gt=edit.reached).order_by("pk")[:CHUNK]):
        with transaction.atomic():
            restored = [(row.profile_id, row.before, row.after) for row in rows]
            edit.restored += doing.undo(edit.change, restored, by, edit.undone_at or edit.at)
            edit.reached = rows[-1].pk
            edit.save(update_fields=["restored", "reached"])
        done += len(rows)
        step(done)


def _kept(by: Actor) -> dict[str, Any]:
    return {
        "kind": by.kind,
        "id": by.id,
        "permissions": sorted(by.permissions),
        "brands": None if by.brands is None else sorted(by.brands),
        "shops": None if by.shops is None else sorted(by.shops),
        "everything": by.everything,
    }


def _revived(kept: Mapping[str, Any]) -> Actor:
    scope = {name: None if kept[name] is None else frozenset(kept[name]) for name in ("brands", "shops")}
    return Actor(
        kept["kind"], kept["id"], frozenset(kept["permissions"]), everything=kept["everything"], **scope
    )


# ── Tags ─────────────────────────────────────────────────────────────────────────────────────────────────


def _read_tag(change: dict[str, Any], by: Actor) -> dict[str, Any]:
    names = change.get("names")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise BadBulk(field="tags")
    found = tags_named(names)
    return {"what": "tag", "tags": [one.pk for one in found], "names": [one.name for one in found]}


def _read_untag(change: dict[str, Any], by: Actor) -> dict[str, Any]:
    key = change.get("tag")
    found = queries.tags(by).filter(pk=key).first() if isinstance(key, int) and 0 < key < 2**62 else None
    if found is None:
        raise BadBulk(field="tag")
    return {"what": "untag", "tags": [found.pk], "names": [found.name]}


def _tag(change: dict[str, Any], ids: Sequence[int], by: Actor, at: datetime) -> list[tuple[int, Any, Any]]:
    tags = list(Tag.objects.filter(pk__in=change["tags"]))
    return [
        (who, None, tag) for who, tag in put_tags([(who, one) for who in ids for one in tags], by=by, at=at)
    ]


def _untag(change: dict[str, Any], ids: Sequence[int], by: Actor, at: datetime) -> list[tuple[int, Any, Any]]:
    tags = list(Tag.objects.filter(pk__in=change["tags"]))
    return [(who, tag, None) for who, tag in take_tags(ids, tags, by=by, at=at)]


def _undo_tag(change: dict[str, Any], made: Restored, by: Actor, at: datetime) -> int:
    return sum(
        len(take_tags([who for who, _was, now in made if now == tag.pk], [tag], by=by, at=at))
        for tag in Tag.objects.filter(pk__in=change["tags"])
    )


def _undo_untag(change: dict[str, Any], made: Restored, by: Actor, at: datetime) -> int:
    tags = {tag.pk: tag for tag in Tag.objects.filter(pk__in=change["tags"])}
    return len(put_tags([(who, tags[was]) for who, was, _now in made], by=by, at=at))


# ── Own fields ───────────────────────────────────────────────────────────────────────────────────────────


def _read_own(change: dict[str, Any], by: Actor) -> dict[str, Any]:
    code = str(change.get("code", ""))
    field = OwnField.objects.filter(code=code, archived_at=None).first()
    kind = "person" if field is None or field.for_people else "company"
    value = checked_own({code: change.get("value")}, kind, by)[code]
    assert field is not None
    if field.alone and value is not None:
        raise BadBulk(field="value")
    return {"what": "own", "code": code, "value": value}


def _own(change: dict[str, Any], ids: Sequence[int], by: Actor, at: datetime) -> list[tuple[int, Any, Any]]:
    field = OwnField.objects.get(code=change["code"])
    people = [one for one in _held(ids) if field.applies_to(one.person.kind)]
    return _write_own(people, field.code, lambda _one: change["value"], by, at)


def _write_own(
    people: Iterable[Profile], code: str, value_of: Callable[[Profile], Any], by: Actor, at: datetime
) -> list[tuple[int, Any, Any]]:
    made: list[tuple[int, Any, Any]] = []
    alone: list[Profile] = []
    for one in people:
        was, now = one.own.get(code), value_of(one)
        if was == now:
            continue
        made.append((one.pk, was, now))
        if one.person.told is not None:  # others were merged into this person
            correct_shown(one.person, {OWN + code: now}, at)
        else:
            one.own = {key: value for key, value in (one.own | {code: now}).items() if not is_empty(value)}
            one.person.told_at = one.person.told_at | {OWN + code: at.astimezone(UTC).isoformat()}
            alone.append(one)
    Profile.objects.bulk_update(alone, ["own"])
    Person.objects.bulk_update([one.person for one in alone], ["told_at"])
    note_changes([Changed(who, OWN + code, was, now) for who, was, now in made], by=by, at=at)
    _tell((CustomerChanged(profile_id=who, fields=(OWN + code,)) for who, _was, _now in made), by, at)
    return made


def _undo_own(change: dict[str, Any], made: Restored, by: Actor, at: datetime) -> int:
    before = {who: was for who, was, _now in made}
    after = {who: now for who, _was, now in made}
    code = change["code"]
    people = [one for one in _held(list(before)) if one.own.get(code) == after[one.pk]]
    return len(_write_own(people, code, lambda one: before[one.pk], by, at))


# ── Sex ──────────────────────────────────────────────────────────────────────────────────────────────────


def _read_sex(change: dict[str, Any], by: Actor) -> dict[str, Any]:
    if change.get("sex") not in ("", *Sex.values):
        raise UnknownSex(field="sex")
    return {"what": "sex", "sex": str(change["sex"])}


def _sex(change: dict[str, Any], ids: Sequence[int], by: Actor, at: datetime) -> list[tuple[int, Any, Any]]:
    people = [one for one in _held(ids) if one.person.kind == Person.Kind.PERSON]
    return _write_sex(people, lambda _one: change["sex"], by, at)


def _write_sex(
    people: Iterable[Profile], sex_of: Callable[[Profile], str], by: Actor, at: datetime
) -> list[tuple[int, Any, Any]]:
    made = [(one, one.person.sex, sex_of(one)) for one in people if one.person.sex != sex_of(one)]
    alone: list[Person] = []
    for one, _was, now in made:
        if one.person.told is not None:  # others were merged into this person
            correct_shown(one.person, {"sex": now}, at)
        else:
            one.person.sex = now
            one.person.told_at = one.person.told_at | {"sex": at.astimezone(UTC).isoformat()}
            alone.append(one.person)
    Person.objects.bulk_update(alone, ["sex", "told_at"])
    note_changes([Changed(one.pk, "sex", was, now) for one, was, now in made], by=by, at=at)
    _tell((CustomerChanged(profile_id=one.pk, fields=("sex",)) for one, _was, _now in made), by, at)
    return [(one.pk, was, now) for one, was, now in made]


def _undo_sex(change: dict[str, Any], made: Restored, by: Actor, at: datetime) -> int:
    before = {who: was for who, was, _now in made}
    people = [one for one in _held(list(before)) if one.person.sex == change["sex"]]
    return len(_write_sex(people, lambda one: before[one.pk], by, at))


# ── Status ───────────────────────────────────────────────────────────────────────────────────────────────


def _read_status(change: dict[str, Any], by: Actor) -> dict[str, Any]:
    if change.get("status") not in (Status.ACTIVE, Status.BLOCKED):
        raise UnknownStatus(field="status")
    return {"what": "status", "status": str(change["status"]), "reason": str(change.get("reason", ""))[:200]}


def _status(
    change: dict[str, Any], ids: Sequence[int], by: Actor, at: datetime
) -> list[tuple[int, Any, Any]]:
    return _write_status(_held(ids), lambda _one: change["status"], change["reason"], by, at)


def _write_status(
    people: Iterable[Profile], status_of: Callable[[Profile], str], reason: str, by: Actor, at: datetime
) -> list[tuple[int, Any, Any]]:
    made = [(one, one.status, status_of(one)) for one in people if one.status != status_of(one)]
    StatusChange.objects.bulk_create(
        [
            StatusChange(profile=one, old=was, new=now, reason=reason, at=at, by_kind=by.kind, by_id=by.id)
            for one, was, now in made
        ]
    )
    for one, _was, now in made:
        one.status = now
    Profile.objects.bulk_update([one for one, _was, _now in made], ["status"])
    _tell((StatusChanged(profile_id=one.pk, old=was, new=now) for one, was, now in made), by, at)
    return [(one.pk, was, now) for one, was, now in made]


def _undo_status(change: dict[str, Any], made: Restored, by: Actor, at: datetime) -> int:
    before = {who: was for who, was, _now in made}
    people = [one for one in _held(list(before)) if one.status == change["status"]]
    return len(_write_status(people, lambda one: before[one.pk], "", by, at))


def _held(ids: Sequence[int]) -> list[Profile]:
    """Customers held until the transaction ends, without the erased."""
    people = Profile.objects.select_related("person").select_for_update(of=("self", "person"))
    return list(people.filter(pk__in=ids).exclude(status=Status.ERASED).order_by("pk"))


def _tell(events: Iterable[CustomerChanged | StatusChanged], by: Actor, at: datetime) -> None:
    journal.record_many(
        (journal.Entry(event, at=at, customer=event.profile_id) for event in events), by=by, live=True
    )


_DOING: dict[str, _Doing] = {
    "tag": _Doing("customers.tag", _read_tag, _tag, _undo_tag),
    "untag": _Doing("customers.tag", _read_untag, _untag, _undo_untag),
    "own": _Doing("customers.edit", _read_own, _own, _undo_own),
    "sex": _Doing("customers.edit", _read_sex, _sex, _undo_sex),
    "status": _Doing("customers.edit", _read_status, _status, _undo_status),
}
