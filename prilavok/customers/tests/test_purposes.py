"""Consents to other purposes than advertising: reference data, asked everywhere, apart from what mailings ask for."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from prilavok.customers import actions, queries
from prilavok.customers.models import Consent, Profile
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.kernel import journal, timeline
from prilavok.kernel.actors import SYSTEM
from prilavok.segments import queries as segments
from tests.cast import NOON, login


@pytest.fixture
def vera(the_company: None) -> Profile:
    new = NewCustomer(
        external_id="vera",
        first_name="Вера",
        last_name="Белова",
        email="vera@example.org",
        consents=(NewConsent(channel="email"),),
    )
    return actions.register(new, by=SYSTEM, at=NOON)


@pytest.fixture
def partners(the_company: None) -> str:
    actions.make_purpose(
        code="partners",
        name_ru="Предложения партнёров",
        name_en="Partners’ offers",
        by_channel=True,
        offered=True,
        by=SYSTEM,
    )
    return "partners"


def held(profile: Profile) -> dict[tuple[str, str], bool]:
    found = queries.consents_of([profile.pk], SYSTEM).get(profile.pk, [])
    return {(one.purpose, one.channel): one.given for one in found}


def test_mailings_ask_for_advertising_alone(vera: Profile, partners: str) -> None:
    said: dict[str, Any] = {"profile_id": vera.pk, "source": "site", "by": SYSTEM, "at": NOON}
    actions.give_consent(**said, purpose="processing", channel="")
    actions.give_consent(**said, purpose=partners, channel="email")
    actions.withdraw_consent(**said, channel="email")

    assert queries.why_unreachable([vera.pk], "email") == {vera.pk: "withdrawn"}
    assert queries.sheet(vera.public_id, SYSTEM).reach("email") == "withdrawn"
    actions.give_consent(**said, channel="email")
    actions.withdraw_consent(**said, purpose=partners, channel="email")
    assert queries.why_unreachable([vera.pk], "email") == {vera.pk: None}
    assert held(vera) == {
        ("marketing", "email"): True,
        ("partners", "email"): False,
        ("processing", ""): True,
    }


def test_what_there_is_not_is_refused_and_what_is_archived_can_only_be_withdrawn(
    vera: Profile, partners: str
) -> None:
    said: dict[str, Any] = {"profile_id": vera.pk, "source": "site", "by": SYSTEM, "at": NOON}
    with pytest.raises(actions.UnknownPurpose):
        actions.give_consent(**said, purpose="nothing", channel="")
    with pytest.raises(actions.ChannelOfPurpose):
        actions.give_consent(**said, purpose="processing", channel="email")
    with pytest.raises(actions.ChannelOfPurpose):
        actions.give_consent(**said, channel="")
    actions.give_consent(**said, purpose=partners, channel="email")
    actions.archive_purpose(code=partners, by=SYSTEM, at=NOON)
    with pytest.raises(actions.UnknownPurpose):
        actions.give_consent(**said, purpose=partners, channel="sms")
    actions.withdraw_consent(**said, purpose=partners, channel="email")
    assert held(vera)["partners", "email"] is False
    with pytest.raises(actions.PurposeStays):
        actions.archive_purpose(code="marketing", by=SYSTEM, at=NOON)


def test_a_purpose_is_made_named_archived_and_brought_back_by_pages(ada, client: Client) -> None:
    page = reverse("customers:purposes")
    login(client, ada)
    new = {"code": "birthday", "name_ru": "Поздравления", "name_en": "Greetings", "offered": "on"}
    assert client.post(page, new | {"code": "День"}).status_code == 422
    assert client.post(page, new).status_code == 302
    assert client.post(page, new).status_code == 422  # the code is taken
    assert "Greetings" in client.get(page).content.decode()
    client.post(reverse("customers:purpose", args=["birthday"]), {"name_ru": "С днём рождения"})
    found = queries.purposes()["birthday"]
    assert (found.name_ru, found.name_en, found.offered) == ("С днём рождения", "", False)
    client.post(reverse("customers:purpose", args=["processing"]), {"name_en": "Keeping data"})
    with translation.override("en"):
        assert queries.purpose_name("processing") == "Keeping data"
    for verb, there in (("archive", False), ("restore", True)):
        client.post(reverse("customers:turn_purpose", args=["birthday", verb]))
        assert ("birthday" in queries.purposes()) is there
    assert client.post(reverse("customers:turn_purpose", args=["marketing", "archive"])).status_code == 302
    assert "marketing" in queries.purposes()


def test_the_card_gives_and_withdraws_and_undo_takes_it_back(
    vera: Profile, partners: str, klara, client: Client
) -> None:
    login(client, klara)
    contacts = reverse("customers:contacts", args=[vera.public_id])
    assert "Partners’ offers: E-mail" in client.get(contacts).content.decode()
    client.post(reverse("customers:consents", args=[vera.public_id, "processing", "once", "yes"]))
    client.post(reverse("customers:consents", args=[vera.public_id, partners, "email", "yes"]))
    client.post(reverse("customers:consents", args=[vera.public_id, partners, "email", "no"]))

    assert held(vera) == {
        ("marketing", "email"): True,
        ("partners", "email"): False,
        ("processing", ""): True,
    }
    wrong = reverse("customers:consents", args=[vera.public_id, "processing", "sms", "yes"])
    assert client.post(wrong).status_code == 404
    with translation.override("en"):
        told = " ".join(line.text for line in queries.story([vera.pk], SYSTEM).lines)
    assert "Agreed: Processing of personal data" in told and "Agreed: Partners’ offers, E-mail" in told


def test_the_own_page_asks_what_is_offered_and_takes_back_what_was_given(
    vera: Profile, partners: str, client: Client
) -> None:
    page = reverse("customers:own", args=[queries.own_token(vera.pk)])
    shown = client.get(page).content.decode()
    assert "partners.email" in shown and "processing" not in shown
    actions.give_consent(
        profile_id=vera.pk, purpose="processing", channel="", source="till", by=SYSTEM, at=NOON
    )
    assert 'value="processing"' in client.get(page).content.decode()  # given: it may be withdrawn

    everything = {"shown": ["email", "sms", "partners.email", "partners.sms", "processing"]}
    client.post(page, {"channels": "1", "channel": ["email", "partners.sms"]} | everything)
    assert held(vera) == {("marketing", "email"): True, ("partners", "sms"): True, ("processing", ""): False}
    client.post(page, {"channels": "1", "channel": ["email"]})  # a page drawn before there were others
    assert held(vera)["partners", "sms"] is True


def test_a_click_is_demanded_for_the_purpose_that_was_asked(vera: Profile, partners: str) -> None:
    actions.demand_click(channel="email", on=True, by=SYSTEM)
    said: dict[str, Any] = {"profile_id": vera.pk, "source": "site", "by": SYSTEM, "at": NOON}
    assert actions.give_consent(**said, purpose=partners, channel="email") is None
    assert actions.give_consent(**said, purpose="profiling", channel="") is not None
    waiting = queries.clicks_awaited([vera.pk], SYSTEM).get()
    told = queries.asked(waiting.pk)
    assert told is not None
    token = told.link.rstrip("/").rsplit("/", 1)[1]
    assert (
        "Предложения партнёров" in Client().get(reverse("customers:confirm", args=[token])).content.decode()
    )
    actions.confirm(token=token, ip=None, at=NOON)
    assert held(vera)["partners", "email"] is True


def test_a_document_belongs_to_its_purpose(vera: Profile, partners: str, ada, client: Client) -> None:
    login(client, ada)
    new = {"code": "p", "language": "en", "purpose": partners, "title": "Partners", "text": "They may write."}
    assert client.post(reverse("customers:new_document"), new | {"purpose": "nothing"}).status_code == 422
    client.post(reverse("customers:new_document"), new)
    draft = queries.documents(SYSTEM).get()
    agreed = actions.publish_document(document_id=draft.pk, by=SYSTEM, at=NOON)
    said: dict[str, Any] = {"profile_id": vera.pk, "source": "site", "by": SYSTEM, "at": NOON}
    with pytest.raises(actions.UnknownDocument):
        actions.give_consent(**said, channel="sms", document_id=agreed.pk)
    page = reverse("customers:own", args=[queries.own_token(vera.pk)])
    client = Client()
    assert str(agreed.public_id) in client.get(page).content.decode()
    client.post(page, {"channels": "1", "channel": ["email", "partners.email"], "shown": ["partners.email"]})
    assert Consent.objects.get(purpose=partners).text_version == "p en 1"


def test_the_api_lists_gives_and_withdraws_with_a_purpose(vera: Profile, partners: str, ada, client) -> None:
    login(client, ada)

    def send(method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        call = getattr(client, method)
        headers = {"Idempotency-Key": f"{path}{body}"}
        answer = call(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    status, made = send("post", "/consent-purposes", {"code": "birthday", "name_en": "Greetings"})
    assert (status, made["name"], made["by_channel"], made["brought"]) == (201, "Greetings", False, False)
    assert send("post", "/consent-purposes", {"code": "birthday", "name_en": "G"})[0] == 422
    assert send("patch", "/consent-purposes/birthday", {"archived": True})[1]["archived_at"]
    codes = [one["code"] for one in client.get("/api/v1/consent-purposes").json()]
    assert codes == ["marketing", "processing", "profiling", "third_parties", "partners"]
    assert send("patch", "/consent-purposes/marketing", {"archived": True})[0] == 409

    ledger = f"/customers/{vera.public_id}/consents"
    assert send("post", ledger, {"purpose": "processing"})[0] == 200
    assert send("post", ledger, {"purpose": partners})[1]["code"] == "channel_of_purpose"
    assert send("post", ledger, {"purpose": "birthday"})[1]["code"] == "unknown_purpose"
    send("post", ledger, {"purpose": partners, "channel": "sms"})
    send("post", ledger, {"purpose": partners, "channel": "sms", "given": False})
    lines = client.get(f"/api/v1{ledger}").json()
    assert {(one["purpose"], one["channel"], one["given"]) for one in lines} == {
        ("marketing", "email", True),
        ("processing", "", True),
        ("partners", "sms", True),
        ("partners", "sms", False),
    }


def test_lists_and_files_have_a_column_for_every_consent(
    vera: Profile, partners: str, marina, client: Client
) -> None:
    actions.give_consent(
        profile_id=vera.pk, purpose=partners, channel="email", source="site", by=SYSTEM, at=NOON
    )
    columns = "columns=consent.partners.email&columns=consent.processing&columns=consent.marketing.email"
    login(client, marina)
    assert "Partners’ offers: E-mail" in client.get(f"/customers/?{columns}").content.decode()
    whole = client.get(f"{reverse('customers:download', args=['csv'])}?{columns}")
    rows = b"".join(whole.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert "yes" in rows[1] and rows[1].count("yes") == 2


def test_the_first_lines_of_the_journal_tell_of_advertising_alone(partners: str) -> None:
    new = NewCustomer(
        external_id="v2",
        consents=(NewConsent(channel="email"), NewConsent(channel="sms", purpose="partners")),
    )
    profile = actions.register(new, by=SYSTEM, at=NOON)
    event = timeline.of_customer([profile.pk], limit=5, types=["customers.CustomerRegistered"]).events[0]
    assert list(event.body["consents"]) == ["email"]


def test_who_has_no_right_is_told_so(vera: Profile, marina, client: Client) -> None:
    login(client, marina)
    assert client.get(reverse("customers:purposes")).status_code == 403
    headers = {"Idempotency-Key": "1"}
    body = json.dumps({"code": "mine", "name_en": "Mine"})
    made = client.post("/api/v1/consent-purposes", body, content_type="application/json", headers=headers)
    assert made.status_code == 403


def test_segments_ask_for_a_purpose(facts: None, anna: Profile, vera: Profile, partners: str) -> None:
    for profile, channel in ((anna, "email"), (vera, "sms")):
        actions.give_consent(
            profile_id=profile.pk, purpose=partners, channel=channel, source="site", by=SYSTEM, at=NOON
        )
    journal.deliver()

    def people(op: str, *keys: str) -> int:
        found = segments.count({"trait": "consent", "op": op, "value": list(keys)}, SYSTEM, at=NOON)
        return found.people

    assert people("in", "partners.email") == 1
    assert people("in", "partners.email", "partners.sms") == 2
    assert people("not_in", "partners.email") == 1 and people("in", "processing") == 0
    actions.withdraw_consent(
        profile_id=anna.pk, purpose=partners, channel="email", source="site", by=SYSTEM, at=NOON
    )
    journal.deliver()
    assert people("in", "partners.email") == 0
