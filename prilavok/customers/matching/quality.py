"""How good pairs are where the truth is known, and who belongs together."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from prilavok.customers.matching.records import Key, Pair


@dataclass(frozen=True, slots=True)
class Figures:
    """What is found at a threshold: of pairs, or (in `of_clusters`) of the pairs that clusters imply."""

    threshold: float
    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        """How much of what was found is right; 1 where nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """How much of what is true was found; 1 where nothing is true."""
        return self.right / self.true if self.true else 1.0

    @property
    def f(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class Truth:
    """Which pairs are one person. `judged` are the pairs that somebody has judged, None when all of them."""

    pairs: frozenset[tuple[Key, Key]]
    judged: frozenset[tuple[Key, Key]] | None = None

    @classmethod
    def of_clusters(cls, cluster_of: Mapping[Key, Hashable]) -> "Truth":
        """All pairs within a cluster are true. Records without a cluster stay alone.

        >>> sorted(Truth.of_clusters({1: "a", 2: "b", 3: "a", 4: None}).pairs)
        [(1, 3)]
        """
        members: dict[Hashable, list[Key]] = defaultdict(list)
        for key, cluster in cluster_of.items():
            if cluster not in (None, ""):
                members[cluster].append(key)
        return cls(frozenset(ordered(a, b) for keys in members.values() for a, b in combinations(keys, 2)))

    @classmethod
    def of_labels(cls, labels: Iterable[tuple[Key, Key, bool]]) -> "Truth":
        """Somebody judged some pairs; the others don't count."""
        judged = {ordered(a, b): right for a, b, right in labels}
        return cls(frozenset(pair for pair, right in judged.items() if right), frozenset(judged))


@dataclass(frozen=True)
class Curve:
    """Figures at each threshold, from the strictest to the loosest, and the one that is chosen."""

    points: tuple[Figures, ...]
    chosen: Figures

    def at(self, threshold: float) -> Figures:
        """The figures when only pairs of at least this score are taken."""
        reached = [point for point in self.points if point.threshold >= threshold]
        last = reached[-1] if reached else None
        return Figures(threshold, last.found if last else 0, last.right if last else 0, self.chosen.true)


def curve(pairs: Iterable[Pair], truth: Truth) -> Curve:
    """Precision and recall for every score that occurs. The chosen threshold is that of the best F; of equals, the
    strictest."""
    true = len(truth.pairs)
    points: list[Figures] = []
    found = right = 0
    for pair in sorted(pairs, key=lambda pair: -pair.score):
        both = ordered(pair.left, pair.right)
        if truth.judged is not None and both not in truth.judged:
            continue
        found += 1
        right += both in truth.pairs
        if points and points[-1].threshold == pair.score:
            points.pop()
        points.append(Figures(pair.score, found, right, true))
    nothing = Figures(1.0, 0, 0, true)
    return Curve(tuple(points), max(points, key=lambda point: point.f, default=nothing))


def of_clusters(groups: Iterable[frozenset[Key]], truth: Truth, threshold: float = 0.0) -> Figures:
    """Figures of all pairs that the clusters imply, also of those that were joined over a third."""
    implied = [ordered(a, b) for group in groups for a, b in combinations(group, 2)]
    if truth.judged is not None:
        implied = [pair for pair in implied if pair in truth.judged]
    return Figures(threshold, len(implied), sum(pair in truth.pairs for pair in implied), len(truth.pairs))


def clusters(pairs: Iterable[Pair], threshold: float = 0.0) -> list[frozenset[Key]]:
    """Who belongs together: whoever is joined by a chain of pairs of at least the threshold. The largest first.

    >>> [sorted(one) for one in clusters([Pair(1, 2, 0.99), Pair(2, 5, 0.98), Pair(3, 4, 0.5)], 0.9)]
    [[1, 2, 5]]
    """
    above: dict[Key, Key] = {}

    def top(key: Key) -> Key:
        while (parent := above.setdefault(key, key)) != key:
            above[key] = above[parent]
            key = parent
        return key

    for pair in pairs:
        if pair.score >= threshold:
            above[top(pair.left)] = top(pair.right)
    groups: dict[Key, set[Key]] = defaultdict(set)
    for key in list(above):
        groups[top(key)].add(key)
    return sorted(
        (frozenset(group) for group in groups.values()),
        key=lambda group: (-len(group), str(min(map(str, group)))),
    )


def ordered(a: Key, b: Key) -> tuple[Key, Key]:
    """The two in an order of their own, whatever kinds of key they are."""
    return (a, b) if (str(a), a.__class__.__name__) <= (str(b), b.__class__.__name__) else (b, a)
