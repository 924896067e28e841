"""What others hand to loyalty: series of the past and their uses."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeries:
    """A series as told by whoever makes or imports it.

    `code` names it; `common_code` is the code printed for all. `valid_until` is the first moment after its life.
    `reward_kind`: percent, amount, price, other (as printed). `uses` None: without limit.
    """

    code: str
    name: str
    valid_from: datetime
    valid_until: datetime | None = None
    reward_kind: str = "other"
    reward_value: Decimal | None = None
    minimum: Decimal | None = None
    personal: bool = False
    uses: int | None = None
    common_code: str = ""
    product_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRedemption:
    """A use of the past: whose, of which series, on which local day of the shop."""

    series_code: str
    profile_id: int
    day: date


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the rows: written, known already, and refused (place in the list, the reason's code).

    Reasons: `unknown_series`, `no_receipt` (the customer bought nothing that day), `other_terms` (the series is
    known with other content), `window`, `no_code`.
    """

    loaded: int
    unchanged: int
    conflicts: list[tuple[int, str]]
