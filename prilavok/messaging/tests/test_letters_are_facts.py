"""What becomes of letters reaches the column store, and what was told too early is corrected there."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from prilavok.facts import client
from prilavok.kernel import journal
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging import actions, queries
from prilavok.messaging.facts import LETTERS
from prilavok.messaging.models import Message, TemplateVersion
from prilavok.messaging.ports import Recipient
from prilavok.messaging.tests.conftest import Catcher, send_all
from tests.cast import NOON

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def read(facts: object, catcher: Catcher, town: Callable[..., list[int]], letter: TemplateVersion) -> Message:
    """A letter that has arrived."""
    [profile] = town("reader@town.test")
    mailing = actions.plan_mailing(
        owner="test:1",
        template_version_id=letter.pk,
        recipients=[Recipient(profile, {"coupon_code": "CODE-1"})],
        start_at=NOON,
        by=SYSTEM,
        at=NOON,
    )
    send_all()
    mailing.messages.update(settled_at=NOON)
    return mailing.messages.get()


def told(message: Message, measure: str) -> int:
    """What a segment would be told of this reader's letters."""
    journal.deliver()
    asked = next(one.sql for one in LETTERS.measures if one.key == measure)
    return int(client.value(f"SELECT {asked} FROM messages WHERE profile_id = {message.profile_id}"))


def look(message: Message, after: float = 0, agent: str = BROWSER) -> None:
    """Open the letter, so many seconds after an hour in the mailbox."""
    actions.note_open(message=message.public_id, at=LATER + timedelta(seconds=after), user_agent=agent)


def click(message: Message, link: int, after: float = 0, agent: str = BROWSER) -> None:
    at = LATER + timedelta(seconds=after)
    actions.note_click(message=message.public_id, link=link, at=at, user_agent=agent)


def test_a_letter_is_delivered_opened_and_followed(read: Message) -> None:
    look(read)
    click(read, 0, 60)
    click(read, 0, 90)
    assert [told(read, key) for key in ("delivered", "opened", "clicked")] == [1, 1, 1]


def test_machines_are_not_told_as_readers(read: Message) -> None:
    look(read, agent="Barracuda Sentinel (EE)")
    click(read, 0, agent="curl/8.0")
    assert [told(read, key) for key in ("delivered", "opened", "clicked")] == [1, 0, 0]


def test_a_scanner_found_out_late_is_taken_back(read: Message) -> None:
    look(read)
    click(read, 0, 0.1)
    assert [told(read, "opened"), told(read, "clicked")] == [1, 1]  # so far it might be a person
    click(read, 1, 0.4)
    click(read, 2, 0.7)
    assert [told(read, "opened"), told(read, "clicked")] == [0, 0]
    reading = queries.reading(read.mailing_id)
    assert (reading.opened, reading.clicked) == (0, 0)
    assert (reading.opened_by_machines_only, reading.clicked_by_machines_only) == (1, 1)


def test_the_person_after_the_scanner_counts(read: Message) -> None:
    click(read, 0)
    click(read, 1, 0.3)
    click(read, 0, 3600)
    look(read, 3500)
    assert [told(read, "opened"), told(read, "clicked")] == [1, 1]
    assert queries.reading(read.mailing_id).clicked == 1
