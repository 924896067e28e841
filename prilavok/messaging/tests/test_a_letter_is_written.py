"""An employee writes to one customer: it leaves once, as every letter does, or it is said why it may not."""

import email
import email.policy
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from prilavok.company.models import Employee
from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.customers.models import Profile
from prilavok.customers.web.deeds import deeds_for
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.ids import uuid7
from prilavok.messaging import actions
from prilavok.messaging.catcher.moods import Mood
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.models import Message
from prilavok.messaging.tests.conftest import Catcher
from prilavok.messaging.tests.test_letters_are_sent import of_mood, send
from tests.cast import NOON, actor, login

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Добрый день!\n\nВаш заказ <готов> {{ first_name }}.\n— Олег"


@pytest.fixture
def vera(town: Callable[..., list[int]]) -> Profile:
    (one,) = town(*of_mood(Mood.ACCEPT))
    return Profile.objects.get(pk=one)


def write(profile: Profile, by: Employee, **more: Any) -> Message:
    told: dict[str, Any] = {"subject": "О заказе", "text": TEXT, "letter_id": uuid7()} | more
    return actions.write_letter(profile_id=profile.pk, by=actor(by), at=NOON, **told)


def test_it_reaches_its_reader_as_it_was_typed(catcher: Catcher, vera: Profile, oleg: Employee) -> None:
    letter = uuid7()
    assert write(vera, oleg, letter_id=letter) == write(vera, oleg, letter_id=letter)

    send()
    send()

    assert catcher.counts()["letters"] == 1
    read: Any = email.message_from_bytes(Store(catcher.path).raw(1) or b"", policy=email.policy.default)
    assert read["Subject"] == "О заказе"
    plain = read.get_body(("plain",)).get_content()
    assert "Ваш заказ <готов> {{ first_name }}." in plain and "— Олег" in plain
    assert "&lt;готов&gt; {{ first_name }}" in read.get_body(("html",)).get_content()


def test_the_timeline_says_who_wrote_and_that_it_arrived(
    catcher: Catcher, vera: Profile, oleg: Employee
) -> None:
    write(vera, oleg)
    send()

    with translation.override("en"):
        lines = customer_queries.story([vera.pk], actor(oleg)).lines
    told = {line.text: line.by for line in lines if "О заказе" in line.text}
    assert told == {"Wrote a letter: О заказе": "Oleg", "Letter delivered: О заказе": ""}


def test_who_has_not_agreed_is_not_written_to(vera: Profile, oleg: Employee, client: Client) -> None:
    customers.withdraw_consent(profile_id=vera.pk, channel="email", source="till", by=SYSTEM, at=NOON)
    with pytest.raises(actions.MayNotBeWritten):
        write(vera, oleg)
    page = login(client, oleg).get(reverse("messaging:write", args=[vera.public_id])).content.decode()

    assert "note-warn" in page and "<textarea" not in page and not Message.objects.exists()


def test_consent_is_looked_at_once_more_when_it_leaves(
    catcher: Catcher, vera: Profile, oleg: Employee
) -> None:
    written = write(vera, oleg)
    customers.withdraw_consent(profile_id=vera.pk, channel="email", source="till", by=SYSTEM, at=NOON)

    send()

    written.refresh_from_db()
    assert (written.state, written.reason) == ("suppressed", "withdrawn")


def test_from_the_cards_command_line_and_by_the_api(
    vera: Profile, oleg: Employee, klara: Employee, client: Client
) -> None:
    with translation.override("en"):
        (deed,) = deeds_for(vera, "write a letter Good day", actor(oleg))
    page = login(client, oleg).get(deed.url).content.decode()
    assert "Good day</textarea>" in page
    typed = {"letter": str(uuid7()), "subject": "Hi", "text": "Good day"}
    for _twice in range(2):
        assert client.post(deed.url, typed).status_code == 302
    assert client.post(deed.url, typed | {"subject": " "}).status_code == 422

    def post(who: Client, body: dict[str, str]) -> int:
        address, key = f"/api/v1/customers/{vera.public_id}/letters", json.dumps(body)
        return who.post(address, body, "application/json", headers={"Idempotency-Key": key}).status_code

    by_api = {"subject": "Again", "text": "Good day"}
    assert [post(client, by_api), post(client, by_api)] == [202, 202]
    assert Message.objects.count() == 2
    assert post(login(Client(), klara), by_api | {"text": "No"}) == 403
