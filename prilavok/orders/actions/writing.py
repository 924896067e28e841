"""Receipts as rows: the same text for one till's receipt and for a year of history."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db import connection

from prilavok.kernel import prepared
from prilavok.kernel.ids import uuid7_text
from prilavok.orders import rules
from prilavok.orders.models import Receipt
from prilavok.orders.ports import NewReceipt
from prilavok.orders.rules import escaped, unescaped


@dataclass(slots=True)
class Row:
    """A receipt on its way into the database."""

    new: NewReceipt
    weighed: rules.Weighed
    public_id: str
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
DISCOUNT = "line_id, number, kind, amount, funded_by"
LINE = "id, receipt_id, number, returned_id, product_id, quantity, unit, gross, paid, reimbursed"


COUPON = "receipt_id, code"
ROLE = "receipt_id, role, profile_id, name, phone, email"


def write(rows: list[Row]) -> None:
    """Write receipts with all that hangs on them, in a statement per table whatever their number; sets ids."""
    [(receipt_ids, line_ids)] = take_ids(len(rows), sum(len(row.weighed.texts) for row in rows)).rows()
    for row, number in zip(rows, receipt_ids, strict=True):
        row.id = number
    lines, discounts = _line_texts(rows, line_ids)
    _copy("orders_receipt", RECEIPT, map(_receipt_text, rows))
    _copy("orders_receiptline", LINE, lines)
    _copy("orders_linediscount", DISCOUNT, discounts)
    _copy("orders_receiptcoupon", COUPON, _coupon_texts(rows))
    _copy("orders_receiptrole", ROLE, _role_texts(rows))


def _insert(table: str, columns: str) -> str:
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"


_COLUMNS = [str(field.column) for field in Receipt._meta.concrete_fields]
_NAMES = [field.attname for field in Receipt._meta.concrete_fields]
_WRITE = f"""
    WITH lines AS ({_insert("orders_receiptline", LINE)}),
    discounts AS ({_insert("orders_linediscount", DISCOUNT)}),
    coupons AS ({_insert("orders_receiptcoupon", COUPON)}),
    roles AS ({_insert("orders_receiptrole", ROLE)})
    {_insert("orders_receipt", RECEIPT)} RETURNING {", ".join(_COLUMNS)}"""


def write_one(row: Row, line_ids: list[int]) -> prepared.Asked:
    """Write one receipt with all that hangs on it, whose ids are taken, by one statement; answers its row."""
    lines, discounts = _line_texts([row], line_ids)
    texts = {
        LINE: lines,
        DISCOUNT: discounts,
        COUPON: _coupon_texts([row]),
        ROLE: _role_texts([row]),
        RECEIPT: [_receipt_text(row)],
    }
    return prepared.ask(_WRITE, [_objects(columns, told) for columns, told in texts.items()])


def _objects(columns: str, texts: Iterable[str]) -> str:
    """Rows as COPY takes them, as the JSON that an INSERT reads."""
    names = columns.split(", ")
    cells = ([unescaped(cell) for cell in text[:-1].split("\t")] for text in texts)
    return json.dumps([dict(zip(names, row, strict=True)) for row in cells])


def receipt_of(asked: prepared.Asked) -> Receipt:
    """The receipt of a row that a statement answers with all columns."""
    return Receipt.from_db("default", _NAMES, asked.rows()[0])


def read(receipt_id: int) -> Receipt:
    statement = f"SELECT {', '.join(_COLUMNS)} FROM orders_receipt WHERE id = %s::bigint"
    return receipt_of(prepared.ask(statement, [receipt_id]))


def take_ids(receipts: int, lines: int) -> prepared.Asked:
    """Ids for so many receipts and so many lines."""
    return prepared.ask(
        "SELECT array(SELECT nextval('orders_receipt_id_seq') FROM generate_series(1, %s::int)),"
        " array(SELECT nextval('orders_receiptline_id_seq') FROM generate_series(1, %s::int))",
        [receipts, lines],
    )


def _receipt_text(row: Row) -> str:
    new, sums = row.new, row.weighed
    return (
        f"{row.id}\t{row.public_id}\t{escaped(new.number)}\t{new.shop_id}\t{row.till_id or NULL}\t"
        f"{new.profile_id or NULL}\t{new.kind}\t{row.original_id or NULL}\t{sums.paid_at}\t"
        f"{row.local_date.isoformat()}\t{row.local_hour}\t{new.currency}\t{sums.gross!s}\t{sums.paid!s}\t"
        f"{sums.reimbursed!s}\t{sums.items!s}\t\\\\x{sums.fingerprint.hex()}\n"
    )


def _line_texts(rows: list[Row], line_ids: list[int]) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    discounts: list[str] = []
    numbered = [f"\t{n + 1}\t" for n in range(max(len(row.weighed.texts) for row in rows))]
    of_sales = [f"{number}{NULL}\t" for number in numbered]
    first = 0
    for row in rows:
        texts = row.weighed.texts
        ids = line_ids[first : first + len(texts)]
        first += len(texts)
        places = of_sales
        if row.returned:
            places = [f"{number}{back}\t" for number, back in zip(numbered, row.returned, strict=False)]
        receipt = f"\t{row.id}"
        lines += [
            f"{line_id}{receipt}{place}{text}\n"
            for line_id, place, text in zip(ids, places, texts, strict=False)
        ]
        discounts += [
            f"{ids[number - 1]}{reason}" for number, line in row.weighed.discounted for reason in line.reasons
        ]
    return lines, discounts


def _coupon_texts(rows: list[Row]) -> list[str]:
    return [f"{row.id}\t{escaped(code)}\n" for row in rows for code in dict.fromkeys(row.new.coupons)]


def _role_texts(rows: list[Row]) -> list[str]:
    return [
        f"{row.id}\t{one.role}\t{one.profile_id or NULL}\t{escaped(one.name)}\t{one.phone}\t{escaped(one.email)}\n"
        for row in rows
        for one in row.new.roles
    ]


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


def fresh_id(new: NewReceipt) -> str:
    return str(new.public_id) if new.public_id else uuid7_text()
