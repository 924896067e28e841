"""What PostgreSQL knows of the size of its tables when it chooses how to answer."""

from django.db import connection

# Rows that are there, not rows that were written: a table that was filled and emptied again would be counted as empty,
# and what comes into it next be planned as if it were one row. The server keeps how many there are since a table was
# last counted; the first statement has ours told at once.
_TOLD = "SELECT pg_stat_force_next_flush()"
_OUTGROWN = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    AND pg_stat_get_live_tuples(oid) > 1000 + 10 * greatest(reltuples, 0)"""


def recount() -> None:
    """Have tables counted that have grown tenfold, as by a file of many customers.

    A statement that was planned while its table was small reads the whole of it, and a connection keeps such a plan
    until the table is counted. By itself the server looks around once a minute.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOLD)
        cursor.execute(_OUTGROWN)
        if outgrown := [table for (table,) in cursor.fetchall()]:
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(outgrown)}")


def count(*tables: str) -> None:
    """Have these tables counted after an index of an expression was made: what stands in it nobody else counts soon.

    Till then a search for a word that nobody has may go through the whole table, for any word passes for a common one.
    Empty tables are left alone: counted, they would be planned as empty when they are full.
    """
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
            if cursor.fetchone()[0]:
                cursor.execute(f"ANALYZE {table}")
