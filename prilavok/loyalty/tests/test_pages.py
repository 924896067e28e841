from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.catalog.ports import ProductRef
from prilavok.company.models import Employee
from prilavok.customers.models import Profile
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import Work
from prilavok.loyalty import actions as loyalty
from prilavok.loyalty import queries
from prilavok.loyalty.models import Coupon, CouponSeries
from prilavok.orders import actions as orders
from prilavok.orders.models import Receipt
from prilavok.orders.tests.conftest import Basket, Line
from tests.cast import NOON, login

TYPED = {
    "name": "Milk for less",
    "code": "milk-10",
    "reward_kind": "percent",
    "reward_value": "10",
    "minimum": "500",
    "first_day": "2026-03-01",
    "last_day": "2026-09-30",
    "personal": "on",
    "uses": "1",
    "products": "milk\n",
}


@pytest.fixture
def annas_code(march: CouponSeries, anna: Profile) -> str:
    return loyalty.issue(march.pk, [anna.pk], cause=uuid4(), by=SYSTEM, at=NOON)[anna.pk]


@pytest.fixture
def used_on(annas_code: str, anna: Profile, basket: Basket, line: Line) -> Receipt:
    milk = line("milk", "1", "90", "100", discounts=(("coupon", Decimal(10), "shop"),))
    receipt = orders.record_receipt(
        basket("U-1", milk, profile_id=anna.pk, coupons=[annas_code]), by=SYSTEM, at=NOON
    )
    loyalty.use_on_receipt(receipt.pk, [annas_code, "NONSENSE"], cause=uuid4(), by=SYSTEM, at=NOON)
    return receipt


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_marina_makes_a_series(client: Client, marina: Employee, goods: dict[str, ProductRef]) -> None:
    login(client, marina)
    response = client.post(reverse("loyalty:new"), TYPED)

    made = CouponSeries.objects.get()
    assert response.headers["Location"] == reverse("loyalty:one", args=[made.public_id])
    assert made.code == "MILK-10"
    assert made.valid_until == datetime(2026, 9, 30, 21, tzinfo=UTC)  # midnight in Moscow
    assert "Milk 1 l" in page(client, "loyalty:one", made.public_id)


def test_marina_makes_a_series_on_a_category_for_first_purchases(
    client: Client, marina: Employee, goods: dict[str, ProductRef]
) -> None:
    login(client, marina)
    client.post(
        reverse("loyalty:new"), TYPED | {"products": "", "categories": "dairy\r\n", "first_order": "on"}
    )

    made = CouponSeries.objects.get()
    assert made.first_order
    assert [one.category.code for one in queries.categories_of(made.pk)] == ["dairy"]
    shown = page(client, "loyalty:one", made.public_id)
    assert "Dairy" in shown or "Молочное" in shown


def test_goods_of_a_series_are_found_by_name_or_pasted(
    client: Client, marina: Employee, goods: dict[str, ProductRef]
) -> None:
    login(client, marina)
    asked = {"thing": "product", "place": "products", "for": "field", "q": "milk"}
    assert 'value="pick:milk"' in page(client, "loyalty:promotion_offers", **asked)

    def after(do: str, typed: str) -> str:
        address = reverse("loyalty:picked", args=["products"])
        return client.post(address, {"do": do, "products": typed}).content.decode()

    picked = after("pick:milk", "")
    assert "Milk 1 l" in picked and ">milk</textarea>" in picked
    pasted = after("", "milk, tea")  # what the catalogue does not know stays in the list, unfolded
    assert 'value="unpick:milk"' in pasted and "unpick:tea" not in pasted
    assert ">milk\ntea</textarea>" in pasted and " open>" in pasted
    assert "unpick:" not in after("unpick:milk", "milk")
    assert client.post(reverse("loyalty:picked", args=["name"])).status_code == 404


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"categories": "dairy\nmeat"}, "meat"),
        ({"products": "milk tea"}, "tea"),
        ({"reward_value": ""}, "Say how much"),
        ({"reward_value": "101"}, "100"),
        ({"last_day": "2026-02-01"}, "ends before it begins"),
    ],
)
def test_what_is_wrong_stands_at_the_form(
    client: Client, marina: Employee, goods: dict[str, ProductRef], change: dict[str, str], word: str
) -> None:
    login(client, marina)
    response = client.post(reverse("loyalty:new"), TYPED | change)

    assert response.status_code == 422
    assert word in response.content.decode()
    assert not CouponSeries.objects.exists()


def test_the_series_shows_how_it_fares(
    client: Client, marina: Employee, march: CouponSeries, used_on: Receipt, annas_code: str
) -> None:
    login(client, marina)
    assert "Ten per cent in March" in page(client, "loyalty:series", state="over")
    assert "Ten per cent in March" not in page(client, "loyalty:series", state="closed")
    shown = page(client, "loyalty:one", march.public_id)
    for part in (annas_code, "100.0%", "Ковалёва"):
        assert part in shown
    assert annas_code in page(client, "loyalty:one", march.public_id, q=annas_code.lower(), used="yes")
    assert annas_code not in page(client, "loyalty:one", march.public_id, used="no")


def test_a_code_tells_what_became_of_it(
    client: Client, oleg: Employee, used_on: Receipt, annas_code: str, anna: Profile
) -> None:
    login(client, oleg)
    assert "U-1" in page(client, "loyalty:code", annas_code)
    assert annas_code in page(client, "loyalty:of_customer", anna.public_id)
    on_receipt = page(client, "loyalty:of_receipt", used_on.public_id)
    assert annas_code in on_receipt
    assert "no such code" in on_receipt
    card = page(client, "customers:card", anna.public_id)
    assert "Coupon used" in card
    assert "Coupon issued" in card
    indicators = page(client, "customers:indicators", anna.public_id)
    for told in (
        "Saved by coupons",
        "Coupons received",
        "Last coupon received",
        "Coupons turned into purchases",
    ):
        assert told in indicators


def test_codes_are_made_in_the_background(client: Client, marina: Employee, spring: CouponSeries) -> None:
    login(client, marina)
    client.post(reverse("loyalty:make_codes", args=[spring.public_id]), {"count": "120"})
    order = Work.objects.get()
    for _ in range(2):  # a worker that was killed and started again
        loyalty.codes.make_ordered_codes(series_id=spring.pk, count=120, work=str(order.public_id))

    assert Coupon.objects.filter(series=spring).count() == 120
    client.post(reverse("loyalty:add_code", args=[spring.public_id]), {"code": "spring-10"})
    assert "SPRING-10" in page(client, "loyalty:one", spring.public_id)
    table = client.get(reverse("loyalty:export", args=[spring.public_id]))
    assert b"".join(table.streaming_content).decode().count("2026-") >= 0  # type: ignore[attr-defined]


def test_a_series_is_closed_and_reopened(client: Client, marina: Employee, spring: CouponSeries) -> None:
    login(client, marina)
    client.post(reverse("loyalty:close", args=[spring.public_id]))
    assert "closed" in page(client, "loyalty:one", spring.public_id)
    client.post(reverse("loyalty:reopen", args=[spring.public_id]))
    spring.refresh_from_db()
    assert spring.closed_at is None


def test_a_stranger_sees_no_coupon(
    client: Client,
    max_stranger: Employee,
    march: CouponSeries,
    used_on: Receipt,
    annas_code: str,
    anna: Profile,
) -> None:
    addresses = [
        reverse("loyalty:series"),
        reverse("loyalty:new"),
        reverse("loyalty:one", args=[march.public_id]),
        reverse("loyalty:export", args=[march.public_id]),
        reverse("loyalty:code", args=[annas_code]),
        reverse("loyalty:of_customer", args=[anna.public_id]),
        reverse("loyalty:of_receipt", args=[used_on.public_id]),
    ]
    posts = [
        reverse(f"loyalty:{name}", args=[march.public_id])
        for name in ("make_codes", "add_code", "close", "reopen")
    ]
    assert {client.get(address).status_code for address in addresses} == {302}
    login(client, max_stranger)
    assert {client.get(address).status_code for address in addresses} == {403}
    assert {client.post(address).status_code for address in posts} == {403}


def test_who_only_sees_does_not_make(client: Client, klara: Employee, march: CouponSeries) -> None:
    login(client, klara)
    assert client.get(reverse("loyalty:one", args=[march.public_id])).status_code == 200
    assert client.get(reverse("loyalty:new")).status_code == 403
    assert client.post(reverse("loyalty:close", args=[march.public_id])).status_code == 403
