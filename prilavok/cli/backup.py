"""Backup and restore, one command each.

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
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from prilavok import __version__
from prilavok.cli import processes
from prilavok.cli.installation import Installation, enter
from prilavok.cli.postgres import NAME, Server, program
from prilavok.cli.supervisor import Supervisor, alone
from prilavok.cli.system_user import give, remove_server_folder, server_folder
from prilavok.cli.trouble import MEGABYTE, Trouble, need_space
from prilavok.cli.words import _

Tell = Callable[[str], None]
FACTS = "facts"  # what the column store wrote, as a folder in facts.tar
FILES = "imports"  # what was brought, and what of it was rejected
KEYS_LEFT_OUT = ("postgres-", "facts-token")  # they belong to the servers, not to the data


def backup(installation: Installation, folder: Path | None, *, tell: Tell) -> Path:
    """Write a backup into a new folder (home/backups/TIME by default); the folder. Raises Trouble."""
    now = datetime.now(UTC)
    target = (folder or installation.home.folder("backups") / now.strftime("%Y-%m-%d-%H%M%S")).absolute()
    if target.exists():
        raise Trouble(_("{folder} exists already.").format(folder=target), _("Name a new folder."))
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
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
    manifest = {"version": __version__, "made_at": now.isoformat(), "parts": _checksums(unfinished)}
    (unfinished / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    unfinished.rename(target)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) // MEGABYTE
    tell(
        _("The backup is in {folder} ({size} MB). It holds the keys: keep it as you keep them.").format(
            folder=target, size=size
        )
    )
    return target


def restore(installation: Installation, folder: Path, *, replace: bool, tell: Tell) -> None:
    """Bring a backup into this installation, which must not run; sending is paused then. Raises Trouble."""
    manifest = _manifest(folder)
    tell(_("Backup of {made_at}, version {version}").format(**manifest))
    with alone(installation.home):
        if server := installation.server():
            server.start()
        if _holds_data(installation) and not replace:
            raise Trouble(
                _("This installation holds data, which a restore would replace."),
                _("If that is meant, say so: prilavok restore {folder} --replace").format(folder=folder),
            )
        _restore_keys(installation, folder)
        installation.take_ports("facts")
        tell(_("Restoring PostgreSQL"))
        restore_dump(installation, folder / "postgres.dump")
        enter(installation)
        _begin_a_new_life()
        tell(_("Restoring facts"))
        _restore_facts(installation, folder / "facts.tar", tell)
        _restore_files(installation, folder / "files.tar")
    tell(_("Restored. Sending is paused: start the shop, look around, resume it under Settings → Health."))


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


def restore_dump(installation: Installation, file: Path) -> None:
    """Replace the database by the dump. A broken restore leaves an empty database, and the next try begins anew."""
    url = installation.database_url()
    server = installation.server()
    if server:
        remake_database(server)
    else:
        with psycopg.connect(url, autocommit=True) as shop:
            shop.execute("DROP SCHEMA IF EXISTS public CASCADE")
            shop.execute("CREATE SCHEMA public")
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--jobs=2", f"--dbname={_name(url)}"]
    run_program("pg_restore", url, *options, str(file))


def restore_into(server: Server, file: Path) -> None:
    """Bring a dump into a new cluster of this server."""
    url = server.start()
    run_program(
        "pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={NAME}", str(file)
    )


def remake_database(server: Server) -> None:
    """An empty database in the place of the old one."""
    with psycopg.connect(server.owner_url(), autocommit=True) as owner:
        owner.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        owner.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")


def run_program(name: str, url: str, *options: str, **more: Any) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, hidden from others. Raises Trouble."""
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


def _name(url: str) -> str:
    return str(conninfo_to_dict(url)["dbname"])


def _database_megabytes() -> int:
    """Room for the dump, generously: a third of the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0]) // MEGABYTE // 3 + 50


def _holds_data(installation: Installation) -> bool:
    with psycopg.connect(installation.database_url()) as shop:
        found = shop.execute("SELECT to_regclass('company_employee')").fetchone()
        return bool(found and found[0] and shop.execute("SELECT 1 FROM company_employee LIMIT 1").fetchone())


def _begin_a_new_life() -> None:
    """The restored journal begins a new epoch, and nothing goes out until a person says so."""
    from django.db import transaction

    from prilavok.kernel import journal, switches

    with transaction.atomic():
        journal.raise_epoch("restored from a backup")
        switches.turn(switches.SENDING_PAUSED, on=True, reason="restored from a backup")


# ── Facts ────────────────────────────────────────────────────────────────────────────────────────────────


def _write_facts(installation: Installation, file: Path) -> bool:
    """The column store's own backup, if it is ours and runs; whether it was written."""
    from prilavok.facts import actions, client
    from prilavok.kernel.actors import SYSTEM

    if not installation.embeds_facts() or not client.alive():
        return False
    written = server_folder(installation.home, "facts") / "backups" / str(os.getpid())
    shutil.rmtree(written, ignore_errors=True)
    try:
        actions.back_up(written.name, by=SYSTEM)
        with tarfile.open(file, "w") as archive:
            archive.add(written, FACTS)
    finally:
        shutil.rmtree(written, ignore_errors=True)
    return True


def _restore_facts(installation: Installation, file: Path, tell: Tell) -> None:
    from prilavok.facts import actions
    from prilavok.kernel.actors import SYSTEM

    if not installation.embeds_facts():
        tell(
            _(
                "The column store is not ours: rebuild it under Settings → Health unless it was restored as well."
            )
        )
        return
    remove_server_folder(installation.home, "facts")
    if not file.exists():
        tell(_("The backup has no facts: they are made anew from the journal when the shop starts."))
        return
    supervisor = Supervisor(installation, tell)
    try:
        supervisor.start(processes.facts(installation))
        copies = server_folder(installation.home, "facts") / "backups"
        _unpack(file, copies)
        for place in (copies / FACTS, *(copies / FACTS).rglob("*")):
            give(place)
        actions.restore(FACTS, by=SYSTEM)
        shutil.rmtree(copies / FACTS)
    finally:
        supervisor.stop()


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


def _restore_files(installation: Installation, archive: Path) -> None:
    if archive.exists():
        shutil.rmtree(installation.home.path / FILES, ignore_errors=True)
        _unpack(archive, installation.home.path)


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack one of our own archives; since Python 3.11.4 nothing in it can reach out of the folder."""
    with tarfile.open(archive) as files:
        files.extraction_filter = getattr(tarfile, "data_filter", None)
        files.extractall(folder)


def _restore_keys(installation: Installation, folder: Path) -> None:
    """The keys come with the data: links in letters that were sent must stay valid."""
    for key in (folder / "keys").iterdir():
        shutil.copy2(key, installation.home.folder("secrets") / key.name)


# ── Manifest ─────────────────────────────────────────────────────────────────────────────────────────────


def _checksums(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): _checksum(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "manifest.json"
    }


def _checksum(file: Path) -> str:
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    """What the backup holds, having checked that it is whole. Raises Trouble."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        manifest = {}
    match manifest:
        case {"made_at": str(), "version": str(), "parts": dict()}:
            pass
        case _:
            raise Trouble(
                _("{folder} is no finished backup.").format(folder=folder),
                _("Name the folder that prilavok backup has made, whole and unpacked."),
            )
    found = _checksums(folder)
    damaged = [name for name, checksum in manifest["parts"].items() if found.get(name) != checksum]
    if damaged:
        raise Trouble(
            _("The backup is damaged: {files}").format(files=", ".join(damaged)),
            _("Take another copy of it; nothing has been changed here."),
        )
    return manifest
