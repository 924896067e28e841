"""What is to be reckoned: a basket, whose it is, and by which policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from prilavok.loyalty.reckoning.spreading import CENT, ONE, ZERO, rounded


class Rounding(StrEnum):
    LINE = "line"
    BASKET = "basket"


class Choosing(StrEnum):
    BEST = "best"
    PRIORITY = "priority"


class Threshold(StrEnum):
    BEFORE = "before"
    AFTER = "after"


class Cheapest(StrEnum):
    ALL = "all"
    EACH = "each"


class PartOfPoint(StrEnum):
    FLOOR = "floor"
    HALF_UP = "half_up"


class Returns(StrEnum):
    """What a return gives back: what its lines cost, or what the receipt costs less without them."""

    SHARE = "share"
    ANEW = "anew"


@dataclass(frozen=True, slots=True)
class Policies:
    """What a programme decides once; the default stands first in each question.

    `point_value`: what a point is worth in money. `point_step`: whole points, or hundredths. `block`: points are
    spent in multiples of it. `points_share`: the most of a receipt that points may pay.
    """

    rounding: Rounding = Rounding.LINE
    choosing: Choosing = Choosing.BEST
    threshold: Threshold = Threshold.BEFORE
    n_for_m: Cheapest = Cheapest.ALL
    pairs: Cheapest = Cheapest.EACH
    part_of_point: PartOfPoint = PartOfPoint.FLOOR
    returns: Returns = Returns.SHARE
    point_value: Decimal = ONE
    point_step: Decimal = ONE
    block: Decimal = ZERO
    points_share: Decimal = ONE
    step: Decimal = CENT


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket. `within`: the product's categories with all above them.

    `closed` goods take no discount; nothing brings a piece below its `floor`. A delivery is a line that counts in no
    condition on goods. `amount`: what the till says that the line costs, where it has rounded by itself.
    """

    number: int
    product: int
    price: Decimal
    quantity: Decimal = ONE
    within: frozenset[int] = frozenset()
    brand: int | None = None
    closed: bool = False
    floor: Decimal = ZERO
    delivery: bool = False
    amount: Decimal | None = None

    @property
    def gross(self) -> Decimal:
        """What it costs before anything is taken off.

        >>> Line(1, 7, Decimal("89.99"), Decimal("0.456")).gross
        Decimal('41.04')
        """
        return rounded(self.price * self.quantity) if self.amount is None else self.amount

    @property
    def lowest(self) -> Decimal:
        """What it costs at least."""
        return rounded(self.floor * self.quantity) if self.floor else ZERO


@dataclass(frozen=True, slots=True)
class Uses:
    """How often and for how much a promotion was used before: by all, by this customer, by this customer today.

    `own_week`, `own_month`: by this customer in the calendar's week and month that it is; `day`, `week`, `month`: by
    all in its day, week and month.
    """

    all: int = 0
    all_money: Decimal = ZERO
    own: int = 0
    own_money: Decimal = ZERO
    today: int = 0
    today_money: Decimal = ZERO
    own_week: int = 0
    own_week_money: Decimal = ZERO
    own_month: int = 0
    own_month_money: Decimal = ZERO
    day: int = 0
    day_money: Decimal = ZERO
    week: int = 0
    week_money: Decimal = ZERO
    month: int = 0
    month_money: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Basket:
    """Lines with the place, the way of paying and what the customer wishes. `coupons`: series by code, if good now.

    `refused` says of the other codes why they aren't good. `stock`: how many pieces of a gift there are, where known.
    `uses`: how often promotions were used by all, for a basket of nobody who is known.
    """

    lines: tuple[Line, ...]
    shop: int | None = None
    till: int | None = None
    channel: str = "shop"
    payment: str = ""
    coupons: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    points: Decimal | None = None  # how many to spend; None: none
    stock: Mapping[int, Decimal] = field(default_factory=dict)
    uses: Mapping[int, Uses] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys, as far as promotions care. A basket without a customer has none of this.

    `arms`: promotions with a control group, and whether the customer is in it.
    """

    segments: frozenset[int] = frozenset()
    tier: int | None = None
    card_kind: int | None = None
    card_status: int | None = None
    birthday: date | None = None
    orders: int = 0
    balance: Decimal = ZERO
    uses: Mapping[int, Uses] = field(default_factory=dict)
    arms: Mapping[int, bool] = field(default_factory=dict)
