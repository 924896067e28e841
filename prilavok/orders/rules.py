"""How a receipt adds up. Pure: no database, no clock, no Django."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b

from prilavok.orders.ports import NewLine, NewReceipt

PIECES = "pcs"
CLOCK_MAY_BE_AHEAD = timedelta(hours=24)


class Wrong(Exception):
    """The receipt contradicts itself: `code` says how, `line` (its number from 1) where."""

    def __init__(self, code: str, line: int | None = None) -> None:
        super().__init__(code, line)
        self.code, self.line = code, line


@dataclass(slots=True)
class Weighed:
    """A receipt in integers, signed: money in ten-thousandths, quantities in thousandths."""

    gross: int = 0
    paid: int = 0
    reimbursed: int = 0
    items: int = 0
    lines: list[tuple[int, int, int, int]] = field(default_factory=list)  # quantity, gross, paid, reimbursed
    discounts: list[tuple[int, str, int, str]] = field(default_factory=list)  # line, kind, amount, funded by
    fingerprint: bytes = b""


def weigh(new: NewReceipt) -> Weighed:
    """Add up a receipt, give its sums their sign and its content a fingerprint. Raises Wrong."""
    if not new.lines:
        raise Wrong("empty")
    weighed = Weighed()
    sign = -1 if new.kind == "return" else 1
    for number, line in enumerate(new.lines, start=1):
        _weigh_line(weighed, number, line, sign)
    weighed.fingerprint = fingerprint(new, weighed)
    return weighed


def _weigh_line(weighed: Weighed, number: int, line: NewLine, sign: int) -> None:
    quantity, gross = sign * thousandths(line.quantity), sign * units(line.gross)
    paid, reimbursed = sign * units(line.paid), sign * units(line.reimbursed)
    weighed.lines.append((quantity, gross, paid, reimbursed))
    weighed.gross += gross
    weighed.paid += paid
    weighed.reimbursed += reimbursed
    weighed.items += pieces(quantity, line.unit)
    unexplained = gross - paid
    for kind, amount, funded_by in line.discounts:
        part = sign * units(amount)
        if part:
            unexplained -= part
            weighed.discounts.append((number, kind, part, funded_by))
    if unexplained * sign < 0:
        raise Wrong("sums", number)
    if unexplained:
        weighed.discounts.append((number, "other", unexplained, "shop"))


def units(money: Decimal) -> int:
    """Ten-thousandths of a currency unit, half up.

    >>> units(Decimal("12.34")), units(Decimal("-0.00005"))
    (123400, -1)
    """
    scaled = money * 10000
    whole = int(scaled)
    return whole if whole == scaled else int(scaled.to_integral_value(ROUND_HALF_UP))


def thousandths(quantity: Decimal) -> int:
    """
    >>> thousandths(Decimal("0.25"))
    250
    """
    scaled = quantity * 1000
    whole = int(scaled)
    return whole if whole == scaled else int(scaled.to_integral_value(ROUND_HALF_UP))


def pieces(quantity: int, unit: str) -> int:
    """How many items a line counts for, in thousandths: litres of fuel are one item, not fifty.

    >>> pieces(3000, "pcs"), pieces(48500, "l"), pieces(-700, "kg"), pieces(0, "kg")
    (3000, 1000, -1000, 0)
    """
    if unit == PIECES or not quantity:
        return quantity
    return 1000 if quantity > 0 else -1000


def fingerprint(new: NewReceipt, weighed: Weighed) -> bytes:
    """Sixteen bytes of the content: two receipts are the same if and only if these are equal."""
    head = (
        f"{new.shop_id}|{new.number}|{new.kind}|{new.paid_at.astimezone(UTC).isoformat()}|{new.currency}|"
        f"{new.profile_id or 0}|{sorted(new.coupons)}|{new.returns_public_id or ''}"
    )
    body = repr([(line.product_id, line.unit) for line in new.lines])
    return blake2b(f"{head}|{body}|{weighed.lines}|{weighed.discounts}".encode(), digest_size=16).digest()


def too_far_ahead(paid_at: datetime, now: datetime) -> bool:
    """A till's clock may be wrong by a day, not more."""
    return paid_at > now + CLOCK_MAY_BE_AHEAD


@dataclass(frozen=True, slots=True)
class Sold:
    """What can still be returned of one line of an original receipt: integers as in Weighed, positive."""

    line_id: int
    number: int
    product_id: int
    quantity: int
    gross: int
    paid: int
    reimbursed: int


def match_returns(lines: Sequence[NewLine], sold: Iterable[Sold]) -> list[int]:
    """The id of the sold line that each returned line takes from. Raises Wrong("more_than_sold").

    A line that names its original is held to it; another takes the first line of its product that has enough.
    """
    left = {line.number: [line.quantity, line.gross, line.paid, line.reimbursed] for line in sold}
    known = {line.number: line for line in sold}
    taken: list[int] = []
    for number, line in enumerate(lines, start=1):
        wanted = [thousandths(line.quantity), units(line.gross), units(line.paid), units(line.reimbursed)]
        for place in _candidates(line, known):
            if all(want <= have for want, have in zip(wanted, left[place], strict=True)):
                left[place] = [have - want for want, have in zip(wanted, left[place], strict=True)]
                taken.append(known[place].line_id)
                break
        else:
            raise Wrong("more_than_sold", number)
    return taken


def _candidates(line: NewLine, known: dict[int, Sold]) -> list[int]:
    if line.returned_line is not None:
        return [line.returned_line] if line.returned_line in known else []
    return [number for number, sold in known.items() if sold.product_id == line.product_id]


def part_of(whole: int, quantity: int, of: int) -> int:
    """The part of a sum that falls on `quantity` out of `of`, down; the last return takes the rest exactly.

    >>> part_of(100_0000, 1000, 3000), part_of(100_0000, 3000, 3000)
    (333333, 1000000)
    """
    return whole * quantity // of if of else 0


def days_between_purchases(first: datetime, last: datetime, receipts: int) -> float | None:
    """Mean days between purchases; unknown with fewer than two.

    >>> days_between_purchases(datetime(2026, 1, 1), datetime(2026, 1, 11), 3)
    5.0
    """
    if receipts < 2:
        return None
    return (last - first).total_seconds() / 86400 / (receipts - 1)
