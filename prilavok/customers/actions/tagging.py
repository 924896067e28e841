"""Tags onto many customers and off them, whoever asks for it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from prilavok.customers import queries, rules
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.problems import BadTag
from prilavok.customers.events import CustomerChanged
from prilavok.customers.models import Tag, Tagging
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor

LONGEST = 50
MOST = 30  # tags named at once


def tags_named(names: Iterable[str]) -> list[Tag]:
    """Tags by their names, whatever the case; those that are not there yet are made. Raises BadTag."""
    tidy = {rules.cleaned(name).lower(): rules.cleaned(name) for name in names if rules.cleaned(name)}
    if (
        not tidy
        or len(tidy) > MOST
        or any(len(name) > LONGEST or set(",;") & set(name) for name in tidy.values())
    ):
        raise BadTag(field="tag")
    known = {one.name.lower(): one for one in Tag.objects.filter(merged_into=None, deleted_at=None)}
    for key, name in tidy.items():
        if key not in known:
            known[key] = _make(name)
    return [known[key] for key in tidy]


def _make(name: str) -> Tag:
    try:
        with transaction.atomic():
            return Tag.objects.create(name=name)
    except IntegrityError:  # somebody else was quicker by a moment
        return Tag.objects.get(name__iexact=name, merged_into=None, deleted_at=None)


def put_tags(
    pairs: Sequence[tuple[int, Tag]],
    *,
    by: Actor,
    at: datetime,
    rule: str = "",
    live: bool = True,
    told: bool = True,
) -> list[tuple[int, int]]:
    """Tags onto profiles that stand for their persons; the (profile, tag) that were not there before."""
    known = queries.tag_ids_of({profile for profile, _tag in pairs})
    fresh = {(profile, one.pk): one for profile, one in pairs if one.pk not in known.get(profile, ())}
    rows = [
        Tagging(profile_id=profile, tag_id=pk, at=at, by_kind=by.kind, by_id=by.id) for profile, pk in fresh
    ]
    Tagging.objects.bulk_create(rows, batch_size=2_000, ignore_conflicts=True)
    was = [Changed(profile, "tag", "", one.name, one.pk) for (profile, _pk), one in fresh.items()]
    note_changes(was, by=by, at=at, rule=rule)
    if told:
        _tell({profile for profile, _pk in fresh}, by, at, live)
    return list(fresh)


def take_tags(
    profile_ids: Collection[int], tags: Sequence[Tag], *, by: Actor, at: datetime
) -> list[tuple[int, int]]:
    """Tags off profiles that stand for their persons, with all their records; the (profile, tag) that were there."""
    known = queries.tag_ids_of(profile_ids)
    names = {one.pk: one.name for one in tags}
    gone = [(profile, pk) for profile, ids in known.items() for pk in ids if pk in names]
    families = queries.families({profile for profile, _pk in gone})
    records = [record for family in families.values() for record in family]
    Tagging.objects.filter(profile__in=records, tag__in=queries.same_tags(names)).delete()
    note_changes([Changed(profile, "tag", names[pk], "", pk) for profile, pk in gone], by=by, at=at)
    _tell({profile for profile, _pk in gone}, by, at, True)
    return gone


def _tell(profile_ids: Collection[int], by: Actor, at: datetime, live: bool) -> None:
    entries = (
        journal.Entry(CustomerChanged(profile_id=one, fields=("tag",)), at=at, customer=one)
        for one in sorted(profile_ids)
    )
    journal.record_many(entries, by=by, live=live)
