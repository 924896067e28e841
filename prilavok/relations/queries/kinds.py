"""Kinds of relations: those that Prilavok brings, as the company has changed them, and its own."""

from copy import copy

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.relations.models import RelationKind, Side

SUBSIDIARY, COMMITTEE, EMPLOYEE, HOLDER = "subsidiary", "committee", "employee", "holder"
PERSON, COMPANY = Side.PERSON, Side.COMPANY

_BUILT_IN = (
    RelationKind(code="parent", first=PERSON, second=PERSON, position=10),
    RelationKind(code="spouse", first=PERSON, second=PERSON, position=20),
    RelationKind(code="relative", first=PERSON, second=PERSON, position=30),
    RelationKind(code=HOLDER, first=PERSON, second=PERSON, position=40),
    RelationKind(code=EMPLOYEE, first=PERSON, second=COMPANY, position=50),
    RelationKind(code=COMMITTEE, first=PERSON, second=COMPANY, position=60),
    RelationKind(code=SUBSIDIARY, first=COMPANY, second=COMPANY, position=70),
    RelationKind(code="partner", position=80),
)

_NAMES: dict[str, tuple[str | Promise, str | Promise]] = {
    "parent": (_("Parent"), _("Child")),
    "spouse": (_("Spouse"), _("Spouse")),
    "relative": (_("Relative"), _("Relative")),
    HOLDER: (_("Card holder"), _("Beneficiary")),
    EMPLOYEE: (_("Employee"), _("Employer")),
    COMMITTEE: (_("Member of the buying committee"), _("Buys by a committee")),
    SUBSIDIARY: (_("Subsidiary"), _("Parent company")),
    "partner": (_("Partner"), _("Partner")),
}


def kinds() -> dict[str, RelationKind]:
    """All kinds by code, in order, those out of use too."""
    own = {kind.code: kind for kind in RelationKind.objects.all()}
    found = {kind.code: copy(kind) for kind in _BUILT_IN} | own
    return {kind.code: kind for kind in sorted(found.values(), key=lambda kind: (kind.position, kind.code))}


def is_built_in(code: str) -> bool:
    return code in _NAMES


def brought_names(code: str) -> tuple[str | Promise, str | Promise]:
    """How Prilavok itself calls a kind in both directions; of the company's own nothing."""
    return _NAMES.get(code, ("", ""))


def names(kind: RelationKind) -> tuple[str | Promise, str | Promise]:
    """What the first is to the second, and the other way round."""
    name, back = brought_names(kind.code)
    return kind.name or name, kind.back or back


def is_mutual(kind: RelationKind) -> bool:
    """Neither side comes first: spouses, partners."""
    name, back = names(kind)
    return str(name) == str(back)
