"""What can go wrong on a machine, said to a person: what happened, and what to do."""

import errno
import os
import shutil
from pathlib import Path

import psycopg

from prilavok.cli.words import _

MEGABYTE = 1024 * 1024


class Trouble(Exception):
    """The machine doesn't let us go on. `what` happened, `remedy` is what to do; both are whole sentences."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n{self.remedy}".rstrip()


def need_space(folder: Path, megabytes: int) -> None:
    """Raise Trouble if fewer megabytes than this are free where the folder will be."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free // MEGABYTE
    if free < megabytes:
        raise Trouble(
            _("The disk is full: {free} MB are free at {folder}, {needed} MB are needed.").format(
                free=free, folder=existing, needed=megabytes
            ),
            _("Free some space, or set PRILAVOK_HOME to a folder on another disk; then start again."),
        )


def megabytes(folder: Path) -> int:
    """What a folder holds, also where its links lead."""
    total = 0
    for place, _folders, files in os.walk(folder, followlinks=True):
        for name in files:
            try:
                total += os.stat(os.path.join(place, name)).st_size
            except FileNotFoundError:
                continue
    return total // MEGABYTE


def of_os_error(failure: OSError) -> Trouble:
    """The same failure with what to do about it."""
    place = failure.filename or os.environ.get("PRILAVOK_HOME", "")
    if failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return Trouble(
            _("The disk is full: could not write {place}").format(place=place),
            _("Free some space, or set PRILAVOK_HOME to a folder on another disk; then start again."),
        )
    if failure.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Trouble(
            _("This user may not write {place}").format(place=place),
            _(
                "Perhaps it was made by another user (root?). Start as that user, give the folder to this one "
                "(chown -R), or set PRILAVOK_HOME to a folder of yours."
            ),
        )
    return Trouble(f"{failure.strerror}: {place}")


def of_database(failure: BaseException, home: Path) -> Trouble | None:
    """A failure of PostgreSQL under our hands, with what to do about it; None for any other failure."""
    cause = failure if isinstance(failure, psycopg.Error) else failure.__cause__
    if not isinstance(cause, psycopg.Error):
        return None
    # A server without room fails in many ways, such as "checkpoint request failed".
    if isinstance(cause, psycopg.errors.DiskFull) or shutil.disk_usage(home).free < 32 * MEGABYTE:
        return Trouble(
            _("The disk is full: PostgreSQL cannot write to {folder}.").format(folder=home),
            _("Free some space there and start again; nothing that was saved is lost."),
        )
    if not isinstance(cause, psycopg.OperationalError):
        return None
    return Trouble(
        _("PostgreSQL broke off: {why}").format(why=str(cause).strip()),
        _("Look into its log, then start again; everything that was done so far stays."),
    )
