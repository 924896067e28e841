"""Whoever asks to be forgotten is: who they were goes and no file brings them back; what was sold stays counted."""

import io
import json
import zipfile
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, Contact, Identifier, Person, Profile, Tombstone
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON, actor, login

WHO = NewCustomer(
    external_id="vera",
    first_name="Вера",
    last_name="Забудова",
    birth_date=date(1990, 5, 1),
    email="vera@example.org",
    phone="+79161230000",
    cards=("29001",),
    consents=(NewConsent(channel="email", source="site", ip="203.0.113.7", proof="letter 17"),),
)


@pytest.fixture
def vera(the_company: None) -> Profile:
    return actions.register(WHO, by=SYSTEM, at=NOON)


def erase(profile: Profile) -> None:
    actions.erase(profile_id=profile.pk, by=SYSTEM, at=NOON)


def test_nothing_says_any_more_who_it_was(vera: Profile) -> None:
    erase(vera)

    person = Person.objects.get(pk=vera.person_id)
    assert (person.full_name, person.birth_date, person.told) == ("", None, None)
    assert not Contact.objects.exists() and not Identifier.objects.exists()
    line = Consent.objects.get()
    assert (line.given, line.ip, line.proof) == (True, None, "")
    assert queries.get(vera.public_id, SYSTEM).status == "erased"
    kept = " ".join(str(value) for value in StoredEvent.objects.values_list("body", flat=True))
    assert "Забудова" not in kept and "vera@" not in kept
    assert not any(
        "29001" in stone or "vera" in stone for stone in Tombstone.objects.values_list("digest", flat=True)
    )


def test_no_file_brings_them_back(vera: Profile) -> None:
    erase(vera)
    for again in (WHO, NewCustomer(first_name="В", email="VERA@example.org"), NewCustomer(cards=("2900-1",))):
        loaded = actions.load_customers([again, NewCustomer(external_id="boris")], by=SYSTEM, at=NOON)
        assert [(one.index, one.code) for one in loaded.rejects] == [(0, "erased")]
    assert Profile.objects.standing().count() == 1  # Boris


def test_whoever_comes_back_in_person_is_a_new_customer(vera: Profile) -> None:
    erase(vera)
    again = actions.register(WHO, by=SYSTEM, at=NOON)

    assert again != vera and queries.get(vera.public_id, SYSTEM).status == "erased"
    assert actions.load_customers([WHO], by=SYSTEM, at=NOON).known == 1


def test_all_records_of_the_person_are_erased(vera: Profile) -> None:
    other = actions.register(
        NewCustomer(external_id="v2", first_name="Верочка", phone="+79160000001"), by=SYSTEM, at=NOON
    )
    actions.merge(profile_id=vera.pk, other_id=other.pk, by=SYSTEM, at=NOON)
    erase(other)

    assert not Person.objects.exclude(first_name="").exists() and not Contact.objects.exists()
    assert not queries.listed(SYSTEM).standing().exists()


def test_who_was_erased_is_not_written_to_and_not_changed(vera: Profile) -> None:
    erase(vera)
    assert queries.why_unreachable([vera.pk], "email") == {vera.pk: "erased"}
    with pytest.raises(actions.NotForErased):
        actions.add_contact(profile_id=vera.pk, value="new@example.org", by=SYSTEM, at=NOON)
    with pytest.raises(actions.NotForErased):
        erase(vera)


def test_the_archive_has_everything_and_can_be_read(vera: Profile, ada, client: Client) -> None:
    answer = login(client, ada).get(reverse("customers:archive", args=[vera.public_id]))
    packed = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    data = json.loads(packed.read("data.json"))

    assert {
        "person",
        "contacts",
        "identifiers",
        "consents",
        "receipts",
        "messages",
        "coupons",
        "timeline",
    } <= set(data)
    assert data["consents"][0]["proof"] == "letter 17"
    page = packed.read("index.html").decode()
    assert "Забудова" in page and "+79161230000" in page


def test_erasing_asks_for_the_name(vera: Profile, ada, client: Client) -> None:
    address = reverse("customers:erase", args=[vera.public_id])
    assert "cannot be undone" in login(client, ada).get(address).content.decode()
    assert client.post(address, {"typed": "Somebody"}).status_code == 422
    done = client.post(address, {"typed": "забудова вера"}, follow=True).content.decode()
    assert "nothing here says any more who it was" in done


def test_erasing_and_the_archive_are_not_for_everybody(
    vera: Profile, oleg, max_stranger, client: Client
) -> None:
    for employee in (oleg, max_stranger):
        login(client, employee)
        assert client.get(reverse("customers:archive", args=[vera.public_id])).status_code == 403
        assert client.post(reverse("customers:erase", args=[vera.public_id])).status_code == 403
        with pytest.raises(Refused):
            actions.erase(profile_id=vera.pk, by=actor(employee), at=NOON)


def test_erasing_by_the_api(vera: Profile, ada, client: Client) -> None:
    login(client, ada)
    told = client.get(f"/api/v1/customers/{vera.public_id}/archive").json()
    assert told["contacts"][0]["value"] == "vera@example.org"
    assert (
        client.delete(f"/api/v1/customers/{vera.public_id}", headers={"Idempotency-Key": "e1"}).status_code
        == 204
    )
    assert client.get(f"/api/v1/customers/{vera.public_id}").json()["status"] == "erased"
