"""Marina looks at the month that ended: how many points customers hold, what brought them, when they lapse (X24)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.loyalty.models import Account
from prilavok.loyalty.tests.till import Till, put_up
from tests.cast import NOON, login

LATER = NOON + timedelta(days=40)  # 11 April


@pytest.fixture
def march(till: Till, anna: Profile) -> None:
    """3,000 for 100,000 in March; in April 400 of them spent, a part of that sale returned."""
    put_up("Three per cent", give={"earn": 3})
    till.sell("1", "100000.00", to=anna)
    till.at = LATER
    sold = till.sell("2", "1000.00", "1000.00", to=anna, points=Decimal(400))
    till.take_back(sold, "3", {1: "1"})


def asked(client: Client, till: Till, **days: str) -> Any:
    return client.get(f"/api/v1/programmes/{till.programme.public_id}/liability", days)


def test_any_past_day_stands_as_it_stood(client: Client, till: Till, march: None, marina: Employee) -> None:
    login(client, marina)
    then = asked(client, till, since="2026-03-01", until="2026-03-31").json()
    assert (then["opening"], then["closing"]) == ("0", "3000.0000")
    assert Decimal(then["flows"]["issued"]) == 3000

    since = asked(client, till, since="2026-04-01", until="2026-04-11").json()
    flows = {name: Decimal(points) for name, points in since["flows"].items()}
    assert [flows[name] for name in ("spent", "given_back", "issued", "taken_back")] == [400, 200, 48, 24]
    came = flows["issued"] + flows["given_back"] + flows["adjusted"]
    went = flows["spent"] + flows["taken_back"] + flows["lapsed"]
    assert Decimal(since["opening"]) + came - went == Decimal(since["closing"]) == 2824
    assert [(one["month"], Decimal(one["points"])) for one in since["months"]] == [
        ("2026-03-01", Decimal(3000)),
        ("2026-04-01", Decimal(2824)),
    ]
    assert [one["month"] for one in since["lapses"]] == ["2027-03-01", "2027-04-01"]


def test_what_lapses_is_told_though_the_night_has_not_written_it(
    client: Client, till: Till, march: None, marina: Employee, anna: Profile
) -> None:
    login(client, marina)
    day = {"since": "2027-03-01", "until": "2027-03-31"}
    before = asked(client, till, **day).json()
    ledger.settle_due(by=SYSTEM, at=NOON + timedelta(days=500))
    assert asked(client, till, **day).json() == before
    assert Decimal(before["flows"]["lapsed"]) > 2000
    assert Account.objects.filter(profile=anna).count() == 1


def test_the_page_says_it_in_words_and_in_money(
    client: Client, till: Till, march: None, marina: Employee
) -> None:
    login(client, marina)
    path = f"/loyalty/programmes/{till.programme.public_id}/liability/"
    page = client.get(path, {"since": "2026-04-01", "until": "2026-04-11"}).content.decode()
    assert "customers hold 2,824 points" in page
    assert "₽2,824" in page
    # Days in disorder, in the future, or not days at all still answer.
    for days in (
        {"since": "2027-01-01", "until": "2026-01-01"},
        {"until": "2099-01-01"},
        {"since": "soon"},
        {"since": "0001-01-01", "until": "0001-01-02"},
    ):
        assert client.get(path, days).status_code == 200


def test_days_in_disorder_are_told(client: Client, till: Till, marina: Employee) -> None:
    login(client, marina)
    answer = asked(client, till, since="2026-04-02", until="2026-04-01")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_days")


def test_a_cashier_is_not_told(client: Client, till: Till, klara: Employee) -> None:
    login(client, klara)
    assert asked(client, till, since="2026-04-01", until="2026-04-01").status_code == 403
    assert client.get(f"/loyalty/programmes/{till.programme.public_id}/liability/").status_code == 403
