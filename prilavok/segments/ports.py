"""What others tell segments about themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from prilavok.kernel.slots import Slot


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a segment is used: what it is called, where it stands, which version it took, if one."""

    title: str
    what: str | Promise
    url: str = ""
    version: int | None = None
    binding: bool = False  # whether the segment may not be archived while it is used so
    at: datetime | None = None


users: Slot[Callable[[int], Sequence[Use]]] = Slot("segments.users")
