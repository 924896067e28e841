"""Whom the stores belong to: for root an unprivileged system user, else the user who started us."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from prilavok.cli.home import Home
from prilavok.cli.trouble import Trouble
from prilavok.cli.words import _

NAME = "prilavok"
SYSTEM_FOLDER = Path("/var/lib/prilavok")  # for root: what a closed home would hide from the system user


def system_user() -> pwd.struct_passwd | None:
    """For root the system user that the stores run as, made if it is missing; for anybody else nobody."""
    if os.geteuid() != 0:
        return None
    if user := _known():
        return user
    with Home(SYSTEM_FOLDER).locked("system-user"):  # of users that two commands make at once only one stays
        if user := _known():
            return user
        options = ("--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_FOLDER))
        command = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
        made = command and subprocess.run(
            [command, *options, "--shell", "/usr/sbin/nologin", NAME], capture_output=True, check=False
        )
    if user := _known():
        return user
    raise Trouble(
        _("The stores must not run as root, and the system user “{name}” could not be made: {why}").format(
            name=NAME, why=made.stderr.decode().strip() if made else "useradd?"
        ),
        _("Make that user yourself, or start Prilavok as an ordinary user."),
    )


def _known() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def give(place: Path) -> None:
    """Give a file or folder to the stores' user."""
    if user := system_user():
        os.chown(place, user.pw_uid, user.pw_gid, follow_symlinks=False)


def server_folder(home: Home, name: str) -> Path:
    """The folder of a store, its user's own. Where that user cannot reach the home, a link leads to one it can."""
    place = home.path / name
    if not place.exists():
        place.unlink(missing_ok=True)  # a link whose end is gone
        home.folder("run", 0o755)
        if system_user() is None or _open_to_all(home.path):
            home.folder(name)
        else:
            SYSTEM_FOLDER.mkdir(mode=0o755, exist_ok=True)
            place.symlink_to(tempfile.mkdtemp(prefix=f"{name}-", dir=SYSTEM_FOLDER))
    place = place.resolve()
    user = system_user()
    if place.stat().st_uid not in (os.geteuid(), user.pw_uid if user else os.geteuid()):
        raise Trouble(
            _("{folder} belongs to another user.").format(folder=place),
            _("Start as that user, or set PRILAVOK_HOME to a folder of yours."),
        )
    give(place)
    return place


def remove_server_folder(home: Home, name: str) -> None:
    """Remove a store with all its data, where a link leads too."""
    place = home.path / name
    shutil.rmtree(place.resolve(), ignore_errors=True)
    if place.is_symlink():
        place.unlink()


def _open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))
