"""Tables that leave the house: CSV and XLSX in which no cell can become a formula.

Every export of every domain is written here. A text that a spreadsheet would run is disarmed by an apostrophe:
`restored` takes it off, so that an exported table can be loaded back.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils import timezone, translation
from django.utils.functional import Promise

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
ROWS_OF_A_SHEET = 1_048_576

Cell = str | int | float | Decimal | date | datetime | bool | Promise | None


def disarmed(value: Cell) -> Cell:
    """The value as it may stand in a table; only texts can be dangerous, numbers stay numbers.

    >>> disarmed("=HYPERLINK(1)"), disarmed("Анна"), disarmed(-5), disarmed("-5,20"), disarmed(" =1")
    ("'=HYPERLINK(1)", 'Анна', -5, '-5,20', "' =1")
    """
    if isinstance(value, Promise):
        value = str(value)
    if (
        not isinstance(value, str)
        or not value.lstrip(" \u00a0\ufeff\0").startswith(RUNS)
        or _is_number(value)
    ):
        return value
    return "'" + value


def restored(text: str) -> str:
    """The text as it was before it was disarmed.

    >>> restored("'=1+1"), restored("'s Gravenhage"), restored(str(disarmed("+7 900")))
    ('=1+1', "'s Gravenhage", '+7 900')
    """
    if text.startswith("'") and text[1:].lstrip(" \u00a0\ufeff\0").startswith(RUNS):
        return text[1:]
    return text


def _is_number(text: str) -> bool:
    digits = text.strip().lstrip("-").replace(",", ".", 1)
    return text.strip().count("-") == 1 and digits.isascii() and digits.replace(".", "", 1).isdigit()


def csv_chunks(
    header: Sequence[str | Promise], rows: Iterable[Sequence[Cell]], *, delimiter: str = ";", size: int = 500
) -> Iterator[bytes]:
    """A CSV in pieces, for a streamed answer; UTF-8 with its mark, so that Russian Excel opens it rightly.

    The pieces are made after the request is over: in the language and the zone of whoever asks now all the same.
    """
    language, zone = translation.get_language(), timezone.get_current_timezone()
    return _spoken(_csv_chunks(header, rows, delimiter, size), language, zone)


def _spoken(chunks: Iterator[bytes], language: str | None, zone: tzinfo) -> Iterator[bytes]:
    while True:
        with translation.override(language), timezone.override(zone):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk


def _csv_chunks(
    header: Sequence[str | Promise], rows: Iterable[Sequence[Cell]], delimiter: str, size: int
) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow([disarmed(name) for name in header])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_as_text(disarmed(cell)) for cell in row])
        if number % size == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _as_text(value: Cell) -> Cell:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else value


def xlsx_file(
    header: Sequence[str | Promise], rows: Iterable[Sequence[Cell]], *, sheet: str = "Prilavok"
) -> IO[bytes]:
    """An XLSX as an open temporary file at its beginning; rows are written as they come, in constant memory.

    Texts are written as texts and never as formulas or links. What exceeds one sheet goes on on the next.
    """
    import xlsxwriter  # slow to import, and only exports need it

    file = TemporaryFile()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        formats = {"date": book.add_format({"num_format": "dd.mm.yyyy"})}
        formats["moment"] = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        page, line = None, ROWS_OF_A_SHEET
        number = 0
        for row in rows:
            if line >= ROWS_OF_A_SHEET:
                number += 1
                page, line = (
                    _new_sheet(book, f"{sheet[:25]} {number}" if number > 1 else sheet[:31], header),
                    1,
                )
            for column, value in enumerate(row):
                _write_cell(page, line, column, disarmed(value), formats)
            line += 1
        if page is None:
            _new_sheet(book, sheet[:31], header)
    file.seek(0)
    return file


def _new_sheet(book: Any, name: str, header: Sequence[str | Promise]) -> Any:
    page = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    page.freeze_panes(1, 0)
    for column, title in enumerate(header):
        page.write_string(0, column, str(disarmed(title)), bold)
    return page


def _write_cell(page: Any, line: int, column: int, value: Cell, formats: dict[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, bool) or isinstance(value, str):
        page.write_string(line, column, str(value))
    elif isinstance(value, datetime):
        page.write_datetime(line, column, value.replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(line, column, value, formats["date"])
    else:
        page.write_number(line, column, value)
