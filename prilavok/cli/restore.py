"""Restore, one command: all is prepared beside what stands, and takes its place only when it is proved to stand.

The dump is loaded into a database of its own and brought to this version; keys and files are laid out in `restoring/`.
Then both databases change their names in one transaction: that is the moment from which the restored shop stands. Keys
and files follow, and facts at last. Whoever is killed before that moment has changed nothing; what was killed after it
is brought to its end by the next start (`finish_if_broken_off`), the facts then being made anew from the journal.

A PostgreSQL of one's own, where we may make no second database, is emptied and loaded after the dump was read once to
its end; a restore that is broken off there must be run again, and says so.
"""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from prilavok.cli import processes
from prilavok.cli.backup import FACTS, FILES, checksums, run_program
from prilavok.cli.home import Home, write
from prilavok.cli.installation import Installation, enter
from prilavok.cli.postgres import NAME, Server
from prilavok.cli.supervisor import Supervisor, alone
from prilavok.cli.system_user import give, remove_server_folder, server_folder
from prilavok.cli.trouble import MEGABYTE, Trouble, need_space, of_os_error
from prilavok.cli.words import _

Tell = Callable[[str], None]
BESIDE, BEFORE = "prilavok_restoring", "prilavok_before"  # databases: being loaded, the one that stood
GROWS = 4  # times that a database is larger than its dump, at least
ROOM_TO_FINISH = 100  # MB: names, keys, and the former database's leaving write too
UNTOUCHED = _("Nothing has been changed here.")


def restore(installation: Installation, folder: Path, *, replace: bool, tell: Tell) -> None:
    """Bring a backup into this installation, which must not run; sending is paused then. Raises Trouble."""
    manifest = _manifest(folder)
    tell(_("Backup of {made_at}, version {version}").format(**manifest))
    steps = _steps_of(folder / "postgres.dump", manifest)
    with alone(installation.home):
        finish(installation, tell, again=True)
        server = installation.server()
        if server:
            server.start()
        if _holds_data(installation) and not replace:
            raise Trouble(
                _("This installation holds data, which a restore would replace."),
                _("If that is meant, say so: prilavok restore {folder} --replace").format(folder=folder),
            )
        installation.take_ports("facts")
        beside = server.url(BESIDE) if server else ""
        with _nothing_changed(installation):
            _lay_out(installation.home, folder)
            _enter(replaced(installation, named_database=beside) if server else installation)
            _refuse_a_newer_one(steps, manifest)
            tell(_("Restoring PostgreSQL"))
            if server:
                need_space(server.place, ROOM_TO_FINISH + GROWS * _size(folder / "postgres.dump"))
                _make_beside(server)
                _load(beside, folder / "postgres.dump")
                _make_ready(tell)
                need_space(server.place, ROOM_TO_FINISH + 2 * _size(folder / "facts.tar"))
            else:
                run_program("pg_restore", "", "--file=/dev/null", str(folder / "postgres.dump"))
        if server:
            _take_the_place(server)
        else:
            _load_in_place(installation, folder, tell)
        _follow(installation, _place(installation.home))
        tell(_("Restoring facts"))
        _restore_facts(installation, folder / "facts.tar", tell)
        _clear(installation)
    tell(_("Restored. Sending is paused: start the shop, look around, resume it under Settings → Health."))


def finish_if_broken_off(installation: Installation, tell: Tell) -> None:
    """Before anything is done with an installation that doesn't run: end a restore that was killed. Raises Trouble."""
    if _place(installation.home).exists():
        with alone(installation.home):
            finish(installation, tell)


def finish(installation: Installation, tell: Tell, *, again: bool = False) -> None:
    """The same, for whoever is alone in it already; `again`: it is about to be restored anew. Raises Trouble."""
    if not _place(installation.home).exists():
        return
    server = installation.server()
    if server:
        server.start()
        stands = _exists(server, BEFORE)
    else:
        stands = _told(installation.home, "stage") == "stands"
    if stands:
        tell(_("A restore was broken off when its database stood already: the rest follows."))
        _follow(installation, _place(installation.home))
        tell(_("Its facts are made anew from the journal when the shop starts."))
    elif not server and _told(installation.home, "stage") == "replacing":
        if again:
            return  # whoever begins anew keeps the word of it until the database is whole
        raise Trouble(
            _("A restore was broken off while the database was being replaced: it is not whole."),
            _("Run it again: prilavok restore {folder} --replace").format(
                folder=_told(installation.home, "folder")
            ),
        )
    else:
        tell(_("A restore was broken off: what it left behind is removed."))
    _clear(installation)


# ── What is looked at before anything is touched ─────────────────────────────────────────────────────────


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
    found = checksums(folder)
    damaged = [name for name, checksum in manifest["parts"].items() if found.get(name) != checksum]
    if damaged:
        raise Trouble(
            _("The backup is damaged: {files}").format(files=", ".join(damaged)),
            _("Take another copy of it; nothing has been changed here."),
        )
    return manifest


def _steps_of(dump: Path, manifest: dict[str, Any]) -> set[tuple[str, str]]:
    """The steps of the schema that a dump has taken, by app and name. Raises Trouble for one that cannot be read."""
    asked = ("--data-only", "--table=django_migrations", "--file=-", str(dump))
    try:
        told = run_program("pg_restore", "", *asked, stdout=subprocess.PIPE).decode()
    except Trouble as trouble:
        raise Trouble(
            trouble.what,
            _(
                "The backup was made by version {version}, perhaps with a newer PostgreSQL: restore it with that "
                "version, or take another backup."
            ).format(version=manifest["version"])
            + f" {UNTOUCHED}",
        ) from trouble
    rows = told.partition("FROM stdin;\n")[2].partition("\n\\.")[0].splitlines()
    return {(row.split("\t")[1], row.split("\t")[2]) for row in rows}


def _refuse_a_newer_one(steps: set[tuple[str, str]], manifest: dict[str, Any]) -> None:
    from django.db.migrations.loader import MigrationLoader

    known = MigrationLoader(None).disk_migrations
    before = {step for migration in known.values() for step in migration.replaces}
    if unknown := sorted(steps - known.keys() - before):
        raise Trouble(
            _("The backup is of a newer version ({version}): this one does not know {step}.").format(
                version=manifest["version"], step=".".join(unknown[0])
            ),
            _("Install that version or a later one, then run the same command again."),
        )


def _holds_data(installation: Installation) -> bool:
    with psycopg.connect(installation.database_url()) as shop:
        found = shop.execute("SELECT to_regclass('company_employee')").fetchone()
        return bool(found and found[0] and shop.execute("SELECT 1 FROM company_employee LIMIT 1").fetchone())


# ── Beside what stands ───────────────────────────────────────────────────────────────────────────────────


def _place(home: Home) -> Path:
    """Where keys and files wait, with the word of how far the restore has come."""
    return home.path / "restoring"


def _told(home: Home, name: str) -> str:
    try:
        return str(json.loads((_place(home) / "state.json").read_text(encoding="utf-8")).get(name, ""))
    except (FileNotFoundError, ValueError):
        return ""


def _note(home: Home, stage: str, folder: str) -> None:
    write(_place(home) / "state.json", json.dumps({"stage": stage, "folder": folder}))


def _lay_out(home: Home, folder: Path) -> None:
    """Keys and files of the backup, beside those that stand."""
    place, stage = home.folder("restoring"), _told(home, "stage") or "beside"
    for left in (place / "keys", place / FILES):
        shutil.rmtree(left, ignore_errors=True)
    _note(home, stage, str(folder.absolute()))
    shutil.copytree(folder / "keys", place / "keys")
    if (folder / "files.tar").exists():
        _unpack(folder / "files.tar", place)


@contextmanager
def _nothing_changed(installation: Installation) -> Iterator[None]:
    """What was laid out beside is gone again if anything fails, and whoever reads of it is told that all stands (or
    lacks what an earlier restore has not brought).
    """
    earlier = _told(installation.home, "stage"), _told(installation.home, "folder")
    try:
        yield
    except BaseException as failure:
        # A server that died of a full disk has room again; else the next start clears up.
        with suppress(Exception):
            if server := installation.server():
                server.start()
            _clear(installation)
            if earlier[0] == "replacing":
                installation.home.folder("restoring")
                _note(installation.home, *earlier)
        if isinstance(failure, OSError):
            failure = of_os_error(failure)
        if isinstance(failure, Trouble):
            raise Trouble(failure.what, f"{failure.remedy} {UNTOUCHED}".strip()) from failure
        raise


def _make_beside(server: Server) -> None:
    """An empty database beside the one that stands."""
    _drop_both(server)
    made = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(BESIDE), sql.Identifier(NAME))
    _on(server, made)


def _load_in_place(installation: Installation, folder: Path, tell: Tell) -> None:
    """The dump in the place of what a PostgreSQL of one's own holds."""
    url, home = installation.database_url(), installation.home
    _note(home, "replacing", str(folder.absolute()))
    with psycopg.connect(url, autocommit=True) as shop:
        shop.execute("DROP SCHEMA IF EXISTS public CASCADE")
        shop.execute("CREATE SCHEMA public")
    _load(url, folder / "postgres.dump")
    _make_ready(tell)
    _note(home, "stands", str(folder.absolute()))


def _enter(installation: Installation) -> None:
    """Make this process one of the restored shop's: with the backup's key, unless another one is named."""
    key = _place(installation.home) / "keys" / "secret-key"
    if key.exists():
        os.environ.setdefault("SECRET_KEY", key.read_text(encoding="ascii").strip())
    enter(installation)


def _load(url: str, dump: Path) -> None:
    database = str(conninfo_to_dict(url)["dbname"])
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--jobs=2", f"--dbname={database}"]
    run_program("pg_restore", url, *options, str(dump))


def _make_ready(tell: Tell) -> None:
    """Bring it to this version; its journal begins a new epoch, and nothing goes out until a person says so."""
    from django.core.management import call_command
    from django.db import connections, transaction

    from prilavok.cli.migration import pending_migrations
    from prilavok.company import actions as company
    from prilavok.kernel import journal, switches

    if pending := pending_migrations():
        tell(_("Bringing the database to this version: {count} steps").format(count=len(pending)))
        call_command("migrate", interactive=False, verbosity=0)
    company.make_roles()
    with transaction.atomic():
        journal.raise_epoch("restored from a backup")
        switches.turn(switches.SENDING_PAUSED, on=True, reason="restored from a backup")
    connections.close_all()


# ── In the place of what stood ───────────────────────────────────────────────────────────────────────────


def _take_the_place(server: Server) -> None:
    """The moment: both databases change their names together."""
    stood, stands, beside = map(sql.Identifier, (BEFORE, NAME, BESIDE))
    with psycopg.connect(server.owner_url(), autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s)", [[NAME, BESIDE]]
        )
        with owner.transaction():
            owner.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(stands, stood))
            owner.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(beside, stands))


def _follow(installation: Installation, laid_out: Path) -> None:
    """What belongs to the restored database: its keys (links in letters that were sent stay valid) and files. Facts of
    the former one go. May be done again.
    """
    for key in (laid_out / "keys").iterdir():
        write(installation.home.folder("secrets") / key.name, key.read_text(encoding="utf-8"))
    if (laid_out / FILES).exists():
        shutil.rmtree(installation.home.path / FILES, ignore_errors=True)
        (laid_out / FILES).rename(installation.home.path / FILES)
    if installation.embeds_facts():
        remove_server_folder(installation.home, "facts")


def _restore_facts(installation: Installation, file: Path, tell: Tell) -> None:
    from prilavok.facts import actions, client
    from prilavok.kernel.actors import SYSTEM
    from prilavok.kernel.errors import Problem

    if not installation.embeds_facts():
        tell(
            _(
                "The column store is not ours: rebuild it under Settings → Health unless it was restored as well."
            )
        )
        return
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
    except (Problem, client.BadQuestion, tarfile.TarError, OSError, Trouble) as failure:
        supervisor.stop()
        remove_server_folder(installation.home, "facts")
        tell(
            _("Facts could not be restored ({why}): they are made anew from the journal.").format(why=failure)
        )
    finally:
        supervisor.stop()


def _size(file: Path) -> int:
    """In megabytes; nought of what is not there."""
    return file.stat().st_size // MEGABYTE if file.exists() else 0


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack one of our own archives; since Python 3.11.4 nothing in it can reach out of the folder."""
    with tarfile.open(archive) as files:
        files.extraction_filter = getattr(tarfile, "data_filter", None)
        files.extractall(folder)


def _clear(installation: Installation) -> None:
    """Remove what the restore no longer needs: the word of it at last."""
    if server := installation.server():
        _drop_both(server)
    shutil.rmtree(_place(installation.home))


def _drop_both(server: Server) -> None:
    for name in (BESIDE, BEFORE):
        _on(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _exists(server: Server, database: str) -> bool:
    with psycopg.connect(server.owner_url(), autocommit=True) as owner:
        found = owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        return found.fetchone() is not None


def _on(server: Server, statement: sql.Composed) -> None:
    with psycopg.connect(server.owner_url(), autocommit=True) as owner:
        owner.execute(statement)
