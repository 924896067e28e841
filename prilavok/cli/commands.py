"""The command `prilavok`. Each verb stands here in a few lines; what it does lives beside, in files named after it."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from prilavok import __version__
from prilavok.cli import installation as installations
from prilavok.cli import processes
from prilavok.cli.installation import Installation
from prilavok.cli.trouble import Trouble, of_database, of_os_error
from prilavok.cli.words import _


def run() -> None:
    """Run the command; troubles are told in words, never as a traceback."""
    if os.environ.get(installations.SUPERVISED):
        from prilavok.kernel.discreet import end_discreetly

        end_discreetly()  # what it says goes into a log
    try:
        prilavok()
    except Trouble as trouble:
        sys.exit(f"\n{trouble}")
    except OSError as failure:
        sys.exit(f"\n{of_os_error(failure)}")
    except Exception as failure:
        told = of_database(failure, installations.current().home.path)
        if told is None:
            raise
        sys.exit(f"\n{told}")


@click.group(help=_("Prilavok keeps a shop's customers. PRILAVOK_HOME names the folder of the installation."))
@click.version_option(__version__, prog_name="prilavok")
def prilavok() -> None:
    pass


# ── Running ──────────────────────────────────────────────────────────────────────────────────────────────


@prilavok.command(help=_("Start everything and keep it running; Ctrl-C stops it."))
@click.option("--reload", is_flag=True, help=_("Restart on every change of the source (for developers)."))
def up(reload: bool) -> None:
    from prilavok.cli.up import run_shop

    run_shop(installations.current(), reload=reload)


@prilavok.command(hidden=True)
def prepare() -> None:
    _enter()
    from prilavok.cli.up import prepare as make_ready

    make_ready()


@prilavok.command(
    help=_("Bring an empty or older database, the column store and the static files to this version.")
)
def migrate() -> None:
    from prilavok.cli.migration import migrate as bring_over

    installation = installations.current()
    if server := installation.server():
        server.start()
    installations.enter(installation)
    bring_over(click.echo)


@prilavok.command(
    help=_("Back up, then bring the installation to this version (PostgreSQL's major version too).")
)
@click.option("--without-backup", is_flag=True, help=_("Do not make a backup first."))
def upgrade(without_backup: bool) -> None:
    from prilavok.cli.migration import upgrade as bring_over

    bring_over(installations.current(), backup_first=not without_backup, tell=click.echo)


@prilavok.command(
    help=_("Check the installation, compare sums between PostgreSQL and facts, say what to do.")
)
@click.option("--json", "as_json", is_flag=True, help=_("Print the findings as JSON."))
@click.option(
    "--repair", is_flag=True, help=_("First load anew what differs in facts, by day and by customer.")
)
def doctor(as_json: bool, repair: bool) -> None:
    from prilavok.cli.doctor import examine

    sys.exit(examine(installations.current(), as_json=as_json, repair=repair))


@prilavok.command(help=_("Write a backup of PostgreSQL, facts, files and keys into a new folder."))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
def backup(folder: Path | None) -> None:
    from prilavok.cli.backup import backup as write
    from prilavok.cli.restore import finish_if_broken_off

    finish_if_broken_off(installations.current(), click.echo)
    write(installations.current(), folder, tell=click.echo)


@prilavok.command(help=_("Restore a backup; the copy starts with sending paused."))
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--replace", is_flag=True, help=_("Replace what the installation holds now."))
def restore(folder: Path, replace: bool) -> None:
    from prilavok.cli.restore import restore as read

    read(installations.current(), folder, replace=replace, tell=click.echo)


@prilavok.command("create-owner", help=_("Create an employee who may do everything."))
@click.option("--email", prompt=_("E-mail"))
@click.option("--name", prompt=_("First and last name"))
@click.option("--password", prompt=_("Password"), hide_input=True, confirmation_prompt=True)
def create_owner(email: str, name: str, password: str) -> None:
    _enter()
    from prilavok.cli.words import language
    from prilavok.company import actions
    from prilavok.kernel import clock
    from prilavok.kernel.actors import SYSTEM
    from prilavok.kernel.errors import Problem

    actions.make_roles()
    try:
        actions.add_employee(
            email=email,
            name=name,
            password=password,
            roles={"owner"},
            by=SYSTEM,
            at=clock.now(),
            language=language(),
        )
    except Problem as problem:
        raise Trouble(str(problem)) from problem
    click.echo(_("{email} may log in now.").format(email=email))


@prilavok.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    help=_("Run a management command of Django's in this installation."),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    _enter()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["prilavok manage", *arguments])


@prilavok.group(help=_("Who is who: customers that are likely one person."))
def identity() -> None:
    pass


@identity.command(help=_("How well duplicates are found in a file that says which rows are one person."))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--cluster", metavar="COLUMN", default="", help=_("The column that says who is who."))
@click.option("--map", "mapped", multiple=True, metavar="FIELD=COLUMN", help=_("Which column holds a field."))
@click.option(
    "--labels",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("A file of judged pairs instead of a column."),
)
@click.option("--threshold", type=click.FloatRange(0, 1), help=_("From which probability on two are one."))
@click.option("--json", "as_json", is_flag=True, help=_("Print the findings as JSON."))
@click.option("--keep", is_flag=True, help=_("Keep the figures in this installation, for its page."))
def evaluate(file: Path, keep: bool, **options: Any) -> None:
    if keep:
        _enter()
    from prilavok.cli.identity import evaluate as measure

    measure(file, keep=keep, **options)


@prilavok.group(help=_("Promotions: try scenarios."))
def promotions() -> None:
    pass


@promotions.command("try", help=_("Try scenario files against the reckoning; print what differs."))
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
def try_promotions(files: tuple[Path, ...]) -> None:
    from prilavok.cli.promotions import try_files

    sys.exit(try_files(files, enter=_enter))


@promotions.command("schema", help=_("Print the format of scenario files as JSON Schema."))
def promotions_schema() -> None:
    from prilavok.cli.promotions import print_schema

    print_schema()


# ── Each process alone ───────────────────────────────────────────────────────────────────────────────────


def _process(
    name: str, text: str, *, enter: Callable[[Installation], None] = installations.enter
) -> Callable[[Callable[[Installation], None]], click.Command]:
    """A command that is one process; `up` runs it in the same way."""

    def declare(function: Callable[[Installation], None]) -> click.Command:
        def start() -> None:
            installation = installations.current()
            enter(installation)
            function(installation)

        return prilavok.command(name, help=text)(start)

    return declare


@_process("web", _("The pages and the API."), enter=installations.join)
def web(installation: Installation) -> None:
    _serve("wsgi", "prilavok.config.wsgi:application", installation, "web", processes.workers(), threads=8)


@_process(
    "till", _("The API for tills alone, so that an export never delays a cashier."), enter=installations.join
)
def till(installation: Installation) -> None:
    _serve("wsgi", "prilavok.config.till:application", installation, "till", processes.workers(), threads=4)


@_process("live", _("Notes to open pages that something has changed."), enter=installations.join)
def live(installation: Installation) -> None:
    _serve("asgi", "prilavok.config.live:application", installation, "live", 1, threads=1)


@_process("worker", _("Events, jobs and the schedule."))
def worker(installation: Installation) -> None:
    from prilavok.config.schedule import SCHEDULE
    from prilavok.kernel import worker as workers

    workers.run(SCHEDULE)


@_process("sender", _("Letters."))
def sender(installation: Installation) -> None:
    from prilavok.messaging import sender as senders

    sys.exit(senders.main())


@_process("catcher", _("The demo's mail catcher: takes all letters, delivers none."))
def catcher(installation: Installation) -> None:
    from prilavok.messaging import catcher as catchers

    catchers.run()


@prilavok.group(invoke_without_command=True, help=_("The column store."))
@click.pass_context
def facts(context: click.Context) -> None:
    from prilavok.cli.facts import serve

    if context.invoked_subcommand is None:
        sys.exit(serve(installations.current()))


@facts.command(help=_("Make the facts anew from the journal; figures are short meanwhile."))
def rebuild() -> None:
    _enter()
    from prilavok.facts import actions
    from prilavok.kernel.actors import SYSTEM
    from prilavok.kernel.errors import Problem

    def tell(done: int) -> None:
        click.echo(_("{n} events loaded").format(n=done))

    try:
        actions.rebuild(by=SYSTEM, progress=tell)
    except Problem as problem:
        raise Trouble(str(problem), _("Start the shop: prilavok up")) from problem


def _serve(
    kind: str, application: str, installation: Installation, name: str, workers: int, threads: int
) -> None:
    """Become a server process: exec, so that signals and the parent's death reach it directly. Its own processes set
    Django up; here that would be seconds for nothing."""
    command = processes.granian(
        kind,
        application,
        host=_host(installation, name),
        port=installation.port(name),
        workers=workers,
        threads=threads,
    )
    os.execve(command[0], command, dict(os.environ))


def _host(installation: Installation, name: str) -> str:
    return installation.host if name in ("web", "till") else installations.HOST


def _enter() -> Installation:
    installation = installations.current()
    installations.enter(installation)
    return installation


# ── What others bring ────────────────────────────────────────────────────────────────────────────────────


class _Later(click.Group):
    """A group whose commands stand in another package, imported only when one of them is asked for."""

    def __init__(self, *args: Any, source: Callable[[], click.Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._source = source

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._source().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or self._source().get_command(ctx, cmd_name)


def _imports() -> click.Group:
    _enter()
    from prilavok.exchange.cli import imports

    return imports


def _demo() -> click.Group:
    installations.enter(installations.of_demo())
    from demo.cli import demo as commands

    return commands


prilavok.add_command(
    _Later(
        "import",
        source=_imports,
        help=_("Load a file: customers, products, receipts, an experiment and so on."),
    )
)
demo = _Later("demo", source=_demo, help=_("The demo shop."))
prilavok.add_command(demo)


@demo.command("up", help=_("Load the demo shop unless it is there, and start everything."))
@click.option("--reset", is_flag=True, help=_("Begin anew: all of the demo's data is removed."))
@click.option("--check", is_flag=True, help=_("Walk the main job, print its figures and end with 0 or 1."))
@click.option("--generated", is_flag=True, help=_("A generated shop, even where the data set can be had."))
@click.option(
    "--as-recorded", is_flag=True, help=_("Keep the dates of the data set instead of ending the year now.")
)
def demo_up(reset: bool, check: bool, generated: bool, as_recorded: bool) -> None:
    from prilavok.cli.up import run_demo

    wanted = [*["--generated"] * generated, *["--as-recorded"] * as_recorded]
    sys.exit(run_demo(reset=reset, check=check, wanted=wanted))


@demo.command("generate", help=_("Make a large base of invented customers, for measuring, in an empty home."))
@click.option("--customers", type=click.IntRange(10), default=1_000_000, show_default=True)
@click.option(
    "--events",
    type=click.IntRange(100),
    default=10_000_000,
    show_default=True,
    help=_("Receipts, their lines, and what became of letters: about so many rows."),
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help=_("The same, the same base.")
)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help=_("The last of the two years; today if not told.")
)
@click.option("--only-facts", is_flag=True, help=_("Leave receipts and letters out of PostgreSQL."))
@click.option("--anew", is_flag=True, help=_("Begin anew: all of the demo's data is removed."))
def demo_generate(
    customers: int, events: int, seed: int, until: datetime | None, only_facts: bool, anew: bool
) -> None:
    from demo.large.recipe import Recipe
    from prilavok.cli.up import run_generate

    last = (until or datetime.now(UTC)).date()
    recipe = Recipe(customers=customers, events=events, until=last, seed=seed)
    sys.exit(run_generate(recipe, only_facts=only_facts, anew=anew))
