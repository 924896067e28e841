"""kill -9 in the middle of an import, again and again: begun once more, it takes up the rest and doubles nothing."""

import os
import random
import signal
import time
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connections

from prilavok.company.models import Shop
from prilavok.exchange import actions
from prilavok.exchange.kinds import receipts
from prilavok.exchange.models import Import
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from prilavok.orders import queries as orders
from tests.cast import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(600)]

RECEIPTS, KILLS = 3_000, 12


@pytest.fixture
def year(goods: None, shop_on_lenina: Shop, tmp_path: Path) -> Path:
    """Receipts of two lines each, of 3.50 and 10.25 with a discount of 0.50, and one that can't be taken."""
    head = "receipt,shop,till,paid_at,line,product,quantity,revenue,card_discount\n"
    place, moment = shop_on_lenina.code, "2026-03-01 10:15:00"
    lines = [
        f"{n},{place},1,{moment},1,P1,2,3.50,\n{n},{place},1,{moment},2,P2,1,10.25,0.50\n"
        for n in range(RECEIPTS)
    ]
    lines[RECEIPTS // 2] += f"bad,{place},1,{moment},1,P1,1,a lot,\n"
    path = tmp_path / "year.csv"
    path.write_text(head + "".join(lines))
    return path


@pytest.fixture(autouse=True)
def _short_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many transactions, so that a kill finds some done and one open."""
    monkeypatch.setattr(receipts, "RECEIPTS_OF_A_BATCH", 200)


def killed(path: Path, after: int, delay: float) -> None:
    """The import in a process of its own, killed so many batches and a moment after its beginning."""
    connections.close_all()
    told, tell = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(told)

            def one_more(_: actions.Progress) -> None:
                os.write(tell, b".")

            actions.import_file("receipts", path, by=SYSTEM, at=NOON, progress=one_more)
        finally:
            os._exit(1)
    os.close(tell)
    for _ in range(after):
        os.read(told, 1)
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(told)


def test_killed_at_any_moment_an_import_ends_with_the_same_sums(year: Path) -> None:
    chance = random.Random(9)
    for _ in range(KILLS):
        killed(year, after=chance.randrange(RECEIPTS // 200), delay=chance.random() / 10)
        books = orders.books()
        assert books["line_revenue"] == books["revenue"] == books["receipts"] * Decimal("13.75")
        assert books["lines"] == books["receipts"] * 2
    stopped = Import.objects.count()

    one = actions.import_file("receipts", year, by=SYSTEM, at=NOON)

    assert stopped and not any(line["difference"] for line in one.reconciliation)
    assert (one.loaded + one.unchanged, one.rejected) == (RECEIPTS, 1)
    assert orders.books() == {
        "receipts": RECEIPTS,
        "revenue": RECEIPTS * Decimal("13.75"),
        "lines": RECEIPTS * 2,
        "line_revenue": RECEIPTS * Decimal("13.75"),
    }
    told = StoredEvent.objects.filter(type="orders.ReceiptPaid").values_list("body__receipt_id", flat=True)
    assert len(told) == len(set(told)) == RECEIPTS
    again = actions.import_file("receipts", year, by=SYSTEM, at=NOON)
    assert (again.loaded, again.unchanged) == (0, RECEIPTS)
