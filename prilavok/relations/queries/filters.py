"""The customer list narrowed to those who are something to somebody: partners, employees, members of a household."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.customers.queries import ITSELF_OR_HEAD
from prilavok.kernel.actors import Actor
from prilavok.relations.models import Membership, Relation
from prilavok.relations.queries.kinds import is_mutual, kinds, names

if TYPE_CHECKING:
    from prilavok.customers.models import ProfileQuerySet

HOUSEHOLD, HEAD = "household", "household:head"


def readings() -> list[tuple[str, str | Promise]]:
    """What a customer may be to somebody: `kind:first` or `kind:second`, then households."""
    found: list[tuple[str, str | Promise]] = []
    for kind in kinds().values():
        name, back = names(kind)
        found.append((f"{kind.code}:first", name))
        if not is_mutual(kind):
            found.append((f"{kind.code}:second", back))
    return [*found, (HOUSEHOLD, _("In a household")), (HEAD, _("Head of a household"))]


def narrowed(profiles: "ProfileQuerySet", value: str, by: Actor) -> "ProfileQuerySet":
    """Those who are that to somebody now; an unknown value finds nobody."""
    if value in (HOUSEHOLD, HEAD):
        members = Membership.objects.current().filter(**({"part": "head"} if value == HEAD else {}))
        return _standing_for(profiles, members.values("profile"))
    code, _colon, side = value.partition(":")
    kind = kinds().get(code)
    if kind is None or side not in ("first", "second"):
        return profiles.none()
    rows = Relation.objects.current(company.today()).filter(kind=code)
    theirs = rows.values(side)
    return _standing_for(profiles, theirs.union(rows.values("second")) if is_mutual(kind) else theirs)


def _standing_for(profiles: "ProfileQuerySet", theirs: QuerySet[Any, Any]) -> "ProfileQuerySet":
    """Of these profiles those that stand for one of theirs, merges included."""
    heads = profiles.model.objects.filter(pk__in=theirs).values_list(ITSELF_OR_HEAD)
    return profiles.filter(pk__in=heads)
