"""Gift cards by the pages and by the API: Ada issues, Klara sells and takes payment, Oleg blocks, Max gets nothing."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from prilavok.loyalty import actions
from prilavok.loyalty.models import GiftCard, GiftKind
from prilavok.loyalty.tests.till import Till
from tests.cast import NOON, hire, login

TYPED = {
    "name": "Certificate", "code": "certificate", "least": "500", "most": "5000", "secret": "yes",
    "lifetime_days": "365", "length": "13", "check_digit": "ean13",
}  # fmt: skip


def send(client: Client, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
    return client.generic(
        method,
        f"/api/v1/{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


@pytest.fixture
def kind(the_company: None) -> GiftKind:
    made = actions.make_gift_kind(code="k", name="Certificate", least=500, most=5000, by=SYSTEM, at=NOON)
    actions.issue_gift_cards(made.pk, 2, by=SYSTEM, at=NOON)
    return made


def test_ada_makes_a_kind_issues_and_exports_numbers(client: Client, ada: Employee) -> None:
    login(client, ada)
    wrong = client.post(reverse("loyalty:gift_kind_new"), TYPED | {"most": "5"})
    assert (wrong.status_code, GiftKind.objects.count()) == (422, 0)
    made = client.post(reverse("loyalty:gift_kind_new"), TYPED)
    kind = GiftKind.objects.get()
    page = reverse("loyalty:gift_kind", args=[kind.public_id])
    assert made.headers["Location"] == page
    client.post(reverse("loyalty:gift_kind_issue", args=[kind.public_id]), {"count": "3"})
    assert client.get(page).status_code == client.get(reverse("loyalty:gift_kinds")).status_code == 200
    told = client.post(reverse("loyalty:gift_kind_export", args=[kind.public_id]))
    lines = b"".join(told.streaming_content).decode().split()  # type: ignore[attr-defined]
    assert len(lines) == 1 + GiftCard.objects.count() == 4
    assert StoredEvent.objects.filter(type="loyalty.GiftNumbersExported").count() == 1


def test_klara_sells_takes_payment_and_gives_back(
    client: Client, klara: Employee, till: Till, anna: Profile, kind: GiftKind
) -> None:
    login(client, klara)
    number = GiftCard.objects.latest("pk").number
    sale = {"shop": "lenina", "receipt": "G-1", "cards": [{"number": number, "amount": "1000.00"}]}
    [card] = send(client, "gift-cards/sales", sale | {"customer": str(anna.public_id)}).json()
    assert (card["state"], card["balance"], card["number"]) == ("active", "1000.00", f"•••• {number[-4:]}")
    assert send(client, "gift-cards/sales", sale | {"receipt": "G-2"}).json()["code"] == "gift_card_state"
    told = send(client, "till/calculate", {"shop": "lenina", "lines": [{"product": "a", "price": "1300.00"}]})
    paid = send(
        client,
        "till/commit",
        {"calculation": told.json()["calculation"], "number": "1", "gift_cards": [{"number": number}]},
    ).json()
    assert (paid["total"], paid["otherwise"]) == ("1300.00", "300.00")
    assert paid["gift_cards"] == [{"number": card["number"], "amount": "1000.00", "balance": "0.00"}]
    assert send(client, "gift-cards/balance", {"number": number}).json()["balance"] == "0.00"
    back = send(client, f"till/receipts/{paid['id']}/cancel", {"number": "1-void"}).json()
    assert (back["refund"], back["otherwise"], back["gift_cards"][0]["amount"]) == (
        "1300.00",
        "300.00",
        "-1000.00",
    )

    pages = [
        reverse("loyalty:gift_cards"),
        reverse("loyalty:gift_card", args=[card["id"]]),
        reverse("loyalty:gift_liability"),
        reverse("loyalty:gift_cards_of_customer", args=[anna.public_id]),
        reverse("loyalty:gift_cards_of_receipt", args=[paid["id"]]),
    ]
    assert {client.get(page).status_code for page in pages} == {200}
    assert number not in "".join(client.get(page).content.decode() for page in pages)


def test_a_card_is_sold_by_hand_and_taken_back(
    client: Client, klara: Employee, shop_on_lenina: Shop, kind: GiftKind
) -> None:
    login(client, klara)
    card = GiftCard.objects.latest("pk")

    def post(name: str, **typed: str) -> str:
        client.post(reverse(f"loyalty:{name}", args=[card.public_id]), typed)
        card.refresh_from_db()
        return card.state

    assert post("gift_card_sale", shop="lenina", amount="700") == "issued"  # without a fiscal number
    assert post("gift_card_sale", shop="lenina", amount="700", receipt="7") == "active"
    assert post("gift_card_return") == "issued"


def test_klara_puts_money_on_and_the_supervisor_gives_the_rest(
    client: Client, klara: Employee, ada: Employee, shop_on_lenina: Shop, kind: GiftKind
) -> None:
    login(client, klara)
    card = GiftCard.objects.latest("pk")
    sale = {"shop": "lenina", "receipt": "G-1", "cards": [{"number": card.number, "amount": "1000.00"}]}
    send(client, "gift-cards/sales", sale)
    told = {"number": card.number, "shop": "lenina", "receipt": "T-1", "amount": "50.00"}
    assert [send(client, "gift-cards/top-ups", told).json()["balance"] for _ in range(2)] == ["1050.00"] * 2
    client.post(
        reverse("loyalty:gift_card_top_up", args=[card.public_id]),
        {"shop": "lenina", "receipt": "T-2", "amount": "10"},
    )
    page = client.get(reverse("loyalty:gift_card", args=[card.public_id])).content.decode()
    assert "1,060" in page and "T-2" in page and "Take the unused card back" not in page
    payout = f"gift-cards/{card.public_id}/payout"
    assert send(client, payout).status_code == 403  # money leaves the till: the supervisor's affair
    login(client, hire("Svetlana", "supervisor"))
    assert send(client, payout, {"reason": "moved away"}).json()["paid_out"] == "1060.00"
    login(client, ada)
    printed = {"numbers": [{"number": "PRINTED-CODE-1", "pin": ""}]}
    assert send(client, f"gift-card-kinds/{kind.public_id}/cards", printed).status_code == 202
    page = reverse("loyalty:gift_kind_printed", args=[kind.public_id])
    client.post(page, {"numbers": "PRINTED-CODE-2\nPRINTED-CODE-3"})
    assert GiftCard.objects.filter(number__startswith="PRINTEDCODE").count() == 3


def test_oleg_blocks_and_unblocks(client: Client, oleg: Employee, kind: GiftKind) -> None:
    login(client, oleg)
    card = GiftCard.objects.latest("pk")
    assert (
        send(client, f"gift-cards/{card.public_id}/block", {"reason": "stolen"}).json()["state"] == "blocked"
    )
    assert send(client, f"gift-cards/{card.public_id}/block", method="DELETE").json()["state"] == "issued"
    assert (
        send(
            client, "gift-cards/sales", {"shop": "lenina", "receipt": "1", "cards": [{"number": "x"}]}
        ).status_code
        == 403
    )


def test_a_stranger_gets_nothing(client: Client, max_stranger: Employee, kind: GiftKind) -> None:
    login(client, max_stranger)
    card = GiftCard.objects.latest("pk")
    answers = [
        client.get("/api/v1/gift-cards"),
        client.get("/api/v1/gift-cards/liability?since=2026-01-01T00:00:00Z"),
        send(client, "gift-cards/balance", {"number": card.number}),
        send(client, "gift-cards/find", {"number": card.number}),
        send(client, f"gift-card-kinds/{kind.public_id}/cards", {"count": 5}),
        client.get(reverse("loyalty:gift_card", args=[card.public_id])),
        client.post(reverse("loyalty:gift_kind_export", args=[kind.public_id])),
    ]
    assert {one.status_code for one in answers} == {403}
