"""The records as columns, each normalised, without the values that too many share."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import pyarrow

from prilavok.customers.matching.normal import Normal, near, normal
from prilavok.customers.matching.records import Record

SHARED_BY = 10  # a phone, e-mail or document of more records than this tells nobody apart
DAY_SHARED_BY = 20  # a birthday too; and one more for each thousand of records
TEXTS = pyarrow.list_(pyarrow.string())
MANY = ("phones", "emails", "locals", "documents")


def normalised(records: Sequence[Record]) -> list[Normal]:
    """The records normalised; a shop's tablet, a secretary's e-mail, a made-up birthday are nobody's."""
    rows = [normal(record) for record in records]
    shared = {
        name: _shared([value for row in rows for value in getattr(row, name)], SHARED_BY) for name in MANY
    }
    days = _shared([row.birth for row in rows if row.birth], DAY_SHARED_BY + len(rows) // 1000)
    if not days and not any(shared.values()):
        return rows
    kept: dict[str, Any]
    apart = []
    for row in rows:
        kept = {name: [value for value in getattr(row, name) if value not in shared[name]] for name in MANY}
        apart.append(replace(row, birth=None if row.birth in days else row.birth, **kept))
    return apart


def table(rows: Sequence[Normal]) -> pyarrow.Table:
    """A column for each field of Normal, and those made of them; `unique_id` is the place of the row."""
    made: dict[str, pyarrow.Array] = {"unique_id": pyarrow.array(range(len(rows)), pyarrow.int32())}
    for field in fields(Normal):
        values = [getattr(row, field.name) or None for row in rows]
        made[field.name] = _array(values, is_list=field.name in (*MANY, "full_names"))
    for name in ("phones", "emails", "documents"):
        made[name[:-1]] = _array([next(iter(getattr(row, name)), None) for row in rows])
    digits = ["".join(filter(str.isdigit, next(iter(row.emails), ""))) for row in rows]
    made["email_digits"] = _array(digits)  # by them people of one name tell their addresses apart
    for name in ("phones", "documents"):
        slips = [[one for value in getattr(row, name) for one in near(value)] or None for row in rows]
        made[f"{name}_near"] = _array(slips, is_list=True)
    return pyarrow.table(made)


def _array(values: list[Any], *, is_list: bool = False) -> pyarrow.Array:
    return pyarrow.array(values, TEXTS if is_list else pyarrow.string())


def _shared(values: list[str], by: int) -> set[str]:
    return {value for value, count in Counter(values).items() if count > by}
