"""What others hand to orders: receipts as a till, a site or a file tells of them."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.utils.functional import Promise

from prilavok.kernel.slots import Slot

ZERO = Decimal(0)


class NewLine(NamedTuple):
    """One line as printed; all sums and the quantity are positive, on a return too.

    `gross` − discounts = `paid`; `reimbursed` is the part of the discounts that a manufacturer gives back.
    `returned_line` names the line of the original receipt by its number there; without it a return's line is
    found by its product.
    """

    product_id: int
    category_id: int
    department_id: int
    quantity: Decimal
    unit: str
    gross: Decimal
    paid: Decimal
    reimbursed: Decimal = ZERO
    discounts: tuple[tuple[str, Decimal, str], ...] = ()
    returned_line: int | None = None

    def __neg__(self) -> "NewLine":
        """The line as a return counts it."""
        return self._replace(
            quantity=-self.quantity,
            gross=-self.gross,
            paid=-self.paid,
            reimbursed=-self.reimbursed,
            discounts=tuple((kind, -amount, funded_by) for kind, amount, funded_by in self.discounts),
        )


class NewRole(NamedTuple):
    """Somebody in an order besides its buyer: payer, recipient, holder (of the card) or beneficiary.

    Contacts are those of this order, normalised; without a profile at least one of them is given.
    """

    role: str
    profile_id: int | None = None
    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(slots=True, kw_only=True)
class NewReceipt:
    """A receipt to be written; `paid_at` is aware, the shop's day follows from the shop's zone.

    A return names its original by its public id or by its number in the same shop; without roles it has those of it.
    `priced_anew`: what it is worth follows from the whole receipt, so that a line of it may have cost less than it
    brings back; all together never bring back more than was paid.
    """

    number: str
    shop_id: int
    paid_at: datetime
    currency: str
    lines: list[NewLine]
    public_id: UUID | None = None
    till_code: str = ""
    profile_id: int | None = None
    kind: str = "sale"
    coupons: list[str] = field(default_factory=list)
    returns_public_id: UUID | None = None
    returns_number: str = ""
    priced_anew: bool = False
    roles: tuple[NewRole, ...] = ()


@dataclass(frozen=True)
class LoadResult:
    """What became of a batch: the receipts written, those already known, and those refused with a reason.

    `conflicts` holds pairs of the receipt's place in the batch and the reason's code: `different` (the number
    is known with other content), `repeated` (twice in the batch with other content), `original_unknown`,
    `more_than_sold`, `sums`, `currency`, `future`, `empty`; `problems.REASONS` has the words.
    """

    loaded: int
    unchanged: int
    conflicts: list[tuple[int, str]]
    lines: int = 0
    revenue: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class ReceiptPanel:
    """A part of the receipt's page that another domain fills. Its URL takes the receipt's `public_id`."""

    key: str
    label: str | Promise
    url_name: str
    permission: str


panels: Slot[ReceiptPanel] = Slot("orders.panels")
