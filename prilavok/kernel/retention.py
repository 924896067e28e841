"""How long each kind of data is kept: domains offer their kinds here, the company says how many days.

What goes is what tells of people (who looked, addresses, files); sums and counts stay.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise

from prilavok.kernel.slots import Slot

PIECE = 5_000  # rows of one transaction


@dataclass(frozen=True, slots=True)
class KeptKind:
    """A kind of data that may go with time. `stays` says what of it is kept for ever.

    `count(age)` is how much is older than that now; `forget(age)` takes one piece of it away, at most PIECE rows, and
    answers how many. `days`: how long it is kept where nobody has said anything; None: for ever.
    """

    key: str
    label: str | Promise
    stays: str | Promise
    count: Callable[[timedelta], int]
    forget: Callable[[timedelta], int]
    days: int | None = None


kinds: Slot[KeptKind] = Slot("kernel.retention")
