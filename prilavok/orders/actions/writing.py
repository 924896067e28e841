"""Receipts as rows: the same text for one till's receipt and for a year of history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, islice
from uuid import UUID

from django.db import connection

from prilavok.kernel.ids import uuid7
from prilavok.orders import rules
from prilavok.orders.ports import NewReceipt
from prilavok.orders.rules import escaped


@dataclass(slots=True)
class Row:
    """A receipt on its way into the database."""

    new: NewReceipt
    weighed: rules.Weighed
    public_id: UUID
    local_date: date
    local_hour: int
    brand_id: int
    till_id: int | None = None
    original_id: int | None = None
    returned: list[int] | None = None  # for each line of a return, the id of the line that it takes back
    index: int = 0  # its place in the batch
    id: int = 0


RECEIPT = (
    "id, public_id, number, shop_id, till_id, profile_id, kind, returns_id, paid_at, local_date, local_hour,"
    " currency, gross, paid, reimbursed, items, fingerprint"
)
LINE = "id, receipt_id, number, returned_id, product_id, quantity, unit, gross, paid, reimbursed"


def write(rows: list[Row]) -> None:
    """Write receipts with all that hangs on them, in five statements whatever their number; sets ids."""
    receipt_ids, line_ids = _take_ids(len(rows), sum(len(row.weighed.texts) for row in rows))
    for row, number in zip(rows, receipt_ids, strict=True):
        row.id = number
    lines, discounts = _line_texts(rows, line_ids)
    _copy("orders_receipt", RECEIPT, map(_receipt_text, rows))
    _copy("orders_receiptline", LINE, lines)
    _copy("orders_linediscount", "line_id, kind, amount, funded_by", discounts)
    _copy("orders_receiptcoupon", "receipt_id, code", _coupon_texts(rows))


def _take_ids(receipts: int, lines: int) -> tuple[list[int], list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array(SELECT nextval('orders_receipt_id_seq') FROM generate_series(1, %s)),"
            " array(SELECT nextval('orders_receiptline_id_seq') FROM generate_series(1, %s))",
            [receipts, lines],
        )
        taken = cursor.fetchone()
    return taken[0], taken[1]


def _receipt_text(row: Row) -> str:
    new, sums = row.new, row.weighed
    return (
        f"{row.id}\t{row.public_id}\t{escaped(new.number)}\t{new.shop_id}\t{row.till_id or NULL}\t"
        f"{new.profile_id or NULL}\t{new.kind}\t{row.original_id or NULL}\t{new.paid_at.isoformat()}\t"
        f"{row.local_date}\t{row.local_hour}\t{new.currency}\t{sums.gross}\t{sums.paid}\t"
        f"{sums.reimbursed}\t{sums.items}\t\\\\x{sums.fingerprint.hex()}\n"
    )


def _line_texts(rows: list[Row], line_ids: list[int]) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    discounts: list[str] = []
    first = 0
    for row in rows:
        texts = row.weighed.texts
        ids = line_ids[first : first + len(texts)]
        first += len(texts)
        returned: Sequence[int | str] = row.returned or [NULL] * len(texts)
        lines += [
            f"{line_id}\t{row.id}\t{number}\t{back}\t{text}\n"
            for line_id, number, back, text in zip(ids, count(1), returned, texts, strict=False)
        ]
        discounts += [
            f"{ids[number - 1]}\t{escaped(kind)}\t{amount}\t{funded_by}\n"
            for number, kind, amount, funded_by in row.weighed.discounts
        ]
    return lines, discounts


def _coupon_texts(rows: list[Row]) -> list[str]:
    return [f"{row.id}\t{escaped(code)}\n" for row in rows for code in dict.fromkeys(row.new.coupons)]


NULL = "\\N"


BLOCK = 2_000  # lines sent at once: the server writes some while we make the next


def _copy(table: str, columns: str, texts: Iterable[str]) -> None:
    waiting = iter(texts)
    block = "".join(islice(waiting, BLOCK))
    if not block:
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        while block:
            copy.write(block)
            block = "".join(islice(waiting, BLOCK))


def fresh_id(new: NewReceipt) -> UUID:
    return new.public_id or uuid7()
