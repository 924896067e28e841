"""Anna asks Oleg to give some of her points to Vera; the programme says how many may go."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import Account, Programme
from prilavok.loyalty.problems import NoTransfer, TooFewPoints
from prilavok.loyalty.tests.till import Till, put_up
from tests.cast import NOON, login

D = Decimal


@pytest.fixture
def vera(db: None) -> Profile:
    return customers.register(NewCustomer(external_id="vera", first_name="Вера"), by=SYSTEM, at=NOON)


@pytest.fixture
def accounts(till: Till, anna: Profile, vera: Profile) -> tuple[Account, Account]:
    """Anna has 300 points until next March; at most 200 go at once, 250 within 30 days."""
    actions.change_programme(
        till.programme.pk, transfer_most=D(200), transfer_month=D(250), by=SYSTEM, at=NOON
    )
    put_up("Three per cent", give={"earn": 3})
    till.sell("1", "10000.00", to=anna)
    both = actions.open_accounts([anna.pk, vera.pk], till.programme.pk, by=SYSTEM, at=NOON)
    return both[anna.pk], both[vera.pk]


@pytest.fixture
def give(accounts: tuple[Account, Account]) -> Callable[..., None]:
    annas, veras = accounts

    def transfer(points: int, *, days: int = 0, cause: Any = None) -> None:
        at = NOON + timedelta(days=days)
        actions.transfer_points(annas.pk, veras.pk, D(points), cause=cause or uuid4(), by=SYSTEM, at=at)

    return transfer


def test_points_keep_their_day(give: Any, till: Till, anna: Profile, vera: Profile, accounts: Any) -> None:
    give(100)
    assert [till.balance(anna), till.balance(vera)] == [200, 100]
    days = {lot.expires_at for one in accounts for lot in queries.lots_of(one, SYSTEM)}
    assert len(days) == 1
    assert ledger.open_units() == []


def test_the_same_cause_moves_once(give: Any, till: Till, vera: Profile) -> None:
    cause = uuid4()
    for _ in range(2):
        give(100, cause=cause)
    assert till.balance(vera) == 100


def test_the_programme_limits_them(give: Any, till: Till, vera: Profile) -> None:
    with pytest.raises(NoTransfer, match="200"):
        give(201)
    give(200)
    with pytest.raises(NoTransfer, match="50"):
        give(51, days=20)
    give(50, days=20)
    with pytest.raises(TooFewPoints):  # the month begins again, but Anna has 50 left
        give(51, days=31)
    assert till.balance(vera) == 250


def test_what_comes_back_does_not_lengthen_the_month(give: Any, accounts: Any) -> None:
    annas, veras = accounts
    give(200)
    actions.transfer_points(veras.pk, annas.pk, D(200), cause=uuid4(), by=SYSTEM, at=NOON)
    with pytest.raises(NoTransfer):
        give(51)


@pytest.mark.parametrize("points", ["0", "-5", "0.5"])
def test_points_that_are_no_points(accounts: Any, points: str) -> None:
    with pytest.raises(NoTransfer):
        actions.transfer_points(accounts[0].pk, accounts[1].pk, D(points), cause=uuid4(), by=SYSTEM, at=NOON)


def test_nothing_goes_where_the_programme_says_nothing(till: Till, anna: Profile, vera: Profile) -> None:
    both = actions.open_accounts([anna.pk, vera.pk], till.programme.pk, by=SYSTEM, at=NOON)
    with pytest.raises(NoTransfer):
        actions.transfer_points(both[anna.pk].pk, both[vera.pk].pk, D(1), cause=uuid4(), by=SYSTEM, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_sent_from_many_places_at_once_the_month_counts_all(give: Any, till: Till, vera: Profile) -> None:
    def once(_number: int) -> bool:
        try:
            give(50)
        except NoTransfer:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as tills:
        done = list(tills.map(once, range(12)))
    assert sum(done) == 5
    assert till.balance(vera) == 250


def test_by_the_page_and_by_the_api(
    client: Client, oleg: Employee, accounts: Any, vera: Profile, programme: Programme, till: Till
) -> None:
    annas, veras = accounts
    kind = actions.make_card_kind(
        programme_id=programme.pk, code="plastic", name="Plastic", prefix="29001", by=SYSTEM, at=NOON
    )
    actions.make_cards(kind.pk, 1, by=SYSTEM, at=NOON)
    card = actions.issue_card(profile_id=vera.pk, kind_id=kind.pk, by=SYSTEM, at=NOON)
    login(client, oleg)
    page = f"/loyalty/accounts/{annas.public_id}/transfer/"
    typed = {"card": card.number, "points": "20", "cause": str(uuid4())}
    for _ in range(2):  # a second click
        assert client.post(page, typed).status_code == 302
    assert till.balance(vera) == 20
    wrong = client.post(page, typed | {"card": "000", "cause": str(uuid4())})
    assert wrong.status_code == 422
    assert "No good card has the number 000." in wrong.content.decode()

    def ask(body: dict[str, str]) -> Any:
        path = f"/api/v1/accounts/{annas.public_id}/transfers"
        headers = {"Idempotency-Key": str(uuid4())}
        return client.post(path, body, content_type="application/json", headers=headers)

    answer = ask({"points": "30", "to": str(veras.public_id)})
    assert answer.status_code == 200
    assert D(answer.json()["available"]) == 250
    assert ask({"points": "500", "card": card.number}).json()["code"] == "no_transfer"
    assert ask({"points": "5"}).json()["field"] == "to"


def test_who_may_not(client: Client, klara: Employee, accounts: Any) -> None:
    login(client, klara)
    assert client.get(f"/loyalty/accounts/{accounts[0].public_id}/transfer/").status_code == 403
    answer = client.post(
        f"/api/v1/accounts/{accounts[0].public_id}/transfers",
        {"points": "5", "to": str(accounts[1].public_id)},
        content_type="application/json",
        headers={"Idempotency-Key": "1"},
    )
    assert answer.status_code == 403
