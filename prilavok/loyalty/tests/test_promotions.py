import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.catalog.ports import ProductRef
from prilavok.company.models import Employee, Shop
from prilavok.customers.models import Profile
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import StoredEvent
from prilavok.loyalty import actions, queries
from prilavok.loyalty.events import PromotionChanged
from prilavok.loyalty.models import Promotion, PromotionCount, PromotionPeriod, PromotionUse
from prilavok.loyalty.problems import BadPromotion, NothingWaits, OwnWork, TimeOver, WrongTurn
from prilavok.orders import actions as orders
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON, actor, login

MILK = {"name": "Milk for less", "give": {"percent_off": {"percent": 10, "of": {"products": ["milk"]}}}}


@pytest.fixture
def draft(marina: Employee, goods: dict[str, ProductRef]) -> Promotion:
    return actions.create_promotion(MILK, by=actor(marina), at=NOON)


@pytest.fixture
def live(draft: Promotion, marina: Employee, olga: Employee) -> Promotion:
    return approved(draft, marina, olga)


def approved(promotion: Promotion, marina: Employee, olga: Employee) -> Promotion:
    actions.ask_approval(promotion.pk, by=actor(marina), at=NOON)
    actions.approve_promotion(promotion.pk, by=actor(olga), at=NOON)
    promotion.refresh_from_db()
    return promotion


def states(promotion: Promotion) -> list[str]:
    found = StoredEvent.objects.filter(type=PromotionChanged.type_name(), body__promotion_id=promotion.pk)
    return [event.body["state"] for event in found.order_by("id")]


def test_whoever_works_for_some_shops_promotes_in_those_only(
    live: Promotion, marina: Employee, shop_on_lenina: Shop
) -> None:
    local = replace(actor(marina), shops=frozenset({shop_on_lenina.pk}))
    with pytest.raises(BadPromotion) as refused:
        actions.create_promotion(MILK, by=local, at=NOON)
    assert [one.place for one in refused.value.faults] == ["where.shops"]
    with pytest.raises(Refused):
        actions.pause_promotion(live.pk, by=local, at=NOON)
    own = actions.create_promotion(MILK | {"where": {"shops": ["lenina"]}}, by=local, at=NOON)
    actions.ask_approval(own.pk, by=local, at=NOON)


# ── The way of a promotion ───────────────────────────────────────────────────────────────────────────────


def test_marina_writes_olga_approves_and_tills_reckon_with_it(
    draft: Promotion, marina: Employee, olga: Employee
) -> None:
    assert not queries.live_book().book.promotions
    actions.ask_approval(draft.pk, by=actor(marina), at=NOON)
    with pytest.raises(OwnWork):
        actions.approve_promotion(draft.pk, by=replace(actor(marina), everything=True), at=NOON)
    actions.approve_promotion(draft.pk, version=1, by=actor(olga), at=NOON)

    [live] = queries.live_book().book.promotions
    assert (live.id, live.version) == (draft.pk, 1)
    actions.pause_promotion(draft.pk, by=actor(marina), at=NOON)
    assert not queries.live_book().book.promotions
    actions.resume_promotion(draft.pk, by=actor(marina), at=NOON)
    actions.end_promotion(draft.pk, by=actor(marina), at=NOON)
    assert states(draft) == ["draft", "waiting", "live", "paused", "live", "ended"]


def test_a_new_version_waits_while_the_old_one_goes_on(
    live: Promotion, marina: Employee, olga: Employee
) -> None:
    more = MILK | {"name": "Milk for much less", "give": {"percent_off": 20}, "limits": {"all": 5}}
    actions.change_promotion(live.pk, more, by=actor(marina), at=NOON)
    actions.ask_approval(live.pk, by=actor(marina), at=NOON)
    [still] = queries.live_book().book.promotions
    assert (still.version, queries.live_book().names[live.pk][1]) == (1, "Milk for less")

    with pytest.raises(NothingWaits):
        actions.approve_promotion(live.pk, version=1, by=actor(olga), at=NOON)
    actions.refuse_promotion(live.pk, "Too much", version=2, by=actor(olga), at=NOON)
    live.refresh_from_db()
    assert (live.state, queries.versions(live.pk, SYSTEM)[0].refused_because) == ("live", "Too much")
    actions.ask_approval(live.pk, by=actor(marina), at=NOON)
    actions.approve_promotion(live.pk, version=2, by=actor(olga), at=NOON)
    [now] = queries.live_book().book.promotions
    assert (now.version, queries.live_book().names[live.pk][1]) == (2, "Milk for much less")
    assert PromotionCount.objects.get().promotion_id == live.pk


def test_the_same_again_is_no_new_version(draft: Promotion, marina: Employee) -> None:
    assert actions.change_promotion(draft.pk, MILK | {"priority": 100}, by=actor(marina), at=NOON).number == 1
    assert actions.change_promotion(draft.pk, MILK | {"priority": 5}, by=actor(marina), at=NOON).number == 2


def test_a_count_begins_with_what_was_used_so_far(
    live: Promotion, marina: Employee, olga: Employee, basket: Basket, line: Line
) -> None:
    use(live, basket("R-1", line("milk", "1", "90", "100")))
    actions.change_promotion(live.pk, MILK | {"limits": {"all_money": 1000}}, by=actor(marina), at=NOON)
    approved(live, marina, olga)
    count = PromotionCount.objects.get()
    assert (count.times, count.money) == (1, Decimal(10))


def test_a_count_of_the_month_begins_with_what_was_used_in_it(
    live: Promotion, marina: Employee, olga: Employee, basket: Basket, line: Line
) -> None:
    use(live, basket("R-1", line("milk", "1", "90", "100")))
    actions.change_promotion(live.pk, MILK | {"limits": {"month": 5}}, by=actor(marina), at=NOON)
    approved(live, marina, olga)
    count = PromotionPeriod.objects.get()
    assert (count.period, count.since.day, count.times, count.money) == ("month", 1, 1, Decimal(10))


def use(promotion: Promotion, told: Any) -> PromotionUse:
    receipt = orders.record_receipt(told, by=SYSTEM, at=NOON)
    return PromotionUse.objects.create(
        promotion=promotion,
        version=1,
        receipt=receipt,
        profile_id=receipt.profile_id,
        at=NOON,
        local_date=NOON.date(),
        amount=Decimal(10),
        points=Decimal(0),
    )


def test_what_is_over_ends_by_itself_and_cannot_begin(
    draft: Promotion, marina: Employee, olga: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = MILK | {"when": {"until": "2026-03-03T00:00"}}
    actions.change_promotion(draft.pk, ends, by=actor(marina), at=NOON)
    approved(draft, marina, olga)
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=20))
    actions.end_what_is_over()
    assert Promotion.objects.get().state == "live"  # midnight has not come to the last shop yet
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=2))
    actions.end_what_is_over()
    assert Promotion.objects.get().state == "ended"
    with pytest.raises(TimeOver):
        actions.resume_promotion(draft.pk, by=actor(marina), at=NOON + timedelta(days=2))
    with pytest.raises(WrongTurn):
        actions.change_promotion(draft.pk, MILK, by=actor(marina), at=NOON)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": ""}, "name"),
        (
            {"give": {"percent_off": {"percent": 10, "of": {"products": ["tea"]}}}},
            "give.0.percent_off.of.products",
        ),
        (
            {"give": {"percent_off": {"percent": 10, "of": {"brands": ["Nobody"]}}}},
            "give.0.percent_off.of.brands",
        ),
        ({"give": {"percent_off": {"percent": "ten"}}}, "give.0.percent_off.percent"),
        ({"give": {"percent_off": 0}}, "give.0.percent_off.percent"),
        ({"give": {"multiple": {"take": 2, "pay": 3}}}, "give.0.multiple"),
        ({"give": {"gift": {"products": ["milk"]}}}, "give"),
        (
            {"give": {"gift": {"products": ["milk"], "quantity": 1000}}, "coupon": "MARCH"},
            "give.0.gift.quantity",
        ),
        (
            {
                "give": {
                    "percent_off": {"percent": 5, "of": {"products": ["milk"], "without_products": ["milk"]}}
                }
            },
            "give.0.percent_off.of.without_products",
        ),
        ({"needs": [{"of": {"products": ["milk"]}}]}, "needs.0.quantity"),
        ({"when": {"since": "2026-03-02T00:00", "until": "2026-03-01T00:00+03:00"}}, "when.until"),
        ({"when": {"hours": {"since": "10:00", "until": "10:00"}}}, "when.hours.until"),
        (
            {"when": {"since": "2026-03-02T00:00", "until": "2026-03-04T00:00", "weekdays": ["sun"]}},
            "when.weekdays",
        ),
        ({"where": {"shops": ["nowhere"]}}, "where.shops"),
        ({"where": {"tills": ["lenina/9"]}}, "where.tills"),
        ({"who": {"segments": [str(uuid4())]}}, "who.segments"),
        ({"who": {"tiers": ["gold"]}}, "who.tiers"),
        ({"coupon": "NONE"}, "coupon"),
        ({"limits": {"own_money": 0}}, "limits.own_money"),
        ({"give": {"earn": 5}, "limits": {"all_money": 100}}, "limits.all_money"),
        ({"colour": "red"}, "colour"),
        ({"group": "a\x00b"}, "group"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(
    change: dict[str, Any], place: str, marina: Employee, goods: dict[str, ProductRef], march: object
) -> None:
    with pytest.raises(BadPromotion) as refused:
        actions.create_promotion(MILK | change, by=actor(marina), at=NOON)
    assert refused.value.field == place
    assert str(refused.value)
    assert not Promotion.objects.exists()


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(f"loyalty:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def press(client: Client, name: str, *args: object, **typed: object) -> str:
    answer = client.post(reverse(f"loyalty:{name}", args=args), typed, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_tells_the_promotion_and_olga_decides_on_it(
    client: Client, draft: Promotion, marina: Employee, olga: Employee
) -> None:
    key = draft.public_id
    login(client, marina)
    assert "10% off «Milk 1 l»" in page(client, "promotion", key)
    assert "You wrote it" not in press(client, "promotion_turn", key, "approval")
    assert "supervisor" in page(client, "promotion", key)
    login(client, olga)
    assert "Version 1 waits for approval" in page(client, "promotion", key)
    assert "Say what has to be changed" in press(client, "promotion_verdict", key, version=1, verdict="no")
    press(client, "promotion_verdict", key, version=1, verdict="no", reason="Only 5 per cent")
    assert "Only 5 per cent" in page(client, "promotion", key)
    actions.change_promotion(draft.pk, MILK | {"give": {"percent_off": 5}}, by=actor(marina), at=NOON)
    actions.ask_approval(draft.pk, by=actor(marina), at=NOON)
    press(client, "promotion_verdict", key, version=2, verdict="yes")
    assert Promotion.objects.get().state == "live"
    versions = page(client, "promotion_versions", key)
    assert all(word in versions for word in ("Version 2", "Marina", "Olga", "10% off", "5% off all goods"))
    assert "Sent for approval" in page(client, "promotion_turns", key)


def test_the_list_finds_sorts_and_counts(
    client: Client, live: Promotion, marina: Employee, basket: Basket, line: Line
) -> None:
    tea = actions.create_promotion(
        {"name": "All for less", "give": {"percent_off": 5}}, by=actor(marina), at=NOON
    )
    use(live, basket("R-1", line("milk", "1", "90", "100")))
    login(client, marina)
    assert all(name in page(client, "promotions") for name in ("Milk for less", "All for less", "₽10.00"))
    assert "All for less" not in page(client, "promotions", q="milk")
    assert "Milk for less" not in page(client, "promotions", state="draft")
    for sort, first in {"uses": live, "amount": live, "name": tea, "changed": tea}.items():
        told = page(client, "promotions", sort=sort)
        names = sorted(("Milk for less", "All for less"), key=told.index)
        assert names[0] == first.name, sort
    shown = page(client, "promotion_uses", live.public_id)
    assert "Most uses on 2 Mar 2026: 1" in shown.replace("\xa0", " ")


def test_a_person_may_ask_for_the_promotions_that_they_used(
    live: Promotion, anna: Profile, basket: Basket, line: Line
) -> None:
    use(live, basket("R-1", line("milk", "1", "90", "100"), profile_id=anna.pk))
    [told] = queries.archived_promotions([anna.pk])
    assert (told["promotion_name"], told["receipt_number"]) == ("Milk for less", "R-1")
    assert queries.numbers_of_promotions([anna.pk]) == {anna.pk: 1}


def test_a_stranger_and_a_cashier_are_refused(
    client: Client, draft: Promotion, klara: Employee, max_stranger: Employee
) -> None:
    login(client, klara)
    assert page(client, "promotion", draft.public_id)
    for name in ("copies", "verdict"):
        assert client.post(reverse(f"loyalty:promotion_{name}", args=[draft.public_id])).status_code == 403
    login(client, max_stranger)
    assert client.get(reverse("loyalty:promotion", args=[draft.public_id])).status_code == 403
    assert client.get("/api/v1/promotions").status_code == 403


# ── API ──────────────────────────────────────────────────────────────────────────────────────────────────


def send(client: Client, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
    answer = client.post(
        f"/api/v1/promotions{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == status, answer.content
    return answer.json()


def test_the_whole_way_by_the_api(
    client: Client, marina: Employee, olga: Employee, goods: dict[str, ProductRef]
) -> None:
    login(client, marina)
    made = send(client, "", MILK)
    assert (made["state"], made["version"]["sentence"][:10]) == ("draft", "10% off «M")
    own = f"/{made['id']}"
    assert send(client, f"{own}/turns", {"turn": "ask"})["asked"]
    login(client, olga)
    assert send(client, f"{own}/verdict", {"version": 1})["live"] == 1
    login(client, marina)
    assert send(client, f"{own}/versions", MILK | {"priority": 7})["live"] == 1
    assert send(client, f"{own}/turns", {"turn": "withdraw"}, 409)["code"] == "nothing_waits"
    assert send(client, f"{own}/copies")["name"] == "Milk for less (copy)"
    items = client.get("/api/v1/promotions", {"state": "live"}).json()["items"]
    assert [one["id"] for one in items] == [made["id"]]
    assert len(client.get(f"/api/v1/promotions{own}/versions").json()["items"]) == 2
    assert client.get(f"/api/v1/promotions{own}/days").json()["items"] == []
    bad = send(client, "", MILK | {"where": {"shops": ["nowhere"]}, "coupon": "NONE"}, 422)
    assert [one["field"] for one in bad["faults"]] == ["where.shops", "coupon"]
