"""What others hand to loyalty: series of the past and their uses, points to be given, names of those who give them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from prilavok.kernel.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeries:
    """A series as told by whoever makes or imports it.

    `code` names it; `common_code` is the code printed for all. `valid_until` is the first moment after its life.
    `reward_kind`: percent, amount, price, other (as printed). `uses` None: without limit. Without products and
    categories it is about all goods. `first_order`: only with a known customer's first purchase.
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
    category_ids: list[int] = field(default_factory=list)
    first_order: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRedemption:
    """A use of the past: whose, of which series, on which local day of the shop."""

    series_code: str
    profile_id: int
    day: date


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A printed card's number, and the code of its kind."""

    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class NewCode:
    """A printed coupon's code, and that of its series."""

    series: str
    code: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of the rows: written, known already, and refused (place in the list, the reason's code).

    Reasons: `unknown_series`, `no_receipt` (the customer bought nothing that day), `other_terms` (the series is
    known with other content), `window`, `no_code`.
    """

    loaded: int
    unchanged: int
    conflicts: list[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCorrection:
    """A correction as proposed: points to give, or below zero to take. The same `cause` proposes once."""

    account_id: int
    amount: Decimal
    reason: str
    note: str
    cause: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TillLine:
    """A line as a till sends it: the price of a piece, or (`amount`) what the whole line costs by its reckoning.

    `gross`, `discounts` (kind, sum, funded by) and `reimbursed` tell what the till itself took off before; nothing
    more is taken off `closed` goods, nor below `floor` for a piece.
    """

    product: str
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    amount: Decimal | None = None
    unit: str = "pcs"
    closed: bool = False
    floor: Decimal = Decimal(0)
    delivery: bool = False
    gross: Decimal | None = None
    reimbursed: Decimal = Decimal(0)
    discounts: tuple[tuple[str, Decimal, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TillBasket:
    """What lies on the counter, whose it is and what they wish. `points`: how many to spend; None: none.

    `beneficiary_id`: whom the basket is for, where that is somebody else than the one whose card is shown.
    """

    shop_id: int
    lines: tuple[TillLine, ...]
    at: datetime
    till_code: str = ""
    profile_id: int | None = None
    beneficiary_id: int | None = None
    card: str = ""
    coupons: tuple[str, ...] = ()
    points: Decimal | None = None
    channel: str = "shop"
    payment: str = ""
    stock: dict[str, Decimal] = field(default_factory=dict)
    explain: bool = False


@dataclass(frozen=True, slots=True)
class GiftSale:
    """A gift card that is sold, and for how much; None: for what each of its kind is worth."""

    number: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GiftTender:
    """A gift card that pays: whoever has number and PIN may. `amount` None: as much as it can of what is left."""

    number: str
    pin: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewGift:
    """Something that is given to a customer for nothing, in a shop; `promotion_id`: because of which, if any."""

    profile_id: int
    product_id: int
    shop_id: int
    quantity: Decimal = Decimal(1)
    promotion_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAward:
    """Points that people get because of `owner` (such as `campaign:12`), each once; `cause` is the owner's alone.

    They may be spent after `pending_days` and live `lifetime_days` from then on (none: for ever), to the end of the
    day in the company's zone.
    """

    owner: str
    cause: UUID
    programme_id: int
    points: Decimal
    pending_days: int = 0
    lifetime_days: int | None = None


@dataclass(frozen=True, slots=True)
class GiverName:
    """How what gives points is called: `prefix` of its owner («campaign»), its name and page by owner, and the right
    to open that page.
    """

    prefix: str
    named: Callable[[Sequence[str]], Mapping[str, tuple[str, str]]]
    permission: str


givers: Slot[GiverName] = Slot("loyalty.givers")
