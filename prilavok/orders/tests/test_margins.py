"""What goods cost the shop stays with whoever may see it, and makes the margin of what was sold."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as goods_asked
from prilavok.catalog.models import Product
from prilavok.catalog.ports import NewCost
from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.facts import client as facts_client
from prilavok.facts import mending
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.orders import actions as orders
from prilavok.orders.actions import Back
from prilavok.orders.events import MarginsReckoned
from prilavok.orders.tests.conftest import Basket, Line
from prilavok.segments import queries as segments
from tests.cast import NOON, actor, login

D = Decimal
TODAY = NOON.date()
MARGIN: dict[str, Any] = {"fact": "purchases", "measure": "margin", "op": ">=", "value": 100}
SUMS = "SELECT sum(margin_units) FROM {}"
_keys = count()


def say(code: str, cost: str, since: date = TODAY) -> int:
    return catalog.load_costs([NewCost(code=code, cost=D(cost), since=since)], by=SYSTEM, at=NOON)


def test_the_cost_in_force_at_the_sale_counts(
    facts: None, anna: Profile, basket: Basket, line: Line, ada: Employee
) -> None:
    say("milk", "60", TODAY - timedelta(days=30))
    lines = line("milk", "2", "180"), line("bread", "1", "50")
    sale = orders.record_receipt(basket("1", *lines, profile_id=anna.pk), by=SYSTEM, at=NOON)
    say("milk", "70", TODAY + timedelta(days=1))  # what it costs tomorrow changes nothing of today
    journal.deliver()
    assert [facts_client.value(SUMS.format(table)) for table in ("receipts", "receipt_lines")] == [
        60_0000
    ] * 2
    assert segments.count(MARGIN, actor(ada), at=NOON).people == 0

    say("milk", "40", TODAY)  # said only now, for the whole of this day
    orders.return_lines(receipt=sale.public_id, lines=[Back(1, D(1))], number="2", by=SYSTEM, at=NOON)
    orders.return_lines(receipt=sale.public_id, lines=[Back(2, D(1))], number="3", by=SYSTEM, at=NOON)
    journal.deliver()
    orders.reckon_margins(changed=[(Product.objects.get(code="milk").pk, TODAY.isoformat())])
    assert [facts_client.value(SUMS.format(table)) for table in ("receipts", "receipt_lines")] == [
        50_0000
    ] * 2
    assert facts_client.rows("SELECT margin_units FROM receipts ORDER BY receipt_id") == [
        (100_0000,), (-50_0000,), (None,),
    ]  # fmt: skip
    assert mending.damages() == []
    assert segments.count(MARGIN | {"value": 50}, actor(ada), at=NOON).people == 1


def test_whoever_may_not_see_costs_may_not_ask_margins(facts: None, anna: Profile, marina: Employee) -> None:
    with pytest.raises(Refused):
        segments.count(MARGIN, actor(marina), at=NOON)
    with pytest.raises(Refused):
        goods_asked.costs(1, actor(marina))


def test_segments_hear_that_margins_are_others(db: None, goods: dict[str, Any]) -> None:
    from prilavok.facts.schema import declared, registry
    from prilavok.segments import conditions

    assert MarginsReckoned in declared().event_types()
    assert MarginsReckoned.type_name() in conditions.events_of(
        conditions.parse(MARGIN, registry()), registry()
    )


def test_a_cost_said_again_is_not_written_again(goods: dict[str, Any]) -> None:
    assert say("milk", "60", date(2026, 1, 1)) == 1
    assert say("milk", "60", date(2026, 2, 1)) == 0
    rows = [("62", date(2026, 3, 1)), ("60", date(2026, 4, 1)), ("61", date(2026, 1, 1))]
    told = [NewCost(code="milk", cost=D(cost), since=since) for cost, since in rows]
    assert catalog.load_costs(told, by=SYSTEM, at=NOON) == 3
    with pytest.raises(catalog.UnknownProduct):
        say("kefir", "1")


def test_ada_keeps_costs_on_the_products_page_and_by_the_api(
    client: Client, goods: dict[str, Any], ada: Employee
) -> None:
    login(client, ada)
    milk = Product.objects.get(code="milk")
    page, removal = (reverse(f"catalog:{name}", args=[milk.public_id]) for name in ("costs", "drop_cost"))
    told = {"cost": "61.50", "since": "2026-03-01"}
    answer = client.post(page, told, headers={"HX-Request": "true"})
    assert "61" in answer.content.decode()
    assert client.post(page, told | {"cost": "-1"}, headers={"HX-Request": "true"}).status_code == 422

    headers = {"Idempotency-Key": f"costs-{next(_keys)}"}
    rows = [{"code": "milk", "cost": "64", "since": "2026-03-02"}]
    put = client.put("/api/v1/costs", rows, content_type="application/json", headers=headers)
    assert put.json() == {"changed": 1}
    listed = client.get(f"/api/v1/products/{milk.public_id}/costs").json()
    assert [(one["since"], D(one["cost"])) for one in listed] == [
        ("2026-03-02", 64),
        ("2026-03-01", D("61.5")),
    ]

    headers = {"Idempotency-Key": f"costs-{next(_keys)}"}
    gone = client.delete(f"/api/v1/products/{milk.public_id}/costs/2026-03-02", headers=headers)
    assert gone.status_code == 204
    assert client.post(removal, {"since": "2026-03-02"}).status_code == 404
    assert client.post(removal, {"since": "2026-03-01"}, headers={"HX-Request": "true"}).status_code == 200
    assert not milk.costs.exists()


def test_marina_sees_no_costs(client: Client, goods: dict[str, Any], marina: Employee) -> None:
    login(client, marina)
    milk = Product.objects.get(code="milk")
    assert (
        reverse("catalog:costs", args=[milk.public_id])
        not in client.get(reverse("catalog:product", args=[milk.public_id])).content.decode()
    )
    for address in (
        reverse("catalog:costs", args=[milk.public_id]),
        f"/api/v1/products/{milk.public_id}/costs",
    ):
        assert client.get(address).status_code == 403
    assert client.post(reverse("catalog:drop_cost", args=[milk.public_id]), {}).status_code == 403
