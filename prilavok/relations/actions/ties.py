"""Writing down who is what to whom, correcting it, ending it."""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.customers.queries import Short
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import Actor
from prilavok.relations import queries, rules
from prilavok.relations.events import (
    HouseholdLeft,
    RelationAdded,
    RelationChanged,
    RelationEnded,
    RelationRemoved,
)
from prilavok.relations.models import Household, Membership, Relation, RelationKind, Role, Side
from prilavok.relations.ports import NewRelation
from prilavok.relations.problems import (
    BadKind,
    BadRelation,
    Circle,
    NamesMissing,
    OtherParent,
    RelatedAlready,
    TooDeep,
    ToOneself,
    UnknownCustomer,
    UnknownKind,
    WrongSide,
)


@transaction.atomic
def relate(new: NewRelation, *, by: Actor, at: datetime, live: bool = True) -> Relation:
    """Write down a relation; a file's (not `live`) moves no journeys. Raises a Problem of `problems` with its field."""
    by.must("relations.edit")
    kind = queries.kinds().get(new.kind)
    if kind is None or not kind.active:
        raise UnknownKind(field="kind")
    first, second = _two(new, by)
    _fits(first, kind.first, "first")
    _fits(second, kind.second, "second")
    _one_after_another()
    _must_be_new(new, kind)
    if new.kind == queries.SUBSIDIARY and new.until is None:
        _must_be_a_tree(new)
    made = Relation.objects.create(
        kind=kind.code,
        first_id=new.first_id,
        second_id=new.second_id,
        at=at,
        by_kind=by.kind,
        by_id=by.id,
        **_checked(new.kind, new.position, new.role, new.since, new.until),
    )
    _tell(RelationAdded, made, by, at, live=live)
    return made


def _two(new: NewRelation, by: Actor) -> tuple[Short, Short]:
    """Both sides as `by` may see them. Raises UnknownCustomer, ToOneself."""
    seen = customers.short([new.first_id, new.second_id], by)
    for field in ("first", "second"):
        if getattr(new, f"{field}_id") not in seen:
            raise UnknownCustomer(field=field)
    if seen[new.first_id].public_id == seen[new.second_id].public_id:
        raise ToOneself(field="second")
    traits = customers.traits_of([new.first_id, new.second_id])
    for field in ("first", "second"):
        if traits[getattr(new, f"{field}_id")].status == "erased":
            raise UnknownCustomer(field=field)
    return seen[new.first_id], seen[new.second_id]


def _fits(who: Short, side: str, field: str) -> None:
    if side != Side.ANY and who.kind != side:
        raise WrongSide(field=field)


def _one_after_another() -> None:
    """Holdings are one tangle: whoever writes a relation waits for whoever does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('relations.relation'))")


def _must_be_new(new: NewRelation, kind: RelationKind) -> None:
    first, second = customers.kin(new.first_id), customers.kin(new.second_id)
    known = queries.between(first, second, kind.code).exists()
    if known or (queries.is_mutual(kind) and queries.between(second, first, kind.code).exists()):
        raise RelatedAlready(field="second")


def _must_be_a_tree(new: NewRelation) -> None:
    """One parent, no circle, not too deep: by the tree as merges make it read."""
    heads = customers.heads_of([new.first_id, new.second_id])
    child, parent = heads[new.first_id], heads[new.second_id]
    if queries.path_up(child):
        raise OtherParent(field="first")
    path = [parent, *queries.path_up(parent)]
    if child in path:
        raise Circle(field="second")
    if len(path) + rules.height(rules.levels(child, queries.below).values()) > rules.DEEPEST:
        raise TooDeep(field="second", most=rules.DEEPEST)


def _checked(kind: str, position: str, role: str, since: date | None, until: date | None) -> dict[str, Any]:
    position = plain(position)
    if len(position) > 100:
        raise BadRelation(_("At most %(most)s characters."), field="position", most=100)
    if role and (kind != queries.COMMITTEE or role not in Role.values):
        raise BadRelation(_("A role belongs to a member of a buying committee."), field="role")
    if since and until and until < since:
        raise BadRelation(_("It cannot end before it begins."), field="until")
    return {"position": position, "role": role, "since": since, "until": until}


_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


def plain(text: str) -> str:
    """One line without what cannot be seen."""
    return " ".join(_UNSEEN.sub(" ", text).split())


@transaction.atomic
def change_relation(relation_id: int, *, by: Actor, at: datetime, **values: Any) -> dict[str, Any]:
    """Correct position, role, since or until; what stood there before, of what changed. Raises BadRelation."""
    by.must("relations.edit")
    relation = _locked(relation_id, by)
    names = ("position", "role", "since", "until")
    told = _checked(relation.kind, **{name: values.get(name, getattr(relation, name)) for name in names})
    before = {
        name: getattr(relation, name) for name, value in told.items() if getattr(relation, name) != value
    }
    if not before:
        return before
    if before.get("until") and told["until"] is None:
        _holds_again(relation)
    for name in before:
        setattr(relation, name, told[name])
    relation.save(update_fields=list(before))
    ended = set(before) == {"until"} and before["until"] is None
    _tell(RelationEnded if ended else RelationChanged, relation, by, at)
    return before


def _holds_again(relation: Relation) -> None:
    """What ended is in force again: as if it were written anew."""
    again = NewRelation(kind=relation.kind, first_id=relation.first_id, second_id=relation.second_id)
    others = queries.between(customers.kin(again.first_id), customers.kin(again.second_id), again.kind)
    if others.exclude(pk=relation.pk).exists():
        raise RelatedAlready(field="until")
    if relation.kind == queries.SUBSIDIARY:
        _must_be_a_tree(again)


@transaction.atomic
def remove_relation(relation_id: int, *, by: Actor, at: datetime) -> NewRelation:
    """Take away what was written by mistake; how to write it again."""
    by.must("relations.edit")
    relation = _locked(relation_id, by)
    names = ("kind", "first_id", "second_id", "position", "role", "since", "until")
    again = NewRelation(**{name: getattr(relation, name) for name in names})
    _tell(RelationRemoved, relation, by, at)
    relation.delete()
    return again


def _locked(relation_id: int, by: Actor) -> Relation:
    _one_after_another()
    relation = Relation.objects.select_for_update().get(pk=relation_id)
    if not customers.short([relation.first_id, relation.second_id], by):
        raise Relation.DoesNotExist
    return relation


def _tell(
    event: Callable[..., Any], relation: Relation, by: Actor, at: datetime, *, live: bool = True
) -> None:
    """Both sides learn of it."""
    sides = (("first", relation.first_id), ("second", relation.second_id))
    ids = {"first_id": relation.first_id, "second_id": relation.second_id}
    entries = [
        journal.Entry(
            event(relation_id=relation.pk, kind=relation.kind, side=side, **ids), at=at, customer=profile
        )
        for side, profile in sides
    ]
    journal.record_many(entries, by=by, live=live)


@transaction.atomic
def forget(*, profile_ids: Collection[int], by: Actor) -> int:
    """Take out whoever was erased: their relations, and their place in households, whose names may be theirs."""
    by.must("customers.erase")
    at = clock.now()
    theirs = Membership.objects.filter(profile__in=profile_ids)
    for membership in theirs:
        Household.objects.filter(pk=membership.household_id).update(name="")
        left = HouseholdLeft(household_id=membership.household_id, profile_id=membership.profile_id)
        journal.record(left, by=by, at=at, customer=membership.profile_id)
    theirs.delete()
    gone = Relation.objects.filter(Q(first__in=profile_ids) | Q(second__in=profile_ids))
    for relation in gone:
        _tell(RelationRemoved, relation, by, at)
    return gone.delete()[0]


# ── Kinds ────────────────────────────────────────────────────────────────────────────────────────────────

_CODE = re.compile(r"[a-z0-9_]{2,20}")


@transaction.atomic
def change_kind(*, code: str, by: Actor, **values: Any) -> RelationKind:
    """Change a kind, or make one; of those that Prilavok brings the sides stay. Raises BadKind, NamesMissing."""
    by.must("relations.kinds")
    if not _CODE.fullmatch(code):
        raise BadKind(field="code")
    kind = queries.kinds().get(code) or RelationKind(code=code)
    fixed = ("first", "second") if queries.is_built_in(code) else ()
    for name, value in values.items():
        if name not in fixed:
            setattr(kind, name, plain(value) if name in ("name", "back") else value)
    for name, words in zip(("name", "back"), queries.brought_names(code), strict=True):
        if getattr(kind, name) == words:  # left as it was shown: it stays translated
            setattr(kind, name, "")
    if not queries.is_built_in(code) and not (kind.name and kind.back):
        raise NamesMissing(field="back" if kind.name else "name")
    try:
        kind.clean_fields()
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise BadKind(error.message_dict[field][0], field=field) from error
    kind.save(force_insert=not RelationKind.objects.filter(pk=code).exists())
    return kind
