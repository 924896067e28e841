"""Statements on hot paths: the server plans each once per connection and is sent only the values after that."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import PipelineStatus


class _Prepared(psycopg.RawCursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> "_Prepared":
        return super().execute(_numbered(query), params, **{**options, "prepare": True})


@lru_cache(maxsize=1_000)
def _numbered(statement: str) -> str:
    """The statement as the server reads it, with its values numbered; found out once.

    >>> _numbered("SELECT %s::int, '100%%', %s::text")
    "SELECT $1::int, '100%', $2::text"
    """
    first, *others = statement.split("%s")
    numbered = first + "".join(f"${number}{text}" for number, text in enumerate(others, start=1))
    return numbered.replace("%%", "%")


class Asked:
    """A statement on its way; its rows when somebody needs them."""

    __slots__ = ("_cursor", "_own")

    def __init__(self, own: BaseDatabaseWrapper, cursor: _Prepared) -> None:
        self._own, self._cursor = own, cursor

    def rows(self) -> list[tuple[Any, ...]]:
        with self._own.wrap_database_errors:
            return self._cursor.fetchall()


@contextmanager
def together() -> Iterator[None]:
    """Send the statements within without waiting for each: only `rows` waits, for what was sent so far.

    Each still sees what those before it did. A statement that fails is told at the next wait, at the latest at the
    end; so this stands inside the transaction and not around it. COPY can't be sent so, and nothing can be recovered
    from: what might clash says ON CONFLICT instead of being caught (`get_or_create` catches).
    """
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    if is_together():
        yield
    else:
        with own.wrap_database_errors, own.connection.pipeline():
            yield


def is_together() -> bool:
    """Whether statements are sent without waiting now."""
    raw = connections[DEFAULT_DB_ALIAS].connection
    return raw is not None and raw.pgconn.pipeline_status != PipelineStatus.OFF


def ask(statement: str, values: Sequence[Any]) -> Asked:
    """Run a statement that always reads the same; within `together` it is not waited for until its rows are.

    Django's own cursor puts the values into the text, so that every call is planned anew: with several joins that
    takes longer than the answer.
    """
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    cursor, listed = _Prepared(own.connection), [_plain(one) for one in values]
    if own.queries_logged or own.execute_wrappers:  # somebody counts statements
        own._prepare_cursor(cursor).execute(statement, listed)  # type: ignore[attr-defined]
    else:
        own.validate_no_broken_transaction()
        with own.wrap_database_errors:
            cursor.execute(statement, listed)
    return Asked(own, cursor)


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement and fetch what it answers."""
    return ask(statement, values).rows()


def write(statement: str, values: Sequence[Any]) -> None:
    """Run a statement whose answer nobody needs."""
    ask(statement, values)


def _plain(value: Any) -> Any:
    r"""A list as PostgreSQL's own text of an array: psycopg looks at each element several times.

    >>> _plain([1, None, Decimal("1.50"), 'a "b" \\ c']), _plain(())
    ('{1,NULL,1.50,"a \\"b\\" \\\\ c"}', ())
    """
    return f"{{{','.join(map(_element, value))}}}" if isinstance(value, list) else value


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int | Decimal | UUID):
        return str(value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
