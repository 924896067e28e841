"""Forgetting a person at their request: who they were goes, what was sold stays counted, no file brings them back."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from prilavok.customers import rules
from prilavok.customers.actions.files import drop_files
from prilavok.customers.actions.people import lock
from prilavok.customers.actions.tombstones import digest
from prilavok.customers.events import CustomerErased, StatusChanged
from prilavok.customers.models import (
    Address,
    Alert,
    BulkChange,
    Candidate,
    Company,
    Consent,
    Contact,
    CustomerFile,
    FieldChange,
    FrequencyChoice,
    Identifier,
    Note,
    OptIn,
    Person,
    PersonalDate,
    PersonalRequest,
    Profile,
    Status,
    StatusChange,
    Suppression,
    Tagging,
    Tombstone,
    TopicChoice,
)
from prilavok.customers.queries import kin
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor


@transaction.atomic
def erase(*, profile_id: int, by: Actor, at: datetime) -> int:
    """Make the person nobody, in every record that turned out to be theirs; how many records. Cannot be undone.

    Names, birth date, legal details, contacts, identifiers, own fields, tags, what was chosen of topics, postal
    addresses, dates, alerts, notes, files, the photo, the history of them all, IP addresses and proofs of consents go;
    receipts, sums and the fact of a consent stay, with a profile that says nothing. Others erase theirs when they hear
    of it. Raises NotForErased.
    """
    by.must("customers.erase")
    profile = lock(profile_id, by)
    family = kin(profile.pk)
    _bury(family, at)
    drop_files(CustomerFile.objects.filter(profile__in=family))
    for about in (
        FieldChange,
        Address,
        PersonalDate,
        Alert,
        Note,
        Tagging,
        BulkChange,
        TopicChoice,
        FrequencyChoice,
    ):
        about.objects.filter(profile__in=family).delete()
    Person.objects.filter(profiles__in=family).update(**_NOBODY)
    Company.objects.filter(person__profiles__in=family).delete()
    Consent.objects.filter(profile__in=family).update(ip=None, proof="")
    OptIn.objects.filter(profile__in=family).delete()
    StatusChange.objects.filter(profile__in=family).update(reason="")
    wishes = PersonalRequest.objects.filter(profile__in=family)
    wishes.filter(done_at=None).update(done_at=at, done_by_kind=by.kind, done_by_id=by.id)
    wishes.update(text="")
    Candidate.objects.filter(Q(left__in=family) | Q(right__in=family)).delete()
    Profile.objects.filter(pk__in=family).update(status=Status.ERASED, own={}, source="")
    StatusChange.objects.create(
        profile=profile, old=profile.status, new=Status.ERASED, at=at, by_kind=by.kind, by_id=by.id
    )
    for event in (
        StatusChanged(profile_id=profile.pk, old=profile.status, new=Status.ERASED),
        CustomerErased(profile_id=profile.pk, profiles=tuple(family)),
    ):
        journal.record(event, by=by, at=at, customer=profile.pk)
    return len(family)


_NOBODY: dict[str, Any] = {name: None if name == "birth_date" else "" for name in rules.FIELDS} | {
    "told": None,
    "told_at": {},
}


def _bury(family: list[int], at: datetime) -> None:
    contacts, identifiers = (
        Contact.objects.filter(profile__in=family),
        Identifier.objects.filter(profile__in=family),
    )
    claims = identifiers.filter(alone=False).values_list("kind", "value")
    others = Identifier.objects.filter(alone=True, value__in=[value for _kind, value in claims])
    values = [
        *contacts.values_list("kind", "value"),
        *identifiers.filter(alone=True).values_list("kind", "value"),
        *(set(claims) - set(others.exclude(profile__in=family).values_list("kind", "value"))),
    ]
    companies = Company.objects.filter(person__profiles__in=family).exclude(inn="")
    values += [("company", f"{inn}/{kpp}") for inn, kpp in companies.values_list("inn", "kpp")]
    stones = [Tombstone(digest=digest(kind, value), at=at) for kind, value in values]
    Tombstone.objects.bulk_create(stones, ignore_conflicts=True)
    Suppression.objects.filter(digest__in=[one.digest for one in stones]).update(value="", note="")
    contacts.delete()
    identifiers.delete()
