"""Tables for a cluster: the engine here reads and plans their definitions; a cluster to run them is not here.

What is not run: replication, statements ON CLUSTER, inserts and answers over more than one server.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from prilavok.facts import client, schema, tables
from prilavok.facts.testing import FactsServer
from prilavok.facts.tests.conftest import PEOPLE, SALES
from prilavok.facts.tests.test_server import ask

BY_KEY = "optimize_distributed_group_by_sharding_key"

SHARDS = """<clickhouse><remote_servers><main>
  <shard><replica><host>127.0.0.1</host><port>1</port></replica></shard>
  <shard><replica><host>127.0.0.1</host><port>2</port></replica></shard>
</main></remote_servers></clickhouse>"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FactsServer]:
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "config.d").mkdir()
    (folder / "config.d" / "cluster.xml").write_text(SHARDS)
    made = FactsServer(folder, durable=False)
    made.start()
    yield made
    made.end()


@pytest.fixture(autouse=True)
def _asked(server: FactsServer, settings: Any) -> None:
    settings.FACTS_URL, settings.FACTS_TOKEN = server.url, server.token


def test_every_declared_table_has_a_definition_for_a_cluster_that_the_engine_reads() -> None:
    declared = schema.declared()
    every = [*map(tables.of_facts, declared.tables.values()), *map(tables.of_state, declared.states.values())]
    assert len(every) > 5
    for one in every:
        local, spread = one.created("main")
        assert "ENGINE = Replicated" in local and f"'{one.name}_local'" in spread
        for statement in (local, spread, *one.widened(schema.Column("more", "Int64"), "main")):
            assert client.value(f"EXPLAIN AST {statement}")


def test_people_replace_each_other_and_batches_are_remembered_on_a_cluster_too() -> None:
    local = tables.of_state(PEOPLE).created("main")[0]

    assert (
        "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/test_people_local', '{replica}', "
        in local
    )
    assert "version, removed) ORDER BY (profile_id) SETTINGS replicated_deduplication_window = 10000" in local


def test_one_machine_has_plain_tables() -> None:
    (statement,) = tables.of_facts(SALES).created()

    assert "Replicated" not in statement and "CLUSTER" not in statement
    assert tables.where_rows_lie("receipts") == "receipts"


def test_the_address_names_the_cluster(settings: Any) -> None:
    settings.FACTS_URL = "http://shop@10.0.0.5:8123/prilavok?cluster=main"

    assert (tables.cluster(), client.database()) == ("main", "prilavok")
    assert tables.where_rows_lie("receipts") == "receipts_local ON CLUSTER 'main'"


def test_conditions_about_one_customer_are_planned_on_the_shards(server: FactsServer) -> None:
    """A condition is an aggregate per customer: with rows spread by customer each shard answers it whole."""
    definition = tables.of_facts(SALES)
    client.execute(definition.created()[0].replace("test_sales", "test_sales_local", 1))
    client.execute(definition.created("main")[1].replace(" ON CLUSTER 'main'", ""))

    question = (
        "EXPLAIN PLAN SELECT profile_id FROM test_sales GROUP BY profile_id HAVING sum(revenue_units) > 5"
    )
    local, spread = (
        ask((server.url, server.token), question, optimize_skip_unused_shards="1", **{BY_KEY: on})[1]
        for on in "10"
    )

    assert "ReadFromRemote" in local and "ReadFromRemote" in spread
    assert "MergingAggregated" not in local and "MergingAggregated" in spread
