"""Opens, clicks and the way out; machines are told from people."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from prilavok.company import actions as company
from prilavok.company.actions import NewShop
from prilavok.customers import queries as customers
from prilavok.customers.actions import erase
from prilavok.kernel import clock, journal
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.models import StoredEvent
from prilavok.messaging import actions, queries
from prilavok.messaging.letters import links
from prilavok.messaging.models import Message, TemplateVersion, Touch
from prilavok.messaging.ports import Recipient
from tests.cast import NOON, hire, login

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def message(town: Callable[..., list[int]], letter: TemplateVersion) -> Message:
    """A letter that arrived an hour ago."""
    [profile] = town("reader@town.test")
    mailing = actions.plan_mailing(
        owner="test:1",
        template_version_id=letter.pk,
        recipients=[Recipient(profile, {"coupon_code": "CODE-1"})],
        start_at=NOON,
        by=SYSTEM,
        at=NOON,
    )
    one = mailing.messages.get()
    one.state, one.settled_at = "delivered", clock.now() - timedelta(hours=1)
    one.save()
    return one


def address(message: Message, what: str) -> str:
    return f"/m/{links.token(message.public_id)}/{what}"


def test_a_picture_counts_an_opening_once(client: Client, message: Message) -> None:
    for _ in range(2):
        answer = client.get(address(message, "open.gif"), headers={"User-Agent": BROWSER})
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    assert queries.reading(message.mailing_id).opened == 1
    assert StoredEvent.objects.filter(type="messaging.MessageOpened").count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Mozilla/5.0"},
        {"User-Agent": "Barracuda Sentinel (EE)"},
        {"User-Agent": "python-requests/2.32"},
        {"User-Agent": ""},
        {"User-Agent": BROWSER, "Sec-Purpose": "prefetch"},
    ],
)
def test_machines_stand_apart(client: Client, message: Message, headers: dict[str, str]) -> None:
    client.get(address(message, "open.gif"), headers=headers)
    reading = queries.reading(message.mailing_id)
    assert (reading.opened, reading.opened_by_machines_only) == (0, 1)


def test_a_link_leads_to_its_target_and_is_counted(client: Client, message: Message) -> None:
    answer = client.get(address(message, "go/0"), headers={"User-Agent": BROWSER})
    assert (answer.status_code, answer["Location"]) == (302, "https://lavka.test/")
    assert queries.reading(message.mailing_id).clicked == 1


def test_all_links_at_once_are_a_scanner(message: Message) -> None:
    at = clock.now()
    actions.note_click(message=message.public_id, link=0, at=at, user_agent=BROWSER)
    actions.note_click(message=message.public_id, link=1, at=at + timedelta(seconds=0.3), user_agent=BROWSER)
    assert set(Touch.objects.values_list("machine", flat=True)) == {"all links at once"}


def test_unsubscribing_needs_a_button_or_the_mail_programs_click(client: Client, message: Message) -> None:
    way_out = address(message, "unsubscribe")
    page = client.get(way_out)
    assert "form" in page.content.decode()
    assert customers.why_unreachable([message.profile_id], "email") == {message.profile_id: None}

    answer = client.post(way_out, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert customers.why_unreachable([message.profile_id], "email") == {message.profile_id: "withdrawn"}
    assert StoredEvent.objects.get(type="messaging.Unsubscribed").body["way"] == "one_click"


def test_a_forged_address_leads_nowhere(client: Client, message: Message) -> None:
    token = links.token(message.public_id)
    forged = ("A" if token[0] != "A" else "B") + token[1:]
    assert client.get(f"/m/{forged}/go/0").status_code == 404
    assert client.post(f"/m/{forged}/unsubscribe").status_code == 404
    assert client.get(address(message, "go/99")).status_code == 404


def test_the_letter_on_the_web_is_sealed(client: Client, message: Message) -> None:
    answer = client.get(address(message, "letter"))
    assert "CODE-1" in answer.content.decode()
    assert answer["Content-Security-Policy"].startswith("sandbox")


def test_who_opens_a_letter_before_its_delivery_is_written_down_is_no_person(message: Message) -> None:
    message.state, message.worker, message.settled_at = "in_flight", 7, None
    message.save()
    actions.note_open(message=message.public_id, at=clock.now(), user_agent=BROWSER)
    assert set(Touch.objects.values_list("machine", flat=True)) == {"too soon"}


@pytest.mark.django_db(transaction=True)
def test_the_letters_of_whoever_is_erased_keep_no_address(client: Client, message: Message) -> None:
    erase(profile_id=message.profile_id, by=SYSTEM, at=NOON)
    journal.deliver()
    message.refresh_from_db()

    assert (message.address, message.context) == ("", {})
    assert queries.archived([message.profile_id])[0]["address"] == ""
    assert client.get(address(message, "letter")).status_code == 200


def test_a_letter_to_another_shops_customer_is_not_shown(client: Client, message: Message) -> None:
    other = company.add_shops([NewShop(code="sad", name="На Садовой")], by=SYSTEM, at=NOON)["sad"]
    nina = hire("Nina")
    company.give_role(employee_id=nina.pk, role="marketer", shops=[other.pk], by=SYSTEM, at=NOON)
    letter = reverse("messaging:letter", args=[message.public_id])

    assert login(client, nina).get(letter).status_code == 404
    assert letter not in client.get(reverse("messaging:message", args=[message.public_id])).content.decode()
    assert login(client, hire("Mila", "marketer")).get(letter).status_code == 200
