"""A contact is verified by a code that a letter carries; tries and letters are counted."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company.models import Employee
from prilavok.customers import actions, queries
from prilavok.customers.actions.problems import AlreadyProved, CodeOver, CodesTooOften, NoSmsVendor
from prilavok.customers.models import Contact, ContactCode, Profile
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from tests.cast import NOON, actor, login

HTMX = {"HX-Request": "true"}


def mail(profile: Profile) -> Contact:
    return Contact.objects.get(profile=profile, kind="email")


def sent(at=NOON) -> str:
    asked = queries.code_asked(ContactCode.objects.latest("id").pk, at=at)
    assert asked is not None
    return asked.code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_oleg_has_a_code_sent_and_types_it(client: Client, anna: Profile, oleg: Employee) -> None:
    typed = {"contact": mail(anna).pk}
    page = login(client, oleg).post(reverse("customers:codes", args=[anna.public_id]), typed, headers=HTMX)
    assert "Code from the letter" in page.content.decode()
    code = sent(clock.now())
    answer = client.post(
        reverse("customers:proofs", args=[anna.public_id]), typed | {"code": wrong(code)}, headers=HTMX
    )
    assert "4 tries are left" in answer.content.decode()
    client.post(reverse("customers:proofs", args=[anna.public_id]), typed | {"code": code}, headers=HTMX)

    proved = mail(anna)
    assert proved.verified_at and (proved.verified_rule, proved.verified_by_id) == ("code", oleg.pk)
    assert "by a code" in client.get(reverse("customers:contacts", args=[anna.public_id])).content.decode()
    told = StoredEvent.objects.get(type="customers.ContactCodeAsked").body
    assert code not in str(told)


def test_five_wrong_codes_are_enough(anna: Profile) -> None:
    actions.ask_for_code(contact_id=mail(anna).pk, by=SYSTEM, at=NOON)
    code = sent()
    for left in (4, 3, 2, 1, 0):
        done = actions.prove_contact(contact_id=mail(anna).pk, code=wrong(code), by=SYSTEM, at=NOON)
        assert (done.right, done.tries_left) == (False, left)
    with pytest.raises(CodeOver):
        actions.prove_contact(contact_id=mail(anna).pk, code=code, by=SYSTEM, at=NOON)


def test_a_code_is_over_after_a_quarter_of_an_hour_and_when_a_newer_one_is_sent(anna: Profile) -> None:
    contact = mail(anna).pk
    actions.ask_for_code(contact_id=contact, by=SYSTEM, at=NOON)
    first = sent()
    with pytest.raises(CodeOver):
        actions.prove_contact(contact_id=contact, code=first, by=SYSTEM, at=NOON + timedelta(minutes=16))
    later = NOON + timedelta(minutes=2)
    actions.ask_for_code(contact_id=contact, by=SYSTEM, at=later)
    second = sent(later)
    assert second != first
    assert not actions.prove_contact(contact_id=contact, code=first, by=SYSTEM, at=later).right
    assert actions.prove_contact(contact_id=contact, code=second, by=SYSTEM, at=later).right
    with pytest.raises(AlreadyProved):
        actions.ask_for_code(contact_id=contact, by=SYSTEM, at=later + timedelta(hours=1))


def test_codes_are_not_sent_by_the_dozen_nor_by_sms(anna: Profile) -> None:
    for hour in range(5):
        actions.ask_for_code(contact_id=mail(anna).pk, by=SYSTEM, at=NOON + timedelta(hours=hour))
    for moment in (NOON + timedelta(hours=4, seconds=30), NOON + timedelta(hours=6)):
        with pytest.raises(CodesTooOften):
            actions.ask_for_code(contact_id=mail(anna).pk, by=SYSTEM, at=moment)
    phone = Contact.objects.get(profile=anna, kind="phone")
    with pytest.raises(NoSmsVendor):
        actions.ask_for_code(contact_id=phone.pk, by=SYSTEM, at=NOON)


def test_a_corrected_contact_is_no_more_proved(anna: Profile, oleg: Employee) -> None:
    actions.verify_contact(contact_id=mail(anna).pk, rule="till", by=SYSTEM, at=NOON)
    actions.change_contact(contact_id=mail(anna).pk, value="b@example.org", by=actor(oleg), at=NOON)
    assert (mail(anna).verified_at, mail(anna).verified_rule) == (None, "")


def test_by_the_api_a_code_is_sent_and_a_wrong_one_is_counted(
    client: Client, anna: Profile, oleg: Employee
) -> None:
    login(client, oleg)

    def ask(path: str, body: dict[str, str], key: str):
        return client.post(
            f"/api/v1/customers/{anna.public_id}/contacts/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    assert ask("codes", {"value": "Anna@example.org"}, "c1").status_code == 202
    code = sent(clock.now())
    assert ask("proofs", {"value": "anna@example.org", "code": wrong(code)}, "c2").json() == {
        "verified": False,
        "tries_left": 4,
    }
    assert ask("proofs", {"value": "anna@example.org", "code": code}, "c3").json()["verified"]
    refused = ask("codes", {"value": "+7 916 123-45-67"}, "c4")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_sms_vendor")
    assert ask("codes", {"value": "nobody@example.org"}, "c5").status_code == 404


def test_who_asked_too_soon_asks_again_with_the_same_key(
    client: Client, anna: Profile, oleg: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(client, oleg)

    def ask(key: str) -> int:
        return client.post(
            f"/api/v1/customers/{anna.public_id}/contacts/codes",
            json.dumps({"value": "anna@example.org"}),
            content_type="application/json",
            headers={"Idempotency-Key": key},
        ).status_code

    assert (ask("one"), ask("two")) == (202, 429)
    a_minute_later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: a_minute_later)
    assert ask("two") == 202
