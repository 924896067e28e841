"""kill -9 between and inside transactions: whoever asks again for the same causes ends with the same books."""

import random
import time
from datetime import timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries
from prilavok.ledger.actions import Confirm, GiveBack, Grant, Move, Purse, Reserve, Spend, TakeBack, Wallet
from prilavok.ledger.models import Transaction
from tests import processes
from tests.cast import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(300)]

RECEIPTS, OWNERS, KILLS = 240, 7, 10
ISSUED = Purse("programme", 1, "issued", "points", may_owe=True)
SPENT = Purse("programme", 1, "spent", "points", may_owe=True)


def cause(receipt: int, what: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"{receipt}:{what}")


def steps(receipt: int) -> list[list[Move]]:
    """A receipt earns 10, spends 4, reserves 3 and confirms 2 of them; every third is returned."""
    wallet = Wallet("account", receipt % OWNERS, "points")
    whole: list[list[Move]] = [
        [
            Grant(
                cause=cause(receipt, "earn"),
                reason="earned",
                wallet=wallet,
                amount=Decimal(10),
                source=ISSUED,
            )
        ],
        [
            Spend(
                cause=cause(receipt, "spend"),
                reason="spent",
                wallets=(wallet,),
                amount=Decimal(4),
                target=SPENT,
            ),
            Reserve(
                cause=cause(receipt, "hold"),
                reason="basket",
                wallets=(wallet,),
                amount=Decimal(3),
                until=NOON + timedelta(days=1),
            ),
        ],
        [
            Confirm(
                cause=cause(receipt, "pay"),
                reason="paid",
                reserved=cause(receipt, "hold"),
                target=SPENT,
                amount=Decimal(2),
            )
        ],
    ]
    if receipt % 3 == 0:
        whole.append(
            [
                GiveBack(cause=cause(receipt, "back"), reason="returned", spent=cause(receipt, "spend")),
                TakeBack(cause=cause(receipt, "took"), reason="returned", granted=cause(receipt, "earn")),
            ]
        )
    return whole


def work(tell: Connection | None) -> None:
    """All receipts from the first, as a till that doesn't know how far it had come."""
    for receipt in range(RECEIPTS):
        for moves in steps(receipt):
            ledger.carry_out(moves, by=SYSTEM, at=NOON)
        if tell:
            tell.send(True)


def killed(after: int, delay: float) -> None:
    heard, tell = processes.pipe()
    process = processes.started(work, tell)
    tell.close()
    for _ in range(after):
        heard.recv()
    time.sleep(delay)
    process.kill()
    process.join()


def test_killed_at_any_moment_the_books_end_the_same() -> None:
    chance = random.Random(5)
    for kill in range(KILLS):
        killed(chance.randrange(RECEIPTS * kill // KILLS + 1), chance.random() / 20)
        assert not queries.open_units()
        assert not queries.lots_that_differ()
    stopped = Transaction.objects.count()

    work(None)

    returned = RECEIPTS // 3
    assert 0 < stopped < Transaction.objects.count()
    sums = queries.of_unit("points")
    assert sums["issued"] == -(RECEIPTS - returned) * 10
    assert sums["spent"] == RECEIPTS * 6 - returned * 4
    assert sums["held"] + sums.get("debt", Decimal(0)) == -sums["issued"] - sums["spent"]
    assert sums["reserved"] == 0
    assert not queries.open_units()
    assert not queries.lots_that_differ()
