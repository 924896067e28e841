"""Whoever sees when people of a household were born leaves a line in the log of access to personal data."""

from datetime import datetime

from prilavok.company import actions as company
from prilavok.kernel.actors import Actor
from prilavok.relations.queries import Whole


def note_household(whole: Whole, *, by: Actor, at: datetime) -> None:
    """Keep that `by` was shown the birth dates of so many people."""
    what = "api" if by.kind == "token" else "list"
    shown = sum(one.birth_date is not None for one in (*whole.members, *whole.left))
    company.note_look(profile_id=None, what=what, rows=shown, by=by, at=at)
