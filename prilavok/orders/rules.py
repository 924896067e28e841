"""How a receipt adds up. Pure: no database, no clock, no Django."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from prilavok.orders.ports import NewLine, NewReceipt

T = TypeVar("T")
Column = tuple[Sequence[T], "npt.NDArray[np.int64]"]
"""The different values of a column, and for each line which of them it holds."""

PIECES = "pcs"
ONE = Decimal(1)
TWO_PLACES = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")
THREE_PLACES = Decimal("0.001")
NOTHING = Decimal("0.0000")
ABSURD = 10**16  # ten-thousandths
CLOCK_MAY_BE_AHEAD = timedelta(hours=24)
# A till whose battery is empty begins anew in 1970 or 1980; an empty date of 1C lies in the year 1.
FIRST_YEAR = 1990


class Wrong(Exception):
    """The receipt contradicts itself: `code` says how, `line` (its number from 1) where."""

    def __init__(self, code: str, line: int | None = None) -> None:
        super().__init__(code, line)
        self.code, self.line = code, line


@dataclass(slots=True)
class Weighed:
    """A receipt added up, signed: money to four places, quantities to three.

    `texts` are its lines as the database's COPY takes them (product, quantity, unit, gross, paid, reimbursed): each
    number has one way to be written there, so they also make the fingerprint. `told` are the lines of its event:
    product, category, department, quantity, revenue, paid, discount. `paid_at` is its moment in UTC.
    """

    texts: list[str]
    told: list[str]
    gross: Decimal
    paid: Decimal
    reimbursed: Decimal
    items: Decimal
    discounted: "list[tuple[int, Settled]]"  # the lines that cost less, by number
    paid_at: str
    fingerprint: bytes

    @property
    def revenue(self) -> Decimal:
        return self.paid + self.reimbursed

    @property
    def discount(self) -> Decimal:
        return self.gross - self.paid


class Counted(NamedTuple):
    """How much of a product a line counts: thousandths of items; the quantity as COPY and as the event take it."""

    items: int
    text: str
    told: str


class Settled(NamedTuple):
    """A line's sums in ten-thousandths, signed; as COPY and as its event take them; its discounts.

    `reasons` are the discounts as COPY takes them behind the line's id, `marks` as the fingerprint takes them behind
    the line's number.
    """

    gross: int
    paid: int
    reimbursed: int
    text: str
    told: str
    discounts: tuple[tuple[str, Decimal, str], ...]  # kind, sum, funded by
    reasons: tuple[str, ...]
    marks: tuple[str, ...]


class Lines(NamedTuple):
    """All lines of a receipt: as `Weighed` has them, their sums, and those that cost less, by number."""

    texts: list[str]
    told: list[str]
    gross: int
    paid: int
    reimbursed: int
    items: int
    discounted: list[tuple[int, Settled]]


def weigh(new: NewReceipt) -> Weighed:
    """Add up a receipt, give its sums their sign and its content a fingerprint. Raises Wrong."""
    if not new.lines:
        raise Wrong("empty")
    sign = -1 if new.kind == "return" else 1
    counts: list[Counted] = []
    sums: list[Settled] = []
    lines = new.lines if sign > 0 else [-line for line in new.lines]
    try:
        for line in lines:
            counts.append(count_line(line.quantity, line.unit))
            sums.append(settle_line(line.gross, line.paid, line.reimbursed, line.discounts, sign))
    except Wrong as wrong:
        raise Wrong(wrong.code, len(sums) + 1) from None
    except InvalidOperation as broken:  # not a number, or one that no till prints
        raise Wrong("absurd", len(sums) + 1) from broken
    written = [
        (
            f"{line[0]}\t{counted.text}\t{settled.text}",
            f"{line[0]},{line[1]},{line[2]},{counted.told},{settled.told}",
        )
        for line, counted, settled in zip(lines, counts, sums, strict=True)
    ]
    return add_up(
        new,
        Lines(
            [text for text, _told in written],
            [told for _text, told in written],
            sum([line.gross for line in sums]),
            sum([line.paid for line in sums]),
            sum([line.reimbursed for line in sums]),
            sum([line.items for line in counts]),
            [(n, line) for n, line in enumerate(sums, start=1) if line.discounts],
        ),
    )


def lay_out(
    products: Column[tuple[int, int, int]],
    counts: Column[Counted],
    sums: Column[Settled],
    starts: "npt.NDArray[np.int64]",
) -> list[Lines]:
    """Lines of many receipts from columns: products with their categories and departments, quantities, sums.

    `starts` are the places of the first line of each receipt.
    """
    texts = _side_by_side(
        "\t",
        ([str(product) for product, _category, _department in products[0]], products[1]),
        ([counted.text for counted in counts[0]], counts[1]),
        ([settled.text for settled in sums[0]], sums[1]),
    )
    told = _side_by_side(
        ",",
        (
            [f"{product},{category},{department}" for product, category, department in products[0]],
            products[1],
        ),
        ([counted.told for counted in counts[0]], counts[1]),
        ([settled.told for settled in sums[0]], sums[1]),
    )
    totals = [
        np.add.reduceat(np.array(amounts, np.int64)[codes], starts).tolist()
        for amounts, codes in (
            ([settled.gross for settled in sums[0]], sums[1]),
            ([settled.paid for settled in sums[0]], sums[1]),
            ([settled.reimbursed for settled in sums[0]], sums[1]),
            ([counted.items for counted in counts[0]], counts[1]),
        )
    ]
    bounds = pairwise([*starts.tolist(), len(texts)])
    found = [
        Lines(texts[start:end], told[start:end], gross, paid, reimbursed, items, [])
        for (start, end), gross, paid, reimbursed, items in zip(bounds, *totals, strict=True)
    ]
    for receipt, number, settled in _discounted(sums, starts):
        found[receipt].discounted.append((number, settled))
    return found


def _side_by_side(between: str, *columns: Column[str]) -> list[str]:
    import pyarrow as pa  # only for those who load history
    from pyarrow import compute

    parts = [pa.array(texts, pa.string()).take(pa.array(codes)) for texts, codes in columns]
    return compute.binary_join_element_wise(*parts, between).to_pylist()  # type: ignore[no-any-return]


def _discounted(sums: Column[Settled], starts: "npt.NDArray[np.int64]") -> Iterable[tuple[int, int, Settled]]:
    """The lines that cost less: the place of the receipt, the line's number in it, its sums."""
    settled, codes = sums
    places = np.flatnonzero(np.array([bool(one.discounts) for one in settled])[codes])
    receipts = np.searchsorted(starts, places, side="right") - 1
    numbers = places - starts[receipts] + 1
    of_lines = [settled[code] for code in codes[places].tolist()]
    return zip(receipts.tolist(), numbers.tolist(), of_lines, strict=True)


def add_up(new: NewReceipt, lines: Lines) -> Weighed:
    """A receipt of lines that have been laid out. Raises Wrong."""
    if not -ABSURD < lines.gross < ABSURD:
        raise Wrong("absurd")
    paid_at = new.paid_at.astimezone(UTC).isoformat()
    marks = [f"({n}, {mark}" for n, line in lines.discounted for mark in line.marks]
    return Weighed(
        lines.texts,
        lines.told,
        Decimal(lines.gross).scaleb(-4),
        Decimal(lines.paid).scaleb(-4),
        Decimal(lines.reimbursed).scaleb(-4),
        Decimal(lines.items).scaleb(-3),
        lines.discounted,
        paid_at,
        _fingerprint(new, paid_at, lines.texts, marks),
    )


@lru_cache(maxsize=1 << 14)  # few quantities and few prices make most of the lines
def count_line(quantity: Decimal, unit: str) -> Counted:
    """What a signed quantity counts for."""
    quantity = quantity.quantize(THREE_PLACES, ROUND_HALF_UP)
    items = int(pieces(quantity, unit).scaleb(3))
    return Counted(items, f"{quantity}\t{escaped(unit)}", str(quantity))


@lru_cache(maxsize=1 << 16)
def settle_line(
    gross: Decimal,
    paid: Decimal,
    reimbursed: Decimal,
    discounts: tuple[tuple[str, Decimal, str], ...],
    sign: int = 1,
) -> Settled:
    """The signed sums of a line; what no reason explains of its discount stands as "other". Raises Wrong."""
    gross = gross.quantize(FOUR_PLACES, ROUND_HALF_UP)
    paid = paid.quantize(FOUR_PLACES, ROUND_HALF_UP)
    reimbursed = reimbursed.quantize(FOUR_PLACES, ROUND_HALF_UP) if reimbursed else NOTHING
    discount, revenue = gross - paid, paid + reimbursed
    explained = _explained(discount * sign, sign, discounts) if discount or discounts else ()
    return Settled(
        int(gross.scaleb(4)),
        int(paid.scaleb(4)),
        int(reimbursed.scaleb(4)),
        f"{gross}\t{paid}\t{reimbursed}",
        f"{revenue},{paid},{discount}",
        explained,
        tuple(
            f"\t{place}\t{escaped(kind)}\t{amount}\t{funded_by}\n"
            for place, (kind, amount, funded_by) in enumerate(explained, start=1)
        ),
        tuple(repr(part)[1:] for part in explained),
    )


def _explained(
    discount: Decimal, sign: int, parts: tuple[tuple[str, Decimal, str], ...]
) -> tuple[tuple[str, Decimal, str], ...]:
    """What the line cost less, reason by reason; what no reason explains stands as "other". Raises Wrong."""
    unexplained = discount
    found = []
    for kind, amount, funded_by in parts:
        if amount:
            part = amount.quantize(FOUR_PLACES, ROUND_HALF_UP)
            unexplained -= part * sign
            found.append((kind, part, funded_by))
    if unexplained < 0:
        raise Wrong("sums")
    if unexplained:
        found.append(("other", unexplained * sign, "shop"))
    return tuple(found)


def pieces(quantity: Decimal, unit: str) -> Decimal:
    """How many items a line counts for: litres of fuel are one item, not fifty.

    >>> [int(pieces(Decimal(q), u)) for q, u in (("3", "pcs"), ("48.5", "l"), ("-0.7", "kg"), ("0", "kg"))]
    [3, 1, -1, 0]
    """
    if unit == PIECES or not quantity:
        return quantity
    return ONE if quantity > 0 else -ONE


def _fingerprint(new: NewReceipt, paid_at: str, texts: list[str], marks: list[str]) -> bytes:
    """Sixteen bytes of the content: two receipts are the same if and only if these are equal."""
    content = (
        f"{new.shop_id}|{new.number}|{new.kind}|{paid_at}|{new.currency}|{new.profile_id or 0}|"
        f"{sorted(new.coupons)}|{new.returns_public_id or new.returns_number}|[{', '.join(marks)}]|{'|'.join(texts)}"
    )
    if new.roles:
        content += f"|{sorted(new.roles, key=lambda one: one.role)}"
    return blake2b(content.encode(), digest_size=16).digest()


def escaped(text: str) -> str:
    r"""Text for COPY.

    >>> escaped("A\tB") == "A\\tB"
    True
    """
    if text.isalnum():
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def unescaped(text: str) -> str | None:
    r"""What a text for COPY says; None for its NULL.

    >>> unescaped(escaped("A\t\\n")) == "A\t\\n", unescaped(r"\N")
    (True, None)
    """
    if "\\" not in text:
        return text
    return None if text == r"\N" else re.sub(r"\\(.)", lambda told: _PLAIN.get(told[1], told[1]), text)


_PLAIN = {"t": "\t", "n": "\n", "r": "\r"}


def too_far_ahead(paid_at: datetime, now: datetime) -> bool:
    """A till's clock may be wrong by a day, not more."""
    return paid_at > now + CLOCK_MAY_BE_AHEAD


def before_tills(paid_at: datetime) -> bool:
    """Whether it is no moment of a sale but a clock that was lost.

    >>> before_tills(datetime(1970, 1, 1)), before_tills(datetime(2026, 3, 2))
    (True, False)
    """
    return paid_at.year < FIRST_YEAR


@dataclass(frozen=True, slots=True)
class Sold:
    """What can still be returned of one line of an original receipt; all positive."""

    line_id: int
    number: int
    product_id: int
    quantity: Decimal
    gross: Decimal
    paid: Decimal
    reimbursed: Decimal


def match_returns(lines: Sequence[NewLine], sold: Iterable[Sold], *, anew: bool = False) -> list[int]:
    """The id of the sold line that each returned line takes from. Raises Wrong("more_than_sold").

    A line that names its original is held to it; another takes the first line of its product that has enough.
    `anew`: what was paid is counted for the whole receipt, not for each line.
    """
    known = {line.number: line for line in sold}
    left = {line.number: (line.quantity, line.gross, line.reimbursed, line.paid) for line in known.values()}
    money = sum((line.paid for line in known.values()), Decimal(0))
    if anew and sum((line.paid for line in lines), Decimal(0)) > money:
        raise Wrong("more_than_sold", len(lines))
    taken: list[int] = []
    for number, line in enumerate(lines, start=1):
        wanted = (line.quantity, line.gross, line.reimbursed, line.paid)
        for place in _candidates(line, known):
            rest = tuple(have - want for want, have in zip(wanted, left[place], strict=True))
            if min(rest[:3] if anew else rest) >= 0:
                left[place] = (rest[0], rest[1], rest[2], rest[3])
                taken.append(known[place].line_id)
                break
        else:
            raise Wrong("more_than_sold", number)
    return taken


def _candidates(line: NewLine, known: dict[int, Sold]) -> list[int]:
    if line.returned_line is not None:
        return [line.returned_line] if line.returned_line in known else []
    return [number for number, sold in known.items() if sold.product_id == line.product_id]


def part_of(whole: Decimal, quantity: Decimal, of: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """The part of a sum that falls on `quantity` out of `of`; the last return takes the rest exactly.

    What was paid in whole cents comes back in whole cents; what has no quantity has no parts.

    >>> part_of(Decimal(100), Decimal(1), Decimal(3)), part_of(Decimal(100), Decimal(3), Decimal(3))
    (Decimal('33.33'), Decimal('100.00'))
    >>> part_of(Decimal("0.0125"), Decimal(1), Decimal(2))
    Decimal('0.0063')
    """
    step = TWO_PLACES if whole == whole.quantize(TWO_PLACES, ROUND_DOWN) else FOUR_PLACES
    return (whole * quantity / of).quantize(step, rounding) if of else whole


def days_between_purchases(first: date, last: date, days: int) -> Decimal | None:
    """Mean days between purchases, cut to tenths: from the first day with one to the last, shared out over the gaps
    between `days` with a purchase. Unknown with fewer than two. Segments ask the same of the facts (`facts`).

    >>> days_between_purchases(date(2026, 1, 1), date(2026, 1, 12), 3)
    Decimal('5.5')
    """
    return Decimal(10 * (last - first).days // (days - 1)) / 10 if days > 1 else None
