"""Reading the file of a finished experiment: one row per customer, whatever the spreadsheet made of it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from prilavok.kernel.amounts import read_number
from prilavok.kernel.unreadable import Unreadable

DELIMITERS = (",", ";", "\t", "|")
YES = frozenset({"1", "true", "yes", "y", "да", "t"})
NO = frozenset({"0", "false", "no", "n", "нет", "f"})
LIMIT = Decimal(10) ** 13
_BY_MACHINE = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:e[+-]?\d{1,3})?$", re.A)
Key = tuple[str, str, Decimal]


class MissingColumn(ValueError):
    """The file has no such column; `args` are its name and the columns that there are."""


class NotText(ValueError):
    """The bytes are no table of text."""


@dataclass(frozen=True)
class Reject:
    """A row that cannot be used: its number in the file (the header is 1), the column and the reason's code."""

    row: int
    column: str
    value: str
    reason: str


@dataclass
class Sheet:
    """Customers counted by (arm, stratum, outcome): equal rows are different customers."""

    counts: Counter[Key] = field(default_factory=Counter)
    rows: int = 0
    rejects: list[Reject] = field(default_factory=list)
    rejected: int = 0

    @property
    def arms(self) -> list[str]:
        return sorted({arm for arm, _, _ in self.counts})

    @property
    def is_binary(self) -> bool:
        return {value for _, _, value in self.counts} <= {Decimal(0), Decimal(1)}


REJECTS_KEPT = 1000


def read(content: bytes, *, arm: str, outcome: str, stratum: str | None = None) -> Sheet:
    """Count the rows. Raises NotText, MissingColumn.

    >>> made = read(b"group;spend\\nA;1,5\\nA;1,5\\nB;x\\n", arm="group", outcome="spend")
    >>> made.counts[("A", "", Decimal("1.5"))], made.rejects[0].row, made.rejects[0].reason
    (2, 4, 'not_a_number')
    """
    rows = table(content)
    header = next(rows, [])
    wanted = [arm, outcome] + ([stratum] if stratum else [])
    places = [_place(header, name) for name in wanted]
    sheet = Sheet()
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        sheet.rows += 1
        cells = [row[place].strip() if place < len(row) else "" for place in places]
        problem = _take(sheet, cells, wanted)
        if problem:
            sheet.rejected += 1
            if len(sheet.rejects) < REJECTS_KEPT:
                sheet.rejects.append(Reject(number, problem[0], problem[1][:100], problem[2]))
    return sheet


def _take(sheet: Sheet, cells: Sequence[str], wanted: Sequence[str]) -> tuple[str, str, str] | None:
    if not cells[0]:
        return wanted[0], "", "empty"
    if not cells[1]:
        return wanted[1], "", "empty"
    try:
        value = number(cells[1])
    except Unreadable as problem:
        return wanted[1], cells[1], problem.code
    sheet.counts[(cells[0][:100], cells[2][:100] if len(cells) > 2 else "", value)] += 1
    return None


def columns(content: bytes) -> list[str]:
    """The header. Raises NotText."""
    return [name.strip() for name in next(table(content), [])]


def table(content: bytes) -> Iterator[list[str]]:
    """Rows of cells, whatever the encoding and the delimiter. Raises NotText, also where a quote is never closed."""
    text = decoded(content)
    if "\0" in text:
        raise NotText
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as broken:  # a cell longer than any: the rest of the file is one
        raise NotText from broken


def decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 by its mark, else Windows-1251.

    >>> decoded("группа".encode("cp1251")), decoded("группа".encode("utf-16"))
    ('группа', 'группа')
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", "replace")


def number(text: str) -> Decimal:
    """A number as machines write it, or as people do; yes and no are 1 and 0. Raises Unreadable.

    >>> [str(number(one)) for one in ("1 234,50", "1,234.5", "-0.25", "да", "0.30000000000000004", "1e-3")]
    ['1234.5000', '1234.5000', '-0.2500', '1', '0.3000', '0.0010']
    """
    plain = text.strip().lower()
    if plain in YES or plain in NO:
        return Decimal(int(plain in YES))
    value = Decimal(plain) if _BY_MACHINE.match(plain) else read_number(text)
    if abs(value) >= LIMIT:
        raise Unreadable("too_large")
    return value.quantize(Decimal("0.0001"))


def _place(header: Sequence[str], name: str) -> int:
    names = [cell.strip() for cell in header]
    if name in names:
        return names.index(name)
    folded = [cell.casefold() for cell in names]
    if name.strip().casefold() in folded:
        return folded.index(name.strip().casefold())
    raise MissingColumn(name, names)
