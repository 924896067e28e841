"""A stranger's table as rows, one after another: whatever its encoding, delimiter or damage.

Nothing is held in memory but the row at hand, so that a file may be as large as the disk.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from prilavok.exchange.rules.reasons import Unreadable
from prilavok.kernel import tables

LONGEST_CELL = 32_768
BLOCK = 1 << 18  # letters read at once
DELIMITERS = ",;\t|"
SAMPLE_LINES = 40
BROKEN_TEXT = "\ufffd"
ONE_BYTE = ("cp1251", "cp866", "koi8-r")  # the likelier first
BY_FREQUENCY = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
LETTERS_LOOKED_AT = 100_000


class BadFile(Exception):
    """The file can't be read as a table at all: `code` says why."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Row(NamedTuple):
    """One row: its number as a spreadsheet shows it (the header is 1), its cells, and what ails it, if anything."""

    number: int
    cells: list[str]
    ailment: Unreadable | None = None


@dataclass
class Sheet:
    """A table that has been looked at: how it is written and what its columns are called.

    `position` is how many bytes of it have been read, roughly.
    """

    path: Path
    encoding: str
    delimiter: str
    header: list[str]
    is_book: bool = False
    lines_before: int = 0
    position: int = 0

    def rows(self) -> Iterator[Row]:
        """The rows below the header, in order; a damaged one carries its ailment and doesn't hide the next."""
        self.position = 0
        source = _book_rows(self.path) if self.is_book else _text_rows(self)
        width = len(self.header)
        for row in source:
            if row.ailment or (len(row.cells) == width and (row.cells[0] or any(map(str.strip, row.cells)))):
                yield row
            elif fitted := _fitted(row, width):
                yield fitted

    def beginnings(self, count: int) -> Iterator[list[str]]:
        """The first cells of each row below the header, `count` at least: a quick look through the whole file."""
        if self.is_book:
            return (row.cells for row in self.rows() if not row.ailment)
        return (cells for cells in _text_beginnings(self, count) if len(cells) >= count)


def look(path: Path) -> Sheet:
    """Find out how the file is written. Raises BadFile."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise BadFile("empty_file")
    if start.startswith(b"PK\x03\x04") or start.startswith(b"\xd0\xcf\x11\xe0"):
        return _looked(path, "", "", is_book=True)
    encoding = encoding_of(path)
    return _looked(path, encoding, delimiter_of(path, encoding))


def _looked(path: Path, encoding: str, delimiter: str, *, is_book: bool = False) -> Sheet:
    bare = Sheet(path, encoding, delimiter, [], is_book)
    source = _book_rows(path, skip=0) if is_book else _text_rows(bare, skip=0)
    first = next((row for row in source if any(row.cells)), None)
    if first is None or first.ailment:
        raise BadFile("no_header")
    header = list(first.cells)
    while header and not header[-1].strip():
        header.pop()
    names = [name.strip().lstrip("\ufeff") for name in header]
    if twice := next((name for name in names if name and names.count(name) > 1), None):
        raise BadFile("same_column_twice", name=twice)
    return Sheet(path, encoding, delimiter, names, is_book, lines_before=first.number)


def _fitted(row: Row, width: int) -> Row | None:
    """Blank rows are no rows; blank cells at the end are no cells; else the row is cut off or has too much."""
    cells = row.cells
    if not any(map(str.strip, cells)):
        return None
    if len(cells) > width:
        if not any(cell.strip() for cell in cells[width:]):
            return Row(row.number, cells[:width])
        return Row(row.number, cells, Unreadable("too_many_cells", cells=len(cells), columns=width))
    return Row(row.number, cells, Unreadable("too_few_cells", cells=len(cells), columns=width))


# ── How it is written ────────────────────────────────────────────────────────────────────────────────────


def encoding_of(path: Path) -> str:
    """UTF-8 (with its mark or not), UTF-16, or a Russian one of one byte: Windows-1251, DOS (cp866), KOI8-R."""
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if start.startswith(mark):
            return name
    if start[:2048].count(0) > len(start[:2048]) // 5:
        return "utf-16-le" if start[1:400:2].count(0) > start[0:400:2].count(0) else "utf-16-be"
    good, broken = _utf8_letters(path)
    return "utf-8" if good >= broken else _one_byte(path)


def _one_byte(path: Path) -> str:
    """The encoding in which the letters beyond ASCII stand nearest to how often Russian uses them."""
    letters = bytearray()
    with path.open("rb") as file:
        while len(letters) < LETTERS_LOOKED_AT and (block := file.read(1 << 20)):
            letters += block.translate(None, bytes(range(128)))
    return max(ONE_BYTE, key=lambda name: _likeness(letters[:LETTERS_LOOKED_AT].decode(name, "replace")))


def _likeness(text: str) -> int:
    """
    >>> _likeness("молоко") > _likeness("ьюыюью") > _likeness("╝╛ы╛ъ╛")
    True
    """
    return sum(len(BY_FREQUENCY) - place for place in map(BY_FREQUENCY.find, text.lower()) if place >= 0)


def _utf8_letters(path: Path) -> tuple[int, int]:
    """How many letters beyond ASCII are whole in UTF-8, and how many bytes are none of it."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = broken = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if block.isascii():
                continue
            text = decoder.decode(block)
            bad = text.count(BROKEN_TEXT)
            broken += bad
            good += sum(not letter.isascii() for letter in text[:200_000]) - bad
    return good, broken


def delimiter_of(path: Path, encoding: str) -> str:
    """The delimiter that parts the most lines into the same number of cells."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = [line for line, _ in zip(file, range(SAMPLE_LINES), strict=False)]
    if not sample:
        raise BadFile("empty_file")
    return max(DELIMITERS, key=lambda one: _agreement(sample, one))


def _agreement(sample: list[str], delimiter: str) -> tuple[int, int]:
    try:
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
    except csv.Error:
        widths = [line.count(delimiter) + 1 for line in sample]
    if not widths or widths[0] < 2:
        return 0, 0
    return sum(width == widths[0] for width in widths), widths[0]


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────


def _text_rows(sheet: Sheet, skip: int | None = None) -> Iterator[Row]:
    """Blocks without quotes are simply split; where a quote stands, the careful reader takes over for a while."""
    csv.field_size_limit(LONGEST_CELL)
    header = sheet.lines_before if skip is None else skip
    number = 0
    with sheet.path.open(encoding=sheet.encoding, errors="replace") as file:
        while block := _block(file):
            sheet.position += len(block) if block.isascii() else len(block.encode("utf-8", "replace"))
            if _is_plain(block):
                for line in block.rstrip("\n").split("\n"):
                    number += 1
                    if number > header:
                        yield Row(number, line.split(sheet.delimiter))
            else:
                for row in _careful(_Lines(block, file), sheet.delimiter, number):
                    number = row.number
                    if number > header:
                        yield row


def _text_beginnings(sheet: Sheet, count: int) -> Iterator[list[str]]:
    delimiter, skip = sheet.delimiter, sheet.lines_before
    with sheet.path.open(encoding=sheet.encoding, errors="replace") as file:
        while block := _block(file):
            if _is_plain(block):
                lines = block.rstrip("\n").split("\n")[skip:]
                yield from [line.split(delimiter, count) for line in lines]
            else:
                rows = _careful(_Lines(block, file), delimiter, 0)
                yield from (row.cells for row in rows if row.number > skip and not row.ailment)
            skip = 0


def _block(file: IO[str]) -> str:
    """Some whole lines."""
    block = file.read(BLOCK)
    return block if not block or block.endswith("\n") else block + file.readline()


def _is_plain(block: str) -> bool:
    return '"' not in block and "\0" not in block and BROKEN_TEXT not in block


class _Lines:
    """The lines of a block and, while a record is open, of what follows; they can be given back."""

    def __init__(self, block: str, file: IO[str]) -> None:
        self.ahead = [line + "\n" for line in reversed(block.rstrip("\n").split("\n"))]
        self.of_record: list[str] = []
        self._file = file

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.ahead.pop() if self.ahead else self._file.readline()
        if not line:
            raise StopIteration
        self.of_record.append(line)
        return line

    def give_back(self) -> str:
        """All lines of the broken record but the first, which is returned."""
        first, *rest = self.of_record
        self.ahead.extend(reversed(rest))
        self.of_record.clear()
        return first


def _careful(lines: _Lines, delimiter: str, number: int) -> Iterator[Row]:
    """Rows of lines in which quotes or damage stand, until the block is used up."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while lines.ahead:
        number += 1
        try:
            cells = next(reader)
        except csv.Error as why:
            first = lines.give_back()
            yield Row(number, first.rstrip("\r\n").split(delimiter), _ailment(str(why)))
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        else:
            yield Row(number, cells, _damage(lines.of_record))
            lines.of_record.clear()


def _damage(record: Sequence[str]) -> Unreadable | None:
    for line in record:
        if "\0" in line:
            return Unreadable("zero_bytes")
        if BROKEN_TEXT in line:
            return Unreadable("broken_encoding")
    return None


def _ailment(why: str) -> Unreadable:
    if "field larger" in why:
        return Unreadable("quote_or_huge_cell", longest=LONGEST_CELL)
    return Unreadable("quote_not_closed")


def _book_rows(path: Path, skip: int = 1) -> Iterator[Row]:
    from python_calamine import CalamineError, CalamineWorkbook  # only for books

    try:
        book = CalamineWorkbook.from_path(str(path))
        rows = book.get_sheet_by_index(0).iter_rows()
    except (CalamineError, OSError, ValueError, IndexError) as why:
        raise BadFile("broken_book") from why
    for number, row in enumerate(rows, start=1):
        if number > skip:
            yield Row(number, [_text_of(cell) for cell in row])


def _text_of(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell.isoformat(" ") if hasattr(cell, "hour") and hasattr(cell, "year") else cell)


def restored(cells: list[str]) -> list[str]:
    """Cells as they were before an export disarmed them."""
    return [tables.restored(cell) if cell.startswith("'") else cell for cell in cells]
