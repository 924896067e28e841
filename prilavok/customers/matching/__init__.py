"""Fuzzy duplicates: which records are likely the same person, how sure, and why. Pure: no database, no clock.

    pairs = find(records)            likely duplicates with their reasons
    clusters(pairs)                  who belongs together
    curve(pairs, truth)              how good that is where the truth is known

The engine (Splink on DuckDB) is loaded when `find` is called, not when this is imported.
"""

from collections.abc import Iterable

from prilavok.customers.matching.quality import Curve, Figures, Truth, clusters, curve, of_clusters
from prilavok.customers.matching.records import Key, Pair, Reason, Record

__all__ = [
    "THRESHOLD",
    "Curve",
    "Figures",
    "Key",
    "Pair",
    "Reason",
    "Record",
    "Truth",
    "clusters",
    "curve",
    "find",
    "of_clusters",
]

THRESHOLD = 0.9  # where nobody knows who is who: on invented Russians 98 to 99 of 100 such pairs are right


def find(records: Iterable[Record], *, threshold: float = THRESHOLD) -> list[Pair]:
    """Pairs of records whose probability of being one person is at least the threshold, the surest first.

    Nothing is known beforehand but the records themselves: what the fields are worth is learnt from them. The same
    records in the same order give the same pairs; of a pair, `left` came first.
    """
    from prilavok.customers.matching import engine

    return engine.find(list(records), threshold)
