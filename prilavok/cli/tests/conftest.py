"""Whole installations, apart from the one of the tests, and the command in them as an operator uses it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from prilavok.cli.home import CHECKOUT, Home
from prilavok.cli.installation import Installation
from prilavok.cli.postgres import Server

READY = {"facts": "listening", "worker": "at work"}
"""What a process says when it has begun."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    yield from installation(tmp_path_factory.mktemp("installation") / "shop")


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Home]:
    yield from installation(tmp_path / "copy")


def installation(place: Path) -> Iterator[Home]:
    """An installation in this folder, and none any more."""
    home = Home(place)
    yield home
    server = Server(home)
    server.stop()
    for store in ("postgres", "facts"):
        shutil.rmtree((place / store).resolve(), ignore_errors=True)


def prilavok(home: Home, *arguments: str, fails: bool = False, may_fail: bool = False) -> str:
    """Run the command in the installation, apart from everything that the tests' own environment says."""
    done = subprocess.run(
        [sys.executable, "-m", "prilavok", *arguments],
        cwd=CHECKOUT,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert may_fail or (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + ("" if may_fail else done.stderr)


@contextmanager
def running(home: Home, name: str) -> Iterator[None]:
    """One process of the installation, alone, as `prilavok NAME` starts it; it ends with 0 when it is told to."""
    if name == "facts":
        Installation(home).take_ports("facts")
    log = home.path / f"{name}.out"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "prilavok", name],
            cwd=CHECKOUT,
            env=environment(home) | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        until = time.monotonic() + 120
        while READY[name] not in log.read_text("utf-8"):
            assert process.poll() is None and time.monotonic() < until, log.read_text("utf-8")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        code = process.wait(timeout=60)
    assert code == 0, log.read_text("utf-8")


def environment(home: Home) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PRILAVOK_", "DJANGO_", "DATABASE_", "FACTS_", "LC_"))
    }
    return kept | {"PRILAVOK_HOME": str(home.path), "LANG": "C.UTF-8"}
