"""What conditions may be made of: pickers go on to the last product, and an integrator learns what a marketer sees."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.catalog import actions as catalog
from prilavok.catalog.ports import NewProduct
from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import actions
from prilavok.segments.tests.test_pages import fields
from tests.cast import NOON, login

OFFERED = re.compile(r'value="pick:c_0:product:(\d+)"')
FURTHER = re.compile(r'hx-get="([^"]+)"')
REACHABLE = {"all": [{"trait": "email_ok", "is": True}]}


@pytest.fixture
def cheeses(the_company: None) -> None:
    rows = [
        NewProduct(code=str(number), name=f"Сыр {number % 9}") for number in range(45)
    ]  # names come again
    catalog.load_products(rows, by=SYSTEM, at=NOON)


def test_a_picker_goes_on_to_the_last_of_what_fits(cheeses: None, marina: Employee, client: Client) -> None:
    login(client, marina)
    asked = {"place": "c_0", "what": "fact", "of": "purchases", "key": "product", "q": "сыр"}
    page = client.get(reverse("segments:picker"), asked).content.decode()
    pages = [OFFERED.findall(page)]
    while further := FURTHER.search(page.rpartition("picker-further")[2]):
        page = client.get(further[1].replace("&amp;", "&")).content.decode()
        pages.append(OFFERED.findall(page))
    assert [len(one) for one in pages] == [20, 20, 5]
    assert len({key for one in pages for key in one}) == 45

    assert client.get(reverse("segments:picker"), asked | {"after": "nonsense"}).status_code == 422


def test_a_condition_is_found_by_its_measure_or_filter_and_added(marina: Employee, client: Client) -> None:
    login(client, marina)
    form = fields(client.get(reverse("segments:editor")).content.decode())
    for text, what, shown in (
        ("average PURCHASES", "measure:purchases.average", '<option value="average" selected>'),
        ("category bought", "filter:purchases.category", "c_1.where.category"),
        ("birthday days", "trait:birthday_in", "c_2.value"),
    ):
        found = client.get(
            reverse("segments:picker"), {"what": "add", "place": "c", "q": text}
        ).content.decode()
        assert f'value="add:c:{what}"' in found
        page = client.post(reverse("segments:editor_change"), form | {"do": f"add:c:{what}"}).content.decode()
        assert shown in page
        form = fields(page)


def test_a_group_in_which_nothing_stands_yet_asks_nothing(
    facts: None, anna: Profile, marina: Employee, client: Client
) -> None:
    journal.deliver()
    login(client, marina)
    form = fields(client.get(reverse("segments:editor")).content.decode())
    for what in ("group:any", "measure:purchases.revenue"):
        page = client.post(reverse("segments:editor_change"), form | {"do": f"add:c:{what}"}).content.decode()
        form = fields(page)
    assert "₽" in page
    said = client.post(reverse("segments:editor_count"), form).content.decode()
    assert "all customers" not in said and "sum of purchases" in said
    empty: dict[str, Any] = {"conditions": {"any": []}}
    headers = {"Idempotency-Key": "empty"}
    told = client.post(
        "/api/v1/segments/count", empty, content_type="application/json", headers=headers
    ).json()
    assert (told["people"], told["in_words"]) == (0, "nobody")


def test_the_api_tells_what_may_be_asked_and_chosen(cheeses: None, marina: Employee, client: Client) -> None:
    login(client, marina)
    told = client.get("/api/v1/conditions").json()
    bought = next(one for one in told["facts"] if one["key"] == "purchases")
    assert (bought["windows"], bought["in_sequences"]) == (True, True)
    assert {"category", "product", "shop", "till"} <= {one["key"] for one in bought["filters"]}
    assert "margin" not in {one["key"] for one in bought["measures"]}  # Marina may not see costs
    age = next(one for one in told["traits"] if one["key"] == "age")
    assert (age["kind"], age["has_values"], ">=" in age["operators"]) == ("number", False, True)

    def values(**asked: str) -> dict[str, Any]:
        return client.get("/api/v1/conditions/values", asked).json()  # type: ignore[no-any-return]

    first = values(fact="purchases", part="product", q="сыр")
    second = values(fact="purchases", part="product", q="сыр", after=first["next"])
    assert len({one["value"] for one in [*first["items"], *second["items"]]}) == 40
    assert {one["value"] for one in values(trait="sex")["items"]} >= {"f", "m"}
    for wrong in ({"trait": "nothing"}, {"fact": "purchases", "part": "nothing"}, {"fact": "nothing"}):
        assert client.get("/api/v1/conditions/values", wrong).status_code == 404


def test_what_is_guarded_is_neither_told_nor_chosen(
    the_company: None, max_stranger: Employee, marina: Employee, client: Client
) -> None:
    secret = {"name": "Тайное", "code": "secret", "kind": "choice", "options": ["Тайна"], "filtered": True}
    customers.add_own_field(**secret, guard="see", by=SYSTEM)  # type: ignore[arg-type]
    login(client, marina)
    told = client.get("/api/v1/conditions").json()
    assert "own.secret" not in {one["key"] for one in told["traits"]}
    assert client.get("/api/v1/conditions/values", {"trait": "own.secret"}).status_code == 404
    asked = {"place": "c_0", "what": "trait", "of": "own.secret", "key": "values"}
    assert client.get(reverse("segments:picker"), asked).status_code == 400

    login(client, max_stranger)
    for address in ("/api/v1/conditions", "/api/v1/conditions/values?trait=sex"):
        assert client.get(address).status_code == 403


def test_the_api_tells_versions_uses_and_who_went_out(
    facts: None, anna: Profile, marina: Employee, client: Client
) -> None:
    journal.deliver()
    login(client, marina)
    put = {"folder": "Spring", "tags": ["mail"], "by": SYSTEM, "at": clock.now()}
    inner = actions.create(name="Inner", tree=REACHABLE, kind="dynamic", **put)  # type: ignore[arg-type]
    outer = {"all": [{"segment": str(inner.public_id)}]}
    actions.create(name="Outer", tree=outer, kind="dynamic", by=SYSTEM, at=clock.now())
    nobody = {"all": [{"trait": "age", "op": ">", "value": 120}]}
    actions.change(segment_id=inner.pk, name="Inner", tree=nobody, **put)  # type: ignore[arg-type]

    for asked, names in (
        ({"folder": "Spring"}, ["Inner"]),
        ({"tag": "mail", "kind": "dynamic"}, ["Inner"]),
        ({"tag": "other"}, []),
        ({"kind": "static"}, []),
    ):
        found = client.get("/api/v1/segments", asked).json()["items"]
        assert [one["name"] for one in found] == names, asked
    address = f"/api/v1/segments/{inner.public_id}"
    versions = client.get(f"{address}/versions").json()
    assert [one["number"] for one in versions] == [2, 1] and versions[1]["conditions"] == REACHABLE
    assert [(one["title"], one["binding"]) for one in client.get(f"{address}/uses").json()] == [
        ("Outer", True)
    ]
    assert client.get(f"{address}/members").json()["items"] == []
    [gone] = client.get(f"{address}/members", {"gone": "true"}).json()["items"]
    assert gone["public_id"] == str(anna.public_id) and gone["until"]
