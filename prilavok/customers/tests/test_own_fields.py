"""Fields that the company makes itself, from the settings to the card, the list, files, the API and letters."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Role, Shop
from prilavok.customers import actions, queries
from prilavok.customers.actions.own_fields import make_askable
from prilavok.customers.models import OwnField, Profile
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, hire, login


def field(name: str, kind: str, **settings: Any) -> OwnField:
    return actions.add_own_field(name=name, kind=kind, by=SYSTEM, **settings)


def write(profile: Profile, **values: Any) -> dict[str, Any]:
    return actions.change_own(profile_id=profile.pk, values=values, by=SYSTEM, at=NOON)


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    headers = {"Idempotency-Key": str(uuid4())}
    text = json.dumps(body or {})
    return client.generic(method, f"/api/v1{path}", text, content_type="application/json", headers=headers)


@pytest.fixture
def boris(shop_on_lenina: Shop) -> Profile:
    new = NewCustomer(last_name="Орлов", first_name="Борис", phone="+79035550011", shop_id=shop_on_lenina.pk)
    return actions.register(new, by=SYSTEM, at=NOON)


@pytest.fixture
def kinds(the_company: None) -> None:
    """A field of every kind."""
    field("Прозвище", "text", code="nick", filtered=True)
    field("Рост", "number", code="height", low="50", high="250", filtered=True)
    field("Лимит", "money", code="limit")
    field("Свадьба", "date", code="wedding", filtered=True)
    field(
        "Семейное положение",
        "choice",
        code="marital",
        options=["single = Не в браке", "married = В браке"],
        filtered=True,
    )
    field("Интересы", "many", code="hobbies", options=["Спорт", "Театр"], filtered=True)
    field("Есть машина", "flag", code="car", filtered=True)
    field("Любимый магазин", "reference", code="shop", target="shop", filtered=True)


ALL = {
    "nick": "Аня",
    "height": "168,5",
    "limit": "1 500",
    "wedding": "01.06.2010",
    "marital": "в браке",
    "hobbies": ["Театр", "Спорт"],
    "car": False,
    "shop": "lenina",
}


@pytest.mark.usefixtures("kinds")
def test_every_kind_stands_on_the_card_in_words(client: Client, anna: Profile, oleg: Employee) -> None:
    write(anna, **ALL)
    page = login(client, oleg).get(reverse("customers:card", args=[anna.public_id])).content.decode()
    for told in ("Аня", "168.5", "2010", "В браке", "Спорт, Театр", "На Ленина", "Есть машина"):
        assert told in page, told


@pytest.mark.usefixtures("kinds")
@pytest.mark.parametrize(
    ("code", "value"),
    [("height", "tall"), ("height", 20), ("height", "1.00001"), ("limit", "1e20"), ("limit", True),
     ("wedding", "31.02.2010"),
     ("wedding", "0001-01-01"), ("marital", "a friend"), ("hobbies", ["Спорт", "Chess"]), ("hobbies", [[]]),
     ("car", "maybe"),
     ("shop", "nowhere"), ("nick", "x" * 1_001), ("nick", {"a": 1}), ("nobody", "x")],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_a_reason(code: str, value: Any, anna: Profile) -> None:
    with pytest.raises(actions.BadOwnValue) as refused:
        write(anna, **{code: value})
    assert refused.value.field == f"own.{code}" and str(refused.value)
    anna.refresh_from_db()
    assert anna.own == {}


@pytest.mark.usefixtures("kinds")
def test_the_list_finds_by_every_kind(anna: Profile, boris: Profile, oleg: Employee) -> None:
    write(anna, **ALL)
    write(boris, height=190, car=True)
    for filter_, value in (
        ("own.nick", "аня"),
        ("own.height.to", "170"),
        ("own.wedding.from", "2010-06-01"),
        ("own.marital", "married"),
        ("own.hobbies", "Театр"),
        ("own.car", "no"),
        ("own.shop", "lenina"),
    ):
        found = queries.listed(actor(oleg), wanted={filter_: value})
        assert [one.pk for one in found] == [anna.pk], filter_
    assert [one.pk for one in queries.listed(actor(oleg), wanted={"own.marital": "-"})] == [boris.pk]
    assert not queries.listed(actor(oleg), wanted={"own.height.from": "tall"}).exists()


@pytest.mark.usefixtures("kinds")
def test_a_program_reads_writes_and_finds_them(
    client: Client, anna: Profile, boris: Profile, oleg: Employee
) -> None:
    login(client, oleg)
    answer = send(client, "PATCH", f"/customers/{anna.public_id}", {"own": ALL})
    assert answer.json()["own"] == {
        "nick": "Аня", "height": "168.5", "limit": "1500.00", "wedding": "2010-06-01", "marital": "married",
        "hobbies": ["Спорт", "Театр"], "car": False, "shop": "lenina",
    }  # fmt: skip
    found = client.get("/api/v1/customers?own=marital:married&own=height.from:160").json()["items"]
    assert [(one["public_id"], one["own"]["nick"]) for one in found] == [(str(anna.public_id), "Аня")]
    bad = send(client, "PATCH", f"/customers/{anna.public_id}", {"last_name": "X", "own": {"height": "tall"}})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_own_value")
    assert client.get(f"/api/v1/customers/{anna.public_id}").json()["last_name"] == "Ковалёва"
    assert send(client, "POST", "/own-fields", {"name": "X", "kind": "text"}).status_code == 403


def test_a_guarded_field_is_seen_and_changed_by_its_own_right_only(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    made = field("Доход", "money", code="income", guard="see", filtered=True)
    write(anna, income=90_000)
    card, panel = (reverse(f"customers:{name}", args=[anna.public_id]) for name in ("card", "own_values"))
    login(client, oleg)
    for page in (panel, f"/api/v1/customers/{anna.public_id}", "/api/v1/own-fields", "/customers/"):
        assert "Доход" not in client.get(page, headers={"HX-Request": "true"}).content.decode(), page
    assert "90,000" not in client.get(card).content.decode()
    assert "income" not in client.get(f"/api/v1/customers/{anna.public_id}").json()["own"]
    assert send(client, "PATCH", f"/customers/{anna.public_id}", {"own": {"income": 1}}).status_code == 422
    assert [one.pk for one in queries.listed(actor(oleg), wanted={"own.income.from": "1"})] == [
        anna.pk
    ]  # not asked

    Role.objects.filter(code="operator").update(
        permissions=[*Role.objects.get(code="operator").permissions, made.right_to_see]
    )
    assert "90,000" in client.get(card).content.decode()
    assert send(client, "PATCH", f"/customers/{anna.public_id}", {"own": {"income": 1}}).status_code == 422


def test_no_two_customers_share_a_value_that_is_alone(anna: Profile, boris: Profile) -> None:
    field("Номер договора", "text", code="contract", alone=True, pattern="##-@@")
    write(anna, contract="12-АБ")
    for bad in ("12-АБ", "12АБ"):
        with pytest.raises(actions.BadOwnValue):
            write(boris, contract=bad)
    new = [NewCustomer(external_id=str(number), own={"contract": f"{number}-ЯЯ"}) for number in (21, 21, 12)]
    new[1].external_id = "22"
    new.append(NewCustomer(external_id="23", own={"contract": "12-АБ"}))
    loaded = actions.load_customers(new, by=SYSTEM, at=NOON)
    assert loaded.created == 2
    assert [(one.index, one.code) for one in loaded.rejects] == [(1, "own_taken"), (3, "own_taken")]


@pytest.mark.usefixtures("kinds")
def test_a_file_fills_them_and_leaves_what_it_does_not_tell(anna: Profile) -> None:
    write(anna, nick="Аня", height=168)
    new = [
        NewCustomer(external_id="anna", own={"height": "170", "nick": None}),
        NewCustomer(external_id="carl", own={"car": "да"}),
        NewCustomer(external_id="dora", own={"car": "perhaps"}),
    ]
    loaded = actions.load_customers(new, by=SYSTEM, at=NOON)
    assert (loaded.created, loaded.changed, [one.field for one in loaded.rejects]) == (1, 1, ["own.car"])
    anna.refresh_from_db()
    assert anna.own == {"nick": "Аня", "height": "170"}


@pytest.mark.usefixtures("kinds")
def test_a_merge_fills_what_is_missing_and_its_undo_takes_it_back(anna: Profile, boris: Profile) -> None:
    write(anna, nick="Аня", hobbies=["Спорт"])
    write(boris, nick="Боря", height=190, car=False)
    merge = actions.merge(profile_id=anna.pk, other_id=boris.pk, by=SYSTEM, at=NOON)
    anna.refresh_from_db()
    assert anna.own == {"nick": "Аня", "hobbies": ["Спорт"], "height": "190", "car": False}
    preview = queries.own_text(OwnField.objects.get(code="height"), anna.own["height"])
    assert preview == "190"
    write(anna, hobbies=["Театр"], height=None)
    actions.undo_merge(merge_id=merge.pk, by=SYSTEM, at=NOON)
    anna.refresh_from_db()
    boris.refresh_from_db()
    assert anna.own == {"nick": "Аня", "hobbies": ["Театр"]}
    assert boris.own == {"nick": "Боря", "height": "190", "car": False}


@pytest.mark.usefixtures("kinds")
def test_a_merge_may_take_the_others_value(anna: Profile, boris: Profile, olga: Employee) -> None:
    write(anna, nick="Аня")
    write(boris, nick="Боря")
    fields = {
        one.name: one for one in queries.preview(anna.pk, boris.pk, actor(olga), {"own.nick": "take"}).fields
    }
    assert (fields["own.nick"].left, fields["own.nick"].result) == ("Аня", "Боря")
    actions.merge(profile_id=anna.pk, other_id=boris.pk, modes={"own.nick": "take"}, by=SYSTEM, at=NOON)
    anna.refresh_from_db()
    assert anna.own["nick"] == "Боря"


@pytest.mark.usefixtures("kinds")
def test_erasure_clears_them_and_the_archive_shows_them(anna: Profile, ada: Employee) -> None:
    write(anna, **ALL)
    person = next(one for one in queries.archive(anna.public_id, actor(ada)) if one.key == "person").rows[0]
    assert person["Семейное положение"] == "В браке"
    actions.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    anna.refresh_from_db()
    assert anna.own == {}


def test_a_field_is_made_ordered_archived_and_restored_on_its_page(
    client: Client, anna: Profile, ada: Employee, oleg: Employee
) -> None:
    login(client, ada)
    page = reverse("customers:new_own_field")
    whole = {"kind": "choice", "for_people": "on", "options": "Красный\nСиний", "guard": "open"}
    assert client.post(page, whole).status_code == 422  # no name
    assert client.post(page, whole | {"name": "Любимый цвет"}).status_code == 302
    made = OwnField.objects.get()
    assert (made.code, list(made.live_options())) == ("lyubimyy_cvet", ["Красный", "Синий"])
    field("Второе", "text")
    client.post(reverse("customers:own_order", args=["vtoroe", "up"]))
    assert [one.code for one in queries.own_fields()] == ["vtoroe", "lyubimyy_cvet"]

    write(anna, lyubimyy_cvet="Синий")
    page = reverse("customers:own_field", args=[made.code])
    client.post(page, whole | {"name": "Цвет", "options": "Красный = Алый"})
    made.refresh_from_db()
    assert (made.name, made.live_options()) == ("Цвет", {"Красный": "Алый"})
    card = reverse("customers:card", args=[anna.public_id])
    assert "Синий" in client.get(card).content.decode()  # what was chosen stays

    client.post(reverse("customers:own_archive", args=[made.code, "archive"]))
    assert "Синий" not in client.get(card).content.decode()
    client.post(reverse("customers:own_archive", args=[made.code, "restore"]))
    assert "Синий" in client.get(card).content.decode()
    assert login(client, oleg).get(reverse("customers:own_fields")).status_code == 403


@pytest.mark.usefixtures("kinds")
def test_oleg_fills_them_on_the_card_and_takes_it_back(client: Client, anna: Profile, oleg: Employee) -> None:
    login(client, oleg)
    panel = reverse("customers:own_values", args=[anna.public_id])
    bad = client.post(panel, {"own.nick": "Аня", "own.height": "tall"}, headers={"HX-Request": "true"})
    assert (
        bad.status_code == 422 and "takes a number" in bad.content.decode() and "Аня" in bad.content.decode()
    )
    good = client.post(panel, {"own.nick": "Аня", "own.car": "True"}, headers={"HX-Request": "true"})
    anna.refresh_from_db()
    assert anna.own == {"nick": "Аня", "car": True}
    undo = json.loads(good.headers["HX-Trigger"])["toasts"][0]["undo"]
    client.post(undo)
    anna.refresh_from_db()
    assert anna.own == {}
    assert login(client, hire("Alla", "analyst")).post(panel, {"own.nick": "X"}).status_code == 403


def test_a_customer_is_registered_with_own_fields_and_not_without_what_must_be_filled_in(
    client: Client, shop_on_lenina: Shop, klara: Employee
) -> None:
    field("Размер", "number", code="size", required=True)
    field("Прозвище", "text", code="nick")
    page, typed = reverse("customers:new"), {"last_name": "Белова", "shop": "lenina"}
    assert login(client, klara).post(page, typed).status_code == 422
    assert client.post(page, typed | {"own.size": "big"}).status_code == 422
    assert client.post(page, typed | {"own.size": "38", "own.nick": ""}).status_code == 302
    assert Profile.objects.get().own == {"size": "38"}


@pytest.mark.django_db(transaction=True)
def test_a_field_that_is_filtered_has_an_index_for_ranges_as_long_as_it_is(the_company: None) -> None:
    for code, kind in (("height", "number"), ("wedding", "date")):
        field(code, kind, code=code, filtered=True)
        make_askable(code=code)
    assert sorted(indexes()) == ["customers_own_height_by", "customers_own_wedding_by"]
    for code in ("height", "wedding"):
        actions.change_own_field(code=code, filtered=False, by=SYSTEM)
        make_askable(code=code)
    assert indexes() == []


def indexes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'customers_own_%'"
            " AND tablename = 'customers_profile'"
        )
        return [row[0] for row in cursor.fetchall()]
