"""Several customers as one: the card's own indicators, asked of all their profiles together."""

from collections.abc import Iterable

from prilavok.customers import ports
from prilavok.customers import queries as customers
from prilavok.customers.ports import Indicator
from prilavok.kernel.actors import Actor

ADDED_UP = ("money", "number")


def pooled(profile_ids: Iterable[int], by: Actor) -> list[Indicator]:
    """What these customers come to together, merges included, as other domains reckon it of one."""
    everybody = sorted(customers.kin_of(profile_ids))
    found: list[Indicator] = []
    for source in ports.indicators.items():
        if by.may(source.permission):
            found += source.values(everybody, by)
    return found


def headline(profile_ids: Iterable[int], by: Actor) -> list[Indicator]:
    """The first sum of money and the first number: enough for a line of a list."""
    told = pooled(profile_ids, by)
    firsts = (next((one for one in told if one.kind == kind), None) for kind in ADDED_UP)
    return [one for one in firsts if one is not None]
