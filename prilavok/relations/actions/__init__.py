"""Everything that can be done with relations and households."""

from prilavok.relations.actions.households import (
    head_household,
    join_household,
    leave_household,
    make_household,
    rename_household,
)
from prilavok.relations.actions.ties import change_kind, change_relation, forget, relate, remove_relation

__all__ = [
    "change_kind",
    "change_relation",
    "forget",
    "head_household",
    "join_household",
    "leave_household",
    "make_household",
    "relate",
    "remove_relation",
    "rename_household",
]
