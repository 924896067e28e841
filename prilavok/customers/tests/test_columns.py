"""Any column in the list and in the file: own fields, tags, indicators; and which indicators stand on the card."""

import io
import time
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions, queries
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.customers.web import words
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, login

COLUMNS = "columns=own.size&columns=tags&columns=indicator.C47&columns=indicator.messages&columns=own.income"


def ground(anna: Profile) -> None:
    actions.add_own_field(name="Размер", code="size", kind="number", by=SYSTEM)
    actions.add_own_field(name="Доход", code="income", kind="money", guard="see", by=SYSTEM)
    actions.change_own(profile_id=anna.pk, values={"size": 38, "income": 90_000}, by=SYSTEM, at=NOON)
    actions.tag(profile_id=anna.pk, names=["VIP"], by=SYSTEM, at=NOON)


def test_the_list_and_the_file_show_the_chosen_columns(
    client: Client, anna: Profile, marina: Employee
) -> None:
    ground(anna)
    page = login(client, marina).get(f"/customers/?{COLUMNS}").content.decode()
    for told in ("Размер", "VIP", "Revenue", "Messages delivered", ">38<"):
        assert told in page, told
    assert "Доход" not in page and "90,000" not in page
    whole = client.get(f"{reverse('customers:download', args=['xlsx'])}?{COLUMNS}")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(whole.getvalue())).get_sheet_by_index(0).to_python()
    assert rows[0] == ["Customer", "Размер", "Tags", "Revenue", "Messages delivered", "Number"]
    assert rows[1][:3] == ["Ковалёва Анна Петровна", 38.0, "VIP"]


@pytest.fixture
def clocks_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept for some seconds (own fields, purposes, counts of the menu) is kept as long as the test runs: on a
    busy machine it would be asked again in the midst of counting.
    """
    now, ticks = time.time(), time.monotonic()
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "monotonic", lambda: ticks)


def test_more_rows_ask_no_more_questions(
    client: Client, anna: Profile, shop_on_lenina: Shop, olga: Employee, clocks_stand: None
) -> None:
    ground(anna)
    login(client, olga)
    client.get(f"/customers/?{COLUMNS}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/customers/?{COLUMNS}")
    new = [NewCustomer(external_id=f"c{one}", tags=("лето",), own={"size": one}) for one in range(20)]
    actions.load_customers(new, by=SYSTEM, at=NOON)
    client.get(f"/customers/?{COLUMNS}")  # what the new ones changed is kept anew
    with CaptureQueriesContext(connection) as many:
        page = client.get(f"/customers/?{COLUMNS}").content.decode()
    assert page.count("лето") >= 20 and len(many) <= len(few)


def test_indicators_are_reckoned_for_each_customer_alone(anna: Profile, olga: Employee) -> None:
    boris = actions.register(NewCustomer(first_name="Борис"), by=SYSTEM, at=NOON)
    found = queries.page_of_indicators([anna.pk, boris.pk], actor(olga), ["C47", "C38", "messages"])
    assert {who: one["C47"].value for who, one in found.items()} == {
        anna.pk: Decimal(0),
        boris.pk: Decimal(0),
    }


def test_oleg_puts_indicators_into_his_own_order_and_ada_into_everybodys(
    client: Client, anna: Profile, oleg: Employee, ada: Employee, max_stranger: Employee
) -> None:
    mine, move = reverse("customers:indicator_rows", args=["mine"]), "customers:move_indicator"
    login(client, ada)
    for key in queries.indicator_rows(actor(ada)):
        if key not in ("C47", "C38", "activated_at"):
            client.post(reverse(move, args=["company", "remove"]), {"key": key})
    assert queries.indicator_rows(actor(oleg)) == ["activated_at", "C47", "C38"]

    login(client, oleg)
    assert "Revenue" in client.get(mine).content.decode()
    client.post(reverse(move, args=["mine", "up"]), {"key": "C38"})
    client.post(reverse(move, args=["mine", "remove"]), {"key": "activated_at"})
    client.post(reverse(move, args=["mine", "add"]), {"key": "C46"})
    assert queries.indicator_rows(actor(oleg)) == ["C38", "C47", "C46"]
    card = client.get(reverse("customers:card", args=[anna.public_id])).content.decode()
    assert card.index("Receipts</dt>") < card.index("Revenue</dt>") < card.index("Average receipt</dt>")
    assert client.post(reverse(move, args=["company", "up"]), {"key": "C47"}).status_code == 403
    client.post(reverse(move, args=["mine", "forget"]))
    assert queries.indicator_rows(actor(oleg)) == ["activated_at", "C47", "C38"]
    assert login(client, max_stranger).get(mine).status_code == 403


def test_a_program_reads_indicators_and_puts_them_into_an_order(
    client: Client, anna: Profile, ada: Employee
) -> None:
    login(client, ada)
    told = {one["key"]: one for one in client.get(f"/api/v1/customers/{anna.public_id}/indicators").json()}
    assert told["C47"]["label"] == "Revenue" and told["activation_shop"]["value"] == "На Ленина"
    line = client.get("/api/v1/customers?indicators=C38&indicators=nothing").json()["items"][0]
    assert line["indicators"] == {"C38": 0}
    client.put(
        "/api/v1/card-indicators/company",
        {"keys": ["C40", "nothing", "C47"]},
        content_type="application/json",
        headers={"Idempotency-Key": "1"},
    )
    assert [one["key"] for one in client.get("/api/v1/card-indicators").json()] == ["C40", "C47"]


@pytest.mark.parametrize(
    ("number", "told"), [("1", "1 day"), ("12", "12 days"), ("0.9", "0.9 days"), ("1.2", "1.2 days")]
)
def test_a_part_of_a_day_is_no_single_day(number: str, told: str) -> None:
    with translation.override("en"):
        assert words.days(Decimal(number)) == told
