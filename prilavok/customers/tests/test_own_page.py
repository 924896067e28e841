"""The customer's own page: whoever holds its signed address sees, agrees, withdraws, corrects and asks."""

from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, PersonalRequest, Profile
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.customers.queries import own_page
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, login


@pytest.fixture
def vera(the_company: None) -> Profile:
    new = NewCustomer(
        external_id="vera",
        first_name="Вера",
        last_name="Белова",
        email="vera@example.org",
        phone="+79161230000",
        consents=(NewConsent(channel="email"),),
    )
    return actions.register(new, by=SYSTEM, at=NOON)


@pytest.fixture
def page(vera: Profile) -> str:
    return reverse("customers:own", args=[queries.own_token(vera.pk)])


def given(profile: Profile) -> dict[str, bool]:
    return {one.channel: one.given for one in queries.consents_of([profile.pk], SYSTEM).get(profile.pk, [])}


def test_looking_changes_nothing_and_shows_contacts_masked(vera: Profile, page: str, client: Client) -> None:
    shown = client.get(page).content.decode()

    assert "v•••@e•••.org" in shown and "vera@example.org" not in shown and "Белова" in shown
    assert given(vera) == {"email": True}


def test_channels_are_chosen_and_the_proof_is_kept(vera: Profile, page: str, client: Client) -> None:
    client.post(page, {"channels": "1", "channel": ["sms"]}, REMOTE_ADDR="203.0.113.9")

    assert given(vera) == {"email": False, "sms": True}
    line = Consent.objects.get(channel="sms")
    assert (line.source, line.ip, line.by_kind) == ("own_page", "203.0.113.9", "customer") and line.proof
    client.post(page, {"channels": "1", "channel": ["sms"]})
    assert Consent.objects.count() == 3  # the same choice again writes nothing


def test_names_are_corrected_and_bad_dates_are_told(vera: Profile, page: str, client: Client) -> None:
    names = {"names": "1", "last_name": "Белова-Чёрная", "first_name": "Вера", "middle_name": "", "sex": "f"}
    assert client.post(page, names | {"birth_date": "1790-01-01"}).status_code == 422
    client.post(page, names | {"birth_date": "1990-05-01"})

    assert queries.get(vera.public_id, SYSTEM).person.last_name == "Белова-Чёрная"


def test_what_is_asked_waits_until_it_is_done(vera: Profile, page: str, ada, client: Client) -> None:
    for _ in range(2):
        client.post(page, {"ask": "erasure"})
    asked = PersonalRequest.objects.get()
    staff = login(Client(), ada)
    assert "Белова Вера" in staff.get("/customers/requests/").content.decode()
    staff.post(reverse("customers:settle", args=[asked.pk]))
    assert queries.requests_waiting(SYSTEM) == 0


def test_what_cannot_be_corrected_there_is_asked_for_in_words(
    vera: Profile, page: str, ada, client: Client
) -> None:
    client.post(page, {"ask": "correction", "text": "Почта теперь новая"})

    assert "Почта теперь новая" in login(Client(), ada).get("/customers/requests/").content.decode()
    actions.erase(profile_id=vera.pk, by=SYSTEM, at=NOON)
    assert PersonalRequest.objects.get().text == ""


def test_erasing_settles_the_wish_and_closes_the_page(vera: Profile, page: str, client: Client) -> None:
    client.post(page, {"ask": "erasure"})
    actions.erase(profile_id=vera.pk, by=SYSTEM, at=NOON)

    assert queries.requests_waiting(SYSTEM) == 0
    assert client.get(page).status_code == 410


def test_a_forged_or_an_old_address_opens_nothing(
    vera: Profile, page: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get(page[:-4] + "abc/").status_code == 410
    foreign = signing.dumps(vera.public_id.hex, salt="another")
    assert client.get(reverse("customers:own", args=[foreign])).status_code == 410
    monkeypatch.setattr(own_page, "LASTS", -1)
    assert client.get(page).status_code == 410


def test_the_address_of_a_merged_record_leads_to_the_person(vera: Profile, page: str, client: Client) -> None:
    other = actions.register(NewCustomer(external_id="v2", first_name="Верочка"), by=SYSTEM, at=NOON)
    actions.merge(profile_id=other.pk, other_id=vera.pk, by=SYSTEM, at=NOON)

    assert client.get(page).status_code == 200
    client.post(page, {"channels": "1"})
    assert queries.why_unreachable([vera.pk, other.pk], "email") == {
        vera.pk: "withdrawn",
        other.pk: "withdrawn",
    }


def test_the_operator_hands_out_the_address(vera: Profile, oleg, marina, client: Client) -> None:
    address = reverse("customers:own_link", args=[vera.public_id])
    assert "/my/" in login(client, oleg).get(address).content.decode()
    assert login(client, marina).get(address).status_code == 403
    assert client.get("/customers/requests/").status_code == 403


def test_by_the_api_a_page_is_handed_out_and_what_is_asked_is_done(
    vera: Profile, ada, client: Client
) -> None:
    login(client, ada)
    address = f"/api/v1/customers/{vera.public_id}"

    def post(path: str, body: dict[str, str], key: str) -> Any:
        return client.post(
            path, body, content_type="application/json", headers={"Idempotency-Key": f"own-{key}"}
        )

    page = post(f"{address}/own-page", {}, "page").json()["address"]
    assert "Белова" in Client().get(page).content.decode()
    asked = post(f"{address}/personal-requests", {"kind": "erasure", "text": "Забудьте"}, "ask").json()
    assert (asked["kind"], asked["customer"]) == ("erasure", str(vera.public_id))
    again = post(f"{address}/personal-requests", {"kind": "erasure", "text": "Скорее"}, "again").json()
    waiting = client.get("/api/v1/personal-requests").json()["items"]
    assert [(one["id"], one["text"]) for one in waiting] == [(asked["id"], "Скорее")] and again == waiting[0]
    done = f"/api/v1/personal-requests/{asked['id']}/settlement"
    assert post(done, {}, "done").status_code == 204
    assert post(done, {}, "twice").status_code == 404
    assert client.get("/api/v1/personal-requests").json()["items"] == []
