"""The report: what an experiment has shown by now, and what may be said of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np

from prilavok.company import queries as company
from prilavok.experiments import ports
from prilavok.experiments.models import Experiment, LoadedOutcome
from prilavok.experiments.queries import cutting, outcomes, people
from prilavok.experiments.queries.figures import ArmRow, Comparison, Costs, Cut, CutRow, Figures, Report
from prilavok.experiments.queries.outcomes import Bought
from prilavok.experiments.rules import bands, cuts, looks, past, rates, split, verdicts
from prilavok.experiments.rules.cells import Cells, Floats, Ints, cells, counted, thick
from prilavok.experiments.rules.effect import LEVEL, Effect, effect, several
from prilavok.experiments.rules.past import Window
from prilavok.facts import queries as facts
from prilavok.kernel.actors import Actor


def report(experiment_id: int, by: Actor, at: datetime) -> Report:
    """What the experiment has shown by `at`. Raises Refused, FactsDown, Experiment.DoesNotExist."""
    by.must("experiments.see")
    experiment = Experiment.objects.get(pk=experiment_id)
    return _of_loaded(experiment, at) if experiment.is_loaded else _of_drawn(experiment, at)


def brought(experiment: Experiment, by: Actor, at: datetime) -> Comparison | None:
    """The comparison that carries the verdict, without the tables; None without a control. Raises as report."""
    by.must("experiments.see")
    drawn = people.drawn(experiment)
    saw = past_and_present(experiment, drawn, at)
    found = _drawn_comparisons(experiment, drawn, people.thickened(drawn), *saw, _days_left(experiment, at))
    return max(found, key=lambda one: one.effect.total, default=None)


# ── Drawn here ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Seen:
    """What the people of an experiment did: now, before, and how they lived when it began."""

    bought: Bought
    past: Floats
    habits: outcomes.Habits
    window: Window | None


def _of_drawn(experiment: Experiment, at: datetime) -> Report:
    drawn = people.drawn(experiment)
    strata = people.thickened(drawn)
    saw = seen(experiment, drawn, at)
    cap = experiment.plan.get("cap")
    days_left = _days_left(experiment, at)
    comparisons = _drawn_comparisons(experiment, drawn, strata, saw.bought, saw.past, days_left)
    new, nobody = (
        outcomes.apart(saw.window, experiment.window[0], drawn.place_of) if saw.window else (None, None)
    )
    return Report(
        **_head(experiment, at),
        mailing=outcomes.mailed_between(experiment.subject),
        analysis=experiment.window,
        days_left=days_left,
        arms=_arm_rows(
            experiment,
            [cutting.figures(saw.bought, drawn.arms == code) for code in range(len(drawn.arm_keys))],
        ),
        comparisons=comparisons,
        split=_check(experiment, drawn),
        cuts=_cuts(experiment, drawn, strata, saw, comparisons),
        strata=int(strata.max(initial=-1)) + 1,
        overlap=drawn.overlap,
        cap=cap,
        capped=int((saw.bought.revenue > cap).sum()) if cap is not None else 0,
        new_revenue=new,
        unidentified_revenue=nobody,
    )


def _drawn_comparisons(
    experiment: Experiment, drawn: people.Drawn, strata: Ints, bought: Bought, before: Floats, days_left: int
) -> tuple[Comparison, ...]:
    cap = experiment.plan.get("cap")
    return _comparisons(
        experiment,
        lambda values: cells(
            np.column_stack([values, before]), strata, drawn.arms, arm_count=len(drawn.arm_keys)
        ),
        bands.capped(bought.revenue, cap),
        bought.revenue if cap is not None else None,
        _check(experiment, drawn),
        days_left,
    )


def _check(experiment: Experiment, drawn: people.Drawn) -> split.Split:
    return split.check(np.bincount(drawn.arms, minlength=len(drawn.arm_keys)).tolist(), _planned(experiment))


def seen(experiment: Experiment, drawn: people.Drawn, at: datetime) -> Seen:
    """Everything that the report needs to know of its people."""
    bought, before = past_and_present(experiment, drawn, at)
    first = experiment.window[0]
    return Seen(
        bought, before, outcomes.habits(drawn.place_of, drawn.count, first), window_by(experiment, at)
    )


def window_by(experiment: Experiment, at: datetime) -> Window | None:
    """Days of the period of analysis that have begun: none before the first, at the horizon all."""
    first, last = experiment.window
    today = at.astimezone(company.zone()).date()
    return Window(first, min(last, today)) if today >= first else None


def past_and_present(experiment: Experiment, drawn: people.Drawn, at: datetime) -> tuple[Bought, Floats]:
    """What the people bought by now, and the columns of their past."""
    own = window_by(experiment, at)
    fixed = [Window(*map(date.fromisoformat, pair)) for pair in experiment.plan.get("past", [])]
    windows = fixed or list(past.covariates(experiment.window[0], experiment.days))
    found = outcomes.bought(drawn.place_of, drawn.count, ([own] if own else []) + windows)
    nothing = Bought(np.zeros(drawn.count), np.zeros(drawn.count, dtype=np.int64))
    now, before = (found[0], found[1:]) if own else (nothing, found)
    return now, np.stack([one.revenue for one in before], axis=1)


def _days_left(experiment: Experiment, at: datetime) -> int:
    """Days of the period of analysis still to come, today among them; none from the horizon on."""
    if experiment.is_over(at):
        return 0
    last = experiment.window[1]
    return max(1, (last - at.astimezone(company.zone()).date()).days + 1)


def _planned(experiment: Experiment) -> list[float] | None:
    shares = [float(arm.share) for arm in experiment.arms.all() if arm.share is not None]
    return shares if shares and all(shares) else None


def _cuts(
    experiment: Experiment,
    drawn: people.Drawn,
    strata: Ints,
    saw: Seen,
    comparisons: tuple[Comparison, ...],
) -> tuple[Cut, ...]:
    """Of two-armed experiments: the parts of the declared estimate."""
    if len(comparisons) != 1:
        return ()
    found = comparisons[0].effect
    capped = bands.capped(saw.bought.revenue, experiment.plan.get("cap"))
    shared = cuts.shares(capped, saw.past, found.theta, strata, drawn.arms)
    return tuple(
        cutting.cut(grouping, drawn, saw.bought, shared, found.total)
        for grouping in cutting.groupings(drawn, strata, saw.habits, experiment.window[0])
    )


# ── Loaded from a file ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Counted:
    """Customers of a loaded experiment by arm, stratum and outcome."""

    arms: Ints
    strata: Ints
    values: Floats
    customers: Floats
    names: tuple[str, ...]


def _of_loaded(experiment: Experiment, at: datetime) -> Report:
    made = _counted(experiment)
    arm_count = experiment.arms.count()
    raw = counted(made.values, made.customers, made.strata, made.arms, arm_count=arm_count)
    strata = thick(raw.n)[made.strata]
    sizes = raw.n.sum(axis=0).astype(int).tolist()
    check = split.check(sizes, experiment.plan.get("shares"))
    comparisons = _comparisons(
        experiment,
        lambda values: counted(values, made.customers, strata, made.arms, arm_count=arm_count),
        made.values,
        None,
        check,
        0,
    )
    return Report(
        **_head(experiment, at) | {"as_of": experiment.drawn_at},
        mailing=None,
        analysis=None,
        days_left=0,
        arms=_arm_rows(experiment, [_of_arm(made, made.arms == code) for code in range(arm_count)]),
        comparisons=comparisons,
        split=check,
        cuts=_loaded_cut(made, strata, comparisons),
        strata=int(strata.max(initial=-1)) + 1,
        overlap=0,
        cap=None,
        capped=0,
        new_revenue=None,
        unidentified_revenue=None,
    )


def _counted(experiment: Experiment) -> Counted:
    rows = list(
        LoadedOutcome.objects.filter(experiment=experiment).values_list(
            "arm__position", "stratum", "value", "customers"
        )
    )
    names = tuple(sorted({stratum for _arm, stratum, _value, _customers in rows}))
    code = {name: number for number, name in enumerate(names)}
    return Counted(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([code[row[1]] for row in rows], dtype=np.int64),
        np.array([float(row[2]) for row in rows]),
        np.array([float(row[3]) for row in rows]),
        names,
    )


def _of_arm(made: Counted, inside: np.ndarray) -> Figures:
    bought = inside & (made.values > 0)
    return Figures(
        customers=int(made.customers[inside].sum()),
        buyers=int(made.customers[bought].sum()),
        receipts=int(made.customers[bought].sum()),
        revenue=float((made.customers * made.values)[inside].sum()),
    )


def _loaded_cut(made: Counted, strata: Ints, comparisons: tuple[Comparison, ...]) -> tuple[Cut, ...]:
    """By stratum, for two arms: the rows of the file have nothing else to cut by."""
    if len(comparisons) != 1 or len(made.names) < 2:
        return ()
    each = np.repeat(np.arange(len(made.values)), made.customers.astype(int))
    values, codes, arms = made.values[each], strata[each], made.arms[each]
    shared = cuts.shares(values, np.zeros((len(values), 0)), (), codes, arms)
    rows = []
    for code in range(int(strata.max()) + 1):
        names = sorted({made.names[old] for old in set(made.strata[strata == code].tolist())})
        row = CutRow(
            "+".join(names),
            " + ".join(name or "—" for name in names),
            _of_arm(made, (strata == code) & (made.arms == 0)),
            _of_arm(made, (strata == code) & (made.arms == 1)),
            shared.part(codes == code),
        )
        rows.append(row)
    return (Cut("stratum", cutting.stratum_title(), tuple(rows)),)


# ── Both ─────────────────────────────────────────────────────────────────────────────────────────────────


def _head(experiment: Experiment, at: datetime) -> dict[str, Any]:
    return {
        "public_id": experiment.public_id,
        "title": experiment.title,
        "subject": experiment.subject,
        "kind": experiment.kind,
        "outcome": experiment.outcome,
        "metric": experiment.metric,
        "currency": experiment.currency,
        "state": experiment.state,
        "at": at,
        "as_of": min(at, (facts.as_of() or at)) if not experiment.is_loaded else at,
        "starts_at": experiment.starts_at,
        "horizon_at": experiment.horizon_at,
        "plan": experiment.plan,
        "planted": experiment.planted,
    }


def _arm_rows(experiment: Experiment, figures: list[Figures]) -> tuple[ArmRow, ...]:
    planned = experiment.plan.get("shares") or [None] * len(figures)
    return tuple(
        ArmRow(
            arm.key,
            arm.label,
            arm.is_control,
            float(arm.share) if arm.share is not None else planned[number],
            figures[number],
        )
        for number, arm in enumerate(experiment.arms.all())
    )


def _comparisons(
    experiment: Experiment,
    cells_of: Callable[[Floats], Cells],
    values: Floats,
    uncapped: Floats | None,
    check: split.Split,
    days_left: int,
) -> tuple[Comparison, ...]:
    """Every arm against the control; none where an arm is empty, for then nothing can be known."""
    arms = list(experiment.arms.all())
    made = cells_of(values)
    if not made.n.size or (made.n.sum(axis=0) < 2).any():
        return ()
    raw = cells_of(uncapped) if uncapped is not None else None
    found = [
        _compare(experiment, arm.position, arm.key, arm.label, made, raw)
        for arm in arms
        if not arm.is_control
    ]
    level = several([one.effect for one in found])
    costs = _costs(experiment)
    return tuple(_judged(experiment, one, made, level, check, days_left, costs) for one in found)


def _compare(
    experiment: Experiment, position: int, key: str, label: str, made: Cells, raw: Cells | None
) -> Comparison:
    found = _effect(experiment, made, position, adjusted=True)
    weight = made.n[:, position] / made.n[:, position].sum()
    return Comparison(
        key=key,
        label=label,
        effect=found,
        unadjusted=_effect(experiment, made, position, adjusted=False),
        uncapped=None if raw is None else _effect(experiment, raw, position, adjusted=True),
        always=None,
        together=(found.low, found.high),
        ruling=verdicts.rule(found, days_left=0),
        control_mean=float((weight * made.mean[:, 0, 0]).sum()),
    )


def _effect(
    experiment: Experiment, made: Cells, position: int, *, adjusted: bool, level: float = LEVEL
) -> Effect:
    if experiment.is_binary:
        return rates.difference(made, arm=position, level=level)
    return effect(made, arm=position, adjusted=adjusted, level=level)


def _judged(
    experiment: Experiment,
    one: Comparison,
    made: Cells,
    level: float,
    check: split.Split,
    days_left: int,
    costs: Costs | None,
) -> Comparison:
    position = next(arm.position for arm in experiment.arms.all() if arm.key == one.key)
    together = (
        _effect(experiment, made, position, adjusted=True, level=level) if level > LEVEL else one.effect
    )
    return replace(
        one,
        together=(together.low, together.high),
        always=_always(experiment, one.effect) if days_left else None,
        ruling=verdicts.rule(together, days_left=days_left, broken_split=check.broken),
        costs=costs,
    )


def _always(experiment: Experiment, found: Effect) -> tuple[float, float]:
    """The interval that holds at every look. Its shape was fixed by the variance planned for the horizon."""
    planned = experiment.plan.get("planned_se") or found.se
    half = looks.half_width(found.se, planned) if planned > 0 else 0.0
    return found.per_customer - half, found.per_customer + half


def _costs(experiment: Experiment) -> Costs | None:
    """What each source says, where it is anything; None where none speaks."""
    if not experiment.subject or not ports.costs.items():
        return None
    told = ((source.label, source.amount(experiment.subject)) for source in ports.costs.items())
    return tuple((label, amount) for label, amount in told if amount)
