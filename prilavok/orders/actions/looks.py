"""Whoever sees how somebody in an order is reached leaves a line in the log of access to personal data."""

from datetime import datetime

from prilavok.company import actions as company
from prilavok.kernel.actors import Actor
from prilavok.orders.models import Receipt


def note_recipients(receipt: Receipt, *, by: Actor, at: datetime) -> None:
    """Keep that `by` was shown the contacts that stand on an order, under its buyer."""
    told = any(one.name or one.phone or one.email for one in receipt.roles.all())
    if told and by.may("customers.see_contacts"):
        what = "api" if by.kind == "token" else "contacts"
        company.note_look(profile_id=receipt.profile_id, what=what, by=by, at=at)
