"""A mailing goes out over real SMTP and its books close."""

import email
import email.policy
from collections.abc import Callable
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest

from prilavok.customers import actions as customers
from prilavok.customers import queries as customer_queries
from prilavok.kernel import switches
from prilavok.kernel.actors import SYSTEM, Refused
from prilavok.kernel.models import StoredEvent
from prilavok.messaging import actions, queries
from prilavok.messaging.catcher.moods import Mood, mood
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.lanes import Sender
from prilavok.messaging.letters import links
from prilavok.messaging.models import Mailing, Message, TemplateVersion
from prilavok.messaging.ports import Recipient
from prilavok.messaging.tests.conftest import Catcher
from tests.cast import NOON, actor

pytestmark = pytest.mark.django_db(transaction=True)


def of_mood(wanted: Mood, count: int = 1) -> list[str]:
    """Addresses that the catcher treats so."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        address = f"reader{number}@town.test"
        if mood(address) is wanted:
            found.append(address)
        number += 1
    return found


def plan(letter: TemplateVersion, profiles: list[int], **more: object) -> Mailing:
    return actions.plan_mailing(
        owner="test:1",
        template_version_id=letter.pk,
        recipients=[Recipient(one, {"coupon_code": f"CODE-{one}"}) for one in profiles],
        start_at=NOON,
        by=SYSTEM,
        at=NOON,
        **more,  # type: ignore[arg-type]
    )


def send() -> int:
    """What a sender does from its start until nothing is due."""
    sender = Sender()
    try:
        return sender.work_off()
    finally:
        sender.presence.drop()


def let_retries_come_due() -> None:
    Message.objects.filter(state="planned").update(retry_at=None)


def test_everybody_gets_their_own_letter(
    catcher: Catcher, town: Callable[..., list[int]], letter: TemplateVersion
) -> None:
    profiles = town(*of_mood(Mood.ACCEPT, 25))
    mailing = plan(letter, profiles)

    send()

    mailing.refresh_from_db()
    assert mailing.state == Mailing.State.DONE
    assert queries.books(mailing.pk).delivered == 25
    assert catcher.counts() == {"letters": 25, "recipients": 25, "duplicates": 0}
    assert StoredEvent.objects.filter(type="messaging.MessageDelivered").count() == 25
    raw = Store(catcher.path).raw(1)
    assert raw is not None
    read = email.message_from_bytes(raw, policy=email.policy.default)
    message = Message.objects.get(address=read["To"].strip("<>"))
    assert read["Message-ID"] == f"<{message.public_id}@lavka.test>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert links.token(message.public_id) in read["List-Unsubscribe"]
    text = read.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"CODE-{message.profile_id}" in text
    assert "{{" not in text + read.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_refusals_are_final_or_tried_again(
    catcher: Catcher, town: Callable[..., list[int]], letter: TemplateVersion
) -> None:
    addresses = [of_mood(one)[0] for one in (Mood.NO_SUCH_USER, Mood.LATER, Mood.HANG_UP_BEFORE, Mood.ACCEPT)]
    nobody, later, hung_up, fine = town(*addresses)
    mailing = plan(letter, [nobody, later, hung_up, fine])

    send()
    let_retries_come_due()
    send()

    states = queries.deliveries_of(mailing.pk, [nobody, later, hung_up, fine])
    assert states == {nobody: "refused", later: "delivered", hung_up: "delivered", fine: "delivered"}
    assert catcher.counts()["duplicates"] == 0
    assert Message.objects.get(profile=nobody).reason.startswith("550 5.1.1")
    assert customer_queries.why_unreachable([nobody], "email")[nobody] == "failed_address"


def test_a_letter_lost_on_its_way_is_unknown_or_sent_again(
    catcher: Catcher, town: Callable[..., list[int]], letter: TemplateVersion
) -> None:
    lost, next_one = town(of_mood(Mood.HANG_UP_AFTER)[0], of_mood(Mood.ACCEPT)[0])
    mailing = plan(letter, [lost, next_one])
    send()
    let_retries_come_due()
    send()
    assert queries.deliveries_of(mailing.pk, [lost, next_one]) == {lost: "unknown", next_one: "delivered"}
    assert Message.objects.get(profile=lost).reason == "lost_connection"


def test_never_lose_sends_again_what_was_lost(
    catcher: Catcher, town: Callable[..., list[int]], letter: TemplateVersion
) -> None:
    [lost] = town(of_mood(Mood.HANG_UP_AFTER)[0])
    mailing = plan(letter, [lost], policy="never_lose")
    send()
    let_retries_come_due()
    send()
    assert queries.deliveries_of(mailing.pk, [lost]) == {lost: "delivered"}


def test_who_withdraws_before_the_letter_leaves_gets_none(
    catcher: Catcher, town: Callable[..., list[int]], letter: TemplateVersion
) -> None:
    stays, goes = town(*of_mood(Mood.ACCEPT, 2))
    mailing = plan(letter, [stays, goes])
    customers.withdraw_consent(profile_id=goes, channel="email", source="call", by=SYSTEM, at=NOON)

    send()

    books = queries.books(mailing.pk)
    assert (books.delivered, books.suppressed) == (1, {"withdrawn": 1})
    assert catcher.counts()["letters"] == 1


class Rude(StreamRequestHandler):
    """A mail server that names the reader, refused by `RCPT`, or whoever it turns away at the door."""

    def handle(self) -> None:
        shut = self.server.shut  # type: ignore[attr-defined]
        self.wfile.write(b"554 go away, zaytseva@town.test\r\n" if shut else b"220 welcome\r\n")
        for line in self.rfile:
            refused = {b"RCPT": b"550 5.1.1 <zaytseva@town.test>: unknown here", b"DATA": b"503 whose?"}
            self.wfile.write(refused.get(line[:4].upper(), b"250 well") + b"\r\n")


@pytest.mark.parametrize("shut", [True, False])
def test_a_server_that_names_the_reader_is_not_repeated_in_the_log(
    shut: bool,
    town: Callable[..., list[int]],
    letter: TemplateVersion,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    plan(letter, town("zaytseva@town.test"))
    with ThreadingTCPServer(("127.0.0.1", 0), Rude) as server:
        server.shut = shut  # type: ignore[attr-defined]
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        settings.SMTP_URL = f"smtp://127.0.0.1:{server.server_address[1]}?connections=1"
        send()
        server.shutdown()

    assert Message.objects.get().state == ("planned" if shut else "refused")
    assert "zaytseva" not in caplog.text
    assert ("554 go away, …@…" in caplog.text) == shut


def test_a_paused_installation_sends_nothing(
    catcher: Catcher, town: Callable[..., list[int]], letter: TemplateVersion
) -> None:
    plan(letter, town(*of_mood(Mood.ACCEPT, 2)))
    switches.turn(switches.SENDING_PAUSED, on=True, reason="restored copy")
    assert send() == 0
    actions.resume_sending(by=SYSTEM, at=NOON)
    assert send() == 2


def test_a_cancelled_mailing_writes_to_nobody_else(
    catcher: Catcher, town: Callable[..., list[int]], letter: TemplateVersion
) -> None:
    mailing = plan(letter, town(*of_mood(Mood.ACCEPT, 3)))
    actions.cancel_mailing(mailing_id=mailing.pk, by=SYSTEM, at=NOON)
    assert send() == 0
    assert queries.books(mailing.pk).suppressed == {"cancelled": 3}
    mailing.refresh_from_db()
    assert mailing.finished_at is not None


def test_planning_twice_changes_nothing(town: Callable[..., list[int]], letter: TemplateVersion) -> None:
    profiles = town(*of_mood(Mood.ACCEPT, 3))
    assert plan(letter, profiles).pk == plan(letter, profiles).pk
    assert Message.objects.count() == 3


def test_a_stranger_may_not_send(max_stranger: object, letter: TemplateVersion) -> None:
    with pytest.raises(Refused):
        actions.plan_mailing(
            owner="x:1",
            template_version_id=letter.pk,
            recipients=[],
            start_at=NOON,
            by=actor(max_stranger),  # type: ignore[arg-type]
            at=NOON,
        )
