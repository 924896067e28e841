"""PRILAVOK_HOME: the one folder that holds an installation's configuration, secrets, data and logs.

config.toml     written by hand, may be absent: ports, addresses, numbers of processes
secrets/        one file per secret, readable by the owner only, made when first asked for
postgres/       the embedded server, unless DATABASE_URL names another
facts/          the embedded column store, unless FACTS_URL names another
run/            what runs now: process ids and ports
log/            what the processes say
"""

import fcntl
import os
import secrets
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prilavok.cli.trouble import Trouble, of_os_error
from prilavok.cli.words import _

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def default() -> "Home":
    """PRILAVOK_HOME; in a checkout of the source its `var` folder."""
    return Home(Path(os.environ.get("PRILAVOK_HOME") or CHECKOUT / "var").resolve())


@dataclass(frozen=True)
class Home:
    path: Path

    def folder(self, name: str, mode: int = 0o700) -> Path:
        """A folder of the installation, made if it is missing. Raises Trouble."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            place = self.path / name
            place.mkdir(mode=mode, parents=True, exist_ok=True)
        except OSError as failure:
            raise of_os_error(failure) from failure
        return place

    def config(self) -> dict[str, Any]:
        """What config.toml says; nothing if there is none. Raises Trouble."""
        try:
            return tomllib.loads((self.path / "config.toml").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
            raise Trouble(
                _("{file} cannot be read: {why}").format(file=self.path / "config.toml", why=failure),
                _("Mend that line; the manual lists what may stand in the file."),
            ) from failure

    def secret(self, name: str) -> str:
        """The installation's own secret of this name; made on first use, then always the same."""
        place = self.folder("secrets") / name
        try:
            if not place.exists():
                fresh = write(place.with_name(f".{name}.{os.getpid()}"), secrets.token_urlsafe(48))
                try:
                    os.link(fresh, place)  # the first of two processes wins, the other reads
                except FileExistsError:
                    pass
                fresh.unlink()
            return place.read_text(encoding="ascii").strip()
        except OSError as failure:
            raise of_os_error(failure) from failure

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the installation's lock of this name; others wait for it, and the kernel frees it at any death."""
        with open(self.folder("run", 0o755) / f"{name}.lock", "a", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def write(place: Path, text: str, mode: int = 0o600) -> Path:
    """Write the file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, mode)
        os.replace(name, place)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return place
