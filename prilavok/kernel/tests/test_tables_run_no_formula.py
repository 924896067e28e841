"""A table that leaves the house runs nothing in a spreadsheet and comes back as it was."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from prilavok.kernel import tables

EVIL = ["=1+1", "+7900", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0", "\ufeff=1"]


@pytest.mark.parametrize("text", EVIL)
def test_a_text_that_would_run_is_disarmed(text: str) -> None:
    assert str(tables.disarmed(text)).startswith("'")


@given(st.text())
def test_what_was_disarmed_is_restored(text: str) -> None:
    if not text.startswith("'"):
        assert tables.restored(str(tables.disarmed(text))) == text


def test_a_csv_keeps_texts_and_numbers() -> None:
    data = b"".join(tables.csv_chunks(["Имя", "Сумма"], [("=Анна", Decimal("-5.20")), ("Иван; Пётр", 3)]))

    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [["Имя", "Сумма"], ["'=Анна", "-5.20"], ["Иван; Пётр", "3"]]


def test_an_xlsx_keeps_texts_numbers_and_dates() -> None:
    file = tables.xlsx_file(
        ["Имя", "Сумма", "День"], [("=1+1", Decimal("5.2"), date(2026, 11, 21)), ("+7", None, None)]
    )

    sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    assert sheet[1][:2] == ["'=1+1", 5.2]
    assert sheet[1][2] == date(2026, 11, 21)
    assert sheet[2][0] == "'+7"
