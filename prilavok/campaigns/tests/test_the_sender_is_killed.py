"""kill -9 at random moments: real sender, real catcher, real PostgreSQL; the books close all the same."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from prilavok.campaigns import actions, queries
from prilavok.campaigns.models import Campaign
from prilavok.customers import actions as customers
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.lanes import Sender
from prilavok.messaging.models import Mailing, Message
from prilavok.messaging.tests.conftest import eventually, free_port
from tests import processes
from tests.cast import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(900)]

KILLS = 22
WINDOW, CONNECTIONS = 10, 2
READERS = 2_000
# Seconds a letter takes while senders are killed: nearly all of a sender's time is then spent with letters in
# flight, however busy the machine, and the campaign is not over before the last kill.
BUSY = 0.01


@contextmanager
def catching(store: Path, pace: float) -> Iterator[str]:
    """The catcher in a process of its own, in its moods, `pace` seconds a letter; the address that senders want."""
    port = free_port()
    options = ["--smtp-port", str(port), "--web-port", str(free_port()), "--pace", str(pace)]
    one = subprocess.Popen(
        [sys.executable, "-m", "prilavok.messaging.catcher", *options, "--store", str(store)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "prilavok.config.testing"},
    )
    try:
        assert eventually(lambda: answers(port), 120)
        yield f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}&window={WINDOW}"
    finally:
        one.kill()
        one.wait(10)


def send(url: str) -> None:
    settings.SMTP_URL = url
    Sender().run()


@contextmanager
def sender(url: str) -> Iterator[None]:
    """A sender in a process of its own; killed at the end with SIGKILL."""
    process = processes.started(send, url)
    try:
        yield
    finally:
        process.kill()
        process.join()


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture
def launched(
    town: Callable[..., list[int]], campaign_to: Callable[..., Campaign]
) -> Callable[[str], Campaign]:
    """A campaign on its way, under a policy: some may not be written to, some learn so only at the last moment."""

    def launch(policy: str) -> Campaign:
        profiles = town(*[f"reader{number}@kill.test" for number in range(READERS)])
        for profile in profiles[:5]:
            customers.withdraw_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)
        campaign = campaign_to(profiles, policy=policy)
        actions.launch(campaign_id=campaign.pk, by=SYSTEM, at=clock.now())
        actions.prepare(campaign_id=campaign.pk)
        late = Message.objects.order_by("-id").values_list("profile", flat=True)[:5]
        for profile in list(late):
            customers.withdraw_consent(profile_id=profile, channel="email", source="call", by=SYSTEM, at=NOON)
        campaign.refresh_from_db()
        return campaign

    return launch


def send_and_kill(campaign: Campaign, store: Path) -> list[set[int]]:
    """Let senders run one after another, kill each at a random moment; the profiles each left in flight."""
    chance, left = random.Random(), list[set[int]]()
    messages = Message.objects.filter(mailing__owner=campaign.owner)

    def decided() -> int:
        return messages.filter(state__in=["delivered", "refused"]).count()

    def over() -> bool:
        messages.filter(state="planned", retry_at__isnull=False).update(
            retry_at=None
        )  # the wait is not the point
        return Mailing.objects.filter(owner=campaign.owner, finished_at__isnull=False).exists()

    with catching(store, BUSY) as url:
        for _ in range(KILLS):
            before = decided()
            with sender(url):
                assert eventually(lambda: decided() > before or over(), 120)  # noqa: B023
                time.sleep(chance.uniform(0, 2 * WINDOW * BUSY))
            left.append(set(messages.filter(state="in_flight").values_list("profile", flat=True)))
    with catching(store, 0) as url, sender(url):
        assert eventually(over, 240)
    return left


def close_books(campaign: Campaign, left: list[set[int]]) -> None:
    """What holds under either policy."""
    books = queries.books(campaign)
    assert books.closed
    assert (books.planned, books.waiting) == (READERS, 0)
    assert books.suppressed == {"withdrawn": 10}
    assert books.control == 200  # ten per cent of those who might be written to
    assert all(len(one) <= WINDOW * CONNECTIONS for one in left)
    caught_in_flight = sum(1 for one in left if one)
    assert caught_in_flight >= KILLS // 2, "most kills should catch letters in flight"


def profiles_in(campaign: Campaign, figure: str, reason: str = "") -> set[int]:
    found = queries.people(campaign, SYSTEM, figure=figure, reason=reason, size=READERS)
    return {one.profile_id for one in found}


def letters_by_profile(campaign: Campaign, store: Path) -> Counter[int]:
    """How many letters of this campaign the catcher holds for each customer."""
    profile_of = dict(Message.objects.exclude(address="").values_list("address", "profile"))
    return Counter(profile_of[address] for address, _ in Store(store).envelopes())


def test_killed_at_any_moment_nobody_gets_two_letters(
    launched: Callable[[str], Campaign], tmp_path: Path
) -> None:
    campaign, store = launched("never_twice"), tmp_path / "mail.sqlite3"
    left = send_and_kill(campaign, store)
    close_books(campaign, left)
    letters = letters_by_profile(campaign, store)
    assert set(letters.values()) == {1}
    # Whoever was in flight stands as unknown, by name; whoever is told to have the letter has it, and nobody else.
    assert profiles_in(campaign, "unknown", "sender_died") == set[int]().union(*left)
    assert profiles_in(campaign, "delivered") <= set(letters)
    assert set(letters) <= profiles_in(campaign, "delivered") | profiles_in(campaign, "unknown")


def test_under_never_lose_everybody_gets_a_letter(
    launched: Callable[[str], Campaign], tmp_path: Path
) -> None:
    campaign, store = launched("never_lose"), tmp_path / "mail.sqlite3"
    left = send_and_kill(campaign, store)
    close_books(campaign, left)
    letters = letters_by_profile(campaign, store)
    assert queries.books(campaign).unknown == 0
    assert set(letters) == profiles_in(campaign, "delivered")
    # Only whoever was in flight at a kill may have more than one.
    assert {profile for profile, count in letters.items() if count > 1} <= set[int]().union(*left)
