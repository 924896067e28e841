"""Finding a customer by whatever the person at the counter says: a name, a phone, a card, an e-mail."""

import re

from django.db.models import Q, QuerySet
from django.db.models.functions import Reverse

from prilavok.customers import rules
from prilavok.customers.models import NAME_WORDS, Contact, Identifier, Person, Profile, ProfileQuerySet
from prilavok.customers.queries.companies import by_inn
from prilavok.customers.queries.people import OWNER, phone_region
from prilavok.customers.queries.sorting import by_own
from prilavok.kernel import words
from prilavok.kernel.actors import Actor

_FEWEST_DIGITS = 4


def search(profiles: ProfileQuerySet, text: str, by: Actor) -> ProfileQuerySet:
    """Narrow `profiles` to those that the text may mean. Contacts are searched only by who may see them.

    An e-mail, a card or an INN by its beginning, a phone by its beginning or its last digits, a name by the beginnings
    of its words in any order, an own field that is searched by any part of it.
    """
    text = rules.cleaned(text)[:100]
    if not text:
        return profiles
    if "@" in text:
        return (
            profiles.filter(pk__in=_by_email(text)) if by.may("customers.see_contacts") else profiles.none()
        )
    digits = re.sub(r"\D", "", text)
    if len(digits) >= _FEWEST_DIGITS and not re.search(r"[^\W\d_]{3}", text):
        return profiles.filter(pk__in=_by_number(text, digits, by).union(*_by_own(text, by)))
    own = _by_own(text, by)
    if own:
        named = _by_name(Profile.objects.all(), text).order_by().values_list("pk")
        return profiles.filter(pk__in=named.union(*own))
    return _by_name(profiles, text)


def _by_own(text: str, by: Actor) -> list[QuerySet[Profile, tuple[int]]]:
    return [found.order_by().values_list("pk") for found in by_own(text, by)]


def _by_email(text: str) -> QuerySet[Contact, tuple[int]]:
    return _owners(Q(kind="email", value__startswith=text.lower()))


def _by_number(text: str, digits: str, by: Actor) -> QuerySet[Identifier, tuple[int]]:
    card = re.sub(r"[^0-9A-ZА-Я]", "", text.upper()).translate(rules.LOOK_ALIKES)
    found = (
        Identifier.objects.filter(kind__in=("card", "external"), value__startswith=card, alone=True)
        .values_list(OWNER)
        .union(
            by_inn(digits),
            Identifier.objects.filter(kind="card", value=card, alone=False).values_list(OWNER),
        )
    )
    if not by.may("customers.see_contacts"):
        return found
    beginnings = {f"+{digits}"}
    try:
        beginnings.add(rules.normal_phone(text, phone_region()))
    except rules.BadValue:
        if digits.startswith("8"):
            beginnings.add(f"+7{digits[1:]}")
        beginnings.add(f"+7{digits}")
    by_start = Q()
    for beginning in beginnings:
        by_start |= Q(value__startswith=beginning)
    by_end = Contact.objects.annotate(backwards=Reverse("value")).filter(
        kind="phone", backwards__startswith=digits[::-1]
    )
    return found.union(_owners(Q(kind="phone") & by_start), by_end.values_list(OWNER))


def _owners(condition: Q) -> QuerySet[Contact, tuple[int]]:
    return Contact.objects.filter(condition).values_list(OWNER)


def _by_name(profiles: ProfileQuerySet, text: str) -> ProfileQuerySet:
    people = Person.objects.filter(words.having(NAME_WORDS, rules.name_key(rules.company_name(text))))
    return profiles.filter(person__in=people.values("pk"))
