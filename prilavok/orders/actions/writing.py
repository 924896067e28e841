"""Receipts as rows: the same text for one till's receipt and for a year of history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from functools import lru_cache
from itertools import islice
from uuid import UUID

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


_TABLES = {"orders_receiptline": LINE, "orders_linediscount": DISCOUNT, "orders_receiptcoupon": COUPON}
_TABLES |= {"orders_receiptrole": ROLE, "orders_receipt": RECEIPT}
_TYPES = {
    "kind": "text",
    "amount": "numeric",
    "funded_by": "text",
    "unit": "text",
    "code": "text",
    "role": "text",
    "name": "text",
    "phone": "text",
    "email": "text",
    "quantity": "numeric",
    "gross": "numeric",
    "paid": "numeric",
    "reimbursed": "numeric",
    "public_id": "uuid",
    "paid_at": "timestamptz",
    "local_date": "date",
    "currency": "text",
    "items": "numeric",
    "fingerprint": "bytea",
}  # ids and places are numbers; the number of a receipt is a text
_NAMES = [field.attname for field in Receipt._meta.concrete_fields]
_COLUMNS = [str(field.column) for field in Receipt._meta.concrete_fields]


def _insert(table: str) -> str:
    types = _TYPES | {"number": "text" if table == "orders_receipt" else "bigint"}
    columns = _TABLES[table]
    values = ", ".join(f"%s::{types.get(one, 'bigint')}[]" for one in columns.split(", "))
    return f"INSERT INTO {table} ({columns}) SELECT * FROM unnest({values})"


@lru_cache(maxsize=16)
def _writing(tables: tuple[str, ...]) -> str:
    """One statement that writes into these tables; the receipt's own comes last."""
    *others, last = tables
    within = ", ".join(f"w{place} AS ({_insert(table)})" for place, table in enumerate(others))
    return f"WITH {within} {_insert(last)}"


def write_one(row: Row, line_ids: list[int]) -> Receipt:
    """Write one receipt with all that hangs on it, whose ids are taken, by one statement that is not waited for."""
    lines, discounts = _line_texts([row], line_ids)
    texts = [lines, discounts, _coupon_texts([row]), _role_texts([row]), [_receipt_text(row)]]
    written = {table: told for table, told in zip(_TABLES, texts, strict=True) if told}
    prepared.write(_writing(tuple(written)), [column for told in written.values() for column in _cells(told)])
    return _made(row)


def _cells(texts: list[str]) -> Iterable[list[str | None]]:
    """Rows as COPY takes them, column by column."""
    for column in zip(*[text[:-1].split("\t") for text in texts], strict=True):
        yield [unescaped(cell) for cell in column]


def _made(row: Row) -> Receipt:
    """The receipt of a row as it stands in the database: its sums and quantities have their places already."""
    new, sums = row.new, row.weighed
    values = {
        "id": row.id,
        "public_id": UUID(row.public_id),
        "number": new.number,
        "shop_id": new.shop_id,
        "till_id": row.till_id,
        "profile_id": new.profile_id,
        "kind": new.kind,
        "returns_id": row.original_id,
        "paid_at": new.paid_at.astimezone(UTC),
        "local_date": row.local_date,
        "local_hour": row.local_hour,
        "currency": new.currency,
        "gross": sums.gross,
        "paid": sums.paid,
        "reimbursed": sums.reimbursed,
        "discount": sums.discount,
        "revenue": sums.revenue,
        "items": sums.items,
        "fingerprint": sums.fingerprint,
    }
    return Receipt.from_db("default", _NAMES, [values[name] for name in _NAMES])


def read(receipt_id: int) -> Receipt:
    statement = f"SELECT {', '.join(_COLUMNS)} FROM orders_receipt WHERE id = %s::bigint"
    return Receipt.from_db("default", _NAMES, prepared.rows(statement, [receipt_id])[0])


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
