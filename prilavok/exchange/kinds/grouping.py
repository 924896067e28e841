"""Rows of one receipt brought together, wherever they stand in the file."""

import pickle
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from tempfile import TemporaryFile
from typing import IO

from prilavok.exchange.run import Run
from prilavok.exchange.sheets import Row

HEAPS = 64


def together(run: Run, number: int, shop: int, *, tidy: bool) -> Iterator[list[Row]]:
    """Lists of rows with the same receipt number and shop; these are the places of the two cells.

    A tidy file is read as it stands. A scattered one is first sorted into heaps on disk, so that memory holds
    one heap at a time.
    """
    if tidy:
        key = itemgetter(number, shop)
        for _key, rows in groupby(run.read(), key=lambda row: key(row.cells)):
            yield list(rows)
        return
    run.note("regrouped")
    for heap in _heaps(run, number, shop):
        found: dict[tuple[str, str], list[Row]] = {}
        for row in heap:
            found.setdefault((row.cells[number], row.cells[shop]), []).append(row)
        yield from found.values()


def is_tidy(run: Run, number: int, shop: int) -> bool:
    """Whether no receipt is taken up again once another has begun."""
    key = itemgetter(number, shop)
    seen: set[int] = set()
    for last, _rows in groupby(run.sheet.beginnings(max(number, shop) + 1), key=key):
        if hash(last) in seen:
            return False
        seen.add(hash(last))
    return True


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
