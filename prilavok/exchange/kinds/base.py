"""What a kind of import is made of."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prilavok.exchange.run import Run
from prilavok.kernel.sheets import Block, Row
from prilavok.kernel.unreadable import Unreadable

Reader = Callable[[str], Any]
ROWS = _("rows")
REMEMBERED = 100_000
T = TypeVar("T")


@dataclass(frozen=True)
class Column:
    """A column that a kind knows. `names` are what files call it, besides its key."""

    key: str
    label: str | Promise
    names: tuple[str, ...] = ()
    required: bool = False
    hint: str | Promise = ""

    def is_called(self, name: str) -> bool:
        """Whether the file's name for a column means this one, whatever its case, dots and underscores."""
        return plain(name) in {plain(self.key), *map(plain, self.names)}


def plain(name: str) -> str:
    """
    >>> plain("  Дата_Рождения "), plain("E-mail"), plain("№ чека")
    ('дата рождения', 'e mail', 'чека')
    """
    return " ".join(re.sub(r"[^\w]|_", " ", name.lower().replace("ё", "е")).split())


@dataclass(frozen=True)
class Kind:
    """One kind of import: its columns and the function that loads a run."""

    key: str
    label: str | Promise
    permission: str
    always: tuple[Column, ...]  # columns that every installation has
    load: Callable[[Run], None]
    about: str | Promise = ""
    options: tuple[str, ...] = ()
    to_see_rows: str = "exchange.see"  # the right to read rows of such files as they came
    counted: str | Promise = ROWS
    more: Callable[[], Iterable[Column]] = tuple  # columns that the company made itself

    @property
    def columns(self) -> tuple[Column, ...]:
        return (*self.always, *self.more())

    def guess(self, header: Sequence[str]) -> dict[str, str]:
        """Column key → the file's name for it, as far as the names tell."""
        free = list(header)
        found: dict[str, str] = {}
        for column in self.columns:
            name = next((name for name in free if column.is_called(name)), None)
            if name is not None:
                found[column.key] = name
                free.remove(name)
        return found

    def missing(self, mapping: dict[str, str]) -> list[Column]:
        return [column for column in self.columns if column.required and column.key not in mapping]


@dataclass
class Cells:
    """Reads named cells of rows; remembers what a text means, since files repeat themselves."""

    run: Run
    _known: dict[tuple[Hashable, str], Any] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        return key in self.run.mapping

    def text(self, row: Row, key: str) -> str:
        """The bare cell, or nothing where the file has no such column."""
        place = self.run.mapping.get(key)
        return "" if place is None else _bare(row.cells[place])

    def value(self, row: Row, key: str, read: Reader, default: Any = None, *, required: bool = False) -> Any:
        """What the cell means. Raises BadCell."""
        text = self.text(row, key)
        if not text:
            if required:
                raise BadCell(key, Unreadable("missing"))
            return default
        known = self._known
        try:
            return known[read, text]
        except KeyError:
            pass
        try:
            value = read(text)
        except Unreadable as why:
            raise BadCell(key, why) from None
        if len(known) > REMEMBERED:
            known.clear()
        known[read, text] = value
        return value


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@" else cell


@dataclass
class Columns:
    """Reads named cells of many rows, column by column: a text that stands in many of them is read once, and what is
    known of it is kept for the next rows.
    """

    run: Run
    bad: "dict[int, BadCell]" = field(default_factory=dict)
    """By their places in the block: rows with a cell that can't be read, and the first of those cells."""
    _cells: list[list[str]] = field(default_factory=list)
    _size: int = 0
    _known: dict[Hashable, dict[str, Any]] = field(default_factory=dict)

    def open(self, block: Block) -> None:
        """Go on to these rows."""
        self._cells, self._size, self.bad = block.texts(), len(block), {}

    def texts(self, key: str) -> list[str]:
        """The bare cells, or nothing where the file has no such column."""
        place = self.run.mapping.get(key)
        return [""] * self._size if place is None else list(map(_bare, self._cells[place]))

    def values(self, key: str, read: Reader, default: Any = None) -> list[Any]:
        """What the cells mean. Of one that can't be read the meaning is the reason, and its row is among the `bad`."""
        if key not in self.run.mapping:
            return [default] * self._size
        texts = self.texts(key)
        known = self._known.setdefault(read, {})
        if len(known) > REMEMBERED:
            known.clear()
        for text in set(texts).difference(known, ("",)):
            known[text] = _meaning(text, read)
        found = [known[text] if text else default for text in texts]
        for place, value in enumerate(found):
            if value.__class__ is Unreadable:
                self.bad.setdefault(place, BadCell(key, value))
        return found

    def blame(self, place: int, column: str, why: Unreadable) -> None:
        """Count a row among the bad ones."""
        self.bad.setdefault(place, BadCell(column, why))


def _meaning(text: str, read: Reader) -> Any:
    try:
        return read(text)
    except Unreadable as why:
        return why.with_traceback(None)


class BadCell(Exception):
    """A cell that could not be read: whose column and why."""

    def __init__(self, column: str, why: Unreadable) -> None:
        super().__init__(column, why.code)
        self.column = column
        self.why = why


@dataclass
class Twins:
    """Finds rows whose key stood in the file before: word for word the same, or in conflict."""

    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    repeated: int = 0

    def is_new(self, key: str, row: Row) -> bool:
        """Whether the key is met for the first time. Raises BadCell where it comes again with other values."""
        content = hash(tuple(row.cells))
        number, before = self.seen.setdefault(key, (row.number, content))
        if number == row.number:
            return True
        if before != content:
            raise BadCell("", Unreadable("same_again_different", row=number))
        self.repeated += 1
        return False


def batches(
    run: Run, build: Callable[[Row], Any], *, size: int = 5_000
) -> Iterator[tuple[list[Row], list[Any]]]:
    """Rows with what was built from them, by batches; rows that can't be built are rejected.

    `build` returns None for a row that repeats another.
    """
    rows: list[Row] = []
    built: list[Any] = []
    for row in run.read():
        try:
            one = build(row)
        except BadCell as bad:
            run.reject(row, bad.column, bad.why)
            continue
        if one is None:
            run.unchanged += 1
            continue
        rows.append(row)
        built.append(one)
        if len(rows) >= size:
            yield rows, built
            rows, built = [], []
    if rows:
        yield rows, built


def parts(many: Iterable[list[T]], *, size: int) -> Iterator[list[T]]:
    """Lists of exactly so many, whatever their lengths were; only the last may be shorter.

    >>> list(parts([[1, 2, 3], [4], [5, 6, 7, 8]], size=3))
    [[1, 2, 3], [4, 5, 6], [7, 8]]
    """
    waiting: list[T] = []
    for some in many:
        waiting += some
        while len(waiting) >= size:
            yield waiting[:size]
            waiting = waiting[size:]
    if waiting:
        yield waiting
