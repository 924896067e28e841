"""What own fields of the kind "reference" may lead to."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers import queries
from prilavok.customers.models import ProfileQuerySet
from prilavok.customers.ports import ReferenceTarget
from prilavok.kernel.actors import Actor

FOUND = 8


def _shops(keys: Collection[str], by: Actor) -> Mapping[str, tuple[str, str]]:
    return {code: (shop.name, "") for code, shop in company.shops_by_code(keys).items()}


def _all_shops(by: Actor) -> list[tuple[str, str]]:
    return [(shop.code, shop.name) for shop in company.shops(by)]


def _employees(keys: Collection[str], by: Actor) -> Mapping[str, tuple[str, str]]:
    return {str(one.public_id): (one.name, "") for one in company.employees_by_public_id(_ids(keys))}


def _colleagues(by: Actor) -> list[tuple[str, str]]:
    return [(str(one.public_id), one.name) for one in company.colleagues(by)]


def _customers(keys: Collection[str], by: Actor) -> Mapping[str, tuple[str, str]]:
    ids = queries.profile_ids(_ids(keys), by)
    known = queries.short(ids.values(), by)
    return {
        str(public_id): (known[pk].name or gettext("No name"), reverse("customers:card", args=[public_id]))
        for public_id, pk in ids.items()
        if pk in known
    }


def _find(text: str, by: Actor) -> list[tuple[str, str]]:
    return _named(queries.listed(by, text))


def _find_company(text: str, by: Actor) -> list[tuple[str, str]]:
    return _named(queries.of_form(queries.listed(by, text), "company"))


def _named(profiles: ProfileQuerySet) -> list[tuple[str, str]]:
    found = queries.page_of(profiles, size=FOUND).items
    return [(str(one.public_id), one.person.full_name or gettext("No name")) for one in found]


def _ids(keys: Collection[str]) -> list[UUID]:
    found = []
    for key in keys:
        try:
            found.append(UUID(key))
        except ValueError:
            continue
    return found


TARGETS = (
    ReferenceTarget("shop", _("a shop"), _shops, options=_all_shops),
    ReferenceTarget("employee", _("an employee"), _employees, options=_colleagues),
    ReferenceTarget("customer", _("another customer"), _customers, find=_find),
    ReferenceTarget("company", _("a company among the customers"), _customers, find=_find_company),
)
