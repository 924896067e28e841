"""Splink on DuckDB compares the records. Nothing leaves the machine, nothing stays on it."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb
import pyarrow
from splink import DuckDBAPI, Linker

from prilavok.customers.matching import blocking, columns, households, learning
from prilavok.customers.matching.comparisons import COMPARISONS, Comparison
from prilavok.customers.matching.normal import Normal
from prilavok.customers.matching.records import Pair, Reason, Record

MEMORY = "2GB"
THREADS = 2
UNLIKELY = 0.001  # what chance explains better is not looked at further
DIGITS = 9  # of a score: beyond them the order of adding up would show

logging.getLogger("splink").setLevel(logging.ERROR)


def find(records: Sequence[Record], threshold: float) -> list[Pair]:
    """What `matching.find` promises."""
    rows = columns.normalised(records)
    table = columns.table(rows)
    filled = {name: 1 - table[name].null_count / max(1, len(rows)) for name in table.column_names}
    used = [one for one in COMPARISONS if any(filled[column] * len(rows) > 1 for column in one.columns)]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        _settle(connection, folder)
        connection.register("given", table)
        connection.execute("CREATE TABLE records AS SELECT * FROM given")
        connection.unregister("given")
        if not blocking.pairs(connection, rows):
            return []
        database = DuckDBAPI(connection)
        frame = database.register("records")
        base = learning.Base(database, frame, len(rows), filled)
        model = learning.learn(base, used)
        linker = Linker(frame, model, log_level=None, validate_settings=False)
        linker.table_management.register_blocked_pairs_for_predict(database.register("blocked"))
        scored = linker.inference.predict(
            threshold_match_probability=min(threshold, UNLIKELY), warning_mode="never"
        )
        expected = model["probability_two_random_records_match"] * base.pairs
        return [
            Pair(
                records[left].key,
                records[right].key,
                score,
                tuple(_exactly(reason, rows[left], rows[right]) for reason in reasons),
            )
            for left, right, score, reasons in _pairs(
                connection, scored.physical_name, used, expected, threshold
            )
        ]


def _settle(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Bounded memory, its own place to spill to, nothing fetched from anywhere."""
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute(f"SET threads = {THREADS}")
    connection.execute("SET temp_directory = $folder", {"folder": folder})
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET enable_progress_bar = false")


def _pairs(
    connection: duckdb.DuckDBPyConnection,
    scored: str,
    used: Sequence[Comparison],
    expected: float,
    threshold: float,
) -> Iterator[tuple[int, int, float, list[Reason]]]:
    """The places of both records, the score and the reasons, the surest first."""
    bits = {one.name: f"(mw_{one.name}{_by_frequency(one)})" for one in used}
    at_home = " + ".join(f"least({one.home}, {bits[one.name]})" for one in used if one.home) or "0"
    order = "ORDER BY unique_id_l, unique_id_r"
    weights = connection.execute(
        f"SELECT match_weight, {at_home} AS at_home FROM {scored} {order}"
    ).fetchnumpy()
    scores = households.probability(weights["match_weight"], weights["at_home"], expected).round(DIGITS)
    connection.register("scores", pyarrow.table({"score": scores}))
    parts = ", ".join(f"gamma_{one.name}, round({bits[one.name]}, 2)" for one in used)
    cursor = connection.execute(
        f"SELECT unique_id_l, unique_id_r, score, {parts} FROM (FROM {scored} {order}) POSITIONAL JOIN scores "
        "WHERE score >= $threshold ORDER BY score DESC, 1, 2",
        {"threshold": threshold},
    )
    while found := cursor.fetchmany(10_000):
        for left, right, score, *levels in found:
            met = zip(used, levels[::2], levels[1::2], strict=True)
            reasons = [
                Reason(one.levels[-1 - level].code, weight) for one, level, weight in met if level >= 0
            ]
            yield left, right, score, sorted(reasons, key=lambda reason: -abs(reason.bits))


def _by_frequency(one: Comparison) -> str:
    return f" + mw_tf_adj_{one.name}" if any(level.common for level in one.levels) else ""


def _exactly(reason: Reason, left: Normal, right: Normal) -> Reason:
    """The engine compares names as they sound; the reader is told what differs in writing."""
    code = reason.code
    if code == "last_same" and left.last != right.last:
        code = "last_translit" if left.last_sound == right.last_sound else "last_gender"
    elif code == "first_same" and left.first != right.first:
        code = "first_translit"
    elif code == "middle_same" and left.middle != right.middle:
        code = "middle_translit" if left.middle_sound == right.middle_sound else "middle_form"
    return replace(reason, code=code)
