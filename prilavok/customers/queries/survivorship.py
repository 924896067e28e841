"""How fields are settled when two turn out to be one, unless a merge says otherwise."""

from dataclasses import dataclass

from django.utils.functional import Promise

from prilavok.customers import rules
from prilavok.customers.queries.own_fields import recent_own_fields
from prilavok.customers.queries.reviewing import FIELD_NAMES, company_modes
from prilavok.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Settling:
    """One field and the rule by which it is settled."""

    field: str
    label: str | Promise
    mode: str


def survivorship(by: Actor) -> list[Settling]:
    """All fields that a merge settles, own ones behind, with the company's rules."""
    if not by.may("customers.kinds"):
        by.must("customers.merge")
    modes = company_modes()
    names = FIELD_NAMES | {
        rules.OWN + one.code: one.name for one in recent_own_fields() if not one.archived_at
    }
    return [Settling(field, label, modes.get(field, rules.MODES[0])) for field, label in names.items()]
