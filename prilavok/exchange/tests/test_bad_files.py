"""Whatever comes in: the good rows are loaded, each bad one is named with its row, column and reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from prilavok.company.models import Shop
from prilavok.customers import queries as customers
from prilavok.exchange import actions, queries
from prilavok.exchange.models import Import
from prilavok.exchange.tests.conftest import Bring
from prilavok.kernel import tables
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import queries as orders

Rejects = Callable[[Import], list[list[str]]]

PEOPLE = (
    "Код;Фамилия;Имя;Телефон;Дата рождения\n"
    "1;Ковалёва;Анна;+7 916 123-45-67;08.03.1987\n"
    "2;Щукин;Пётр;8 (903) 000-11-22;1 мая 1960 г.\n"
)
RECEIPTS = "чек,магазин,дата,артикул,количество,сумма\n"


@pytest.fixture(autouse=True)
def _ground(goods: None, shop_on_lenina: Shop) -> None: ...


def people() -> set[str]:
    return set(customers.visible(SYSTEM).values_list("person__last_name", flat=True))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1251", "cp866", "koi8-r", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_any_encoding_is_recognised(bring: Bring, encoding: str) -> None:
    one = bring("customers", PEOPLE.encode(encoding))

    assert (one.loaded, one.rejected) == (2, 0)
    assert people() == {"Ковалёва", "Щукин"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_recognised(bring: Bring, delimiter: str) -> None:
    assert bring("customers", PEOPLE.replace(";", delimiter)).loaded == 2


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_is_recognised(bring: Bring, ending: str) -> None:
    assert bring("customers", PEOPLE.replace("\n", ending)).loaded == 2


def test_a_workbook_is_read(bring: Bring) -> None:
    book = tables.xlsx_file(["Код", "Фамилия"], [("1", "Ковалёва"), ("2", "Щукин")])

    assert bring("customers", book.read(), "people.xlsx").loaded == 2


def test_a_file_cut_off_in_the_middle_of_a_row(bring: Bring, rejects: Rejects) -> None:
    one = bring("customers", PEOPLE + "3;Сом")

    assert (one.loaded, one.rejected) == (2, 1)
    assert rejects(one)[0][:2] == ["3", "Сом"]
    assert "cut off" in rejects(one)[0][-1] or "оборвана" in rejects(one)[0][-1]


def test_a_file_cut_off_in_the_middle_of_a_letter(bring: Bring) -> None:
    one = bring("customers", PEOPLE.encode() + "3;Сомова;Зоя".encode()[:-1])

    assert (one.loaded, one.rejected) == (2, 1)


def test_a_quote_that_is_never_closed_hides_no_other_row(bring: Bring, rejects: Rejects) -> None:
    one = bring("customers", 'Код;Фамилия\n1;Ковалёва\n2;"Щукин\n3;Сомова\n4;Ершов\n')

    assert (one.loaded, one.rejected) == (3, 1)
    assert rejects(one)[0][-3] == "3"


def test_a_cell_may_hold_quotes_and_lines(bring: Bring) -> None:
    one = bring("shops", 'code;name\nA;"Лавка ""У дома""; на углу"\nB;Б\n')

    assert (one.loaded, one.rejected) == (2, 0)


def test_zero_bytes_and_broken_letters_are_named(bring: Bring, rejects: Rejects) -> None:
    content = PEOPLE.encode() + b"3;\0\xd0\xa1;\xd0\x97\xd0\xbe\xd1\x8f;;\n" + b"4;\xff\xfe;;;\n"

    one = bring("customers", content)

    assert (one.loaded, one.rejected) == (2, 2)
    assert [row[-3] for row in rejects(one)] == ["4", "5"]


def test_rows_with_too_many_or_too_few_cells(bring: Bring) -> None:
    one = bring("customers", PEOPLE + "3;Сомова;Зоя;;;;лишнее\n4;Ершов\n5;Язев;Лев;;;;;\n\n;;;;\n")

    assert (one.loaded, one.rejected) == (3, 2)  # blank cells and blank rows are nothing


def test_the_same_row_twice_counts_once_and_a_conflict_is_named(bring: Bring, rejects: Rejects) -> None:
    one = bring("customers", PEOPLE + "1;Ковалёва;Анна;+7 916 123-45-67;08.03.1987\n2;Щукина;Инна;;\n")

    assert (one.loaded, one.unchanged, one.rejected) == (2, 1, 1)
    assert "3" in rejects(one)[0][-1]


@pytest.mark.parametrize(
    ("phone", "birthday"),
    [("12", ""), ("", "31.02.1990"), ("", "2031-01-01"), ("", "05.05.1850"), ("", "вчера")],
)
def test_a_bad_cell_rejects_its_row_alone(bring: Bring, phone: str, birthday: str) -> None:
    one = bring("customers", PEOPLE + f"3;Сомова;Зоя;{phone};{birthday}\n")

    assert (one.loaded, one.rejected) == (2, 1)


def line(
    number: str,
    *,
    at: str = "01.03.2026 10:15",
    quantity: str = "1",
    amount: str = "10",
    shop: str = "lenina",
) -> str:
    return f'{number},{shop},{at},P1,"{quantity}","{amount}"\n'


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"shop": "nowhere"}, "магазин"),
        ({"amount": "-5"}, "сумма"),
        ({"amount": "99999999999"}, "сумма"),
        ({"amount": "1e5"}, "сумма"),
        ({"amount": "1,234"}, "сумма"),
        ({"amount": "десять"}, "сумма"),
        ({"amount": ""}, "сумма"),
        ({"quantity": "-1"}, "количество"),
        ({"quantity": "999999999"}, "количество"),
        ({"at": "01.03.2027 10:15"}, "дата"),
        ({"at": "2026-02-30"}, "дата"),
        ({"at": "01.03.2026 25:00"}, "дата"),
        ({"at": ""}, "дата"),
    ],
)
def test_a_bad_line_of_a_receipt(bring: Bring, rejects: Rejects, cells: dict[str, str], column: str) -> None:
    one = bring("receipts", RECEIPTS + line("1") + line("2", **cells))

    assert (one.loaded, one.rejected) == (1, 1)
    assert rejects(one)[0][-2] == column
    assert rejects(one)[0][-1]


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-01T10:15:00", "2026-03-01T10:15+03:00", "2026-03-01T07:15Z", "01.03.2026 10:15", "1.3.2026, 10:15:00",
        "01.03.26 10:15", "01/03/2026 10:15", "1 марта 2026 г. 10:15", "1 мар 2026, 10:15", "20260301T101500",
        "2026.03.01 10:15",
    ],
)  # fmt: skip
def test_a_moment_in_any_form(bring: Bring, at: str) -> None:
    one = bring("receipts", f"чек;магазин;дата;артикул;сумма\n1;lenina;{at};P1;10\n")

    assert one.rejected == 0
    paid_at = orders.receipts(SYSTEM).get().paid_at
    assert paid_at.isoformat() == "2026-03-01T07:15:00+00:00"


@pytest.mark.parametrize(
    "amount", ["1234.50", "1 234,50", "1\u00a0234,50 ₽", "1,234.50", "1.234,50", "$1234.5", "1234,5 руб."]
)
def test_a_sum_in_any_form(bring: Bring, amount: str) -> None:
    assert bring("receipts", RECEIPTS + line("1", amount=amount)).rejected == 0
    assert str(orders.receipts(SYSTEM).get().revenue) == "1234.5000"


def test_one_bad_row_rejects_its_whole_receipt_and_the_books_agree(bring: Bring, rejects: Rejects) -> None:
    one = bring("receipts", RECEIPTS + line("1") + line("1", amount="x") + line("1", amount="7") + line("2"))

    assert (one.loaded, one.rejected) == (1, 3)
    assert {row[-3] for row in rejects(one)} == {"2", "3", "4"}
    assert all(books["difference"] == 0 for books in one.reconciliation)


def test_rejects_are_repaired_and_loaded_again(bring: Bring) -> None:
    one = bring("receipts", RECEIPTS + line("1") + line("1", amount="x") + line("2"))
    path = queries.rejects(one)
    assert path is not None

    again = bring("receipts", path.read_text(encoding="utf-8-sig").replace(",x,", ",3,"))

    assert (again.loaded, again.rejected) == (1, 0)
    assert orders.receipts(SYSTEM).count() == 2


def test_a_known_receipt_with_other_content_is_a_conflict(bring: Bring, rejects: Rejects) -> None:
    bring("receipts", RECEIPTS + line("1"))

    one = bring("receipts", RECEIPTS + line("1", amount="11") + line("2"))

    assert (one.loaded, one.rejected) == (1, 1)


def test_lines_scattered_over_the_file_are_put_together(bring: Bring) -> None:
    one = bring("receipts", RECEIPTS + line("1") + line("2") + line("1", amount="5"))

    assert (one.loaded, one.rejected) == (2, 0)
    assert {"code": "regrouped"} in one.notes
    assert str(orders.receipts(SYSTEM).get(number="1").revenue) == "15.0000"


def test_unknown_shops_are_added_when_told(bring: Bring) -> None:
    one = bring("receipts", RECEIPTS + line("1", shop="new"), options={"add_shops": True})

    assert (one.loaded, one.rejected) == (1, 0)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"a;b;a\n1;2;3\n", b"nothing;known\n1;2\n", b"PK\x03\x04broken"]
)
def test_what_is_no_table_is_refused_in_words(bring: Bring, content: bytes) -> None:
    with pytest.raises(actions.NotATable) as told:
        bring("receipts", content)

    assert len(str(told.value)) > 5


def test_the_rejects_run_nothing_in_a_spreadsheet(bring: Bring) -> None:
    one = bring("customers", "Код;Фамилия;Телефон\n1;=HYPERLINK(1);12\n")
    path = queries.rejects(one)
    assert path is not None

    assert "'=HYPERLINK(1)" in path.read_text(encoding="utf-8-sig")


def test_a_huge_file_is_read_in_little_memory(bring: Bring, tmp_path: Path) -> None:
    import tracemalloc

    text = "code;name\n" + "".join(f"{n};{'x' * 180}\n" for n in range(60_000))
    path = tmp_path / "huge.csv"
    path.write_text(text)
    sheet = queries.look(path)

    tracemalloc.start()
    rows = sum(1 for _row in sheet.rows())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert rows == 60_000
    assert peak < len(text) / 4
