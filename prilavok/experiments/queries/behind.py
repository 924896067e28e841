"""The people behind a figure of a report."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from prilavok.experiments.models import Experiment
from prilavok.experiments.queries import cutting, people, reports
from prilavok.kernel.actors import Actor


@dataclass(frozen=True)
class Member:
    """Somebody in an experiment: their arm and what they bought in the period of analysis."""

    place: int
    profile_id: int
    arm: str
    receipts: int
    revenue: float


@dataclass(frozen=True)
class Members:
    """One page of people, with the label of what they have in common."""

    items: list[Member]
    total: int
    next: str | None
    label: str


@dataclass(frozen=True)
class Which:
    """Which people: an arm, a row of a cut, those who bought; empty means all."""

    arm: str = ""
    cut: str = ""
    row: str = ""
    bought: bool = False


def members(
    experiment: Experiment, which: Which, by: Actor, at: datetime, *, after: int = 0, size: int = 50
) -> Members:
    """People of a drawn experiment in the order of the draw, from place `after` on. Raises Refused, FactsDown."""
    by.must("experiments.see")
    drawn = people.drawn(experiment)
    seen = reports.seen(experiment, drawn, at)
    inside = np.ones(drawn.count, dtype=bool)
    labels = []
    if which.arm in drawn.arm_keys:
        inside &= drawn.arms == drawn.arm_keys.index(which.arm)
        labels.append(next(arm.label for arm in experiment.arms.all() if arm.key == which.arm))
    if which.cut:
        strata = people.thickened(drawn)
        for grouping in cutting.groupings(drawn, strata, seen.habits, experiment.window[0]):
            if grouping.key == which.cut and which.row in grouping.keys:
                code = grouping.keys.index(which.row)
                inside &= grouping.codes == code
                labels.append(f"{grouping.label}: {grouping.labels[code]}")
    if which.bought:
        inside &= seen.bought.receipts > 0
    places = np.flatnonzero(inside)
    page = places[places >= after][: size + 1].tolist()
    return Members(
        items=[
            Member(
                place,
                drawn.profiles[place],
                drawn.arm_keys[int(drawn.arms[place])],
                int(seen.bought.receipts[place]),
                float(seen.bought.revenue[place]),
            )
            for place in page[:size]
        ],
        total=len(places),
        next=str(page[size]) if len(page) > size else None,
        label=" · ".join(labels),
    )


def profiles_behind(experiment: Experiment, which: Which, by: Actor, at: datetime) -> list[int]:
    """All profiles of these people, merged ones included: whose receipts stand behind a figure."""
    everybody = members(experiment, which, by, at, size=10**9)
    wanted = {member.place for member in everybody.items}
    place_of = people.drawn(experiment).place_of
    return [profile for profile, place in place_of.items() if place in wanted]
