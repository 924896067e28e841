from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.catalog import actions as catalog
from prilavok.catalog.ports import NewCost, ProductRef
from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.kernel import clock, jobs
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import Backtest, CouponSeries, Promotion
from prilavok.loyalty.tests.till import put_up
from prilavok.orders import actions as orders
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON, login

MILK = {"products": ["milk"]}


@pytest.fixture
def year(anna: Profile, goods: dict[str, ProductRef], basket: Basket, line: Line) -> None:
    """Anna bought milk on three days, twice on the first; a stranger milk and bread; somebody bread."""
    for number, (day, who, what) in enumerate(
        [(0, anna, "milk"), (0, anna, "milk"), (1, anna, "milk"), (2, None, "milk"), (3, None, "bread")]
    ):
        at = NOON - timedelta(days=30 - day)
        bought = line(what, "1", "100", "100")
        orders.record_receipt(
            basket(f"Y-{number}", bought, paid_at=at, profile_id=who.pk if who else None), by=SYSTEM, at=at
        )


def tried(definition: dict[str, Any], run: Any) -> dict[str, Any]:
    made = actions.create_promotion({"name": "Tried", **definition}, by=SYSTEM, at=NOON)
    asked = actions.order_backtest(made.pk, by=SYSTEM, at=NOON)
    run(asked)
    found = queries.backtests(made.pk, SYSTEM).get()
    assert found.finished_at
    return found.result or {}


@pytest.fixture
def run() -> Any:
    def now(asked: Backtest) -> None:
        work = jobs.start(title="Tried", by=SYSTEM)
        actions.run_backtest(backtest=asked.pk, work=str(work.public_id))

    return now


@pytest.mark.parametrize(
    ("definition", "used", "amount", "customers"),
    [
        ({"give": {"percent_off": {"percent": 10, "of": MILK}}}, 4, 40, 1),
        ({"give": {"percent_off": 10}}, 5, 50, 1),
        ({"give": {"percent_off": {"percent": 10, "of": MILK}}, "limits": {"today": 1}}, 2, 20, 1),
        ({"give": {"percent_off": {"percent": 10, "of": MILK}}, "limits": {"own": 1}}, 1, 10, 1),
        ({"give": {"percent_off": {"percent": 10, "of": MILK}}, "limits": {"own_week": 1}}, 1, 10, 1),
        ({"give": {"percent_off": {"percent": 10, "of": MILK}}, "limits": {"own_month_money": 15}}, 3, 25, 1),
        ({"give": {"percent_off": {"percent": 10, "of": MILK}}, "limits": {"all": 2}}, 2, 20, 1),
        ({"give": {"percent_off": 10}, "who": {"first": True}}, 1, 10, 1),
        ({"give": {"percent_off": 10}, "who": {"birthday": {"before": 180, "after": 180}}}, 3, 30, 1),
        ({"give": {"percent_off": 10}, "where": {"channels": ["site"]}}, 0, 0, 0),
        ({"give": {"percent_off": 10}, "when": {"weekdays": ["sun"]}}, 1, 10, 1),
        ({"give": {"percent_off": 10}, "when": {"since": "2027-02-01T00:00"}}, 2, 20, 0),
    ],
)
def test_a_year_is_tried_as_its_limits_would_have_filled(
    definition: dict[str, Any], used: int, amount: int, customers: int, year: None, run: Any
) -> None:
    result = tried(definition, run)
    assert (result["used"], result["customers"]) == (used, customers)
    assert Decimal(result["amount"]) == amount
    assert result["receipts"] == 5
    assert sum(one["used"] for one in result["shops"].values()) == result["used"]
    assert sum(one["receipts"] for one in result["months"].values()) == 5


@pytest.mark.parametrize(
    ("live", "definition", "used", "amount", "points"),
    [
        ([{"give": {"earn": 10}}], {"give": {"multiply": 3}}, 3, 0, 60),
        ([], {"give": {"multiply": 3}}, 0, 0, 0),
        ([{"give": {"earn": 10}}], {"give": {"percent_off": 50}}, 5, 250, -15),
        (
            [{"give": {"percent_off": 10}, "group": "g"}],
            {"give": {"percent_off": 15}, "group": "g"},
            5,
            25,
            0,
        ),
        ([{"give": {"percent_off": 20}, "group": "g"}], {"give": {"percent_off": 15}, "group": "g"}, 0, 0, 0),
        ([{"give": {"percent_off": 10}}], {"give": {"percent_off": 10}}, 5, 45, 0),
        ([{"give": {"earn": 10}, "limits": {"own": 1}}], {"give": {"multiply": 3}}, 1, 0, 20),
        (
            [{"give": {"earn": 10}, "when": {"since": "2027-01-31T00:00"}}],
            {"give": {"multiply": 3}},
            1,
            0,
            20,
        ),
        ([{"give": {"earn": 10}, "coupon": "MARCH"}], {"give": {"multiply": 3}}, 0, 0, 0),
    ],
)
def test_beside_what_is_live_it_comes_to_the_difference(
    live: list[dict[str, Any]], definition: dict[str, Any], used: int, amount: int, points: int,
    year: None, run: Any, march: CouponSeries,
) -> None:  # fmt: skip
    for number, one in enumerate(live):
        put_up(f"Live {number}", **one)
    result = tried(definition, run)
    found = result["used"], Decimal(result["amount"]), Decimal(result["points"])
    assert found == (used, Decimal(amount), Decimal(points))


def test_marina_asks_for_last_year_on_the_page_and_by_the_api(
    client: Client, marina: Employee, klara: Employee, year: None, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    made = actions.create_promotion({"name": "Ten", "give": {"percent_off": 10}}, by=SYSTEM, at=NOON)
    page = reverse("loyalty:promotion_past", args=[made.public_id])
    tries = reverse("loyalty:promotion_backtests", args=[made.public_id])
    login(client, marina)
    assert "Try it on last year" in client.get(page).content.decode()
    assert "being reckoned" in client.post(tries).content.decode()
    run(Backtest.objects.get())
    shown = client.get(page).content.decode()
    assert all(word in shown for word in ("5 of 5", "\u20bd50", "На Ленина"))
    api = f"/api/v1/promotions/{made.public_id}/backtests"
    [told] = client.get(api).json()["items"]
    assert told["result"]["shops"]["lenina"]["used"] == 5
    assert client.post(api, headers={"Idempotency-Key": str(uuid4())}).status_code == 202
    login(client, klara)
    assert client.post(tries).status_code == 403


def test_a_promotion_that_changes_no_receipt_says_so(
    client: Client, marina: Employee, year: None, run: Any
) -> None:
    assert tried({"give": {"percent_off": 10}, "needs": [{"amount": 100_000}]}, run)["used"] == 0
    login(client, marina)
    shown = client.get(reverse("loyalty:promotion_past", args=[Promotion.objects.get().public_id]))
    assert "No receipt would have been another" in shown.content.decode()


def test_margins_are_those_of_goods_whose_cost_is_known(
    client: Client, ada: Employee, marina: Employee, year: None, run: Any
) -> None:
    """Bread has no cost; milk cost 60, and 70 from the third day on: of a hundred ten are taken off."""
    bought = (NOON - timedelta(days=30)).date()
    costs = [
        NewCost(code="milk", cost=Decimal(cost), since=bought + timedelta(days=day))
        for cost, day in ((60, 0), (70, 2))
    ]
    catalog.load_costs(costs, by=SYSTEM, at=NOON)
    result = tried({"give": {"percent_off": 10}}, run)
    assert {key: Decimal(value) for key, value in result["margin"].items()} == {
        "gross": 400,
        "before": 3 * 40 + 30,
        "after": 3 * 30 + 20,
    }
    made = Promotion.objects.get()
    page = reverse("loyalty:promotion_past", args=[made.public_id])
    api = f"/api/v1/promotions/{made.public_id}/backtests"
    login(client, ada)
    assert "Margin without the promotion" in client.get(page).content.decode()
    assert "margin" in client.get(api).json()["items"][0]["result"]["shops"]["lenina"]
    login(client, marina)
    assert "Margin" not in client.get(page).content.decode()
    assert "margin" not in client.get(api).content.decode()
