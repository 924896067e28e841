"""A backup brought into an empty installation is the same shop, with sending paused and the journal in a new epoch."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from prilavok.cli.home import CHECKOUT, Home
from prilavok.cli.postgres import Server

pytestmark = pytest.mark.chaos  # whole installations are made: long


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    yield from _installation(tmp_path_factory.mktemp("installation") / "shop")


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Home]:
    yield from _installation(tmp_path / "copy")


def _installation(place: Path) -> Iterator[Home]:
    home = Home(place)
    yield home
    server = Server(home)
    server.stop()
    for store in ("postgres", "facts"):
        shutil.rmtree((place / store).resolve(), ignore_errors=True)


def prilavok(home: Home, *arguments: str, answers: str = "", fails: bool = False) -> str:
    """Run the command in the installation, apart from everything that the tests' own environment says."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PRILAVOK_", "DJANGO_", "DATABASE_", "FACTS_", "LC_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "prilavok", *arguments],
        cwd=CHECKOUT,
        env=kept | {"PRILAVOK_HOME": str(home.path), "LANG": "C.UTF-8"},
        input=answers,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def owners(home: Home) -> list[str]:
    with psycopg.connect(Server(home).url()) as connection:
        return [
            row[0] for row in connection.execute("SELECT email FROM company_employee ORDER BY 1").fetchall()
        ]


@pytest.fixture(scope="module")
def backup(shop: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backups") / "backup"
    prilavok(shop, "migrate")
    prilavok(
        shop,
        *("create-owner", "--email", "olga@example.org", "--name", "Olga", "--password", "a-long-password-1"),
    )
    prilavok(shop, "backup", str(folder))
    return folder


def test_the_copy_is_the_same_shop_with_sending_paused(shop: Home, copy: Home, backup: Path) -> None:
    prilavok(copy, "restore", str(backup))

    assert owners(copy) == ["olga@example.org"]
    assert copy.secret("secret-key") == shop.secret("secret-key")
    with psycopg.connect(Server(copy).url()) as connection:
        assert connection.execute(
            'SELECT "on" FROM kernel_switch WHERE name = %s', ["sending_paused"]
        ).fetchone() == (True,)
        assert connection.execute("SELECT reason FROM kernel_epoch ORDER BY number DESC").fetchone() == (
            "restored from a backup",
        )


def test_data_is_not_overwritten_unless_that_is_said(copy: Home, shop: Home, backup: Path) -> None:
    words = prilavok(shop, "restore", str(backup), fails=True)
    assert "--replace" in words

    prilavok(shop, "restore", str(backup), "--replace")
    assert owners(shop) == ["olga@example.org"]


def test_a_damaged_backup_changes_nothing(copy: Home, backup: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(backup, tmp_path / "damaged")
    with open(damaged / "postgres.dump", "ab") as dump:
        dump.write(b"!")

    assert "postgres.dump" in prilavok(copy, "restore", str(damaged), fails=True)
    assert not (copy.path / "postgres").exists()
