"""The walk-through for whoever programs a till: what it sends is sent, what it shows is what is answered."""

import json
import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from prilavok.company.models import Employee
from prilavok.customers.models import Person, Profile
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import actions as ledger
from prilavok.loyalty import actions, rules
from prilavok.loyalty.ports import NewSeries
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders import actions as orders
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON, login

ASKED = re.compile(r"```\n(curl .*?)```\s*```json\n(.*?)```", re.DOTALL)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def lavka(till: Till, anna: Profile, basket: Basket, line: Line) -> None:
    """The shop of the manual: ten per cent off dairy, five per cent in points, a gift from 500, 100 points of Anna's.

    She bought bread twice, and was born on a day that no run of this test is near to.
    """
    Person.objects.filter(pk=anna.person_id).update(birth_date=None)
    for number, price in (("1", "45.00"), ("2", "48.00")):
        orders.record_receipt(
            basket(number, line("bread", "1", price), paid_at=NOON, profile_id=anna.pk), by=SYSTEM, at=NOON
        )
    put_up("Dairy", give={"percent_off": {"percent": 10, "of": {"categories": ["dairy"]}}})
    put_up("Points", give={"earn": 5})
    put_up("Bread as a gift", give={"gift": {"products": ["bread"]}}, needs=[{"amount": 500}])
    series = actions.create_series(
        NewSeries(
            code="SPRING", name="Spring", valid_from=NOON, reward_kind="amount", reward_value=Decimal(30)
        ),
        by=SYSTEM,
        at=NOON,
    )
    actions.add_code(series.pk, "SPRING-30", by=SYSTEM, at=NOON)
    account = actions.open_accounts([anna.pk], till.programme.pk, by=SYSTEM, at=NOON)[anna.pk]
    unit = till.programme.unit
    welcome = ledger.Grant(
        cause=uuid4(),
        reason="points.earned",
        wallet=ledger.Wallet(rules.OWNER, account.pk, unit),
        amount=Decimal(100),
        source=ledger.Purse("programme", till.programme.pk, "issued", unit, may_owe=True),
    )
    ledger.carry_out([welcome], by=SYSTEM, at=clock.now())


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_walk_through_is_true(client: Client, klara: Employee, lavka: None, language: str) -> None:
    login(client, klara)
    manual = (settings.BASE_DIR / "docs" / language / "till.md").read_text()
    known: dict[str, str] = {}
    for asked, told in ASKED.findall(manual):
        answer = _ask(client, asked, known)
        known = {name: answer[key] for name, key in NAMED.items() if key in answer} | known
        assert _same(answer) == _same(json.loads(told)), asked


NAMED = {"CALCULATION": "calculation", "ID": "id"}  # what the manual keeps of answers


def _ask(client: Client, asked: str, known: dict[str, str]) -> Any:
    for name, value in known.items():
        asked = asked.replace(f"${name}", value)
    path = re.search(r'\$PRILAVOK/([^" ]+)', asked)
    body = re.search(r"-d '(.*)'", asked, re.DOTALL)
    key = re.search(r"Idempotency-Key: ([^\"]+)", asked)
    assert path and body
    return client.post(
        f"/api/v1/{path[1]}",
        body[1],
        content_type="application/json",
        headers={"Accept-Language": "en"} | ({"Idempotency-Key": key[1]} if key else {}),
    ).json()


def _same(answer: Any) -> Any:
    """An answer without what differs each time: ids, and the number of the book."""
    if isinstance(answer, dict):
        return {name: _same(value) for name, value in answer.items() if name != "book"}
    if isinstance(answer, list):
        return [_same(one) for one in answer]
    return UUID.sub("…", answer) if isinstance(answer, str) else answer
