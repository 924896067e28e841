"""An import on its way: the file's rows, what became of them, the rejects and the books."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from prilavok.exchange.rejects import Rejects
from prilavok.exchange.wording import in_words
from prilavok.kernel import tables
from prilavok.kernel.actors import Actor
from prilavok.kernel.sheets import Block, Row, Sheet, by_columns, restored
from prilavok.kernel.unreadable import Unreadable

REJECT_COLUMNS = ("prilavok_row", "prilavok_column", "prilavok_reason")
"""Added behind the file's own columns in the file of rejects, and passed over when it is loaded again."""


@dataclass(slots=True)
class Books:
    """One line of the reconciliation: what stands in the file, and where each part of it went."""

    key: str
    is_money: bool
    file: int = 0
    rejected: int = 0
    base: int = 0
    """Read back from the database, not carried over from the file. Money in ten-thousandths."""

    @property
    def difference(self) -> int:
        return self.file - self.rejected - self.base

    def stored(self) -> dict[str, Any]:
        return {
            "key": self.key, "is_money": self.is_money, "file": self.file, "rejected": self.rejected, "base": self.base,
            "difference": self.difference,
        }  # fmt: skip


@dataclass
class Run:
    """What a loader of one kind works with. `at` is the moment of the import: later dates lie in the future."""

    sheet: Sheet
    mapping: dict[str, int]
    options: dict[str, Any]
    by: Actor
    at: datetime
    rejects_path: Path
    progress: Callable[["Run"], None]
    import_id: str = ""  # public, for what is kept of where something came from
    rows: int = 0
    loaded: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    books: dict[str, Books] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        header = [*map(tables.disarmed, self.sheet.header), *REJECT_COLUMNS]
        self.rejects = Rejects(self.rejects_path, header, self.sheet.delimiter or ";")

    def read(self) -> Iterator[Row]:
        """The rows that can be read; damaged ones are rejected on the way."""
        return self._sound(self.sheet.rows())

    def blocks(self) -> Iterator[Block]:
        """The same by columns, some thousand rows at once."""
        for part in self.sheet.parts():
            if isinstance(part, Block):
                self.rows += len(part)
                yield part
            elif rows := list(self._sound(part)):
                yield by_columns(rows)

    def _sound(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.rows += 1
            if row.ailment:
                self.reject(row, "", row.ailment)
            else:
                yield row

    def reject(self, row: Row, column: str, why: Unreadable) -> None:
        """Put the row aside with its reason."""
        self.rejected += 1
        self.reasons[why.code, column] += 1
        cells = (row.cells + [""] * len(self.sheet.header))[: max(len(self.sheet.header), len(row.cells))]
        name = self.name_of(column)
        told = in_words(why.code, why.values)
        self.rejects.add(row.number, [*map(tables.disarmed, cells), row.number, name, told])

    def name_of(self, column: str) -> str:
        """The column as the file calls it."""
        place = self.mapping.get(column)
        return self.sheet.header[place] if place is not None else column

    def account(self, key: str, *, is_money: bool = False) -> Books:
        """A line of the reconciliation; made when first asked for."""
        return self.books.setdefault(key, Books(key, is_money))

    def note(self, code: str, **values: Any) -> None:
        """Something that the report should say."""
        self.notes.append({"code": code, **values})

    def cells_of(self, row: Row) -> list[str]:
        return restored(row.cells)


def units(amount: Decimal) -> int:
    """Ten-thousandths of an amount that has no finer part."""
    return int(amount * 10000)
