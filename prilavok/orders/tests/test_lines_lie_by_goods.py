"""Who bought some goods is read from few of all lines, and what was taken out is not found there either."""

import pytest

from prilavok.facts import actions, client

BOUGHT = "SELECT profile_id, uniqExact(receipt_id) FROM receipt_lines WHERE department_id = 7 GROUP BY 1 ORDER BY 1"
AS_THEY_LIE = BOUGHT.replace(" FROM", ", max(line) FROM")  # the projection lacks this column
SOLD = (
    "INSERT INTO receipt_lines (receipt_id, profile_id, kind, local_date, line, department_id, batch) "
    "SELECT intDiv(number, 3), 1 + number % 500, 'sale', toDate('2026-11-02'), number % 3, number % 41, 1 + number % 4 "
    "FROM numbers(100000)"
)


def sums(asked: str) -> list[tuple[int, int]]:
    return [(profile, receipts) for profile, receipts, *_line in client.rows(asked)]


def read_by_goods(asked: str) -> bool:
    return "ReadFromMergeTree (by_goods)" in "\n".join(client.column(f"EXPLAIN {asked}"))


@pytest.mark.usefixtures("facts")
def test_rows_taken_out_are_gone_from_both_orders() -> None:
    client.execute(SOLD)
    assert read_by_goods(BOUGHT) and not read_by_goods(AS_THEY_LIE)
    before = sums(BOUGHT)
    assert len(before) > 20 and before == sums(AS_THEY_LIE)

    client.execute(
        "DELETE FROM receipt_lines WHERE batch = 4"
    )  # as a batch that was half written is, or a day told anew
    after = sums(BOUGHT)
    assert after == sums(AS_THEY_LIE) != before

    actions.tidy()
    assert read_by_goods(BOUGHT)
    assert sums(BOUGHT) == after == sums(AS_THEY_LIE)
