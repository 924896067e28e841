"""What others may ask of the facts as a whole; figures themselves are asked by `client`."""

from dataclasses import dataclass
from datetime import datetime

from prilavok.facts import client, filling, loading
from prilavok.facts.schema import Words, registry
from prilavok.kernel import clock
from prilavok.kernel.journal import Position
from prilavok.kernel.models import StoredEvent


@dataclass(frozen=True)
class Difference:
    """One figure in PostgreSQL and in facts."""

    check: str
    label: Words
    figure: str
    truth: int
    facts: int

    @property
    def equal(self) -> bool:
        return self.truth == self.facts


def compare() -> list[Difference]:
    """Every figure that domains declare by Check, from both stores, and the events loaded. Raises
    FactsDown.
    """
    found = [_loaded()]
    for check in registry().checks.values():
        truth, facts = (
            check.truth(),
            (client.query(f"SELECT {check.figures} FROM {check.table}", lane="heavy") or [{}])[0],
        )
        found += [
            Difference(check.key, check.label, figure, int(value), int(facts.get(figure) or 0))
            for figure, value in truth.items()
        ]
    return found


def _loaded() -> Difference:
    """Events up to the cursor: how many the journal has and how many the loads say."""
    names = [kind.type_name() for kind in registry().event_types()]
    known = sum(
        StoredEvent.objects.filter(type__in=names, live=one is loading.loader)
        .extra(where=["(epoch, transaction_id, id) <= (%s, %s, %s::uuid)"], params=_place(one.position()))
        .count()
        for one in (loading.loader, loading.past)
    )
    once = "SELECT any(events) AS events FROM loads WHERE state = 'done' GROUP BY batch"
    loaded = client.value(f"SELECT sum(events) FROM ({once})")
    return Difference("events", "events", "events", known, int(loaded or 0))


def _place(here: Position) -> list[object]:
    return [here.epoch, here.transaction_id, here.event_id or "00000000-0000-0000-0000-000000000000"]


def outdated() -> list[str]:
    """Tables that a new version widened and that are not filled yet: what asks them is short. Raises FactsDown."""
    return filling.outdated()


def as_of() -> datetime | None:
    """When the last batch was loaded: what "true as of" says beside a figure. None while nothing is.
    Raises FactsDown.

    Never later than now: a demo's clock is put back after its history has been loaded.
    """
    found: datetime | None = client.value("SELECT maxOrNull(at) FROM loads WHERE state = 'done'")
    return found and min(found, clock.now())
