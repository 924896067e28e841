"""Who is what to whom: read in both directions, refused where it makes no sense, seen through merges."""

from datetime import date

import pytest
from django.test import Client

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.relations import queries
from prilavok.relations.models import Relation
from prilavok.relations.problems import RelatedAlready, ToOneself
from prilavok.relations.tests.conftest import Named, related, send
from tests.cast import NOON, login


@pytest.fixture
def oleg_calls(client: Client, oleg: Employee) -> Client:
    return login(client, oleg)


def test_a_relation_is_read_on_both_sides_each_with_its_word(
    oleg_calls: Client, anna: Profile, firm: Named
) -> None:
    daisy = firm("Ромашка")
    made = send(
        oleg_calls,
        "post",
        "/relations",
        {
            "kind": "employee",
            "first": str(anna.public_id),
            "second": str(daisy.public_id),
            "position": "Director",
            "since": "2020-01-01",
        },
    )
    assert made.status_code == 201, made.content

    [of_anna] = oleg_calls.get(f"/api/v1/customers/{anna.public_id}/relations").json()
    [of_daisy] = oleg_calls.get(f"/api/v1/customers/{daisy.public_id}/relations").json()
    assert (of_anna["what"], of_anna["other"]["name"], of_anna["position"]) == (
        "Employer",
        "Ромашка",
        "Director",
    )
    assert (of_daisy["what"], of_daisy["other"]["id"]) == ("Employee", str(anna.public_id))

    address = f"/relations/{made.json()['id']}"
    assert send(oleg_calls, "patch", address, {"until": "2019-01-01"}).json()["field"] == "until"
    assert send(oleg_calls, "patch", address, {"until": "2026-01-31"}).status_code == 200
    assert oleg_calls.get(f"/api/v1/customers/{anna.public_id}/relations").json()[0]["ended"]
    assert send(oleg_calls, "delete", address).status_code == 204
    assert not Relation.objects.exists()


@pytest.mark.parametrize(
    ("kind", "first", "second", "status", "code"),
    [
        ("parent", "anna", "anna", 422, "to_oneself"),
        ("parent", "anna", "daisy", 422, "wrong_side"),
        ("employee", "daisy", "anna", 422, "wrong_side"),
        ("no_such", "anna", "petya", 422, "unknown_kind"),
        ("parent", "anna", "nobody", 422, "unknown_customer"),
        ("spouse", "petya", "anna", 409, "related_already"),
    ],
)
def test_what_makes_no_sense_is_refused(
    kind: str, first: str, second: str, status: int, code: str,
    oleg_calls: Client, anna: Profile, person: Named, firm: Named,
) -> None:  # fmt: skip
    cast = {"anna": anna.public_id, "petya": person("Петя").public_id, "daisy": firm("Ромашка").public_id}
    cast["nobody"] = type(anna.public_id)(int=7)
    related("spouse", anna, Profile.objects.get(public_id=cast["petya"]))
    body = {"kind": kind, "first": str(cast[first]), "second": str(cast[second])}

    answer = send(oleg_calls, "post", "/relations", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Relation.objects.count() == 1


def test_a_role_belongs_to_a_committee(anna: Profile, firm: Named, oleg_calls: Client) -> None:
    daisy = firm("Ромашка")
    body = {"first": str(anna.public_id), "second": str(daisy.public_id), "role": "decides"}

    wrong = send(oleg_calls, "post", "/relations", body | {"kind": "employee"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "role")
    right = send(oleg_calls, "post", "/relations", body | {"kind": "committee", "position": "CFO"})
    assert (right.status_code, right.json()["role"]) == (201, "decides")


def test_relations_are_read_through_merges_and_undoing(anna: Profile, person: Named, firm: Named) -> None:
    anya, petya = person("Аня"), person("Петя")
    related("parent", anya, petya)
    merge = customers.merge(profile_id=anna.pk, other_id=anya.pk, by=SYSTEM, at=NOON)

    [tie] = queries.ties(anna.pk, SYSTEM)
    assert (tie.first, tie.other_id) == (True, petya.pk)
    with pytest.raises(RelatedAlready):
        related("parent", anna, petya)
    with pytest.raises(ToOneself):
        related("spouse", anna, anya)
    customers.undo_merge(merge_id=merge.pk, by=SYSTEM, at=NOON)
    assert queries.ties(anna.pk, SYSTEM) == []


def test_two_who_turn_out_to_be_one_are_not_related_to_themselves(anna: Profile, person: Named) -> None:
    twin = person("Анна")
    related("relative", anna, twin)
    customers.merge(profile_id=anna.pk, other_id=twin.pk, by=SYSTEM, at=NOON)

    assert queries.ties(anna.pk, SYSTEM) == []


@pytest.mark.django_db(transaction=True)
def test_erasing_takes_relations_and_the_archive_tells_no_names(anna: Profile, person: Named) -> None:
    petya = person("Петя", birth_date=date(2015, 6, 1))
    related("parent", anna, petya)
    [section] = [one for one in customer_queries.archive(petya.public_id, SYSTEM) if one.key == "relations"]
    assert section.rows[0]["other_is"] and "Анна" not in str(section.rows)

    customers.erase(profile_id=petya.pk, by=SYSTEM, at=NOON)
    journal.deliver()
    assert not Relation.objects.exists()


def test_both_timelines_tell_of_it(anna: Profile, person: Named, oleg_calls: Client) -> None:
    petya = person("Петя")
    related("parent", anna, petya)

    lines = [
        oleg_calls.get(f"/api/v1/customers/{one.public_id}/timeline").json()["items"][0]["text"]
        for one in (anna, petya)
    ]
    assert ["Child" in lines[0], "Parent" in lines[1]] == [True, True]


def test_kinds_are_renamed_made_and_put_out_of_use(client: Client, ada: Employee, anna: Profile) -> None:
    login(client, ada)
    assert send(client, "put", "/relation-kinds/parent", {"name": "Mum or dad"}).json()["back"] == "Child"
    assert send(client, "put", "/relation-kinds/guarantor", {"name": "Guarantor"}).json()["field"] == "back"
    made = send(client, "put", "/relation-kinds/guarantor", {"name": "Guarantor", "back": "Debtor"})
    assert made.status_code == 200
    send(client, "put", "/relation-kinds/guarantor", {"active": False})
    body = {"kind": "guarantor", "first": str(anna.public_id), "second": str(anna.public_id)}
    assert send(client, "post", "/relations", body).json()["code"] == "unknown_kind"
    known = {kind["code"]: kind for kind in client.get("/api/v1/relation-kinds").json()}
    assert (known["parent"]["name"], known["guarantor"]["active"]) == ("Mum or dad", False)


def test_the_stranger_sees_and_writes_nothing(client: Client, max_stranger: Employee, anna: Profile) -> None:
    login(client, max_stranger)
    assert client.get(f"/api/v1/customers/{anna.public_id}/relations").status_code == 403
    body = {"kind": "spouse", "first": str(anna.public_id), "second": str(anna.public_id)}
    assert send(client, "post", "/relations", body).status_code == 403
