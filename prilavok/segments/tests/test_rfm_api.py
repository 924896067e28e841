"""RFM by the API: schemes from the first to the archive, the map, people, flows, growth and churn."""

import json
from typing import Any
from uuid import uuid4

from django.test import Client

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments.models import RfmScheme
from prilavok.segments.tests.tills import sell
from tests.cast import NOON, login


def test_a_scheme_from_its_making_to_the_archive(
    facts: None, client: Client, marina: Employee, shop_on_lenina: Shop
) -> None:
    login(client, marina)

    def send(method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
        head = {"Idempotency-Key": key or str(uuid4())}
        text = json.dumps(body or {})
        return client.generic(method, f"/api/v1{path}", text, content_type="application/json", headers=head)

    one = customers.register(NewCustomer(external_id="one"), by=SYSTEM, at=NOON)
    customers.register(NewCustomer(external_id="two"), by=SYSTEM, at=NOON)
    sell(one, shop_on_lenina, days_ago=3)
    journal.deliver()

    body = {"name": "Half a year", "days": 180, "r": {"bands": 3}, "f": {"bands": 4}}
    made = send("POST", "/rfm/schemes", body, key="once").json()
    assert send("POST", "/rfm/schemes", body, key="once").json() == made
    assert RfmScheme.objects.count() == 2 and len(made["layout"]["grid"]) == 3
    tried = send("POST", "/rfm/schemes/preview", {"days": 180}).json()
    assert sum(group["people"] for group in tried["groups"]) == 2
    wrong = send("POST", "/rfm/schemes", body | {"grid": [["nobody"] * 4] * 3})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "grid")
    assert send("POST", "/rfm/schemes", body | {"brand": "nobody's"}).json()["field"] == "brand"

    own = f"?scheme={made['public_id']}"
    run = send("POST", f"/rfm/runs{own}").json()
    assert (run["customers"], run["scored"], run["redefined"]) == (2, 1, False)
    assert client.get(f"/api/v1/rfm/runs{own}").json() == [run]
    told = client.get(f"/api/v1/rfm{own}").json()
    assert sum(cell["people"] for cell in told["map"]) == 1 and len(told["map"]) == 12
    assert client.get("/api/v1/rfm").json()["as_of"] is None  # the main one has not been reckoned
    people = client.get(f"/api/v1/rfm/people{own}&group=never").json()["items"]
    assert len(people) == 1 and people[0]["key"] == "never"
    history = client.get(f"/api/v1/rfm/customers/{one.public_id}{own}").json()
    assert len(history) == 1 and history[0]["until"] is None
    flows = client.get(f"/api/v1/rfm/flows{own}").json()
    assert sum(flow["people"] for flow in flows["flows"]) == 2
    movers = client.get(f"/api/v1/rfm/flows/people{own}&into=never&came_from=never").json()
    assert len(movers["items"]) == 1

    path = f"/rfm/schemes/{made['public_id']}"
    assert send("PUT", path, {"name": "Other", "days": 90}).json()["layout"]["days"] == 90
    assert send("POST", f"{path}/main").json()["is_main"]
    assert send("DELETE", path).status_code == 409
    common = next(scheme for scheme in client.get("/api/v1/rfm/schemes").json() if not scheme["is_main"])
    send("POST", f"/rfm/schemes/{common['public_id']}/main")
    assert send("DELETE", path).status_code == 204
    assert client.get("/api/v1/rfm/schemes?archived=true").json()[0]["name"] == "Other"
    assert not send("POST", f"{path}/restore").json()["archived"]

    months = client.get("/api/v1/actives?months=3").json()["months"]
    assert len(months) == 3 and months[-1]["end"] == 1
    times = client.get("/api/v1/orders/classes").json()
    assert [one["people"] for one in times["classes"]] == [1, 1, 0, 0, 0, 0]
