"""A facts process for tests: one per session, emptied before each test that asks for it.

    def test_paying_is_counted(facts, annas_receipt):
        journal.deliver()
        assert client.value("SELECT count() FROM receipts") == 1

Asking for `facts` makes the test transactional: consumers read committed events only. `standing_facts` are for a file
whose tests look at the same things: what a module's fixture makes on it is committed, stays until the file's end, and
is seen by tests that ask for `db`, whose own changes are taken back.

    @pytest.fixture(scope="module")
    def year(standing_facts): ...
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker


class FactsServer:
    """A facts process over a folder: started, ended, killed, and started again over the same data."""

    def __init__(
        self, folder: Path, *, durable: bool = True, port: int = 0, options: Sequence[str] = ()
    ) -> None:
        self.folder, self.durable, self.token = folder, durable, secrets.token_hex(16)
        self.port, self.options = port, options
        self.url = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when it listens; the port is another one each time unless one was named."""
        words = f"-m prilavok.facts.server --dir {self.folder} --port {self.port} --memory {2 << 30}".split()
        words += self.options
        if not self.durable:
            words.append("--volatile")
        errors = self.folder / "errors.log"
        with errors.open("a") as stream:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
                env={**os.environ, "FACTS_TOKEN": self.token},
            )
        assert self.process.stdout
        ready = self.process.stdout.readline()
        assert "listening on" in ready, errors.read_text()
        self.url = ready.split()[-1]

    def end(self, *, at_once: bool = False) -> None:
        """SIGTERM, or `at_once` SIGKILL."""
        assert self.process
        (self.process.kill if at_once else self.process.terminate)()
        self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def facts_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The process's address and token."""
    server = FactsServer(tmp_path_factory.mktemp("facts"), durable=False)
    server.start()
    yield server.url, server.token
    server.end()


@pytest.fixture
def facts(facts_process: tuple[str, str], transactional_db: None, settings: object) -> None:
    """Empty facts, filled by `journal.deliver()`."""
    settings.FACTS_URL, settings.FACTS_TOKEN = facts_process  # type: ignore[attr-defined]
    _lay_empty()


@pytest.fixture(scope="module")
def standing_facts(
    facts_process: tuple[str, str], django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Empty facts and tables, to be filled once for the tests of a file."""
    from django.conf import settings
    from django.core.management import call_command

    before = settings.FACTS_URL, settings.FACTS_TOKEN
    settings.FACTS_URL, settings.FACTS_TOKEN = facts_process
    with django_db_blocker.unblock():
        _lay_empty()
        yield
        call_command("flush", interactive=False, verbosity=0)
        _lay_empty()
    settings.FACTS_URL, settings.FACTS_TOKEN = before


def _lay_empty() -> None:
    """Declared tables, without rows: by one statement, where a dozen of them cost more than most tests."""
    from prilavok.facts import client, loading

    loading.create_tables()
    loading.forget()
    client.execute(f"TRUNCATE ALL TABLES FROM {client.database()} NOT LIKE 'shapes'")
