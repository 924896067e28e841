"""`prilavok up` and `make demo`: everything in the right order, and words for the person who waits."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click
import psycopg

from prilavok.cli import processes
from prilavok.cli.home import CHECKOUT
from prilavok.cli.installation import FIRST_PORTS, SUPERVISED, Installation, of_demo
from prilavok.cli.supervisor import STOP_WITHIN, Stopped, Supervisor, alone, end, end_with_parent
from prilavok.cli.system_user import remove_server_folder
from prilavok.cli.trouble import Trouble, megabytes, need_space
from prilavok.cli.words import _

if TYPE_CHECKING:
    from demo.large.recipe import Recipe

RUN = (
    *("prilavok/**/*.py", "prilavok/**/*.html", "prilavok/**/*.mo", "demo/**/*.py"),
    "prilavok/ui/static/ui/build/.stamp",
)
BUILT_OF = ("prilavok/**/*.po", "prilavok/**/*.html", "frontend/*.*", "frontend/src/**/*.*")
LOOK_AT_SOURCES_EVERY = 1.0  # seconds
INTERRUPTED = 130  # as shells say it
DEMO_SPACE = 3000  # MB that the demo takes while it is loaded, of which a loaded one holds a good part
DEMO_LEAST = 300  # MB that it needs to go on living


def run_shop(installation: Installation, *, reload: bool) -> None:
    """Start a real installation and keep it up until told to stop. Raises Trouble."""
    if reload:
        os.environ["PRILAVOK_DEBUG"] = "1"
    from prilavok.cli.restore import finish

    with alone(installation.home):
        finish(installation, _say)
        _keep_bytecode()
        supervisor = Supervisor(installation, _say)
        try:
            _start_stores(installation, supervisor)
            _prepare(installation, supervisor, "prepare")
            _start_others(installation, supervisor)
            _say(_("Prilavok is up: {url}   Ctrl-C stops it.").format(url=installation.public_url()))
            supervisor.watch(Watcher(supervisor) if reload else _keeper(installation))
        except Stopped:
            return
        finally:
            _stop(installation, supervisor)


def run_demo(*, reset: bool, check: bool, wanted: Sequence[str] = ()) -> int:
    """Start the demo shop, loading it first if need be; with `check` walk the main job and stop. The exit code.

    `wanted`: what `prilavok demo load` is told of the shop that it loads.
    """
    installation = of_demo()
    if installation.server() is None:
        raise Trouble(
            _("The demo brings its own PostgreSQL, but DATABASE_URL names another."),
            _("Unset it and start again."),
        )
    with alone(installation.home):
        if reset:
            _forget(installation)
        need_space(installation.home.path, max(DEMO_LEAST, DEMO_SPACE - megabytes(installation.home.path)))
        _keep_bytecode()
        supervisor = Supervisor(installation, _say)
        try:
            _start_stores(installation, supervisor)
            _prepare(installation, supervisor, "migrate")
            _start_others(installation, supervisor)
            greeting = [] if check else ["--welcome"]  # in the same process: each takes seconds to start
            code = run(installation, supervisor, "demo", "load", *wanted, *greeting)
            if check and code == 0:
                code = run(installation, supervisor, "demo", "check")
            if check or code:
                return code
            supervisor.watch(_keeper(installation))
            return 0
        except Stopped:
            return INTERRUPTED
        finally:
            _stop(installation, supervisor)


def run_generate(recipe: "Recipe", *, only_facts: bool, anew: bool) -> int:
    """Make a large base of invented people in the demo's installation, which then sleeps. The exit code.

    Raises Trouble where anybody else stands in it, or somebody does and it is not to begin anew.
    """
    installation = of_demo()
    server = installation.server()
    if server is None or not installation.embeds_facts():
        raise Trouble(
            _("A generated base brings its own stores, but DATABASE_URL or FACTS_URL names others."),
            _("Unset them and start again."),
        )
    with alone(installation.home):
        url = server.start()
        _leave_the_living_alone(url, anew)
        if anew:
            _forget(installation)
        needed = recipe.megabytes(only_facts=only_facts)
        _say(_("About {needed} MB of disk will be taken.").format(needed=needed))
        need_space(installation.home.path, needed)
        supervisor = Supervisor(installation, _say)
        words = [f"--customers={recipe.customers}", f"--events={recipe.events}", f"--seed={recipe.seed}"]
        words += [f"--until={recipe.until}", *["--only-facts"] * only_facts]
        try:
            _start_stores(installation, supervisor)
            _prepare(installation, supervisor, "migrate")
            return run(installation, supervisor, "demo", "fill", *words)
        except Stopped:
            return INTERRUPTED
        finally:
            _stop(installation, supervisor)


def _leave_the_living_alone(url: str, anew: bool) -> None:
    with psycopg.connect(url) as shop:
        found = shop.execute("SELECT to_regclass('customers_person')").fetchone()
        if not (found and found[0]):
            return
        exists = "EXISTS (SELECT FROM customers_person{})"
        people = f"SELECT {exists.format(' WHERE NOT invented')}, {exists.format('')}"
        real, anybody = shop.execute(people).fetchone() or (True, True)
    if real:
        raise Trouble(
            _("Customers who were not invented stand in this base; nothing is generated beside them."),
            _("Set PRILAVOK_HOME to a new folder."),
        )
    if anybody and not anew:
        raise Trouble(
            _("A generated base or a demo shop, perhaps half made, stands here already."),
            _("To remove it and begin anew, add --anew; or set PRILAVOK_HOME to a new folder."),
        )


def _keep_bytecode() -> None:
    """Seven processes start from the same source: what is compiled once is kept, whatever the caller's shell says."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _start_stores(installation: Installation, supervisor: Supervisor) -> None:
    if server := installation.server():
        _say(_("Starting PostgreSQL"))
        server.start()
    installation.take_ports()
    if installation.embeds_facts():
        _say(_("Starting the column store"))
        supervisor.start(processes.facts(installation))


def _start_others(installation: Installation, supervisor: Supervisor) -> None:
    """Start what stands upon the stores. Ports that were free when we began may have been taken since."""
    installation.take_ports(*FIRST_PORTS.keys() - {"facts"})
    supervisor.start(*processes.all_others(installation))


def _prepare(installation: Installation, supervisor: Supervisor, verb: str) -> None:
    """Bring the schema over in a process of its own, so that this one stays small. Raises Trouble, Stopped."""
    if run(installation, supervisor, verb) != 0:
        raise Trouble(_("The database could not be prepared; the reason stands above."))


def run(installation: Installation, supervisor: Supervisor, *arguments: str) -> int:
    """Run a command of our own with this terminal, everything being kept alive meanwhile. Raises Stopped."""
    environment = os.environ | installation.environment() | {SUPERVISED: str(installation.home.path)}
    command = [sys.executable, "-m", "prilavok", *arguments]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, preexec_fn=end_with_parent)
    try:
        supervisor.watch(_keeper(installation), until=lambda: process.poll() is not None)
    finally:
        end(process, time.monotonic() + STOP_WITHIN)
    if supervisor.stopping:
        raise Stopped
    return process.returncode


def _forget(installation: Installation) -> None:
    """Remove all of the demo's data. Its folder is the demo's alone."""
    _say(_("Removing the demo's data"))
    if server := installation.server():
        server.stop()
    for store in ("postgres", "facts"):
        remove_server_folder(installation.home, store)
    for place in installation.home.path.iterdir():
        if place.is_dir() and place.name != "run":
            shutil.rmtree(place, ignore_errors=True)
        elif place.is_file() and place.name != "config.toml":
            place.unlink()


def _stop(installation: Installation, supervisor: Supervisor) -> None:
    _say(_("Stopping…"))
    supervisor.stop()
    if server := installation.server():
        server.stop()


def _keeper(installation: Installation) -> Callable[[], None]:
    """What to look at beside the children: the embedded server, which is nobody's child."""
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1
        server = installation.server()
        if server and looks % 10 == 0 and not server.running():
            _say(_("PostgreSQL ended; it starts again."))
            server.start()

    return look


class Watcher:
    """For developers: restarts everything when a source changes, builds first what is built of it."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._run, self._built = _newest(RUN), _newest(BUILT_OF)
        self._building: subprocess.Popen[bytes] | None = None
        self._looked = 0.0

    def __call__(self) -> None:
        if time.monotonic() - self._looked < LOOK_AT_SOURCES_EVERY:
            return
        self._looked = time.monotonic()
        if (newest := _newest(RUN)) != self._run:  # the end of a build is such a change too
            self._run = newest
            self._supervisor.restart()
        if self._building and self._building.poll() is None:
            return
        if (newest := _newest(BUILT_OF)) != self._built:
            self._built = newest
            self._building = subprocess.Popen(
                [sys.executable, str(CHECKOUT / "dev" / "bootstrap.py"), "run"], preexec_fn=end_with_parent
            )


def _newest(patterns: Iterable[str]) -> float:
    """When the latest of these files was changed, in seconds; 0 where there are none."""
    newest = 0.0
    for pattern in patterns:
        for file in CHECKOUT.glob(pattern):
            try:
                newest = max(newest, file.stat().st_mtime)
            except FileNotFoundError:
                continue
    return newest


def prepare() -> None:
    """Before a real shop serves: an empty database is filled, an older one and demo log-ins are refused."""
    from prilavok.cli.migration import is_empty, migrate, pending_migrations
    from prilavok.company import queries as company

    if not is_empty() and pending_migrations():
        raise Trouble(
            _("The database is of an older version than the program."),
            _("Bring it over: prilavok upgrade (it makes a backup first)."),
        )
    migrate(click.echo)
    if company.has_demo_logins():
        raise Trouble(
            _("This database has the demo's log-ins, whose passwords everybody knows."),
            _("Switch those employees off, or start the demo as such: make demo"),
        )
    if not company.has_owner():
        click.echo(_("Nobody may log in yet. In another terminal: prilavok create-owner"))


def _say(text: str) -> None:
    print(text, flush=True)
