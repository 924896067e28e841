"""Finished experiments from a file: the same reckoning for whatever was tried elsewhere."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from prilavok.company import queries as company
from prilavok.experiments.events import ExperimentLoaded
from prilavok.experiments.models import Arm, Experiment, LoadedOutcome
from prilavok.experiments.rules import sheet, split
from prilavok.experiments.rules.sheet import Reject, Sheet
from prilavok.kernel import journal
from prilavok.kernel.actors import Actor
from prilavok.kernel.errors import Problem

MOST_ARMS = 20


class BadFile(Problem):
    """The file is no experiment; the words say why."""

    code = "bad_experiment_file"
    message = _("This file cannot be read as an experiment.")


@dataclass(frozen=True)
class Loaded:
    """The experiment, how many rows it has, and the rows that could not be used (at most 1,000 are listed)."""

    experiment: Experiment
    rows: int
    rejected: int
    rejects: Sequence[Reject]
    again: bool = False


def load_experiment_file(
    path: str | Path,
    *,
    arm: str,
    control: str,
    outcome: str,
    stratum: str | None = None,
    title: str = "",
    by: Actor,
    at: datetime,
) -> Loaded:
    """`load_experiment` of a file on disk, titled by its name unless told. Raises OSError and as load_experiment."""
    file = Path(path)
    return load_experiment(
        content=file.read_bytes(),
        title=title or file.stem,
        arm=arm,
        control=control,
        outcome=outcome,
        stratum=stratum,
        by=by,
        at=at,
    )


@transaction.atomic
def load_experiment(
    *,
    content: bytes,
    title: str,
    arm: str,
    control: str,
    outcome: str,
    stratum: str | None = None,
    shares: dict[str, float] | None = None,
    by: Actor,
    at: datetime,
) -> Loaded:
    """A table with one row per customer becomes an experiment of two or more arms.

    `arm`, `outcome`, `stratum` name columns, `control` is the value of the arm that was left alone; `shares` are the
    arms' planned shares, if known. Rows of equal content are different customers. The same file again is the same
    experiment. Raises BadFile, Refused.
    """
    by.must("experiments.load")
    choice = "\n".join([arm, control, outcome, stratum or "", repr(sorted((shares or {}).items()))])
    fingerprint = hashlib.sha256(choice.encode() + b"\0" + content).hexdigest()
    made = _read(content, arm=arm, outcome=outcome, stratum=stratum or None)
    existing = Experiment.objects.filter(fingerprint=fingerprint).first()
    if existing is not None:
        return Loaded(existing, made.rows - made.rejected, made.rejected, made.rejects, again=True)
    keys = _arms(made, control)
    experiment = Experiment.objects.create(
        title=title[:200],
        kind=Experiment.Kind.LOADED,
        state=Experiment.State.LOADED,
        outcome=Experiment.Outcome.BINARY if made.is_binary else Experiment.Outcome.MONEY,
        metric=outcome[:60],
        currency=company.currency(),
        drawn_at=at,
        starts_at=at,
        horizon_at=at,
        strata={"column": stratum or ""},
        plan={"level": 0.95, "cap": None, "past": [], "shares": _shares(made, keys, shares)},
        fingerprint=fingerprint,
        made_by=by.id,
    )
    _write(experiment, made, keys)
    rows = made.rows - made.rejected
    journal.record(ExperimentLoaded(experiment_id=experiment.pk, rows=rows), by=by, at=at)
    return Loaded(experiment, rows, made.rejected, made.rejects)


def _read(content: bytes, *, arm: str, outcome: str, stratum: str | None) -> Sheet:
    try:
        return sheet.read(content, arm=arm, outcome=outcome, stratum=stratum)
    except sheet.NotText as exc:
        raise BadFile(_("This is not a text table. Save it as CSV.")) from exc
    except sheet.MissingColumn as exc:
        name, names = exc.args
        text = _("There is no column “%(name)s”. The file has: %(names)s.")
        raise BadFile(text, name=name, names=", ".join(names)[:500]) from exc


def _arms(made: Sheet, control: str) -> list[str]:
    """The control first."""
    keys = made.arms
    if control not in keys:
        raise BadFile(
            _("No row has “%(control)s” as its arm. The arms are: %(arms)s."),
            field="control",
            control=control,
            arms=", ".join(keys[:MOST_ARMS]) or "—",
        )
    if not 2 <= len(keys) <= MOST_ARMS:
        text = _("An experiment has 2 to %(most)s arms; this column has %(count)s values.")
        raise BadFile(text, field="arm", most=MOST_ARMS, count=len(keys))
    sizes = dict.fromkeys(keys, 0)
    for (key, _stratum, _value), customers in made.counts.items():
        sizes[key] += customers
    small = [key for key, size in sizes.items() if size < 2]
    if small:
        raise BadFile(
            _("Every arm needs at least two customers; too few in: %(arms)s."), arms=", ".join(small)
        )
    return [control, *(key for key in keys if key != control)]


def _shares(made: Sheet, keys: list[str], shares: dict[str, float] | None) -> list[float] | None:
    """What was planned: as told, or equal where the counts look as if they were meant so; None: nobody knows."""
    if shares and all(shares.get(key, 0) > 0 for key in keys):
        return [float(shares.get(key, 0)) for key in keys]
    return split.evenly_planned(
        [sum(n for (arm, _s, _v), n in made.counts.items() if arm == key) for key in keys]
    )


def _write(experiment: Experiment, made: Sheet, keys: list[str]) -> None:
    arms = {
        key: Arm.objects.create(experiment=experiment, key=key, position=position).pk
        for position, key in enumerate(keys)
    }
    columns = "experiment_id, arm_id, stratum, value, customers"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {LoadedOutcome._meta.db_table} ({columns}) FROM STDIN") as copy,
    ):
        for (key, stratum, value), customers in made.counts.items():
            copy.write_row((experiment.pk, arms[key], stratum, value, customers))
