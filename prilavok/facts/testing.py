"""A facts process for tests: one per session, emptied before each test that asks for it.

    def test_paying_is_counted(facts, annas_receipt): journal.deliver(); assert client.value("SELECT
    count() FROM receipts") == 1

Asking for `facts` makes the test transactional: consumers read committed events only.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def facts_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The process's address and token."""
    token = secrets.token_hex(16)
    folder = tmp_path_factory.mktemp("facts")
    command = [
        sys.executable,
        "-m",
        "prilavok.facts.server",
        "--dir",
        str(folder),
        "--port",
        "0",
        "--memory",
        str(2 << 30),
    ]
    with (Path(folder) / "errors.log").open("w") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, "FACTS_TOKEN": token},
        )
        assert process.stdout
        ready = process.stdout.readline()
        assert "listening on" in ready, (Path(folder) / "errors.log").read_text()
        yield ready.split()[-1], token
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def facts(facts_process: tuple[str, str], transactional_db: None, settings: object) -> None:
    """Empty facts, filled by `journal.deliver()`."""
    from prilavok.facts import loading

    settings.FACTS_URL, settings.FACTS_TOKEN = facts_process  # type: ignore[attr-defined]
    loading.create_tables()
    loading.empty()
