"""A report as plain values: what the API and the command line give out."""

from dataclasses import asdict
from typing import Any

from prilavok.experiments.queries.figures import Comparison, Cut, Figures, Report
from prilavok.experiments.queries.sentences import explanation, finding
from prilavok.experiments.rules.cuts import Part
from prilavok.experiments.rules.effect import Effect


def document(report: Report) -> dict[str, Any]:
    """Everything the page shows. Effects are money in `currency`; of yes-or-no outcomes they are shares."""
    return {
        "id": str(report.public_id),
        "title": report.title,
        "subject": report.subject,
        "kind": report.kind,
        "outcome": report.outcome,
        "metric": report.metric,
        "currency": None if report.is_binary else report.currency,
        "finding": finding(report),
        "explanation": explanation(report),
        "verdict": report.main.verdict.value if report.main else None,
        "as_of": report.as_of.isoformat(),
        "starts_at": report.starts_at.isoformat(),
        "horizon_at": report.horizon_at.isoformat(),
        "days_left": report.days_left,
        "mailing_period": _days(report.mailing),
        "analysis_period": _days(report.analysis),
        "arms": [
            {
                "arm": arm.key,
                "control": arm.is_control,
                "planned_share": arm.planned_share,
                **_figures(arm.figures),
            }
            for arm in report.arms
        ],
        "comparisons": [_comparison(one) for one in report.comparisons],
        "split": {**asdict(report.split), "broken": report.split.broken},
        "strata": report.strata,
        "cuts": [_cut(cut) for cut in report.cuts],
        "overlap": report.overlap,
        "cap": report.cap,
        "capped_customers": report.capped,
        "new_customers_revenue": report.new_revenue,
        "unidentified_revenue": report.unidentified_revenue,
        "plan": report.plan,
        "planted": report.planted and report.planted | {"simulated": True, "covered": report.planted_covered},
    }


def _days(pair: Any) -> list[str] | None:
    return [day.isoformat() for day in pair] if pair else None


def _figures(figures: Figures) -> dict[str, Any]:
    return asdict(figures) | {
        "average_receipt": figures.average_receipt,
        "conversion": figures.conversion,
        "per_customer": figures.per_customer,
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    low, high = one.shown_total
    return {
        "arm": one.key,
        "verdict": one.verdict.value,
        "days_left": one.ruling.days_left,
        "detectable_per_customer": one.ruling.detectable,
        "effect": effect(one.effect),
        "unadjusted": effect(one.unadjusted),
        "uncapped": effect(one.uncapped) if one.uncapped else None,
        "always_valid": list(one.always) if one.always else None,
        "simultaneous": list(one.together),
        "shown_total": {"total": one.effect.total, "low": low, "high": high},
        "control_mean": one.control_mean,
        "lift": one.lift,
        "cost": str(one.cost) if one.cost is not None else None,
        "costs": {str(what): str(amount) for what, amount in one.costs or ()},
        "profit": list(one.profit) if one.profit else None,
    }


def effect(found: Effect) -> dict[str, Any]:
    """An effect with everything that follows from it."""
    return {
        "per_customer": found.per_customer,
        "se": found.se,
        "low": found.low,
        "high": found.high,
        "p_value": found.p_value,
        "customers": found.customers,
        "total": found.total,
        "total_low": found.total_low,
        "total_high": found.total_high,
        "theta": list(found.theta),
        "level": found.level,
    }


def _cut(cut: Cut) -> dict[str, Any]:
    rows = [
        {
            "row": row.key,
            "label": row.label,
            "control": _figures(row.control),
            "mailed": _figures(row.mailed),
            "increment": _part(row.part),
        }
        for row in cut.rows
    ]
    return {"cut": cut.key, "label": cut.label, "total": cut.total, "rows": rows}


def _part(part: Part) -> dict[str, float]:
    return {"total": part.total, "se": part.se, "low": part.low, "high": part.high}
