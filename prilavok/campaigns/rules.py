"""What a campaign may become, and how its books are read. Pure: no database, no clock, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DRAFT, SCHEDULED, PREPARING, SENDING, PAUSED, SENT, CANCELLED = (
    "draft",
    "scheduled",
    "preparing",
    "sending",
    "paused",
    "sent",
    "cancelled",
)
TRANSITIONS: Mapping[str, frozenset[str]] = {
    DRAFT: frozenset({SCHEDULED}),
    SCHEDULED: frozenset({PREPARING, DRAFT, CANCELLED}),
    PREPARING: frozenset({SENDING, SENT, CANCELLED, DRAFT}),
    SENDING: frozenset({PAUSED, SENT, CANCELLED}),
    PAUSED: frozenset({SENDING, CANCELLED}),
    SENT: frozenset(),
    CANCELLED: frozenset(),
}

FIGURES = ("planned", "delivered", "refused", "suppressed", "control", "unknown", "waiting")


@dataclass(frozen=True)
class Books:
    """Everybody whom the campaign meant, each in exactly one place. `suppressed` is by reason.

    >>> Books(planned=10, delivered=5, refused=1, suppressed={"no_consent": 2}, control=1, waiting=1).closed
    True
    """

    planned: int = 0
    delivered: int = 0
    refused: int = 0
    suppressed: Mapping[str, int] = field(default_factory=dict)
    control: int = 0
    unknown: int = 0
    waiting: int = 0

    @property
    def suppressed_total(self) -> int:
        return sum(self.suppressed.values())

    def count(self, figure: str, reason: str = "") -> int:
        """How many stand in a figure; of the suppressed, those for one reason, if it is given.

        >>> Books(suppressed={"no_consent": 2, "withdrawn": 1}).count("suppressed", "no_consent")
        2
        """
        if figure != "suppressed":
            return int(getattr(self, figure))
        return self.suppressed.get(reason, 0) if reason else self.suppressed_total

    @property
    def closed(self) -> bool:
        """Whether the parts add up to the whole."""
        parts = (
            self.delivered + self.refused + self.suppressed_total + self.control + self.unknown + self.waiting
        )
        return parts == self.planned

    @property
    def handed_over(self) -> int:
        """For whom it is decided: nobody waits for them any more."""
        return self.planned - self.waiting


def rate(part: int, whole: int) -> float | None:
    """A share, None where there is nothing to share.

    >>> rate(1, 4), rate(1, 0)
    (0.25, None)
    """
    return part / whole if whole else None
