"""The draw: a salted hash orders the people of each stratum, exact quotas cut the order into arms.

Where people are not known beforehand, the hash alone says the arm of whoever comes (`is_control`): shares are then
those of chance, and the check of the split is the ordinary one.

The same person under the same salt always stands at the same place, so a draw can be checked again by anybody who
holds the salt; it is nevertheless made once and kept as rows.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import floor

POOLED = "other"
ENOUGH = 2.0  # expected people in a stratum's smallest arm: fewer give no variance


def place(salt: str, person: int) -> int:
    """Where a person stands in the order: uniform over 64 bits, the same for ever.

    >>> place("salt", 1) == place("salt", 1), place("salt", 1) == place("pepper", 1)
    (True, False)
    """
    return int.from_bytes(hashlib.blake2b(f"{salt}:{person}".encode(), digest_size=8).digest(), "big")


def is_control(salt: str, person: int, share: float) -> bool:
    """Whether somebody who comes one by one falls into a control group of this share: nobody's lot hangs on others'.

    >>> [is_control("salt", 1, share) for share in (0.0, 1.0)]
    [False, True]
    >>> abs(sum(is_control("salt", person, 0.1) for person in range(10_000)) - 1000) < 100
    True
    """
    return place(salt, person) < share * 2**64


def quotas(sizes: Sequence[int], shares: Sequence[float]) -> list[list[int]]:
    """People per stratum and arm: each within one of its exact share, and exact to rounding over all strata.

    Cumulative rounding: after the first k strata every arm holds its share of all of them, rounded.

    >>> quotas([10, 10, 5], [0.1, 0.9])
    [[1, 9], [1, 9], [1, 4]]
    >>> [sum(arm) for arm in zip(*quotas([7] * 10, [0.1, 0.45, 0.45]))]
    [7, 32, 31]
    """
    bounds = [min(1.0, sum(shares[: number + 1])) for number in range(len(shares) - 1)]
    taken, before, result = 0, [0] * len(bounds), []
    for size in sizes:
        taken += size
        now = [floor(bound * taken + 0.5) for bound in bounds]
        cuts = [0]
        for late, early in zip(now, before, strict=True):
            cuts.append(min(max(late - early, cuts[-1]), size))
        cuts.append(size)
        result.append([later - earlier for earlier, later in pairwise(cuts)])
        before = now
    return result


def pooled(strata: Mapping[int, str], shares: Sequence[float]) -> dict[int, str]:
    """Strata too small to hold two people of the smallest arm join one stratum, if need be the largest.

    >>> pooled({1: "a", 2: "b", **{n: "c" for n in range(3, 23)}}, [0.1, 0.9])[1]
    'c'
    """
    sizes: dict[str, int] = {}
    for name in strata.values():
        sizes[name] = sizes.get(name, 0) + 1
    least = min(share for share in shares if share > 0)
    small = {name for name, size in sizes.items() if size * least < ENOUGH}
    together = sum(sizes[name] for name in small)
    large = [name for name in sizes if name not in small]
    target = (
        POOLED
        if together * least >= ENOUGH or not large
        else max(large, key=lambda name: (sizes[name], name))
    )
    return {person: target if name in small else name for person, name in strata.items()}


def draw(strata: Mapping[int, str], arms: Mapping[str, float], salt: str) -> dict[int, str]:
    """Each person's arm, by the persons' strata and the arms' shares (which sum to 1).

    >>> drawn = draw({n: "all" for n in range(100)}, {"control": 0.1, "mailed": 0.9}, "salt")
    >>> sorted(drawn.values()).count("control")
    10
    """
    groups: dict[str, list[int]] = {}
    for person, name in strata.items():
        groups.setdefault(name, []).append(person)
    names = sorted(groups)
    result: dict[int, str] = {}
    for name, quota in zip(names, quotas([len(groups[n]) for n in names], list(arms.values())), strict=True):
        ordered = sorted(groups[name], key=lambda person: (place(salt, person), person))
        result.update(zip(ordered, _keys(arms, quota), strict=True))
    return result


def _keys(arms: Iterable[str], quota: Sequence[int]) -> list[str]:
    return [key for key, count in zip(arms, quota, strict=True) for _ in range(count)]
