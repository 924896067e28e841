"""Side by side, merged, taken back: the supervisor's way through likely duplicates."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.customers import actions, queries
from prilavok.customers.models import Candidate, IdentifierKind, Profile, Quarantine
from prilavok.customers.ports import NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, login


@pytest.fixture
def pair(the_company: None) -> tuple[Profile, Profile, Candidate]:
    anna = actions.register(
        NewCustomer(first_name="Анна", last_name="Ковалёва", phone="+79161234567"), by=SYSTEM, at=NOON
    )
    anya = actions.register(
        NewCustomer(first_name="Аня", last_name="Ковалева", phone="+79161234567", sex="f"), by=SYSTEM, at=NOON
    )
    found = actions.propose(anna.pk, anya.pk, score=0.97, reasons=["phone_same"], source="batch", at=NOON)
    assert found
    return anna, anya, found


@pytest.fixture
def supervisor(ada, client: Client) -> Client:
    return login(client, ada)


def test_a_pair_is_looked_at_and_merged_and_taken_back(pair, supervisor: Client) -> None:
    anna, anya, _found = pair
    queue = supervisor.get("/customers/duplicates/").content.decode()
    assert "Ковалёва Анна" in queue and "the same phone" in queue and "97" in queue

    address = reverse("customers:compare", args=[anna.public_id, anya.public_id])
    page = supervisor.get(address).content.decode()
    assert "Аня" in page and "Will be shown" in page
    chosen = supervisor.get(address, {"first_name": "take"}).content.decode()
    assert 'id="shown-first_name">Аня' in chosen

    done = supervisor.post(address, {"first_name": "take"}, follow=True).content.decode()
    assert "Ковалёва Аня" in done and "Merged" in done
    assert supervisor.get(reverse("customers:card", args=[anya.public_id])).headers["Location"] == reverse(
        "customers:card", args=[anna.public_id]
    )
    assert Candidate.objects.get().state == "merged"
    made = queries.merges_of([anna.pk], SYSTEM)[0]
    panel = supervisor.get(reverse("customers:merges", args=[anna.public_id])).content.decode()
    assert "by hand, side by side" in panel
    supervisor.post(reverse("customers:unmerge", args=[made.public_id]))
    assert queries.heads_of([anya.pk])[anya.pk] == anya.pk


def test_what_a_customer_is_known_by_is_linked_and_unlinked_by_hand(pair, oleg, client: Client) -> None:
    anna, anya, _found = pair
    login(client, oleg)
    panel = reverse("customers:merges", args=[anna.public_id])
    refused = client.post(panel, {"kind": "wifi", "value": "not a MAC", "proof": "verified"})
    assert refused.status_code == 422 and "not a MAC" in refused.content.decode()  # what was typed is kept
    client.post(panel, {"kind": "rfid", "value": "e2:00:34:12", "proof": "verified"})
    client.post(panel, {"kind": "telegram", "value": "@anna_k", "proof": "claimed"})
    held = {one.kind: one for one in queries.identifiers_of([anna.pk], SYSTEM)[anna.pk]}
    assert (held["rfid"].proof, held["telegram"].proof) == ("verified", "claimed")

    other = reverse("customers:merges", args=[anya.public_id])
    taken = client.post(other, {"kind": "rfid", "value": "E2003412", "proof": "verified"})
    assert taken.status_code == 422
    client.post(other, {"kind": "rfid", "value": "E2003412", "proof": "claimed"})
    assert {"code": "rfid_claimed"} in Candidate.objects.get().reasons  # somebody looks whether they are one
    wrong = reverse("customers:unlink", args=[anya.public_id, held["rfid"].pk])
    assert client.post(wrong).status_code == 404
    gone = client.post(reverse("customers:unlink", args=[anna.public_id, held["rfid"].pk]))
    assert gone.status_code == 200
    assert client.post(other, {"kind": "rfid", "value": "E2003412", "proof": "verified"}).status_code == 200
    client.post(reverse("customers:unlink", args=[anya.public_id, _rfid(anya)]))
    undo = next(iter(client.session["customers.undo"]))
    client.post(reverse("customers:undo", args=[anna.public_id, undo]))
    assert _rfid(anna)


def _rfid(profile: Profile) -> int:
    found = queries.identifiers_of([profile.pk], SYSTEM)[profile.pk]
    return next(one.pk for one in found if one.kind == "rfid")


def test_different_people_are_not_offered_again_unless_undecided(pair, supervisor: Client) -> None:
    anna, anya, found = pair
    supervisor.post(reverse("customers:verdicts", args=[found.public_id, "apart"]))
    assert "Nobody waits here" in supervisor.get("/customers/duplicates/").content.decode()
    assert (
        actions.propose(anna.pk, anya.pk, score=0.99, reasons=["email_same"], source="batch", at=NOON) is None
    )
    supervisor.post(reverse("customers:verdicts", args=[found.public_id, "open"]))
    assert "Ковалёва Анна" in supervisor.get("/customers/duplicates/").content.decode()


def test_the_other_record_is_found_from_the_card(pair, supervisor: Client) -> None:
    anna, anya, _found = pair
    address = reverse("customers:partners", args=[anna.public_id])
    assert "Ковалева Аня" in supervisor.get(address).content.decode()  # the likely one stands there at once
    assert (
        reverse("customers:compare", args=[anna.public_id, anya.public_id])
        in supervisor.get(address, {"q": "Ковалева"}).content.decode()
    )


def test_merging_is_not_for_everybody(pair, oleg, client: Client) -> None:
    anna, anya, found = pair
    login(client, oleg)
    for address in (
        "/customers/duplicates/",
        reverse("customers:compare", args=[anna.public_id, anya.public_id]),
        reverse("customers:partners", args=[anna.public_id]),
        "/settings/quarantine/",
    ):
        assert client.get(address).status_code == 403, address
    assert client.post(reverse("customers:verdicts", args=[found.public_id, "apart"])).status_code == 403


def test_kinds_are_compared_changed_and_restored(the_company: None, supervisor: Client) -> None:
    page = supervisor.get("/settings/identifiers/").content.decode()
    assert "Always in the wallet" in page and "where to write" in page
    supervisor.post("/settings/identifiers/new/", KIND | {"code": "ozon", "name": "Ozon"})
    assert "Ozon" in supervisor.get("/settings/identifiers/").content.decode()
    supervisor.post("/settings/identifiers/card/", KIND | {"name": "Plastic", "shape": "ean13"})
    assert "Plastic" in supervisor.get("/settings/identifiers/").content.decode()
    supervisor.post("/settings/identifiers/vk/", KIND | {"name": "VK"})
    assert IdentifierKind.objects.get(pk="vk").name == ""  # as it was shown: it stays translated
    supervisor.post("/settings/identifiers/card/restoration/")
    assert "Plastic" not in supervisor.get("/settings/identifiers/").content.decode()


KIND = {
    "shape": "text",
    "min_length": 1,
    "max_length": 20,
    "shared_by": 5,
    "family": "contact",
    "exclusive": "on",
    "active": "on",
}


def test_a_value_is_quarantined_and_released_by_hand(pair, supervisor: Client) -> None:
    refused = supervisor.post("/settings/quarantine/", {"kind": "phone", "value": "nonsense"})
    assert refused.status_code == 422 and "not a phone number" in refused.content.decode()
    supervisor.post("/settings/quarantine/", {"kind": "phone", "value": "8 916 123-45-67"})
    page = supervisor.get("/settings/quarantine/").content.decode()
    assert "+79161234567" in page and "put here by hand" in page
    supervisor.post(reverse("customers:release", args=[Quarantine.objects.get().pk]))
    assert "+79161234567" not in supervisor.get("/settings/quarantine/").content.decode()


def test_likely_duplicates_are_found_in_the_base(pair) -> None:
    Candidate.objects.all().delete()
    for number in range(30):
        actions.register(
            NewCustomer(
                first_name=f"Имя{number}", last_name=f"Фамилия{number}", phone=f"+7916000{number:04}"
            ),
            by=SYSTEM,
            at=NOON,
        )
    assert actions.look_for_duplicates() >= 1
    anna, anya, _found = pair
    assert Candidate.objects.filter(left=anna, right=anya).exists()
    assert actions.look_for_duplicates() == 0  # the same base again: nothing new


def test_how_sure_it_is_is_told_by_what_people_judged(pair, supervisor: Client) -> None:
    anna, _anya, found = pair
    assert "Nobody has judged a pair yet" in supervisor.get("/customers/duplicates/quality/").content.decode()
    third = actions.register(NewCustomer(first_name="Анна", last_name="Котова"), by=SYSTEM, at=NOON)
    wrong = actions.propose(anna.pk, third.pk, score=0.6, reasons=["first_same"], source="batch", at=NOON)
    assert wrong
    actions.decide_apart(public_id=wrong.public_id, by=SYSTEM, at=NOON)
    made = actions.merge_candidate(public_id=found.public_id, by=SYSTEM, at=NOON)
    actions.undo_merge(merge_id=made.pk, by=SYSTEM, at=NOON)

    told = queries.quality(SYSTEM)
    assert [(band.one, band.apart) for band in told.bands] == [(0, 0), (1, 0), (0, 0), (0, 1)]
    assert (told.right, told.merges) == (0.5, {"review": (1, 1)})
    assert (
        "Of 2 pairs that people have judged"
        in supervisor.get("/customers/duplicates/quality/").content.decode()
    )


def test_the_company_says_once_how_fields_are_settled(pair, supervisor: Client) -> None:
    anna, anya, found = pair
    asked = supervisor.get("/settings/merging/").content.decode()
    assert "the longer one" in asked
    rules = {
        "last_name": "fill",
        "first_name": "take",
        "middle_name": "fill",
        "sex": "keep",
        "birth_date": "latest",
    }
    assert supervisor.post("/settings/merging/", rules).status_code == 302
    address = reverse("customers:compare", args=[anna.public_id, anya.public_id])

    page = supervisor.get(address).content.decode()
    assert 'id="shown-first_name">Аня' in page and page.count("<option") >= 10
    assert 'id="shown-first_name">Анна' in supervisor.get(address, {"first_name": "longest"}).content.decode()
    made = actions.merge_candidate(public_id=found.public_id, by=SYSTEM, at=NOON)

    assert made.modes == {"first_name": "take", "sex": "keep", "birth_date": "latest"}
    anna.person.refresh_from_db()
    assert (anna.person.first_name, anna.person.sex) == ("Аня", "")


def test_rules_of_merging_by_the_api_are_asked_for_and_changed(
    supervisor: Client, klara, client: Client
) -> None:
    def put(modes: dict[str, str], key: str) -> Any:
        return supervisor.put(
            "/api/v1/merge-rules", {"modes": modes}, content_type="application/json",
            headers={"Idempotency-Key": key},
        )  # fmt: skip

    assert {one["mode"] for one in supervisor.get("/api/v1/merge-rules").json()} == {"fill"}
    changed = {one["field"]: one["mode"] for one in put({"first_name": "longest"}, "m1").json()}
    assert changed["first_name"] == "longest" and changed["sex"] == "fill"
    assert put({"own.nothing": "take"}, "m2").status_code == 200
    assert put({"nothing": "take"}, "m3").json()["code"] == "unknown_mode"
    login(client, klara)
    assert client.get("/settings/merging/").status_code == 403
    assert client.get("/api/v1/merge-rules").status_code == 403
