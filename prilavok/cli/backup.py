"""Backup, one command; `restore` brings it back.

A backup is a folder: `manifest.json` (what it holds, with checksums), `postgres.dump`, `facts.tar`, `files.tar`, keys.
PostgreSQL is written first and facts after it: what facts know beyond the dump they drop by themselves after a
restore. A backup without facts is whole too, for facts are made anew from the journal. It gets its name only when it
is complete.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from prilavok import __version__
from prilavok.cli.installation import Installation, enter
from prilavok.cli.postgres import NAME, Server, program
from prilavok.cli.trouble import MEGABYTE, Trouble, need_space
from prilavok.cli.words import _

Tell = Callable[[str], None]
FACTS = "facts"  # what the column store wrote, as a folder in facts.tar
FILES = "imports"  # what was brought, and what of it was rejected
UNFINISHED = ".unfinished"  # behind the name of a folder until it is complete
PREFIX = "backup-"  # of what the column store writes for us
KEYS_LEFT_OUT = ("postgres-", "facts-token")  # they belong to the servers, not to the data


def backup(installation: Installation, folder: Path | None, *, tell: Tell) -> Path:
    """Write a backup into a new folder (home/backups/TIME by default); the folder. Raises Trouble."""
    now = datetime.now(UTC)
    target = (folder or installation.home.folder("backups") / now.strftime("%Y-%m-%d-%H%M%S")).absolute()
    if target.exists():
        raise Trouble(_("{folder} exists already.").format(folder=target), _("Name a new folder."))
    with installation.home.locked("backup"), _unfinished(installation, target) as unfinished:
        _write(installation, unfinished, now, tell)
        unfinished.rename(target)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) // MEGABYTE
    tell(
        _("The backup is in {folder} ({size} MB). It holds the keys: keep it as you keep them.").format(
            folder=target, size=size
        )
    )
    return target


@contextmanager
def _unfinished(installation: Installation, target: Path) -> Iterator[Path]:
    """A new folder to write into, gone again if that fails; what killed backups left behind goes first."""
    folder = target.with_name(target.name + UNFINISHED)
    ours = installation.home.folder("backups").glob("*" + UNFINISHED)
    for place in (folder, *ours, *_in_the_store(installation).glob(PREFIX + "*")):
        shutil.rmtree(place, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(installation: Installation, unfinished: Path, now: datetime, tell: Tell) -> None:
    with Awake(installation):
        enter(installation)
        need_space(unfinished, _database_megabytes())
        tell(_("Writing PostgreSQL"))
        dump(installation.database_url(), unfinished / "postgres.dump")
        tell(_("Writing facts"))
        with_facts = _write_facts(installation, unfinished / "facts.tar")
        if not with_facts:
            tell(_("Facts are left out: after a restore they are made anew from the journal."))
    _write_files(installation, unfinished)
    manifest = {"version": __version__, "made_at": now.isoformat(), "parts": checksums(unfinished)}
    (unfinished / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")


class Awake:
    """PostgreSQL for as long as it is needed: a server that was asleep is put to sleep again."""

    def __init__(self, installation: Installation) -> None:
        self._server = installation.server()
        self._asleep = bool(self._server and not self._server.running())

    def __enter__(self) -> None:
        if self._server:
            self._server.start()

    def __exit__(self, *failure: object) -> None:
        if self._server and self._asleep:
            from django.db import connections

            connections.close_all()
            self._server.stop()


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────


def dump(url: str, file: Path) -> None:
    with open(file, "wb") as out:
        run_program(
            "pg_dump", url, "--format=custom", "--compress=6", "--no-owner", "--no-privileges", stdout=out
        )


def restore_into(server: Server, file: Path) -> None:
    """Bring a dump into a new cluster of this server."""
    url = server.start()
    run_program(
        "pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={NAME}", str(file)
    )


def run_program(name: str, url: str, *options: str, **more: Any) -> bytes:
    """Run one of PostgreSQL's programs; the password goes by the environment, hidden from others. What it wrote, if
    that is piped. Raises Trouble.
    """
    parts = conninfo_to_dict(url)
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    environment = os.environ | {
        names[key]: str(value) for key, value in parts.items() if key in names and value
    }
    done = subprocess.run(
        [program(name), *options], env=environment, stderr=subprocess.PIPE, check=False, **more
    )
    if done.returncode != 0:
        raise Trouble(
            _("{program} failed:").format(program=name)
            + "\n"
            + done.stderr.decode("utf-8", "replace").strip()[-2000:],
            _("Mend that and run the same command again."),
        )
    return done.stdout or b""


def _database_megabytes() -> int:
    """Room for the dump, generously: a third of the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0]) // MEGABYTE // 3 + 50


# ── Facts ────────────────────────────────────────────────────────────────────────────────────────────────


def _write_facts(installation: Installation, file: Path) -> bool:
    """The column store's own backup, if it is ours and runs; whether it was written."""
    from prilavok.facts import actions, client
    from prilavok.kernel.actors import SYSTEM
    from prilavok.kernel.errors import Problem

    if not installation.embeds_facts() or not client.alive():
        return False
    written = _in_the_store(installation) / f"{PREFIX}{os.getpid()}"
    try:
        actions.back_up(written.name, by=SYSTEM)
        with tarfile.open(file, "w") as archive:
            archive.add(written, FACTS)
    except (Problem, client.BadQuestion):  # it was killed meanwhile, or has no room: they can be made anew
        return False
    finally:
        shutil.rmtree(written, ignore_errors=True)
    return True


def _in_the_store(installation: Installation) -> Path:
    """Where the column store writes backups of its own."""
    return installation.home.path / "facts" / "backups"


# ── Files and keys ───────────────────────────────────────────────────────────────────────────────────────


def _write_files(installation: Installation, folder: Path) -> None:
    files = installation.home.path / FILES
    if files.exists():
        with tarfile.open(folder / "files.tar", "w") as archive:
            archive.add(files, FILES)
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    for secret in installation.home.folder("secrets").iterdir():
        if not secret.name.startswith((".", *KEYS_LEFT_OUT)):
            shutil.copy2(secret, keys / secret.name)


# ── Manifest ─────────────────────────────────────────────────────────────────────────────────────────────


def checksums(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): _checksum(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    }


def _checksum(file: Path) -> str:
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
