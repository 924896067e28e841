"""Pictures as data: what to draw, in whose words, and the table that stands behind it.

A page's query builds a Chart; the browser draws it with the theme of the page (`frontend/src/chart.ts`),
a screen reader gets the table. Values are plain numbers; labels are already in the reader's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Number = float | int | None


@dataclass(frozen=True)
class Series:
    """One line or set of bars. `low` and `high` bound each value's interval; `dashed` marks plans and guesses.

    tones: what was ruled of each value, 'good' or 'bad', '' where nothing was: where an interval lies is no ruling.
    """

    name: str
    values: Sequence[Number]
    low: Sequence[Number] = ()
    high: Sequence[Number] = ()
    dashed: bool = False
    tones: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """A picture. `kind` is line, bars, stacked, rows (horizontal bars), heat, sankey, intervals or raw.

    title: the finding, in words. unit: 'money', 'number', 'percent' (values are shares) or a word shown at the axis.
    links: one address per label (heat, sankey: per cell, row by row), opened by a click. marks: vertical lines (label,
    text). cells: what those of a heat are called, as links. colours: those of a sankey's rows, then of its labels:
    the number of a series, 'good', 'bad' or 'soft'.
    """

    kind: str
    title: str
    labels: Sequence[str] = ()
    series: Sequence[Series] = ()
    unit: str = "number"
    currency: str = ""
    x_title: str = ""
    y_title: str = ""
    links: Sequence[str] = ()
    marks: Sequence[tuple[str, str]] = ()
    rows: Sequence[str] = ()
    cells: Sequence[str] = ()
    colours: Sequence[str] = ()
    option: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def raw(cls, option: dict[str, Any], title: str = "") -> "Chart":
        """An ECharts option as it is, for what the kinds above cannot draw; give the page a table of your own."""
        return cls(kind="raw", title=title, option=option)

    def data(self) -> dict[str, Any]:
        """What the browser gets."""
        return {
            "kind": self.kind,
            "title": str(self.title),
            "labels": [str(label) for label in self.labels],
            "rows": [str(row) for row in self.rows],
            "series": [
                {
                    "name": str(s.name),
                    "values": _plain(s.values),
                    "low": _plain(s.low),
                    "high": _plain(s.high),
                    "dashed": s.dashed,
                    "tones": list(s.tones),
                }
                for s in self.series
            ],
            "unit": self.unit,
            "currency": self.currency,
            "xTitle": str(self.x_title),
            "yTitle": str(self.y_title),
            "links": list(self.links),
            "marks": [list(mark) for mark in self.marks],
            "cells": [str(name) for name in self.cells],
            "colours": list(self.colours),
            "option": self.option,
        }

    def head(self) -> list[str]:
        """Column names of the table behind the picture."""
        if self.kind in ("heat", "sankey"):
            return ["", *map(str, self.labels)]
        return [str(self.x_title), *(str(s.name) for s in self.series)]

    def table(self) -> list[tuple[str, list[tuple[Number, Number, Number, str]]]]:
        """Rows of that table: a label and, per column, (value, low, high, link)."""
        if self.kind in ("heat", "sankey"):
            return [
                (
                    str(name),
                    [(v, None, None, self._link(i * len(self.labels) + j)) for j, v in enumerate(s.values)],
                )
                for i, (name, s) in enumerate(zip(self.rows, self.series, strict=True))
            ]
        return [
            (
                str(label),
                [(_at(s.values, i), _at(s.low, i), _at(s.high, i), self._link(i)) for s in self.series],
            )
            for i, label in enumerate(self.labels)
        ]

    def _link(self, index: int) -> str:
        return self.links[index] if index < len(self.links) else ""


def line(title: str, labels: Sequence[str], *series: Series, **more: Any) -> Chart:
    """Change over time; intervals become a band."""
    return Chart("line", title, labels, series, **more)


def bars(title: str, labels: Sequence[str], *series: Series, **more: Any) -> Chart:
    """Amounts side by side in order of the labels."""
    return Chart("bars", title, labels, series, **more)


def stacked(title: str, labels: Sequence[str], *series: Series, **more: Any) -> Chart:
    """Parts that add up to a whole."""
    return Chart("stacked", title, labels, series, **more)


def rows(title: str, labels: Sequence[str], *series: Series, **more: Any) -> Chart:
    """Named amounts, longest names, one per row; the first label is on top."""
    return Chart("rows", title, labels, series, **more)


def intervals(title: str, labels: Sequence[str], series: Series, **more: Any) -> Chart:
    """Estimates with their intervals against zero, one per row."""
    return Chart("intervals", title, labels, [series], **more)


def heat(
    title: str, columns: Sequence[str], names: Sequence[str], values: Sequence[Sequence[Number]], **more: Any
) -> Chart:
    """A map of cells: `values[row][column]`."""
    return Chart(
        "heat",
        title,
        columns,
        [Series(str(n), c) for n, c in zip(names, values, strict=True)],
        rows=names,
        **more,
    )


def sankey(
    title: str, came_from: Sequence[str], into: Sequence[str], flows: Sequence[Sequence[Number]], **more: Any
) -> Chart:
    """Who went from where to where: `flows[from][into]`, nought where nobody did."""
    series = [Series(str(n), row) for n, row in zip(came_from, flows, strict=True)]
    return Chart("sankey", title, into, series, rows=came_from, **more)


def _plain(values: Sequence[Any]) -> list[float | int | None]:
    return [None if v is None else v if isinstance(v, int) else float(v) for v in values]


def _at(values: Sequence[Number], index: int) -> Number:
    return values[index] if index < len(values) else None
