"""Shops and tills stand in lists as people count: 2 before 10."""

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company import actions, queries
from prilavok.company.actions import NewShop
from prilavok.company.models import Employee, Till
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, login

NAMES = ("Магазин 2", "магазин 9", "Магазин 10", "Магазин 10 бис", "Магазин 010а", "Ёлка 1", "Яма", "007")
RIGHT = ["007", "Ёлка 1", "Магазин 2", "магазин 9", "Магазин 10", "Магазин 10 бис", "Магазин 010а", "Яма"]


@pytest.fixture
def many(the_company: None) -> None:
    rows = [NewShop(code=f"s{place}", name=name) for place, name in enumerate(NAMES)]
    actions.add_shops(rows, by=SYSTEM, at=NOON)


def test_shops_are_counted_as_people_do(client: Client, olga: Employee, many: None) -> None:
    assert [one.name for one in queries.shops(SYSTEM)] == RIGHT
    login(client, olga)
    page = client.get(reverse("company:shops")).content.decode()
    assert sorted(RIGHT, key=page.index) == RIGHT
    told: list[str] = []
    asked = {"limit": "3"}
    for _page in range(3):
        answer = client.get("/api/v1/shops", asked).json()
        told += [one["name"] for one in answer["items"]]
        asked["after"] = answer["next"]
    assert told == RIGHT


def test_tills_too(many: None) -> None:
    shop = queries.shops(SYSTEM).get(code="s0")
    Till.objects.bulk_create([Till(shop=shop, code=code) for code in ("10", "9", "А-2", "А-11", "1")])
    assert [one.code for one in queries.tills(shop.pk)] == ["1", "9", "10", "А-2", "А-11"]
    assert [one.code for one in queries.search_tills(SYSTEM, "1")] == ["1", "10", "А-11"]
