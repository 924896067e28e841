"""The control shares that one may choose from before the start, with what each can show."""

from dataclasses import dataclass
from decimal import Decimal

from prilavok.experiments.queries.beforehand import Sensitivity

STEPS = [Decimal(step) / 100 for step in range(0, 55, 5)]


@dataclass(frozen=True)
class Share:
    """A control share that may be chosen: how many are left alone, and the smallest effect per customer that shows."""

    value: Decimal
    control: int
    smallest_effect: float | None
    of_spending: float | None
    proposed: bool
    chosen: bool

    @property
    def typed(self) -> str:
        """As the form takes it."""
        return f"{self.value:f}"

    @property
    def places(self) -> int:
        return 0 if self.value * 100 % 1 == 0 else 1


def shares(own: Decimal, people: int, known: Sensitivity | None) -> list[Share]:
    """Steps of 5 % up to one half, one's own share, and none; without effects while they are not `known`."""
    reckoned = known if known is not None and known.is_known else None
    points = {point.share: point for point in (*reckoned.curve, reckoned.chosen)} if reckoned else {}
    listed = []
    for value in sorted({*STEPS, own.normalize()}):
        point = points.get(float(value))
        effect = point.shown if point is not None and value else None
        listed.append(
            Share(
                value=value,
                control=int(people * value + Decimal("0.5")),
                smallest_effect=effect,
                of_spending=effect / reckoned.mean if effect and reckoned and reckoned.mean > 0 else None,
                proposed=reckoned is not None and float(value) == reckoned.proposed_share,
                chosen=value == own,
            )
        )
    return listed
