"""A large file is written by two hands while it is read; what comes of it is what one alone would have made."""

from pathlib import Path
from threading import get_ident
from typing import Any

import pytest
from django.db import connection

from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Contact, Identifier, Person
from prilavok.exchange import actions, hands, queries
from prilavok.exchange.kinds import customers as loading_of_customers
from prilavok.exchange.kinds import receipts
from prilavok.exchange.kinds.receipts import Loader
from prilavok.exchange.models import Import
from prilavok.kernel.actors import SYSTEM
from prilavok.orders import queries as orders
from tests.cast import NOON

pytestmark = pytest.mark.django_db(transaction=True)

RECEIPTS = 7_000
HEAD = "receipt,shop,paid_at,kind,returns,product,quantity,revenue\n"


@pytest.fixture
def year(goods: None, shop_on_lenina: Shop, tmp_path: Path) -> Path:
    """Sales of 3.50; of them one of goods unknown, two unreadable, one damaged row, and a return of the last sale."""
    shop, moment = shop_on_lenina.code, "2026-03-01 10:15:00"
    rows = [f"{n},{shop},{moment},,,P1,1,3.50\n" for n in range(RECEIPTS)]
    rows[10] = f"10,{shop},{moment},,,unheard-of,1,3.50\n"
    rows[20] = f"20,{shop},{moment},,,P1,1,a lot\n"
    rows[5_000] = f"5000,{shop},{moment},,,P1,1,a lot\n"
    rows[6_500] = f"6500,{shop}\n"
    rows.insert(1, f"back,{shop},{moment},возврат,{RECEIPTS - 1},P1,1,3.50\n")
    path = tmp_path / "year.csv"
    path.write_text(HEAD + "".join(rows), "utf-8")
    return path


@pytest.fixture(autouse=True)
def writers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every file is large; the threads that wrote its batches."""
    monkeypatch.setattr(hands, "LARGE", 0)
    write, wrote = Loader.write, list[int]()

    def noted(self: Loader, built: Any) -> Any:
        wrote.append(get_ident())
        return write(self, built)

    monkeypatch.setattr(Loader, "write", noted)
    return wrote


def test_the_books_and_the_rejects_are_of_both(year: Path, writers: list[int]) -> None:
    one = actions.import_file("receipts", year, by=SYSTEM, at=NOON)

    assert len(set(writers) - {get_ident()}) == hands.HANDS
    assert (one.rows, one.loaded, one.rejected) == (RECEIPTS + 1, RECEIPTS - 2, 3)
    assert not any(line["difference"] for line in one.reconciliation)
    assert {"code": "placeholders", "count": 1, "lines": 1} in one.notes
    assert [row[0] for row in queries.rejected_rows(one, SYSTEM)[1]] == ["20", "5000", "6500"]
    assert orders.books()["receipts"] == RECEIPTS - 2


def test_the_same_file_again_changes_nothing(year: Path) -> None:
    actions.import_file("receipts", year, by=SYSTEM, at=NOON)

    again = actions.import_file("receipts", year, by=SYSTEM, at=NOON)

    assert (again.loaded, again.unchanged) == (0, RECEIPTS - 2)
    assert not any(line["difference"] for line in again.reconciliation)


def test_what_stops_a_hand_stops_the_import(year: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "RECEIPTS_OF_A_BATCH", 500)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_receiptline RENAME TO out_of_reach")
    try:
        with pytest.raises(Exception, match="orders_receiptline"):
            actions.import_file("receipts", year, by=SYSTEM, at=NOON)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE out_of_reach RENAME TO orders_receiptline")

    assert Import.objects.get().state == Import.State.FAILED
    one = actions.import_file("receipts", year, by=SYSTEM, at=NOON)
    assert (one.loaded, one.rejected) == (RECEIPTS - 2, 3)


HOUSEHOLDS = 1_500
CUSTOMERS = "external_id,card,last_name,email,phone\n"


@pytest.fixture
def people(the_company: None, tmp_path: Path) -> Path:
    """Two of each household, who have one phone, in two halves of the file: what the first half is told of has left
    the hand when the second comes. Besides one repeated word for word, one repeated otherwise, one of another's card,
    one unreadable, one without a phone that could be.
    """
    rows = [
        f"{n}-{sex},C{n}{sex},Белов,{sex}{n}@example.org,+7916{n:07d}\n"
        for sex in "fm"
        for n in range(HOUSEHOLDS)
    ]
    rows += [
        rows[0],
        rows[1].replace("Белов", "Чернов"),
        "other,C2f,Серов,,\n",
        "torn,C-torn\n",
        "bad,,,,12\n",
    ]
    path = tmp_path / "people.csv"
    path.write_text(CUSTOMERS + "".join(rows), "utf-8")
    return path


def test_customers_are_written_by_one_hand_in_the_order_of_the_file(
    people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading_of_customers, "BATCH", 400)
    load, wrote = customers.load_checked, list[int]()

    def noted(*checked: Any, **more: Any) -> Any:
        wrote.append(get_ident())
        return load(*checked, **more)

    monkeypatch.setattr(customers, "load_checked", noted)
    options = {"verified": "card"}

    one = actions.import_file("customers", people, by=SYSTEM, at=NOON, options=options)

    assert len(set(wrote)) == 1 and get_ident() not in wrote
    assert (one.rows, one.loaded, one.unchanged, one.rejected) == (2 * HOUSEHOLDS + 5, 2 * HOUSEHOLDS, 1, 4)
    assert not any(line["difference"] for line in one.reconciliation)
    told = [(row[0], row[-1]) for row in queries.rejected_rows(one, SYSTEM)[1]]
    assert [key for key, _why in told] == ["1-f", "other", "torn", "bad"]
    assert Person.objects.count() == 2 * HOUSEHOLDS
    assert Identifier.objects.filter(kind="card", proof="verified").count() == 2 * HOUSEHOLDS
    proved = Contact.objects.filter(verified_at__isnull=False)
    assert proved.filter(kind="email").count() == 2 * HOUSEHOLDS
    # The first of a household was alone with the phone when it came; of the second it is proved to be neither's.
    assert proved.filter(kind="phone", profile__identifiers__value__endswith="-m").count() == 0

    again = actions.import_file("customers", people, by=SYSTEM, at=NOON, options=options)

    assert (again.loaded, again.changed, again.unchanged, again.rejected) == (0, 0, 2 * HOUSEHOLDS + 1, 4)
    assert not any(line["difference"] for line in again.reconciliation)
