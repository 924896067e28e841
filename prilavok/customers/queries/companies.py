"""Legal details of companies, read through merges."""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import F, QuerySet

from prilavok.customers.models import Company, LegalForm, Profile, ProfileQuerySet
from prilavok.customers.queries.people import ITSELF_OR_HEAD, families, heads_of


def company_of(family: Collection[int]) -> Company | None:
    """The details of a company whose profiles these are: the earliest row that has an INN, else the earliest.

    None for a person.
    """
    rows = Company.objects.filter(person__profiles__in=family).order_by("person__profiles__id")
    return next((one for one in rows if one.inn), None) or rows.first()


def companies_of(profile_ids: Collection[int]) -> dict[int, Company]:
    """The same of many by one question; people are missing."""
    whose: dict[int, list[int]] = defaultdict(list)
    for asked, family in families(profile_ids).items():
        for member in family:
            whose[member].append(asked)
    rows = Company.objects.filter(person__profiles__in=list(whose)).order_by("person__profiles__id")
    found: dict[int, Company] = {}
    for company in rows.annotate(profile=F("person__profiles__id")):
        for asked in whose[company.profile]:
            if asked not in found or (company.inn and not found[asked].inn):
                found[asked] = company
    return found


def of_form(profiles: ProfileQuerySet, form: str) -> ProfileQuerySet:
    """Narrow to private buyers (`person`), to companies of any form (`company`) or of one."""
    if form in ("person", "company"):
        return profiles.filter(person__kind=form)
    if form not in LegalForm.values:
        return profiles.none()
    return profiles.filter(pk__in=_heads(Company.objects.filter(form=form)))


def forms_of(profile_ids: Collection[int]) -> dict[int, str]:
    """The legal form of those of the profiles that are companies, read through merges; people are left out."""
    heads = {member: head for head, family in families(profile_ids).items() for member in family}
    rows = Company.objects.filter(person__profiles__in=list(heads)).order_by("-person__profiles__id")
    return {heads[profile]: form for profile, form in rows.values_list("person__profiles", "form")}


def by_inn(digits: str) -> QuerySet[Profile, int]:
    """In a query: profiles that stand for companies whose INN begins so."""
    return _heads(Company.objects.filter(inn__startswith=digits))


def profile_ids_by_inn(numbers: Collection[str]) -> dict[str, list[int]]:
    """Companies by INN as it is kept, each by the profile that stands for it; several where branches share it.

    A head office without a KPP beside branches that have one is meant alone.
    """
    rows = Company.objects.filter(inn__in=list(numbers)).values_list("inn", "kpp", "person__profiles")
    heads = heads_of({profile for _inn, _kpp, profile in rows})
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for inn, kpp, profile in rows:
        found[inn][heads[profile]] = kpp
    return {
        inn: [head for head, kpp in whose.items() if not kpp] or list(whose) for inn, whose in found.items()
    }


def _heads(companies: QuerySet[Company]) -> QuerySet[Profile, int]:
    return Profile.objects.filter(person__in=companies.values("pk")).values_list(ITSELF_OR_HEAD)
