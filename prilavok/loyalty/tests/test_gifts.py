"""Gifts: a mug with a purchase, a calendar from Oleg's hand; what was bought after them; what comes back."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.catalog import actions as catalog
from prilavok.catalog import queries as catalog_queries
from prilavok.catalog.ports import NewProduct
from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.facts import mending
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.loyalty import actions, queries
from prilavok.loyalty.models import CouponSeries, Gift, Promotion
from prilavok.loyalty.ports import NewGift
from prilavok.loyalty.problems import BadGift, GiftIsBack, GiftOfPurchase
from prilavok.loyalty.tests.till import Till, put_up
from prilavok.segments import queries as segments
from tests.cast import NOON, actor, hire, login

DAY = timedelta(days=1)


@pytest.fixture
def mug(the_company: None) -> int:
    catalog.load_products([NewProduct(code="mug", name="Red mug")], by=SYSTEM, at=NOON)
    return catalog_queries.products_by_code(["mug"])["mug"].id


@pytest.fixture
def with_mug(mug: int) -> Promotion:
    return put_up("A mug from 1000", give={"gift": {"products": ["mug"]}}, needs=[{"amount": 1000}])


def test_a_gift_of_a_promotion_is_known_with_what_followed_it(
    till: Till, anna: Profile, with_mug: Promotion, mug: int
) -> None:
    """Anna gets a mug on Monday, buys for 300 on Wednesday; a second mug brings nobody back within thirty days."""
    first = till.sell("1", "1100.00", to=anna)
    till.sell("2", "300.00", to=anna, at=NOON + 2 * DAY)
    till.sell("3", "1000.00", to=anna, at=NOON + 40 * DAY)
    till.sell("4", "500.00", to=anna, at=NOON + 80 * DAY)
    [mug_one, mug_two] = Gift.objects.order_by("given_at")
    assert (mug_one.profile, mug_one.product_id, mug_one.promotion) == (anna, mug, with_mug)
    assert (mug_one.receipt_id, mug_one.line, mug_one.shop) == (first.receipt.pk, 2, till.shop)

    after = queries.followed([mug_one.pk, mug_two.pk])
    assert (after[mug_one.pk].number, after[mug_one.pk].revenue) == ("2", Decimal(300))
    assert mug_two.pk not in after
    known = queries.use_of_profiles({anna.pk: [anna.pk]}, SYSTEM)[anna.pk].gifts
    assert (known.gifts, known.followed, known.revenue) == (2, 1, Decimal(2100))
    assert (known.last_day, known.last_shop) == ((NOON + 40 * DAY).date(), till.shop.name)


def test_days_of_gifts_and_coupons_are_the_shops(
    till: Till, anna: Profile, spring: CouponSeries, with_mug: Promotion
) -> None:
    """One o'clock at night in Vladivostok is the evening before in Moscow: the card says the shop's day."""
    till.shop = company.add_shops(
        [NewShop(code="east", name="Восток", timezone="Asia/Vladivostok")], by=SYSTEM, at=NOON
    )["east"]
    actions.add_code(spring.pk, "SPRING-10", by=SYSTEM, at=NOON)
    till.sell("1", "2000.00", to=anna, coupons=("SPRING-10",), at=datetime(2026, 3, 2, 15, tzinfo=UTC))
    sheet = customer_queries.sheet(anna.public_id, SYSTEM)
    shown = {one.key: one.value for one in customer_queries.indicators(sheet, SYSTEM)}
    assert shown["C40"] == shown["C41"] == shown["coupons.last"] == date(2026, 3, 3)
    assert shown["C44"] == shown["gifts.shop"] == "Восток"


def test_a_basket_without_a_customer_gives_nobody_a_gift(till: Till, with_mug: Promotion) -> None:
    till.sell("1", "1100.00")
    assert Gift.objects.get().profile is None


def test_the_gift_comes_back_with_its_line_alone(till: Till, anna: Profile, with_mug: Promotion) -> None:
    sold = till.sell("1", "1100.00", to=anna)
    till.take_back(sold, "1-a", {1: "1"})
    assert Gift.objects.get().taken_back_at is None  # the mug stayed with Anna
    till.take_back(sold, "1-b", {2: "1"}, at=NOON + DAY)
    assert Gift.objects.get().taken_back_at == NOON + DAY
    till.cancel(till.sell("2", "1100.00", to=anna), "2-void")
    assert queries.use_of_profiles({anna.pk: [anna.pk]}, SYSTEM)[anna.pk].gifts.gifts == 0


def test_merged_people_have_their_gifts_together(
    till: Till, anna: Profile, ann: Profile, with_mug: Promotion
) -> None:
    """Ann got the mug, Anna came back for milk: they turn out to be one."""
    till.sell("1", "1100.00", to=ann)
    till.sell("2", "100.00", to=anna, at=NOON + DAY)
    mug = Gift.objects.get()
    assert queries.followed([mug.pk]) == {}
    merge = customers.merge(profile_id=anna.pk, other_id=ann.pk, by=SYSTEM, at=NOON)
    assert queries.followed([mug.pk])[mug.pk].number == "2"
    customers.undo_merge(merge_id=merge.pk, by=SYSTEM, at=NOON)
    assert queries.followed([mug.pk]) == {}


def test_oleg_gives_by_hand_and_takes_back(
    till: Till, client: Client, anna: Profile, oleg: Employee, mug: int
) -> None:
    """A purchase of that very day counts as its effect, before or after."""
    sold = till.sell("1", "700.00", to=anna, at=NOON - timedelta(hours=2))
    gift = actions.give_gift(NewGift(anna.pk, mug, till.shop.pk), by=actor(oleg), at=NOON)
    assert queries.followed([gift.pk])[gift.pk].receipt == sold.receipt.public_id

    login(client, oleg)
    panel = client.get(reverse("loyalty:gifts_of_customer", args=[anna.public_id])).content.decode()
    assert "Red mug" in panel and "by hand" in panel
    client.post(reverse("loyalty:gift_back", args=[gift.public_id]))
    with pytest.raises(GiftIsBack):
        actions.take_gift_back(gift.pk, by=actor(oleg), at=NOON)
    assert queries.use_of_profiles({anna.pk: [anna.pk]}, SYSTEM)[anna.pk].gifts.gifts == 0


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ({"product": "mug"}, True),
        ({"product": "red"}, True),  # only one is named so
        ({"product": "jug"}, False),
        ({"product": "mug", "quantity": "0"}, False),
        ({"product": "mug", "quantity": "many"}, False),
        ({"product": "mug", "shop": "elsewhere"}, False),
    ],
)
def test_what_oleg_types(
    till: Till, client: Client, anna: Profile, oleg: Employee, mug: int, typed: dict[str, str], given: bool
) -> None:
    login(client, oleg)
    address = reverse("loyalty:gifts_of_customer", args=[anna.public_id])
    answer = client.post(address, {"quantity": "1", "shop": "lenina"} | typed)
    assert (answer.status_code, Gift.objects.count()) == ((302, 1) if given else (422, 0))


def test_a_gift_of_a_purchase_goes_back_at_the_till_only(
    till: Till, anna: Profile, oleg: Employee, with_mug: Promotion, mug: int
) -> None:
    till.sell("1", "1100.00", to=anna)
    with pytest.raises(GiftOfPurchase):
        actions.take_gift_back(Gift.objects.get().pk, by=actor(oleg), at=NOON)
    for wrong in (NewGift(anna.pk, mug, till.shop.pk, Decimal(0)), NewGift(anna.pk, mug + 99, till.shop.pk)):
        with pytest.raises(BadGift):
            actions.give_gift(wrong, by=actor(oleg), at=NOON)
    with pytest.raises(Refused):
        actions.give_gift(NewGift(anna.pk, mug, till.shop.pk), by=actor(hire("Max")), at=NOON)


def test_segments_know_of_gifts_and_the_books_agree(
    facts: None, till: Till, anna: Profile, ann: Profile, with_mug: Promotion
) -> None:
    sold = till.sell("1", "1100.00", to=anna)
    till.sell("2", "1100.00", to=ann)
    journal.deliver()
    got = {"fact": "gifts", "measure": "gifts", "op": ">=", "value": 1}

    def meets() -> set[int]:
        return set(segments.count({"all": [got]}, SYSTEM, at=NOON + DAY).some)

    assert meets() == {anna.pk, ann.pk}
    till.cancel(sold, "1-void")
    journal.deliver()
    assert meets() == {ann.pk}
    assert mending.damages() == []


def test_gifts_by_the_api_and_on_the_pages(
    till: Till, client: Client, anna: Profile, marina: Employee, with_mug: Promotion
) -> None:
    till.sell("1", "1100.00", to=anna)
    sale = till.sell("2", "300.00", to=anna, at=NOON + DAY).receipt
    login(client, marina)
    body = {"customer": str(anna.public_id), "product": "mug", "shop": "lenina"}
    key = {"Idempotency-Key": str(uuid4())}
    made = [
        client.post("/api/v1/gifts", json.dumps(body), content_type="application/json", headers=key).json()
        for _ in range(2)
    ]
    assert made[0] == made[1] and Gift.objects.count() == 2
    [_by_hand, of_promotion] = client.get("/api/v1/gifts", {"customer": str(anna.public_id)}).json()["items"]
    assert of_promotion["followed_by"]["number"] == "2" and of_promotion["promotion"] == str(
        with_mug.public_id
    )
    for page, words in (
        (reverse("loyalty:gifts"), "Red mug"),
        (reverse("loyalty:gifts") + f"?promotion={with_mug.public_id}&state=given", "Red mug"),
        (reverse("loyalty:gifts_of_receipt", args=[Gift.objects.first().receipt.public_id]), "300"),  # type: ignore[union-attr]
        (reverse("loyalty:gift_goods") + "?product=mu", 'value="mug"'),
        (reverse("customers:timeline", args=[anna.public_id]), "Gift: Red mug"),
        (reverse("customers:indicators", args=[anna.public_id]), "Gifts received"),
    ):
        assert words in client.get(page).content.decode(), page
    assert sale.number == "2"
    login(client, hire("Max"))
    assert client.get(reverse("loyalty:gifts")).status_code == 403
    assert client.get("/api/v1/gifts").status_code == 403
