"""Who stands in which tier. Pure: no database, no clock, no Django.

A tier is reached the moment that its entry is reached. Whoever is in keeps it until the end of the held time,
whatever is returned meanwhile; then its retention is asked, and whoever has less steps down after the grace.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

ENTRY, KEPT, LOST, HAND = "entry", "kept", "lost", "hand"


@dataclass(frozen=True, slots=True)
class Step:
    """One tier: what it asks, for how long whoever is in stays at least, how long they are waited for after that."""

    id: int
    place: int
    entry: Decimal
    kept: Decimal | None
    held: timedelta
    grace: timedelta = timedelta()

    @property
    def retention(self) -> Decimal:
        """How much is asked of whoever is in."""
        return self.entry if self.kept is None else self.kept


@dataclass(frozen=True, slots=True)
class Standing:
    """In which tier (none: in none), until when at least; `because` of what it changed."""

    tier: int | None = None
    until: datetime | None = None
    because: str = ""


def looked_at(
    steps: Sequence[Step], measured: Mapping[int, Decimal], now: Standing, at: datetime
) -> Standing | None:
    """Where an account stands from now on; None: nothing changes. `measured`: what counts for each tier.

    >>> silver = Step(1, 1, Decimal(30000), None, timedelta(365))
    >>> noon = datetime(2026, 3, 1, 12)
    >>> looked_at([silver], {1: Decimal(29000)}, Standing(), noon)
    >>> reached = looked_at([silver], {1: Decimal(31000)}, Standing(), noon)
    >>> reached.tier, reached.until, reached.because
    (1, datetime.datetime(2027, 3, 1, 12, 0), 'entry')

    What is returned later demotes nobody before the period ends:

    >>> looked_at([silver], {1: Decimal(29000)}, reached, noon + timedelta(30))
    >>> looked_at([silver], {1: Decimal(29000)}, reached, noon + timedelta(365)).because
    'lost'
    """
    own = next((step for step in steps if step.id == now.tier), None)
    higher = [step for step in steps if own is None or step.place > own.place]
    reached = _highest(step for step in higher if measured.get(step.id, Decimal(0)) >= step.entry)
    if reached is not None:
        return Standing(reached.id, at + reached.held, ENTRY)
    if own is None or now.until is None or at < now.until:
        return None
    if measured.get(own.id, Decimal(0)) >= own.retention:
        return Standing(own.id, at + own.held, KEPT)
    if at < now.until + own.grace:
        return None
    lower = [step for step in steps if step.place < own.place]
    left = _highest(step for step in lower if measured.get(step.id, Decimal(0)) >= step.retention)
    return Standing(left.id, at + left.held, LOST) if left else Standing(None, None, LOST)


def _highest(steps: Iterable[Step]) -> Step | None:
    return max(steps, key=lambda step: step.place, default=None)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is to the next tier."""

    tier: int
    measured: Decimal
    entry: Decimal

    @property
    def missing(self) -> Decimal:
        return max(self.entry - self.measured, Decimal(0))

    @property
    def share(self) -> Decimal:
        """From 0 to 1."""
        return min(self.measured / self.entry, Decimal(1)) if self.entry else Decimal(1)


def progress(steps: Sequence[Step], measured: Mapping[int, Decimal], tier: int | None) -> Progress | None:
    """The tier above, and what has been done for it; None at the top.

    >>> silver = Step(1, 1, Decimal(30000), None, timedelta(365))
    >>> progress([silver], {1: Decimal(24000)}, None).missing, progress([silver], {}, 1)
    (Decimal('6000'), None)
    """
    own = next((step for step in steps if step.id == tier), None)
    above = [step for step in steps if own is None or step.place > own.place]
    following = min(above, key=lambda step: step.place, default=None)
    if following is None:
        return None
    return Progress(following.id, max(measured.get(following.id, Decimal(0)), Decimal(0)), following.entry)
