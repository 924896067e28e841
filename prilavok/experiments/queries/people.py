"""Who was drawn, as they are today: merged people hold their earliest assignment."""

from dataclasses import dataclass

import numpy as np

from prilavok.customers import queries as customers
from prilavok.experiments.models import Experiment
from prilavok.experiments.rules.cells import Ints, cells, thick


@dataclass(frozen=True)
class Drawn:
    """People of an experiment in the order in which they were drawn: profile, code of arm and of stratum.

    `overlap`: assignments that turned out to belong to a person who was drawn before, and count no more.
    """

    profiles: list[int]
    arms: Ints
    strata: Ints
    stratum_names: tuple[str, ...]
    arm_keys: tuple[str, ...]
    overlap: int
    place_of: dict[int, int]

    @property
    def count(self) -> int:
        return len(self.profiles)


def drawn(experiment: Experiment) -> Drawn:
    """Everybody as assigned, whatever happened to them later (intention to treat).

    Of merged people who were drawn at once the arm of the older record holds.
    """
    keys = tuple(arm.key for arm in experiment.arms.all())
    position = {key: number for number, key in enumerate(keys)}
    rows = list(
        experiment.assignments.order_by("at", "profile").values_list("profile", "arm__key", "stratum")
    )
    persons = customers.persons_of([profile for profile, _arm, _stratum in rows])
    seen: set[int] = set()
    kept = []
    for profile, arm, stratum in rows:
        person = persons[profile]
        if person not in seen:
            seen.add(person)
            kept.append((profile, position[arm], stratum))
    names = sorted({stratum for _profile, _arm, stratum in kept})
    code = {name: number for number, name in enumerate(names)}
    profiles = [profile for profile, _arm, _stratum in kept]
    place_of_person = {persons[profile]: place for place, profile in enumerate(profiles)}
    kin = customers.kin_of(profiles)
    return Drawn(
        profiles=profiles,
        arms=np.array([arm for _profile, arm, _stratum in kept], dtype=np.int64),
        strata=np.array([code[stratum] for _profile, _arm, stratum in kept], dtype=np.int64),
        stratum_names=tuple(names),
        arm_keys=keys,
        overlap=len(rows) - len(kept),
        place_of={profile: place_of_person[person] for profile, person in kin.items()},
    )


def thickened(people: Drawn) -> Ints:
    """Strata for the estimate: those that have become too thin are joined."""
    nothing = np.zeros((people.count, 0))
    counts = cells(nothing, people.strata, people.arms, arm_count=len(people.arm_keys)).n
    return thick(counts)[people.strata]
