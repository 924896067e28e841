"""Everything that may be asked of relations."""

from prilavok.relations.queries.figures import pooled
from prilavok.relations.queries.filters import narrowed, readings
from prilavok.relations.queries.holdings import Holding, Node, below, holding, parents_of, path_up
from prilavok.relations.queries.households import (
    Member,
    Whole,
    archived_memberships,
    household_ids_of,
    members_of,
    membership_of,
    whole,
)
from prilavok.relations.queries.kinds import (
    COMMITTEE,
    EMPLOYEE,
    HOLDER,
    SUBSIDIARY,
    brought_names,
    is_built_in,
    is_mutual,
    kinds,
    names,
)
from prilavok.relations.queries.ties import Tie, archived, between, get, numbers_of_profiles, ties

__all__ = [
    "COMMITTEE",
    "EMPLOYEE",
    "HOLDER",
    "SUBSIDIARY",
    "Holding",
    "Member",
    "Node",
    "Tie",
    "Whole",
    "archived",
    "archived_memberships",
    "below",
    "between",
    "brought_names",
    "get",
    "holding",
    "household_ids_of",
    "is_built_in",
    "is_mutual",
    "kinds",
    "members_of",
    "membership_of",
    "names",
    "narrowed",
    "numbers_of_profiles",
    "parents_of",
    "path_up",
    "pooled",
    "readings",
    "ties",
    "whole",
]
