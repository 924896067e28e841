"""Splink on DuckDB: learns what the fields are worth, then compares. Nothing leaves the machine or stays on it.

What is learnt (how often a field agrees by chance, and between two records of one person) is blended with what is
believed (`comparisons`), the more of the former the more pairs there were to learn from: a small or sparse base is
judged by belief, a large one by itself.
"""

import logging
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, block_on
from splink.internals.exceptions import EMTrainingException, SplinkException
from splink.internals.splink_dataframe import SplinkDataFrame

from prilavok.customers.matching import blocking, columns
from prilavok.customers.matching.comparisons import COMPARISONS, Comparison, Level
from prilavok.customers.matching.records import Pair, Reason, Record

SEED = 20260101
RANDOM_PAIRS = 1_000_000
TRAINING_PAIRS = 500_000
BELIEF = 60  # pairs of one person that weigh as much as belief does
DUPLICATES = 0.05  # pairs of one person per record, where nothing tells how many there are
SESSIONS = (
    ("birth",),
    ("last_sound", "first_sound"),
    ("email",),
    ("phone",),
    ("document",),
    ("family", "postcode"),
)
SURE = (
    ("last_sound", "first_sound", "birth"),
    ("email", "first_sound"),
    ("phone", "first_sound"),
    ("document",),
)
SURE_FIND = 0.6  # the share of one person's pairs that agree in one of SURE
RAREST = 0.00002  # a value that nobody else has is not taken for rarer than this
MEMORY = "2GB"
THREADS = 2

logging.getLogger("splink").setLevel(logging.ERROR)


def find(records: Sequence[Record], threshold: float) -> list[Pair]:
    """What `matching.find` promises."""
    rows = columns.normalised(records)
    table = columns.table(rows)
    filled = {name: 1 - table[name].null_count / max(1, len(rows)) for name in table.column_names}
    used = [one for one in COMPARISONS if any(filled[column] * len(rows) >= 2 for column in one.columns)]
    if not used:
        return []
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        _settle(connection, folder)
        connection.register("given", table)
        connection.execute("CREATE TABLE records AS SELECT * FROM given")
        connection.unregister("given")
        if not blocking.pairs(connection, rows):
            return []
        database = DuckDBAPI(connection)
        frame = database.register("records")
        linker = Linker(frame, _learnt(frame, used, filled, len(rows)), log_level=None)
        linker.table_management.register_blocked_pairs_for_predict(database.register("blocked"))
        scored = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
        return list(_pairs(connection, scored.physical_name, used, records))


def _settle(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Bounded memory, its own place to spill to, nothing fetched from anywhere."""
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute(f"SET threads = {THREADS}")
    connection.execute("SET temp_directory = $folder", {"folder": folder})
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")


def _learnt(
    frame: SplinkDataFrame, used: Sequence[Comparison], filled: Mapping[str, float], count: int
) -> dict[str, Any]:
    """The model after learning from the records themselves, blended with belief."""
    every = count * (count - 1) / 2
    linker = Linker(frame, _settings(used, min(0.5, DUPLICATES * count / every)), log_level=None)
    training = linker.training
    training.estimate_u_using_random_sampling(
        RANDOM_PAIRS + 1, seed=SEED, min_count_per_level=None, num_chunks=1
    )
    try:
        training.estimate_probability_two_random_records_match(
            [block_on(*rule) for rule in SURE if all(filled[column] for column in rule)], recall=SURE_FIND
        )
    except ValueError:  # more sure pairs than there can be: half of the base is one person
        pass
    for rule in SESSIONS:
        if all(filled[column] for column in rule):
            try:
                training.estimate_parameters_using_expectation_maximisation(
                    block_on(*rule), max_pairs=TRAINING_PAIRS, record_sample_proportion=1
                )
            except (EMTrainingException, SplinkException):  # nothing in common to learn from: belief stays
                continue
    model = linker.misc.save_model_to_json()
    probability = model["probability_two_random_records_match"] or DUPLICATES * count / every
    learnt = {one["output_column_name"]: one["comparison_levels"][1:] for one in model["comparisons"]}
    return _settings(
        used,
        probability,
        {
            one.name: list(
                _blended(one, learnt[one.name], probability, every, max(filled[c] for c in one.columns) ** 2)
            )
            for one in used
        },
    )


def _blended(
    one: Comparison, learnt: Sequence[Mapping[str, Any]], probability: float, every: float, known: float
) -> Iterator[tuple[float, float]]:
    """(m, u) of each level. `every` is the number of all pairs, `known` the share that has the field on both sides."""
    same, random = probability * every * known, min(every, RANDOM_PAIRS) * known
    taught = [level.get("m_probability") for level in learnt]
    trusted = all(isinstance(m, float) for m in taught[:1])
    for level, m, u in zip(one.levels, taught, (level.get("u_probability") for level in learnt), strict=True):
        m = (same * (m or 0) + BELIEF * level.m) / (same + BELIEF) if trusted else level.m
        by_chance = max((u or 0) - probability * m, (u or 0) / 10)  # a random pair may be one person too
        u = (random * by_chance + m * 2**-level.most) / (random + 1)
        bits = max(-level.most, min(level.most, math.log2(m / u)))
        yield m, m * 2**-bits


def _settings(
    used: Sequence[Comparison],
    probability: float,
    known: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> dict[str, Any]:
    """Splink's settings; without what is known, each level begins with what is believed."""
    return {
        "link_type": "dedupe_only",
        "probability_two_random_records_match": probability,
        "comparisons": [
            {
                "output_column_name": one.name,
                "comparison_levels": [
                    {"sql_condition": one.unknown, "label_for_charts": "unknown", "is_null_level": True},
                    *(
                        _level(
                            level, *(known[one.name][place] if known else (level.m, level.m * 2**-level.most))
                        )
                        for place, level in enumerate(one.levels)
                    ),
                ],
            }
            for one in used
        ],
        "retain_intermediate_calculation_columns": True,
    }


def _level(level: Level, m: float, u: float) -> dict[str, Any]:
    common = {"tf_adjustment_column": level.common, "tf_minimum_u_value": RAREST} if level.common else {}
    return {
        "sql_condition": level.sql,
        "label_for_charts": level.code,
        "m_probability": m,
        "u_probability": min(1.0, u),
        **common,
    }


def _pairs(
    connection: duckdb.DuckDBPyConnection, scored: str, used: Sequence[Comparison], records: Sequence[Record]
) -> Iterator[Pair]:
    """The scored pairs with their reasons."""
    weights = {
        one.name: f"mw_{one.name}"
        + (f" + mw_tf_adj_{one.name}" if any(level.common for level in one.levels) else "")
        for one in used
    }
    parts = ", ".join(f"gamma_{one.name}, round({weights[one.name]}, 2)" for one in used)
    cursor = connection.execute(
        f"SELECT unique_id_l, unique_id_r, round(match_probability, 9) AS score, {parts} "
        f"FROM {scored} ORDER BY score DESC, 1, 2"
    )
    while rows := cursor.fetchmany(10_000):
        for left, right, score, *levels in rows:
            reasons = [
                Reason(one.levels[-1 - met].code, bits)
                for one, met, bits in zip(used, levels[::2], levels[1::2], strict=True)
                if met >= 0
            ]
            reasons.sort(key=lambda reason: -abs(reason.bits))
            yield Pair(records[left].key, records[right].key, score, tuple(reasons))
