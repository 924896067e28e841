"""Many tills at once, retries, and processes killed half-way: a limit of one gives exactly one, the books close."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions
from prilavok.loyalty.actions import Sold
from prilavok.loyalty.models import PromotionPeriod, PromotionUse, Reckoned, Redemption
from prilavok.loyalty.ports import NewSeries
from prilavok.loyalty.problems import CannotCommit
from prilavok.loyalty.reckoning.choosing import Refusal
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders.models import Receipt
from tests.cast import NOON
from tests.side_by_side import side_by_side

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


def together(till: Till, calculations: list[UUID]) -> list[Sold | CannotCommit]:
    """Commit all at once, each over a connection of its own."""

    def pay(place: int) -> Sold | CannotCommit:
        try:
            return actions.commit(calculations[place], number=str(place), by=till.by, at=NOON)
        except CannotCommit as refused:
            return refused

    return side_by_side(20, pay, range(len(calculations)))


def paid(done: list[Sold | CannotCommit]) -> int:
    return sum(isinstance(one, Sold) for one in done)


@pytest.mark.chaos
@pytest.mark.parametrize("limits", [{"own": 1}, {"all": 1}, {"day": 1}, {"month_money": 50}])
def test_two_hundred_commits_of_a_limit_of_one_give_exactly_one(
    till: Till, anna: Profile, limits: dict[str, int]
) -> None:
    put_up("Once", give={"percent_off": 50}, limits=limits)
    put_up("Points", give={"earn": 10})
    told = [till.reckon("100.00", to=anna).id for _ in range(200)]
    assert paid(together(till, told)) == 1
    assert (PromotionUse.objects.filter(promotion__name="Once").count(), Receipt.objects.count()) == (1, 1)
    assert till.balance(anna) == 5


def test_what_everybody_may_have_a_day_is_kept_exactly_at_many_tills(till: Till) -> None:
    promotion = put_up("Five a day", give={"percent_off": 50}, limits={"day": 5, "week_money": 1000})
    told = [till.reckon("100.00").id for _ in range(20)]
    assert paid(together(till, told)) == 5
    counted = {(one.period, one.times, int(one.money)) for one in PromotionPeriod.objects.all()}
    assert counted == {("day", 5, 250), ("week", 5, 250)}
    assert till.reckon("100.00").answer.verdicts[promotion.pk].refusal == Refusal("limit")


def test_the_first_receipts_of_a_new_till_come_at_once(till: Till) -> None:
    told = [till.reckon("100.00", till_code="brand new").id for _ in range(12)]
    assert paid(together(till, told)) == 12
    assert {one.till.code for one in Receipt.objects.select_related("till") if one.till} == {"brand new"}


@pytest.mark.chaos
def test_two_hundred_commits_of_one_code_give_exactly_one(till: Till) -> None:
    series = actions.create_series(
        NewSeries(
            code="ONE", name="One", reward_kind="amount", reward_value=Decimal(50), valid_from=NOON, uses=1,
            personal=False,
        ),
        by=SYSTEM,
        at=NOON,
    )  # fmt: skip
    actions.add_code(series.pk, "ONLY-ONE", by=SYSTEM, at=NOON)
    told = [till.reckon("100.00", coupons=("only-one",)).id for _ in range(200)]
    assert paid(together(till, told)) == 1
    assert Redemption.objects.count() == 1
    assert ledger.open_units() == []


def test_points_are_spent_once_however_many_try(till: Till, anna: Profile) -> None:
    put_up("Points", give={"earn": 10})
    till.sell("first", "1000.00", to=anna)
    told = [till.reckon("100.00", to=anna, points=Decimal(100)).id for _ in range(20)]
    assert paid(together(till, told)) == 1
    assert till.balance(anna) == 0
    assert ledger.open_units() == [] and ledger.lots_that_differ() == []


def test_one_calculation_sent_by_twenty_threads_is_one_receipt(till: Till, anna: Profile) -> None:
    put_up("Points", give={"earn": 10})
    told = till.reckon("100.00", to=anna).id

    def pay(_place: int) -> int:
        return actions.commit(told, number="1", by=till.by, at=NOON).receipt.pk

    assert len(set(side_by_side(20, pay, range(30)))) == 1
    assert Receipt.objects.count() == Reckoned.objects.count() == 1
    assert till.balance(anna) == 10


_CLIENT = """
import json, os, sys
from uuid import UUID
import django
django.setup()
from django.conf import settings
from django.db import connections
settings.DATABASES["default"]["NAME"] = connections["default"].settings_dict["NAME"] = os.environ["DATABASE"]
from prilavok.company.models import Employee
from prilavok.company import queries as company
from prilavok.loyalty import actions
from tests.cast import NOON
by = company.actor_of(Employee.objects.get(email="klara@prilavok.test"))
for number, calculation in json.loads(sys.argv[1]):
    actions.commit(UUID(calculation), number=number, by=by, at=NOON)
    print(number, flush=True)
"""


@pytest.mark.chaos
def test_a_till_killed_at_any_moment_loses_nothing_and_writes_nothing_twice(
    till: Till, anna: Profile
) -> None:
    put_up("Points", give={"earn": 10})
    rounds = int(os.environ.get("CHAOS_ROUNDS", "8"))
    chance = random.Random(7)
    wanted = [(str(n), str(till.reckon("100.00", to=anna).id)) for n in range(25 * rounds)]
    left = list(wanted)
    environment = os.environ | {
        "DATABASE": connection.settings_dict["NAME"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "prilavok.config.testing",
    }
    for _ in range(rounds):
        process = subprocess.Popen(
            [sys.executable, "-c", _CLIENT, json.dumps(left)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()  # it is at work
        time.sleep(chance.uniform(0.0, 0.4))
        process.send_signal(signal.SIGKILL)
        answered = set(process.stdout.read().split())
        process.wait()
        assert answered <= set(Receipt.objects.values_list("number", flat=True))
        left = [one for one in left if one[0] not in answered]  # what was not answered is sent again
    for number, calculation in left:
        actions.commit(UUID(calculation), number=number, by=till.by, at=NOON)
    assert Receipt.objects.count() == Reckoned.objects.count() == len(wanted)
    assert till.balance(anna) == 10 * len(wanted)
    assert ledger.open_units() == [] and ledger.lots_that_differ() == []
