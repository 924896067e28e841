"""What each level of each field is worth, learnt from the records themselves by Splink and blended with belief.

Learnt are: how many pairs are one person, how often a level is met by chance (random pairs), how often between two
records of one person (expectation maximisation among pairs that share something; several times, so that no field is
judged among pairs that it chose itself). The fewer pairs there are, the more belief (`comparisons`) holds.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from splink import DuckDBAPI, Linker, block_on
from splink.internals.exceptions import EMTrainingException, SplinkException
from splink.internals.splink_dataframe import SplinkDataFrame

from prilavok.customers.matching.comparisons import Comparison, Level

SEED = 20260101
RANDOM_PAIRS = 1_000_000
SHARING_PAIRS = 300_000
ITERATIONS = 10  # more would carry what was never met to zero
BELIEF = 60  # pairs of one person that weigh as much as belief does
CHANCE = 1_000  # random pairs that do
COMMON = 200  # records that do, of how common a value is
FEWEST = 10  # pairs of one person from which anything can be learnt
DUPLICATES = 0.05  # pairs of one person per record, where nothing tells how many there are
SHARING = (
    ("birth",),
    ("last_sound", "first_sound"),
    ("email", "first_sound"),
    ("phone", "first_sound"),
    ("document",),
)
SURE = (
    ("last_sound", "first_sound", "birth"),
    ("email", "first_sound"),
    ("phone", "first_sound"),
    ("document",),
)
SURE_FIND = 0.6  # the share of one person's pairs that agree in one of SURE
RAREST = 0.00002  # a value that nobody else has is not taken for rarer than this

Worth = tuple[float, float]  # how often a level is met by one person's records, and by chance


@dataclass(frozen=True)
class Base:
    """The records in the engine, how many they are, and the share of them that knows each column."""

    database: DuckDBAPI
    frame: SplinkDataFrame
    count: int
    filled: Mapping[str, float]

    @property
    def pairs(self) -> float:
        """All pairs that there are."""
        return self.count * (self.count - 1) / 2

    def share(self, one: Comparison) -> float:
        """The share of pairs that know the field on both sides."""
        return max(self.filled[column] for column in one.columns) ** 2

    def rules(self, rules: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Those whose columns are not empty."""
        return [rule for rule in rules if all(self.filled[column] for column in rule)]


def learn(base: Base, used: Sequence[Comparison]) -> dict[str, Any]:
    """Splink's settings, ready to compare with. The same records teach the same."""
    believed = {one.name: [_believed(one, level) for level in one.levels] for one in used}
    probability, by_chance = _by_chance(base, settings(used, DUPLICATES * base.count / base.pairs, believed))
    start = {
        one.name: [(m, by_chance[one.name][place] or u) for place, (m, u) in enumerate(believed[one.name])]
        for one in used
    }
    taught: dict[str, list[list[float]]] = {one.name: [] for one in used}
    for rule in base.rules(SHARING) if probability * base.pairs >= FEWEST else ():
        for name, ms in _of_one_person(base, settings(used, probability, start), rule).items():
            if ms != [m for m, _ in believed[name]]:  # else the rule is about this very field
                taught[name].append(ms)
    return settings(
        used,
        probability,
        {one.name: _blended(base, one, probability, by_chance[one.name], taught[one.name]) for one in used},
    )


def _believed(one: Comparison, level: Level) -> Worth:
    against = level is one.levels[-1]
    return level.m, min(0.97, level.m * 2**level.most) if against else level.m * 2**-level.most


def settings(
    used: Sequence[Comparison], probability: float, worth: Mapping[str, Sequence[Worth]]
) -> dict[str, Any]:
    """A model as Splink takes it."""
    return {
        "link_type": "dedupe_only",
        "probability_two_random_records_match": min(0.5, probability),
        "comparisons": [
            {
                "output_column_name": one.name,
                "comparison_levels": [
                    {"sql_condition": one.unknown, "label_for_charts": "unknown", "is_null_level": True},
                    *(_level(level, *worth[one.name][place]) for place, level in enumerate(one.levels)),
                ],
            }
            for one in used
        ],
        "max_iterations": ITERATIONS,
        "retain_matching_columns": True,  # and with them which level was met
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


def _by_chance(base: Base, model: dict[str, Any]) -> tuple[float, dict[str, list[float]]]:
    """The probability that two random records are one person, and how often they meet each level; 0 if never."""
    linker = Linker(base.frame, model, log_level=None, validate_settings=False)
    _count_the_common(base, linker, model)
    linker.training.estimate_u_using_random_sampling(
        RANDOM_PAIRS + 1, seed=SEED, min_count_per_level=None, num_chunks=1
    )
    sure: list[Any] = [block_on(*rule) for rule in base.rules(SURE)]
    before = model["probability_two_random_records_match"]
    if sure:
        with suppress(ValueError):  # more sure pairs than there could be: they are not so sure
            linker.training.estimate_probability_two_random_records_match(sure, recall=SURE_FIND)
    after = linker.misc.save_model_to_json()
    return after["probability_two_random_records_match"] or before, _learnt(after, "u_probability")


def _count_the_common(base: Base, linker: Linker, model: dict[str, Any]) -> None:
    """How common each value is; in a small base, rarer than it looks."""
    common = {
        level.get("tf_adjustment_column")
        for one in model["comparisons"]
        for level in one["comparison_levels"]
    }
    for column in sorted(common - {None}):
        known = COMMON + base.count * base.filled[column]
        base.database.duckdb_con.execute(
            f"""
            CREATE TABLE common_{column} AS
            SELECT {column}, count(*)::DOUBLE / {known:.0f} AS tf_{column}
            FROM records WHERE {column} IS NOT NULL GROUP BY {column}
            """
        )
        linker.table_management.register_term_frequency_lookup(
            base.database.register(f"common_{column}"), column
        )


def _of_one_person(base: Base, model: dict[str, Any], rule: tuple[str, ...]) -> dict[str, list[float]]:
    """How often one person's records meet each level, among pairs that share what the rule names; nothing where there
    is nothing to learn."""
    linker = Linker(base.frame, model, log_level=None, validate_settings=False)
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule),
            estimate_without_term_frequencies=True,
            max_pairs=SHARING_PAIRS,
            record_sample_proportion=1,
        )
    except (EMTrainingException, SplinkException, ValueError):
        return {}
    return _learnt(linker.misc.save_model_to_json(), "m_probability")


def _learnt(model: dict[str, Any], name: str) -> dict[str, list[float]]:
    """Of each field the levels' probabilities; 0 where Splink says in its way that it met none."""
    return {
        one["output_column_name"]: [
            value if isinstance(value := level.get(name), float) and value > 1.1e-6 else 0.0
            for level in one["comparison_levels"]
            if not level.get("is_null_level")
        ]
        for one in model["comparisons"]
    }


def _blended(
    base: Base,
    one: Comparison,
    probability: float,
    by_chance: Sequence[float],
    taught: Sequence[Sequence[float]],
) -> list[Worth]:
    same, random = probability * base.pairs * base.share(one), min(base.pairs, RANDOM_PAIRS) * base.share(one)
    worth = []
    for place, level in enumerate(one.levels):
        mean = sum(ms[place] for ms in taught) / len(taught) if taught else level.m
        m = (same * mean + BELIEF * level.m) / (same + BELIEF)
        m = min(m, level.m) if level.held else m
        chance = by_chance[place]
        chance = max(chance - probability * m, chance / 10)  # some random pairs are one person
        u = (random * chance + CHANCE * _believed(one, level)[1]) / (random + CHANCE)
        bits = max(-level.most, min(level.most, math.log2(m / u)))
        worth.append((m, m * 2**-bits))
    return worth
