"""A backup brought into an empty installation is the same shop, with sending paused and the journal in a new epoch."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from prilavok.cli.backup import checksums
from prilavok.cli.home import CHECKOUT, Home
from prilavok.cli.postgres import Server
from prilavok.cli.tests.conftest import environment, installation, prilavok, running

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


# ── An attack on an installation that holds data ─────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def boriss(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Another shop, whose owner is Boris."""
    for home in installation(tmp_path_factory.mktemp("another") / "shop"):
        prilavok(home, "migrate")
        words = ("--email", "boris@example.org", "--name", "Boris", "--password", "a-long-password-2")
        prilavok(home, "create-owner", *words)
        yield home


def stands(home: Home) -> tuple[list[str], str]:
    """Whose shop it is, and with which key; nothing else is left of any restore."""
    server = Server(home)
    with psycopg.connect(server.owner_url()) as owner:
        names = owner.execute("SELECT datname FROM pg_database WHERE datname LIKE 'prilavok%'").fetchall()
    assert names == [("prilavok",)] and not (home.path / "restoring").exists()
    return owners(home), home.secret("secret-key")


def sealed(folder: Path) -> str:
    """A backup whose manifest says that it is whole, whatever was done to it."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"parts": checksums(folder)}))
    return str(folder)


def cut(dump: bytes) -> bytes:
    return dump[: len(dump) // 2]  # what the format repeats at the end is not missed


def of_tomorrows_postgresql(dump: bytes) -> bytes:
    return dump[:6] + bytes([dump[6] + 50]) + dump[7:]  # PGDMP, the format's version: 1.16 becomes 1.66


@pytest.mark.parametrize(
    "harm, told", [(cut, "pg_restore"), (of_tomorrows_postgresql, "unsupported version")]
)
def test_a_dump_that_cannot_be_loaded_leaves_all_as_it_was(
    harm: Callable[[bytes], bytes], told: str, boriss: Home, backup: Path, tmp_path: Path
) -> None:
    before = stands(boriss)
    folder = shutil.copytree(backup, tmp_path / "forged")
    (folder / "postgres.dump").write_bytes(harm((folder / "postgres.dump").read_bytes()))

    words = prilavok(boriss, "restore", sealed(folder), "--replace", fails=True)

    assert told in words and "Nothing has been changed" in words
    assert stands(boriss) == before == (["boris@example.org"], boriss.secret("secret-key"))


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 900 MB, where this user may mount one; open to all, or the server would go elsewhere."""
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=900m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        place.rmdir()
        pytest.skip("only who may mount a small disk can fill one")
    place.chmod(0o755)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
    place.rmdir()


def fill(filler: Path, *, leaving: int) -> None:
    """Leave so many megabytes of its disk."""
    with filler.open("ab") as file:
        file.write(b"0" * (shutil.disk_usage(filler.parent).free - (leaving << 20)))


def test_a_full_disk_changes_nothing(small_disk: Path, backup: Path) -> None:
    for home in installation(small_disk / "shop"):
        home.path.mkdir(mode=0o755)
        prilavok(home, "migrate")
        key, filler = home.secret("secret-key"), small_disk / "filler"
        fill(filler, leaving=60)

        words = prilavok(home, "restore", str(backup), "--replace", fails=True)

        assert "disk is full" in words and "Nothing has been changed" in words
        assert stands(home) == ([], key)
        fill(filler, leaving=20)
        assert "disk is full" in prilavok(home, "backup", fails=True)
        assert not list(home.folder("backups").iterdir())
        filler.unlink()
        prilavok(home, "restore", str(backup), "--replace")
        assert stands(home)[0] == ["olga@example.org"]


def test_a_backup_of_a_newer_version_is_refused_and_one_of_an_older_brought_over(
    shop: Home, backup: Path, boriss: Home, tmp_path: Path
) -> None:
    tomorrow = "INSERT INTO django_migrations (app, name, applied) VALUES ('orders', '9999_tomorrow', now())"
    prilavok(shop, "migrate")
    with psycopg.connect(Server(shop).url(), autocommit=True) as connection:
        connection.execute(tomorrow)
        prilavok(shop, "backup", str(tmp_path / "newer"))
        connection.execute("DELETE FROM django_migrations WHERE name = '9999_tomorrow'")
    before = stands(boriss)
    words = prilavok(boriss, "restore", str(tmp_path / "newer"), "--replace", fails=True)
    assert "9999_tomorrow" in words and "Nothing has been changed" in words
    assert stands(boriss) == before

    prilavok(shop, "manage", "migrate", "orders", "0003")
    prilavok(shop, "backup", str(tmp_path / "older"))
    prilavok(shop, "migrate")
    prilavok(boriss, "backup", str(tmp_path / "boriss"))
    prilavok(boriss, "restore", str(tmp_path / "older"), "--replace")

    assert stands(boriss) == (["olga@example.org"], shop.secret("secret-key"))
    assert "prilavok upgrade" not in prilavok(boriss, "doctor", may_fail=True)
    prilavok(boriss, "restore", str(tmp_path / "boriss"), "--replace")


KILLED = """
import os, sys
from prilavok.cli import main, {module}
real = {module}.{name}
def die(*given, **more):
    {does}
    os.kill(os.getpid(), 9)
{module}.{name} = die
main()
"""


def killed(home: Home, moment: str, *arguments: str) -> None:
    """The command, killed (-9) before or after a step of it: "after restore._follow"."""
    when, place = moment.split()
    module, name = place.split(".")
    does = "real(*given, **more)" if when == "after" else "pass"
    script = KILLED.format(module=module, name=name, does=does)
    words = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(words, cwd=CHECKOUT, env=environment(home), capture_output=True, check=False)
    assert done.returncode == -9, done.stderr.decode()


@pytest.mark.parametrize(
    "moment",
    [
        *(
            "after restore._lay_out",
            "before restore._load",
            "after restore._load",
            "after restore._make_ready",
        ),
        "before restore._take_the_place",
    ],
)
def test_killed_before_its_moment_it_has_changed_nothing(moment: str, boriss: Home, backup: Path) -> None:
    key = boriss.secret("secret-key")

    killed(boriss, moment, "restore", str(backup), "--replace")

    assert (owners(boriss), boriss.secret("secret-key")) == (["boris@example.org"], key)
    prilavok(boriss, "upgrade")  # or up, or backup: whoever comes next clears up
    assert stands(boriss) == (["boris@example.org"], key)


@pytest.mark.parametrize(
    "moment",
    ["after restore._take_the_place", "after restore._follow", "before restore._clear"],
)
def test_killed_after_its_moment_the_next_start_brings_the_rest(
    moment: str, shop: Home, boriss: Home, backup: Path, tmp_path: Path
) -> None:
    prilavok(boriss, "backup", str(tmp_path / "boriss"))
    key = boriss.secret("secret-key")

    killed(boriss, moment, "restore", str(backup), "--replace")
    prilavok(boriss, "backup", str(tmp_path / "next"))

    assert stands(boriss) == (["olga@example.org"], shop.secret("secret-key"))
    assert (tmp_path / "next" / "keys" / "secret-key").read_text() == shop.secret("secret-key")
    prilavok(boriss, "restore", str(tmp_path / "boriss"), "--replace")
    assert stands(boriss) == (["boris@example.org"], key)


@pytest.mark.parametrize("moment", ["before backup.dump", "after backup.dump", "after backup._write_files"])
def test_a_backup_that_was_killed_is_none_and_the_next_one_clears_up(moment: str, boriss: Home) -> None:
    folder = boriss.folder("backups")
    made = set(folder.iterdir())

    killed(boriss, moment, "backup")
    (left,) = set(folder.iterdir()) - made
    assert left.name.endswith(".unfinished")
    assert "no finished backup" in prilavok(boriss, "restore", str(left), "--replace", fails=True)
    prilavok(boriss, "backup")

    assert not list(folder.glob("*.unfinished"))
