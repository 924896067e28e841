"""A backup brought into an empty installation is the same shop, with sending paused and the journal in a new epoch."""

import json
import shutil
import time
from pathlib import Path

import psycopg
import pytest

from prilavok.cli.home import Home
from prilavok.cli.postgres import Server
from prilavok.cli.tests.conftest import prilavok, running

pytestmark = pytest.mark.chaos  # whole installations are made: long


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


SHOPS = "code,name,timezone\n1,One,Europe/Moscow\n"
RECEIPTS = "receipt,shop,paid_at,product,quantity,revenue\n" + "".join(
    f"{n},1,2026-03-0{1 + n % 9} 10:15:00,P{n % 3},1,{n}.50\n" for n in range(200)
)


def compared(home: Home) -> dict[str, tuple[str, str]]:
    """What doctor says of the books: by figure how it stands, and both sides in words."""
    told = json.loads(prilavok(home, "doctor", "--json", may_fail=True))
    return {one["key"]: (one["state"], one["words"]) for one in told if one["key"].startswith("books")}


def test_the_copy_has_the_facts_of_the_shop(shop: Home, copy: Home, backup: Path, tmp_path: Path) -> None:
    for kind, text in (("shops", SHOPS), ("receipts", RECEIPTS)):
        (tmp_path / f"{kind}.csv").write_text(text)
        prilavok(shop, "import", kind, str(tmp_path / f"{kind}.csv"))
    with running(shop, "facts"):
        with running(shop, "worker"):
            until, books = time.monotonic() + 120, compared(shop)
            while any(state != "good" for state, _words in books.values()):
                assert time.monotonic() < until, books
                books = compared(shop)
        prilavok(shop, "backup", str(tmp_path / "with-facts"))

    words = prilavok(copy, "restore", str(tmp_path / "with-facts"))

    assert (tmp_path / "with-facts" / "facts.tar").exists(), words
    with running(copy, "facts"):
        assert compared(copy) == books
    assert "20,000.00" in books["books.receipts.revenue_units"][1], books


def test_a_damaged_backup_changes_nothing(copy: Home, backup: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(backup, tmp_path / "damaged")
    with open(damaged / "postgres.dump", "ab") as dump:
        dump.write(b"!")

    assert "postgres.dump" in prilavok(copy, "restore", str(damaged), fails=True)
    assert not (copy.path / "postgres").exists()
