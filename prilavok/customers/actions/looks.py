"""Whoever sees how a customer is reached leaves a line in the log of access to personal data."""

from collections.abc import Collection
from datetime import datetime

from prilavok.company import actions as company
from prilavok.kernel.actors import Actor


def note_contacts(profile_ids: Collection[int], *, by: Actor, at: datetime) -> None:
    """Keep that `by` was shown the contacts of these customers: one by name, several as a number of them.

    Whoever sees only masks has seen no contacts.
    """
    if not by.may("customers.see_contacts"):
        return
    seen = set(profile_ids)
    what = "api" if by.kind == "token" else "contacts" if len(seen) == 1 else "list"
    company.note_look(
        profile_id=min(seen) if len(seen) == 1 else None, what=what, rows=len(seen), by=by, at=at
    )
