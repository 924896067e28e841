"""A basket is reckoned, paid, returned, undone; the books close after each."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from prilavok.company import queries as company
from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.ledger import queries as ledger
from prilavok.loyalty import actions
from prilavok.loyalty.models import CouponSeries, Programme, PromotionUse, Reckoned, Redemption
from prilavok.loyalty.ports import TillLine
from prilavok.loyalty.problems import BadLine, CannotCommit, ClockIsWrong, NothingToReturn, UnknownCalculation
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.orders.models import Receipt
from prilavok.orders.problems import ReceiptDiffers, ReceiptWrong
from prilavok.segments import actions as segments
from tests.cast import NOON, actor, login

EARN = {"give": {"earn": 3}}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def the_books_close(db: None) -> Any:
    yield
    assert ledger.open_units() == []
    assert ledger.lots_that_differ() == []


def test_a_basket_is_reckoned_and_paid(till: Till, anna: Profile) -> None:
    put_up("Ten off", give={"percent_off": 10})
    put_up("Three per cent", **EARN)
    told = till.reckon("1000.00", "100.00", to=anna)
    assert (told.answer.total, told.answer.points_earned) == (Decimal("990.00"), Decimal(29))

    sold = till.pay(told, "1")
    assert (sold.receipt.gross, sold.receipt.paid) == (Decimal(1100), Decimal(990))
    assert till.balance(anna) == 29
    kinds = {one.kind: one.amount for line in sold.receipt.lines.all() for one in line.discounts.all()}
    assert kinds == {"promotion": Decimal(10)} | {"promotion": kinds["promotion"]}
    assert sorted(PromotionUse.objects.values_list("promotion__name", "amount", "points")) == [
        ("Ten off", Decimal(110), Decimal(0)),
        ("Three per cent", Decimal(0), Decimal(29)),
    ]


def test_a_reckoning_moves_nothing(till: Till, anna: Profile) -> None:
    put_up("Three per cent", **EARN)
    for _ in range(3):
        till.reckon("1000.00", to=anna)
    assert till.balance(anna) == 0
    assert PromotionUse.objects.count() == 0


def test_points_are_spent_and_no_more_than_there_are(till: Till, anna: Profile) -> None:
    put_up("Three per cent", **EARN)
    till.sell("1", "10000.00", to=anna)
    told = till.reckon("199.00", "199.00", "102.00", to=anna, points=Decimal(100))
    assert [one.paid_by_points for one in told.answer.lines] == [
        Decimal("39.80"),
        Decimal("39.80"),
        Decimal("20.40"),
    ]
    sold = till.pay(told, "2")
    assert (sold.receipt.paid, sold.points_spent, sold.points_earned) == (
        Decimal(400),
        Decimal(100),
        Decimal(12),
    )
    assert till.balance(anna) == 300 - 100 + 12


def test_paid_twice_is_paid_once(till: Till, anna: Profile) -> None:
    put_up("Three per cent", **EARN)
    told = till.reckon("1000.00", to=anna)
    first, again = till.pay(told, "1"), till.pay(told, "1")
    assert first.receipt.pk == again.receipt.pk
    assert (first.points_earned, again.points_earned) == (Decimal(30), Decimal(30))
    assert till.balance(anna) == 30
    assert PromotionUse.objects.count() == 1


def test_one_fiscal_number_for_two_baskets_is_refused(till: Till, anna: Profile) -> None:
    till.sell("1", "1000.00", to=anna)
    with pytest.raises(ReceiptDiffers):
        till.sell("1", "500.00", to=anna)


def test_points_spent_elsewhere_meanwhile_are_not_spent_again(till: Till, anna: Profile) -> None:
    put_up("Three per cent", **EARN)
    till.sell("1", "1000.00", to=anna)
    one, other = (till.reckon("100.00", to=anna, points=Decimal(30)) for _ in range(2))
    till.pay(one, "2")
    with pytest.raises(CannotCommit) as refused:
        till.pay(other, "3")
    assert refused.value.params["because"] == "points"
    assert till.balance(anna) == 2  # three per cent of seventy, in whole points


def test_a_limit_reached_meanwhile_asks_to_reckon_again(till: Till, anna: Profile) -> None:
    put_up("Once", give={"percent_off": 50}, limits={"own": 1})
    one, other = (till.reckon("100.00", to=anna) for _ in range(2))
    till.pay(one, "1")
    with pytest.raises(CannotCommit):
        till.pay(other, "2")
    assert till.reckon("100.00", to=anna).answer.total == 100


def test_a_limit_for_all_counts_everybody(till: Till, anna: Profile) -> None:
    put_up("First three", give={"percent_off": 50}, limits={"all": 3})
    for number in range(3):
        assert till.sell(str(number), "100.00").receipt.paid == 50
    assert till.sell("4", "100.00", to=anna).receipt.paid == 100
    assert till.sell("5", "100.00").receipt.paid == 100


def test_merged_people_have_used_it_twice(till: Till, anna: Profile, ann: Profile) -> None:
    put_up("Once each", give={"percent_off": 50}, limits={"own": 1})
    till.sell("1", "100.00", to=anna)
    till.sell("2", "100.00", to=ann)
    customers.merge(profile_id=anna.pk, other_id=ann.pk, rule="manual", by=SYSTEM, at=NOON)
    assert till.reckon("100.00", to=anna).answer.total == 100
    assert PromotionUse.objects.count() == 2


def test_merged_people_spend_both_accounts(till: Till, anna: Profile, ann: Profile) -> None:
    put_up("Points", give={"earn": 10})
    till.sell("1", "1200.00", to=anna)
    till.sell("2", "800.00", to=ann)
    merged = customers.merge(profile_id=anna.pk, other_id=ann.pk, rule="manual", by=SYSTEM, at=NOON)
    assert till.reckon("1000.00", to=anna).situation.balance == 200
    assert till.sell("3", "150.00", to=anna, points=Decimal(150)).points_spent == 150
    customers.undo_merge(merge_id=merged.pk, by=SYSTEM, at=NOON)
    assert till.balance(anna) == 0
    assert till.balance(ann) == 50


def test_what_comes_back_gives_back_its_points(till: Till, anna: Profile) -> None:
    put_up("Points", give={"earn": 10})
    till.sell("1", "1000.00", to=anna)
    sold = till.sell("2", "300.00", "100.00", to=anna, points=Decimal(100))
    assert till.balance(anna) == 100 - 100 + 30
    part = till.take_back(sold, "2-1", {1: "1"})
    assert (part.points_spent, part.points_earned) == (Decimal(-75), Decimal(-23))
    assert part.refund == Decimal(225)
    rest = till.take_back(sold, "2-2", {2: "1"})
    assert (rest.points_spent, rest.points_earned) == (Decimal(-25), Decimal(-7))
    assert till.balance(anna) == 100


def test_parts_of_a_line_add_up_to_the_whole(till: Till, anna: Profile) -> None:
    put_up("Points", give={"earn": 10})
    sold = till.sell(
        "1", TillLine(product="tile", quantity=Decimal("2.999"), price=Decimal("333.33")), to=anna
    )
    parts = [
        till.take_back(sold, f"1-{place}", {1: quantity})
        for place, quantity in enumerate(("1.000", "0.999", "1.000"))
    ]
    assert sum(one.points_earned for one in parts) == -sold.points_earned
    assert sum(one.refund for one in parts) == sold.receipt.paid
    assert till.balance(anna) == 0


def test_points_that_are_gone_become_a_debt_or_are_kept(
    till: Till, anna: Profile, programme: Programme
) -> None:
    put_up("Points", give={"earn": 10})
    first = till.sell("1", "1000.00", to=anna)
    till.sell("2", "100.00", to=anna, points=Decimal(100))
    back = till.take_back(first, "1-1", {1: "1"})
    assert (back.owed, back.refund) == (Decimal(100), Decimal(1000))
    actions.change_programme(programme.pk, owes=False, by=SYSTEM, at=NOON)
    second = till.sell("3", "3000.00", to=anna)  # the debt is paid first: 200 are left
    till.sell("4", "200.00", to=anna, points=Decimal(200))
    kept = till.take_back(second, "3-1", {1: "1"})
    assert (kept.owed, kept.refund) == (Decimal(0), Decimal(2700))


def test_a_return_told_again_moves_nothing_more(till: Till, anna: Profile) -> None:
    put_up("Points", give={"earn": 10})
    sold = till.sell("1", "1000.00", to=anna)
    first, again = (till.take_back(sold, "1-1", {1: "1"}) for _ in range(2))
    assert first == again
    assert till.balance(anna) == 0


def test_more_than_was_sold_does_not_come_back(till: Till, anna: Profile) -> None:
    sold = till.sell("1", "1000.00", to=anna)
    with pytest.raises(ReceiptWrong):
        till.take_back(sold, "1-1", {1: "2"})


def test_a_cancelled_sale_was_never_there(till: Till, anna: Profile, march: CouponSeries) -> None:
    put_up("Points", give={"earn": 10})
    put_up("Once", give={"amount_off": 50}, limits={"own": 1, "all": 10})
    code = actions.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    sold = till.sell("1", "1000.00", to=anna, coupons=(code,))
    assert sold.receipt.paid == 850
    undone = till.cancel(sold, "1-void")
    assert undone.refund == 850
    assert till.balance(anna) == 0
    assert till.cancel(sold, "1-void").receipt.pk == undone.receipt.pk
    with pytest.raises(NothingToReturn):
        till.cancel(sold, "1-again")
    assert till.sell("2", "1000.00", to=anna, coupons=(code,)).receipt.paid == 850


def test_a_coupon_is_used_once_by_its_owner(
    till: Till, anna: Profile, ann: Profile, march: CouponSeries
) -> None:
    code = actions.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]
    assert till.reckon("100.00", to=ann, coupons=(code,)).answer.unused_coupons == {code: "other_customer"}
    typed = f" {code.lower()} "
    one, other = (till.reckon("100.00", to=anna, coupons=(typed,)) for _ in range(2))
    assert one.answer.total == 90
    till.pay(one, "1")
    with pytest.raises(CannotCommit):
        till.pay(other, "2")
    assert Redemption.objects.get().amount == 10
    assert till.reckon("100.00", to=anna, coupons=(code,)).answer.unused_coupons == {code: "used"}


def test_a_coupon_that_changed_nothing_stays_good(till: Till, spring: CouponSeries) -> None:
    actions.add_code(spring.pk, "SPRING-300", by=SYSTEM, at=NOON)
    little = till.reckon("90.00", coupons=("spring-300",))
    assert little.answer.unused_coupons == {"spring-300": "amount"}
    till.pay(little, "1")
    assert Redemption.objects.count() == 0
    assert till.sell("2", "400.00", coupons=("spring-300",)).receipt.paid == 100


def test_points_wait_and_end_at_the_shops_midnight(till: Till, anna: Profile, programme: Programme) -> None:
    actions.change_programme(programme.pk, pending_days=14, lifetime_days=30, by=SYSTEM, at=NOON)
    put_up("Points", give={"earn": 10})
    till.sell("1", "1000.00", to=anna)
    midnight = NOON.replace(hour=21)  # of Moscow
    assert till.balance(anna, at=midnight + 13 * DAY - timedelta(seconds=1)) == 0
    assert till.balance(anna, at=midnight + 13 * DAY) == 100
    assert till.balance(anna, at=midnight + 44 * DAY - timedelta(seconds=1)) == 100
    assert till.balance(anna, at=midnight + 44 * DAY) == 0


def test_a_promotion_changed_meanwhile_does_not_change_what_was_told(till: Till, anna: Profile) -> None:
    promotion = put_up("Ten off", give={"percent_off": 10})
    told = till.reckon("1000.00", to=anna)
    promotion.state = "paused"
    promotion.save()
    assert till.reckon("1000.00", to=anna).answer.total == 1000
    assert till.pay(told, "1").receipt.paid == 900
    assert PromotionUse.objects.get().version == 1


def test_a_gift_stands_on_the_receipt_for_nothing(till: Till, goods: Any) -> None:
    put_up("A gift from 3000", give={"gift": {"products": ["milk"]}}, needs=[{"amount": 3000}])
    sold = till.sell("1", "3100.00")
    given = sold.receipt.lines.get(number=2)
    assert given.product.code == "milk"
    assert given.gross == given.paid == 0
    assert till.sell("2", "2990.00").receipt.lines.count() == 1


def test_goods_by_weight_and_the_tills_own_discounts(till: Till) -> None:
    put_up("Ten off", give={"percent_off": 10})
    cheese = TillLine(
        product="cheese",
        quantity=Decimal("0.345"),
        unit="kg",
        amount=Decimal("300.00"),
        gross=Decimal("345.00"),
        discounts=(("card", Decimal("45.00"), "shop"),),
    )
    line = till.sell("1", cheese).receipt.lines.get()
    assert (line.gross, line.paid) == (Decimal(345), Decimal(270))
    assert {one.kind: one.amount for one in line.discounts.all()} == {"card": 45, "promotion": 30}


def test_what_a_till_may_send_wrong_is_told(till: Till, anna: Profile) -> None:
    with pytest.raises(BadLine):
        till.reckon(TillLine(product="milk"))
    with pytest.raises(UnknownCalculation):
        actions.commit(uuid4(), number="1", by=till.by, at=NOON)
    told = till.reckon("100.00", to=anna)
    with pytest.raises(UnknownCalculation):
        till.pay(told, "1", at=NOON + 2 * DAY)


def test_a_clock_a_day_off_is_told(till: Till) -> None:
    told = till.reckon("100.00")
    basket_at = NOON + DAY + timedelta(minutes=1)
    with pytest.raises(ClockIsWrong):
        actions.calculate(_basket(till, basket_at), by=till.by, at=NOON)
    assert told.answer.total == 100


def _basket(till: Till, at: Any) -> Any:
    from prilavok.loyalty.ports import TillBasket

    return TillBasket(shop_id=till.shop.pk, lines=(TillLine(product="milk", price=Decimal(1)),), at=at)


def test_a_stranger_reckons_nothing(till: Till, max_stranger: Employee) -> None:
    with pytest.raises(Refused):
        actions.calculate(_basket(till, NOON), by=actor(max_stranger), at=NOON)
    told = till.reckon("100.00")
    with pytest.raises(Refused):
        actions.commit(told.id, number="1", by=actor(max_stranger), at=NOON)


# ── By the API ───────────────────────────────────────────────────────────────────────────────────────────


def ask(client: Client, path: str, body: dict[str, Any], key: str | None = None) -> Any:
    return client.post(
        f"/api/v1/till/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid4()), "Accept-Language": "en"},
    )


def test_the_mothers_card_and_the_childs_birthday(
    client: Client, till: Till, klara: Employee, anna: Profile
) -> None:
    """Points go to the card; the birthday and the segments are the child's, who stands on the receipt."""
    born = clock.now().astimezone(company.zone()).date().replace(year=2020)
    petya = customers.register(NewCustomer(external_id="petya", birth_date=born), by=SYSTEM, at=NOON)
    put_up("Birthday", give={"percent_off": 10}, who={"birthday": {"before": 0, "after": 0}})
    kids = segments.hold(name="Kids", profile_ids=[petya.pk], by=SYSTEM, at=NOON)
    put_up("Kids", give={"earn": 10}, who={"segments": [str(kids.public_id)]})
    login(client, klara)
    basket = {
        "shop": "lenina",
        "identifiers": [{"kind": "card", "value": "2900000012345"}],
        "lines": [{"product": "milk", "price": "100.00"}],
    }
    assert Decimal(ask(client, "calculate", basket).json()["total"]) == 100
    told = ask(client, "calculate", basket | {"beneficiary": [{"kind": "external", "value": "petya"}]}).json()
    assert [Decimal(told["total"]), Decimal(told["points"]["earned"])] == [90, 9]
    paid = ask(client, "commit", {"calculation": told["calculation"], "number": "1"})
    assert paid.status_code == 200, paid.content
    receipt = Receipt.objects.get()
    assert (receipt.profile_id, [*receipt.roles.values_list("role", "profile")]) == (
        anna.pk,
        [("beneficiary", petya.pk)],
    )
    assert [till.balance(one, at=clock.now()) for one in (anna, petya)] == [9, 0]


def test_a_register_sells_by_the_api(client: Client, till: Till, klara: Employee, anna: Profile) -> None:
    put_up("Ten off", give={"percent_off": 10})
    put_up("Points", give={"earn": 10})
    put_up(
        "Never on Mondays",
        give={"percent_off": 50},
        when={"weekdays": []},
        who={"first": True},
        needs=[{"amount": 10**6}],
    )
    login(client, klara)
    basket = {
        "shop": "lenina",
        "identifiers": [{"kind": "card", "value": "2900000012345"}],
        "lines": [{"product": "milk", "quantity": "2", "price": "100.00"}],
        "coupons": ["NOSUCHCODE"],
        "explain": True,
    }
    told = ask(client, "calculate", basket).json()
    assert (told["total"], told["certainty"], told["customer"]) == (
        "180.00",
        "certain",
        str(anna.public_id),
    )
    assert told["lines"][0]["discounts"][0]["name"] == "Ten off"
    assert told["points"] == {
        "balance": "0",
        "pending": "0",
        "may_spend": "0",
        "spent": "0",
        "earned": "18",
        "after": "0",
    }
    assert told["coupons"] == [{"code": "NOSUCHCODE", "used": False, "why": "no such code"}]
    assert [one["why"] for one in told["why_not"]] == ["₽999,800.00 more are needed"]
    assert told["receipt_texts"] == ["Points earned: 18"]

    paid = {"calculation": told["calculation"], "number": "77"}
    first = ask(client, "commit", paid, key="once")
    assert ask(client, "commit", paid, key="once").content == first.content
    assert ask(client, "commit", paid).json() == first.json()
    receipt = first.json()["id"]
    assert Reckoned.objects.get().receipt.public_id == UUID(receipt)
    back = ask(
        client, f"receipts/{receipt}/returns", {"number": "77-1", "lines": [{"line": 1, "quantity": "1"}]}
    )
    assert (back.json()["refund"], back.json()["points_earned"]) == ("90.00", "-9")
    undone = ask(client, f"receipts/{receipt}/cancel", {"number": "77-2"})
    assert undone.json()["points_earned"] == "-9"


def test_a_blocked_card_opens_nothing(
    client: Client, till: Till, klara: Employee, anna: Profile, programme: Programme
) -> None:
    kind = actions.make_card_kind(
        programme_id=programme.pk, code="plastic", name="Plastic", prefix="29001", by=SYSTEM, at=NOON
    )
    actions.make_cards(kind.pk, 1, by=SYSTEM, at=NOON)
    card = actions.issue_card(profile_id=anna.pk, kind_id=kind.pk, by=SYSTEM, at=NOON)
    login(client, klara)
    basket: dict[str, Any] = {
        "shop": "lenina",
        "identifiers": [{"kind": "card", "value": card.number}],
        "lines": [{"product": "milk", "price": "100.00"}],
    }
    assert ask(client, "calculate", basket).json()["customer"] == str(anna.public_id)
    actions.block_card(card.pk, reason="lost", by=SYSTEM, at=NOON)
    told = ask(client, "calculate", basket).json()
    assert (told["customer"], told["points"]["may_spend"]) == (None, "0")
    assert "This card is not good: it is blocked." in told["cashier_texts"]
    basket["identifiers"].append({"kind": "phone", "value": "+7 916 123-45-67"})
    assert ask(client, "calculate", basket).json()["customer"] == str(anna.public_id)


def test_the_api_says_what_is_wrong(
    client: Client, till: Till, klara: Employee, max_stranger: Employee
) -> None:
    login(client, klara)
    wrong = ask(client, "calculate", {"shop": "nowhere", "lines": [{"product": "milk", "price": "1"}]}).json()
    assert (wrong["code"], wrong["field"]) == ("unknown_shop", "shop")
    wrong = ask(client, "commit", {"calculation": str(uuid4()), "number": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "unknown_calculation")
    wrong = ask(client, "calculate", {"shop": "lenina", "lines": [{"product": "milk", "price": "-1"}]})
    assert wrong.status_code == 422
    login(client, max_stranger)
    basket = {"shop": "lenina", "lines": [{"product": "milk", "price": "1"}]}
    assert ask(client, "calculate", basket).status_code == 403
