"""Statements on hot paths: the server plans each once per connection and is sent only the values after that."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


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


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement that always reads the same, and fetch what it answers.

    Django's own cursor puts the values into the text, so that every call is planned anew: with several joins that
    takes longer than the answer.
    """
    return _run(statement, values).fetchall()


def write(statement: str, values: Sequence[Any]) -> int:
    """Run a statement that answers nothing; how many rows it wrote."""
    return _run(statement, values).rowcount


def _run(statement: str, values: Sequence[Any]) -> _Prepared:
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    cursor = _Prepared(own.connection)
    if own.queries_logged or own.execute_wrappers:  # somebody counts statements
        own._prepare_cursor(cursor).execute(statement, values)  # type: ignore[attr-defined]
    else:
        own.validate_no_broken_transaction()
        with own.wrap_database_errors:
            cursor.execute(statement, values)
    return cursor
