"""Cards: kinds and stock, issued at the desk, blocked, replaced; what a number says at the till."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent, Work
from prilavok.loyalty import actions, queries
from prilavok.loyalty.actions import card_kinds
from prilavok.loyalty.models import Account, Card, CardKind, CardStatus, Programme, Promotion
from prilavok.loyalty.problems import (
    BadCardKind,
    BadNumbers,
    CardIsHeld,
    CardIsOut,
    NotOfAccount,
    NumbersShort,
    StatusInUse,
    WrongCardState,
)
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.relations import actions as relations
from tests.cast import NOON, login


@pytest.fixture
def club(the_company: None) -> Programme:
    return actions.make_programme(code="club", name="Club", by=SYSTEM, at=NOON)


@pytest.fixture
def plastic(club: Programme) -> CardKind:
    return actions.make_card_kind(
        programme_id=club.pk, code="plastic", name="Plastic", prefix="29001", by=SYSTEM, at=NOON
    )


@pytest.fixture
def stock(plastic: CardKind) -> list[str]:
    actions.make_cards(plastic.pk, 3, by=SYSTEM, at=NOON)
    return list(Card.objects.order_by("number").values_list("number", flat=True))


@pytest.fixture
def petr(shop_on_lenina: Shop) -> Profile:
    return customers.register(NewCustomer(external_id="petr", first_name="Пётр"), by=SYSTEM, at=NOON)


def issue(profile: Profile, number: str = "", **more: Any) -> Card:
    return actions.issue_card(profile_id=profile.pk, number=number, by=SYSTEM, at=NOON, **more)


def identify(number: str) -> customer_queries.Identified:
    shown = [customer_queries.Presented("card", number)]
    return customer_queries.identify(shown, SYSTEM, today=NOON.date())


def test_ranges_have_valid_numbers_and_no_gaps(plastic: CardKind) -> None:
    assert actions.make_cards(plastic.pk, 2, by=SYSTEM, at=NOON) == ("2900100000017", "2900100000024")
    actions.order_cards(plastic.pk, 3, by=SYSTEM, at=NOON)
    numbers = Card.objects.order_by("number").values_list("number", flat=True)
    assert [plastic.shape.serial(number) for number in numbers] == [1, 2, 3, 4, 5]


def test_many_are_made_in_the_background_and_none_twice(
    plastic: CardKind, monkeypatch: pytest.MonkeyPatch, marina: Employee
) -> None:
    monkeypatch.setattr(card_kinds, "AT_ONCE", 40)
    actions.order_cards(plastic.pk, 100, by=SYSTEM, at=NOON)
    order = Work.objects.get()
    for _ in range(2):  # a worker that was killed and started again
        card_kinds.make_ordered_cards(kind_id=plastic.pk, count=100, work=str(order.public_id))
    assert Card.objects.count() == 100


def test_kinds_that_cannot_be_are_refused(club: Programme, plastic: CardKind) -> None:
    def make(**shape: Any) -> None:
        actions.make_card_kind(programme_id=club.pk, code="k", name="K", by=SYSTEM, at=NOON, **shape)

    for shape in (
        {"prefix": "290", "length": 13},  # numbers of the other kind begin so
        {"prefix": "A1", "length": 13},
        {"prefix": "3", "length": 12},
        {"prefix": "12", "length": 2, "check_digit": "none"},
    ):
        with pytest.raises(BadCardKind):
            make(**shape)
    make(prefix="7", length=3, check_digit="luhn")
    with pytest.raises(NumbersShort):
        actions.make_cards(CardKind.objects.get(code="k").pk, 10, by=SYSTEM, at=NOON)
    with pytest.raises(BadCardKind):
        actions.change_card_kind(plastic.pk, length=12, by=SYSTEM, at=NOON)


def test_numbers_of_a_printer_are_checked_and_counted_once(plastic: CardKind) -> None:
    typed = ["2900 1000 0001 7", "2900100000017", "2900100000024", ""]
    assert actions.add_cards(plastic.pk, typed, by=SYSTEM, at=NOON) == 2
    assert actions.add_cards(plastic.pk, typed, by=SYSTEM, at=NOON) == 0
    with pytest.raises(BadNumbers):
        actions.add_cards(plastic.pk, ["2900100000018"], by=SYSTEM, at=NOON)


def test_a_card_opens_the_account_and_tells_whose_it_is(anna: Profile, stock: list[str]) -> None:
    card = issue(anna, stock[0])
    assert (card.state, card.issued_at, card.activated_at) == ("active", NOON, NOON)
    assert identify(stock[0]).profile_id == anna.pk
    shown = queries.card_state(" " + stock[0])
    assert shown is not None
    assert (shown.account_id, shown.good) == (Account.objects.get(profile=anna).pk, True)
    second = issue(anna, stock[1])
    assert second.account_id == card.account_id
    with pytest.raises(CardIsOut):
        issue(anna, stock[0])


def test_a_virtual_card_takes_the_next_number_and_waits(
    anna: Profile, plastic: CardKind, stock: list[str]
) -> None:
    card = issue(anna, kind_id=plastic.pk, activate=False)
    assert plastic.shape.serial(card.number) == 4
    assert not queries.card_state(card.number).good  # type: ignore[union-attr]
    actions.activate_card(card.pk, by=SYSTEM, at=NOON)
    assert queries.card_state(card.number).good  # type: ignore[union-attr]


def test_the_next_number_is_nobodys(
    anna: Profile, petr: Profile, plastic: CardKind, stock: list[str]
) -> None:
    theirs = plastic.shape.number(4)  # printed by an earlier system, and loaded with its customers
    customers.add_identifier(profile_id=petr.pk, kind="card", value=theirs, by=SYSTEM, at=NOON)
    card = issue(anna, kind_id=plastic.pk)
    assert plastic.shape.serial(card.number) == 5
    actions.replace_card(card.pk, by=SYSTEM, at=NOON)
    assert queries.card_state(theirs) is None


def test_where_a_card_was_activated_stands_apart_from_where_it_was_issued(
    client: Client, oleg: Employee, anna: Profile, plastic: CardKind, stock: list[str], shop_on_lenina: Shop
) -> None:
    waiting = issue(anna, kind_id=plastic.pk, activate=False)
    on_the_spot = issue(anna, stock[0], shop_id=shop_on_lenina.pk)
    assert (on_the_spot.shop_id, on_the_spot.activated_shop_id) == (shop_on_lenina.pk, shop_on_lenina.pk)

    login(client, oleg)
    client.post(reverse("loyalty:card_activation", args=[waiting.public_id]), {"shop": shop_on_lenina.pk})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.shop_id, waiting.activated_shop_id) == ("active", None, shop_on_lenina.pk)
    shown = client.get(reverse("loyalty:card", args=[waiting.public_id])).content.decode()
    assert shop_on_lenina.name in shown
    told = client.get(f"/api/v1/cards/{waiting.public_id}").json()
    assert (told["shop"], told["activated_shop"]) == (None, shop_on_lenina.code)


def test_a_blocked_card_opens_nothing_until_it_is_unblocked(anna: Profile, stock: list[str]) -> None:
    card = issue(anna, stock[0])
    actions.block_card(card.pk, reason="lost", by=SYSTEM, at=NOON)
    assert queries.card_state(stock[0]).state == "blocked"  # type: ignore[union-attr]
    with pytest.raises(WrongCardState):
        actions.block_card(card.pk, by=SYSTEM, at=NOON)
    actions.unblock_card(card.pk, by=SYSTEM, at=NOON)
    assert queries.card_state(stock[0]).good  # type: ignore[union-attr]
    told = list(queries.card_history(card, SYSTEM).values_list("state", "reason"))
    assert told == [("active", ""), ("blocked", "lost"), ("active", ""), ("issued", "")]


def test_an_issued_card_is_not_unlinked_by_hand(
    client: Client, ada: Employee, anna: Profile, stock: list[str]
) -> None:
    number = issue(anna, stock[0]).number
    known = customer_queries.identifiers_of([anna.pk], SYSTEM)[anna.pk]
    held = next(one.pk for one in known if one.value == number)
    with pytest.raises(CardIsHeld):
        customers.remove_identifier(identifier_id=held, by=SYSTEM, at=NOON)
    unlink = reverse("customers:unlink", args=[anna.public_id, held])
    panel = login(client, ada).post(unlink).content.decode()
    assert "Block or replace it" in panel and "handed over at the desk" in panel
    assert identify(number).public_id == anna.public_id


def test_a_replaced_card_leads_to_its_successor(anna: Profile, stock: list[str]) -> None:
    old = issue(anna, stock[0])
    new = actions.replace_card(old.pk, number=stock[1], by=SYSTEM, at=NOON)
    shown = queries.card_state(stock[0])
    assert shown is not None
    assert (shown.state, shown.successor, shown.account_id) == ("replaced", stock[1], new.account_id)
    assert identify(stock[1]).profile_id == identify(stock[0]).profile_id == anna.pk
    with pytest.raises(WrongCardState):
        actions.unblock_card(old.pk, by=SYSTEM, at=NOON)
    told = StoredEvent.objects.filter(type__startswith="loyalty.Card", customer_id=anna.pk)
    assert set(told.values_list("type", flat=True)) == {
        "loyalty.CardIssued",
        "loyalty.CardActivated",
        "loyalty.CardReplaced",
    }


def test_a_card_of_the_household_opens_its_pool(
    anna: Profile, petr: Profile, club: Programme, stock: list[str]
) -> None:
    home = relations.make_household(head_id=anna.pk, members=[(petr.pk, "spouse")], by=SYSTEM, at=NOON)
    pool = actions.open_pool(home.pk, club.pk, by=SYSTEM, at=NOON)
    assert issue(petr, stock[0], account_id=pool.pk).account_id == pool.pk
    relations.leave_household(household_id=home.pk, profile_id=petr.pk, by=SYSTEM, at=NOON)
    with pytest.raises(NotOfAccount):
        issue(petr, stock[1], account_id=pool.pk)


def test_a_merged_customer_keeps_one_account(anna: Profile, petr: Profile, stock: list[str]) -> None:
    account = issue(petr, stock[0]).account_id
    customers.merge(profile_id=anna.pk, other_id=petr.pk, rule="operator", by=SYSTEM, at=NOON)
    assert issue(anna, stock[1]).account_id == account


def test_an_erased_customer_leaves_no_number(anna: Profile, stock: list[str]) -> None:
    card = issue(anna, stock[0])
    actions.forget_cards([anna.pk], by=SYSTEM, at=NOON)
    card.refresh_from_db()
    assert (card.number, card.state) == (f"erased-{card.pk}", "blocked")
    assert Account.objects.get(profile=anna).closed_at == NOON


# ── By the API ───────────────────────────────────────────────────────────────────────────────────────────


def send(client: Client, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
    return client.generic(
        method,
        f"/api/v1/{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def test_the_desk_works_by_the_api(
    client: Client, oleg: Employee, anna: Profile, stock: list[str], shop_on_lenina: Shop
) -> None:
    login(client, oleg)
    told = {"number": stock[0], "shop": "lenina"}
    made = send(client, f"customers/{anna.public_id}/cards", told)
    assert made.status_code == 201, made.content
    card = made.json()
    assert (card["state"], card["shop"], card["accepted"]) == ("active", "lenina", True)
    assert send(client, "cards/find", {"number": stock[0]}).json()["id"] == card["id"]
    assert send(client, f"cards/{card['id']}/block", {"reason": "lost"}).json()["state"] == "blocked"
    assert send(client, f"cards/{card['id']}/block", method="DELETE").json()["state"] == "active"
    new = send(client, f"cards/{card['id']}/replacement", {"reason": "broken"}).json()
    assert client.get(f"/api/v1/cards/{card['id']}").json()["successor"] == new["id"]
    listed = client.get("/api/v1/cards?state=active").json()["items"]
    assert [one["id"] for one in listed] == [new["id"]]
    again = send(client, f"customers/{anna.public_id}/cards", told)
    assert (again.status_code, again.json()["code"]) == (409, "card_is_out")


def test_the_administrator_fills_the_stock_by_the_api(client: Client, ada: Employee, club: Programme) -> None:
    login(client, ada)
    told = {"code": "p", "name": "Plastic", "programme": str(club.public_id), "prefix": "29"}
    kind = send(client, "card-kinds", told).json()
    assert send(client, "card-kinds", told).json()["code"] == "code_taken"
    assert send(client, f"card-kinds/{kind['id']}/cards", {"count": 5}).status_code == 202
    wrong = send(client, f"card-kinds/{kind['id']}/cards", {"numbers": ["1"]}).json()
    assert (wrong["code"], wrong["field"]) == ("bad_card_numbers", "numbers")
    assert client.get("/api/v1/card-kinds").json()[0]["cards"] == {"stock": 5}
    assert send(client, f"card-kinds/{kind['id']}", {"name": "Gold"}, "PATCH").json()["name"] == "Gold"


def test_a_stranger_gets_no_card(
    client: Client, max_stranger: Employee, anna: Profile, stock: list[str], plastic: CardKind
) -> None:
    card = issue(anna, stock[0])
    login(client, max_stranger)
    answers = [
        send(client, f"customers/{anna.public_id}/cards", {"number": stock[1]}),
        send(client, f"cards/{card.public_id}/block"),
        send(client, "cards/find", {"number": stock[0]}),
        send(client, f"card-kinds/{plastic.public_id}/cards", {"count": 5}),
        client.get("/api/v1/cards"),
    ]
    assert {answer.status_code for answer in answers} == {403}


def test_statuses_are_the_companys_own(
    client: Client, ada: Employee, oleg: Employee, stock: list[str], petr: Profile
) -> None:
    """Ada makes «VIP», Pyotr's card gets it, a promotion asks for it; it stays while anybody needs it."""
    login(client, ada)
    client.post(reverse("loyalty:card_statuses"), {"name": "VIP", "code": "vip"})
    assert client.post(reverse("loyalty:card_statuses"), {"name": "x", "code": "vip"}).status_code == 422
    vip, card = CardStatus.objects.get(), issue(petr, stock[0])
    page = reverse("loyalty:card", args=[card.public_id])
    login(client, oleg)
    client.post(
        reverse("loyalty:card_status", args=[card.public_id]), {"status": "vip", "reason": "a friend"}
    )
    shown = client.get(page).content.decode()
    assert "Status “VIP”" in shown and "a friend" in shown
    assert client.get(reverse("loyalty:cards"), {"status": "vip"}).content.decode().count(stock[0]) >= 1
    put_up("Ten off for VIP", give={"percent_off": 10}, who={"card_statuses": ["vip"]})
    with pytest.raises(StatusInUse):
        actions.remove_card_status(vip.pk, by=SYSTEM)
    actions.rename_card_status(vip.pk, name="Gold", by=SYSTEM)
    client.post(reverse("loyalty:card_status", args=[card.public_id]) + "?status=")  # as the undo does
    assert [one.status for one in queries.card_history(card, SYSTEM)][:2] == ["", "VIP"]
    Promotion.objects.update(state=Promotion.State.ENDED)
    login(client, ada)
    client.post(reverse("loyalty:card_status_change", args=[vip.public_id, "removal"]))
    assert not CardStatus.objects.exists()
    assert "Status “VIP”" in client.get(page).content.decode()


def test_a_promotion_is_for_cards_of_a_status(till: Till, petr: Profile) -> None:
    kind = actions.make_card_kind(
        programme_id=till.programme.pk, code="k", name="K", prefix="29002", by=SYSTEM, at=NOON
    )
    staff = actions.make_card_status(code="staff", name="Staff", by=SYSTEM)
    put_up("Ten off for staff", give={"percent_off": 10}, who={"card_statuses": ["staff"]})
    card = issue(petr, kind_id=kind.pk)
    assert till.reckon("100.00", to=petr, card=card.number).answer.total == 100
    actions.put_card_in_status(card.pk, staff.pk, by=SYSTEM, at=NOON)
    assert till.reckon("100.00", to=petr, card=card.number).answer.total == 90
    again = actions.replace_card(card.pk, by=SYSTEM, at=NOON)  # the new card has the status too
    assert till.reckon("100.00", to=petr, card=again.number).answer.total == 90


def test_statuses_by_the_api(client: Client, olga: Employee, stock: list[str], petr: Profile) -> None:
    login(client, olga)
    card = issue(petr, stock[0])

    def send(path: str, body: dict[str, Any], method: str = "POST") -> Any:
        return client.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )

    made = send("card-statuses", {"code": "vip", "name": "VIP"}).json()
    put = send(f"cards/{card.public_id}/status", {"status": "vip"}, "PUT").json()
    assert (put["status"], client.get("/api/v1/card-statuses").json()[0]["cards"]) == ("vip", 1)
    assert (
        send(f"cards/{card.public_id}/status", {"status": "none"}, "PUT").json()["code"]
        == "unknown_card_status"
    )
    assert send(f"card-statuses/{made['id']}", {"name": "Gold"}, "PATCH").json()["name"] == "Gold"
    assert send(f"card-statuses/{made['id']}", {}, "DELETE").status_code == 409
    send(f"cards/{card.public_id}/status", {"status": None}, "PUT")
    assert send(f"card-statuses/{made['id']}", {}, "DELETE").status_code == 204
