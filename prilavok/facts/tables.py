"""Definitions of the tables: on one machine, or replicated and spread over a cluster that FACTS_URL names.

`FACTS_URL=http://user@host:8123/prilavok?cluster=main`: each table is then two, `receipts_local` on every shard
(replicated) and `receipts` over all of them (distributed), which is written to and asked. People are kept together: a
row lives on the shard of its customer, so that conditions about one customer are answered where the rows lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from prilavok.facts.schema import Column, FactTable, Projection, StateTable

ON_A_CLUSTER = {  # with questions: people are kept together, so a shard may answer about its own by itself
    "distributed_product_mode": "local",
    "optimize_skip_unused_shards": 1,
    "optimize_distributed_group_by_sharding_key": 1,
}
WINDOW = 10_000  # batches whose tokens are remembered: the same bytes again write nothing
# Parts that rows are taken out of lose their projections until the next night, and are read as they lie; made anew at
# once they would go on telling of what was taken out (chDB 26.9).
IN_STEP = "lightweight_mutation_projection_mode = 'drop'"
FINE = "index_granularity = 1024, min_compress_block_size = 16384"  # rows of a few people are found among few others


@dataclass(frozen=True)
class Definition:
    """One table: its columns, engine and order, and the column by which it is spread over shards."""

    name: str
    columns: Sequence[Column]
    order_by: Sequence[str]
    spread_by: str
    partition_by: str = ""
    replacing: tuple[str, ...] = ()  # version and mark of those taken out, where rows replace each other
    projections: Sequence[Projection] = ()

    def created(self, cluster: str = "") -> list[str]:
        """The statements that create it."""
        listed = ", ".join(f"{column.name} {column.type}" for column in self.columns)
        whole = ", ".join([listed, *map(projected, self.projections)])
        if not cluster:
            return [f"CREATE TABLE IF NOT EXISTS {self.name} ({whole}) ENGINE = {self._engine()}"]
        here = self.name + "_local"
        spread = f"Distributed('{cluster}', currentDatabase(), '{here}', cityHash64({self.spread_by}))"
        return [
            f"CREATE TABLE IF NOT EXISTS {name} ON CLUSTER '{cluster}' ({columns}) ENGINE = {engine}"
            for name, columns, engine in (
                (here, whole, self._engine(replicated=True)),
                (self.name, listed, spread),
            )
        ]

    def _engine(self, *, replicated: bool = False) -> str:
        family = "ReplacingMergeTree" if self.replacing else "MergeTree"
        arguments = [*self.replacing]
        window = "non_replicated_deduplication_window"
        if replicated:
            family, window = "Replicated" + family, "replicated_deduplication_window"
            arguments = [
                f"'/clickhouse/tables/{{shard}}/{{database}}/{self.name}_local'",
                "'{replica}'",
                *arguments,
            ]
        parts = f" PARTITION BY {self.partition_by}" if self.partition_by else ""
        given = f"({', '.join(arguments)})" if arguments else ""
        told = ", ".join([f"{window} = {WINDOW}", self.layout])
        return f"{family}{given}{parts} ORDER BY ({', '.join(self.order_by)}) SETTINGS {told}"

    @property
    def layout(self) -> str:
        """How rows lie: a table that lies otherwise is made anew."""
        return ", ".join([FINE, IN_STEP]) if self.projections else FINE

    def widened(self, column: Column, cluster: str = "") -> list[str]:
        """The statements that add a column: where the rows lie first."""
        places = [f"{self.name}_local ON CLUSTER '{cluster}'", f"{self.name} ON CLUSTER '{cluster}'"]
        return [
            f"ALTER TABLE {place} ADD COLUMN IF NOT EXISTS {column.name} {column.type}"
            for place in (places if cluster else [self.name])
        ]


def projected(one: Projection) -> str:
    return f"PROJECTION {one.name} (SELECT {', '.join(one.columns)} ORDER BY ({', '.join(one.order_by)}))"


def of_facts(table: FactTable) -> Definition:
    columns = [*table.columns, Column("batch", "UInt64")]
    by_customer = any(column.name == "profile_id" for column in columns)
    spread_by = "profile_id" if by_customer else table.order_by[0]
    return Definition(
        table.name, columns, table.order_by, spread_by, table.partition_by, projections=table.projections
    )


def of_state(state: StateTable) -> Definition:
    columns = [*state.columns, Column("version", "UInt64"), Column("removed", "UInt8")]
    return Definition(state.name, columns, (state.key,), state.key, replacing=("version", "removed"))


def cluster() -> str:
    """The cluster that FACTS_URL names; empty on one machine."""
    return dict(parse_qsl(urlsplit(settings.FACTS_URL).query)).get("cluster", "")


def where_rows_lie(name: str) -> str:
    """What a change of rows is said of: DELETE FROM, TRUNCATE TABLE, OPTIMIZE TABLE."""
    return f"{name}_local ON CLUSTER '{cluster()}'" if cluster() else name
