"""Trying the search for duplicates on a labelled file. The file holds people: it is deleted as soon as it was read."""

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from prilavok.customers import queries
from prilavok.customers.actions.problems import EmptyFile, FileTooLarge
from prilavok.customers.matching import evaluating
from prilavok.customers.matching.evaluating import Evaluated
from prilavok.customers.matching.labelled import Labelled, Unfit, read
from prilavok.customers.models import Evaluation
from prilavok.customers.queries.evaluations import RIGHT, evaluation_folder, evaluation_trouble
from prilavok.kernel import clock, jobs
from prilavok.kernel.actors import Actor
from prilavok.kernel.models import Work

LARGEST = 100 * 1024**2  # bytes
MOST = 200_000  # rows; the command line takes more
LEFT = timedelta(days=1)  # nobody reads a file any more that has waited so long
TOLD = ("column", "most", "why")  # values of a trouble that hold nothing of what stands in the file

_logger = logging.getLogger(__name__)


def evaluate_file(
    *, name: str, chunks: Iterable[bytes], column: str = "", by: Actor, at: datetime
) -> Evaluation:
    """Evaluate a labelled file in the background; `column` says who is who, or is guessed.

    Raises EmptyFile, FileTooLarge, Refused; what is wrong inside the file stands in the Evaluation later.
    """
    by.must(RIGHT)
    one = Evaluation(
        file_name=Path(name).name[:255], column=column.strip()[:200], at=at, by_kind=by.kind, by_id=by.id
    )
    path = _path(one)
    try:
        _write(path, chunks)
        with transaction.atomic():
            one.save()
            work = jobs.start(
                title=gettext("Evaluation of a labelled file"),
                by=by,
                total=3,
                link="/customers/duplicates/quality/",
            )
            jobs.later(
                evaluate_waiting,
                lock="customers.evaluations",
                evaluation=str(one.public_id),
                work=str(work.public_id),
            )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return one


def keep_evaluation(
    *, name: str, labelled: Labelled, found: Evaluated, seconds: float, by: Actor, at: datetime
) -> Evaluation:
    """Keep the figures of a file that was evaluated elsewhere."""
    by.must(RIGHT)
    return Evaluation.objects.create(
        file_name=Path(name).name[:255],
        at=at,
        by_kind=by.kind,
        by_id=by.id,
        **_figures(labelled, found, seconds),
    )


@transaction.atomic
def delete_evaluation(*, public_id: UUID, by: Actor) -> None:
    """Forget the figures; a file that still waits goes with them. Raises Evaluation.DoesNotExist, Refused."""
    one = queries.evaluation(public_id, by)
    path = _path(one)
    one.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


@jobs.job
def evaluate_waiting(*, evaluation: str, work: str) -> None:
    """Read the file, compare, keep the figures or what was wrong, and delete the file."""
    running = jobs.find(UUID(work))
    one = Evaluation.objects.filter(public_id=evaluation, state=Evaluation.State.WAITING).first()
    if one is None:
        jobs.finish(running)
        return
    try:
        _settle(one, **_measured(one, running))
    except Unfit as unfit:
        _fail(one, unfit.code, {key: unfit.values[key] for key in TOLD if key in unfit.values})
    except Exception as failure:  # its words may hold values of the file
        _logger.error("evaluation %s broke off: %s", one.pk, type(failure).__name__)
        _fail(one, "broke_off")
    finally:
        _path(one).unlink(missing_ok=True)
    note = evaluation_trouble(one)
    jobs.finish(running, note=note or one.file_name, failed=bool(note))


@jobs.job
def forget_left_evaluations() -> None:
    """Files that nobody came to read: whoever should have, was killed. Called every night."""
    for one in Evaluation.objects.filter(state=Evaluation.State.WAITING, at__lt=clock.now() - LEFT):
        _fail(one, "broke_off")
        _path(one).unlink(missing_ok=True)
    waiting = {
        str(one)
        for one in Evaluation.objects.filter(state=Evaluation.State.WAITING).values_list(
            "public_id", flat=True
        )
    }
    before = time.time() - LEFT.total_seconds()
    for path in evaluation_folder().glob("*"):
        if path.name not in waiting and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


def _path(one: Evaluation) -> Path:
    return evaluation_folder() / str(one.public_id)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += file.write(chunk)
            if size > LARGEST:
                raise FileTooLarge(field="file", largest=LARGEST // 1024**2)
    if not size:
        raise EmptyFile(field="file")


def _measured(one: Evaluation, running: Work) -> dict[str, Any]:
    if not _path(one).exists():
        raise Unfit("file_gone")
    labelled = read(_path(one), cluster=one.column, most=MOST)
    jobs.step(running, done=1)
    begun = time.perf_counter()
    found = evaluating.evaluate(labelled)
    jobs.step(running, done=2)
    return _figures(labelled, found, time.perf_counter() - begun)


def _figures(labelled: Labelled, found: Evaluated, seconds: float) -> dict[str, Any]:
    return {
        "state": Evaluation.State.DONE,
        "column": labelled.cluster[:200],
        "records": len(labelled.records),
        "true_pairs": len(labelled.truth.pairs),
        "seconds": round(seconds, 1),
        "figures": found.told(),
        "points": found.drawn(),
    }


def _fail(one: Evaluation, code: str, values: dict[str, Any] | None = None) -> None:
    _settle(one, state=Evaluation.State.FAILED, trouble={"code": code, "values": values or {}})


def _settle(one: Evaluation, **values: Any) -> None:
    """Write the outcome, unless somebody deleted the evaluation meanwhile."""
    for name, value in values.items():
        setattr(one, name, value)
    Evaluation.objects.filter(pk=one.pk).update(**values)
