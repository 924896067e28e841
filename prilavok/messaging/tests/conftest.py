"""A town of readers, a letter to them, and a mail server that takes or refuses it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from prilavok.company.models import Shop
from prilavok.customers import actions as customers
from prilavok.customers.ports import NewConsent, NewCustomer
from prilavok.kernel.actors import SYSTEM
from prilavok.messaging import actions
from prilavok.messaging.catcher.smtp import Conversation
from prilavok.messaging.catcher.store import Store
from prilavok.messaging.lanes import Sender
from prilavok.messaging.models import TemplateVersion
from tests.cast import NOON


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Catcher:
    """A catcher in this process: its port and its letters."""

    port: int
    path: Path

    def counts(self) -> dict[str, int]:
        return Store(self.path).counts()

    def letters(self, search: str = "") -> list[str]:
        return [one.recipient for one in Store(self.path).page(search=search, size=10_000)]


@pytest.fixture
def catcher(tmp_path: Path, settings: object) -> Iterator[Catcher]:
    """A real SMTP server that is in a bad mood for a known share of addresses."""
    import asyncio

    port, path = free_port(), tmp_path / "mail.sqlite3"
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def serve() -> None:
        store = Store(path)
        server = await loop.create_server(lambda: Conversation(store, moody=True), "127.0.0.1", port)
        ready.set()
        await server.serve_forever()

    def run() -> None:
        asyncio.set_event_loop(loop)
        task = loop.create_task(serve())
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(5)
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}?connections=1&window=10"  # type: ignore[attr-defined]
    settings.MAIL_FROM = "Lavka <news@lavka.test>"  # type: ignore[attr-defined]
    yield Catcher(port, path)
    for task in asyncio.all_tasks(loop):
        loop.call_soon_threadsafe(task.cancel)
    thread.join(5)


@pytest.fixture
def town(shop_on_lenina: Shop) -> Callable[..., list[int]]:
    """Makes people with consent and these addresses; their profiles in the same order."""

    def make(*addresses: str) -> list[int]:
        people = [
            NewCustomer(
                external_id=f"reader-{number}-{address}",
                first_name=f"Reader{number}",
                email=address,
                shop_id=shop_on_lenina.pk,
                consents=(NewConsent(channel="email", source="test"),),
            )
            for number, address in enumerate(addresses)
        ]
        known = customers.register_many(people, by=SYSTEM, at=NOON)
        return [known[one.external_id] for one in people]

    return make


@pytest.fixture
def letter(the_company: None) -> TemplateVersion:
    """The starter letter."""
    return actions.save_starter(name="Come back", by=SYSTEM, at=NOON)


def send_all() -> int:
    """What a sender does from its start until nothing is due."""
    sender = Sender()
    try:
        return sender.work_off()
    finally:
        sender.presence.drop()


def eventually(true: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False
