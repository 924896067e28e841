"""`prilavok import KIND FILE`: the same import as on the page, for the terminal and for scripts."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from prilavok.exchange import actions, queries
from prilavok.exchange.kinds import KINDS
from prilavok.exchange.kinds.base import Kind
from prilavok.exchange.models import Import
from prilavok.exchange.wording import note_in_words
from prilavok.experiments import actions as experiments
from prilavok.experiments import queries as experiment_queries
from prilavok.kernel import clock
from prilavok.kernel.actors import SYSTEM
from prilavok.kernel.errors import Problem

PARTS = ("file", "rejected", "base", "difference")


@click.group()
def imports() -> None:
    """Load files."""


def _declare(kind: Kind) -> None:
    """A command for each kind."""

    @imports.command(kind.key, help=str(kind.label))
    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option(
        "--column", "columns", multiple=True, metavar="KEY=NAME", help="How the file calls a column."
    )
    @click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
    @_options(kind)
    def command(file: Path, columns: tuple[str, ...], as_json: bool, **options: Any) -> None:
        mapping = dict(column.split("=", 1) for column in columns if "=" in column)
        sys.exit(_bring(kind, file, mapping, options, as_json))


def _options(kind: Kind) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        if "add_shops" in kind.options:
            function = click.option("--add-shops", is_flag=True, help="Add shops that are not known.")(
                function
            )
        if "unknown_cards" in kind.options:
            function = click.option(
                "--unknown-cards",
                type=click.Choice(["reject", "anonymous"]),
                default="reject",
                show_default=True,
            )(function)
        if "verified" in kind.options:
            function = click.option(
                "--verified",
                is_flag=False,
                flag_value="card",
                default="",
                metavar="[card|code|till|system]",
                help="Contacts and cards are confirmed, and by what; else they are claims.",
            )(function)
        return function

    return decorate


def _bring(kind: Kind, file: Path, mapping: dict[str, str], options: dict[str, Any], as_json: bool) -> int:
    """Load the file and tell what became of it; 0: all of it stands and the books agree, 1: not so, 2: not read."""
    console = Console(stderr=as_json)
    at = clock.now()
    try:
        with _bar(console) as bar:
            task = bar.add_task(str(kind.label), total=file.stat().st_size, rows="")

            def tell(progress: actions.Progress) -> None:
                bar.update(task, completed=progress.done, total=progress.total, rows=f"{progress.rows:,}")

            chosen = {**_guessed(kind, file), **mapping} if mapping else {}
            one = actions.import_file(
                kind.key, file, by=SYSTEM, at=at, mapping=chosen, options=options, progress=tell
            )
            bar.update(task, completed=file.stat().st_size, rows=f"{one.rows:,}")
    except Problem as problem:
        console.print(str(problem), style="red", markup=False)
        return 2
    if as_json:
        click.echo(json.dumps(as_document(one), ensure_ascii=False))
    else:
        tell_result(console, one)
    return 1 if one.rejected or any(line["difference"] for line in one.reconciliation) else 0


def _guessed(kind: Kind, file: Path) -> dict[str, str]:
    return kind.guess(queries.look(file).header)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rows]}"),
        TimeRemainingColumn(),
        console=console,
    )


def as_document(one: Import) -> dict[str, Any]:
    """What became of an import, for scripts."""
    path = queries.rejects(one)
    return {
        "id": str(one.public_id), "kind": one.kind, "file": one.file_name, "state": one.state, "rows": one.rows,
        "loaded": one.loaded, "changed": one.changed, "unchanged": one.unchanged, "rejected": one.rejected,
        "rejects": str(path) if path else None,
        "reconciliation": [
            {"of": line["key"], **{part: str(getattr(shown, part)) for part in PARTS}}
            for line, shown in zip(one.reconciliation, queries.books(one), strict=True)
        ],
        "notes": [note_in_words(note) for note in one.notes],
    }  # fmt: skip


def tell_result(console: Console, one: Import) -> None:
    """The report of an import as a terminal shows it."""
    console.print(
        _(
            "Rows %(rows)s: loaded %(loaded)s, changed %(changed)s, unchanged %(unchanged)s, rejected %(rejected)s."
        )
        % {name: f"{getattr(one, name):,}" for name in ("rows", "loaded", "changed", "unchanged", "rejected")}
    )
    table = Table("", _("In the file"), _("Rejected"), _("In the base"), _("Difference"))
    for line in queries.books(one):
        figures = (line.file, line.rejected, line.base, line.difference)
        table.add_row(
            str(line.label), *(f"{figure:,.2f}" if line.is_money else f"{figure:,.0f}" for figure in figures)
        )
    if one.reconciliation:
        console.print(table)
    for note in one.notes:
        console.print(note_in_words(note), markup=False)
    if path := queries.rejects(one):
        console.print(
            _("Rejected rows with reasons: %(path)s") % {"path": path}, markup=False, soft_wrap=True
        )


for _kind in KINDS.values():
    _declare(_kind)


@imports.command("experiment", help="A finished experiment: one row per customer; answers with the report.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--arm", required=True, help="The column that names the arm.")
@click.option("--control", required=True, help="The arm that nothing was done to.")
@click.option("--outcome", required=True, help="The column of the outcome: 0 and 1, or money.")
@click.option("--stratum", help="The column that names the stratum.")
@click.option("--title", default="", help="What to call it.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def experiment(
    file: Path, arm: str, control: str, outcome: str, stratum: str | None, title: str, as_json: bool
) -> None:
    """The report of an experiment that was made elsewhere."""
    at = clock.now()
    try:
        loaded = experiments.load_experiment_file(
            file, arm=arm, control=control, outcome=outcome, stratum=stratum, title=title, by=SYSTEM, at=at
        )
        report = experiment_queries.report(loaded.experiment.pk, SYSTEM, at)
    except Problem as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
    if as_json:
        told = experiment_queries.document(report) | {
            "rows": loaded.rows,
            "rejected": loaded.rejected,
            "rejects": [asdict(one) for one in loaded.rejects],
        }
        click.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        click.echo(experiment_queries.finding(report))
        _tell_rejects(loaded)
    sys.exit(1 if loaded.rejected else 0)


MOST_TOLD = 20


def _tell_rejects(loaded: experiments.Loaded) -> None:
    """Rows that could not be used, by number, with the reason."""
    if not loaded.rejected:
        return
    text = ngettext("%(n)s row could not be used:", "%(n)s rows could not be used:", loaded.rejected)
    click.echo(text % {"n": loaded.rejected}, err=True)
    for one in loaded.rejects[:MOST_TOLD]:
        reason = experiment_queries.REASONS[one.reason]
        click.echo(f"  {one.row} · {one.column} · {one.value} · {reason}", err=True)
