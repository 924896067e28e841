"""Pictures of a report: estimates with their intervals, parts by group."""

from django.utils.translation import gettext as _

from prilavok.experiments.queries import Comparison, Cut, Report, Verdict, finding
from prilavok.ui import charts
from prilavok.ui.charts import Chart, Series


def intervals(report: Report) -> Chart | None:
    """Every arm's total with its interval, coloured by its verdict, and beside it what other reckonings say."""
    rows: list[tuple[str, float, float, float, str]] = []
    several = len(report.comparisons) > 1
    for one in report.comparisons:
        low, high = one.shown_total
        name = f"{one.label}: " if several else ""
        rows.append((name + _first(report), one.effect.total, low, high, _tone(one)))
        others = [] if report.is_binary or not one.effect.theta else [(_("unadjusted"), one.unadjusted)]
        if one.uncapped is not None and report.capped:
            others.append((_("large sums not capped"), one.uncapped))
        rows += [
            (name + label, found.total, found.total_low, found.total_high, "") for label, found in others
        ]
    if not rows:
        return None
    if report.planted_sum is not None:
        planted = float(report.planted_sum)
        rows.append((_("planted (simulated)"), planted, planted, planted, ""))
    return charts.intervals(
        finding(report),
        [row[0] for row in rows],
        Series(
            _("Increment"),
            [row[1] for row in rows],
            low=[row[2] for row in rows],
            high=[row[3] for row in rows],
            tones=[row[4] for row in rows],
        ),
        **_axis(report),
    )


def _tone(one: Comparison) -> str:
    return {Verdict.PROVEN: "good", Verdict.HARMFUL: "bad"}.get(one.verdict, "")


def _first(report: Report) -> str:
    if not report.is_over:
        return _("by now, wider interval")
    return _("adjusted by the past") if report.adjusted else _("difference")


def _axis(report: Report) -> dict[str, str]:
    if report.is_binary:
        return {"unit": "number", "x_title": _("increment, customers")}
    title = _("increment, %(currency)s") % {"currency": report.currency}
    return {"unit": "money", "currency": report.currency, "x_title": title}


def of_cut(report: Report, cut: Cut) -> Chart | None:
    """Parts of the increment by group; they add up to the total. No part has a verdict of its own.

    None where there is nothing to draw: one group only, or nobody has bought yet.
    """
    rows = [row for row in cut.rows if row.control.customers and row.mailed.customers]
    if len(rows) < 2 or not any(row.control.buyers or row.mailed.buyers for row in rows):
        return None
    return charts.intervals(
        _("Increment by group: %(cut)s") % {"cut": cut.label},
        [row.label for row in rows],
        Series(
            _("Increment"),
            [row.part.total for row in rows],
            low=[row.part.low for row in rows],
            high=[row.part.high for row in rows],
        ),
        **_axis(report),
    )
