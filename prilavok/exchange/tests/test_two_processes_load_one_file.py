"""A large file is loaded by two processes; what comes of it is what one would have made."""

import time
from pathlib import Path

import pytest

from prilavok.company.models import Shop
from prilavok.exchange import actions, hands, queries
from prilavok.exchange.hands import Hands
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


@pytest.fixture
def second_first(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every file is large, and the first process waits until the second has taken a batch; the batches it took."""
    monkeypatch.setattr(hands, "LARGE", 0)
    mine, took = Hands.mine, list[int]()

    def late(self: Hands, number: int) -> bool:
        assert self.taken is not None
        until = time.monotonic() + 60
        while not self.taken.value and time.monotonic() < until:
            time.sleep(0.01)
        took.extend([number] * mine(self, number))
        return number in took

    monkeypatch.setattr(Hands, "mine", late)
    return took


def test_the_books_and_the_rejects_are_of_both(year: Path, second_first: list[int]) -> None:
    one = actions.import_file("receipts", year, by=SYSTEM, at=NOON)

    assert 0 not in second_first and second_first
    assert (one.rows, one.loaded, one.rejected) == (RECEIPTS + 1, RECEIPTS - 2, 3)
    assert not any(line["difference"] for line in one.reconciliation)
    assert {"code": "placeholders", "count": 1, "lines": 1} in one.notes
    assert [row[0] for row in queries.rejected_rows(one, SYSTEM)[1]] == ["20", "5000", "6500"]
    assert orders.books()["receipts"] == RECEIPTS - 2
    assert not list(queries.rejects_path(one).parent.glob("*.second"))


def test_the_same_file_again_changes_nothing(year: Path, second_first: list[int]) -> None:
    actions.import_file("receipts", year, by=SYSTEM, at=NOON)
    second_first.clear()

    again = actions.import_file("receipts", year, by=SYSTEM, at=NOON)

    assert (again.loaded, again.unchanged) == (0, RECEIPTS - 2)
    assert not any(line["difference"] for line in again.reconciliation)
