"""Relations on pages: the tab of the card, the holding, the household, the kinds in the settings."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.relations import actions, queries
from prilavok.relations.models import Household, Relation
from prilavok.relations.tests.conftest import Named, related
from tests.cast import NOON, login


@pytest.fixture
def oleg_calls(client: Client, oleg: Employee) -> Client:
    return login(client, oleg)


def tab(profile: Profile) -> str:
    return reverse("relations:of_customer", args=[profile.public_id])


def test_the_other_one_is_named_by_what_is_known_of_them(
    oleg_calls: Client, anna: Profile, person: Named
) -> None:
    petya = person("Петя")
    page = oleg_calls.post(tab(anna), {"what": "parent:second", "whom": "петя", "since": "2015-06-01"})

    assert page.status_code == 200
    assert "Петя" in page.content.decode() and "Child" in page.content.decode()
    made = Relation.objects.get()
    assert (made.first_id, made.second_id) == (anna.pk, petya.pk)
    assert "Parent" in oleg_calls.get(tab(petya)).content.decode()


def test_where_several_are_like_that_the_form_asks_which(
    oleg_calls: Client, anna: Profile, person: Named
) -> None:
    first, second = person("Петя"), person("Петя")
    typed = {"what": "parent:second", "whom": "петя"}
    asked = oleg_calls.post(tab(anna), typed)
    assert asked.status_code == 422
    assert all(str(one.public_id) in asked.content.decode() for one in (first, second))
    assert not Relation.objects.exists()

    oleg_calls.post(tab(anna), typed | {"other": str(second.public_id)})
    assert Relation.objects.get().second_id == second.pk
    nobody = oleg_calls.post(tab(anna), typed | {"whom": "no such"})
    assert (nobody.status_code, "Nobody is like that" in nobody.content.decode()) == (422, True)


def test_a_relation_is_ended_taken_back_corrected_and_taken_away(
    oleg_calls: Client, anna: Profile, firm: Named
) -> None:
    made = related("employee", anna, firm("Ромашка"))
    act = {
        name: reverse(f"relations:{name}", args=[anna.public_id, made.public_id])
        for name in ("relation", "ending", "removal")
    }

    oleg_calls.post(act["relation"], {"position": "Director", "since": "2020-01-01", "until": ""})
    assert "Director" in oleg_calls.get(tab(anna)).content.decode()
    oleg_calls.post(act["ending"])
    assert "Ended relations" in oleg_calls.get(tab(anna)).content.decode()
    oleg_calls.post(act["ending"])
    made.refresh_from_db()
    assert (made.until, made.position) == (None, "Director")

    oleg_calls.post(act["removal"])
    token = next(iter(oleg_calls.session["relations.undo"]))
    assert not Relation.objects.exists()
    oleg_calls.post(reverse("relations:restoration", args=[anna.public_id, token]))
    assert Relation.objects.get().position == "Director"


def test_what_ends_at_night_ends_on_the_companys_day(
    oleg_calls: Client, anna: Profile, firm: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = related("employee", anna, firm("Ромашка"))
    night = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # half past one of the 23rd in Moscow
    monkeypatch.setattr(clock, "now", lambda: night)

    oleg_calls.post(reverse("relations:ending", args=[anna.public_id, made.public_id]))

    made.refresh_from_db()
    assert made.until == date(2026, 11, 23)
    assert "Ended relations" in oleg_calls.get(tab(anna)).content.decode()


def test_a_company_shows_its_committee_with_roles(
    oleg_calls: Client, anna: Profile, person: Named, firm: Named
) -> None:
    daisy = firm("Ромашка")
    related("committee", anna, daisy, role="decides", position="CFO")
    related("committee", person("Пётр"), daisy, role="signs")
    page = oleg_calls.get(tab(daisy)).content.decode()

    assert "Buying committee" in page and "Decides" in page and "Signs" in page and "CFO" in page


def test_a_holding_is_drawn_from_its_top(oleg_calls: Client, firm: Named) -> None:
    garden, daisy = firm("Сад"), firm("Ромашка")
    related("subsidiary", daisy, garden)
    page = oleg_calls.get(reverse("relations:holding", args=[daisy.public_id])).content.decode()

    assert page.index("Сад") < page.rindex("Ромашка")
    assert "2 companies" in page and "holding-here" in page and "Revenue" in page


def test_a_household_lives_on_its_page(oleg_calls: Client, anna: Profile, person: Named) -> None:
    petya = person("Петя")
    made = oleg_calls.post(reverse("relations:make_household", args=[anna.public_id]), {"name": "Ковалёвы"})
    address = made.headers["Location"]
    assert oleg_calls.post(address, {"whom": "петя", "part": "child"}).status_code == 302
    page = oleg_calls.get(address).content.decode()
    assert "Ковалёвы" in page and "Петя" in page and "Revenue" in page

    household = Household.objects.get()
    refused = oleg_calls.post(address, {"whom": "петя", "part": "child"})
    assert (refused.status_code, "another household" in refused.content.decode()) == (422, True)
    oleg_calls.post(reverse("relations:heading", args=[household.public_id, petya.public_id]))
    oleg_calls.post(reverse("relations:leaving", args=[household.public_id, anna.public_id]))
    oleg_calls.post(reverse("relations:household_name", args=[household.public_id]), {"name": ""})
    whole = queries.whole(household.public_id, SYSTEM)
    assert (whole.called, len(whole.members), len(whole.left)) == ("Петя", 1, 1)


def test_kinds_stand_in_the_settings(client: Client, ada: Employee) -> None:
    login(client, ada)
    new = {"code": "guarantor", "name": "Guarantor", "back": "Debtor", "first": "any", "second": "any"}
    client.post(reverse("relations:new_kind"), new | {"active": "on"})
    client.post(reverse("relations:kind", args=["parent"]), {"name": "Mum", "back": "Child", "active": "on"})
    page = client.get(reverse("relations:kinds")).content.decode()

    assert "Guarantor" in page and "Mum" in page
    assert queries.kinds()["parent"].back == ""  # left as it was shown: it stays translated


def test_the_stranger_opens_nothing(client: Client, max_stranger: Employee, anna: Profile) -> None:
    login(client, max_stranger)
    household = actions.make_household(head_id=anna.pk, by=SYSTEM, at=NOON)
    for address in (tab(anna), reverse("relations:household", args=[household.public_id])):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("employee:first", {"Ковалёва Анна Петровна"}),
        ("employee:second", {"Ромашка"}),
        ("partner:first", {"Ромашка", "Сад"}),
        ("household:head", {"Ковалёва Анна Петровна"}),
        ("no_such:first", set()),
    ],
)
def test_the_list_is_narrowed_to_what_customers_are_to_others(
    value: str, found: set[str], oleg_calls: Client, anna: Profile, firm: Named, person: Named
) -> None:
    daisy, anya = firm("Ромашка"), person("Аня")
    related("employee", anya, daisy)
    related("partner", daisy, firm("Сад"))
    actions.make_household(head_id=anna.pk, by=SYSTEM, at=NOON)
    customers.merge(profile_id=anna.pk, other_id=anya.pk, by=SYSTEM, at=NOON)

    page = oleg_calls.get(reverse("customers:list"), {"relation": value}).content.decode()
    assert {name for name in ("Ковалёва Анна Петровна", "Ромашка", "Сад") if name in page} == found
