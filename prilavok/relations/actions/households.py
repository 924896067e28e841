"""Who lives together: making a household, joining, leaving, naming its head."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from prilavok.customers import queries as customers
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.relations import queries
from prilavok.relations.actions.ties import plain
from prilavok.relations.events import HouseholdHeaded, HouseholdJoined, HouseholdLeft, HouseholdMade
from prilavok.relations.models import Household, Membership
from prilavok.relations.problems import (
    BadRelation,
    HeadStays,
    InAnother,
    NotAMember,
    PersonsOnly,
    UnknownCustomer,
)

HEAD = Membership.Part.HEAD


@transaction.atomic
def make_household(
    *,
    head_id: int,
    by: Actor,
    at: datetime,
    name: str = "",
    members: Sequence[tuple[int, str]] = (),
) -> Household:
    """A household of its head and perhaps of others (profile, part). Raises PersonsOnly, InAnother, UnknownCustomer."""
    by.must("relations.edit")
    _one_after_another()
    household = Household.objects.create(name=_named(name), at=at)
    _put(household, head_id, HEAD, by, at, field="head")
    journal.record(HouseholdMade(household_id=household.pk, head_id=head_id), by=by, at=at, customer=head_id)
    for profile_id, part in members:
        _put(household, profile_id, part, by, at, field="members")
    return household


def _named(name: str) -> str:
    if len(name := plain(name)) > 100:
        raise BadRelation(_("At most %(most)s characters."), field="name", most=100)
    return name


def _one_after_another() -> None:
    """A person lives in one household, also as several records: whoever moves waits for whoever does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('relations.household'))")


def _put(household: Household, profile_id: int, part: str, by: Actor, at: datetime, *, field: str) -> None:
    seen = customers.short([profile_id], by).get(profile_id)
    if seen is None or customers.traits_of([profile_id])[profile_id].status == "erased":
        raise UnknownCustomer(field=field)
    if seen.kind != "person":
        raise PersonsOnly(field=field)
    if part not in Membership.Part.values:
        raise BadRelation(_("There is no such choice."), field="part")
    here = queries.membership_of(profile_id)
    if here is not None:
        raise InAnother(field=field)
    Membership.objects.create(household=household, profile_id=profile_id, part=part, joined_at=at)
    event = HouseholdJoined(household_id=household.pk, profile_id=profile_id, part=part)
    journal.record(event, by=by, at=at, customer=profile_id)


@transaction.atomic
def rename_household(*, household_id: int, name: str, by: Actor) -> None:
    by.must("relations.edit")
    Household.objects.filter(pk=household_id).update(name=_named(name))


@transaction.atomic
def join_household(*, household_id: int, profile_id: int, part: str, by: Actor, at: datetime) -> None:
    """Somebody more lives there; the first one is the head. Raises PersonsOnly, InAnother, BadRelation."""
    by.must("relations.edit")
    _one_after_another()
    household = Household.objects.get(pk=household_id)
    there = Membership.objects.current().filter(household=household)
    if not there.exists():
        part = HEAD
    elif part == HEAD and there.filter(part=HEAD).exists():
        raise BadRelation(_("The household has a head already."), field="part")
    _put(household, profile_id, part, by, at, field="customer")


@transaction.atomic
def leave_household(*, household_id: int, profile_id: int, by: Actor, at: datetime) -> None:
    """Somebody lives there no more; their time stays as history. Raises NotAMember, HeadStays."""
    by.must("relations.edit")
    _one_after_another()
    theirs = _membership(household_id, profile_id)
    others = Membership.objects.current().filter(household=household_id).exclude(pk=theirs.pk)
    if theirs.part == HEAD and others.exists():
        raise HeadStays(field="customer")
    theirs.left_at = at
    theirs.save(update_fields=["left_at"])
    event = HouseholdLeft(household_id=household_id, profile_id=theirs.profile_id)
    journal.record(event, by=by, at=at, customer=theirs.profile_id)


@transaction.atomic
def head_household(*, household_id: int, profile_id: int, by: Actor, at: datetime) -> None:
    """Another member becomes the head; the one before stays as a member. Raises NotAMember."""
    by.must("relations.edit")
    _one_after_another()
    theirs = _membership(household_id, profile_id)
    if theirs.part == HEAD:
        return
    Membership.objects.current().filter(household=household_id, part=HEAD).update(part=Membership.Part.OTHER)
    theirs.part = HEAD
    theirs.save(update_fields=["part"])
    event = HouseholdHeaded(household_id=household_id, profile_id=theirs.profile_id)
    journal.record(event, by=by, at=at, customer=theirs.profile_id)


def _membership(household_id: int, profile_id: int) -> Membership:
    family = customers.kin(profile_id)
    found = Membership.objects.current().filter(household=household_id, profile__in=family).first()
    if found is None:
        raise NotAMember(field="customer")
    return found
