from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.ledger import queries
from prilavok.ledger.actions import DoesNotClose, NotEnough, Posting, Purse
from prilavok.ledger.models import Account, Entry, Transaction
from tests.cast import NOON
from tests.properties import cases
from tests.side_by_side import side_by_side

D = Decimal
ISSUED = Purse("programme", 1, "issued", "points", may_owe=True)


def held(owner: int) -> Purse:
    return Purse("profile", owner, "held", "points")


def give(owner: int, amount: str, cause: UUID | None = None) -> bool:
    return ledger.post(
        Posting(cause or uuid4(), "given", [(ISSUED, -D(amount)), (held(owner), D(amount))]),
        by=SYSTEM,
        at=NOON,
    )


def take(owner: int, amount: str) -> bool:
    return ledger.post(
        Posting(uuid4(), "taken", [(held(owner), -D(amount)), (ISSUED, D(amount))]), by=SYSTEM, at=NOON
    )


def has(owner: int) -> Decimal:
    return queries.balance(owner_kind="profile", owner_id=owner, unit="points", kind="held")


def test_what_one_gets_another_gives(db: None) -> None:
    give(7, "100")
    take(7, "30")

    assert has(7) == 70
    assert queries.of_unit("points") == {"held": 70, "issued": -70}
    assert queries.open_units() == []


def test_one_cause_moves_once(db: None) -> None:
    cause = uuid4()

    assert give(7, "100", cause=cause) is True
    assert give(7, "100", cause=cause) is False
    assert has(7) == 100


def test_nobody_spends_more_than_there_is(db: None) -> None:
    give(7, "10")

    with pytest.raises(NotEnough):
        take(7, "10.0001")
    assert has(7) == 10


def test_amounts_must_add_up_in_each_unit(db: None) -> None:
    roubles = Purse("profile", 7, "held", "RUB", may_owe=True)
    with pytest.raises(DoesNotClose):
        ledger.post(Posting(uuid4(), "mixed", [(ISSUED, D(-5)), (roubles, D(5))]), by=SYSTEM, at=NOON)


def test_the_database_itself_refuses_books_that_do_not_close(db: None) -> None:
    give(7, "100")
    account = Account.objects.get(kind="held")
    posted = Transaction.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(transaction=posted, account=account, amount=D(5))
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.update(amount=D(5))
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.all()._raw_delete("default")


def test_a_transaction_is_posted_back_by_another(db: None) -> None:
    cause = uuid4()
    give(7, "100", cause=cause)

    ledger.post_back(cause, cause=uuid4(), reason="undone", by=SYSTEM, at=NOON)

    assert has(7) == 0
    assert Transaction.objects.count() == 2


def test_a_balance_is_known_for_any_past_moment(db: None) -> None:
    give(7, "100")
    ledger.post(
        Posting(uuid4(), "given", [(ISSUED, D(-5)), (held(7), D(5))]), by=SYSTEM, at=NOON + timedelta(days=1)
    )

    past = queries.balance(owner_kind="profile", owner_id=7, unit="points", kind="held", at=NOON)
    assert (past, has(7)) == (D(100), D(105))


moves = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1, 3),
        st.decimals(min_value="0.0001", max_value=100, places=4),
        st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=cases(25), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(moves=moves)
def test_whatever_is_tried_the_books_close_and_nobody_owes(
    db: None, moves: list[tuple[int, int, Decimal, bool]]
) -> None:
    before = {owner: has(owner) for owner in (1, 2, 3)}
    for giver, taker, amount, retried in moves:
        source = ISSUED if giver == taker else held(giver)
        posting = Posting(uuid4(), "moved", [(source, -amount), (held(taker), amount)])
        try:
            ledger.post(posting, by=SYSTEM, at=NOON)
        except NotEnough:
            assert before[giver] < amount
            continue
        if retried:
            assert ledger.post(posting, by=SYSTEM, at=NOON) is False
        if giver != taker:
            before[giver] -= amount
        before[taker] += amount
    assert {owner: has(owner) for owner in (1, 2, 3)} == before
    assert min(before.values()) >= 0
    assert queries.open_units() == []


@pytest.mark.django_db(transaction=True)
def test_two_hundred_tills_and_one_purse() -> None:
    give(7, "10")

    def spend(_: int) -> int:
        try:
            return int(take(7, "1"))
        except NotEnough:
            return 0

    assert sum(side_by_side(12, spend, range(200))) == 10
    assert has(7) == 0
    assert queries.open_units() == []
