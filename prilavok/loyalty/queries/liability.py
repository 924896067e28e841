"""What a programme owes its customers at the end of any day, and what brought it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from prilavok.company import queries as company
from prilavok.kernel.actors import Actor
from prilavok.ledger import queries as ledger
from prilavok.loyalty import rules
from prilavok.loyalty.definitions import PoliciesWritten

if TYPE_CHECKING:
    from prilavok.loyalty.models import Programme

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Owed:
    """A programme's liability, in points, over some days of the company's zone.

    `opening` before the first of them, `closing` at the end of the last: opening + flows.change = closing.total.
    `lapses`: what of it would lapse in which month (none: never). `months`: what stood at the end of each month so far.
    `point_value`: what a point pays at the till today.
    """

    since: date
    until: date
    opening: Decimal
    closing: ledger.Liability
    flows: ledger.Flows
    lapses: Sequence[ledger.Outstanding]
    months: Sequence[tuple[date, Decimal]]
    point_value: Decimal


def owed_by(programme: Programme, by: Actor, *, since: date, until: date) -> Owed:
    """What the programme owes at the end of `until`, and what changed it from the beginning of `since` on."""
    by.must("loyalty.liability")
    unit, begins, ends = programme.unit, _midnight(since), _midnight(until + timedelta(days=1))
    before, closing = _all(unit, begins), _all(unit, ends)
    flows = [one for one in ledger.flows(unit, since=begins, until=ends) if one.owner_kind == rules.OWNER]
    return Owed(
        since,
        until,
        before.total,
        closing,
        flows[0] if flows else ledger.Flows(unit, rules.OWNER),
        ledger.outstanding(unit, at=ends),
        ledger.liability_by_month(unit, until=ends, zone=company.zone()),
        PoliciesWritten.model_validate(programme.policies).point_value,
    )


def _all(unit: str, at: datetime) -> ledger.Liability:
    found = [one for one in ledger.liability(unit, at=at) if one.owner_kind == rules.OWNER]
    return found[0] if found else ledger.Liability(unit, rules.OWNER, 0, ZERO, ZERO, ZERO, ZERO)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), company.zone())
