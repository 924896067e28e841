"""Rows of one receipt brought together, wherever they stand in the file, and receipts brought into batches."""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from prilavok.exchange.run import Run
from prilavok.kernel.sheets import Block, Row, by_columns

if TYPE_CHECKING:
    import pyarrow as pa

HEAPS = 64
S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column that repeats itself: its different values, and for each row which of them it holds."""

    values: list[T]
    codes: "npt.NDArray[np.int64]"

    def __getitem__(self, rows: slice) -> "list[T]":
        return [self.values[code] for code in self.codes[rows].tolist()]

    def at(self, places: "npt.NDArray[np.int64]") -> list[T]:
        """What stands in these rows."""
        return [self.values[code] for code in self.codes[places].tolist()]

    def known(self) -> "npt.NDArray[np.bool_]":
        """Of each row, whether it holds anything but None."""
        return np.array([value is not None for value in self.values], bool)[self.codes]

    def filled(self: "Column[S | None]", nothing: S) -> "tuple[list[S], npt.NDArray[np.int64]]":
        """The values, with `nothing` for None, and the codes."""
        return [nothing if value is None else value for value in self.values], self.codes

    def changes(self) -> "npt.NDArray[np.bool_]":
        """Between each two neighbours, whether they differ."""
        return np.not_equal(self.codes[1:], self.codes[:-1])


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole receipts, one behind another: their rows by columns, and where each receipt starts."""

    numbers: "npt.NDArray[np.int64]"
    columns: list[Column[str]]
    starts: "npt.NDArray[np.int64]"

    def __len__(self) -> int:
        return len(self.numbers)

    def blank(self) -> Column[str]:
        """A column that the file doesn't have."""
        return Column([""], np.zeros(len(self), np.int64))

    def receipts(self) -> "list[Rows]":
        return [Rows(self, *bounds) for bounds in pairwise([*self.starts.tolist(), len(self)])]


@dataclass(frozen=True, slots=True)
class Rows(Sequence[Row]):
    """Rows of a batch, which are made when somebody asks for them."""

    batch: Batch
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        return list(self)[place]

    def __iter__(self) -> Iterator[Row]:
        part = slice(self.start, self.end)
        cells = zip(*[column[part] for column in self.batch.columns], strict=True)
        return map(Row, self.batch.numbers[part].tolist(), map(list, cells))


def batches(run: Run, number: int, shop: int, *, tidy: bool, receipts: int, lines: int) -> Iterator[Batch]:
    """All receipts: rows with the same cells at the places of the receipt's number and of the shop.

    By batches of at least so many lines and at most so many receipts. A tidy file is read as it stands. A scattered
    one is first sorted into heaps on disk, so that memory holds one heap at a time.
    """
    waiting: list[Block] = []
    for block in run.blocks() if tidy else _sorted(run, number, shop):
        waiting.append(block)
        if sum(map(len, waiting)) >= lines:
            batch, cells = _coded(waiting, number, shop)
            whole = int(batch.starts[-1])  # the last receipt may go on in the next block
            yield from _parts(batch, batch.starts.tolist(), receipts)
            waiting = [Block(batch.numbers[whole:], cells.slice(whole))]
    if waiting:
        batch, _cells = _coded(waiting, number, shop)
        yield from _parts(batch, [*batch.starts.tolist(), len(batch)], receipts)


def _coded(blocks: Sequence[Block], number: int, shop: int) -> "tuple[Batch, pa.Table]":
    import pyarrow as pa

    cells = pa.concat_tables([block.cells for block in blocks]).combine_chunks()
    columns = [coded(column.chunk(0)) for column in cells.columns]
    numbers = np.concatenate([block.numbers for block in blocks])
    return Batch(numbers, columns, _starts(columns[number], columns[shop])), cells


def coded(cells: "pa.Array") -> "Column[str]":
    found = cells.dictionary_encode()
    return Column(found.dictionary.to_pylist(), found.indices.to_numpy().astype(np.int64))


def together(columns: Sequence[Column[str]], rows: int) -> "Column[tuple[str, ...]]":
    """Some columns as one: what stands side by side in their rows."""
    import pyarrow as pa

    codes = np.zeros(rows, np.int64)
    for column in columns:
        pairs = pa.array(codes * len(column.values) + column.codes)
        codes = pairs.dictionary_encode().indices.to_numpy().astype(np.int64)
    where = np.zeros(codes.max(initial=0) + 1, np.int64)  # one row of each
    where[codes] = np.arange(rows)
    return Column(list(zip(*[column.at(where) for column in columns], strict=True)) or [()], codes)


def _starts(number: Column[str], shop: Column[str]) -> "npt.NDArray[np.int64]":
    return np.concatenate([[0], np.flatnonzero(number.changes() | shop.changes()) + 1])


def _parts(batch: Batch, bounds: list[int], receipts: int) -> Iterator[Batch]:
    """The receipts between these bounds in even parts, none larger than `receipts`."""
    many = len(bounds) - 1
    parts = -(-many // receipts)
    for part in range(parts):
        own = bounds[many * part // parts : many * (part + 1) // parts + 1]
        rows = slice(own[0], own[-1])
        columns = [Column(column.values, column.codes[rows]) for column in batch.columns]
        yield Batch(batch.numbers[rows], columns, np.array(own[:-1]) - own[0])


def is_tidy(run: Run, number: int, shop: int) -> bool:
    """Whether no receipt is taken up again once another has begun."""
    seen: set[int] = set()
    last = None
    for part in run.sheet.parts(only=(number, shop)):
        block = part if isinstance(part, Block) else _sound(part)
        if block is None:
            continue
        columns = [coded(block.cells[str(place)].combine_chunks()) for place in (number, shop)]
        starts = _starts(*columns)
        for names in zip(*[column.at(starts) for column in columns], strict=True):
            if names != last and hash(names) in seen:
                return False
            seen.add(hash(names))
            last = names
    return True


def _sound(rows: Sequence[Row]) -> Block | None:
    sound = [row for row in rows if not row.ailment]
    return by_columns(sound) if sound else None


def _sorted(run: Run, number: int, shop: int) -> Iterator[Block]:
    """All rows, those of a receipt together."""
    run.note("regrouped")
    for heap in _heaps(run, number, shop):
        found: dict[tuple[str, str], list[Row]] = {}
        for row in heap:
            found.setdefault((row.cells[number], row.cells[shop]), []).append(row)
        if found:
            yield by_columns([row for rows in found.values() for row in rows])


def _heaps(run: Run, number: int, shop: int) -> Iterator[list[Row]]:
    files: list[IO[bytes]] = [TemporaryFile() for _ in range(HEAPS)]
    waiting: list[list[tuple[int, list[str]]]] = [[] for _ in range(HEAPS)]
    for row in run.read():
        heap = hash((row.cells[number], row.cells[shop])) % HEAPS
        waiting[heap].append((row.number, row.cells))
        if len(waiting[heap]) >= 1_000:
            pickle.dump(waiting[heap], files[heap])
            waiting[heap] = []
    for file, rest in zip(files, waiting, strict=True):
        pickle.dump(rest, file)
        file.seek(0)
        with file:
            yield [Row(place, cells) for chunk in _dumps(file) for place, cells in chunk]


def _dumps(file: IO[bytes]) -> Iterator[list[tuple[int, list[str]]]]:
    while True:
        try:
            yield pickle.load(file)
        except EOFError:
            return
