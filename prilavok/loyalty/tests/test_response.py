"""Who responded to promotions, and what cards issued then or there were used for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee, Shop
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.loyalty import actions
from prilavok.loyalty.models import CardKind, Programme, Promotion
from prilavok.loyalty.tests.till import Till, put_up
from tests.cast import NOON, login

DAY = timedelta(days=1)
MONTH = {"since": "2026-02-15", "until": "2026-03-15"}


@pytest.fixture(autouse=True)
def _middle_of_march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON + 10 * DAY)


def test_marina_reads_who_responded(
    facts: object, client: Client, marina: Employee, klara: Employee, till: Till, anna: Profile, ann: Profile
) -> None:
    """Anna bought before; Ann, who turns out to be another person, buys for the first time."""
    till.sell("0", "40.00", to=anna, at=NOON - DAY)
    ten = put_up("Ten off", give={"percent_off": 10})
    till.sell("1", "100.00", to=anna)
    till.sell("2", "200.00", to=anna)
    till.sell("3", "300.00", to=ann, at=NOON + DAY)
    till.sell("4", "500.00")
    till.cancel(till.sell("5", "900.00"), "5-back")
    Promotion.objects.filter(pk=ten.pk).update(state="paused")
    ten.refresh_from_db()
    till.sell("6", "60.00", at=NOON + 2 * DAY)
    journal.deliver()

    login(client, marina)
    told = client.get("/api/v1/promotion-responses", MONTH).json()
    [one] = told["items"]
    assert (one["receipts"], one["customers"], one["new"]) == (4, 2, 1)
    sums = [Decimal(one[name]) for name in ("discounts", "revenue", "average")]
    assert sums == [110, 990, Decimal("247.5")]
    assert one["share"] == 1
    assert [(day["day"], day["receipts"]) for day in told["days"]] == [("2026-03-02", 3), ("2026-03-03", 1)]

    page = client.get(reverse("loyalty:response"), {**MONTH, "sort": "-revenue"}).content.decode()
    assert reverse("loyalty:promotion", args=[ten.public_id]) in page and "sort=customers" in page
    assert reverse("loyalty:response") in client.get(reverse("loyalty:promotions")).content.decode()
    file = b"".join(client.get(reverse("loyalty:response_file"), MONTH).streaming_content).decode()  # type: ignore[attr-defined]
    assert "Ten off;4;2;" in file

    customers.merge(profile_id=anna.pk, other_id=ann.pk, rule="manual", by=SYSTEM, at=NOON)
    [one] = client.get("/api/v1/promotion-responses", MONTH).json()["items"]
    assert (one["customers"], one["new"]) == (1, 0)

    login(client, klara)
    assert client.get(reverse("loyalty:response")).status_code == 403
    assert client.get(reverse("loyalty:response_file")).status_code == 403
    assert client.get("/api/v1/promotion-responses", MONTH).status_code == 403
    assert reverse("loyalty:response") not in client.get(reverse("loyalty:promotions")).content.decode()


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("2026-02-15", "2026-01-01", "The period ends"),
        ("2026-02-15", "2028-01-01", "a year at most"),
        ("0001-01-01", "0001-01-02", "between the years"),
        ("9999-12-30", "9999-12-31", "between the years"),
    ],
)
def test_an_odd_period_is_told(since: str, until: str, said: str, client: Client, marina: Employee) -> None:
    login(client, marina)
    asked = {"since": since, "until": until}
    for name in ("loyalty:response", "loyalty:card_sales"):
        assert said in client.get(reverse(name), asked).content.decode()
        assert client.get(reverse(f"{name}_file"), asked).status_code == 422
    for path in ("promotion-responses", "card-purchases"):
        assert client.get(f"/api/v1/{path}", asked).json()["code"] == "bad_period"


@pytest.fixture
def kind(programme: Programme) -> CardKind:
    made = actions.make_card_kind(
        programme_id=programme.pk, code="plastic", name="Plastic", prefix="20", length=13, check_digit="ean13",
        by=SYSTEM, at=NOON - 90 * DAY,
    )  # fmt: skip
    actions.make_cards(made.pk, 5, by=SYSTEM, at=NOON - 90 * DAY)
    return made


def test_purchases_stand_by_when_and_where_the_card_was_issued(
    facts: object,
    client: Client,
    marina: Employee,
    klara: Employee,
    till: Till,
    kind: CardKind,
    shop_on_lenina: Shop,
    anna: Profile,
    ann: Profile,
) -> None:
    """Anna got a card in January in Moscow, and another one on the second of March, in the evening, in Tver."""
    tver = company.add_shops([NewShop(code="tver", name="В Твери", region="Тверь")], by=SYSTEM, at=NOON)[
        "tver"
    ]
    told: dict[str, Any] = {"kind_id": kind.pk, "by": SYSTEM}
    actions.issue_card(profile_id=anna.pk, shop_id=shop_on_lenina.pk, at=NOON - 45 * DAY, **told)
    till.sell("1", "100.00", to=anna)
    actions.issue_card(profile_id=anna.pk, shop_id=tver.pk, at=NOON + DAY / 4, **told)
    till.sell("2", "200.00", to=anna, at=NOON + DAY)
    till.sell("3", "300.00", to=anna, at=NOON + 2 * DAY)
    till.sell("4", "50.00", to=ann)
    till.sell("5", "999.00")
    journal.deliver()

    login(client, marina)

    def asked(by: str) -> list[tuple[Any, ...]]:
        items = client.get("/api/v1/card-purchases", {**MONTH, "by": by}).json()["items"]
        return [(one["key"], one["receipts"], one["customers"], Decimal(one["revenue"])) for one in items]

    assert asked("month") == [("2026-01", 1, 1, 100), ("2026-03", 2, 1, 500), ("", 1, 1, 50)]
    assert asked("region") == [("Тверь", 2, 1, 500), ("Москва", 1, 1, 100), ("", 1, 1, 50)]
    assert asked("shop") == [("tver", 2, 1, 500), ("lenina", 1, 1, 100), ("", 1, 1, 50)]

    page = client.get(reverse("loyalty:card_sales"), {**MONTH, "by": "region"}).content.decode()
    assert "Тверь" in page and "250" in page
    file = client.get(reverse("loyalty:card_sales_file"), {**MONTH, "by": "shop"})
    assert "В Твери;2;1;500" in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    assert reverse("loyalty:card_sales") in client.get(reverse("loyalty:cards")).content.decode()

    customers.merge(profile_id=anna.pk, other_id=ann.pk, rule="manual", by=SYSTEM, at=NOON)
    journal.deliver()
    assert asked("month") == [("2026-01", 2, 1, 150), ("2026-03", 2, 1, 500)]

    login(client, klara)
    for path in (reverse("loyalty:card_sales"), reverse("loyalty:card_sales_file")):
        assert client.get(path).status_code == 403
    assert client.get("/api/v1/card-purchases", MONTH).status_code == 403
