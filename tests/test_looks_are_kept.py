"""Whatever shows how a customer is reached, where they live, when they were born or what was written about them
leaves a line in the log of access: every page and every reading operation of the API is opened to see.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from django.test import Client

from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as goods
from prilavok.catalog.ports import NewProduct
from prilavok.company.models import Employee, Look, Shop
from prilavok.customers import actions as customers
from prilavok.customers.actions import addresses, notes
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.ids import uuid7
from prilavok.messaging import actions as messaging
from prilavok.orders import actions as orders
from prilavok.orders.ports import NewLine, NewReceipt, NewRole
from prilavok.relations import actions as relations
from prilavok.segments import actions as segments
from tests.cast import NOON, actor, login
from tests.described import api_schema
from tests.test_every_door import NOTHING, _fill, _pages

MARKS = (
    "vera.marked@example.org",
    "9161112233",
    "916 111-22-33",
    "Приметная",
    "1987-05-09",
    "9 May 1987",
    "любит лилии",
)
"""What nobody reads without a trace: e-mail, phone as kept and as shown, street, birth date, a note."""
OF_THEIRS = {
    "public_id": "customer", "customer_id": "customer", "customer": "customer", "left": "customer",
    "other": "twin", "receipt_id": "receipt",
}  # fmt: skip
OTHERS = ("letter", "segment", "household")
"""Further things that show people: a letter to one of them, a segment that holds them, the household they live in."""


@pytest.fixture
def known(shop_on_lenina: Shop, ada: Employee) -> dict[str, str]:
    """Vera with everything that is kept of a person, a twin of hers, and a receipt that somebody else fetches."""
    new = NewCustomer(
        external_id="vera", first_name="Вера", last_name="Белова", birth_date=date(1987, 5, 9),
        email=MARKS[0], phone="+79161112233", cards=("2900000012345",), shop_id=shop_on_lenina.pk,
        consents=(NewConsent(channel="email"),),
    )  # fmt: skip
    vera = customers.register(new, by=SYSTEM, at=NOON)
    twin = customers.register(
        NewCustomer(external_id="w", first_name="Вера", email="vera.marked@example.org"), by=SYSTEM, at=NOON
    )
    customers.propose(vera.pk, twin.pk, score=0.9, reasons=["email_same"], source="batch", at=NOON)
    addresses.add_address(profile_id=vera.pk, line="125009, Москва, ул. Приметная, д. 4", by=SYSTEM, at=NOON)
    notes.write_note(profile_id=vera.pk, text="любит лилии", by=actor(ada), at=NOON)
    letter = messaging.write_letter(
        letter_id=uuid7(),
        profile_id=vera.pk,
        subject="Лилии",
        text="Вера любит лилии",
        by=SYSTEM,
        at=clock.now(),
    )
    customers.suppress(value="vera.marked@example.org", by=SYSTEM, at=NOON)
    segment = segments.hold(name="Цветы", profile_ids=[vera.pk], by=SYSTEM, at=NOON)
    household = relations.make_household(head_id=vera.pk, by=SYSTEM, at=NOON, members=[(twin.pk, "child")])
    return {
        "customer": str(vera.public_id),
        "twin": str(twin.public_id),
        "receipt": str(_receipt(vera, shop_on_lenina)),
        "letter": str(letter.public_id),
        "segment": str(segment.public_id),
        "household": str(household.public_id),
    }


def _receipt(vera: Profile, shop: Shop) -> Any:
    catalog.load_products([NewProduct(code="lily", name="Лилия")], by=SYSTEM, at=NOON)
    ref = goods.products_by_code(["lily"])["lily"]
    line = NewLine(
        product_id=ref.id, category_id=ref.category_id, department_id=ref.department_id,
        quantity=Decimal(1), unit="pcs", gross=Decimal(100), paid=Decimal(100),
    )  # fmt: skip
    new = NewReceipt(
        number="1", shop_id=shop.pk, paid_at=NOON, currency="RUB", lines=[line], profile_id=vera.pk,
        roles=(NewRole("recipient", None, "Тётя", "+79161112233", MARKS[0]),),
    )  # fmt: skip
    return orders.record_receipt(new, by=SYSTEM, at=NOON).public_id


def _body(answer: Any) -> str:
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = str(whole.decode("utf-8", "replace"))
    plain = "json" in answer.get("Content-Type", "")
    return json.dumps(json.loads(text), ensure_ascii=False) if plain and text else text


def _traceless(client: Client, addresses: Iterator[str]) -> dict[str, list[str]]:
    """Addresses whose answer shows a mark without a line in the log."""
    found = {}
    for address in addresses:
        before = Look.objects.count()
        shown = _body(client.get(address))
        if (seen := [mark for mark in MARKS if mark in shown]) and Look.objects.count() == before:
            found[address] = seen
    return found


def _operations(known: dict[str, str]) -> Iterator[str]:
    for path, methods in api_schema()["paths"].items():
        if "get" not in methods:
            continue
        address = re.sub(
            r"{(\w+)}", lambda part: known.get(OF_THEIRS.get(part[1], ""), NOTHING["uuid"]), path
        )
        for one in OTHERS if "{public_id}" in path or "{household_id}" in path else ():
            yield re.sub(r"{\w+}", known["customer"], re.sub(r"{\w+}", known[one], path, count=1))
        asked = "?other=" + known["twin"] if path.endswith("merge-preview") else ""
        yield address + asked


def _addresses(known: dict[str, str]) -> Iterator[str]:
    for path, _pattern in _pages():
        first = re.sub(r"<uuid:(?:other|receipt\w*)>", known["twin"], path, count=1)
        yield _fill(re.sub(r"<uuid:\w+>", known["customer"], first, count=1)).replace(
            "/history/nothing/", "/history/email/"
        )
        for one in ("receipt", *OTHERS) if "<uuid" in path else ():
            whose = re.sub(r"<uuid:\w+>", known[one], path, count=1)
            yield _fill(re.sub(r"<uuid:\w+>", known["customer"], whose))


@pytest.mark.django_db
def test_nothing_of_a_person_is_shown_without_a_trace(
    known: dict[str, str], client: Client, ada: Employee, facts: object
) -> None:
    login(client, ada)
    assert MARKS[0] in _body(client.get(f"/api/v1/customers/{known['customer']}"))

    assert _traceless(client, chain(_operations(known), _addresses(known))) == {}
