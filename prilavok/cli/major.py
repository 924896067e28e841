"""A new major version of PostgreSQL, reached by dump and restore: the old programs write, the new ones read."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from prilavok.cli.backup import dump, restore_into
from prilavok.cli.postgres import Server, kept_programs, major_version
from prilavok.cli.trouble import Trouble, megabytes, need_space
from prilavok.cli.words import _


def data_version(server: Server) -> str:
    """The major version that the server's data was made by; nothing while there is no data."""
    try:
        return (server.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def bring_over(server: Server, tell: Callable[[str], None]) -> None:
    """Move the data to the installed version; the old data stays until all is there. Raises Trouble."""
    old_version, new_version = data_version(server), major_version()
    programs = kept_programs(server.place, old_version)
    if programs is None:
        raise Trouble(
            _("PostgreSQL {old} made the data, and its programs are gone.").format(old=old_version),
            _(
                "Install the former version of Prilavok, make a backup with it, and restore that with this one."
            ),
        )
    tell(
        _("PostgreSQL: from version {old} to {new}, by dump and restore").format(
            old=old_version, new=new_version
        )
    )
    need_space(server.place, megabytes(server.data) * 2)
    dumped = _dump_by(replace(server, programs=programs))
    before, fresh = server.place / f"data.{old_version}", server.beside()
    _remove(fresh)  # what an upgrade that was killed had filled
    try:
        restore_into(fresh, dumped)
    except BaseException:
        _remove(fresh)
        raise
    fresh.stop()
    shutil.rmtree(before, ignore_errors=True)
    server.data.rename(before)
    fresh.data.rename(server.data)  # killed before this, the next start does it
    dumped.unlink()
    server.start()
    tell(_("Done. The former data stays in {folder}; remove it when you are content.").format(folder=before))


def _remove(cluster: Server) -> None:
    cluster.stop()
    shutil.rmtree(cluster.data, ignore_errors=True)


def _dump_by(old: Server) -> Path:
    dumped = old.home.folder("backups") / "upgrade.dump"
    url = old.start()
    try:
        dump(url, dumped)
    finally:
        old.stop()
    return dumped
