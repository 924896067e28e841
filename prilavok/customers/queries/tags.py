"""Tags: which there are, and who has them, read through merges of people and of tags."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q, QuerySet

from prilavok.customers.models import Kin, Profile, ProfileQuerySet, Tag, Tagging
from prilavok.kernel.actors import Actor

OFFERED = 300  # tags in a list to choose from


@dataclass(frozen=True, slots=True)
class TagShown:
    """A tag of a customer."""

    id: int
    name: str
    colour: str


def tags(by: Actor) -> QuerySet[Tag]:
    """Tags in use, by name."""
    by.must("customers.see")
    return Tag.objects.filter(merged_into=None, deleted_at=None)


def gone_tags(by: Actor) -> QuerySet[Tag]:
    """Tags that were deleted or merged into another one; both can be taken back."""
    by.must("customers.tags")
    return Tag.objects.exclude(merged_into=None, deleted_at=None).select_related("merged_into")


def numbers_of_tags(found: Iterable[Tag]) -> dict[int, int]:
    """On how many records each tag stands, those of tags merged into it included."""
    numbers = {tag.pk: 0 for tag in found}
    meanings = _meanings()
    counted = Tagging.objects.filter(tag__in=[one for one, root in meanings.items() if root in numbers])
    for tag, records in counted.values_list("tag").annotate(records=Count("id")).order_by():
        numbers[meanings[tag]] += records
    return numbers


def _meanings() -> dict[int, int]:
    """For each tag in use, or merged into one, the tag that it means. The deleted are left out."""
    rows = {tag.pk: tag for tag in Tag.objects.all()}
    found = {}
    for pk, tag in rows.items():
        root, steps = tag, 0
        while root.merged_into_id and steps < len(rows):
            root, steps = rows[root.merged_into_id], steps + 1
        if root.deleted_at is None:
            found[pk] = root.pk
    return found


def same_tags(tag_ids: Collection[int]) -> list[int]:
    """These tags and all that were merged into them."""
    return [tag for tag, root in _meanings().items() if root in tag_ids]


_OF_FAMILIES = """
    SELECT p.id, array_agg(DISTINCT t.tag_id)
    FROM customers_profile p
    LEFT JOIN customers_kin k ON k.profile_id = p.id
    LEFT JOIN customers_kin m ON m.head_id = k.head_id
    JOIN customers_tagging t ON t.profile_id = COALESCE(m.profile_id, p.id)
    WHERE p.id = ANY(%s) GROUP BY p.id
"""


def tag_ids_of(profile_ids: Iterable[int]) -> dict[int, list[int]]:
    """Tags in use of the person behind each profile; who has none is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_FAMILIES, [list(profile_ids)])
        rows = cursor.fetchall()
    meanings = _meanings() if rows else {}
    found = {profile: sorted({meanings[tag] for tag in ids if tag in meanings}) for profile, ids in rows}
    return {profile: ids for profile, ids in found.items() if ids}


def tags_of(profile_ids: Collection[int], by: Actor) -> dict[int, list[TagShown]]:
    """Tags of the person behind each profile, by name; who has none is left out."""
    by.must("customers.see")
    found = tag_ids_of(profile_ids)
    known = {tag.pk: tag for tag in tags(by).filter(pk__in={tag for ids in found.values() for tag in ids})}
    return {
        profile: sorted((_shown(known[tag]) for tag in ids if tag in known), key=lambda one: one.name.lower())
        for profile, ids in found.items()
    }


def _shown(tag: Tag) -> TagShown:
    return TagShown(tag.pk, tag.name, tag.colour)


def tagged(profiles: ProfileQuerySet, tag_ids: Collection[int]) -> ProfileQuerySet:
    """Those with any of these tags."""
    records = Tagging.objects.filter(tag__in=same_tags(tag_ids)).values("profile")
    return profiles.filter(
        Q(pk__in=records) | Q(pk__in=Kin.objects.filter(profile__in=records).values("head"))
    )


def tags_below(tag_id: int) -> list[int]:
    """The tag and all that were ever merged into it, however deep."""
    found, level = [tag_id], [tag_id]
    while level:
        level = list(
            Tag.objects.filter(merged_into__in=level).exclude(pk__in=found).values_list("pk", flat=True)
        )
        found += level
    return found


def people_tagged(tag_ids: Collection[int], after: int, limit: int) -> list[int]:
    """Records with any of these tags, by id, beyond `after`."""
    records = Tagging.objects.filter(tag__in=tag_ids).values("profile")
    return list(
        Profile.objects.filter(pk__in=records, pk__gt=after)
        .order_by("pk")
        .values_list("pk", flat=True)[:limit]
    )
