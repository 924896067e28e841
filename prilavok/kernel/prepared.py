"""Statements on hot paths: the server plans each once per connection and is sent only the values after that."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


class _Prepared(psycopg.Cursor[tuple[Any, ...]]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> "_Prepared":
        return super().execute(query, params, **{**options, "prepare": True})


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement that always reads the same, and fetch what it answers.

    Django's own cursor puts the values into the text, so that every call is planned anew: with several joins that
    takes longer than the answer.
    """
    connection.ensure_connection()
    with connection._prepare_cursor(_Prepared(connection.connection)) as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def write(statement: str, values: Sequence[Any]) -> int:
    """Run a statement that answers nothing; how many rows it wrote."""
    connection.ensure_connection()
    with connection._prepare_cursor(_Prepared(connection.connection)) as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement, values)
        return int(cursor.rowcount)
