"""What can go wrong on a machine, said to a person: what happened, and what to do."""

import errno
import shutil
from pathlib import Path

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


def of_os_error(failure: OSError) -> Trouble:
    """The same failure with what to do about it."""
    place = failure.filename or ""
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
