"""What experiments take from others: candidates, and what the thing tested has cost."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise

from prilavok.kernel.slots import Slot


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be drawn: checked for consent and reachability before, for later is too late.

    With no stratum on any candidate, the draw makes its own out of their past spending.
    """

    profile_id: int
    person_id: int
    stratum: str = ""


@dataclass(frozen=True)
class CostSource:
    """What the subject of an experiment has cost beyond discounts (those are missing from the revenue already)."""

    label: str | Promise
    amount: Callable[[str], Decimal]


@dataclass(frozen=True)
class SubjectSource:
    """How a subject such as `campaign:12` is shown: `prefix`, the address of its page by subject, the words for it."""

    prefix: str
    url: Callable[[str], str]
    open: str | Promise


costs: Slot[CostSource] = Slot("experiments.costs")
subjects: Slot[SubjectSource] = Slot("experiments.subjects")
