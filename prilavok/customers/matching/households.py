"""One person, or two of one household? Who lives together shares the surname, the address, often the phone.

Splink weighs one person against two people met by chance. Here a third possibility is weighed: that two records are two
members of a household. How many pairs are of each kind is learnt from the pairs.
"""

from typing import Any

import numpy
import numpy.typing

ROUNDS = 30
BELIEF = (
    60  # pairs that weigh as much as the belief that there are as many pairs of a household as of one person
)

Bits = numpy.typing.NDArray[Any]


def probability(weight: Bits, at_home: Bits, expected: float) -> Bits:
    """The probability that each pair is one person.

    `weight` are the bits for one person rather than chance, with the expected number of such pairs already in them;
    `at_home` those for one person rather than a household.

    >>> probability(numpy.array([20.0, 20.0, -5.0]), numpy.array([10.0, -5.0, 10.0]), 1000).round(3).tolist()
    [0.999, 0.03, 0.002]
    """
    random = numpy.exp2(-numpy.clip(weight, -100, 100))
    home = numpy.exp2(-numpy.clip(at_home, -100, 100))
    persons = households = 1.0
    for _ in range(ROUNDS):
        all_kinds = persons + households * home + random
        persons, households = (
            (numpy.sum(persons / all_kinds) + BELIEF) / (expected + BELIEF),
            (numpy.sum(households * home / all_kinds) + BELIEF) / (expected + BELIEF),
        )
    return numpy.asarray(persons / (persons + households * home + random))
