"""kill -9 in the middle of an import, again and again: begun once more, it takes up the rest and doubles nothing."""

import random
import time
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from prilavok.company.models import Shop
from prilavok.customers.models import Consent, Contact, Identifier, Person, Profile
from prilavok.exchange import actions, hands
from prilavok.exchange.kinds import customers, receipts
from prilavok.exchange.models import Import
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from prilavok.orders import queries as orders
from tests import processes
from tests.cast import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(600)]

RECEIPTS, BATCH, KILLS = 3_000, 200, 12


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


def bring(kind: str, path: Path, tell: Connection) -> None:
    """The import, in small transactions by hands: a kill finds some done and some open. It says a word after each that
    it has given to a hand, or that a hand has done.
    """
    receipts.RECEIPTS_OF_A_BATCH, customers.BATCH, hands.LARGE = BATCH, BATCH, 0
    actions.import_file(kind, path, by=SYSTEM, at=NOON, progress=lambda _: tell.send(True))


def killed(kind: str, path: Path, after: int, delay: float) -> None:
    """The import in a process of its own, killed so many batches and a moment after its beginning."""
    heard, tell = processes.pipe()
    process = processes.started(bring, kind, path, tell)
    tell.close()
    for _ in range(after):
        heard.recv()
    time.sleep(delay)
    process.kill()
    process.join()


def test_killed_at_any_moment_an_import_ends_with_the_same_sums(year: Path) -> None:
    chance = random.Random(9)
    for _ in range(KILLS):
        killed("receipts", year, after=chance.randrange(RECEIPTS // BATCH), delay=chance.random() / 10)
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


def test_killed_at_any_moment_customers_come_whole_and_once(the_company: None, tmp_path: Path) -> None:
    chance, path = random.Random(4), tmp_path / "people.csv"
    rows = [f"{n},C{n},Белов,{n}@example.org,+7916{n:07d},да\n" for n in range(RECEIPTS)]
    rows[RECEIPTS // 2] += "bad,,,,12,\n"
    path.write_text("external_id,card,last_name,email,phone,consent_email\n" + "".join(rows), "utf-8")
    for _ in range(KILLS):
        killed("customers", path, after=chance.randrange(RECEIPTS // BATCH - 4), delay=chance.random() / 10)
        people = Person.objects.count()
        assert people == Profile.objects.count() == Consent.objects.count() and -people % BATCH <= 1
        assert Identifier.objects.count() == Contact.objects.count() == 2 * people

    one = actions.import_file("customers", path, by=SYSTEM, at=NOON)

    assert not any(line["difference"] for line in one.reconciliation)
    assert (one.loaded + one.unchanged, one.rejected) == (RECEIPTS, 1)
    told = StoredEvent.objects.filter(type="customers.CustomerRegistered").values_list(
        "body__profile_id", flat=True
    )
    assert sorted(told) == sorted(Profile.objects.values_list("pk", flat=True))
    assert len(told) == RECEIPTS
    again = actions.import_file("customers", path, by=SYSTEM, at=NOON)
    assert (again.loaded, again.changed, again.unchanged) == (0, 0, RECEIPTS)
