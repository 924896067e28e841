from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from prilavok.catalog import actions, queries
from prilavok.catalog.models import Category, Product
from prilavok.catalog.ports import NewCategory, NewProduct
from prilavok.company.models import Employee
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON, actor, login

TREE = [
    NewCategory(code="beef", name="Beef", name_ru="Говядина", parent_code="meat"),
    NewCategory(code="meat", name="Meat", name_ru="Мясо"),
    NewCategory(code="dairy", name="Dairy"),
]
GOODS = [
    NewProduct(
        code="100", name="Фарш домашний", category_code="beef", manufacturer="Мираторг", size_text="400 г"
    ),
    NewProduct(code="101", name="Мёд цветочный"),
    NewProduct(code="102", name="Стейк рибай", category_code="beef", private_label=True),
]
_keys = count()


@pytest.fixture
def goods(the_company: None) -> None:
    actions.load_categories(TREE, by=SYSTEM, at=NOON)
    actions.load_products(GOODS, by=SYSTEM, at=NOON)


def test_children_may_come_before_their_parents(goods: None) -> None:
    beef = Category.objects.get(code="beef")

    assert (beef.level, beef.parent and beef.parent.code, beef.department and beef.department.code) == (
        1,
        "meat",
        "meat",
    )


def test_the_same_files_again_change_nothing(goods: None) -> None:
    told = StoredEvent.objects.count()
    categories = actions.load_categories(TREE, by=SYSTEM, at=NOON)
    products = actions.load_products(GOODS, by=SYSTEM, at=NOON)

    assert (categories.added, categories.changed, categories.unchanged) == (0, 0, 3)
    assert (products.added, products.changed, products.unchanged) == (0, 0, 3)
    assert StoredEvent.objects.count() == told


def test_a_branch_moves_with_all_that_stands_below_it(goods: None) -> None:
    moved = [
        NewCategory(code="meat", name="Meat", name_ru="Мясо", parent_code="food"),
        NewCategory(code="food", name="Food"),
    ]
    actions.load_categories(moved, by=SYSTEM, at=NOON)

    beef = Category.objects.get(code="beef")
    assert (beef.level, beef.department and beef.department.code) == (2, "food")
    assert queries.products_by_code(["100"])["100"].department_id == Category.objects.get(code="food").pk


def test_a_category_cannot_stand_below_itself(goods: None) -> None:
    circle = [NewCategory(code="meat", name="Meat", parent_code="beef")]
    with pytest.raises(actions.CategoryCircle):
        actions.load_categories(circle, by=SYSTEM, at=NOON)


def test_a_parent_that_nobody_knows_is_told(the_company: None) -> None:
    with pytest.raises(actions.UnknownCategory, match="nowhere"):
        actions.load_categories([NewCategory(code="a", name="A", parent_code="nowhere")], by=SYSTEM, at=NOON)


def test_a_product_that_a_receipt_names_first_gets_a_place_and_later_a_description(goods: None) -> None:
    refs = actions.add_placeholders(["100", "999", "999"], by=SYSTEM, at=NOON)
    placeholder = Product.objects.get(code="999")
    assert set(refs) == {"100", "999"}
    assert (refs["999"].id, placeholder.placeholder) == (placeholder.pk, True)

    actions.load_products([NewProduct(code="999", name="Сыр", category_code="dairy")], by=SYSTEM, at=NOON)
    placeholder.refresh_from_db()
    assert (placeholder.placeholder, placeholder.name) == (False, "Сыр")


def test_wrong_rows_are_rejected_with_field_and_reason(goods: None) -> None:
    rows = [
        NewProduct(code="", name="А"),
        NewProduct(code="1", name=""),
        NewProduct(code="2", name="Б", category_code="x"),
    ]
    loaded = actions.load_products(rows, by=SYSTEM, at=NOON)

    assert [(r.index, r.field) for r in loaded.rejects] == [(0, "code"), (1, "name"), (2, "category_code")]


@pytest.mark.parametrize("text", ["мед", "МЁД цв", "101", "цветочный мёд"])
def test_goods_are_found_by_beginnings_of_words(text: str, goods: None, marina: Employee) -> None:
    assert [product.code for product in queries.search(text, actor(marina))] == ["101"]


def test_marks_in_a_name_of_goods_need_not_be_typed(goods: None, marina: Employee) -> None:
    Product.objects.filter(code="101").update(name="Молоко «Домик в деревне» 3,2% 950мл")

    for text in ("домик", "«домик", "молоко 3,2", "3.2%", "950"):
        assert [product.code for product in queries.search(text, actor(marina))] == ["101"], text
    assert not queries.search("омик", actor(marina)).exists()
    assert not queries.search("я" * 10_000, actor(marina)).exists()  # a word that no index can hold


def test_a_category_holds_what_stands_below_it(goods: None, marina: Employee) -> None:
    meat = Category.objects.get(code="meat")

    assert {p.code for p in queries.listed(actor(marina), category_id=meat.pk)} == {"100", "102"}


def test_names_speak_the_readers_language(goods: None) -> None:
    beef = Category.objects.get(code="beef")
    with translation.override("ru"):
        assert beef.shown_name == "Говядина"
    with translation.override("en"):
        assert beef.shown_name == "Beef"


def test_marina_browses_and_corrects(client: Client, goods: None, marina: Employee) -> None:
    login(client, marina)
    steak = Product.objects.get(code="102")
    page = client.get(reverse("catalog:products"), {"q": "стейк"}).content.decode()
    assert "Стейк рибай" in page
    assert "Фарш" not in page
    assert "Beef" in client.get(reverse("catalog:categories")).content.decode()
    assert "Стейк рибай" in client.get(reverse("catalog:product", args=[steak.public_id])).content.decode()

    typed = {"name": "Стейк рибай, 300 г", "category": "beef", "unit": "pcs", "private_label": "on"}
    answer = client.post(
        reverse("catalog:about", args=[steak.public_id]), typed, headers={"HX-Request": "true"}
    )
    steak.refresh_from_db()
    assert answer.status_code == 200
    assert steak.name == "Стейк рибай, 300 г"
    bad = client.post(
        reverse("catalog:about", args=[steak.public_id]), {"name": ""}, headers={"HX-Request": "true"}
    )
    assert bad.status_code == 422


def test_an_empty_catalog_says_what_will_be_here(client: Client, marina: Employee) -> None:
    page = login(client, marina).get(reverse("catalog:products")).content.decode()

    assert "Products will stand here" in page


def test_strangers_are_refused(client: Client, goods: None, max_stranger: Employee, klara: Employee) -> None:
    steak = Product.objects.get(code="102")
    login(client, max_stranger)
    for address in (
        reverse("catalog:products"),
        reverse("catalog:categories"),
        reverse("catalog:product", args=[steak.public_id]),
        reverse("catalog:about", args=[steak.public_id]),
        "/api/v1/products",
        f"/api/v1/products/{steak.public_id}",
        "/api/v1/categories",
    ):
        assert client.get(address).status_code == 403
    assert put(client, "/products", []).status_code == 403
    assert put(client, "/categories", []).status_code == 403
    assert login(client, klara).post(reverse("catalog:about", args=[steak.public_id]), {}).status_code == 403
    with pytest.raises(Refused):
        actions.load_products(GOODS, by=actor(klara), at=NOON)


def put(client: Client, address: str, body: list[dict[str, Any]]) -> Any:
    headers = {"Idempotency-Key": f"catalog-{next(_keys)}"}
    return client.put(f"/api/v1{address}", body, content_type="application/json", headers=headers)


def test_the_api_brings_and_lists_goods(client: Client, marina: Employee) -> None:
    login(client, marina)
    assert (
        put(client, "/categories", [{"code": "meat", "name": "Meat", "name_ru": "Мясо"}]).json()["added"] == 1
    )
    rows = [
        {"code": "1", "name": "Ham", "category_code": "meat"},
        {"code": "2", "name": "X", "category_code": "?!"},
    ]
    loaded = put(client, "/products", rows).json()
    assert (loaded["added"], loaded["rejects"]) == (
        1,
        [{"index": 1, "field": "category_code", "code": "unknown_category"}],
    )

    listed = client.get("/api/v1/products", {"q": "ha", "category": "meat"}).json()
    assert [(p["code"], p["department_code"]) for p in listed["items"]] == [("1", "meat")]
    assert client.get("/api/v1/products", {"category": "none"}).status_code == 422
    assert {c["code"] for c in client.get("/api/v1/categories").json()} == {"meat", "?"}
