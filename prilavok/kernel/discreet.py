"""What may be told of a failure in a log or to an administrator: of what kind it is and where it happened.

The words of an exception hold what was wrong: a name, an address, a row of a file. So does much that libraries write
into logs. Neither is written down; a database's error keeps its code and the names of table, column and constraint.
"""

import errno
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from prilavok.kernel.errors import Problem

PACKAGE = Path(__file__).parent.parent
# Their words name what the program calls things.
INNOCENT = (AttributeError, ImportError, NameError, IndexError, RecursionError, ZeroDivisionError)


class WithoutValues(Exception):
    """Whose words hold no values: they are written down as they are."""


def brief(failure: BaseException) -> str:
    """Its kind, and what can be told of it without values.

    >>> brief(ValueError("Anna"))
    'ValueError'
    >>> brief(OSError(28, "No space left on device", "Anna.csv"))
    'OSError: ENOSPC'
    """
    more = " ".join(_more(failure))
    return f"{type(failure).__qualname__}: {more}" if more else type(failure).__qualname__


def _more(failure: BaseException) -> Iterator[str]:
    of_database = failure if isinstance(failure, psycopg.Error) else failure.__cause__
    if isinstance(failure, Problem):
        yield failure.code
    elif isinstance(of_database, psycopg.Error):
        told = of_database.diag
        known = (of_database.sqlstate, told.table_name, told.column_name, told.constraint_name)
        yield from filter(None, known)
    elif isinstance(failure, OSError) and failure.errno:
        yield errno.errorcode.get(failure.errno, str(failure.errno))
    elif isinstance(failure, (*INNOCENT, WithoutValues)):
        yield str(failure)


def reason(failure: BaseException) -> str:
    """The same with the last place of ours that it came through: for whoever has to mend it."""
    ours = [
        f"{Path(frame.filename).relative_to(PACKAGE)}:{frame.lineno}"
        for frame in traceback.extract_tb(failure.__traceback__)
        if frame.filename.startswith(f"{PACKAGE}{os.sep}")
    ]
    return f"{brief(failure)} ({ours[-1]})" if ours else brief(failure)


def story(failure: BaseException | None) -> str:
    """A traceback, that of its causes first, without the words of any."""
    told: list[str] = []
    seen: set[int] = set()
    while failure is not None and id(failure) not in seen:
        seen.add(id(failure))
        told.append("".join(traceback.format_tb(failure.__traceback__)) + brief(failure))
        failure = failure.__cause__ or (None if failure.__suppress_context__ else failure.__context__)
    return "\n\nwhich led to\n\n".join(reversed(told))


class Formatter(logging.Formatter):
    """Our own lines as they are; of others' the sentence without what was put into it."""

    def format(self, record: logging.LogRecord) -> str:
        record.message = _words(record)
        record.asctime = self.formatTime(record, self.datefmt)
        parts = [self.formatMessage(record)]
        if record.exc_info and record.exc_info[1]:
            parts.append(story(record.exc_info[1]))
        return "\n".join(parts)


def _words(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in ("prilavok", "_granian"):
        return record.getMessage()
    told: dict[str, Any] = record.__dict__
    if request := told.get("request"):  # Django's: the address may hold a code, a number, a token
        route = getattr(getattr(request, "resolver_match", None), "route", None) or "(no such address)"
        return f"{told.get('status_code', '')} {getattr(request, 'method', '')} {route}".strip()
    if "action" in told:  # Procrastinate's: a job's arguments stay in its table
        job = told.get("job") or {}
        return " ".join(str(one) for one in (told["action"], job.get("id"), _called(job)) if one)
    return str(record.msg)


def _called(job: dict[str, Any]) -> object:
    return (job.get("task_kwargs") or {}).get("name") or job.get("task_name")


def end_discreetly() -> None:
    """A process or a thread of this one that ends by a failure nobody caught writes it down without its words."""
    sys.excepthook = lambda _kind, failure, _trace: _say(failure)
    threading.excepthook = lambda told: _say(told.exc_value)


def _say(failure: BaseException | None) -> None:
    sys.stderr.write(story(failure) + "\n")
