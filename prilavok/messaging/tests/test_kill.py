"""kill -9 at random moments: real sender, real catcher, real PostgreSQL. Nobody gets two letters; the books close."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging import actions, queries
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.lanes import Sender
from prilavok.messaging.models import Mailing, Message, TemplateVersion
from prilavok.messaging.ports import Recipient
from prilavok.messaging.tests.conftest import eventually, free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chaos, pytest.mark.timeout(900)]

KILLS = 22
WINDOW, CONNECTIONS = 15, 2
READERS = 1_500


@contextmanager
def process(module: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """One of our processes, killed at the end whatever happens."""
    one = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "prilavok.config.testing"} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield one
    finally:
        one.send_signal(signal.SIGKILL)
        one.wait(10)


@contextmanager
def sender(url: str) -> Iterator[int]:
    """A sender in a process of its own, forked to save the imports; killed at the end with SIGKILL."""
    connections.close_all()
    pid = os.fork()
    if not pid:
        try:
            settings.SMTP_URL = url
            Sender().run()
        finally:
            os._exit(1)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.fixture
def plan(town: Callable[..., list[int]], letter: TemplateVersion) -> Callable[[str], Mailing]:
    """A mailing to thousands of readers, under a policy."""

    def make(policy: str) -> Mailing:
        profiles = town(*[f"reader{number}@kill.test" for number in range(READERS)])
        return actions.plan_mailing(
            owner=f"test:{policy}",
            template_version_id=letter.pk,
            recipients=[Recipient(one, {"coupon_code": f"C{one}"}) for one in profiles],
            policy=policy,
            start_at=clock.now(),
            by=SYSTEM,
            at=clock.now(),
        )

    return make


def send_and_kill(mailing: Mailing, store: Path, *, kills: int) -> list[int]:
    """Let senders run one after another and kill each at a random moment; how many each left in doubt."""
    port, page = free_port(), free_port()
    url = f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}&window={WINDOW}"
    chance, left = random.Random(20261122), []
    with process(
        "prilavok.messaging.catcher", "--smtp-port", str(port), "--web-port", str(page), "--store", str(store)
    ):
        assert eventually(lambda: answers(port), 120)
        for _ in range(kills):
            before = decided(mailing)
            with sender(url):
                assert eventually(lambda: decided(mailing) > before or not waiting(mailing), 120)  # noqa: B023
                time.sleep(chance.uniform(0, 0.1))
            left.append(Message.objects.filter(mailing=mailing, state="in_flight").count())
        let_retries_come_due(mailing)
        with process("prilavok.messaging.sender", SMTP_URL=url):
            assert eventually(lambda: let_retries_come_due(mailing) or closed(mailing), 240)
    return left


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def decided(mailing: Mailing) -> int:
    return Message.objects.filter(mailing=mailing, state__in=["delivered", "refused"]).count()


def waiting(mailing: Mailing) -> bool:
    return Message.objects.filter(mailing=mailing, state="planned").exists()


def closed(mailing: Mailing) -> bool:
    return Mailing.objects.filter(pk=mailing.pk, finished_at__isnull=False).exists()


def let_retries_come_due(mailing: Mailing) -> bool:
    Message.objects.filter(mailing=mailing, state="planned", retry_at__isnull=False).update(retry_at=None)
    return False


def test_killed_at_any_moment_nobody_gets_two_letters(plan: Callable[[str], Mailing], tmp_path: Path) -> None:
    mailing = plan("never_twice")
    store = tmp_path / "mail.sqlite3"

    left = send_and_kill(mailing, store, kills=KILLS)

    books = queries.books(mailing.pk)
    counts = Store(store).counts()
    assert books.total == READERS
    assert (books.planned, books.in_flight) == (0, 0)
    assert counts["duplicates"] == 0
    assert counts["letters"] == counts["recipients"]
    assert all(in_doubt <= WINDOW * CONNECTIONS for in_doubt in left)
    died = Message.objects.filter(mailing=mailing, state="unknown", reason="sender_died")
    assert died.count() == sum(left)
    assert sum(1 for in_doubt in left if in_doubt) >= KILLS // 2, (
        "most kills should have caught letters in flight"
    )
    # Whoever is told to have the letter has it; whoever has it without being told so stands as unknown, by name.
    caught = {recipient for recipient, _ in Store(store).envelopes()}
    states = dict(Message.objects.filter(mailing=mailing).exclude(address="").values_list("address", "state"))
    assert {address for address, state in states.items() if state == "delivered"} <= caught
    assert {states[address] for address in caught} <= {"delivered", "unknown"}


def test_under_never_lose_everybody_gets_a_letter(plan: Callable[[str], Mailing], tmp_path: Path) -> None:
    mailing = plan("never_lose")
    store = tmp_path / "mail.sqlite3"
    send_and_kill(mailing, store, kills=6)
    books = queries.books(mailing.pk)
    assert books.unknown == 0
    assert books.delivered + books.refused == READERS
    assert Store(store).counts()["recipients"] == books.delivered
