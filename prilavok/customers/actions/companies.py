"""Companies as customers: registering them with their legal details, correcting these."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from prilavok.customers import rules
from prilavok.customers.actions.legal import DETAILS, checked
from prilavok.customers.actions.merging import correct_shown
from prilavok.customers.actions.noting import Changed, note_changes
from prilavok.customers.actions.people import lock, register
from prilavok.customers.actions.problems import (
    CompanyKnown,
    IdentifierTaken,
    NameMissing,
    NotACompany,
    TooLong,
)
from prilavok.customers.events import CustomerChanged
from prilavok.customers.models import Company, Person, Profile
from prilavok.customers.ports import NewCompany, NewCustomer
from prilavok.customers.queries import company_of, heads_of, kin, visible
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def register_company(new: NewCompany, *, by: Actor, at: datetime) -> Profile:
    """Make a company known. Raises what `register` raises, and what `change_company` does of its details."""
    by.must("customers.register")
    told = asdict(new)
    details = checked({name: told.pop(name) for name in DETAILS})
    _must_be_new(details, None, by)
    name = _name(told.pop("name"))
    customer = NewCustomer(kind=Person.Kind.COMPANY, last_name=name, legal=details, **told)
    try:
        return register(customer, by=by, at=at)
    except IdentifierTaken:
        _must_be_new(details, None, by)  # another was quicker by a moment
        raise


@transaction.atomic
def change_company(*, profile_id: int, by: Actor, at: datetime, **values: str) -> tuple[str, ...]:
    """Correct the name or the legal details; the names of what changed.

    Raises NotACompany, CompanyKnown, NotForErased, and a Problem with the field whose number is wrong.
    """
    by.must("customers.edit")
    profile = lock(profile_id, by)
    details = company_of(kin(profile.pk))
    if details is None:
        raise NotACompany
    tidy = checked({name: values.get(name, getattr(details, name)) for name in DETAILS})
    changed = [name for name, value in tidy.items() if getattr(details, name) != value]
    if changed:
        _must_be_new(tidy, details, by)
        was = [Changed(profile.pk, name, getattr(details, name), tidy[name]) for name in changed]
        for name in changed:
            setattr(details, name, tidy[name])
        _save(details, by)
        note_changes(was, by=by, at=at)
    person = Person.objects.select_for_update().get(pk=profile.person_id)
    if "name" in values and (name := _name(values["name"])) != person.last_name:
        note_changes([Changed(profile.pk, "name", person.last_name, name)], by=by, at=at)
        correct_shown(person, {"last_name": name}, at)
        changed.insert(0, "name")
    if changed:
        event = CustomerChanged(profile_id=profile.pk, fields=tuple(changed))
        journal.record(event, by=by, at=at, customer=profile.pk)
    return tuple(changed)


def _name(text: str) -> str:
    name = rules.company_name(text)
    if not name:
        raise NameMissing(field="name")
    if len(name) > 100:
        raise TooLong(field="name", most=100)
    return name


def _must_be_new(details: Mapping[str, str], own: Company | None, by: Actor) -> None:
    same = Company.objects.filter(inn=details["inn"], kpp=details["kpp"]).exclude(inn="")
    known = same.exclude(pk=own.pk if own else None).first()
    if known is None:
        return
    profile = Profile.objects.get(person=known.person_id)
    seen = visible(by).filter(pk=heads_of([profile.pk])[profile.pk]).first()
    if seen is None:
        raise CompanyKnown(field="inn", name="—", customer="")
    raise CompanyKnown(field="inn", name=seen.person.full_name, customer=str(seen.public_id))


def _save(details: Company, by: Actor) -> None:
    try:
        with transaction.atomic():
            details.save()
    except IntegrityError as error:  # another was quicker by a moment
        _must_be_new({"inn": details.inn, "kpp": details.kpp}, details, by)
        raise CompanyKnown(field="inn", name="—", customer="") from error
