"""Companies as customers: legal details that check themselves, one company once, found and listed as what it is."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions, queries
from prilavok.customers.models import Company, Person, Profile
from prilavok.customers.ports import NewCompany
from prilavok.customers.tests.test_api import send
from prilavok.kernel.actors import SYSTEM
from prilavok.relations import actions as relations
from prilavok.relations.ports import NewRelation
from tests.cast import NOON, actor, login

DAISY: dict[str, Any] = {
    "name": "ООО «Ромашка»",
    "form": "legal",
    "full_name": "Общество с ограниченной ответственностью «Ромашка»",
    "inn": "7707 083 893",
    "kpp": "773601001",
    "ogrn": "1027700132195",
    "bic": "044525225",
    "account": "40702810200000000001",
}


@pytest.fixture
def daisy(the_company: None) -> Profile:
    return actions.register_company(NewCompany(**DAISY), by=SYSTEM, at=NOON)


@pytest.fixture
def oleg_calls(client: Client, oleg: Employee) -> Client:
    return login(client, oleg)


def test_a_company_is_registered_read_and_corrected_by_the_api(oleg_calls: Client) -> None:
    made = send(oleg_calls, "post", "/companies", DAISY)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["name"], told["inn"], told["form"]) == ("ООО Ромашка", "7707083893", "legal")

    address = f"/customers/{told['public_id']}"
    assert oleg_calls.get(f"/api/v1{address}").json()["kind"] == "company"
    changed = send(
        oleg_calls, "patch", f"{address}/company", {"name": "Ромашка", "form": "state", "ogrn": ""}
    )
    assert (changed.json()["name"], changed.json()["form"], changed.json()["ogrn"]) == (
        "Ромашка",
        "state",
        "",
    )
    assert changed.json()["inn"] == "7707083893"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"inn": "7707083894"}, "inn"),
        ({"inn": "500100732259"}, "inn"),
        ({"kpp": "77360100"}, "kpp"),
        ({"form": "sole", "inn": "500100732259", "ogrn": ""}, "kpp"),
        ({"ogrn": "1027700132196"}, "ogrn"),
        ({"bic": "144525225"}, "bic"),
        ({"account": "40702810300000000001"}, "account"),
        ({"name": " « » "}, "name"),
    ],
)
def test_a_wrong_number_is_named_with_its_field(
    oleg_calls: Client, wrong: dict[str, str], field: str
) -> None:
    answer = send(oleg_calls, "post", "/companies", DAISY | wrong)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Company.objects.exists() and not Person.objects.exists()


def test_the_same_inn_and_kpp_lead_to_the_company_that_is_known(oleg_calls: Client, daisy: Profile) -> None:
    again = send(oleg_calls, "post", "/companies", DAISY | {"name": "Другая"})
    assert (again.status_code, again.json()["customer"]) == (409, str(daisy.public_id))
    branch = send(oleg_calls, "post", "/companies", DAISY | {"name": "Филиал", "kpp": "503601001"})
    assert branch.status_code == 201

    page = oleg_calls.post(reverse("customers:new_company"), DAISY | {"name": "Другая"})
    assert page.status_code == 422
    assert reverse("customers:card", args=[daisy.public_id]) in page.content.decode()
    moved = send(
        oleg_calls, "patch", f"/customers/{branch.json()['public_id']}/company", {"kpp": DAISY["kpp"]}
    )
    assert (moved.status_code, moved.json()["code"]) == (409, "company_known")


def test_a_company_is_registered_and_corrected_on_pages(oleg_calls: Client) -> None:
    card = oleg_calls.post(reverse("customers:new_company"), DAISY, follow=True).content.decode()
    assert "ООО Ромашка" in card and "7707083893" in card and "Legal entity" in card

    profile = Profile.objects.get()
    address = reverse("customers:person", args=[profile.public_id])
    assert "40702810200000000001" in oleg_calls.get(address).content.decode()
    wrong = oleg_calls.post(address, DAISY | {"inn": "1", "ogrn": "2"})
    assert wrong.status_code == 422
    assert "not an INN" in wrong.content.decode() and "not an OGRN" in wrong.content.decode()
    oleg_calls.post(address, DAISY | {"name": "Ромашка", "address": "Москва, Ленина, 1"})
    assert queries.get(profile.public_id, SYSTEM).person.full_name == "Ромашка"
    assert Company.objects.get().address == "Москва, Ленина, 1"


def test_an_edit_of_the_details_is_taken_back(oleg_calls: Client, daisy: Profile) -> None:
    address = reverse("customers:person", args=[daisy.public_id])
    answer = oleg_calls.post(address, DAISY | {"name": "Ромашка", "kpp": ""}, headers={"HX-Request": "true"})
    undo = next(iter(oleg_calls.session["customers.undo"]))
    assert answer.status_code == 200

    oleg_calls.post(reverse("customers:undo", args=[daisy.public_id, undo]))
    assert Company.objects.get().kpp == "773601001"
    assert queries.get(daisy.public_id, SYSTEM).person.full_name == "ООО Ромашка"


def test_companies_are_found_by_inn_and_by_name_with_or_without_quotes(
    daisy: Profile, anna: Profile, oleg: Employee
) -> None:
    by = actor(oleg)
    for text in ("7707083", "«Ромашка»", "ромашка", "ООО Ромашка"):
        assert [one.pk for one in queries.listed(by, text)] == [daisy.pk], text


@pytest.mark.parametrize(
    ("kind", "found"),
    [("person", "anna"), ("company", "daisy"), ("legal", "daisy"), ("state", ""), ("sole", ""), ("x", "")],
)
def test_the_list_is_narrowed_by_kind_of_customer(
    daisy: Profile, anna: Profile, oleg_calls: Client, kind: str, found: str
) -> None:
    listed = oleg_calls.get("/api/v1/customers", {"kind": kind}).json()["items"]
    wanted = {"anna": [anna.public_id], "daisy": [daisy.public_id], "": []}[found]
    assert [one["public_id"] for one in listed] == [str(one) for one in wanted]


def test_a_merge_of_a_company_into_a_person_is_refused(daisy: Profile, anna: Profile) -> None:
    with pytest.raises(actions.NotOfOneKind):
        actions.merge(profile_id=anna.pk, other_id=daisy.pk, by=SYSTEM, at=NOON)


def test_two_records_of_one_company_show_the_details_that_one_of_them_has(daisy: Profile) -> None:
    bare = actions.register_company(NewCompany(name="Ромашка"), by=SYSTEM, at=NOON)
    merge = actions.merge(profile_id=bare.pk, other_id=daisy.pk, by=SYSTEM, at=NOON)

    shown = queries.sheet(bare.public_id, SYSTEM).company
    assert shown is not None and shown.inn == "7707083893"
    actions.change_company(profile_id=bare.pk, by=SYSTEM, at=NOON, kpp="773601002")
    actions.undo_merge(merge_id=merge.pk, by=SYSTEM, at=NOON)
    parted = queries.sheet(bare.public_id, SYSTEM).company, queries.sheet(daisy.public_id, SYSTEM).company
    assert [one.inn if one else None for one in parted] == ["", "7707083893"]


def test_erasing_takes_the_details_and_the_archive_holds_them(daisy: Profile) -> None:
    sections: dict[str, Any] = {one.key: one.rows for one in queries.archive(daisy.public_id, SYSTEM)}
    assert sections["company"][0]["inn"] == "7707083893"

    actions.erase(profile_id=daisy.pk, by=SYSTEM, at=NOON)
    assert not Company.objects.exists()


def test_the_stranger_registers_no_company(client: Client, max_stranger: Employee, anna: Profile) -> None:
    login(client, max_stranger)
    assert client.get(reverse("customers:new_company")).status_code == 403
    assert send(client, "post", "/companies", DAISY).status_code == 403


def test_a_company_has_no_first_name_and_no_birthday(oleg_calls: Client, daisy: Profile) -> None:
    answer = send(oleg_calls, "patch", f"/customers/{daisy.public_id}", {"first_name": "Анна"})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_person")
    assert queries.get(daisy.public_id, SYSTEM).person.full_name == "ООО Ромашка"


def test_a_person_has_no_legal_details(oleg_calls: Client, anna: Profile) -> None:
    address = f"/customers/{anna.public_id}/company"
    assert oleg_calls.get(f"/api/v1{address}").status_code == 404
    assert send(oleg_calls, "patch", address, {"inn": DAISY["inn"]}).json()["code"] == "not_a_company"


def test_companies_leave_as_a_file_with_all_that_is_known_of_them(
    client: Client, ada: Employee, daisy: Profile, anna: Profile
) -> None:
    holding = actions.register_company(NewCompany(name="Сад", inn="7736050003"), by=SYSTEM, at=NOON)
    new = NewRelation(kind="subsidiary", first_id=daisy.pk, second_id=holding.pk)
    relations.relate(new, by=SYSTEM, at=NOON)
    address = f"{reverse('customers:download', args=['csv'])}?kind=company&all=yes&sort=name"

    answer = login(client, ada).get(address)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]

    rows = [dict(zip(lines[0].split(";"), line.split(";"), strict=True)) for line in lines[1:]]
    assert [row["Customer"] for row in rows] == ["ООО Ромашка", "Сад"]
    told = {
        "INN": "7707083893",
        "KPP": "773601001",
        "Kind of company": "Legal entity",
        "Parent company": "Сад",
    }
    assert rows[0].items() >= told.items() and rows[1]["Parent company"] == ""
