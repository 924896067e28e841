"""Cells mean what people meant by them, and never bring the reader down."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prilavok.exchange.rules.dates import read_date, read_moment
from prilavok.exchange.rules.words import read_code, read_sex, read_text, read_yes
from prilavok.kernel.amounts import read_amount, read_quantity
from prilavok.kernel.unreadable import Unreadable

LATEST = date(2100, 1, 1)
LATEST_MOMENT = datetime(2100, 1, 1)  # noqa: DTZ001
MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_day_in_every_form(day: date) -> None:
    forms = (
        day.isoformat(), day.strftime("%d.%m.%Y"), day.strftime("%d/%m/%Y"), day.strftime("%d-%m-%Y"),
        day.strftime("%Y%m%d"),
        f"{day.day} {MONTHS[day.month - 1]} {day.year} г.", f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}",
        f"{day.day}.{day.month}.{day.year} 00:00:00",
    )  # fmt: skip

    assert {read_date(form, latest=LATEST) for form in forms} == {day}


@given(st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001
def test_a_moment_in_every_form(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    forms = (
        moment.isoformat(),
        moment.isoformat(" "),
        moment.strftime("%d.%m.%Y %H:%M:%S"),
        moment.strftime("%Y%m%dT%H%M%S"),
    )

    assert {read_moment(form, latest=LATEST_MOMENT) for form in forms} == {moment}


@given(st.decimals(Decimal(0), Decimal(999_999_999), places=2))
def test_a_sum_in_every_form(amount: Decimal) -> None:
    grouped = f"{amount:,.2f}"
    forms = (
        str(amount), grouped, grouped.replace(",", " "), grouped.replace(",", "\u00a0").replace(".", ","),
        grouped.replace(",", "#").replace(".", ",").replace("#", "."), f"{amount} ₽", f"{amount} руб.",
    )  # fmt: skip

    assert {read_amount(form) for form in forms} == {amount}


@given(st.text())
def test_no_text_brings_a_reader_down(text: str) -> None:
    for read in (read_amount, read_quantity, read_yes, read_sex, read_code, read_text):
        try:
            read(text)
        except Unreadable as why:
            assert why.code
    for read_it in (lambda: read_date(text, latest=LATEST), lambda: read_moment(text, latest=LATEST_MOMENT)):
        try:
            read_it()
        except Unreadable as why:
            assert why.code


@given(st.from_regex(r"[0-9 .,\-]{1,12}", fullmatch=True))
def test_figures_are_read_or_refused_but_never_guessed(text: str) -> None:
    try:
        amount = read_amount(text)
    except Unreadable:
        return
    assert [digit for digit in text if digit.isdigit()][-1:] == [f"{amount}"[-1]]


UNSURE = {
    "1,234": "ambiguous",
    "1e5": "not_a_number",
    "NaN": "not_a_number",
    "1 23": "not_a_number",
    "٣": "not_a_number",
    "9999999999": "absurd",
}


@pytest.mark.parametrize("text", UNSURE)
def test_sums_that_nobody_can_be_sure_of(text: str) -> None:
    with pytest.raises(Unreadable) as told:
        read_amount(text)
    assert told.value.code == UNSURE[text]


def test_a_quantity_always_has_decimals_behind_a_comma() -> None:
    assert read_quantity("1,250") == Decimal("1.25")


def test_a_number_that_a_spreadsheet_has_spoilt() -> None:
    with pytest.raises(Unreadable):
        read_code("2,9E+12")
