"""Everything that can be done with files that come in."""

import hashlib
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import DiskFull

from prilavok.customers.ports import ORIGINS
from prilavok.exchange import queries
from prilavok.exchange.events import FileImported
from prilavok.exchange.kinds import KINDS as KINDS
from prilavok.exchange.kinds.base import Kind
from prilavok.exchange.models import Import
from prilavok.exchange.pace import at_full_speed
from prilavok.exchange.run import Run
from prilavok.exchange.wording import in_words
from prilavok.kernel import clock, jobs, journal, planner
from prilavok.kernel.actors import SYSTEM, Actor
from prilavok.kernel.errors import Problem
from prilavok.kernel.models import Work
from prilavok.kernel.sheets import BadFile, Sheet

LARGEST = 4 * 1024**3


class UnknownKind(Problem):
    code = "unknown_kind"
    message = _("There is no import of this kind.")


class NotATable(Problem):
    code = "not_a_table"
    message = _("The file can't be read as a table.")


class UnknownOrigin(Problem):
    code = "unknown_origin"
    message = _("Contacts and cards of a file are proved by: %(known)s.")


class UnknownOption(Problem):
    code = "unknown_option"
    message = _("There is no option “%(option)s” for this kind of file. There are: %(known)s.")


class BadOption(Problem):
    code = "bad_option"
    message = _("The option “%(option)s” is one of: %(known)s.")


class UnknownColumn(Problem):
    code = "unknown_column"
    message = _("Files of this kind have no column “%(column)s”. They have: %(known)s.")


class NoSuchHeader(Problem):
    code = "no_such_header"
    message = _("The file has no column “%(name)s”. It has: %(header)s.")


class TooLarge(Problem):
    code = "too_large"
    status = 413
    message = _("The file is larger than 4 GB. Split it.")


class AlreadyStarted(Problem):
    code = "already_started"
    status = 409
    message = _("The import has been started.")


@dataclass(frozen=True)
class Progress:
    """How far an import is."""

    done: int
    total: int
    """bytes of the file, roughly"""
    rows: int
    rejected: int


def import_file(
    kind: str,
    path: Path,
    *,
    by: Actor,
    at: datetime,
    options: dict[str, Any] | None = None,
    mapping: dict[str, str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Import:
    """Read a file to its end where it lies; its rejects and books stand in the Import returned.

    Raises UnknownKind, UnknownOption, BadOption, UnknownOrigin, UnknownColumn, NoSuchHeader, NotATable or Refused;
    whatever was loaded before a crash stays, and the same file again takes up the rest.
    """
    options, mapping = _checked(kind, options or {}), _mapped(kind, mapping or {})
    one = _new(kind, path, path.name, by=by, options=options, mapping=mapping)
    return _carry_out(one, by=by, at=at, progress=progress)


def bring(kind: str, name: str, chunks: Iterable[bytes], *, by: Actor) -> Import:
    """Keep an uploaded file until its columns are chosen. Raises UnknownKind, TooLarge or Refused."""
    _may(kind, by)
    one = Import(
        kind=kind, file_name=Path(name).name[:255], by_kind=by.kind, by_id=by.id, size=0, made_at=clock.now()
    )
    path = queries.folder() / str(one.public_id) / "source"
    path.parent.mkdir(parents=True)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            one.size += file.write(chunk)
            if one.size > LARGEST:
                shutil.rmtree(path.parent)
                raise TooLarge
    one.path, one.digest = str(path), digest.hexdigest()
    one.save()
    return one


@transaction.atomic
def start(
    import_id: int,
    *,
    by: Actor,
    mapping: dict[str, str] | None = None,
    options: dict[str, Any] | None = None,
    link: str = "",
) -> Import:
    """Begin a brought import in the background, or begin one again that was stopped: what is loaded stays as it is.

    Without mapping and options those chosen before hold. Raises AlreadyStarted, NotATable, UnknownOption, BadOption,
    UnknownOrigin, UnknownColumn or NoSuchHeader.
    """
    one = Import.objects.select_for_update().get(pk=import_id)
    _may(one.kind, by)
    if one.state not in (Import.State.WAITING, Import.State.FAILED):
        raise AlreadyStarted
    one.mapping = one.mapping if mapping is None else _mapped(one.kind, mapping)
    one.options = one.options if options is None else _checked(one.kind, options)
    _sheet_of(one, one.mapping)
    one.state, one.problem, one.finished_at, one.done_bytes = Import.State.RUNNING, None, None, 0
    one.save()
    work = jobs.start(title=one.file_name, by=by, total=one.size, link=link)
    jobs.later(carry_out, import_id=one.pk, work_id=work.pk, lock=f"import:{one.kind}")
    return one


@transaction.atomic
def drop(import_id: int, *, by: Actor) -> None:
    """Forget a brought file that was never started."""
    one = Import.objects.select_for_update().get(pk=import_id)
    _may(one.kind, by)
    if one.state != Import.State.WAITING:
        raise AlreadyStarted
    shutil.rmtree(queries.source(one).parent, ignore_errors=True)
    one.delete()


@jobs.job
def carry_out(*, import_id: int, work_id: int) -> None:
    """Read the file of an import from its beginning; called again after a crash, it does the same."""
    one = Import.objects.get(pk=import_id)
    work = Work.objects.get(pk=work_id)
    if one.closed:
        if not work.finished_at:  # whoever closed the import was killed before saying so
            jobs.finish(work, failed=one.state == Import.State.FAILED)
        return

    def tell(progress: Progress) -> None:
        jobs.step(work, done=progress.done, total=progress.total)

    try:
        _carry_out(one, by=_actor(one), at=clock.now(), progress=tell)
    except NotATable as problem:
        jobs.finish(work, note=str(problem), failed=True)
    except Exception as failure:
        jobs.finish(work, note=_why(failure), failed=True)
        raise
    else:
        jobs.finish(work)


def _actor(one: Import) -> Actor:
    """The one who brought the file; rights were asked when it was started."""
    return Actor(one.by_kind, one.by_id, everything=True) if one.by_id else SYSTEM


def _may(kind: str, by: Actor) -> Kind:
    by.must("exchange.import")
    if kind not in KINDS:
        raise UnknownKind
    by.must(KINDS[kind].permission)
    return KINDS[kind]


# What an option may be, where it is not simply yes or no.
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "unknown_cards": ("reject", "anonymous"),
    "verified": (*ORIGINS, "", None),
}


def _checked(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    """Options as they may be: one that is passed over would be a slip that nobody notices.

    Raises UnknownKind, UnknownOption, BadOption, UnknownOrigin.
    """
    if kind not in KINDS:
        raise UnknownKind
    known = KINDS[kind].options
    for option, value in options.items():
        field = f"options.{option}"
        if option not in known:
            raise UnknownOption(field=field, option=option, known=", ".join(known) or "—")
        if value not in _CHOICES.get(option, (True, False)):
            if option == "verified":
                raise UnknownOrigin(field=field, known=", ".join(ORIGINS))
            allowed = _CHOICES.get(option, ("true", "false"))
            raise BadOption(field=field, option=option, known=", ".join(filter(None, allowed)))
    return options


def _mapped(kind: str, mapping: dict[str, str]) -> dict[str, str]:
    """Raises UnknownColumn."""
    known = [column.key for column in KINDS[kind].columns]
    for column in mapping:
        if column not in known:
            raise UnknownColumn(field=f"mapping.{column}", column=column, known=", ".join(known))
    return mapping


def _new(
    kind: str, path: Path, name: str, *, by: Actor, options: dict[str, Any], mapping: dict[str, str]
) -> Import:
    _may(kind, by)
    if not path.is_file():
        raise NotATable(in_words("file_gone", {}))
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Import.objects.create(
        kind=kind,
        file_name=name[:255],
        path=str(path.resolve()),
        digest=digest.hexdigest(),
        size=path.stat().st_size,
        mapping=mapping,
        options=options,
        state=Import.State.RUNNING,
        made_at=clock.now(),
        by_kind=by.kind,
        by_id=by.id,
    )


def _sheet_of(one: Import, mapping: dict[str, str]) -> tuple[Sheet, dict[str, str]]:
    """The table and its columns. Raises NotATable, NoSuchHeader."""
    kind = KINDS[one.kind]
    try:
        sheet = queries.look(queries.source(one))
    except BadFile as bad:
        raise NotATable(in_words(bad.code, bad.values)) from bad
    chosen = {key: name for key, name in (mapping or kind.guess(sheet.header)).items() if name}
    for key, name in chosen.items():
        if name not in sheet.header:
            raise NoSuchHeader(field=f"mapping.{key}", name=name, header=", ".join(sheet.header)[:300])
    if missing := kind.missing(chosen):
        columns = ", ".join(str(column.label) for column in missing)
        header = ", ".join(sheet.header)[:300]
        raise NotATable(in_words("columns_missing", {"columns": columns, "header": header}))
    return sheet, chosen


def _carry_out(
    one: Import, *, by: Actor, at: datetime, progress: Callable[[Progress], None] | None
) -> Import:
    run: Run | None = None
    try:
        sheet, one.mapping = _sheet_of(one, one.mapping)
        one.started_at = clock.real()
        run = _run(one, sheet, by, at, progress)
        with at_full_speed():
            KINDS[one.kind].load(run)
    except BaseException as failure:
        _fail(one, _why(failure))
        raise
    finally:
        if run:
            run.rejects.arrange()
    return _finish(one, run, by, at)


def _why(failure: BaseException) -> str:
    """What stopped an import, and what to do, for whoever brought the file."""
    if isinstance(failure, NotATable):
        return str(failure)
    cause = failure.__cause__ if isinstance(failure, OperationalError) else failure
    full = isinstance(cause, DiskFull) or (isinstance(cause, OSError) and cause.errno in (ENOSPC, EDQUOT))
    return in_words("disk_full" if full else "stopped", {})


def _run(
    one: Import, sheet: Sheet, by: Actor, at: datetime, progress: Callable[[Progress], None] | None
) -> Run:
    rejects = queries.rejects_path(one)
    rejects.parent.mkdir(parents=True, exist_ok=True)
    rejects.unlink(missing_ok=True)

    def tell(run: Run) -> None:
        _note(one, run)
        planner.recount()
        if progress:
            progress(Progress(one.done_bytes, one.size, run.rows, run.rejected))

    places = {key: sheet.header.index(name) for key, name in one.mapping.items()}
    return Run(sheet, places, one.options, by, at, rejects, tell, str(one.public_id))


def _note(one: Import, run: Run) -> None:
    one.stepped_at = clock.real()
    one.done_bytes = min(one.size, run.sheet.position)
    one.rows, one.loaded, one.changed = run.rows, run.loaded, run.changed
    one.unchanged, one.rejected = run.unchanged, run.rejected
    one.save()


def _fail(one: Import, why: str) -> None:
    one.state, one.problem, one.finished_at = Import.State.FAILED, {"text": why}, clock.real()
    one.save()


@transaction.atomic
def _finish(one: Import, run: Run, by: Actor, at: datetime) -> Import:
    _note(one, run)
    one.state, one.finished_at, one.done_bytes, one.problem = (
        Import.State.FINISHED,
        clock.real(),
        one.size,
        None,
    )
    one.reconciliation = [books.stored() for books in run.books.values()]
    one.notes = run.notes
    one.save()
    told = FileImported(
        import_id=one.pk,
        kind=one.kind,
        rows=run.rows,
        loaded=run.loaded,
        changed=run.changed,
        unchanged=run.unchanged,
        rejected=run.rejected,
    )
    journal.record(told, by=by, at=at)
    return one
