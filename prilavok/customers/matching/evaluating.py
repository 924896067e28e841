"""The figures of a labelled file: what is found in it at each threshold, and the threshold that its curve gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prilavok.customers import matching
from prilavok.customers.matching.labelled import Labelled
from prilavok.customers.matching.quality import Curve, Figures, Truth, clusters, of_clusters
from prilavok.customers.matching.records import Pair

LOWEST = 0.01  # what is less likely is not looked at
SHOWN = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
DRAWN = 120  # points of the curve that are kept


@dataclass(frozen=True)
class Evaluated:
    """What was found in a file: pairs and their curve. `asked` is the threshold in use."""

    pairs: Sequence[Pair]
    truth: Truth
    curve: Curve
    asked: float

    def at(self, threshold: float) -> tuple[Figures, Figures]:
        """The figures of pairs, and of the whole groups that they make."""
        whole = of_clusters(clusters(self.pairs, threshold), self.truth, threshold)
        return self.curve.at(threshold), whole

    def told(self) -> dict[str, Any]:
        """The figures as plain values: nothing that stands in the file is among them."""
        return {
            "asked": self._told(self.asked),
            "chosen": self._told(self.curve.chosen.threshold),
            "thresholds": [self._told(threshold) for threshold in SHOWN],
        }

    def drawn(self) -> list[list[float]]:
        """Points of the curve as threshold, recall, precision, thinned evenly; the ends and the chosen one stay."""
        points = self.curve.points
        step, last = max(1, -(-len(points) // DRAWN)), len(points) - 1
        return [
            [one.threshold, round(one.recall, 6), round(one.precision, 6)]
            for place, one in enumerate(points)
            if place % step == 0 or place == last or one == self.curve.chosen
        ]

    def _told(self, threshold: float) -> dict[str, Any]:
        pairs, whole = self.at(threshold)
        return _figures(pairs) | {"clusters": _figures(whole)}


def evaluate(labelled: Labelled, threshold: float | None = None) -> Evaluated:
    """Search the file for duplicates and compare with the truth, at the threshold given or at the one in use."""
    asked = matching.THRESHOLD if threshold is None else threshold
    pairs = matching.find(labelled.records, threshold=min(LOWEST, asked or LOWEST))
    return Evaluated(pairs, labelled.truth, matching.curve(pairs, labelled.truth), asked)


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "threshold": figures.threshold,
        "pairs": figures.found,
        "precision": round(figures.precision, 6),
        "recall": round(figures.recall, 6),
        "f": round(figures.f, 6),
    }
