"""Putting tags on customers and taking them off; renaming, merging and deleting tags."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from prilavok.customers import queries, rules
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.problems import BadTag, SameTag, TagThere, UnknownTag
from prilavok.customers.actions.tagging import LONGEST, put_tags, tags_named, take_tags
from prilavok.customers.models import Tag
from prilavok.facts import actions as facts
from prilavok.kernel import jobs
from prilavok.kernel.actors import SYSTEM, Actor

CHUNK = 20_000


@transaction.atomic
def tag(*, profile_id: int, names: Sequence[str], by: Actor, at: datetime) -> list[Tag]:
    """Put tags on a customer, made if they are new; those that were not there before. Raises BadTag, NotForErased."""
    by.must("customers.tag")
    profile = lock(profile_id, by)
    wanted = tags_named(names)
    added = {one for _profile, one in put_tags([(profile.pk, one) for one in wanted], by=by, at=at)}
    return [one for one in wanted if one.pk in added]


@transaction.atomic
def untag(*, profile_id: int, tag_id: int, by: Actor, at: datetime) -> Tag:
    """Take a tag off a customer, whichever of their records it stands on. Raises UnknownTag."""
    by.must("customers.tag")
    profile = lock(profile_id, by)
    found = Tag.objects.filter(pk=tag_id).first()
    if found is None or not take_tags([profile.pk], [found], by=by, at=at):
        raise UnknownTag(field="tag")
    return found


# ── The tags themselves ──────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def change_tag(*, tag_id: int, name: str, colour: str, by: Actor) -> Tag:
    """Rename a tag or give it another colour. Raises UnknownTag, BadTag, TagThere."""
    by.must("customers.tags")
    found = _held(tag_id)
    name = rules.cleaned(name)
    if not name or len(name) > LONGEST or set(",;") & set(name) or colour not in Tag.Colour.values:
        raise BadTag(field="name")
    found.name, found.colour = name, colour
    _save(found)
    return found


@transaction.atomic
def merge_tags(*, tag_id: int, into_id: int, by: Actor) -> Tag:
    """Two tags mean the same: whoever has the one is shown with the other. Raises UnknownTag, SameTag."""
    by.must("customers.tags")
    if tag_id == into_id:
        raise SameTag(field="into")
    found, into = _held(tag_id), _held(into_id)
    found.merged_into = into
    _save(found)
    _later(found)
    return into


@transaction.atomic
def delete_tag(*, tag_id: int, by: Actor, at: datetime) -> Tag:
    """Take a tag out of use; who had it has it again when it is restored. Raises UnknownTag."""
    by.must("customers.tags")
    found = _held(tag_id)
    found.deleted_at = at
    _save(found)
    _later(found)
    return found


@transaction.atomic
def restore_tag(*, tag_id: int, by: Actor) -> Tag:
    """Undo a deletion or a merge of tags. Raises UnknownTag, TagThere."""
    by.must("customers.tags")
    found = Tag.objects.select_for_update().filter(pk=tag_id).first()
    if found is None:
        raise UnknownTag(field="tag")
    found.deleted_at = found.merged_into = None
    _save(found)
    _later(found)
    return found


def _held(tag_id: int) -> Tag:
    found = Tag.objects.select_for_update().filter(pk=tag_id, merged_into=None, deleted_at=None).first()
    if found is None:
        raise UnknownTag(field="tag")
    return found


def _save(found: Tag) -> None:
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError as error:
        raise TagThere(field="name") from error


def _later(found: Tag) -> None:
    jobs.later(reload_tagged, tag_id=found.pk, lock=f"customers.tag.{found.pk}")


@jobs.job
def reload_tagged(*, tag_id: int) -> None:
    """Bring to facts what a tag means now, for everybody who has it."""
    below = queries.tags_below(tag_id)
    last = 0
    while ids := queries.people_tagged(below, last, CHUNK):
        facts.reload("profiles", ids, by=SYSTEM)
        last = ids[-1]
