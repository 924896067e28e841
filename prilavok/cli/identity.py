"""`prilavok identity evaluate FILE`: how well likely duplicates are found where it is known who is who."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from prilavok.cli.labelled import Labelled, read
from prilavok.cli.words import _
from prilavok.customers.matching import THRESHOLD, Curve, Figures, Pair, clusters, curve, find, of_clusters

LOWEST = 0.01  # what is less likely is not looked at
SHOWN = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


def evaluate(
    path: Path,
    *,
    cluster: str = "",
    mapped: Sequence[str] = (),
    labels: Path | None = None,
    threshold: float | None = None,
    as_json: bool = False,
) -> None:
    """Read, find, compare with the truth and print. Raises Trouble."""
    told = Console(stderr=True) if as_json else Console()
    labelled = read(path, cluster=cluster, mapped=mapped, labels=labels)
    if not as_json:
        _say_what_was_read(told, labelled)
    begun = time.perf_counter()
    with told.status(_("Comparing {count} records…").format(count=f"{len(labelled.records):,}")):
        pairs = find(labelled.records, threshold=min(LOWEST, threshold or LOWEST))
    seconds = time.perf_counter() - begun
    found = curve(pairs, labelled.truth)
    asked = THRESHOLD if threshold is None else threshold
    if as_json:
        print(json.dumps(_as_json(labelled, pairs, found, asked, seconds), ensure_ascii=False, indent=2))
    else:
        _print(told, labelled, pairs, found, asked, seconds)


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


def _print(
    console: Console, labelled: Labelled, pairs: Sequence[Pair], found: Curve, asked: float, seconds: float
) -> None:
    table = Table(box=None, pad_edge=False)
    for column in (_("threshold"), _("pairs"), _("precision"), _("recall"), "F", _("of whole groups"), ""):
        table.add_column(column, justify="left" if column == "" else "right", no_wrap=True)
    for threshold in sorted({*SHOWN, asked, found.chosen.threshold}):
        marks = [_("usual")] * (threshold == asked)
        marks += [_("best")] * (threshold == found.chosen.threshold)
        whole = of_clusters(clusters(pairs, threshold), labelled.truth, threshold)
        table.add_row(
            *_row(found.at(threshold)), f"{whole.precision:.4f} / {whole.recall:.4f}", ", ".join(marks)
        )
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


def _as_json(
    labelled: Labelled, pairs: Sequence[Pair], found: Curve, asked: float, seconds: float
) -> dict[str, Any]:
    def figures(threshold: float) -> dict[str, Any]:
        whole = of_clusters(clusters(pairs, threshold), labelled.truth, threshold)
        return _figures(found.at(threshold)) | {"clusters": _figures(whole)}

    return {
        "records": len(labelled.records),
        "true_pairs": len(labelled.truth.pairs),
        "columns": labelled.columns,
        "truth": labelled.cluster,
        "unused": labelled.unused,
        "rows_left_out": labelled.left_out,
        "seconds": round(seconds, 1),
        "asked": figures(asked),
        "chosen": figures(found.chosen.threshold),
        "thresholds": [figures(threshold) for threshold in SHOWN],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "threshold": figures.threshold,
        "pairs": figures.found,
        "precision": round(figures.precision, 6),
        "recall": round(figures.recall, 6),
        "f": round(figures.f, 6),
    }
