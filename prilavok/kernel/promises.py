"""Promises that PostgreSQL keeps, asked once per statement. For migrations.

A foreign key asks, and locks, once per row: with a million rows that costs more than writing them.
"""

from django.db import migrations

_ASK = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT {column} AS id FROM written WHERE {column} IS NOT NULL) AS named
        WHERE NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = named.id)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = '{table} names a row of {parent} that does not exist';
    END IF;
    RETURN NULL;
END $$;
"""
_MISSING = """EXISTS (
        SELECT 1 FROM (SELECT DISTINCT {column} AS id FROM written WHERE {column} IS NOT NULL) AS named
        WHERE NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = named.id)
    )"""
_ASK_ALL = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {missing} THEN
        RAISE foreign_key_violation USING MESSAGE = '{table} names a row that does not exist';
    END IF;
    RETURN NULL;
END $$;
"""
_WATCH = """
CREATE TRIGGER {name}_inserted AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER {name}_updated AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
_KEEP = """
CREATE OR REPLACE FUNCTION {name}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT 1 FROM gone JOIN {table} c ON c.{column} = gone.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a row of {parent} is still named by {table}';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {name}_kept AFTER DELETE ON {parent}
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION {name}_kept();
"""


def named_rows_exist(name: str, *, table: str, column: str, parent: str) -> migrations.RunSQL:
    """What `table.column` names stands in `parent` and can't be deleted from it while it is named."""
    values = {"name": name, "table": table, "column": column, "parent": parent}
    undo = "DROP FUNCTION {name}() CASCADE; DROP FUNCTION {name}_kept() CASCADE;"
    return migrations.RunSQL((_ASK + _WATCH + _KEEP).format(**values), undo.format(**values))


def all_named_rows_exist(name: str, *, table: str, names: dict[str, str]) -> list[migrations.RunSQL]:
    """What the columns of `table` name (column: parent) stands there, asked of all columns by one question, and can't
    be deleted from there while it is named.

    For tables that are written a few rows at a time: each trigger costs as much as the rows do.
    """
    keep = [
        named_rows_are_kept(f"{name}_{column}", table=table, column=column, parent=parent)
        for column, parent in names.items()
    ]
    return [all_are_asked_together(name, table=table, names=names), *keep]


def all_are_asked_together(name: str, *, table: str, names: dict[str, str]) -> migrations.RunSQL:
    """The same where deleting waits already by promises made before, column by column; those ask no more by
    themselves (`asks_no_more`)."""
    missing = " OR ".join(_MISSING.format(column=column, parent=parent) for column, parent in names.items())
    values = {"name": name, "table": table, "missing": missing}
    return migrations.RunSQL(
        (_ASK_ALL + _WATCH).format(**values), "DROP FUNCTION {name}() CASCADE;".format(**values)
    )


def asks_no_more(name: str, *, table: str, column: str, parent: str) -> migrations.RunSQL:
    """A promise made before asks by itself no more when `table` is written; what it names it keeps."""
    values = {"name": name, "table": table, "column": column, "parent": parent}
    return migrations.RunSQL(
        "DROP FUNCTION {name}() CASCADE;".format(**values), (_ASK + _WATCH).format(**values)
    )


def named_rows_are_kept(name: str, *, table: str, column: str, parent: str) -> migrations.RunSQL:
    """A promise made before keeps what is named by rows, also by those that nobody else sees yet.

    Whoever deletes waits for those who write: deleting is rare, and writing locks nothing.
    """
    values = {"name": name, "table": table, "column": column, "parent": parent}
    return migrations.RunSQL(_KEEP.format(**values), migrations.RunSQL.noop)


def ask_each_row_once(name: str, *, table: str, column: str, parent: str) -> migrations.RunSQL:
    """A promise made before asks for each named row once, however many rows name it."""
    values = {"name": name, "table": table, "column": column, "parent": parent}
    return migrations.RunSQL(_ASK.format(**values), migrations.RunSQL.noop)
