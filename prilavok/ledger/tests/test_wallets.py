"""What a customer has: lots that ripen, are spent oldest first, set aside, given back and taken back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries
from prilavok.ledger.actions import (
    AlreadyClosed,
    BadAmount,
    Confirm,
    DoesNotClose,
    GiveBack,
    Grant,
    Move,
    Moved,
    NotEnough,
    Purse,
    Release,
    Reserve,
    Spend,
    TakeBack,
    Transfer,
    UnknownCause,
    Wallet,
)
from prilavok.ledger.models import Entry, Lot
from prilavok.ledger.queries import WalletBalance
from tests.side_by_side import side_by_side

D = Decimal
ISSUED = Purse("programme", 1, "issued", "points", may_owe=True)
SPENT = Purse("programme", 1, "spent", "points", may_owe=True)
ANNA, BORIS = Wallet("account", 1, "points"), Wallet("account", 2, "points")
JAN, FEB, MAR = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
MID_JAN = datetime(2026, 1, 15, tzinfo=UTC)


def do(move: Move, at: datetime = JAN) -> Moved:
    return ledger.carry_out([move], by=SYSTEM, at=at)[move.cause]


def grant(
    amount: str, *, to: Wallet = ANNA, until: datetime | None = None, since: datetime | None = None
) -> UUID:
    cause = uuid4()
    do(
        Grant(
            cause=cause,
            reason="earned",
            wallet=to,
            amount=D(amount),
            source=ISSUED,
            available_from=since,
            expires_at=until,
        )
    )
    return cause


def spend(amount: str, *wallets: Wallet, at: datetime = MID_JAN) -> UUID:
    cause = uuid4()
    do(Spend(cause=cause, reason="spent", wallets=wallets or (ANNA,), amount=D(amount), target=SPENT), at)
    return cause


def give_back(spent: UUID, amount: str | None = None, *, at: datetime, grace: int = 0) -> Moved:
    part = None if amount is None else D(amount)
    return do(
        GiveBack(cause=uuid4(), reason="returned", spent=spent, amount=part, grace=timedelta(days=grace)), at
    )


def take_back(granted: UUID, amount: str | None = None, *, at: datetime = MID_JAN, owe: bool = True) -> Moved:
    part = None if amount is None else D(amount)
    return do(TakeBack(cause=uuid4(), reason="returned", granted=granted, amount=part, owe=owe), at)


def has(wallet: Wallet = ANNA, at: datetime = MID_JAN) -> WalletBalance:
    found = queries.wallet_balances(owner_kind="account", owner_ids=[wallet.owner_id], unit="points", at=at)
    return found.get(wallet.owner_id, WalletBalance())


@pytest.fixture(autouse=True)
def _books_close(db: None) -> object:
    yield
    assert queries.open_units() == []
    assert queries.lots_that_differ() == []


def test_what_lapses_first_is_spent_first() -> None:
    grant("50", until=MAR)
    grant("100", until=FEB)
    spend("120")

    assert has(at=MID_JAN) == WalletBalance(available=D(30), next_lapse=(MAR, D(30)))
    assert ledger.settle_due(by=SYSTEM, at=FEB) == 0
    assert ledger.settle_due(by=SYSTEM, at=MAR) == 1
    assert queries.of_unit("points") == {"issued": -150, "spent": 120, "expired": 30, "held": 0}


def test_what_lapsed_is_not_spent_even_before_the_night_has_written_it() -> None:
    grant("100", until=FEB)

    assert has(at=FEB).available == 0
    with pytest.raises(NotEnough):
        spend("1", at=FEB)


def test_points_to_come_are_seen_but_not_spent_until_their_day() -> None:
    grant("100", since=FEB, until=MAR)

    assert has(at=MID_JAN) == WalletBalance(pending=D(100))
    with pytest.raises(NotEnough):
        spend("1", at=MID_JAN)
    assert has(at=FEB) == WalletBalance(available=D(100), next_lapse=(MAR, D(100)))
    spend("40", at=FEB)
    assert has(at=FEB).available == 60


def test_a_reservation_is_confirmed_in_part_and_the_rest_is_free_again() -> None:
    grant("100", until=MAR)
    held = uuid4()
    do(Reserve(cause=held, reason="basket", wallets=(ANNA,), amount=D(80), until=FEB))
    assert has() == WalletBalance(available=D(20), reserved=D(80), next_lapse=(MAR, D(20)))

    do(Confirm(cause=uuid4(), reason="paid", reserved=held, target=SPENT, amount=D(50)))

    assert has() == WalletBalance(available=D(50), next_lapse=(MAR, D(50)))
    with pytest.raises(AlreadyClosed):
        do(Release(cause=uuid4(), reason="left", reserved=held))


def test_a_reservation_nobody_confirms_runs_out() -> None:
    grant("100", until=MAR)
    do(Reserve(cause=uuid4(), reason="basket", wallets=(ANNA,), amount=D(80), until=FEB))

    assert ledger.release_overdue(by=SYSTEM, at=MID_JAN) == 0
    assert ledger.release_overdue(by=SYSTEM, at=FEB) == 1
    assert ledger.release_overdue(by=SYSTEM, at=FEB) == 0
    assert has(at=FEB).available == 100


def test_what_comes_back_keeps_its_first_expiry() -> None:
    grant("100", until=FEB)
    grant("50", until=MAR)
    spent = spend("120")

    give_back(spent, "30", at=MID_JAN)  # 20 of the later lot, 10 of the earlier
    assert has() == WalletBalance(available=D(60), next_lapse=(FEB, D(10)))
    give_back(spent, at=MID_JAN)
    assert has() == WalletBalance(available=D(150), next_lapse=(FEB, D(100)))
    with pytest.raises(NotEnough):
        give_back(spent, "0.0001", at=MID_JAN)


def test_what_comes_back_after_it_lapsed_is_good_for_the_days_of_grace() -> None:
    grant("100", until=FEB)
    spent = spend("100")

    give_back(spent, at=FEB + timedelta(days=3), grace=10)

    assert has(at=FEB + timedelta(days=3)).next_lapse == (FEB + timedelta(days=13), D(100))
    assert has(at=FEB + timedelta(days=13)).available == 0


def test_a_return_takes_back_what_it_had_earned_exactly() -> None:
    earned = grant("10", since=FEB)
    grant("100", until=MAR)

    take_back(earned, "4")
    assert has() == WalletBalance(available=D(100), pending=D(6), next_lapse=(MAR, D(100)))
    take_back(earned)
    assert has().pending == 0
    with pytest.raises(NotEnough):
        take_back(earned, "1")


def test_points_spent_meanwhile_become_a_debt_that_the_next_points_pay() -> None:
    earned = grant("100")
    spend("70")

    assert take_back(earned) == Moved(new=True, amount=D(100), owed=D(70), short=D(0))
    assert has() == WalletBalance(owed=D(70))
    grant("100")
    assert has() == WalletBalance(available=D(30))
    assert queries.owed("points", at=MID_JAN) == 0


def test_or_they_are_kept_from_the_refund() -> None:
    earned = grant("100")
    spend("70")

    assert take_back(earned, "100", owe=False) == Moved(new=True, amount=D(30), owed=D(0), short=D(70))
    assert has() == WalletBalance()


def test_nobody_spends_what_they_owe_from_another_wallet() -> None:
    earned = grant("100")
    spend("100")
    take_back(earned)
    grant("120", to=BORIS)

    with pytest.raises(NotEnough):
        spend("21", ANNA, BORIS)
    spend("20", ANNA, BORIS)


def test_two_wallets_of_one_person_are_spent_as_one_and_stay_two() -> None:
    grant("120", to=ANNA, until=MAR)
    grant("80", to=BORIS, until=FEB)

    spend("100", ANNA, BORIS)

    assert (has(ANNA).available, has(BORIS).available) == (D(100), D(0))


def test_points_given_to_another_lapse_when_they_would_have() -> None:
    grant("100", until=FEB)
    do(Transfer(cause=uuid4(), reason="gift", wallets=(ANNA,), to=BORIS, amount=D(60)))

    assert has(ANNA) == WalletBalance(available=D(40), next_lapse=(FEB, D(40)))
    assert has(BORIS) == WalletBalance(available=D(60), next_lapse=(FEB, D(60)))


def test_the_same_cause_moves_nothing_and_tells_the_same() -> None:
    grant("100")
    move = Spend(cause=uuid4(), reason="spent", wallets=(ANNA,), amount=D(60), target=SPENT)

    first, second = do(move), do(move)

    assert first == Moved(new=True, amount=D(60), owed=D(0), short=D(0))
    assert second == Moved(new=False, amount=D(60), owed=D(0), short=D(0))
    assert has().available == 40


def test_nothing_is_taken_back_that_was_never_given() -> None:
    grant("100")
    spent = spend("10")

    with pytest.raises(UnknownCause):
        take_back(uuid4())
    with pytest.raises(UnknownCause):
        take_back(spent)
    with pytest.raises(UnknownCause):
        do(Confirm(cause=uuid4(), reason="paid", reserved=spent, target=SPENT))


def test_if_one_move_fails_none_is_made() -> None:
    grant("100")
    good = Spend(cause=uuid4(), reason="spent", wallets=(ANNA,), amount=D(60), target=SPENT)
    bad = Spend(cause=uuid4(), reason="spent", wallets=(ANNA,), amount=D(60), target=SPENT)

    with pytest.raises(NotEnough):
        ledger.carry_out([good, bad], by=SYSTEM, at=MID_JAN)
    assert has().available == 100


def test_the_liability_is_known_for_any_past_day() -> None:
    grant("100", until=FEB)
    grant("50", until=MAR)
    spend("120", at=MID_JAN)

    before = queries.outstanding("points", at=JAN)
    after = queries.outstanding("points", at=MID_JAN)

    assert [(one.lapses, one.available) for one in before] == [(FEB.date(), D(100)), (MAR.date(), D(50))]
    assert [(one.lapses, one.available) for one in after] == [(MAR.date(), D(30))]


def test_the_database_itself_lets_no_lot_owe() -> None:
    grant("100")
    lot = Lot.objects.get()
    entry = Entry.objects.get(lot=lot)

    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.update(held=-1)
    assert entry.amount == lot.held == 100


@pytest.mark.django_db(transaction=True)
def test_two_hundred_tills_spend_one_wallet_and_reserve_from_it() -> None:
    grant("10")

    def try_it(turn: int) -> int:
        move: Move = Spend(cause=uuid4(), reason="spent", wallets=(ANNA,), amount=D(1), target=SPENT)
        if turn % 2:
            move = Reserve(cause=uuid4(), reason="basket", wallets=(ANNA,), amount=D(1), until=FEB)
        try:
            return int(do(move, MID_JAN).new)
        except NotEnough:
            return 0

    assert sum(side_by_side(12, try_it, range(200))) == 10
    assert has().available == 0


@pytest.mark.django_db(transaction=True)
def test_one_receipt_sent_by_many_tills_at_once_earns_once() -> None:
    cause = uuid4()

    def earn(_turn: int) -> bool:
        return do(Grant(cause=cause, reason="earned", wallet=ANNA, amount=D(7), source=ISSUED)).new

    assert sum(side_by_side(12, earn, range(60))) == 1
    assert has().available == 7


def test_only_what_was_spent_is_given_back_and_only_what_was_granted_is_taken_back() -> None:
    granted, reserved, moved, other = grant("100", until=FEB), uuid4(), uuid4(), uuid4()
    spent = spend("40")
    do(Reserve(cause=reserved, reason="basket", wallets=(ANNA,), amount=D(5), until=FEB), MID_JAN)
    do(Transfer(cause=moved, reason="gift", wallets=(ANNA,), to=BORIS, amount=D(5)), MID_JAN)
    returned, taken = uuid4(), uuid4()
    do(GiveBack(cause=returned, reason="returned", spent=spent, amount=D(10)), MID_JAN)
    do(TakeBack(cause=taken, reason="returned", granted=granted, amount=D(70)), MID_JAN)
    shelf = Purse("profile", 7, "held", "points")
    ledger.post(ledger.Posting(other, "given", [(ISSUED, D(-1)), (shelf, D(1))]), by=SYSTEM, at=JAN)
    ledger.settle_due(by=SYSTEM, at=FEB)
    lapsed = Entry.objects.filter(account__kind="expired").latest("pk").transaction.cause
    stood = has(at=FEB)

    for wrong in (granted, reserved, moved, returned, taken, other, lapsed):
        with pytest.raises(UnknownCause):
            give_back(wrong, at=FEB, grace=9)
    for wrong in (spent, reserved, moved, returned, taken, other, lapsed):
        with pytest.raises(UnknownCause):
            take_back(wrong, at=FEB)
    for wrong in (granted, spent, moved, returned, taken, other, lapsed):
        with pytest.raises(UnknownCause):
            do(Release(cause=uuid4(), reason="left", reserved=wrong), FEB)
        with pytest.raises(UnknownCause):
            do(Confirm(cause=uuid4(), reason="paid", reserved=wrong, target=SPENT), FEB)
    assert has(at=FEB) == stood


def test_wallets_of_two_units_are_not_one_purse() -> None:
    grant("10")
    with pytest.raises(DoesNotClose):
        do(
            Transfer(
                cause=uuid4(), reason="gift", wallets=(ANNA,), to=Wallet("account", 1, "RUB"), amount=D(5)
            )
        )
    with pytest.raises(BadAmount):
        spend("0.00001")

    assert has().available == 10


def test_what_comes_back_with_an_earlier_date_lapses_once_more() -> None:
    grant("10", until=FEB)
    spent = spend("4")
    ledger.settle_due(by=SYSTEM, at=FEB)

    give_back(spent, at=MID_JAN)  # a till that was offline, or waited for the lock while the lot lapsed
    assert has(at=MID_JAN).available == 4
    ledger.settle_due(by=SYSTEM, at=FEB)

    assert has(at=FEB) == WalletBalance()
    assert queries.of_unit("points") == {"issued": -10, "spent": 0, "expired": 10, "held": 0}
