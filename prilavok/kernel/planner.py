"""What PostgreSQL knows of the size of its tables when it chooses how to answer."""

from django.db import connection

# The server keeps how much was written since a table was last counted; the first statement has ours told at once.
_TOLD = "SELECT pg_stat_force_next_flush()"
_OUTGROWN = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    AND pg_stat_get_mod_since_analyze(oid) > 1000 + 9 * greatest(reltuples, 0)"""


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
