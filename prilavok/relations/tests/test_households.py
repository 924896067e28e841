"""People who keep house together: one household at a time, seen as one customer, left with a history."""

from datetime import date

import pytest
from django.test import Client

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers.models import Profile
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.relations import actions, queries
from prilavok.relations.models import Membership
from prilavok.relations.tests.conftest import Named, send
from tests.cast import NOON, login


@pytest.fixture
def oleg_calls(client: Client, oleg: Employee) -> Client:
    return login(client, oleg)


def test_a_household_is_made_joined_and_left(oleg_calls: Client, anna: Profile, person: Named) -> None:
    petya, ivan = person("Петя", birth_date=date(2015, 6, 1)), person("Иван")
    made = send(
        oleg_calls,
        "post",
        "/households",
        {"head": str(anna.public_id), "members": [{"customer": str(petya.public_id), "part": "child"}]},
    )
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["name"], told["head"]) == ("Ковалёва Анна Петровна", str(anna.public_id))
    assert [one["birth_date"] for one in told["members"]] == ["1987-03-08", "2015-06-01"]

    address = f"/households/{told['id']}"
    send(oleg_calls, "post", f"{address}/members", {"customer": str(ivan.public_id), "part": "spouse"})
    gone = send(oleg_calls, "delete", f"{address}/members/{petya.public_id}").json()
    assert [one["customer"]["name"] for one in gone["members"]] == ["Ковалёва Анна Петровна", "Иван"]
    assert [one["customer"]["name"] for one in gone["left"]] == ["Петя"]
    assert oleg_calls.get(f"/api/v1/customers/{petya.public_id}/household").status_code == 404


def test_the_head_leaves_only_after_another_was_named(
    oleg_calls: Client, anna: Profile, person: Named
) -> None:
    ivan = person("Иван")
    household = actions.make_household(head_id=anna.pk, members=[(ivan.pk, "spouse")], by=SYSTEM, at=NOON)
    address = f"/households/{household.public_id}"

    assert send(oleg_calls, "delete", f"{address}/members/{anna.public_id}").json()["code"] == "head_stays"
    send(oleg_calls, "put", f"{address}/head", {"customer": str(ivan.public_id)})
    assert send(oleg_calls, "delete", f"{address}/members/{anna.public_id}").json()["head"] == str(
        ivan.public_id
    )


def test_nobody_lives_in_two_households_even_as_two_records(
    oleg_calls: Client, anna: Profile, person: Named, firm: Named
) -> None:
    anya, ivan = person("Аня"), person("Иван")
    actions.make_household(head_id=anya.pk, by=SYSTEM, at=NOON)
    customers.merge(profile_id=anna.pk, other_id=anya.pk, by=SYSTEM, at=NOON)

    answer = send(oleg_calls, "post", "/households", {"head": str(anna.public_id)})
    assert (answer.status_code, answer.json()["code"]) == (409, "in_another_household")
    daisy = firm("Ромашка")
    both = {"head": str(ivan.public_id), "members": [{"customer": str(daisy.public_id)}]}
    assert send(oleg_calls, "post", "/households", both).json()["code"] == "persons_only"
    assert Membership.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_erasing_takes_a_person_out(anna: Profile, person: Named) -> None:
    petya = person("Петя")
    made = actions.make_household(
        head_id=anna.pk, name="Ковалёвы", members=[(petya.pk, "child")], by=SYSTEM, at=NOON
    )
    customers.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    journal.deliver()

    whole = queries.whole(made.public_id, SYSTEM)
    assert (whole.called, [one.profile_id for one in whole.members]) == ("", [petya.pk])


def test_the_stranger_makes_no_household(client: Client, max_stranger: Employee, anna: Profile) -> None:
    login(client, max_stranger)
    assert send(client, "post", "/households", {"head": str(anna.public_id)}).status_code == 403
