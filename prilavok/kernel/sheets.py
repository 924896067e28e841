"""A stranger's table as rows, one after another: whatever its encoding, delimiter or damage.

Nothing is held in memory but some thousand rows at hand, so that a file may be as large as the disk.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from prilavok.kernel import tables
from prilavok.kernel.unreadable import Unreadable

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_CELL = 32_768
BLOCK = 1 << 18  # letters read at once
ROWS = 5_000  # of a book, read at once
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


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows by columns: their numbers, and their cells as texts."""

    numbers: "npt.NDArray[np.int64]"
    cells: "pa.Table"

    def __len__(self) -> int:
        return len(self.numbers)

    def texts(self) -> list[list[str]]:
        """The cells, column by column."""
        return [column.to_pylist() for column in self.cells.columns]

    def rows(self) -> Iterator[Row]:
        return map(Row, self.numbers.tolist(), map(list, zip(*self.texts(), strict=True)))


def by_columns(rows: Sequence[Row]) -> Block:
    """Rows of equal width as a block."""
    import pyarrow as pa

    columns = [pa.array(cells, pa.string()) for cells in zip(*[row.cells for row in rows], strict=True)]
    return Block(np.array([row.number for row in rows]), pa.table(columns, _names(len(columns))))


def _names(width: int) -> list[str]:
    """What the columns of a block are called: their places."""
    return list(map(str, range(width)))


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
        for part in self.parts():
            yield from part.rows() if isinstance(part, Block) else part

    def parts(self, only: Sequence[int] = ()) -> Iterator[Block | list[Row]]:
        """The same, some thousand at once: by columns where each line has all its cells and no quotes.

        `only`: the places of the columns that a block needs to hold.
        """
        self.position = 0
        width = len(self.header)
        for part in _book_parts(self.path) if self.is_book else _text_parts(self, only):
            yield part if isinstance(part, Block) else [fit for row in part if (fit := _fitted(row, width))]

    def rows_as_they_stand(self) -> Iterator[Row]:
        """All rows of the file from its very beginning, whatever they hold."""
        for part in _book_parts(self.path, skip=0) if self.is_book else _text_parts(self):
            yield from part.rows() if isinstance(part, Block) else part


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
    first = next((row for row in bare.rows_as_they_stand() if any(row.cells)), None)
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
    if row.ailment or (len(cells) == width and (cells[0] or any(map(str.strip, cells)))):
        return row
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
            good += len(text) - len(text.encode("ascii", "ignore")) - bad
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


def _text_parts(sheet: Sheet, only: Sequence[int] = ()) -> Iterator[Block | list[Row]]:
    """Blocks without quotes are simply split; where a quote stands, the careful reader takes over for a while."""
    csv.field_size_limit(LONGEST_CELL)
    number = 0
    with sheet.path.open(encoding=sheet.encoding, errors="replace") as file:
        while block := _block(file):
            sheet.position += len(block) if block.isascii() else len(block.encode("utf-8", "replace"))
            above = max(sheet.lines_before - number, 0)
            if _is_plain(block):
                lines = block.removesuffix("\n").split("\n", above)
                if len(lines) > above:
                    yield _split(lines[above], number + above, sheet, only)
                number += block.count("\n") + (not block.endswith("\n"))
            else:
                rows = list(_careful(_Lines(block, file), sheet.delimiter, number))
                yield rows[above:]
                number = rows[-1].number


def _split(text: str, number: int, sheet: Sheet, only: Sequence[int]) -> Block | list[Row]:
    """Lines without quotes that stand below the row of this number."""
    cells = _cells(text, sheet, only)
    if cells is not None:
        return Block(np.arange(number + 1, number + 1 + cells.num_rows), cells)
    return [Row(n, line.split(sheet.delimiter)) for n, line in enumerate(text.split("\n"), number + 1)]


def _cells(text: str, sheet: Sheet, only: Sequence[int]) -> "pa.Table | None":
    """The cells by columns, if each line has all of them and none is blank."""
    import pyarrow as pa  # only for those who read whole files
    from pyarrow import compute, csv

    names, content = _names(len(sheet.header)), text.encode()
    if not names:
        return None
    try:
        cells = csv.read_csv(
            pa.BufferReader(content),
            csv.ReadOptions(use_threads=False, block_size=len(content) + 1, column_names=names),
            csv.ParseOptions(delimiter=sheet.delimiter, quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=sorted({"0", *map(str, only)}, key=int) if only else names,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return None if compute.any(compute.equal(cells["0"], "")).as_py() else cells


def _block(file: IO[str]) -> str:
    """Some whole lines."""
    block = file.read(BLOCK)
    return block if not block or block.endswith("\n") else block + file.readline()


def _is_plain(block: str) -> bool:
    return '"' not in block and "\0" not in block and BROKEN_TEXT not in block


class _Lines:
    """The lines of a block and, while a record is open, of what follows; they can be given back."""

    def __init__(self, block: str, file: IO[str]) -> None:
        self.ahead = [line + "\n" for line in reversed(block.removesuffix("\n").split("\n"))]
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


def _book_parts(path: Path, skip: int = 1) -> Iterator[list[Row]]:
    from python_calamine import CalamineError, CalamineWorkbook  # only for books

    try:
        book = CalamineWorkbook.from_path(str(path))
        rows = enumerate(book.get_sheet_by_index(0).iter_rows(), start=1)
    except (CalamineError, OSError, ValueError, IndexError) as why:
        raise BadFile("broken_book") from why
    below = islice(rows, skip, None)
    while part := list(islice(below, ROWS)):
        yield [Row(number, [_text_of(cell) for cell in row]) for number, row in part]


def _text_of(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell.isoformat(" ") if hasattr(cell, "hour") and hasattr(cell, "year") else cell)


def restored(cells: list[str]) -> list[str]:
    """Cells as they were before an export disarmed them."""
    return [tables.restored(cell) if cell.startswith("'") else cell for cell in cells]
