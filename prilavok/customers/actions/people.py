"""Registering customers one by one, correcting who they are, changing their status."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from prilavok.customers import rules
from prilavok.customers.actions import loading
from prilavok.customers.actions.merging import correct_shown
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.optins import ask_for_click
from prilavok.customers.actions.own_values import checked_own
from prilavok.customers.actions.problems import (
    PROBLEM_OF,
    BadBirthDate,
    BadOwnValue,
    IdentifierTaken,
    NotAPerson,
    NotForErased,
    UnknownStatus,
)
from prilavok.customers.events import CustomerChanged, StatusChanged
from prilavok.customers.models import Consent, Person, Profile, Status, StatusChange
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.customers.queries import heads_of, needs_click, visible
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def register(new: NewCustomer, *, by: Actor, at: datetime) -> Profile:
    """Make one customer known.

    Raises IdentifierTaken when somebody has the card or external id already, and a Problem with the field
    when a contact, a card or the birth date is wrong or nothing at all is known of the person.
    """
    by.must("customers.register")
    waiting = [one for one in new.consents if one.given and needs_click(one.channel)]
    at_once = replace(new, consents=tuple(one for one in new.consents if one not in waiting))
    checked_own(new.own or {}, new.kind, by)
    try:
        with transaction.atomic():
            loaded = loading.load(loading.check_customers([at_once], at=at), by=by, at=at, live=True)
    except IntegrityError as error:  # another till was quicker by a moment
        raise IdentifierTaken(field="external_id" if new.external_id else "cards") from error
    if loaded.rejects:
        reject = loaded.rejects[0]
        if reject.code == "own_taken":
            raise BadOwnValue.taken(reject.field)
        raise PROBLEM_OF.get(reject.code, IdentifierTaken)(field=reject.field)
    if loaded.known:
        raise IdentifierTaken(field="external_id" if new.external_id else "cards")
    profile = Profile.objects.select_related("person").get(pk=loaded.profile_ids[0] or 0)
    for one in waiting if new.email else ():
        ask_for_click(_line(profile, one, new.source, at), by=by)
    return profile


def _line(profile: Profile, new: NewConsent, source: str, at: datetime) -> Consent:
    return Consent(
        profile=profile,
        purpose=new.purpose,
        channel=new.channel,
        given=True,
        at=new.at or at,
        source=(new.source or source)[:50],
        text_version=new.text_version[:50],
        document_id=new.document_id,
        ip=new.ip,
        proof=new.proof[:200],
    )


@transaction.atomic
def change_person(*, profile_id: int, by: Actor, at: datetime, **values: Any) -> tuple[str, ...]:
    """Correct names, sex or birth date; the fields that changed. Raises BadBirthDate, NotAPerson, NotForErased."""
    by.must("customers.edit")
    profile = lock(profile_id, by)
    person = Person.objects.select_for_update().get(pk=profile.person_id)
    if person.kind == Person.Kind.COMPANY:
        raise NotAPerson
    tidy = {name: _tidy(name, value, at) for name, value in values.items() if name in rules.FIELDS}
    changed = {name: value for name, value in tidy.items() if getattr(person, name) != value}
    if changed:
        was = [Changed(profile.pk, name, getattr(person, name), value) for name, value in changed.items()]
        correct_shown(person, changed, at)
        note_changes(was, by=by, at=at)
        event = CustomerChanged(profile_id=profile.pk, fields=tuple(changed))
        journal.record(event, by=by, at=at, customer=profile.pk)
    return tuple(changed)


def _tidy(name: str, value: Any, at: datetime) -> Any:
    if name == "birth_date":
        if value is not None and not date(1900, 1, 1) <= value <= at.date():
            raise BadBirthDate(field="birth_date")
        return value
    return rules.cleaned(value or "")[:100]


@transaction.atomic
def change_status(*, profile_id: int, status: str, by: Actor, at: datetime, reason: str = "") -> None:
    """Block a customer or let them be active again; the change is kept with its reason."""
    by.must("customers.edit")
    if status not in (Status.ACTIVE, Status.BLOCKED):
        raise UnknownStatus(field="status")
    profile = lock(profile_id, by)
    if profile.status == status:
        return
    StatusChange.objects.create(
        profile=profile,
        old=profile.status,
        new=status,
        reason=reason[:200],
        at=at,
        by_kind=by.kind,
        by_id=by.id,
    )
    journal.record(
        StatusChanged(profile_id=profile.pk, old=profile.status, new=status),
        by=by,
        at=at,
        customer=profile.pk,
    )
    profile.status = status
    profile.save(update_fields=["status"])


def lock(profile_id: int, by: Actor) -> Profile:
    """Hold the profile that stands for this customer until the transaction ends.

    Raises NotForErased, Profile.DoesNotExist.
    """
    visible(by).get(pk=profile_id)
    profile = None
    while profile is None or heads_of([profile.pk])[profile.pk] != profile.pk:  # merged while we waited
        head = heads_of([profile_id])[profile_id]
        profile = Profile.objects.select_for_update().get(pk=head)
    if profile.status == Status.ERASED:
        raise NotForErased
    return profile
