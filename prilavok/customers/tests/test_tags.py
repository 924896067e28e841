"""Words that people put on customers: on the card, in files and by the API; renamed, merged, deleted and taken back."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee, Shop
from prilavok.customers import actions, queries
from prilavok.customers.models import Profile, Tag, Tagging
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, login

HTMX = {"HX-Request": "true"}


@pytest.fixture
def boris(shop_on_lenina: Shop) -> Profile:
    new = NewCustomer(last_name="Орлов", phone="+79035550011", shop_id=shop_on_lenina.pk, tags=("Опт",))
    return actions.register(new, by=SYSTEM, at=NOON)


def names(profile: Profile) -> list[str]:
    return [one.name for one in queries.tags_of([profile.pk], SYSTEM).get(profile.pk, [])]


def put(profile: Profile, *tags: str) -> list[Tag]:
    return actions.tag(profile_id=profile.pk, names=tags, by=SYSTEM, at=NOON)


def found(by: Employee, tag: Tag) -> set[int]:
    return {one.pk for one in queries.listed(actor(by), wanted={"tag": str(tag.pk)})}


def test_oleg_tags_anna_on_the_card_and_takes_it_back(client: Client, anna: Profile, oleg: Employee) -> None:
    login(client, oleg)
    answer = client.post(reverse("customers:tag", args=[anna.public_id]), {"tag": "VIP, лето"}, headers=HTMX)
    assert "VIP" in answer.content.decode() and names(anna) == ["VIP", "лето"]
    client.post(reverse("customers:tag", args=[anna.public_id]), {"tag": "vip"}, headers=HTMX)
    assert Tagging.objects.count() == 2  # whatever the case
    vip = Tag.objects.get(name="VIP")
    assert "VIP" in client.get(reverse("customers:tag_offers"), {"tag": "x, v"}).content.decode()
    gone = client.post(reverse("customers:untag", args=[anna.public_id, vip.pk]), headers=HTMX)
    assert names(anna) == ["лето"]
    client.post(json.loads(gone.headers["HX-Trigger"])["toasts"][0]["undo"], headers=HTMX)
    assert names(anna) == ["VIP", "лето"]
    told = [
        (one.field, one.before, one.after, one.by)
        for one in queries.history([anna.pk], actor(oleg), fields=["tag"])
    ]
    assert sorted(told) == sorted(
        [
            ("tag", "", "VIP", "Oleg"),
            ("tag", "", "лето", "Oleg"),
            ("tag", "VIP", "", "Oleg"),
            ("tag", "", "VIP", "Oleg"),
        ]
    )
    bad = client.post(reverse("customers:tag", args=[anna.public_id]), {"tag": "x" * 51}, headers=HTMX)
    assert json.loads(bad.headers["HX-Trigger"])["toasts"][0]["bad"]


def test_tags_are_read_through_merges_of_people(anna: Profile, boris: Profile, oleg: Employee) -> None:
    put(anna, "VIP")
    wholesale = Tag.objects.get(name="Опт")
    merge = actions.merge(profile_id=anna.pk, other_id=boris.pk, by=SYSTEM, at=NOON)
    assert names(anna) == ["VIP", "Опт"] and found(oleg, wholesale) == {anna.pk}
    actions.undo_merge(merge_id=merge.pk, by=SYSTEM, at=NOON)
    assert (names(anna), names(boris)) == (["VIP"], ["Опт"])


def test_two_tags_become_one_and_two_again(
    client: Client, anna: Profile, boris: Profile, ada: Employee
) -> None:
    (retail,) = put(anna, "Розница")
    wholesale = Tag.objects.get(name="Опт")
    login(client, ada)
    page = reverse("customers:tag_settings", args=[wholesale.pk])
    client.post(page, {"name": "Опт", "colour": "bad", "into": retail.pk})
    assert names(boris) == ["Розница"] and found(ada, retail) == {anna.pk, boris.pk}
    assert queries.numbers_of_tags([retail]) == {retail.pk: 2}
    client.post(reverse("customers:restore_tag", args=[wholesale.pk]))
    assert names(boris) == ["Опт"]
    client.post(reverse("customers:delete_tag", args=[retail.pk]))
    assert names(anna) == [] and not found(ada, retail)
    client.post(reverse("customers:restore_tag", args=[retail.pk]))
    assert names(anna) == ["Розница"]
    assert client.post(page, {"name": "розница", "colour": "bad"}).status_code == 422
    assert "Розница" in client.get(reverse("customers:tags")).content.decode()


def test_a_program_and_a_file_tag_too(
    client: Client, anna: Profile, oleg: Employee, max_stranger: Employee
) -> None:
    def send(method: str, path: str, body: Any = None) -> Any:
        headers = {"Idempotency-Key": str(uuid4())}
        return client.generic(
            method, f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )

    login(client, oleg)
    made = send("POST", f"/customers/{anna.public_id}/tags", {"names": ["VIP"]})
    assert (made.status_code, [one["name"] for one in made.json()]) == (201, ["VIP"])
    tag = made.json()[0]["id"]
    items = client.get(f"/api/v1/customers?tag={tag}").json()["items"]
    assert [one["tags"][0]["name"] for one in items] == ["VIP"]
    assert send("DELETE", f"/customers/{anna.public_id}/tags/{tag}").status_code == 204
    assert send("DELETE", f"/customers/{anna.public_id}/tags/{tag}").status_code == 404
    assert send("PUT", f"/tags/{tag}", {"name": "X"}).status_code == 403
    rows = [
        NewCustomer(external_id="anna", tags=("лето", "Опт")),
        NewCustomer(external_id="new", tags=("лето",)),
    ]
    actions.load_customers(rows, by=SYSTEM, at=NOON)
    assert names(anna) == ["лето", "Опт"] and Tagging.objects.count() == 3
    login(client, max_stranger)
    assert send("POST", f"/customers/{anna.public_id}/tags", {"names": ["VIP"]}).status_code == 403


def test_an_erased_customer_has_no_tags(anna: Profile) -> None:
    put(anna, "VIP")
    actions.erase(profile_id=anna.pk, by=SYSTEM, at=NOON)
    assert not Tagging.objects.exists()
