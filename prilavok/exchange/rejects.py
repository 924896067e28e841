"""Rows put aside, as a file to repair and bring again: in the order of the file that they came in."""

import csv
import io
import mmap
import os
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np


@dataclass
class Rejects:
    """The file of rejects, made with the first of them; `arrange` ends it. `header`: its first line."""

    path: Path
    header: Sequence[object]
    delimiter: str
    _rows: "array[int]" = field(default_factory=lambda: array("q"))
    """Of each reject its row in the file that was brought."""
    _starts: "array[int]" = field(default_factory=lambda: array("q"))
    """Of each reject the byte at which it begins here."""
    _file: BinaryIO | None = None

    def add(self, row: int, cells: Iterable[object]) -> None:
        """Put a row of this number aside."""
        out = self._out()
        self._rows.append(row)
        self._starts.append(out.tell())
        out.write(self._line(cells))

    def arrange(self) -> None:
        """Close the file and put its rows in order."""
        if self._file:
            self._file.close()
        if any(after < before for before, after in pairwise(self._rows)):
            self._sort()

    def _out(self) -> BinaryIO:
        if self._file is None:
            self._file = self.path.open("wb")
            self._file.write(b"\xef\xbb\xbf" + self._line(self.header))
        return self._file

    def _line(self, cells: Iterable[object]) -> bytes:
        line = io.StringIO(newline="")
        csv.writer(line, delimiter=self.delimiter).writerow(cells)
        return line.getvalue().encode()

    def _sort(self) -> None:
        sorted_path = self.path.with_suffix(".sorted")
        with (
            self.path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as old,
            sorted_path.open("wb") as new,
        ):
            ends = [*self._starts[1:], len(old)]
            new.write(old[: self._starts[0]])
            for one in np.argsort(np.array(self._rows), kind="stable"):
                new.write(old[self._starts[one] : ends[one]])
        os.replace(sorted_path, self.path)
