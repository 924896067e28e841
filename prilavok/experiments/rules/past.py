"""Which days an experiment looks at: its own window and the customers' past, both fixed before the start."""

from dataclasses import dataclass
from datetime import date, timedelta

EARLIER_DAYS = 84


@dataclass(frozen=True)
class Window:
    """Days from first to last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def window(first: date, days: int) -> Window:
    """So many days from the first one on.

    >>> window(date(2026, 3, 2), 28).last
    datetime.date(2026, 3, 29)
    """
    return Window(first, first + timedelta(days=days - 1))


def before(first: date, days: int) -> Window:
    """The window that ends on the eve of `first`.

    >>> before(date(2026, 3, 2), 28).first
    datetime.date(2026, 2, 2)
    """
    return window(first - timedelta(days=days), days)


def covariates(first: date, days: int) -> tuple[Window, Window]:
    """The past that CUPED takes off: an equally long window before, and EARLIER_DAYS before that one."""
    near = before(first, days)
    return near, before(near.first, EARLIER_DAYS)
