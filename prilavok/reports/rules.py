"""How the first page reckons. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

LAST_DAYS = 31  # what "last month" means
QUIET_DAYS = 14  # nobody is proposed who was written to within these days
YEAR_DAYS = 365  # what they spent in a month is a twelfth of these days
FEWEST = 10  # a group smaller than this is nobody's plan for today


@dataclass(frozen=True)
class Sum:
    """Several effects together: their total and half of the 95 % interval."""

    total: float
    half: float

    @property
    def verdict(self) -> str:
        if self.total - self.half > 0:
            return "proven"
        return "harmful" if self.total + self.half < 0 else "not_proven"


def together(parts: Sequence[tuple[float, float]]) -> Sum:
    """Totals of independent draws with half of each interval: totals add, squares of halves add.

    >>> together([(300.0, 30.0), (100.0, 40.0)])
    Sum(total=400.0, half=50.0)
    >>> together([(300.0, 30.0), (100.0, 40.0)]).verdict
    'proven'
    """
    return Sum(sum(total for total, _ in parts), sqrt(sum(half**2 for _, half in parts)))


@dataclass(frozen=True)
class Group:
    """People who bought and have fallen silent: how many can be written to, what they used to spend in a month."""

    key: str
    people: int
    monthly: float
    silent_days: int

    @property
    def per_person(self) -> float:
        return self.monthly / self.people if self.people else 0.0


def most_worth(groups: Sequence[Group]) -> Group | None:
    """The group with the most money at stake; None where none is large enough.

    >>> most_worth([Group("risk", 20, 900.0, 50), Group("sleepy", 200, 400.0, 60), Group("precious", 3, 5000.0, 70)])
    Group(key='risk', people=20, monthly=900.0, silent_days=50)
    """
    large = [group for group in groups if group.people >= FEWEST and group.monthly > 0]
    return max(large, key=lambda group: (group.monthly, group.key), default=None)


def change(now: float | None, before: float | None) -> float | None:
    """By which share something has grown; None where there was nothing to grow from.

    >>> change(110, 100), change(1, 0)
    (0.1, None)
    """
    if now is None or not before:
        return None
    return round(now / before - 1, 6)
