"""After a large file the server knows how many rows its tables have: what it planned before it plans anew."""

import pytest
from django.db import connection

from prilavok.kernel import planner
from prilavok.kernel.models import StoredAnswer

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 1_500


def test_a_table_that_grew_tenfold_is_counted_once() -> None:
    before = counted()[1]
    fill()

    planner.recount()
    rows, times = counted()
    planner.recount()

    assert (rows, times) == (ROWS, before + 1)
    assert counted() == (ROWS, before + 1)


def test_a_table_that_was_filled_and_emptied_is_not_believed_to_be_empty_for_ever() -> None:
    before = counted()[1]
    fill()
    StoredAnswer.objects.all().delete()
    planner.recount()
    assert counted()[1] == before


def test_an_index_of_an_expression_is_counted_with_its_table_unless_that_is_empty() -> None:
    table, before = StoredAnswer._meta.db_table, counted()[1]
    planner.count(table)
    assert counted()[1] == before
    fill()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX kernel_answer_by_word ON {table} (lower(key))")
        try:
            planner.count(table)
            cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'kernel_answer_by_word'")
            assert cursor.fetchone()[0] == 1
        finally:
            cursor.execute("DROP INDEX kernel_answer_by_word")


def fill() -> None:
    StoredAnswer.objects.bulk_create(
        StoredAnswer(actor="token:max", key=str(n), fingerprint="", status=200, body=b"") for n in range(ROWS)
    )


def counted() -> tuple[int, int]:
    """How many rows the server believes to be there, and how often it has been told to count them."""
    table = StoredAnswer._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::int, pg_stat_get_analyze_count(oid)::int FROM pg_class WHERE relname = %s",
            [table],
        )
        rows, times = cursor.fetchone()
    return rows, times
