"""The stop list: nothing is sent to its addresses, whosever they are and whatever was agreed to."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, Profile, Suppression
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.kernel.actors import SYSTEM
from tests.cast import NOON, actor, login

VERA = NewCustomer(
    external_id="vera",
    first_name="Вера",
    email="vera@example.org",
    phone="+79161230000",
    consents=(NewConsent(channel="email"), NewConsent(channel="sms")),
)


@pytest.fixture
def vera(the_company: None) -> Profile:
    return actions.register(VERA, by=SYSTEM, at=NOON)


def why(profile: Profile, channel: str = "email") -> str | None:
    return queries.why_unreachable([profile.pk], channel)[profile.pk]


def stop(value: str, **more: str) -> Suppression:
    return actions.suppress(value=value, by=SYSTEM, at=NOON, **more)


def test_a_stopped_address_is_not_written_to_though_its_owner_agreed(vera: Profile) -> None:
    stopped = stop(" Vera@EXAMPLE.org ")

    assert (why(vera), why(vera, "sms")) == ("suppressed", None)
    assert queries.sheet(vera.public_id, SYSTEM).reach("email") == "suppressed"
    assert not queries.listed(SYSTEM, wanted={"reach": "email"}).exists()
    assert queries.listed(SYSTEM, wanted={"reach": "sms"}).exists()
    actions.lift_suppression(suppression_id=stopped.pk, by=SYSTEM, at=NOON)
    assert why(vera) is None


def test_another_address_of_the_person_is_no_way_round_it_also_after_a_merge(vera: Profile) -> None:
    other = actions.register(
        NewCustomer(external_id="v2", email="vera.second@example.org"), by=SYSTEM, at=NOON
    )
    stop("vera.second@example.org")
    assert why(vera) is None

    actions.merge(profile_id=vera.pk, other_id=other.pk, by=SYSTEM, at=NOON)
    assert why(vera) == "suppressed"


def test_segments_and_reports_know_it_too(vera: Profile) -> None:
    from prilavok.customers.facts import PROFILES

    stop("vera@example.org")
    (row,) = PROFILES.load([vera.pk])
    assert (row["consent_email"], row["email_ok"], row["sms_ok"]) == (True, False, True)


def test_people_who_are_not_customers_stand_there_before_they_come(the_company: None) -> None:
    stop("8 (916) 123-00-00", reason="complaint")
    vera = actions.register(VERA, by=SYSTEM, at=NOON)

    assert why(vera, "sms") == "suppressed"


def test_a_file_brings_no_consent_for_a_stopped_address(the_company: None) -> None:
    stop("vera@example.org")
    loaded = actions.load_customers([VERA], by=SYSTEM, at=NOON)
    again = actions.load_customers([VERA], by=SYSTEM, at=NOON)

    assert (loaded.created, loaded.held_back, again.held_back) == (1, 1, 1)
    assert list(Consent.objects.values_list("channel", flat=True)) == ["sms"]


def test_erasing_leaves_only_the_digest_and_who_comes_back_is_still_not_written_to(vera: Profile) -> None:
    stop("vera@example.org", note="Вера просила")
    actions.erase(profile_id=vera.pk, by=SYSTEM, at=NOON)

    left = Suppression.objects.get()
    assert (left.value, left.note) == ("", "")
    assert stop("vera@example.org").pk == left.pk
    assert why(actions.register(VERA, by=SYSTEM, at=NOON)) == "suppressed"


def test_many_come_by_the_api_once_with_what_cannot_be_read_by_its_place(vera: Profile, ada) -> None:
    client, address = login(Client(), ada), "/api/v1/suppressions"
    body = {
        "items": [
            {"value": "vera@example.org", "reason": "unsubscribed"},
            {"value": "nobody"},
            {"value": "VERA@example.org"},
        ]
    }
    for key in ("1", "1", "2"):
        answer = client.post(
            address, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key}
        ).json()
        assert answer["rejects"] == [{"index": 1, "code": "bad_phone"}]
    assert (answer["created"], answer["known"]) == (0, 2)
    (one,) = client.get(address, {"q": "vera@"}).json()["items"]
    assert (one["value"], one["reason"]) == ("vera@example.org", "unsubscribed")
    assert client.delete(f"{address}/{one['id']}", headers={"Idempotency-Key": "3"}).status_code == 204
    assert why(vera) is None


def test_the_page_finds_adds_and_removes(vera: Profile, oleg, client: Client) -> None:
    address = reverse("customers:suppressions")
    login(client, oleg)
    assert client.post(address, {"value": "not one", "reason": "other"}).status_code == 422
    client.post(address, {"value": "vera@example.org", "reason": "demand", "note": "письмо № 7"})
    assert "vera@example.org" in client.get(address, {"q": "№ 7"}).content.decode()
    assert "vera@example.org" not in client.get(address, {"reason": "bounced"}).content.decode()

    client.post(reverse("customers:suppression_removal", args=[Suppression.objects.get().pk]))
    assert why(vera) is None


def test_the_file_loads_back_and_whoever_takes_it_is_known(vera: Profile, ada, client: Client) -> None:
    from prilavok.company.models import Look

    stop("vera@example.org", reason="complaint")
    stop("+79161230000")
    answer = login(client, ada).get(reverse("customers:suppressions_download", args=["csv"]))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    assert "vera@example.org" in text and "916 123-00-00" in text
    assert Look.objects.filter(what="export", rows=2).exists()


def test_who_has_no_right_is_told_so_and_masks_hold(vera: Profile, klara, olga, client: Client) -> None:
    stop("vera@example.org")
    assert login(client, klara).get(reverse("customers:suppressions")).status_code == 403
    one = Suppression.objects.get()
    assert queries.suppressed_shown(one, actor(olga)) == "vera@example.org"
    blind = actor(klara)
    assert queries.suppressed_shown(one, type(blind)("employee", 1)) == "v•••@e•••.org"
