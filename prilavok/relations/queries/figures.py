"""Several customers as one: the card's own indicators, asked of all their profiles together."""

from collections.abc import Collection, Mapping, Sequence

from prilavok.customers import queries as customers
from prilavok.customers.ports import Indicator
from prilavok.kernel.actors import Actor

ADDED_UP = ("money", "number")
TOGETHER = 0  # stands for all of them where one is asked for


def pooled(profile_ids: Collection[int], by: Actor) -> list[Indicator]:
    """What these customers come to together, merges included, as other domains reckon it of one."""
    return _asked({TOGETHER: sorted(customers.kin_of(profile_ids))}, by)[TOGETHER]


def headlines(profile_ids: Collection[int], by: Actor) -> dict[int, list[Indicator]]:
    """Of each customer the first sum of money and the first number: enough for a line of a list."""
    return {who: _firsts(told) for who, told in _asked(customers.families(profile_ids), by).items()}


def _asked(families: Mapping[int, Sequence[int]], by: Actor) -> dict[int, list[Indicator]]:
    """All indicators, in the order of their domains: one query per domain, however many customers."""
    keys = list(customers.indicator_labels(by))
    found = customers.indicators_of(families, by, keys)
    return {who: [told[key] for key in keys if key in told] for who, told in found.items()}


def _firsts(told: Sequence[Indicator]) -> list[Indicator]:
    firsts = (next((one for one in told if one.kind == kind), None) for kind in ADDED_UP)
    return [one for one in firsts if one is not None]
