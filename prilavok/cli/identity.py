"""`prilavok identity evaluate FILE`: how well likely duplicates are found where it is known who is who."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from prilavok.cli.labelled import in_words
from prilavok.cli.words import _
from prilavok.customers.matching import Figures, evaluating
from prilavok.customers.matching.evaluating import SHOWN, Evaluated
from prilavok.customers.matching.labelled import Labelled, Unfit, read


def evaluate(
    path: Path,
    *,
    cluster: str = "",
    mapped: Sequence[str] = (),
    labels: Path | None = None,
    threshold: float | None = None,
    as_json: bool = False,
    keep: bool = False,
) -> None:
    """Read, find, compare with the truth and print; `keep` also writes the figures into the database of the
    installation that this process has entered. Raises Trouble."""
    told = Console(stderr=True) if as_json else Console()
    try:
        labelled = read(path, cluster=cluster, mapped=mapped, labels=labels)
    except Unfit as unfit:
        raise in_words(unfit) from unfit
    if not as_json:
        _say_what_was_read(told, labelled)
    begun = time.perf_counter()
    with told.status(_("Comparing {count} records…").format(count=f"{len(labelled.records):,}")):
        found = evaluating.evaluate(labelled, threshold)
    seconds = time.perf_counter() - begun
    if as_json:
        print(json.dumps(_as_json(labelled, found, seconds), ensure_ascii=False, indent=2))
    else:
        _print(told, labelled, found, seconds)
    if keep:
        _keep(told, path.name, labelled, found, seconds)


def _say_what_was_read(console: Console, labelled: Labelled) -> None:
    columns = ", ".join(f"{name} = {' + '.join(found)}" for name, found in labelled.columns.items() if found)
    console.print(_("Columns: {columns}").format(columns=columns), highlight=False, soft_wrap=True)
    if labelled.unused:
        console.print(
            _("Not used: {columns}").format(columns=", ".join(labelled.unused)),
            highlight=False,
            soft_wrap=True,
        )
    console.print(
        _("Who is who: {column}; {pairs} pairs of one person").format(
            column=labelled.cluster, pairs=f"{len(labelled.truth.pairs):,}"
        ),
        highlight=False,
        soft_wrap=True,
    )
    if labelled.left_out:
        rows = ", ".join(map(str, labelled.left_out[:10])) + ("…" if len(labelled.left_out) > 10 else "")
        console.print(
            _("Left out, can't be read: rows {rows}").format(rows=rows), highlight=False, soft_wrap=True
        )


def _print(console: Console, labelled: Labelled, found: Evaluated, seconds: float) -> None:
    table = Table(box=None, pad_edge=False)
    for column in (_("threshold"), _("pairs"), _("precision"), _("recall"), "F", _("of whole groups"), ""):
        table.add_column(column, justify="left" if column == "" else "right", no_wrap=True)
    best = found.curve.chosen.threshold
    for threshold in sorted({*SHOWN, found.asked, best}):
        marks = [_("usual")] * (threshold == found.asked) + [_("best")] * (threshold == best)
        pairs, whole = found.at(threshold)
        table.add_row(*_row(pairs), f"{whole.precision:.4f} / {whole.recall:.4f}", ", ".join(marks))
    console.print()
    console.print(table)
    console.print()
    console.print(_("usual: where nobody knows who is who; best: by F in this file"), soft_wrap=True)
    count = f"{len(labelled.records):,}"
    console.print(
        _("{count} records in {seconds} s").format(count=count, seconds=f"{seconds:.1f}"), highlight=False
    )


def _row(figures: Figures) -> tuple[str, ...]:
    return (
        f"{figures.threshold:.6g}",
        f"{figures.found:,}",
        f"{figures.precision:.4f}",
        f"{figures.recall:.4f}",
        f"{figures.f:.4f}",
    )


def _as_json(labelled: Labelled, found: Evaluated, seconds: float) -> dict[str, Any]:
    return {
        "records": len(labelled.records),
        "true_pairs": len(labelled.truth.pairs),
        "columns": labelled.columns,
        "truth": labelled.cluster,
        "unused": labelled.unused,
        "rows_left_out": labelled.left_out,
        "seconds": round(seconds, 1),
    } | found.told()


def _keep(console: Console, name: str, labelled: Labelled, found: Evaluated, seconds: float) -> None:
    from prilavok.customers import actions
    from prilavok.kernel import clock
    from prilavok.kernel.actors import SYSTEM

    actions.keep_evaluation(
        name=name, labelled=labelled, found=found, seconds=seconds, by=SYSTEM, at=clock.now()
    )
    console.print(_("The figures stand on the page “Duplicates → How sure is it?”."), soft_wrap=True)
