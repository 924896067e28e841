"""What is owed to customers at any past moment, and what changed it between two."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries
from prilavok.ledger.actions import GiveBack, Grant, Move, Purse, Reserve, Spend, TakeBack, Transfer, Wallet
from prilavok.ledger.queries import Flows, Liability

pytestmark = pytest.mark.django_db
D = Decimal
ISSUED = Purse("programme", 1, "issued", "points", may_owe=True)
SPENT = Purse("programme", 1, "spent", "points", may_owe=True)
ANNA, FAMILY = Wallet("account", 1, "points"), Wallet("pool", 9, "points")
DEC, JAN, FEB, MAR, APR = (
    datetime(2025, 12, 1, tzinfo=UTC),
    *(datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4)),
)
DAY = timedelta(days=1)


def do(move: Move, at: datetime) -> UUID:
    ledger.carry_out([move], by=SYSTEM, at=at)
    return move.cause


def grant(amount: int, at: datetime, *, until: datetime | None = None, since: datetime | None = None) -> UUID:
    return do(
        Grant(
            cause=uuid4(),
            reason="earned",
            wallet=ANNA,
            amount=D(amount),
            source=ISSUED,
            available_from=since,
            expires_at=until,
        ),
        at,
    )


def spend(amount: int, at: datetime) -> UUID:
    return do(Spend(cause=uuid4(), reason="spent", wallets=(ANNA,), amount=D(amount), target=SPENT), at)


def stood(at: datetime) -> dict[str, Liability]:
    return {one.owner_kind: one for one in queries.liability("points", at=at)}


def went(since: datetime, until: datetime) -> dict[str, Flows]:
    return {one.owner_kind: one for one in queries.flows("points", since=since, until=until)}


def test_a_past_day_stays_what_it_was_whatever_happens_later() -> None:
    grant(100, JAN, until=MAR)
    grant(50, JAN, since=FEB)
    then = stood(JAN + DAY)
    assert then == {"account": Liability("points", "account", 1, D(50), D(100), D(0), D(0))}

    spent = spend(30, FEB)
    do(Reserve(cause=uuid4(), reason="basket", wallets=(ANNA,), amount=D(20), until=FEB + DAY), FEB)
    do(GiveBack(cause=uuid4(), reason="returned", spent=spent, amount=D(10)), FEB + DAY)

    assert stood(JAN + DAY) == then
    assert stood(FEB)["account"] == Liability("points", "account", 1, D(0), D(100), D(20), D(0))
    assert stood(FEB + DAY)["account"].total == 130


def test_points_lapse_on_their_day_though_the_night_writes_it_later() -> None:
    grant(100, JAN, until=MAR)

    before = stood(MAR), went(FEB, MAR)
    ledger.settle_due(by=SYSTEM, at=MAR + 3 * DAY)

    assert (
        before == (stood(MAR), went(FEB, MAR)) == ({}, {"account": Flows("points", "account", lapsed=D(100))})
    )
    assert went(MAR, APR) == {}
    assert stood(MAR - DAY)["account"].held == 100


def test_a_debt_is_a_claim_against_the_customer() -> None:
    granted = grant(100, JAN)
    spend(80, JAN + DAY)
    do(TakeBack(cause=uuid4(), reason="returned", granted=granted), FEB)

    assert stood(FEB)["account"] == Liability("points", "account", 1, D(0), D(0), D(0), D(80))
    assert stood(FEB)["account"].total == -80
    assert went(DEC, FEB)["account"] == Flows(
        "points", "account", issued=D(100), spent=D(80), taken_back=D(100)
    )


def test_what_stood_and_what_changed_come_to_what_stands() -> None:
    grant(100, JAN, until=MAR)
    spent = spend(30, JAN + DAY)
    do(Transfer(cause=uuid4(), reason="gift", wallets=(ANNA,), to=FAMILY, amount=D(25)), FEB)
    do(GiveBack(cause=uuid4(), reason="returned", spent=spent, amount=D(5)), FEB + DAY)
    shelf = Purse("profile", 7, "held", "points")
    ledger.post(ledger.Posting(uuid4(), "counted", [(ISSUED, D(-9)), (shelf, D(9))]), by=SYSTEM, at=FEB)
    ledger.settle_due(by=SYSTEM, at=APR)

    assert went(JAN, APR) == {
        "account": Flows("points", "account", spent=D(30), given_back=D(5), moved=D(-25), lapsed=D(50)),
        "pool": Flows("points", "pool", moved=D(25), lapsed=D(25)),
    }
    for since, until in ((DEC, JAN), (JAN, FEB), (FEB, MAR), (MAR, APR)):
        before, after = stood(since), stood(until)
        for kind, one in went(since, until).items():
            stands = after[kind].total if kind in after else 0
            assert (before[kind].total if kind in before else 0) + one.change == stands


def test_what_was_corrected_by_hand_is_told_apart() -> None:
    by_hand = Purse("programme", 1, ledger.ADJUSTED, "points", may_owe=True)
    do(
        Grant(cause=uuid4(), reason="corrected", wallet=ANNA, amount=D(50), source=by_hand, expires_at=MAR),
        JAN,
    )
    do(Spend(cause=uuid4(), reason="corrected", wallets=(ANNA,), amount=D(20), target=by_hand), JAN)

    assert went(DEC, APR) == {"account": Flows("points", "account", adjusted=D(30), lapsed=D(30))}


def test_units_stand_apart() -> None:
    grant(100, JAN)
    gift = Wallet("card", 3, "RUB")
    sold = Purse("programme", 1, "sold", "RUB", may_owe=True)
    do(Grant(cause=uuid4(), reason="sold", wallet=gift, amount=D("99.90"), source=sold), JAN)

    assert [(one.unit, one.owner_kind, one.total) for one in queries.liability(at=JAN)] == [
        ("RUB", "card", D("99.90")),
        ("points", "account", D(100)),
    ]
    assert [one.unit for one in queries.flows(since=DEC, until=JAN)] == ["RUB", "points"]
