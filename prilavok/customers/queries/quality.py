"""How good the search for duplicates is on this very base, as people have judged its pairs."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q

from prilavok.customers import rules
from prilavok.customers.models import Candidate, Merge
from prilavok.kernel.actors import Actor

BANDS = ((0.99, 1.01), (0.9, 0.99), (0.7, 0.9), (0.5, 0.7))  # of probability, from and up to


@dataclass(frozen=True, slots=True)
class Band:
    """Pairs that were found with a probability from `low` up to `high`: how many turned out to be one person."""

    low: float
    high: float
    one: int
    apart: int
    waiting: int

    @property
    def judged(self) -> int:
        return self.one + self.apart

    @property
    def right(self) -> float | None:
        """The share of the judged that are one person: precision; None before anybody judged."""
        return self.one / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval."""
        return rules.share_interval(self.one, self.judged)


@dataclass(frozen=True, slots=True)
class Quality:
    """Bands from the surest down, and what became of merges: made and undone, by rule."""

    bands: list[Band]
    merges: Mapping[str, tuple[int, int]]

    @property
    def judged(self) -> int:
        return sum(band.judged for band in self.bands)

    @property
    def right(self) -> float | None:
        return sum(band.one for band in self.bands) / self.judged if self.judged else None


def quality(by: Actor) -> Quality:
    """Of the whole base, whoever asks. Raises Refused."""
    by.must("customers.merge")
    states = Candidate.State
    asked = {
        f"{state.value}_{number}": Count("pk", filter=Q(state=state, score__gte=low, score__lt=high))
        for number, (low, high) in enumerate(BANDS)
        for state in states
    }
    told = Candidate.objects.filter(source="batch").aggregate(**asked)
    bands = [
        Band(low, min(high, 1.0), told[f"merged_{n}"], told[f"apart_{n}"], told[f"open_{n}"])
        for n, (low, high) in enumerate(BANDS)
    ]
    made = Merge.objects.values("rule").annotate(
        all=Count("pk"), undone=Count("pk", filter=Q(undone_at__isnull=False))
    )
    return Quality(bands, {row["rule"]: (row["all"], row["undone"]) for row in made.order_by("rule")})
