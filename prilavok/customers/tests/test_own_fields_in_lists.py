"""Own fields where customers are looked for, put in order, registered, and where they lead to others."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from prilavok.catalog import actions as catalog
from prilavok.catalog.ports import NewCategory, NewProduct
from prilavok.company.models import Employee, Shop
from prilavok.customers import actions, queries
from prilavok.customers.models import Profile
from prilavok.customers.ports import NewCompany, NewCustomer
from prilavok.customers.tests.test_own_fields import field, send, write
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, login


@pytest.fixture
def boris(shop_on_lenina: Shop) -> Profile:
    new = NewCustomer(last_name="Орлов", first_name="Борис", shop_id=shop_on_lenina.pk)
    return actions.register(new, by=SYSTEM, at=NOON)


def found(text: str, by: Employee) -> set[int]:
    return {one.pk for one in queries.listed(actor(by), text)}


def test_a_field_that_is_searched_is_found_by_any_part_of_it(
    anna: Profile, boris: Profile, oleg: Employee, client: Client
) -> None:
    field("Договор", "text", code="contract", searched=True)
    field("Тайное", "text", code="secret", searched=True, guard="see")
    field("Прозвище", "text", code="nick")
    write(anna, contract="Поставка № 77-12/Ё", secret="лиловый", nick="анюта")
    write(boris, contract="Аренда")

    for text in ("поставка", "77-12", "12/е", "тавк", "вка 771", "712"):
        assert found(text, oleg) == {anna.pk}, text
    assert found("орлов", oleg) == {boris.pk}
    assert not found("лиловый", oleg) and not found("анюта", oleg) and not found("по", oleg)
    palette = login(client, oleg).get(reverse("ui:find"), {"q": "аренда"}).content.decode()
    assert "Орлов" in palette


def test_a_text_that_is_narrowed_by_is_found_wherever_it_stands(
    anna: Profile, boris: Profile, oleg: Employee
) -> None:
    """Every piece of what is there, through spaces and signs too, with the index and without it."""
    told = "Поставка № 77-12/Ё_ba по рекам"
    for searched in (True, False):
        field("Договор", "text", code=f"contract_{searched}".lower(), filtered=True, searched=searched)
        write(anna, **{f"contract_{searched}".lower(): told})
        write(boris, **{f"contract_{searched}".lower(): "Аренда"})
        for size in (2, 3, 5, 9):
            for place in range(0, len(told) - size, 2):
                piece = told[place : place + size].strip()
                wanted = {f"own.contract_{searched}".lower(): piece}
                assert queries.listed(actor(oleg), wanted=wanted).filter(pk=anna.pk).exists(), piece


@pytest.mark.parametrize(
    ("kind", "values", "order"),
    [
        ("number", [9, 10, -1], [2, 0, 1]),
        ("money", ["9.5", "10", "0"], [2, 0, 1]),
        ("date", ["2026-02-01", "2025-12-31", "2026-01-15"], [1, 2, 0]),
        ("text", ["ёлка", "ель", "Дуб"], [2, 0, 1]),
        ("flag", [True, False, True], [1, 0, 2]),
    ],
)
def test_the_list_is_sorted_by_a_field_page_by_page_and_whoever_has_none_comes_last(
    kind: str, values: list[Any], order: list[int], shop_on_lenina: Shop, oleg: Employee, settings: Any
) -> None:
    field("Поле", kind, code="f", filtered=True)
    people = [
        actions.register(NewCustomer(first_name=f"N{place}", own={"f": value}), by=SYSTEM, at=NOON).pk
        for place, value in enumerate(values)
    ]
    bare = [actions.register(NewCustomer(first_name=f"B{one}"), by=SYSTEM, at=NOON).pk for one in range(2)]
    wanted = [people[place] for place in order]

    for size in (1, 2, 3, 10):
        for sort, expected in (("own.f", wanted), ("-own.f", wanted[::-1])):
            seen: list[int] = []
            after = None
            while True:
                profiles = queries.listed(actor(oleg))
                page = queries.page_of(profiles, sort=sort, after=after, size=size, by=actor(oleg))
                seen += [one.pk for one in page.items]
                after = page.next
                if after is None:
                    break
            assert seen == [*expected, *bare[::-1]], (size, sort)


def test_only_what_is_seen_and_has_an_index_sorts(anna: Profile, oleg: Employee, client: Client) -> None:
    field("Тайное", "number", code="secret", filtered=True, guard="see")
    field("Рост", "number", code="height", filtered=True)
    field("Вес", "number", code="weight")
    assert [one.code for one in queries.sorted_fields(actor(oleg))] == ["height"]

    write(anna, height=170)
    login(client, oleg)
    page = client.get("/customers/?columns=own.height&columns=own.weight&sort=own.height").content.decode()
    assert "sort=-own.height" in page and "sort=own.weight" not in page
    listed = client.get("/api/v1/customers", {"sort": "-own.height"}).json()["items"]
    assert listed[0]["public_id"] == str(anna.public_id)


def test_indexes_come_and_go_with_the_settings(the_company: None) -> None:
    made = field("Рост", "number", code="height", filtered=True, searched=True)
    wanted = {name: bool(sql) for name, sql in queries.own_indexes(made).items()}
    assert wanted == {
        "customers_own_height": False, "customers_own_height_text": False,
        "customers_own_height_by": True, "customers_own_height_words": True,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for name, sql in queries.own_indexes(made).items():
            if sql:
                cursor.execute(f"CREATE INDEX {name} ON customers_profile {sql}")
    with pytest.raises(actions.BadField):
        field("День", "date", searched=True)


def test_registration_asks_for_what_must_be_told_and_what_is_marked(client: Client, oleg: Employee) -> None:
    field("Размер", "number", code="size", at_registration=True)
    field("Договор", "text", code="contract", required=True)
    field("Прозвище", "text", code="nick")
    field("Отрасль", "text", code="branch", required=True, for_people=False, for_companies=True)
    login(client, oleg)

    page = client.get(reverse("customers:new")).content.decode()
    assert "Размер" in page and "Договор" in page and "Прозвище" not in page and "Отрасль" not in page
    typed = {"last_name": "Орлов", "own.size": "44"}
    refused = client.post(reverse("customers:new"), typed)
    assert refused.status_code == 422 and 'value="44"' in refused.content.decode()
    client.post(reverse("customers:new"), typed | {"own.contract": "7"})
    assert Profile.objects.get().own == {"size": "44", "contract": "7"}

    company = {"name": "Ромашка", "form": "legal"}
    assert client.post(reverse("customers:new_company"), company).status_code == 422
    client.post(reverse("customers:new_company"), company | {"own.branch": "Цветы"})
    assert Profile.objects.get(person__kind="company").own == {"branch": "Цветы"}
    told = {"name": "Сад", "own": {"branch": "Сады"}}
    assert send(client, "post", "/companies", told).status_code == 201


@pytest.fixture
def targets(anna: Profile, boris: Profile, oleg: Employee) -> dict[str, tuple[str, str, str]]:
    """Of each target: letters, the key and the name of what they mean."""
    catalog.load_categories([NewCategory(code="MEAT", name="Meat")], by=SYSTEM, at=NOON)
    catalog.load_products([NewProduct(code="P1", name="Колбаса", category_code="MEAT")], by=SYSTEM, at=NOON)
    daisy = actions.register_company(NewCompany(name="Ромашка"), by=SYSTEM, at=NOON)
    return {
        "customer": ("ковал", str(anna.public_id), "Ковалёва Анна Петровна"),
        "company": ("ромаш", str(daisy.public_id), "Ромашка"),
        "product": ("колб", "P1", "Колбаса"),
        "shop": ("ленин", "lenina", "На Ленина"),
        "employee": ("oleg", str(oleg.public_id), "Oleg"),
    }


@pytest.mark.parametrize("target", ["customer", "company", "product", "shop", "employee"])
def test_a_reference_is_picked_by_a_few_letters(
    target: str, targets: dict[str, tuple[str, str, str]], boris: Profile, oleg: Employee, client: Client
) -> None:
    letters, key, name = targets[target]
    field("Связь", "reference", code="leads", target=target, filtered=True, at_registration=True)
    login(client, oleg)

    address = reverse("customers:reference_offers", args=[target])
    offers = client.get(address, {"own.leads.typed": letters}).content.decode()
    assert re.search(rf'data-pick="{key}">{name}', offers)
    assert client.get("/api/v1/own-fields/leads/offers", {"q": letters}).json() == [
        {"key": key, "name": name}
    ]
    panel = reverse("customers:own_values", args=[boris.public_id])
    client.post(panel, {"own.leads": key})
    boris.refresh_from_db()
    assert boris.own == {"leads": key}
    assert name in client.get(panel).content.decode()
    page = client.get("/customers/", {"own.leads": key}).content.decode()
    assert "Орлов" in page and name in page
    assert "Орлов" not in client.get("/customers/", {"own.leads": "-"}).content.decode()


def test_letters_that_one_only_fits_are_enough_and_others_are_kept_after_a_refusal(
    targets: Any, boris: Profile, oleg: Employee, client: Client
) -> None:
    field("Связь", "reference", code="leads", target="customer")
    login(client, oleg)
    panel = reverse("customers:own_values", args=[boris.public_id])

    client.post(panel, {"own.leads": "", "own.leads.typed": "Ковалёва"})
    boris.refresh_from_db()
    assert boris.own == {"leads": targets["customer"][1]}
    refused = client.post(panel, {"own.leads": "", "own.leads.typed": "Никто"}).content.decode()
    assert "Никто" in refused and "was not found" in refused


def test_a_stranger_is_offered_nothing(client: Client, max_stranger: Employee) -> None:
    login(client, max_stranger)
    assert client.get(reverse("customers:reference_offers", args=["customer"])).status_code == 403
    assert client.get(f"/api/v1/own-fields/{uuid4().hex}/offers").status_code == 403
