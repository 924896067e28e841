"""With double opt-in a consent counts once the owner of the address has pressed the button in a letter."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, Contact, OptIn, Profile
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.customers.queries import optins
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON, login

VERA = NewCustomer(
    external_id="vera",
    first_name="Вера",
    email="vera@example.org",
    source="site",
    consents=(NewConsent(channel="email", ip="198.51.100.7"), NewConsent(channel="sms")),
)


@pytest.fixture
def vera(the_company: None) -> Profile:
    actions.demand_click(channel="email", on=True, by=SYSTEM)
    return actions.register(VERA, by=SYSTEM, at=NOON)


def why(profile: Profile) -> str | None:
    return queries.why_unreachable([profile.pk], "email")[profile.pk]


def link() -> str:
    asked = queries.asked(OptIn.objects.get().pk)
    assert asked is not None
    return re.sub(r"https?://[^/]+", "", asked.link)


def test_nothing_counts_before_the_button_and_a_scanner_presses_none(vera: Profile, client: Client) -> None:
    assert list(Consent.objects.values_list("channel", flat=True)) == ["sms"]
    assert why(vera) == "no_consent"
    for _ in range(2):
        assert "<form" in client.get(link()).content.decode()
    client.head(link())
    assert why(vera) == "no_consent"

    client.post(address := link(), REMOTE_ADDR="203.0.113.9")
    assert why(vera) is None
    line = Consent.objects.get(channel="email")
    assert (line.source, line.ip, line.by_kind) == ("site", "203.0.113.9", "customer")
    assert "198.51.100.7" in line.proof and "button pressed" in line.proof
    assert Contact.objects.get().verified_at
    assert client.post(address).status_code == 200
    assert Consent.objects.filter(channel="email").count() == 1


def test_a_withdrawal_an_erasure_and_age_close_the_page(
    vera: Profile, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = link()
    monkeypatch.setattr(optins, "LASTS", -1)
    assert client.get(address).status_code == 410
    monkeypatch.undo()
    assert client.get(address).status_code == 200
    foreign = signing.dumps(OptIn.objects.get().public_id.hex, salt="customers.own")
    assert client.post(reverse("customers:confirm", args=[foreign])).status_code == 410

    actions.withdraw_consent(profile_id=vera.pk, channel="email", source="call", by=SYSTEM, at=NOON)
    assert client.post(address).status_code == 410
    assert why(vera) == "withdrawn"
    actions.erase(profile_id=vera.pk, by=SYSTEM, at=NOON)
    assert not OptIn.objects.exists()


def test_one_letter_an_hour_and_none_to_a_stopped_address(vera: Profile) -> None:
    def letters() -> int:
        return StoredEvent.objects.filter(type="customers.ConsentAsked").count()

    for minutes in (0, 30, 61):
        actions.give_consent(
            profile_id=vera.pk,
            channel="email",
            source="till",
            by=SYSTEM,
            at=NOON + timedelta(minutes=minutes),
        )
    assert (OptIn.objects.count(), letters()) == (1, 2)
    actions.suppress(value="vera@example.org", by=SYSTEM, at=NOON)
    assert queries.asked(OptIn.objects.get().pk) is None


def test_the_operator_is_told_and_files_are_taken_at_their_word(vera: Profile, oleg, client: Client) -> None:
    login(client, oleg)
    page = client.post(reverse("customers:consents", args=[vera.public_id, "marketing", "email", "yes"]))
    assert "waits for a click" in page.content.decode()
    nobody = actions.register(NewCustomer(external_id="n", first_name="Н"), by=SYSTEM, at=NOON)
    said: dict[str, Any] = {
        "profile_id": nobody.pk,
        "channel": "email",
        "source": "call",
        "by": SYSTEM,
        "at": NOON,
    }
    with pytest.raises(actions.NoAddress):
        actions.give_consent(**said)

    loaded = actions.load_customers(
        [NewCustomer(external_id="f", email="file@example.org", consents=(NewConsent(channel="email"),))],
        by=SYSTEM,
        at=NOON,
    )
    assert Consent.objects.filter(profile=loaded.profile_ids[0]).exists()


def test_the_own_page_by_a_letter_is_a_click_already(vera: Profile, client: Client) -> None:
    own = reverse("customers:own", args=[queries.own_token(vera.pk, in_letter=True)])
    client.post(own, {"channels": "1", "channel": ["email"]})
    assert why(vera) is None


def test_an_address_that_an_employee_handed_out_proves_nothing(vera: Profile, oleg, client: Client) -> None:
    told = login(client, oleg).get(reverse("customers:own_link", args=[vera.public_id])).content.decode()
    assert client.post(link()).status_code == 200
    assert why(vera) == "no_consent"  # nor does an employee press the button of a letter
    handed = re.search(r"/my/[^/]+/", told)
    assert handed
    OptIn.objects.all().delete()
    agree = {"channels": "1", "channel": ["email"]}
    assert "logged in as an employee" in client.get(handed[0]).content.decode()
    client.post(handed[0], agree)
    assert (why(vera), OptIn.objects.count()) == ("no_consent", 0)

    elsewhere = Client()
    answer = elsewhere.post(handed[0], agree, follow=True).content.decode()

    assert (why(vera), OptIn.objects.count()) == ("no_consent", 1)
    assert "letter that we have sent" in answer or json.dumps("письме")[1:-1] in answer
    letter = reverse("customers:own", args=[queries.own_token(vera.pk, in_letter=True)])
    client.post(letter, agree)
    assert why(vera) == "no_consent"
    elsewhere.post(letter, agree)
    assert why(vera) is None


def test_the_administrator_switches_it_and_only_letters_can_ask(ada, oleg, client: Client) -> None:
    login(client, ada)
    client.post(reverse("customers:clicks", args=["email"]), {"on": "yes"})
    assert queries.needs_click("email")
    assert client.post(reverse("customers:clicks", args=["sms"]), {"on": "yes"}).status_code == 404
    client.post(reverse("customers:clicks", args=["email"]), {"on": "no"})
    assert not queries.needs_click("email")
    assert login(client, oleg).post(reverse("customers:clicks", args=["email"])).status_code == 403


def test_the_button_proves_no_address_that_the_letter_did_not_go_to(vera: Profile, client: Client) -> None:
    address = link()
    contact = Contact.objects.get()
    actions.change_contact(contact_id=contact.pk, value="other@example.org", by=SYSTEM, at=NOON)

    assert client.post(address).status_code == 410
    assert why(vera) == "no_consent"
    assert Contact.objects.get().verified_at is None
